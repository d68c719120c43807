"""The usual number: the median of the known answers to the same question, whoever the patient is.

A constant is what predicting numbers has to beat. Questions are the same when their words are; where nobody else was
asked it, the answers to all questions count, which is a weaker constant still.

    asked     "What is the creatinine clearance ...?" of 7 other patients: 41, 52, 60, 66, 71, 80, 95
    answer    66
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median_low
from typing import ClassVar

from workup.case import Case, Form
from workup.evaluation.numbers import read_date, read_number, read_weeks
from workup.reasoners import asking
from workup.reasoners.lexical import tokens
from workup.reasoners.method import Method, Task, all_but, chosen
from workup.reasoners.training import TrainingOptions, read_training, right_answer
from workup.reasoning import Reasoning, Step


class UsualNumber(Method[TrainingOptions]):
    """Answers with the median, which one of the known answers is, so that dates and weeks keep their form."""

    name = "usual-number"
    needs = ("training",)
    options = TrainingOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but("number", why="it answers with a number")

    def work(self, task: Task[TrainingOptions]) -> Reasoning:
        """Sort the answers and take the middle one."""
        options = task.options
        training = self.once(options.source, lambda: read_training(options, self.name))
        task.versions["training"] = training.sha256
        cases = [training.cases[place] for place in training.usable(task.case, task.question)]
        same = [case for case in cases if tokens(asking.question_of(case).text) == tokens(task.question.text)]
        known = [(value, answer) for case in same or cases if (value := _sortable(answer := _answer(case))) is not None]
        if not known:
            return task.abstains(f"{training.name} holds no other case that was answered with a number")
        # Answers of another kind (dates beside numbers) are not compared with each other: the commonest kind is.
        kinds = [value[0] for value, _ in known]
        kind = max(dict.fromkeys(kinds), key=kinds.count)
        middle = median_low([one for one in known if one[0][0] == kind])
        whose = "the same question" if same else "all questions"
        step = Step(kind="claim", claim=f"the median of {kinds.count(kind)} known answers to {whose} is {middle[1]}")
        return task.reasoning(chosen(task.question, middle[1], 0.0), steps=[step])


def _answer(case: Case) -> str:
    return right_answer(case) or ""


def _sortable(answer: str) -> tuple[str, float] | None:
    """What kind of value an answer is, and its place among others of that kind.

    >>> _sortable("39.9"), _sortable("(12 weeks, 3 days)"), _sortable("none")
    (('number', 39.9), ('weeks', 87.0), None)
    """
    weeks = read_weeks(answer)
    if weeks is not None:
        return "weeks", 7.0 * weeks[0] + weeks[1]
    when = read_date(answer)
    if when is not None:
        return "date", float(when.toordinal())
    number = read_number(answer)
    return None if number is None else ("number", number)
