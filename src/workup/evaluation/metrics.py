"""Figures of a ranking: top-k and mean reciprocal rank, over cases and over publications."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from workup.evaluation.stats import RESAMPLES, Interval, grouped_means
from workup.knowledge.arrays import Array

DEPTHS = (1, 3, 5, 10)


class RankFigures(msgspec.Struct, frozen=True):
    """Figures of one level of match.

    ``topK`` is the share of cases with the right answer at rank K or better (``macro_topK``: each publication
    weighs the same), in per cent; ``mrr`` the mean of 1 / rank, 0-1, where a miss counts 0.

    Attributes:
        ci: 95 % interval of each figure, by publication.
    """

    n: int
    publications: int
    top1: float
    top3: float
    top5: float
    top10: float
    mrr: float
    macro_top1: float
    macro_top3: float
    macro_top5: float
    macro_top10: float
    macro_mrr: float
    ci: dict[str, Interval]


def rank_figures(
    ranks: Sequence[float] | Array,
    publications: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> RankFigures | None:
    """Figures of the ranks of the right answers.

    Args:
        ranks: Rank of the right answer of each case, from 1; infinity for a miss.
        publications: Publication of each case.
        seed: Seed of the intervals.
        resamples: Number of bootstrap samples.

    Returns:
        None when there are no cases.

    >>> figures = rank_figures([1.0, 4.0, float("inf")], ["a", "a", "b"])
    >>> round(figures.top1, 1), figures.macro_top1, round(figures.mrr, 4)
    (33.3, 25.0, 0.4167)
    """
    array = np.asarray(ranks, dtype=np.float64)
    if len(array) == 0:
        return None
    columns = np.column_stack([*(100.0 * (array <= depth) for depth in DEPTHS), 1.0 / array])
    names = [*(f"top{depth}" for depth in DEPTHS), "mrr"]
    means = grouped_means(columns, publications, seed=seed, resamples=resamples)
    figures: dict[str, float] = {}
    intervals: dict[str, Interval] = {}
    for i, name in enumerate(names):
        figures[name] = float(means.micro[i])
        figures[f"macro_{name}"] = float(means.macro[i])
        intervals[name] = (float(means.micro_interval[0, i]), float(means.micro_interval[1, i]))
        intervals[f"macro_{name}"] = (float(means.macro_interval[0, i]), float(means.macro_interval[1, i]))
    return RankFigures(n=means.cases, publications=means.publications, **figures, ci=intervals)


def match_curve(ranks: Sequence[float] | Array, depth: int = 50) -> list[float]:
    """Cumulative match characteristic: per cent of cases with rank 1, 2, ... ``depth`` or better.

    >>> match_curve([1.0, 2.5, float("inf"), 1.0], depth=3)
    [50.0, 50.0, 75.0]
    """
    array = np.asarray(ranks, dtype=np.float64)
    if len(array) == 0:
        return []
    return [float(100.0 * (array <= k).mean()) for k in range(1, depth + 1)]
