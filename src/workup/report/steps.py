"""What agents said on the way to an answer, step by step, on a terminal.

How it was reasoned:
  - similar cases, round 1 (tool): 3 patients of bank.jsonl with a likeness of at least 0.5 [E3, E4, E5]
  - checker, round 1 (verdict): Marfan syndrome: Correct. 4 of 4 findings are described in it ...
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workup.reasoning import Reasoning, Step
from workup.report.wording import clean

_MOST_STEPS = 60
_LONGEST = 320


def said(step: Step) -> str:
    """A step as one line: who, in which round, what kind of step, the words, and what they cite."""
    head = ", ".join(part for part in (step.by, f"round {step.turn}" if step.turn else "") if part)
    words = clean(step.claim)
    if not head:
        return words
    cited = ", ".join(clean(one.id) for one in step.evidence if one.id and one.id not in words)
    lost = sum(one.supported is False for one in step.evidence)
    mark = f" [{cited}]" if cited else ""
    mark += f" ({lost} unsupported)" if lost else ""
    mark += " (could not be read; a fallback stands in)" if step.unread else ""
    short = words if len(words) <= _LONGEST else words[: _LONGEST - 1] + "…"
    return f"{head} ({step.kind}): {short}{mark}"


def print_trace(reasoning: Reasoning, console: Console) -> None:
    """Print the steps of agents; nothing for a reasoning that has none."""
    steps = [step for step in reasoning.steps if step.by]
    if not steps:
        return
    grid = Table.grid(padding=(0, 1))
    for step in steps[:_MOST_STEPS]:
        grid.add_row("  -", Text(clean(said(step))))
    if len(steps) > _MOST_STEPS:
        grid.add_row("", Text(f"and {len(steps) - _MOST_STEPS} more steps; all are in --json", "dim"))
    console.print(Text("How it was reasoned:", "bold"), highlight=False)
    console.print(grid, highlight=False)
    console.print()
