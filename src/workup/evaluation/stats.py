"""Intervals and comparisons for cases that come in groups.

Patients of one publication (a family, a cohort) are not independent, so everything here resamples
publications, never cases. *Micro* figures weigh each case the same, *macro* figures each publication.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from scipy import stats

from workup.knowledge.arrays import Array

RESAMPLES = 1000
LEVEL = 0.95

Interval = tuple[float, float]


class CaseDraws:
    """Bootstrap samples of attempts: cases are drawn, each with all its attempts.

    Several samples of a model at one case say little more than one does; drawing them as if they were cases makes an
    interval too narrow. With one attempt a case this is the ordinary bootstrap over cases.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Take the case of each attempt."""
        own: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            own.setdefault(name, []).append(place)
        self.attempts = len(names)
        self.cases = len(own)
        self._places = [np.array(places) for places in own.values()]
        self._case = np.empty(len(names), dtype=np.int64)
        for case, places in enumerate(self._places):
            self._case[places] = case

    def one(self, random: np.random.Generator) -> Array:
        """Places of the attempts of one sample."""
        drawn = random.integers(self.cases, size=self.cases)
        return drawn if self.cases == self.attempts else np.concatenate([self._places[case] for case in drawn])

    def means(self, values: Array, *, seed: int = 0, resamples: int = RESAMPLES) -> Array:
        """Mean over the attempts of each sample, ``(resamples,)``, of one value an attempt.

        >>> draws = CaseDraws(["a", "a", "b", "b"])
        >>> sorted({float(mean) for mean in draws.means(np.array([1.0, 1.0, 0.0, 0.0]))})
        [0.0, 0.5, 1.0]
        """
        drawn = np.random.default_rng(seed).integers(self.cases, size=(resamples, self.cases))
        values = np.asarray(values, dtype=np.float64)
        if self.cases == self.attempts:
            return np.asarray(values[drawn].mean(axis=1))
        total = np.bincount(self._case, weights=values, minlength=self.cases)
        count = np.bincount(self._case, minlength=self.cases)
        return np.asarray(total[drawn].sum(axis=1) / count[drawn].sum(axis=1))


def percentile_interval(drawn: Array | Sequence[float]) -> Interval:
    """The middle 95 % of what bootstrap samples gave.

    >>> [round(end, 3) for end in percentile_interval([0.0, 0.5, 1.0])]
    [0.025, 0.975]
    """
    low, high = np.percentile(drawn, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


class GroupedMeans(msgspec.Struct, frozen=True):
    """Means of some columns with 95 % intervals by publication.

    Attributes:
        micro: Mean over cases, ``(k,)``.
        macro: Mean over publications of their means, ``(k,)``.
        micro_interval: Lower and upper ends, ``(2, k)``.
        macro_interval: Lower and upper ends, ``(2, k)``.
        cases: Number of cases.
        publications: Number of publications.
    """

    micro: Array
    macro: Array
    micro_interval: Array
    macro_interval: Array
    cases: int
    publications: int


def grouped_means(
    values: Array, publications: Sequence[str], *, seed: int = 0, resamples: int = RESAMPLES
) -> GroupedMeans:
    """Micro and macro means of each column, with percentile bootstrap intervals over publications.

    Args:
        values: One row per case, ``(n, k)``.
        publications: Publication of each case.
        seed: Seed of the resampling.
        resamples: Number of bootstrap samples.

    Raises:
        ValueError: There are no cases, or the lengths differ.

    >>> means = grouped_means(np.array([[1.0], [1.0], [0.0]]), ["a", "a", "b"])
    >>> [round(float(means.micro[0]), 3), float(means.macro[0])]
    [0.667, 0.5]
    """
    values = np.asarray(values, dtype=np.float64)
    if len(values) == 0 or len(values) != len(publications):
        raise ValueError(f"{len(values)} rows for {len(publications)} publications")
    names, group = np.unique(np.asarray(publications), return_inverse=True)
    count = np.bincount(group, minlength=len(names)).astype(np.float64)
    total = np.zeros((len(names), values.shape[1]))
    np.add.at(total, group, values)
    mean = total / count[:, None]
    # Row r says how often each publication was drawn into sample r.
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=resamples)
    tail = [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2]
    return GroupedMeans(
        micro=total.sum(axis=0) / count.sum(),
        macro=mean.mean(axis=0),
        micro_interval=np.percentile((drawn @ total) / (drawn @ count)[:, None], tail, axis=0),
        macro_interval=np.percentile((drawn @ mean) / len(names), tail, axis=0),
        cases=len(values),
        publications=len(names),
    )


class PairedDifference(msgspec.Struct, frozen=True):
    """What reasoner A does better than B on the same cases, as shares (0-1).

    Attributes:
        micro: Difference of the means over cases.
        macro: Difference of the means over publications.
        p_value: Two-sided exact McNemar test over cases; it takes cases for independent.
        only_a: Cases that A alone got right.
        only_b: Cases that B alone got right.
    """

    micro: float
    micro_interval: Interval
    macro: float
    macro_interval: Interval
    p_value: float
    only_a: int
    only_b: int
    cases: int
    publications: int


def paired_publication_bootstrap(
    hits_a: Sequence[bool] | Array,
    hits_b: Sequence[bool] | Array,
    publications: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PairedDifference:
    """Compare two reasoners on the same cases.

    The intervals hold 95 % of the differences over resampled publications, both reasoners judged on the same
    sample.

    Raises:
        ValueError: There are no cases, or the lengths differ.

    >>> difference = paired_publication_bootstrap([1, 1, 0], [0, 1, 0], ["a", "b", "c"])
    >>> round(difference.micro, 3), difference.only_a, difference.only_b, difference.p_value
    (0.333, 1, 0, 1.0)
    """
    a, b = np.asarray(hits_a, dtype=bool), np.asarray(hits_b, dtype=bool)
    if a.shape != b.shape:
        raise ValueError(f"{len(a)} results of A for {len(b)} of B")
    means = grouped_means(
        (a.astype(np.float64) - b.astype(np.float64))[:, None],
        publications,
        seed=seed,
        resamples=resamples,
    )
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    return PairedDifference(
        micro=float(means.micro[0]),
        micro_interval=(float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0])),
        macro=float(means.macro[0]),
        macro_interval=(float(means.macro_interval[0, 0]), float(means.macro_interval[1, 0])),
        p_value=mcnemar(only_a, only_b),
        only_a=only_a,
        only_b=only_b,
        cases=means.cases,
        publications=means.publications,
    )


@lru_cache(maxsize=65536)
def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided p value of the exact McNemar test.

    >>> round(mcnemar(1, 9), 5)
    0.02148
    """
    if only_a + only_b == 0:
        return 1.0
    return float(stats.binomtest(only_a, only_a + only_b, 0.5).pvalue)


