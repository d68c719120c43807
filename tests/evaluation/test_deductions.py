"""Deductions compared: hand-worked figures, and what pairing must keep to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.deductions import Deduction, compare, pairs

GOLD = [
    Deduction("fever of 39", "infection raises temperature", "Infection"),
    Deduction("productive cough", "a symptom of pneumonia", "Suspected pneumonia"),
    Deduction("consolidation", "shows pneumonia", "Pneumonia"),
]


def test_figures_worked_by_hand() -> None:
    given_ = [
        Deduction("Fever of 39", "infection raises the temperature", "infection"),  # all three agree
        Deduction("cough, productive", "a symptom of pneumonia", "Bronchitis"),  # another diagnosis
        Deduction("a rash", "allergy", "Allergy"),
    ]
    found = compare(GOLD, given_)
    # Two pairs of three and three: 2 / (3 + 3 - 2).
    assert found == pytest.approx(
        {"completeness": 0.5, "precision": 2 / 3, "recall": 2 / 3, "faithfulness": 0.5, "faithful": 0.25}
    )
    upstream = compare(GOLD, given_, upstream_compatible=True)
    assert (upstream["precision"], upstream["recall"], upstream["completeness"]) == (0.5, 0.5, 0.5)


def test_the_same_list_is_complete_and_nothing_is_not() -> None:
    assert set(compare(GOLD, GOLD).values()) == {1.0}
    assert set(compare(GOLD, []).values()) == {0.0}
    assert set(compare([], []).values()) == {0.0}


def test_a_good_pair_is_not_given_up_for_a_better_one() -> None:
    def alike(one: str, other: str) -> float:
        return {("a", "x"): 1.0, ("a", "y"): 0.5, ("b", "x"): 0.5}.get((one, other), 0.0)

    # Greedy takes a-x and leaves b alone; both can be paired.
    assert pairs(["a", "b"], ["x", "y"], alike) == [(0, 1), (1, 0)]
    assert pairs(["a", "b"], ["x", "y"], alike, upstream_compatible=True) == [(0, 0)]


WORDS = st.lists(st.sampled_from(["fever", "cough", "fever and cough", "rash", "a rash"]), max_size=6)


@given(WORDS, WORDS)
def test_every_observation_is_used_once_and_figures_are_shares(wanted: list[str], said: list[str]) -> None:
    found = pairs(wanted, said)
    assert len({one for one, _ in found}) == len({other for _, other in found}) == len(found)
    greedy = pairs(wanted, said, upstream_compatible=True)
    assert len(greedy) <= len(found)
    figures = compare([Deduction(one, "", "d") for one in wanted], [Deduction(one, "", "d") for one in said])
    assert all(0 <= value <= 1 for value in figures.values())
    assert figures["faithful"] == figures["completeness"]
