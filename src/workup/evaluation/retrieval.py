"""Metrics of a ranking of documents, as trec_eval defines them.

Gains are those of the judgements; a document without one counts 0. Ties of the retriever are broken by document id,
descending, as trec_eval does.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.labels import ratio
from workup.evaluation.score import Estimate, Score
from workup.evaluation.scorers import chosen, why_none
from workup.evaluation.stats import LEVEL, RESAMPLES

DEPTHS = (1, 10, 25, 50, 100)
Figure = Literal["ndcg", "map", "recall", "precision", "mrr"]


class QueryFigures(msgspec.Struct, frozen=True):
    """Figures of one query, each 0-1, by depth where it has one.

    Attributes:
        ndcg: Discounted gain over that of the best possible ranking; the ideal counts every relevant document.
        average_precision: Mean precision at the relevant documents, over all relevant ones.
        recall: Share of the relevant documents found.
        precision: Share of the first documents that are relevant.
        reciprocal_rank: 1 / rank of the first relevant document, 0 when none is found.
    """

    ndcg: dict[int, float]
    average_precision: dict[int, float]
    recall: dict[int, float]
    precision: dict[int, float]
    reciprocal_rank: float


def ordered(scores: Mapping[str, float]) -> list[str]:
    """Documents by score, best first, equal scores by id, descending.

    >>> ordered({"a": 1.0, "b": 2.0, "c": 1.0})
    ['b', 'c', 'a']
    """
    by_name = sorted(scores, reverse=True)
    return sorted(by_name, key=lambda name: -scores[name])


def query_figures(ranking: Sequence[str], gains: Mapping[str, float], depths: Sequence[int] = DEPTHS) -> QueryFigures:
    """Figures of the ranking of one query.

    Args:
        ranking: Document ids, best first, each once.
        gains: Gain of each judged document; those above 0 are relevant.
        depths: Where to cut the ranking.

    Raises:
        ValueError: A document is ranked twice.

    >>> figures = query_figures(["x", "a", "y"], {"a": 1, "b": 1}, depths=[2])
    >>> round(figures.ndcg[2], 4), figures.recall[2], figures.reciprocal_rank
    (0.3869, 0.5, 0.5)
    """
    if len(set(ranking)) != len(ranking):
        raise ValueError("a document is ranked twice")
    relevant = sorted((gain for gain in gains.values() if gain > 0), reverse=True)
    found = [max(gains.get(name, 0.0), 0.0) for name in ranking]
    hits = [gain > 0 for gain in found]
    first = next((place for place, hit in enumerate(hits, 1) if hit), 0)
    precisions = [sum(hits[:place]) / place if hits[place - 1] else 0.0 for place in range(1, len(hits) + 1)]
    return QueryFigures(
        ndcg={depth: ratio(_discounted(found[:depth]), _discounted(relevant[:depth])) for depth in depths},
        average_precision={depth: ratio(sum(precisions[:depth]), len(relevant)) for depth in depths},
        recall={depth: ratio(sum(hits[:depth]), len(relevant)) for depth in depths},
        precision={depth: sum(hits[:depth]) / depth for depth in depths},
        reciprocal_rank=1.0 / first if first else 0.0,
    )


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def mean_figures(
    rankings: Mapping[str, Sequence[str]],
    judgements: Mapping[str, Mapping[str, float]],
    *,
    depth: int = 10,
    figure: Figure = "ndcg",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Estimate:
    """Mean of a figure over all judged queries, with a bootstrap interval over queries.

    A query for which nothing was retrieved counts 0; a query without a relevant document is left out and counted.

    Args:
        rankings: Document ids of each query, best first.
        judgements: Gains of each query's documents.
        depth: Where to cut; the reciprocal rank is not cut.
        figure: Which figure; the others are parts.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap samples.
    """
    asked = [query for query, gains in judgements.items() if any(gain > 0 for gain in gains.values())]
    notes = []
    if without := len(judgements) - len(asked):
        notes.append(f"{without} queries without a relevant document are left out")
    if silent := sum(not rankings.get(query) for query in asked):
        notes.append(f"{silent} queries retrieved nothing and count 0")
    found = [query_figures(rankings.get(query, ()), judgements[query], (depth,)) for query in asked]
    source = "trec_eval; Järvelin and Kekäläinen 2002" if figure == "ndcg" else "trec_eval"
    columns = {
        f"ndcg@{depth}": [figures.ndcg[depth] for figures in found],
        f"map@{depth}": [figures.average_precision[depth] for figures in found],
        f"recall@{depth}": [figures.recall[depth] for figures in found],
        f"precision@{depth}": [figures.precision[depth] for figures in found],
        "mrr": [figures.reciprocal_rank for figures in found],
    }
    name = figure if figure == "mrr" else f"{figure}@{depth}"
    if not found:
        return Estimate(metric=name, value=None, n=0, citation=source, notes=tuple(notes))
    values = np.array(columns[name])
    means = values[np.random.default_rng(seed).integers(len(values), size=(resamples, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(
        metric=name,
        value=float(values.mean()),
        n=len(values),
        interval=(float(low), float(high)),
        method=f"percentile bootstrap over queries, {resamples} resamples, seed {seed}",
        citation=source,
        parts={other: float(np.mean(column)) for other, column in columns.items() if other != name},
        notes=tuple(notes),
    )


class RetrievalMetric:
    """A figure of rankings over a run: an attempt answers with document ids, best first.

    Attributes:
        name: Name of the metric.
        figure: Which figure.
        depth: Where rankings are cut.
    """

    def __init__(self, figure: Figure, depth: int = 10) -> None:
        self.figure: Figure = figure
        self.depth = depth
        self.name = figure if figure == "mrr" else f"{figure}@{depth}"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The figure over attempts, ``attempts[i]`` being one at ``cases[i]``; an attempt without answer counts 0."""
        # By position: epochs repeat a case.
        judgements = {str(i): case.reference.relevant if case.reference else {} for i, case in enumerate(cases)}
        rankings = {str(i): list(dict.fromkeys(chosen(attempt))) for i, attempt in enumerate(attempts)}
        return mean_figures(rankings, judgements, depth=self.depth, figure=self.figure, seed=seed)


class RankingScore:
    """A figure of one ranking, so that runs can be compared query by query.

    Attributes:
        name: Name of the score; that of the metric which is its mean.
    """

    def __init__(self, figure: Figure, depth: int = 10) -> None:
        self._metric = RetrievalMetric(figure, depth)
        self.name = self._metric.name

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; one without a ranking gets 0."""
        reason = why_none(attempt)
        estimate = self._metric.estimate([case], [attempt])
        return Score(total=estimate.value or 0.0, parts=estimate.parts, notes=(reason,) if reason else ())
