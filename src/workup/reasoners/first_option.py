"""The first option, whatever is asked: shows what the order of the options gives away.

options  A. Measles  B. Gout
answer   A
"""

from __future__ import annotations

from workup.reasoners import asking
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Reasoning


class FirstOption(Method[Options]):
    """Answers with the first option; of a correction, that nothing is wrong."""

    name = "first-option"
    needs = ()

    def work(self, task: Task[Options]) -> Reasoning:
        """Take the first."""
        keys = asking.candidates(task.case, task.question)
        if not keys:
            return task.abstains("there is nothing to choose from")
        return task.reasoning(chosen(task.question, keys[0], 1 / len(keys)))
