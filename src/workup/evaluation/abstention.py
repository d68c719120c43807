"""What abstaining buys: error among the cases answered, by how many are answered, whatever the confidence comes from.

The confidence of an attempt is the probability of its answer. An attempt without an answer is answered at no threshold.

    confidence   right            at least 0.8   1 of 3 answered, none wrong
    0.9          yes              at least 0.5   2 of 3 answered, one wrong
    0.6          no
    (none)
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.calibration import brier, calibration_error, reliability, risk_coverage
from workup.evaluation.score import Estimate
from workup.evaluation.scorers import chosen, right_answers, why_none
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws
from workup.knowledge.arrays import Array

THRESHOLDS = tuple(round(0.1 * step, 1) for step in range(1, 11))


class Covered(msgspec.Struct, frozen=True):
    """What a threshold comes to.

    Attributes:
        threshold: Confidence from which a case is answered.
        answered: How many are.
        n: Of how many.
        wrong: How many of those answered are wrong.
    """

    threshold: float
    answered: int
    n: int
    wrong: int

    @property
    def coverage(self) -> float:
        """Share of the cases that is answered."""
        return self.answered / self.n if self.n else 0.0

    @property
    def risk(self) -> float | None:
        """Share of those answered that is wrong; None when none is answered."""
        return self.wrong / self.answered if self.answered else None


def sweep(
    confidence: Sequence[float | None], right: Sequence[bool], thresholds: Sequence[float] = THRESHOLDS
) -> tuple[Covered, ...]:
    """What each threshold comes to; None is a case that has no answer.

    >>> [(row.answered, row.wrong) for row in sweep([0.9, 0.6, None], [True, False, False], [0.5, 0.8])]
    [(2, 1), (1, 0)]
    """
    pairs = [(level, good) for level, good in zip(confidence, right, strict=True) if level is not None]
    found = []
    for threshold in thresholds:
        answered = [good for level, good in pairs if level >= threshold]
        found.append(Covered(threshold, len(answered), len(right), len(answered) - sum(answered)))
    return tuple(found)


class RiskCoverage:
    """Area under the risk-coverage curve of the attempts that have an answer; lower is better.

    The parts are expected calibration error (points), Brier score, and coverage and risk from each threshold up.
    """

    name = "aurc"
    citation = "Geifman and El-Yaniv 2017, arXiv 1705.08500"

    def __init__(self, thresholds: Sequence[float] = THRESHOLDS) -> None:
        self.thresholds = tuple(thresholds)

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The area over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        levels = [confidence_of(attempt) for attempt in attempts]
        right = [
            (chosen(attempt) or (None,))[0] in right_answers(case)
            for case, attempt in zip(cases, attempts, strict=True)
        ]
        answered = [(level, good) for level, good in zip(levels, right, strict=True) if level is not None]
        if not answered:
            return Estimate(metric=self.name, value=None, n=0, citation=self.citation)
        confidence, good = (np.array(column, dtype=np.float64) for column in zip(*answered, strict=True))
        parts = {
            "ece": calibration_error(reliability(confidence, good)),
            "brier": brier(confidence, good),
        }
        for row in sweep(levels, right, self.thresholds):
            parts[f"coverage at {row.threshold:g}"] = row.coverage
            if row.risk is not None:
                parts[f"risk at {row.threshold:g}"] = row.risk
        draws = CaseDraws([case.id for case, level in zip(cases, levels, strict=True) if level is not None])
        random = np.random.default_rng(seed)
        areas = [area(confidence[sample], good[sample]) for sample in (draws.one(random) for _ in range(RESAMPLES))]
        low, high = np.percentile(areas, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        without = len(levels) - len(answered)
        return Estimate(
            metric=self.name,
            value=area(confidence, good),
            n=len(good),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=self.citation,
            parts=parts,
            notes=(f"{without} attempts have no answer and are in no part of the risk-coverage curve",)
            if without
            else (),
        )


def confidence_of(attempt: Attempt) -> float | None:
    """The probability of an attempt's answer; None without one."""
    if why_none(attempt) or attempt.reasoning is None or attempt.reasoning.answer is None:
        return None
    return attempt.reasoning.answer.probability


def area(confidence: Array, right: Array) -> float:
    """Mean error over all coverages.

    >>> round(area(np.array([0.9, 0.5, 0.7]), np.array([1, 0, 1])), 4)
    0.1111
    """
    return float(risk_coverage(confidence, right)[1].mean())
