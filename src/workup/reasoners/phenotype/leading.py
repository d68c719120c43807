"""The leading candidates of a case, and their ranks.

Scores that differ by less than a billionth are equal: they are rounded to nine digits, so that the order does not
depend on the last bit of a sum. Equal ones share the middle of their places.

>>> best(np.array([1.0, 3.0, 2.0, 3.0 + 1e-12]), 3).tolist()
[1, 3, 2]
>>> ranks(np.array([1.0, 3.0, 2.0, 3.0]), np.array([1, 3, 2]))
[1.5, 1.5, 3.0]
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.compiled import kernels

ROUNDING = 1e-9


def best(scores: Array, limit: int) -> Array:
    """Positions of the best candidates, best first; ties in index order.

    Args:
        scores: Scores of all candidates, ``(C,)``.
        limit: How many are wanted.
    """
    limit = min(limit, len(scores))
    if limit < 1:
        return np.zeros(0, dtype=np.int64)
    if kernels is not None:
        return kernels.leading(scores, limit, ROUNDING)
    # A little below the last one, so that what is rounded up to it is among them.
    least = np.partition(scores, -limit)[-limit] - ROUNDING
    pool = np.flatnonzero(scores >= least)
    order = pool[np.argsort(-np.round(scores[pool], 9), kind="stable")]
    return np.asarray(order[:limit])


def ranks(scores: Array, leaders: Array) -> list[float]:
    """Expected ranks of the best candidates (in order): tied ones share the middle of their places.

    Args:
        scores: Scores of all candidates, ``(C,)``.
        leaders: Positions of the best ones, best first.
    """
    values = np.round(scores[leaders], 9).tolist()
    starts = [place for place, value in enumerate(values) if not place or value != values[place - 1]]
    found: list[float] = []
    for start, end in pairwise([*starts, len(values)]):
        equal = end - start
        # All that is better than one of the best is among the best; equals of the last may lie beyond.
        if end == len(values) and np.count_nonzero(scores >= values[-1] - ROUNDING) > end:
            equal = int((np.round(scores[scores >= values[-1] - ROUNDING], 9) == values[-1]).sum())
        found += [start + (equal + 1) / 2] * (end - start)
    return found
