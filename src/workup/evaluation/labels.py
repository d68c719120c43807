"""Figures of labels against labels: accuracy, precision, recall, F1, agreement.

An answer that could not be read is ``None``. It is wrong, it belongs to no class, and it is counted apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from functools import lru_cache

import msgspec
import numpy as np
from scipy import stats

from workup.evaluation.stats import LEVEL, Interval
from workup.knowledge.arrays import Array


class ClassFigures(msgspec.Struct, frozen=True):
    """One class against all others; a ratio without cases is 0.

    Attributes:
        precision: Share of the cases given this label that have it, 0-1.
        recall: Share of the cases having this label that were given it, 0-1.
        f1: Harmonic mean of both.
        support: Cases that have the label.
        predicted: Cases that were given it.
    """

    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


class LabelFigures(msgspec.Struct, frozen=True):
    """Figures of one label per case.

    Attributes:
        n: Cases.
        accuracy: Share of right labels, 0-1.
        accuracy_interval: Its 95 % Wilson interval.
        macro_f1: Mean F1 of the classes.
        weighted_f1: Mean F1 of the classes, weighted by support.
        classes: Figures of each class.
        confusion: ``confusion[gold][predicted]``, cases; "" stands for an answer that could not be read.
        unread: Answers that could not be read.
    """

    n: int
    accuracy: float
    accuracy_interval: Interval
    macro_f1: float
    weighted_f1: float
    classes: dict[str, ClassFigures]
    confusion: dict[str, dict[str, int]]
    unread: int

    @property
    def micro_f1(self) -> float:
        """F1 of all decisions on the classes taken together; an answer that could not be read names no class.

        With every class in it and every answer read it is the accuracy.
        """
        right = sum(self.confusion.get(name, {}).get(name, 0) for name in self.classes)
        return ratio(2 * right, sum(each.predicted + each.support for each in self.classes.values()))


def ratio(part: float, whole: float) -> float:
    """``part / whole``, 0 when there is no whole."""
    return part / whole if whole else 0.0


def f_score(precision: float, recall: float) -> float:
    """Harmonic mean of precision and recall, 0 when both are 0."""
    return ratio(2 * precision * recall, precision + recall)


def label_figures(
    gold: Sequence[str], predicted: Sequence[str | None], *, classes: Sequence[str] | None = None
) -> LabelFigures | None:
    """Compare labels case by case.

    Args:
        gold: True label of each case.
        predicted: Label given; None when none could be read.
        classes: The classes that the means are taken over; by default every label that is true or was given.

    Returns:
        None when there are no cases.

    Raises:
        ValueError: The lengths differ.

    >>> figures = label_figures(["yes", "yes", "no"], ["yes", "no", None])
    >>> round(figures.accuracy, 3), figures.unread, figures.classes["yes"].precision
    (0.333, 1, 1.0)
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} true labels for {len(predicted)} given ones")
    if not gold:
        return None
    confusion: dict[str, dict[str, int]] = {}
    for truth, given in zip(gold, predicted, strict=True):
        row = confusion.setdefault(truth, {})
        row[given or ""] = row.get(given or "", 0) + 1
    return figures_of(confusion, classes=classes)


def figures_of(confusion: dict[str, dict[str, int]], *, classes: Sequence[str] | None = None) -> LabelFigures:
    """Figures of a confusion table, ``confusion[gold][predicted]``; "" stands for an answer that could not be read.

    Args:
        confusion: Cases by true and given label; at least one case.
        classes: As in :func:`label_figures`.
    """
    seen = {*confusion, *(label for row in confusion.values() for label, count in row.items() if label and count)}
    names = list(classes) if classes is not None else sorted(seen)
    by_class = {name: _class_figures(name, confusion) for name in names}
    n = sum(sum(row.values()) for row in confusion.values())
    right = sum(row.get(truth, 0) for truth, row in confusion.items())
    supported = sum(figures.support for figures in by_class.values())
    return LabelFigures(
        n=n,
        accuracy=right / n,
        accuracy_interval=wilson(right, n),
        macro_f1=ratio(sum(figures.f1 for figures in by_class.values()), len(by_class)),
        weighted_f1=ratio(sum(figures.f1 * figures.support for figures in by_class.values()), supported),
        classes=by_class,
        confusion=confusion,
        unread=sum(row.get("", 0) for row in confusion.values()),
    )


