"""Is the answer as good for one group as for another? Accuracy by sex, age and what else is asked for.

Differences are between cases of different patients: Newcombe's interval, Fisher's exact test, Holm's correction over
all comparisons. The largest difference is the one that a gate looks at; as it was picked from several, its interval
is widened for their number (Bonferroni).

Source: Newcombe 1998, Statistics in Medicine 17:873 (method 10).

>>> [round(end, 3) for end in newcombe(56, 70, 48, 80)]
[0.052, 0.334]
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import msgspec
import numpy as np
from scipy import stats

from workup.evaluation.audits.figures import Figure, rate
from workup.evaluation.audits.material import Material
from workup.evaluation.compare import holm
from workup.evaluation.labels import wilson
from workup.evaluation.stats import LEVEL, Interval

# A group smaller than this is shown and compared with none.
LEAST = 10


def newcombe(hits_a: int, n_a: int, hits_b: int, n_b: int, level: float = LEVEL) -> Interval:
    """Interval of the difference of two independent shares."""
    a, b = hits_a / n_a, hits_b / n_b
    (low_a, high_a), (low_b, high_b) = wilson(hits_a, n_a, level), wilson(hits_b, n_b, level)
    difference = a - b
    return (
        difference - math.sqrt((a - low_a) ** 2 + (high_b - b) ** 2),
        difference + math.sqrt((high_a - a) ** 2 + (b - low_b) ** 2),
    )


def subgroups(material: Material, groups: Mapping[str, Mapping[str, str]], *, seed: int = 0) -> tuple[Figure, ...]:
    """Accuracy of each group, the differences between them, and the largest.

    Args:
        material: The attempts.
        groups: Group of each original case by factor.
        seed: Seed of the intervals.
    """
    figures: list[Figure] = []
    pairs: list[tuple[str, str, tuple[int, int], tuple[int, int]]] = []
    for factor, of in groups.items():
        counts: dict[str, tuple[int, int]] = {}
        for group in sorted(set(of.values())):
            members = [record for record in material.records if of[record.case.id] == group]
            hits = [record.right for record in members]
            clusters = [record.cluster for record in members]
            figures.append(rate("subgroups", "accuracy", hits, clusters, group=f"{factor}: {group}", seed=seed))
            if group != "unknown" and len(members) >= LEAST:
                counts[group] = (sum(hits), len(hits))
        pairs += [(f"{factor}: {a}", b, counts[a], counts[b]) for a, b in itertools.combinations(counts, 2)]
    if not pairs:
        note = f"no two groups of {LEAST} cases"
        return (*figures, Figure(section="subgroups", measure="difference", value=None, n=0, note=note))
    p_values = [_fisher(first, second) for _, _, first, second in pairs]
    for (a, b, first, second), p_value, adjusted in zip(pairs, p_values, holm(p_values), strict=True):
        figures.append(
            Figure(
                section="subgroups",
                measure="difference_between",
                group=f"{a} - {b}",
                value=first[0] / first[1] - second[0] / second[1],
                n=first[1] + second[1],
                clusters=first[1] + second[1],
                interval=newcombe(*first, *second),
                method="Newcombe",
                p=adjusted,
                note=f"Fisher's exact test p = {p_value:.4g}, with Holm's correction {adjusted:.4g}",
            )
        )
    largest = max(figures[-len(pairs) :], key=lambda one: abs(one.value or 0.0))
    place = [one.group for one in figures[-len(pairs) :]].index(largest.group)
    _, _, first, second = pairs[place]
    low, high = newcombe(*first, *second, level=1 - (1 - LEVEL) / len(pairs))
    ends = (0.0, max(-low, high)) if low <= 0 <= high else (min(abs(low), abs(high)), max(abs(low), abs(high)))
    figures.append(
        msgspec.structs.replace(
            largest,
            measure="difference",
            group="",
            value=abs(largest.value or 0.0),
            interval=ends,
            method=f"Newcombe, widened for {len(pairs)} comparisons",
            note=f"the largest, without its sign: {largest.group}; {largest.note}",
        )
    )
    return tuple(figures)


def _fisher(first: tuple[int, int], second: tuple[int, int]) -> float:
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    return float(stats.fisher_exact(np.array(table)).pvalue)
