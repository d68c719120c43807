"""Ranking metrics against hand-computed values and an independent formulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workup.evaluation.retrieval import mean_figures, ordered, query_figures


def test_by_hand() -> None:
    figures = query_figures(["a", "x", "b"], {"a": 1, "b": 1, "c": 1}, depths=(2, 3))
    ideal = 1 + 1 / math.log2(3) + 1 / 2
    assert figures.ndcg[3] == pytest.approx((1 + 1 / 2) / ideal)
    # The ideal of the first two places holds two of three relevant documents.
    assert figures.ndcg[2] == pytest.approx(1 / (1 + 1 / math.log2(3)))
    assert figures.average_precision[3] == pytest.approx((1 + 2 / 3) / 3)
    assert (figures.recall[2], figures.precision[3], figures.reciprocal_rank) == pytest.approx((1 / 3, 2 / 3, 1))


def test_graded_gains_and_more_places_than_documents() -> None:
    figures = query_figures(["low", "high"], {"low": 1, "high": 3, "bad": 0}, depths=(10,))
    assert figures.ndcg[10] == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))
    assert figures.precision[10] == 0.2


def test_nothing_found_and_a_document_twice() -> None:
    figures = query_figures([], {"a": 1}, depths=(10,))
    assert (figures.ndcg[10], figures.recall[10], figures.reciprocal_rank) == (0, 0, 0)
    with pytest.raises(ValueError, match="twice"):
        query_figures(["a", "a"], {"a": 1})


def test_ties_are_broken_by_id_descending() -> None:
    assert ordered({"d1": 0.5, "d10": 0.5, "d2": 0.7}) == ["d2", "d10", "d1"]


def test_against_vectors_on_random_runs() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        names = [f"d{i}" for i in range(40)]
        gains = {name: float(gain) for name, gain in zip(names, random.integers(0, 3, size=40), strict=True)}
        scores = {name: float(score) for name, score in zip(names, random.integers(0, 9, size=40), strict=True)}
        kept = ordered(scores)[: int(random.integers(1, 40))]
        figures = query_figures(kept, gains, depths=(10,))
        gained = np.array([gains[name] for name in kept[:10]])
        best = np.sort(np.array(list(gains.values())))[::-1][:10]
        discount = 1 / np.log2(np.arange(2, 12))
        expected = (gained @ discount[: len(gained)]) / (best @ discount)
        assert figures.ndcg[10] == pytest.approx(expected, abs=1e-12)


def test_silent_queries_count_and_queries_without_documents_do_not() -> None:
    found = mean_figures({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 0}})
    assert (found.value, found.n) == (0.5, 2)
    assert found.notes == (
        "1 queries without a relevant document are left out",
        "1 queries retrieved nothing and count 0",
    )
    assert found.parts["mrr"] == 0.5
    assert mean_figures({}, {}).value is None