def _class_figures(name: str, confusion: dict[str, dict[str, int]]) -> ClassFigures:
    right = confusion.get(name, {}).get(name, 0)
    support = sum(confusion.get(name, {}).values())
    predicted = sum(row.get(name, 0) for row in confusion.values())
    precision, recall = ratio(right, predicted), ratio(right, support)
    return ClassFigures(
        precision=precision, recall=recall, f1=f_score(precision, recall), support=support, predicted=predicted
    )


def from_confusion(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> tuple[list[str], list[str]]:
    """Label lists that a confusion matrix stands for, as published matrices are checked.

    Args:
        matrix: Cases by true class (rows) and given class (columns).
        classes: Names of the classes, in the order of both.

    >>> from_confusion([[1, 1], [0, 1]], ["a", "b"])
    (['a', 'a', 'b'], ['a', 'b', 'b'])
    """
    gold, predicted = [], []
    for truth, row in zip(classes, matrix, strict=True):
        for given, count in zip(classes, row, strict=True):
            gold += [truth] * count
            predicted += [given] * count
    return gold, predicted


class SetFigures(msgspec.Struct, frozen=True):
    """Micro figures of one set of items per case.

    Attributes:
        precision: Share of all items given that are true, 0-1.
        recall: Share of all true items that were given, 0-1.
        f1: Harmonic mean of both.
        true_positives: Items given that are true.
        given: Items given.
        wanted: True items.
        n: Cases.
    """

    precision: float
    recall: float
    f1: float
    true_positives: int
    given: int
    wanted: int
    n: int


def set_figures(gold: Sequence[Set[Hashable]], predicted: Sequence[Set[Hashable]]) -> SetFigures:
    """Compare a set of items with the true set of each case, pooled over cases.

    Raises:
        ValueError: The lengths differ.

    >>> figures = set_figures([{1, 2}, {3}], [{1}, {3, 4}])
    >>> round(figures.precision, 3), round(figures.recall, 3)
    (0.667, 0.667)
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(gold)} true sets for {len(predicted)} given ones")
    shared = sum(len(truth & given) for truth, given in zip(gold, predicted, strict=True))
    given, wanted = sum(map(len, predicted)), sum(map(len, gold))
    precision, recall = ratio(shared, given), ratio(shared, wanted)
    return SetFigures(
        precision=precision,
        recall=recall,
        f1=f_score(precision, recall),
        true_positives=shared,
        given=given,
        wanted=wanted,
        n=len(gold),
    )


@lru_cache(maxsize=65536)
def wilson(hits: int, n: int, level: float = LEVEL) -> Interval:
    """Wilson's score interval of a share.

    Raises:
        ValueError: There are no cases.

    >>> [round(end, 4) for end in wilson(93, 100)]
    [0.8625, 0.9657]
    """
    found = stats.binomtest(hits, n).proportion_ci(level, method="wilson")
    return float(found.low), float(found.high)


def kappa(first: Sequence[str], second: Sequence[str], *, weights: Array | None = None) -> float | None:
    """Cohen's kappa of two raters.

    Args:
        first: Labels of one rater.
        second: Labels of the other.
        weights: Disagreement of each pair of labels, in sorted order of the labels; by default 0 on the diagonal and 1
            elsewhere.

    Returns:
        None when there are no cases, or chance alone would make the raters agree on all of them.

    >>> round(kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"]), 3)
    0.5
    """
    names, codes = np.unique([*first, *second], return_inverse=True)
    if len(first) != len(second):
        raise ValueError(f"{len(first)} labels of one rater for {len(second)} of the other")
    if not first:
        return None
    size = len(names)
    observed = np.zeros((size, size))
    np.add.at(observed, (codes[: len(first)], codes[len(first) :]), 1.0 / len(first))
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    cost = 1.0 - np.eye(size) if weights is None else np.asarray(weights, dtype=np.float64)
    chance = float((cost * expected).sum())
    return None if chance == 0 else 1.0 - float((cost * observed).sum()) / chance
