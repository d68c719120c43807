"""Which questions to ask: the arithmetic, over a few diseases and many findings.

A question's expected gain is how much its answer is expected to lower the entropy of the differential, in bits::

    gain(t) = H(P) - c(t) H(P after a yes) - (1 - c(t)) H(P after a no)
    c(t)    = sum over diseases D of P(D) c(D, t),   with c(D, t) the chance of finding t in D

Where the differential is updated with these very chances (``P(D) c(D, t)`` after a yes) that is the mutual
information of disease and answer (:func:`gains`). The engine updates with its own likelihood ratios, so that a gain may
turn out negative; such a question is not asked.

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
        yes: Factor on a disease's probability when the finding is present, ``(D, M)``.
        no: Factor when it is absent, ``(D, M)``.
        cost: Of each question, above 0, ``(M,)``.
        implies: 1 where the row's finding is a kind of the column's, so that its presence implies the column's,
            ``(M, M)``; 0 on the diagonal.
        likeness: How much of two findings is the same, in 0-1, ``(M, M)``.
    """

    probability: Array
    chance: Array
    yes: Array
    no: Array
    cost: Array
    implies: Array
    likeness: Array


def answer_entropy(probability: Array) -> Array:
    """Entropy of a yes-or-no answer in bits.

    >>> answer_entropy(np.array([0.0, 0.5, 1.0])).tolist()
    [0.0, 1.0, 0.0]
    """
    yes = np.clip(probability, 1e-12, 1.0 - 1e-12)
    bits: Array = np.maximum(-(yes * np.log2(yes) + (1.0 - yes) * np.log2(1.0 - yes)), 0.0).round(10) + 0.0
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

    >>> gains(np.array([0.5, 0.5]), np.array([[1.0, 0.5], [0.0, 0.5]])).tolist()
    [1.0, 0.0]
    """
    found: Array = np.maximum(answer_entropy(probability @ chance) - probability @ answer_entropy(chance), 0.0)
    return found


def choose(candidates: Candidates, count: int) -> list[tuple[int, float]]:
    """The best questions in order, each with its gain given the answers to those before it.

    Best is what gains most for its cost. A question that gains nothing is never chosen.

    Returns:
        Places among the candidates and gains in bits.
    """
    state = Answers(np.ones(1), candidates.probability[None, :], candidates.chance[None, :, :])
    fresh = np.ones(candidates.chance.shape[1])
    chosen: list[tuple[int, float]] = []
    while len(chosen) < count:
        conditional = _conditional_gains(candidates, state)
        worth = conditional * fresh / candidates.cost
        best = int(np.argmax(worth)) if len(worth) else -1
        if best < 0 or worth[best] <= 1e-9:
            break
        chosen.append((best, float(conditional[best])))
        fresh = np.minimum(fresh, 1.0 - candidates.likeness[best])
        fresh[best] = 0.0
        if len(chosen) < count:
            state = _answered(candidates, state, best)
    return chosen


class Answers(msgspec.Struct, frozen=True):
    """All possible sets of answers to the questions chosen so far, ``B`` of them.

    Attributes:
        weight: Probability of each set, ``(B,)``.
        probability: Differential after it, ``(B, D)``.
        chance: Chances of the findings given it, ``(B, D, M)``; 0 or 1 where it answers a question.
    """

    weight: Array
    probability: Array
    chance: Array


def _entropies(weights: Array, axis: int) -> Array:
    """Entropy in bits of unscaled distributions along an axis."""
    scaled = weights / np.maximum(weights.sum(axis=axis, keepdims=True), 1e-300)
    found: Array = -(scaled * np.log2(np.maximum(scaled, 1e-300))).sum(axis=axis)
    return found


def _conditional_gains(candidates: Candidates, state: Answers) -> Array:
    """Gain of each question averaged over the answers so far, ``(M,)``."""
    expected = np.einsum("bd,bdm->bm", state.probability, state.chance)
    before = _entropies(state.probability, axis=1)[:, None]
    likely = state.probability[:, :, None]
    yes = _entropies(likely * candidates.yes, axis=1)
    no = _entropies(likely * candidates.no, axis=1)
    gain = before - expected * yes - (1.0 - expected) * no
    # What the answers so far imply cannot surprise.
    gain[(expected <= 1e-9) | (expected >= 1.0 - 1e-9)] = 0.0
    found: Array = state.weight @ gain
    return found


def _answered(candidates: Candidates, state: Answers, asked: int) -> Answers:
    """The sets of answers with both answers to one more question: first those with a yes, then those with a no."""
    own = state.chance[:, :, asked]
    expected = (state.probability * own).sum(axis=1)
    broader, narrower = candidates.implies[asked] > 0, candidates.implies[:, asked] > 0
    yes, no = state.chance.copy(), state.chance.copy()
    yes[:, :, broader] = 1.0
    yes[:, :, narrower] = np.minimum(yes[:, :, narrower] / np.maximum(own, 1e-9)[:, :, None], 1.0)
    no[:, :, narrower] = 0.0
    without = np.maximum(1.0 - own, 1e-9)[:, :, None]
    no[:, :, broader] = np.clip((no[:, :, broader] - own[:, :, None]) / without, 0.0, 1.0)
    after = np.concatenate([state.probability * candidates.yes[:, asked], state.probability * candidates.no[:, asked]])
    return Answers(
        weight=np.concatenate([state.weight * expected, state.weight * (1.0 - expected)]),
        probability=after / np.maximum(after.sum(axis=1, keepdims=True), 1e-300),
        chance=np.concatenate([yes, no]),
    )


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
