"""Does a long trace warn of a wrong answer?

Works on any recorded run: the length of each trace (characters, tokens or steps; the caller says which) and whether
the answer was wrong. A correlate and no cause: hard questions have long traces, and a trace cut at a token limit is
long and unfinished. Look at it within strata of difficulty before using it.

Source: system 11, "Medical reasoning of DeepSeek R1".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy import stats

from workup.evaluation.calibration import risk_coverage
from workup.evaluation.labels import ratio, wilson
from workup.evaluation.stats import LEVEL, RESAMPLES, Interval, auroc
from workup.knowledge.arrays import Array


class LengthAudit(msgspec.Struct, frozen=True):
    """Length against error.

    Attributes:
        unit: Unit of the lengths.
        n: Traces.
        accuracy: Share of right answers, 0-1, with its Wilson interval.
        mean_right: Mean length of right traces; None without any.
        mean_wrong: Mean length of wrong ones.
        median_right: Median length of right traces.
        median_wrong: Median length of wrong ones.
        correlation: Point-biserial correlation of error and length.
        auroc: Chance that a wrong trace is longer than a right one, ties counting half.
        auroc_interval: 95 % bootstrap interval over traces.
        mann_whitney_p: Two-sided p value of the Mann-Whitney U test.
        aurc: Mean error over all coverages when the shortest traces are answered first.
    """

    unit: str
    n: int
    accuracy: float
    accuracy_interval: Interval
    mean_right: float | None
    mean_wrong: float | None
    median_right: float | None
    median_wrong: float | None
    correlation: float | None
    auroc: float | None
    auroc_interval: Interval | None
    mann_whitney_p: float | None
    aurc: float


class Threshold(msgspec.Struct, frozen=True):
    """What answering only traces up to a length gives.

    Attributes:
        at_most: The length.
        answered: Traces up to it.
        coverage: Their share, 0-1.
        accuracy: Accuracy among them; None when there are none.
        interval: Its Wilson interval.
        accuracy_above: Accuracy of the others.
    """

    at_most: float
    answered: int
    coverage: float
    accuracy: float | None
    interval: Interval | None
    accuracy_above: float | None


def length_audit(
    lengths: Sequence[float] | Array,
    wrong: Sequence[bool] | Array,
    *,
    unit: str = "tokens",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> LengthAudit | None:
    """Compare the lengths of right and wrong traces.

    Returns:
        None when there are no traces.

    Raises:
        ValueError: The lengths of the two lists differ, or a length is negative or not finite.

    >>> audit = length_audit([100, 200, 900, 800], [False, False, True, False])
    >>> audit.auroc, audit.mean_wrong
    (1.0, 900.0)
    """
    size, error = np.asarray(lengths, dtype=np.float64), np.asarray(wrong, dtype=bool)
    if size.shape != error.shape:
        raise ValueError(f"{len(size)} lengths for {len(error)} answers")
    if len(size) == 0:
        return None
    if not np.isfinite(size).all() or (size < 0).any():
        raise ValueError("a length is a finite number, 0 or more")
    bad, good = size[error], size[~error]
    both = len(bad) > 0 and len(good) > 0
    varied = both and float(size.std()) > 0
    return LengthAudit(
        unit=unit,
        n=len(size),
        accuracy=len(good) / len(size),
        accuracy_interval=wilson(len(good), len(size)),
        mean_right=_of(np.mean, good),
        mean_wrong=_of(np.mean, bad),
        median_right=_of(np.median, good),
        median_wrong=_of(np.median, bad),
        correlation=float(stats.pointbiserialr(error, size).statistic) if varied else None,
        auroc=auroc(bad, good),
        auroc_interval=_auroc_interval(size, error, seed, resamples) if both else None,
        mann_whitney_p=float(stats.mannwhitneyu(bad, good).pvalue) if both else None,
        aurc=float(risk_coverage(-size, ~error)[1].mean()),
    )


def _of(function: Callable[[Array], np.floating], values: Array) -> float | None:
    return float(function(values)) if len(values) else None


def _auroc_interval(size: Array, error: Array, seed: int, resamples: int) -> Interval | None:
    random = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        drawn = random.integers(len(size), size=len(size))
        value = auroc(size[drawn][error[drawn]], size[drawn][~error[drawn]])
        if value is not None:
            found.append(value)
    if not found:
        return None
    low, high = np.percentile(found, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def at_threshold(lengths: Sequence[float] | Array, wrong: Sequence[bool] | Array, at_most: float) -> Threshold:
    """Answer the traces up to a length, withhold the others.

    >>> found = at_threshold([100, 200, 900], [False, True, True], at_most=500)
    >>> found.answered, found.accuracy, found.accuracy_above
    (2, 0.5, 0.0)
    """
    size, error = np.asarray(lengths, dtype=np.float64), np.asarray(wrong, dtype=bool)
    short = size <= at_most
    right, answered = int((~error & short).sum()), int(short.sum())
    above = int((~short).sum())
    return Threshold(
        at_most=at_most,
        answered=answered,
        coverage=ratio(answered, len(size)),
        accuracy=right / answered if answered else None,
        interval=wilson(right, answered) if answered else None,
        accuracy_above=int((~error & ~short).sum()) / above if above else None,
    )


def best_threshold(lengths: Array, wrong: Array, *, target: float, folds: int = 5, seed: int = 0) -> Threshold:
    """The longest length whose accuracy reaches ``target``, judged on cases it was not chosen on.

    A threshold chosen and tested on the same cases is optimistic, so each fold is withheld from the choice of the
    threshold it is judged by; ``at_most`` is the median of the folds' thresholds.

    Args:
        lengths: Length of each trace, ``(n,)``.
        wrong: Whether its answer was wrong, ``(n,)``.
        target: Accuracy wanted among the answered, 0-1.
        folds: Number of folds.
        seed: Seed of their drawing.
    """
    size, error = np.asarray(lengths, dtype=np.float64), np.asarray(wrong, dtype=bool)
    fold = np.random.default_rng(seed).permutation(len(size)) % folds
    answered = np.zeros(len(size), dtype=bool)
    chosen = []
    for number in range(folds):
        learn = fold != number
        order = np.sort(size[learn])
        accuracy = np.cumsum(~error[learn][np.argsort(size[learn], kind="stable")]) / np.arange(1, learn.sum() + 1)
        # Of equal lengths only the last position says what answering up to that length gives.
        ends = np.append(order[1:] != order[:-1], True)
        reached = np.flatnonzero((accuracy >= target) & ends)
        limit = float(order[reached[-1]]) if len(reached) else -1.0
        chosen.append(limit)
        answered |= (fold == number) & (size <= limit)
    right, count = int((~error & answered).sum()), int(answered.sum())
    above = int((~answered).sum())
    return Threshold(
        at_most=float(np.median(chosen)),
        answered=count,
        coverage=ratio(count, len(size)),
        accuracy=right / count if count else None,
        interval=wilson(right, count) if count else None,
        accuracy_above=int((~error & ~answered).sum()) / above if above else None,
    )
