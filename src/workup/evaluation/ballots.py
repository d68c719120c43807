"""Votes among several answers to one question, by majority or by weight; and what voting can gain.

Three voters, two of whom agree, elect what the two say; with three different answers, a named voter decides (dossier of
system 65). What a vote gains over its voters shrinks as their errors come together, which :func:`simulated` shows.

>>> elected(["A", "B", "B"])
'B'
>>> elected(["A", "B", "C"], tie=2), elected(["A", "B", None]), elected([None, None])
('C', 'A', None)
>>> elected(["A", "B", "B"], weights=[0.8, 0.3, 0.3])
'A'
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from scipy.stats import norm

T = TypeVar("T", bound=Hashable)


def elected(votes: Sequence[T | None], *, weights: Sequence[float] | None = None, tie: int = 0) -> T | None:
    """What most votes, or the heaviest, are for.

    Args:
        votes: One for each voter; None for no vote.
        weights: Weight of each voter, 0 or more; all alike when None.
        tie: Place of the voter that decides among answers with as many votes; when it has none of them, the first of
            the voters that has.

    Returns:
        The answer; None when nobody voted.

    Raises:
        ValueError: Weights that are none, or another number of them than of votes.
    """
    given = list(weights) if weights is not None else [1.0] * len(votes)
    if len(given) != len(votes) or any(not (math.isfinite(weight) and weight >= 0) for weight in given):
        raise ValueError("one weight, 0 or more, for each vote")
    sums: dict[T, float] = {}
    for vote, weight in zip(votes, given, strict=True):
        if vote is not None:
            sums[vote] = sums.get(vote, 0.0) + weight
    if not sums:
        return None
    most = max(sums.values())
    first = [vote for vote, total in sums.items() if math.isclose(total, most)]
    decider = votes[tie] if 0 <= tie < len(votes) else None
    return decider if decider is not None and decider in first else first[0]


class SimulatedVote(msgspec.Struct, frozen=True):
    """Simulated: voters whose errors are correlated, and their vote.

    Attributes:
        single: Mean accuracy of one voter, 0-1.
        vote: Accuracy of the vote.
        gain: The difference.
        n: Questions.
    """

    single: float
    vote: float
    gain: float
    n: int


def simulated(
    accuracies: Sequence[float], correlation: float, *, options: int = 4, n: int = 20_000, seed: int = 0
) -> SimulatedVote:
    """Simulate voters with given accuracies whose errors share a latent difficulty of the question.

    A voter is right when a normal variable, correlated between voters, is below the quantile of its accuracy. A wrong
    voter draws one of the other options; with the chance ``correlation`` it is the one that tempts every voter.

    Args:
        accuracies: Of each voter, 0-1.
        correlation: Of the latent variables, 0-1.
        options: Options of a question.
        n: Questions.
        seed: Seed.
    """
    draw = np.random.default_rng(seed)
    common = draw.standard_normal((n, 1))
    own = draw.standard_normal((n, len(accuracies)))
    latent = math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own
    right = latent < norm.ppf(np.asarray(accuracies))
    tempting = draw.integers(1, options, size=(n, 1))
    wrong = draw.integers(1, options, size=right.shape)
    wrong = np.where(draw.random(right.shape) < correlation, tempting, wrong)
    votes = np.where(right, 0, wrong)
    won = np.array([elected(row) == 0 for row in votes.tolist()])
    single = float(right.mean())
    return SimulatedVote(single, float(won.mean()), float(won.mean()) - single, n)
