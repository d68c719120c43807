"""Comparing two or more runs on the same cases: paired tests, intervals, correction for many, power, cost.

Two answers to one question, and two questions of one source, are not independent: everything here pairs by case and
resamples clusters (a source, a publication, a case with several repetitions), never single answers.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import msgspec
import numpy as np
from scipy import stats

from workup.evaluation.labels import ratio
from workup.evaluation.stats import LEVEL, Interval, mcnemar
from workup.knowledge.arrays import Array

RESAMPLES = 2000
# More at once would only take memory.
_DRAWN_AT_ONCE = 500


class PairedTest(msgspec.Struct, frozen=True, kw_only=True):
    """Run A against run B on the same cases.

    Attributes:
        a: Name of the one run.
        b: Name of the other.
        n: Cases that both have.
        clusters: Independent groups of cases; equal to ``n`` when every case stands alone.
        difference: Mean of A minus mean of B.
        interval: 95 % interval of the difference, bootstrap over clusters.
        p_bootstrap: Two-sided p value of the same bootstrap.
        only_a: Cases that A alone got right; None when the scores are no rights and wrongs.
        only_b: Cases that B alone got right.
        p_exact: Two-sided exact McNemar test; it takes cases for independent.
        p_mid: The same with the mid-p correction, less conservative.
        p_adjusted: Holm's correction of ``p_bootstrap`` over all comparisons made together.
        seed: Seed of the bootstrap.
        resamples: Its samples.
    """

    a: str
    b: str
    n: int
    clusters: int
    difference: float
    interval: Interval
    p_bootstrap: float
    only_a: int | None = None
    only_b: int | None = None
    p_exact: float | None = None
    p_mid: float | None = None
    p_adjusted: float | None = None
    seed: int = 0
    resamples: int = RESAMPLES


def mcnemar_mid(only_a: int, only_b: int) -> float:
    """Two-sided mid-p value of McNemar's test: the exact one less half the probability of what was seen.

    Source: Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13:91.

    >>> round(mcnemar_mid(1, 9), 6)
    0.011719
    """
    n = only_a + only_b
    if only_a == only_b:
        return 1.0 if n == 0 else 1.0 - float(stats.binom.pmf(only_a, n, 0.5))
    return mcnemar(only_a, only_b) - float(stats.binom.pmf(min(only_a, only_b), n, 0.5))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the order given.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for place, i in enumerate(order):
        largest = max(largest, min(1.0, p_values[i] * (len(p_values) - place)))
        adjusted[i] = largest
    return adjusted


def paired_bootstrap(
    differences: Sequence[float] | Array,
    clusters: Sequence[Hashable] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> tuple[Interval, float]:
    """Interval and two-sided p value of a mean difference, by resampling clusters.

    Clusters with the same sum and size are the same to the mean, so that only how many of each kind are drawn is drawn.

    Args:
        differences: Score of A minus score of B, case by case.
        clusters: Cluster of each case; None when every case stands alone.
        seed: Seed.
        resamples: Number of bootstrap samples.

    Raises:
        ValueError: There are no cases, or the lengths differ.

    >>> interval, p = paired_bootstrap([1, 1, 0, 1, 0, 1, 1, 1])
    >>> interval, p < 0.01
    ((0.375, 1.0), True)
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) == 0 or (clusters is not None and len(clusters) != len(values)):
        raise ValueError(f"{len(values)} differences for {len(clusters or ())} clusters")
    sums, sizes = _cluster_sums(values, clusters)
    kinds, count = np.unique(np.column_stack([sums, sizes]), axis=0, return_counts=True)
    random, total = np.random.default_rng(seed), int(count.sum())
    means = np.empty(resamples)
    for start in range(0, resamples, _DRAWN_AT_ONCE):
        size = min(_DRAWN_AT_ONCE, resamples - start)
        drawn = random.multinomial(total, count / total, size=size)
        means[start : start + size] = (drawn @ kinds[:, 0]) / (drawn @ kinds[:, 1])
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    # A sample with no difference speaks for neither side.
    below = float((means < 0).mean() + 0.5 * (means == 0).mean())
    # No p value is below what the number of samples can show.
    p_value = max(2 * min(below, 1 - below), 1 / (resamples + 1))
    return (float(low), float(high)), min(p_value, 1.0)


def _cluster_sums(values: Array, clusters: Sequence[Hashable] | None) -> tuple[Array, Array]:
    if clusters is None:
        return values, np.ones(len(values))
    places: dict[Hashable, int] = {}
    group = np.array([places.setdefault(cluster, len(places)) for cluster in clusters])
    return np.bincount(group, weights=values), np.bincount(group).astype(np.float64)


