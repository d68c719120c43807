"""The differential on a terminal: readable at 80 columns, and plain text when piped into a file."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from workup.reasoning import Hypothesis, Reasoning, Step
from workup.report.next_steps import print_next_steps
from workup.report.note import read_findings
from workup.report.steps import print_trace
from workup.report.wording import (
    RESEARCH_LINE,
    clean,
    has_posttest,
    labels_of,
    name_of,
    percent,
    plural,
    rank,
    ratio,
    strongest,
    weight_of,
)
from workup.text.findings import quote

_MOST_FINDINGS = 40
_MOST_WORDS = 3
_STRONGEST = 2  # for and against each; more does not fit beside the name at 80 columns
_LEVELS = {
    "disease": "Answer",
    "series": "Answer (a phenotypic series, no single disease)",
    "gene": "Answer (a gene, no single disease)",
    "none": "Answer",
}


def print_reasoning(reasoning: Reasoning, console: Console, limit: int = 10, note: str | None = None) -> None:
    """Print what was concluded and why.

    Everything is printed as plain :class:`rich.text.Text`: markup, escape sequences and emoji codes in a
    label are shown as they are and never acted upon. Without a terminal there is neither colour nor a frame.

    Args:
        reasoning: What to print.
        console: Where to; its width decides the layout.
        limit: How many hypotheses.
        note: The text that the findings were read from.
    """
    _print_answer(reasoning, console)
    if note:
        _print_note(reasoning, console, note)
    if reasoning.differential:
        _print_table(reasoning, console, limit)
    print_trace(reasoning, console)
    print_next_steps(reasoning, console)
    _print_notes(reasoning, console)
    _line(console, RESEARCH_LINE, "dim")


def _line(console: Console, text: str | Text, style: str = "") -> None:
    console.print(text if isinstance(text, Text) else Text(clean(text), style), highlight=False)


def _items(console: Console, title: str, items: list[str]) -> None:
    """A titled list with hanging indents."""
    grid = Table.grid(padding=(0, 1))
    for item in items:
        grid.add_row("  -", Text(clean(item)))
    _line(console, title, "bold")
    console.print(grid, highlight=False)
    console.print()


def _print_answer(reasoning: Reasoning, console: Console) -> None:
    answer = reasoning.answer
    if answer is not None and answer.level != "none":
        text = Text.assemble(
            (f"{_LEVELS.get(answer.level, 'Answer')}: ", "dim"),
            (clean(answer.text), "bold"),
            f" (posttest probability {percent(answer.probability)})" if has_posttest(reasoning) else "",
        )
        _line(console, text)
        if answer.level == "list" and len(answer.ids) > 1:
            listed = "; ".join(f"{place}. {clean(name)}" for place, name in enumerate(answer.ids, 1))
            _line(console, Text.assemble(("Final list: ", "dim"), listed))
    elif not reasoning.differential:
        _line(console, "No disease was ranked.", "bold")
    else:
        _line(console, "No diagnosis is named.", "bold")
        if answer is not None and answer.text:
            _line(console, answer.text)
    if reasoning.abstained:
        _line(console, Text.assemble(("Why no disease is named: ", "dim"), clean(reasoning.abstained)))
    told = []
    # A reasoner that works on words hands no findings back; the case has them all the same.
    if reasoning.findings or reasoning.candidates:
        counts = Counter(item.status for item in reasoning.findings)
        told.append(f"{plural(counts['present'], 'finding')} present, {counts['excluded']} excluded")
    if candidates := max(reasoning.candidates, len(reasoning.differential)):
        told.append(f"{plural(candidates, 'disease')} ranked")
    if told:
        _line(console, f"{'; '.join(told)}.", "dim")
    console.print()


def _print_note(reasoning: Reasoning, console: Console, note: str) -> None:
    """Each finding with the words of the note that it was read from."""
    rows = read_findings(reasoning, note)
    if not any(row.places for row in rows):
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=False, header_style="dim")
    table.add_column("Finding", ratio=5, overflow="fold", min_width=18)
    table.add_column("", no_wrap=True)
    table.add_column("Words of the note", ratio=6, overflow="fold", min_width=24)
    for row in rows[:_MOST_FINDINGS]:
        words = list(dict.fromkeys(quote(clean(place.words)) for place in row.places))
        more = f" and {len(words) - _MOST_WORDS} more" if len(words) > _MOST_WORDS else ""
        table.add_row(
            Text(row.name, "" if row.status == "present" else "dim"),
            Text(row.status, "dim" if row.status == "present" else "bold"),
            Text(", ".join(words[:_MOST_WORDS]) + more if words else "(not in the note)"),
        )
    console.print(table, highlight=False)
    if len(rows) > _MOST_FINDINGS:
        _line(console, f"and {plural(len(rows) - _MOST_FINDINGS, 'finding')} more", "dim")
    console.print()


def _print_table(reasoning: Reasoning, console: Console, limit: int) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 1, 0), expand=False, header_style="dim")
    table.add_column("Rank", justify="right", no_wrap=True)
    table.add_column("Posttest", justify="right", no_wrap=True)
    table.add_column("Disease", ratio=5, overflow="fold", min_width=18)
    shown = reasoning.differential[: max(0, limit)]
    # A list that was only written weighs nothing.
    weighed = any(hypothesis.contributions for hypothesis in shown)
    if weighed:
        table.add_column("Strongest likelihood ratios", ratio=6, overflow="fold", min_width=24)
    for hypothesis in shown:
        own = bool(hypothesis.contributions) or hypothesis.probability > 0
        table.add_row(
            rank(hypothesis.rank),
            Text(percent(hypothesis.probability) if own else "not weighed", "bold" if own else "dim"),
            _disease(hypothesis),
            *((_why(hypothesis),) if weighed else ()),
        )
    if not weighed and not any(hypothesis.probability for hypothesis in shown):
        console.print(table, highlight=False)
        return
    left = max(reasoning.candidates, len(reasoning.differential)) - len(shown)
    rest = 1.0 - sum(item.probability for item in shown) - reasoning.unknown_probability
    if left > 0 and rest >= 0:
        table.add_row("", percent(rest), plural(left, "other ranked disease"))
    table.add_row("", percent(reasoning.unknown_probability), "not in the knowledge base")
    console.print(table, highlight=False)


def _disease(hypothesis: Hypothesis) -> Text:
    text = Text(clean(hypothesis.label), "bold")
    text.append("\n" + clean(hypothesis.id), "not bold dim")
    if hypothesis.genes:
        text.append("  " + clean(", ".join(hypothesis.genes[:3])), "not bold dim italic")
    return text


def _why(hypothesis: Hypothesis) -> Table | Text:
    supporting, opposing = strongest(hypothesis, _STRONGEST)
    if not (supporting or opposing):
        return Text("nothing weighs more than a little", "dim")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for sign, style, steps in (("+", "green", supporting), ("-", "red", opposing)):
        for step in steps:
            grid.add_row(Text(sign, style), ratio(step.weight), Text(_name(step)))
    return grid


def _name(step: Step) -> str:
    return f"{name_of(step)} (excluded)" if step.kind == "excluded" else name_of(step)


def _print_notes(reasoning: Reasoning, console: Console) -> None:
    names = labels_of(reasoning)
    unexplained = [
        clean(step.label or names.get(step.finding or "", step.finding or step.claim))
        for step in reasoning.steps
        if step.kind == "unexplained"
    ]
    if unexplained:
        _items(console, "No leading candidate explains:", unexplained)
    if reasoning.issues:
        lines = [f"{weight_of(issue)}: {issue}" for issue in reasoning.issues]
        _items(console, "To look at:", lines)
