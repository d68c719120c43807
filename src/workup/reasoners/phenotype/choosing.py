"""Which questions to ask: the arithmetic, over a few diseases and many findings.

A question's expected gain is how much its answer is expected to lower the entropy of the differential::

    gain(t) = H(D) - E[H(D | answer)] = h(sum over D of P(D) c(D, t)) - sum over D of P(D) h(c(D, t))

with ``c(D, t)`` the chance of the finding in disease ``D`` and ``h`` the entropy of a yes-or-no answer, in bits. The
right-hand side (the mutual information of disease and answer) is how it is computed.

Questions are chosen one after the other, each for its gain given the answers to all before it, whatever these will be:
with ``k`` questions chosen there are ``2^k`` possible sets of answers, each with its own differential. Findings that
imply each other through the ontology imply each other's answers; findings that are near in it count as partly
asked already.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from workup.knowledge.arrays import Array


class Candidates(msgspec.Struct, frozen=True):
    """What may be asked, and what the answers depend on.

    Attributes:
        probability: Of each disease, ``(D,)``; sums to 1.
        chance: ``P(present | disease)``, ``(D, M)``.
        trust: How far the chances of each finding can be relied on, above 0, ``(M,)``.
        cost: Of each question, above 0, ``(M,)``.
        implies: 1 where the row's finding is a kind of the column's, so that its presence implies the column's,
            ``(M, M)``; 0 on the diagonal.
        likeness: How much of two findings is the same, in 0-1, ``(M, M)``.
    """

    probability: Array
    chance: Array
    trust: Array
    cost: Array
    implies: Array
    likeness: Array


def answer_entropy(probability: Array) -> Array:
    """Entropy of a yes-or-no answer in bits.

    >>> answer_entropy(np.array([0.0, 0.5, 1.0])).round(9).tolist()
    [0.0, 1.0, 0.0]
    """
    # Far quicker than minding the zeros one by one.
    yes = np.clip(probability, 1e-15, 1.0 - 1e-15)
    no = 1.0 - yes
    bits: Array = -(yes * np.log2(yes) + no * np.log2(no))
    return bits


def entropy(probability: Array) -> float:
    """Entropy of a distribution in bits.

    >>> entropy(np.array([0.25, 0.25, 0.5]))
    1.5
    """
    positive = probability[probability > 0]
    return float(-(positive * np.log2(positive)).sum()) + 0.0


def gains(probability: Array, chance: Array) -> Array:
    """Expected fall of the entropy by each question, in bits, ``(M,)``.

    Args:
        probability: Of each disease, ``(D,)``.
        chance: ``(D, M)``.

    >>> gains(np.array([0.5, 0.5]), np.array([[1.0, 0.5], [0.0, 0.5]])).round(9).tolist()
    [1.0, 0.0]
    """
    found: Array = np.maximum(answer_entropy(probability @ chance) - probability @ answer_entropy(chance), 0.0)
    return found


def choose(candidates: Candidates, count: int) -> list[tuple[int, float]]:
    """The best questions in order, each with its gain given the answers to those before it.

    Best is what gains most, times what the gain can be trusted, for its cost. What gains nothing is never chosen.

    Returns:
        Places among the candidates and gains in bits.
    """
    # One row per set of answers so far: the joint probability of disease and answers, and the chances given them.
    joint = candidates.probability[None, :]
    chance = candidates.chance[None, :, :]
    fresh = np.ones(candidates.chance.shape[1])
    chosen: list[tuple[int, float]] = []
    while len(chosen) < count:
        conditional = _conditional_gains(joint, chance)
        worth = conditional * fresh * candidates.trust / candidates.cost
        best = int(np.argmax(worth)) if len(worth) else -1
        if best < 0 or conditional[best] * fresh[best] <= 1e-6:
            break
        chosen.append((best, float(conditional[best])))
        fresh = np.minimum(fresh, 1.0 - candidates.likeness[best])
        fresh[best] = 0.0
        if len(chosen) < count:
            joint, chance = _answered(candidates, joint, chance, best)
    return chosen


def _conditional_gains(joint: Array, chance: Array) -> Array:
    """Gain of each question averaged over the answers so far, ``(M,)``."""
    weight = joint.sum(axis=1)
    posterior = joint / np.where(weight > 0, weight, 1.0)[:, None]
    yes = np.einsum("bd,bdm->bm", posterior, chance)
    within = np.einsum("bd,bdm->bm", posterior, answer_entropy(chance))
    found: Array = weight @ np.maximum(answer_entropy(yes) - within, 0.0)
    return found


def _answered(candidates: Candidates, joint: Array, chance: Array, asked: int) -> tuple[Array, Array]:
    """Joint probabilities and chances with both answers to a question: the yes rows, then the no rows."""
    own = chance[:, :, asked]
    broader, narrower = candidates.implies[asked] > 0, candidates.implies[:, asked] > 0
    yes, no = chance.copy(), chance.copy()
    yes[:, :, broader] = 1.0
    yes[:, :, narrower] = np.minimum(chance[:, :, narrower] / np.maximum(own, 1e-9)[:, :, None], 1.0)
    no[:, :, narrower] = 0.0
    without = np.maximum(1.0 - own, 1e-9)[:, :, None]
    no[:, :, broader] = np.clip((chance[:, :, broader] - own[:, :, None]) / without, 0.0, 1.0)
    return np.concatenate([joint * own, joint * (1.0 - own)]), np.concatenate([yes, no])


def nearness(sets: Sequence[frozenset[int]]) -> tuple[Array, Array]:
    """Which findings imply which, and how alike they are, from their ancestors.

    Args:
        sets: For each finding its own index and those of its ancestors.

    Returns:
        ``implies`` and ``likeness`` of :class:`Candidates`; likeness is the Jaccard index of the sets.
    """
    size = len(sets)
    vocabulary = {term: place for place, term in enumerate(sorted(set().union(*sets)))} if sets else {}
    member = np.zeros((size, len(vocabulary)))
    for row, above in zip(member, sets, strict=True):
        row[[vocabulary[term] for term in above]] = 1.0
    shared = member @ member.T
    own = np.diag(shared)
    likeness = shared / np.maximum(own[:, None] + own[None, :] - shared, 1.0)
    # All of the column's ancestors are the row's too.
    implies = (shared == own[None, :]) & ~np.eye(size, dtype=bool)
    return implies.astype(np.float64), likeness
