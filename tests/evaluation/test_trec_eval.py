"""Our figures equal trec_eval's on 200 random runs.

The expected values are those of pytrec-eval-terrier 0.5.11 (trec_eval 9), to 10 digits, in the order of
``trec_runs.MEASURES``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trec_runs import RUNS, runs

from workup.evaluation.retrieval import mean_figures, ordered, query_figures

EXPECTED = json.loads(Path(__file__).with_name("trec_eval_golden.json").read_text())


def test_200_random_runs_query_by_query() -> None:
    compared = ties = missing = deep = 0
    for (judged, run), expected in zip(runs(), EXPECTED, strict=True):
        for query, gains in judged.items():
            relevant = sum(gain > 0 for gain in gains.values())
            if query not in run or query not in expected:
                # trec_eval leaves out a query that the run misses; ours counts it 0 in the mean.
                missing += query not in run
                continue
            figures = query_figures(ordered(run[query]), {name: float(gain) for name, gain in gains.items()},
                                    (5, 10, 100))  # fmt: skip
            ours = [figures.ndcg[5], figures.ndcg[10], figures.ndcg[100], figures.average_precision[10],
                    figures.average_precision[100], figures.reciprocal_rank, figures.recall[10],
                    figures.precision[10]]  # fmt: skip
            assert ours == pytest.approx(expected[query], abs=1e-9)
            compared += 1
            ties += len(set(run[query].values())) < len(run[query])
            deep += relevant > 10
    # The runs hold what they are meant to.
    assert len(EXPECTED) == RUNS
    assert (compared, ties, missing, deep) == (448, 419, 61, 290)


def test_the_mean_counts_missing_queries_as_0_and_leaves_out_those_without_relevants() -> None:
    for (judged, run), expected in zip(runs(), EXPECTED, strict=True):
        asked = [query for query, gains in judged.items() if any(gains.values())]
        estimate = mean_figures(
            {query: ordered(scores) for query, scores in run.items()},
            {query: {name: float(gain) for name, gain in gains.items()} for query, gains in judged.items()},
            resamples=2,
        )
        assert estimate.n == len(asked)
        if asked:
            total = sum(expected[query][1] for query in asked if query in expected)
            assert estimate.value == pytest.approx(total / len(asked), abs=1e-9)