def auroc(positives: Array, negatives: Array) -> float | None:
    """Area under the ROC curve: the chance that a positive lies above a negative, ties counting half.

    Returns:
        None when either group is empty.

    >>> auroc(np.array([0.9, 0.4]), np.array([0.4, 0.1]))
    0.875
    """
    if len(positives) == 0 or len(negatives) == 0:
        return None
    ranks = stats.rankdata(np.concatenate([positives, negatives]))
    above = ranks[: len(positives)].sum() - len(positives) * (len(positives) + 1) / 2
    return float(above / (len(positives) * len(negatives)))


def auprc(positives: Array, negatives: Array) -> float | None:
    """Area under the precision-recall curve, as average precision: no interpolation, ties taken together.

    Guessing gets the share of positives, so state that beside it.

    Returns:
        None without a positive.

    >>> auprc(np.array([0.9, 0.4]), np.array([0.6]))
    0.8333333333333333
    """
    if len(positives) == 0:
        return None
    scores = np.concatenate([positives, negatives])
    levels, level = np.unique(-scores, return_inverse=True)  # the highest score first
    hits = np.cumsum(np.bincount(level[: len(positives)], minlength=len(levels)))
    named = np.cumsum(np.bincount(level, minlength=len(levels)))
    # Divided by the number of positives last, so that a perfect order gives 1 and not a little less.
    return float((np.diff(hits, prepend=0) * hits / named).sum()) / len(positives)


def concordance(risk: Array, times: Array, events: Array | None = None) -> float | None:
    """Harrell's C: of pairs of patients of whom it is known who came first, how often that one had the higher risk.

    Equal risks count half. A pair counts when the earlier time is an event; of two equal times, when one is an event
    and the other is not. Without censoring and with times turned round it is the concordance of two rankings.

    Args:
        risk: Predicted risk of each patient, the higher the earlier.
        times: Time of the event or of the last contact.
        events: Whether the event was seen; by default it always was.

    Returns:
        None when no pair counts.

    >>> concordance(np.array([3.0, 2.0, 1.0]), np.array([1.0, 3.0, 2.0]))
    0.6666666666666666
    """
    seen = np.ones(len(times), dtype=bool) if events is None else np.asarray(events, dtype=bool)
    right = pairs = 0.0
    for first in np.flatnonzero(seen).tolist():  # one row at a time: memory stays flat
        later = (times > times[first]) | ((times == times[first]) & ~seen)
        pairs += int(later.sum())
        right += int((risk[first] > risk[later]).sum()) + 0.5 * int((risk[first] == risk[later]).sum())
    return right / pairs if pairs else None
