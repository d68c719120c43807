"""Copies label and explanation of the most similar patient: right for no reason of this patient's.

A planted defect for audits (Right prediction, wrong reasoning): where similar patients have the same disease it
classifies well, and what it gives as reasons are another patient's findings.

    case      Small joints: 5 · Rf: 52 ...
    nearest   patient 17 of the training file, distance 0.8: RA, "She has 7 small joints involved ..."
    answer    RA, with that explanation word for word

Values of structured records are compared by their distance in standard deviations of the training file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from workup.case import Case, Form
from workup.knowledge.arrays import Array
from workup.reasoners.method import Method, Task, all_but, chosen
from workup.reasoners.training import TrainingOptions, read_training, right_answer
from workup.reasoning import Evidence, Reasoning, Step
from workup.text.record_values import read_values


class Records:
    """Records as rows of numbers, and which is nearest to another."""

    def __init__(self, cases: Sequence[Case]) -> None:
        self.cases = cases
        read = [read_values(case.text or "") for case in cases]
        self.names = sorted({name for values in read for name in values})
        self._rows = np.array([self._row(values) for values in read])
        spread = np.nanstd(self._rows, axis=0) if len(cases) else np.ones(0)
        self._spread = np.where(spread > 0, spread, 1.0)

    def _row(self, values: Mapping[str, float | bool]) -> Array:
        # Logarithms, since laboratory values and durations span orders of magnitude.
        return np.array([np.log1p(float(values[name])) if name in values else np.nan for name in self.names])

    def nearest(self, case: Case, leave_out: str = "") -> tuple[int, float] | None:
        """Place and distance of the nearest record; None when no value is shared.

        Args:
            case: The case at hand.
            leave_out: Text of a record that must not be it.
        """
        if not len(self._rows):
            return None
        apart = (self._rows - self._row(read_values(case.text or ""))) / self._spread
        shared = np.isfinite(apart).sum(axis=1)
        squares = np.where(np.isfinite(apart), apart, 0.0) ** 2
        distance = np.where(shared > 0, np.sqrt(squares.sum(axis=1) / np.maximum(shared, 1)), np.inf)
        if leave_out:
            distance[[one.text == leave_out for one in self.cases]] = np.inf
        place = int(distance.argmin())
        return (place, float(distance[place])) if np.isfinite(distance[place]) else None


class CopyNearest(Method[TrainingOptions]):
    """Copies; the step names whom."""

    name = "copy-nearest"
    needs = ("training",)
    options = TrainingOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but("choice", "label", "rationale", why="it copies a label")

    def work(self, task: Task[TrainingOptions]) -> Reasoning:
        """Find the nearest record and repeat what is said of it."""
        options = task.options
        training = self.once(options.source, lambda: read_training(options, self.name))
        records = self.once(("records", training.sha256, options.reader), lambda: Records(training.cases))
        task.versions["training"] = training.sha256
        return copied(task, records)


def copied(task: Task[TrainingOptions], records: Records) -> Reasoning:
    """The nearest patient's answer and explanation."""
    found = records.nearest(task.case, task.case.text or "")
    if found is None:
        return task.abstains("no record of the training file shares a value with this one")
    place, distance = found
    case = records.cases[place]
    label = right_answer(case) or ""
    if label not in task.question.options:
        return task.abstains(f"the nearest record has the label {label}, which the question does not offer")
    evidence = Evidence(
        kind="passage", source=f"case {case.id}", values={"distance": round(distance, 6), "label": label}
    )
    step = Step(kind="claim", claim=f"the nearest known patient is {case.id}", evidence=(evidence,))
    text = "\n".join(case.reference.steps) if case.reference else ""
    return task.reasoning(chosen(task.question, label, 0.0), text=text, steps=[step])
