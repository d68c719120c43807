"""Direct answering: the question, and nothing but the answer back. What every other method has to beat.

Paper: the zero-shot setting of Brown et al. 2020 (arXiv 2005.14165).

    asked    <question> ... </question> <options> A. Measles  B. Gout </options>
    reply    Answer: A
"""

from __future__ import annotations

from workup.reasoners import asking
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Reasoning

INSTRUCTION = """\
Reply with one line and nothing else: "Answer: " and then {wanted}."""


class Direct(Method[Options]):
    """Asks once, for the answer alone."""

    name = "direct"
    prompts = asking.prompts(instruction=INSTRUCTION)

    def work(self, task: Task[Options]) -> Reasoning:
        """Ask and read."""
        (reply,) = task.ask(task.messages(INSTRUCTION))
        return task.reasoning(task.read(reply), text=reply)
