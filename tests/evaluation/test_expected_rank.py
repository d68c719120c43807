from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.ranks import CaseRank, expected_rank


@pytest.mark.parametrize(
    ("scores", "targets", "rank"),
    [
        ([5, 4, 3], [0], 1.0),
        ([5, 4, 3], [2], 3.0),
        ([5, 4, 4, 3], [1], 2.5),
        ([7, 7, 7, 7], [2], 2.5),
        ([5, 4, 4, 3], [1, 3], 2.5),
        # All four are tied and three of them right: the first right one stands at 5/4.
        ([7, 7, 7, 7], [0, 1, 2], 1.25),
        ([7, 7, 1], [0, 1], 1.0),
        ([5, 4, 3], [], math.inf),
    ],
)
def test_hand_computed(scores: list[float], targets: list[int], rank: float) -> None:
    assert expected_rank(np.array(scores, dtype=float), np.array(targets, dtype=int)) == pytest.approx(rank)


def test_scores_equal_to_nine_decimals_are_tied() -> None:
    assert expected_rank(np.array([1.0 + 4e-11, 1.0]), np.array([1])) == 1.5
    assert expected_rank(np.array([1.0 + 2e-9, 1.0]), np.array([1])) == 2.0


def test_minus_infinity_ranks_last_and_ties() -> None:
    assert expected_rank(np.array([0.0, -np.inf, -np.inf]), np.array([1])) == 2.5


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6), st.data())
def test_is_the_mean_over_all_orders_of_the_ties(scores: list[int], data: st.DataObject) -> None:
    targets = data.draw(st.sets(st.integers(0, len(scores) - 1), min_size=1))
    firsts = []
    for order in permutations(range(len(scores))):
        ranked = sorted(order, key=lambda i: -scores[i])
        firsts.append(min(ranked.index(t) for t in targets) + 1)
    expected = expected_rank(np.array(scores, dtype=float), np.array(sorted(targets)))
    assert expected == pytest.approx(np.mean(firsts))


def test_a_miss_is_infinite() -> None:
    rank = CaseRank(
        regime="full",
        index=0,
        id="a",
        digest="",
        publication="PMID:1",
        gold=("OMIM:1",),
        findings=1,
        in_kb=False,
        exact=None,
        series=2.0,
        gene=None,
        posterior=None,
        answer="OMIM:2",
        answer_posterior=0.5,
        answer_score=1.0,
        unknown=0.1,
        answer_level="none",
        abstained=False,
    )
    assert rank.rank("exact") == math.inf
    assert rank.rank("series") == 2.0
