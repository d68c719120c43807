"""The arithmetic of questions, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.reasoners.phenotype.choosing import Candidates, answer_entropy, choose, entropy, gains, nearness


def candidates(probability: list[float], chance: list[list[float]], **changes: object) -> Candidates:
    size = len(chance[0])
    fields = {
        "trust": np.ones(size),
        "cost": np.ones(size),
        "implies": np.zeros((size, size)),
        "likeness": np.eye(size),
        **changes,
    }
    return Candidates(probability=np.array(probability), chance=np.array(chance), **fields)  # type: ignore[arg-type]


def test_gain_of_a_question_by_hand() -> None:
    # Four equal diseases, one of which always shows the finding: 2 bits before; none after a yes, log2 3 after a no.
    found = gains(np.full(4, 0.25), np.array([[1.0], [0.0], [0.0], [0.0]]))
    assert found[0] == pytest.approx(2.0 - 0.75 * math.log2(3), abs=1e-9)


def test_gain_with_chances_by_hand() -> None:
    # P(yes) = 0.5 * 0.9 + 0.5 * 0.2 = 0.55; after a yes 0.45/0.55, after a no 0.05/0.45.
    before = 1.0
    yes, no = 0.45 / 0.55, 0.05 / 0.45
    expected = before - 0.55 * entropy(np.array([yes, 1 - yes])) - 0.45 * entropy(np.array([no, 1 - no]))
    assert gains(np.array([0.5, 0.5]), np.array([[0.9], [0.2]]))[0] == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(0, 1)), min_size=2, max_size=8))
def test_a_gain_is_never_negative_nor_more_than_the_answer(pairs: list[tuple[float, float]]) -> None:
    weight = np.array([one for one, _ in pairs])
    probability = weight / weight.sum()
    chance = np.array([[other] for _, other in pairs])
    gain = gains(probability, chance)[0]
    assert -1e-9 <= gain <= float(answer_entropy(probability @ chance)[0]) + 1e-9
    assert gain <= entropy(probability) + 1e-6


def test_second_question_is_the_one_that_adds_to_the_first() -> None:
    # The first two findings split the diseases alike; the third splits what they leave.
    chance = [[1.0, 0.99, 1.0], [1.0, 0.99, 0.0], [0.0, 0.01, 1.0], [0.0, 0.01, 0.0]]
    found = choose(candidates([0.25] * 4, chance), 3)
    assert [place for place, _ in found[:2]] == [0, 2]
    assert [gain for _, gain in found] == pytest.approx([1.0, 1.0], abs=1e-6)


def test_what_an_answer_implies_is_not_asked() -> None:
    # Finding 1 is a kind of finding 0, and as frequent wherever that is: after 0, nothing is left to learn.
    implies = np.array([[0.0, 0.0], [1.0, 0.0]])
    found = choose(candidates([0.5, 0.5], [[0.8, 0.8], [0.2, 0.2]], implies=implies), 2)
    assert [place for place, _ in found] == [0]


def test_cost_and_trust_decide_between_equals() -> None:
    chance = [[0.9, 0.9], [0.1, 0.1]]
    assert choose(candidates([0.5, 0.5], chance, cost=np.array([4.0, 1.0])), 1)[0][0] == 1
    assert choose(candidates([0.5, 0.5], chance, trust=np.array([0.1, 0.9])), 1)[0][0] == 1


def test_nothing_to_ask() -> None:
    assert choose(candidates([0.5, 0.5], [[0.3], [0.3]]), 3) == []


def test_nearness_from_ancestors() -> None:
    implies, likeness = nearness([frozenset({0, 1}), frozenset({0, 1, 2}), frozenset({0, 3})])
    assert implies.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert likeness[0].tolist() == pytest.approx([1.0, 2 / 3, 1 / 3])
