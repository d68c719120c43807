"""The commonest answer of a training file, whatever is asked: what the distribution of the labels gives away.

training  C, A, C, B
answer    C, with confidence 1/2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoners.training import Training, TrainingOptions, read_training, right_answer
from workup.reasoning import Reasoning


class MajorityOptions(Options, frozen=True, kw_only=True):
    """Where the labels are counted; without a file, the first option is taken."""

    training: str | list[str] = ""
    reader: str = "medqa"


class Majority(Method[MajorityOptions]):
    """Answers with the commonest answer among those that can be given to the question."""

    name = "majority"
    needs = ("training",)
    options = MajorityOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "text": "long answers in words have no commonest one",
        "choices": "sets of options are not counted",
    }

    def work(self, task: Task[MajorityOptions]) -> Reasoning:
        """Count; equals go to the one that the question, or else the file, names first."""
        options, question = task.options, task.question
        keys = asking.candidates(task.case, question)
        if not options.training:
            if not keys:
                return task.abstains("there is nothing to choose from; name a training file")
            return task.reasoning(chosen(question, keys[0], 1 / len(keys)))
        named = TrainingOptions(training=options.training, reader=options.reader)
        training: Training = self.once(named.source, lambda: read_training(named, self.name))
        task.versions["training"] = training.sha256
        counts: Counter[str] = Counter(dict.fromkeys(keys, 0))
        for place in training.usable(task.case, question):
            answer = right_answer(training.cases[place]) or ""
            if answer in counts or not keys:
                counts[answer] += 1
        total = counts.total()
        if not total:
            return task.abstains(f"no answer in {training.name} is one that this question can have")
        answer, count = counts.most_common(1)[0]
        return task.reasoning(chosen(question, answer, count / total))
