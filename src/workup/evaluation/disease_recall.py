"""Recall of the right disease among the first k, by its id, so that no judge is needed.

A hypothesis is right when its id, or another id of the same disease, is one of the case's diagnoses. A reasoner that
gives names and no ids is right when a name is one of the case's labels, but for spelling, case and punctuation.
Published figures of rare-disease agents come from a language model that compares names; both ways here are stricter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.list_scores import merged, places
from workup.evaluation.score import Estimate, Score
from workup.evaluation.scorers import why_none
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws

MISS = 11
"""Rank that a case without the right disease among the first five or ten counts as in a median, as published."""


def right_rank(case: Case, attempt: Attempt) -> float | None:
    """Rank of the right disease; None when it is neither in the differential nor, without one, in the answer."""
    reference, reasoning = case.reference, attempt.reasoning
    if reference is None or reasoning is None:
        return None
    if not reasoning.differential and reasoning.answer is not None:
        return min(map(float, places(merged(reasoning.answer.ids), reference.labels)), default=None)
    gold = set(reference.diagnoses)
    return min((one.rank for one in reasoning.differential if gold & {one.id, *one.aliases}), default=None)


class DiseaseRecall:
    """1 when the right disease is among the first ``k``, else 0."""

    def __init__(self, k: int) -> None:
        self.k = k
        self.name = f"recall@{k}"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        rank, reason = right_rank(case, attempt), ""
        if attempt.reasoning is None or not attempt.reasoning.differential:
            reason = why_none(attempt)
        return Score(total=float(rank is not None and rank <= self.k), notes=(reason,) if reason else ())


class MedianRank:
    """Median rank of the right disease, a miss counting as :data:`MISS`, with a bootstrap interval over cases."""

    name = "median rank"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The median over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        if not cases:
            return Estimate(metric=self.name, value=None, n=0)
        ranks = [right_rank(case, attempt) for case, attempt in zip(cases, attempts, strict=True)]
        values = np.array([min(MISS, MISS if rank is None else rank) for rank in ranks], dtype=np.float64)
        draws, random = CaseDraws([case.id for case in cases]), np.random.default_rng(seed)
        medians = [float(np.median(values[draws.one(random)])) for _ in range(RESAMPLES)]
        low, high = np.percentile(medians, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        return Estimate(
            metric=self.name,
            value=float(np.median(values)),
            n=len(values),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            notes=(f"a miss counts as {MISS}",),
        )
