"""Ranks under ties.

A score that gives many diseases the same value must not gain from the order they happen to be stored in, so a
rank is the mean over all orders of the tied diseases.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec
import numpy as np

from workup.knowledge.arrays import Array

Level = Literal["exact", "series", "gene"]
LEVELS: tuple[Level, ...] = ("exact", "series", "gene")

# Scores closer than this many decimals are equal: sums taken in another order differ in the last bits.
DECIMALS = 9


def expected_rank(scores: Array, targets: Array) -> float:
    """Expected rank of the best target when ties are broken at random.

    With ``b`` scores above the best target's and ``m`` equal to it, ``k`` of them targets, the first target
    stands at ``b + (m + 1) / (k + 1)`` on average. For one target this is the usual ``b + (m + 1) / 2``.

    Args:
        scores: Scores of all candidates, ``(C,)``, higher is better.
        targets: Positions of the candidates that count as right.

    Returns:
        The rank from 1; infinity when there is no target.

    >>> expected_rank(np.array([3.0, 1.0, 3.0, 2.0]), np.array([0]))
    1.5
    >>> expected_rank(np.array([3.0, 1.0, 3.0, 2.0]), np.array([1, 3]))
    3.0
    >>> expected_rank(np.array([3.0, 1.0, 3.0, 2.0]), np.array([0, 2]))
    1.0
    """
    if len(targets) == 0:
        return math.inf
    # "+ 0.0" turns -0.0 into 0.0; both are equal anyway, and so are infinities.
    rounded = np.round(np.asarray(scores, dtype=np.float64), DECIMALS) + 0.0
    own = rounded[np.unique(targets)]
    best = own.max()
    better = int((rounded > best).sum())
    equal = int((rounded == best).sum())
    right = int((own == best).sum())
    return better + (equal + 1) / (right + 1)


class CaseRank(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the right answer of one case stands under one regime: one line of ``ranks.jsonl``.

    Attributes:
        regime: Name of the regime.
        index: Place of the case among the cases of the run, from 0.
        id: Id of the case in its file.
        digest: Digest of the blinded case.
        publication: What the case is grouped by: its publication, else its smallest gold id.
        gold: The right ids.
        findings: Number of present findings, normalised.
        in_kb: Whether a gold disease is ranked and has annotations.
        exact: Expected rank of the disease itself; None for a miss.
        series: Expected rank of the best member of its series; None for a miss.
        gene: Expected rank of the best disease with a gene of it; None for a miss.
        posterior: Probability given to the gold disease, None when it is not ranked.
        answer: The disease ranked first.
        answer_posterior: Its probability.
        answer_score: Its score.
        unknown: Probability given to "not in the knowledge base".
        answer_level: Level of the reasoner's answer: disease, series, gene or none.
        abstained: Whether that is none, or the unknown is more probable than every disease.
    """

    regime: str
    index: int
    id: str
    digest: str
    publication: str
    gold: tuple[str, ...]
    findings: int
    in_kb: bool
    exact: float | None
    series: float | None
    gene: float | None
    posterior: float | None
    answer: str
    answer_posterior: float
    answer_score: float
    unknown: float
    answer_level: str
    abstained: bool

    def rank(self, level: Level) -> float:
        """Rank at one level, infinity for a miss."""
        value: float | None = getattr(self, level)
        return math.inf if value is None else value
