"""Chain of thought: think first, answer last.

Paper: Kojima et al. 2022 (arXiv 2205.11916), zero-shot.

    asked    <question> ... </question> ... Think step by step ...
    reply    The rash began at the hairline ... Answer: A
"""

from __future__ import annotations

from workup.reasoners import asking
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step

INSTRUCTION = """\
Think step by step: what matters in the case, what it speaks for and against. Then end with one line: "Answer: " and \
then {wanted}."""


class ChainOfThought(Method[Options]):
    """Asks once, for the reasoning and then the answer."""

    name = "chain-of-thought"
    prompts = asking.prompts(instruction=INSTRUCTION)

    def work(self, task: Task[Options]) -> Reasoning:
        """Ask and read; each line of the thoughts is a step."""
        (reply,) = task.ask(task.messages(INSTRUCTION))
        lines = (line.strip() for line in reply.splitlines())
        thoughts = [Step(kind="claim", claim=line) for line in lines if line and not line.startswith("Answer:")]
        return task.reasoning(task.read(reply), text=reply, steps=thoughts)