def paired_test(
    a: str,
    b: str,
    scores_a: Mapping[str, float],
    scores_b: Mapping[str, float],
    clusters: Mapping[str, Hashable] | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> PairedTest | None:
    """Compare two runs on the cases that both have.

    Args:
        a: Name of the one run.
        b: Name of the other.
        scores_a: Score of each case, by its id; the mean over repetitions when there are several.
        scores_b: The same of the other run.
        clusters: Cluster of each case, by its id.
        seed: Seed of the bootstrap.
        resamples: Its samples.

    Returns:
        None when no case is in both.
    """
    shared = [case for case in scores_a if case in scores_b]
    if not shared:
        return None
    first = np.array([scores_a[case] for case in shared])
    second = np.array([scores_b[case] for case in shared])
    groups = [clusters.get(case, case) for case in shared] if clusters is not None else None
    interval, p_value = paired_bootstrap(first - second, groups, seed=seed, resamples=resamples)
    found = PairedTest(
        a=a,
        b=b,
        n=len(shared),
        clusters=len(set(groups)) if groups is not None else len(shared),
        difference=float((first - second).mean()),
        interval=interval,
        p_bootstrap=p_value,
        seed=seed,
        resamples=resamples,
    )
    if not (set(first.tolist()) | set(second.tolist())) <= {0.0, 1.0}:
        return found
    only_a, only_b = int((first > second).sum()), int((second > first).sum())
    return msgspec.structs.replace(
        found,
        only_a=only_a,
        only_b=only_b,
        p_exact=mcnemar(only_a, only_b),
        p_mid=mcnemar_mid(only_a, only_b),
    )


def compare(
    scores: Mapping[str, Mapping[str, float]],
    clusters: Mapping[str, Hashable] | None = None,
    *,
    against: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> list[PairedTest]:
    """Every pair of runs, or every run against one, with Holm's correction over all of them.

    Args:
        scores: Score of each case by run.
        clusters: Cluster of each case.
        against: The run that the others are compared with; None for every pair.
        seed: Seed of the bootstraps.
        resamples: Their samples.

    Raises:
        KeyError: There is no run named ``against``.

    >>> runs = {"new": {"1": 1, "2": 1, "3": 0}, "old": {"1": 0, "2": 1, "3": 0}}
    >>> [(test.a, test.b, round(test.difference, 3), test.only_a) for test in compare(runs)]
    [('new', 'old', 0.333, 1)]
    """
    names = list(scores)
    if against is not None:
        scores[against]  # a wrong name is the caller's mistake
        pairs = [(name, against) for name in names if name != against]
    else:
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    tests = [
        found
        for a, b in pairs
        if (found := paired_test(a, b, scores[a], scores[b], clusters, seed=seed, resamples=resamples)) is not None
    ]
    adjusted = holm([test.p_bootstrap for test in tests])
    return [msgspec.structs.replace(test, p_adjusted=p_value) for test, p_value in zip(tests, adjusted, strict=True)]


def power(n: int, difference: float, discordant: float, *, level: float = 1 - LEVEL) -> float:
    """Chance that the mid-p McNemar test finds a difference of accuracies.

    Args:
        n: Cases.
        difference: True difference of the accuracies, 0-1.
        discordant: Share of cases that exactly one of the two gets right; at least ``difference``.
        level: Level of the test.

    Raises:
        ValueError: A share is outside 0-1, or fewer cases differ than the difference needs.

    >>> round(power(200, 0.1, 0.3), 2)
    0.74
    """
    difference = abs(difference)
    if not (n > 0 and 0 <= difference <= discordant <= 1):
        raise ValueError("needs n > 0 and 0 <= difference <= discordant <= 1")
    if discordant == 0:
        return 0.0
    share = (discordant + difference) / (2 * discordant)
    found = 0.0
    for differ in range(n + 1):
        likely = float(stats.binom.pmf(differ, n, discordant))
        # What is left of the sum could not show in the second decimal.
        if likely < 1e-7:
            continue
        critical = _critical(differ, level)
        if critical >= 0:
            tails = stats.binom.cdf(critical, differ, share) + stats.binom.sf(differ - critical - 1, differ, share)
            found += likely * float(tails)
    return found


def _critical(differ: int, level: float) -> int:
    """The largest smaller count at which the mid-p test rejects; -1 when it never does."""
    counts = np.arange((differ - 1) // 2 + 1) if differ else np.arange(0)
    if len(counts) == 0:
        return -1
    tail = stats.binom.cdf(counts, differ, 0.5)
    p_values = 2 * tail - stats.binom.pmf(counts, differ, 0.5)
    rejected = np.flatnonzero(p_values <= level)
    return int(rejected[-1]) if len(rejected) else -1


def cases_needed(difference: float, discordant: float, *, wanted: float = 0.8) -> int:
    """Cases at which :func:`power` reaches ``wanted``.

    Raises:
        ValueError: The difference is 0, or as in :func:`power`.

    >>> cases_needed(0.1, 0.3)
    230
    """
    if difference == 0:
        raise ValueError("no number of cases shows a difference of 0")
    high = 16
    while power(high, difference, discordant) < wanted:
        high *= 2
        if high > 1 << 20:
            raise ValueError("more than a million cases")
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle, difference, discordant) >= wanted else (middle, high)
    return high


def cost_per_right_answer(costs: Sequence[float], right: Sequence[bool]) -> float | None:
    """Total cost divided by the right answers; None when there is none.

    >>> cost_per_right_answer([0.1, 0.3], [True, False])
    0.4
    """
    hits = sum(right)
    return ratio(math.fsum(costs), hits) if hits else None
