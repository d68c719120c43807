"""Logistic regression on summary figures of a person's days: the conventional classifier of wearable series.

    case      a table of days: steps, sleep, ...
    features  steps.mean, steps.slope, sleep.change, ... (:func:`workup.signals.statistics.features`)
    answer    yes, with probability 0.62, by the other people of the training files

The person at hand is never among those it is fitted on: a file that holds everybody gives leave-one-out answers.
Figures of the whole with folds and cohorts left out are in :mod:`workup.signals.classifier`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from workup.case import Form
from workup.errors import MissingExtra
from workup.knowledge.arrays import Array
from workup.reasoners.method import Method, Task, all_but, chosen
from workup.reasoners.training import Training, TrainingOptions, read_training, right_answer
from workup.reasoning import Reasoning
from workup.signals.statistics import features
from workup.signals.tables import person_of


class SeriesLogistic(Method[TrainingOptions]):
    """Answers with the more probable label."""

    name = "series-logistic"
    needs = ("training",)
    options = TrainingOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but(
        "choice", "label", "rationale", why="it chooses a label from a table of days"
    )

    def work(self, task: Task[TrainingOptions]) -> Reasoning:
        """Fit on everybody else, and classify."""
        options, question = task.options, task.question
        training = self.once(options.source, lambda: read_training(options, self.name))
        task.versions["training"] = training.sha256
        known = self.once(("features", *options.source), lambda: _rows(training))
        own = person_of(task.case.text or "")
        if own is None:
            return task.abstains("the case holds no table of days")
        places = [
            place
            for place in training.usable(task.case, question)
            if known[place] and right_answer(training.cases[place]) in question.options
        ]
        labels = [right_answer(training.cases[place]) or "" for place in places]
        if len(set(labels)) < 2:
            return task.abstains(f"{training.name} holds no two other people with different labels")
        mine = features(own)
        names = sorted({name for place in places for name in known[place]} | set(mine))
        grid = _grid([known[place] for place in places], names)
        try:
            from workup.signals.classifier import pipeline

            model = pipeline().fit(grid, labels)
        except ImportError as error:
            raise MissingExtra("stats", self.name) from error
        likely = model.predict_proba(_grid([mine], names))[0]
        best = int(likely.argmax())
        return task.reasoning(chosen(question, str(model.classes_[best]), float(likely[best])))


def _rows(training: Training) -> list[dict[str, float]]:
    """Features of each person; empty where a case holds no table."""
    people = [person_of(case.text or "") for case in training.cases]
    return [features(one) if one is not None else {} for one in people]


def _grid(rows: list[dict[str, float]], names: list[str]) -> Array:
    return np.array([[row.get(name, float("nan")) for name in names] for row in rows], dtype=np.float64)
