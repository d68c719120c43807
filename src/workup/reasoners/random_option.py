"""An option drawn at random: chance.

options  A. Measles  B. Gout
answer   A or B, by the seed of the attempt
"""

from __future__ import annotations

import random

from workup.reasoners import asking
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Answer, Reasoning


class RandomOption(Method[Options]):
    """Draws an option, each as likely as the other; where several may be right, each with one half."""

    name = "random"
    needs = ()

    def work(self, task: Task[Options]) -> Reasoning:
        """Draw; the same seed and case give the same draw."""
        keys = asking.candidates(task.case, task.question)
        if not keys:
            return task.abstains("there is nothing to draw from")
        draw = random.Random(f"{task.ctx.seed} {task.case.digest()}")
        if task.question.form == "choices":
            several = tuple(key for key in keys if draw.random() < 0.5)
            several = several or (draw.choice(keys),)
            return task.reasoning(Answer(level="option", text=", ".join(several), ids=several))
        return task.reasoning(chosen(task.question, draw.choice(keys), 1 / len(keys)))
