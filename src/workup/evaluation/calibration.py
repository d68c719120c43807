"""Does a stated probability come true? Calibration error, Brier score, and what abstaining buys.

Nothing is fitted here: the probabilities are judged as they were given.
"""

from __future__ import annotations

import msgspec
import numpy as np

from workup.knowledge.arrays import Array

BINS = 15


class Bin(msgspec.Struct, frozen=True):
    """One row of a reliability table.

    Attributes:
        n: Cases in the bin.
        low: Smallest stated probability in it.
        high: Largest.
        stated: Mean stated probability, 0-1.
        observed: Share of right answers, 0-1.
    """

    n: int
    low: float
    high: float
    stated: float
    observed: float


class Calibration(msgspec.Struct, frozen=True):
    """Calibration of the probability of the first answer.

    Attributes:
        n: Cases.
        ece: Expected calibration error over bins of equal mass, in points (0-100).
        brier: Mean squared difference of probability and truth, 0-1.
        table: The bins.
        risk_coverage: Share of cases answered and error among them, by what orders the cases.
        aurc: Mean error over all coverages, by what orders the cases; lower is better.
    """

    n: int
    ece: float
    brier: float
    table: tuple[Bin, ...]
    risk_coverage: dict[str, tuple[tuple[float, float], ...]]
    aurc: dict[str, float]


def reliability(probabilities: Array, right: Array, bins: int = BINS) -> tuple[Bin, ...]:
    """Bins of equal mass, from the least to the most certain.

    The cases are sorted by probability and cut into ``bins`` parts whose sizes differ by one at most; fewer
    cases than bins make one bin each.

    >>> [(b.n, b.observed) for b in reliability(np.array([0.2, 0.9, 0.8, 0.1]), np.array([0, 1, 1, 0]), 2)]
    [(2, 0.0), (2, 1.0)]
    """
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    return tuple(
        Bin(
            n=len(part),
            low=float(probabilities[part].min()),
            high=float(probabilities[part].max()),
            stated=float(probabilities[part].mean()),
            observed=float(np.asarray(right, dtype=np.float64)[part].mean()),
        )
        for part in parts
    )


def calibration_error(table: tuple[Bin, ...]) -> float:
    """Expected calibration error in points: the mean gap of stated and observed, weighted by cases."""
    total = sum(row.n for row in table)
    return 100.0 * sum(row.n * abs(row.stated - row.observed) for row in table) / total


def brier(probabilities: Array, right: Array) -> float:
    """Mean squared difference of probability and truth.

    >>> round(brier(np.array([0.9, 0.2]), np.array([1, 0])), 3)
    0.025
    """
    return float(((probabilities - np.asarray(right, dtype=np.float64)) ** 2).mean())


def risk_coverage(confidence: Array, right: Array) -> tuple[Array, Array]:
    """Error among the cases answered, when only the most confident are.

    Cases of equal confidence are answered together, each counting its share.

    Returns:
        Coverage ``i/n`` and error of the first ``i`` cases, for i from 1 to n.

    >>> coverage, risk = risk_coverage(np.array([0.9, 0.5, 0.7]), np.array([1, 0, 1]))
    >>> [round(float(r), 3) for r in risk]
    [0.0, 0.0, 0.333]
    """
    wrong = 1.0 - np.asarray(right, dtype=np.float64)
    # Within a tie every case counts the mean of the tie, so that storage order cannot matter.
    _, group = np.unique(confidence, return_inverse=True)
    share = np.bincount(group, weights=wrong) / np.bincount(group)
    ordered = share[group][np.argsort(-confidence, kind="stable")]
    answered = np.arange(1, len(ordered) + 1)
    return answered / len(ordered), np.cumsum(ordered) / answered


def deferral(confidence: Array, right: Array, *, expert: float = 1.0) -> tuple[Array, Array]:
    """Score of machine and expert together, when the least confident cases are handed on.

    Cases of equal confidence are handed on together, each counting its share.

    Args:
        confidence: Confidence of each answer.
        right: Score of each answer, 0-1.
        expert: Mean score of the expert on what is handed on, 0-1: an assumption, not a measurement.

    Returns:
        Share handed on, ``i/n`` for i from 0 to n, and the mean score of both together.

    >>> shares, together = deferral(np.array([0.9, 0.5, 0.7]), np.array([1, 0, 1]))
    >>> [round(float(value), 3) for value in together]
    [0.667, 1.0, 1.0, 1.0]
    """
    _, group = np.unique(confidence, return_inverse=True)
    share = np.bincount(group, weights=np.asarray(right, dtype=np.float64)) / np.bincount(group)
    # The least confident first.
    ordered = share[group][np.argsort(confidence, kind="stable")]
    n = len(ordered)
    kept = np.concatenate([[ordered.sum()], ordered.sum() - np.cumsum(ordered)])
    handed = np.arange(n + 1)
    return handed / n, (kept + expert * handed) / n


def calibrate_report(
    probabilities: Array, scores: Array, right: Array, *, bins: int = BINS, points: int = 100
) -> Calibration | None:
    """Everything about the calibration of the first answers.

    Args:
        probabilities: Probability of each case's first answer, 0-1.
        scores: Its raw score, any scale.
        right: Whether it is right.
        bins: Number of bins.
        points: At most this many points are kept of each risk-coverage curve.

    Returns:
        None when there are no cases.
    """
    if len(probabilities) == 0:
        return None
    table = reliability(probabilities, right, bins)
    curves: dict[str, tuple[tuple[float, float], ...]] = {}
    areas: dict[str, float] = {}
    for name, confidence in (("posterior", probabilities), ("score", scores)):
        coverage, risk = risk_coverage(confidence, right)
        chosen = np.unique(np.linspace(0, len(risk) - 1, min(points, len(risk))).round().astype(int))
        curves[name] = tuple((float(coverage[i]), float(risk[i])) for i in chosen)
        areas[name] = float(risk.mean())
    return Calibration(
        n=len(probabilities),
        ece=calibration_error(table),
        brier=brier(probabilities, right),
        table=table,
        risk_coverage=curves,
        aurc=areas,
    )
