"""Does stated confidence come true, and is deferring worth it?

``overconfidence`` is mean confidence less the share of right answers: 0 is right, 0.1 means ten points too sure.
``calibration_error`` is the mean gap over bins of equal mass, which is above 0 by chance alone when there are few
cases. ``deferral_gain`` is what the accuracy gains when the least confident fifth is left to a person.
"""

from __future__ import annotations

import msgspec
import numpy as np

from workup.evaluation.audits.figures import Figure, mean, rate
from workup.evaluation.audits.material import Material
from workup.evaluation.calibration import Calibration, brier, calibrate_report, calibration_error, reliability
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.knowledge.arrays import Array

BINS = 10
DEFERRED = 0.2


class Confidence(msgspec.Struct, frozen=True, kw_only=True):
    """The audit's result.

    Attributes:
        figures: Its rows.
        calibration: Bins and curves; None where no confidence is stated.
    """

    figures: tuple[Figure, ...]
    calibration: Calibration | None = None


def confidence(material: Material, *, seed: int = 0) -> Confidence:
    """Judge the confidence of the answers to the original cases."""
    stated = [record for record in material.records if record.confidence is not None]
    unanswered = [record.answer is None for record in material.records]
    clusters = [record.cluster for record in material.records]
    figures = [rate("confidence", "deferred", unanswered, clusters, seed=seed, note="no answer: abstained or unread")]
    if not stated:
        return Confidence(figures=tuple(figures))
    given = np.array([record.confidence or 0.0 for record in stated])
    right = np.array([record.right for record in stated])
    own = [record.cluster for record in stated]
    figures.append(mean("confidence", "overconfidence", (given - right).tolist(), own, seed=seed))
    drawn = np.random.default_rng(seed).integers(len(given), size=(RESAMPLES, len(given)))
    for measure, function, note in (
        ("calibration_error", _error, "biased upwards with few cases"),
        ("brier", brier, ""),
        ("deferral_gain", _gain, f"accuracy of the surest {1 - DEFERRED:.0%} less that of all"),
    ):
        samples = [round(function(given[rows], right[rows]), 12) for rows in drawn]
        low, high = np.percentile(samples, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        figures.append(
            Figure(
                section="confidence",
                measure=measure,
                value=round(function(given, right), 12),
                n=len(given),
                clusters=len(set(own)),
                interval=(float(low), float(high)),
                method=f"bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
                note=note,
            )
        )
    report = calibrate_report(given, given, even(given, right), bins=bins_for(len(given)))
    return Confidence(figures=tuple(figures), calibration=report)


def bins_for(cases: int) -> int:
    """Bins of ten cases at least, ten bins at most: smaller ones show chance.

    >>> bins_for(20), bins_for(500)
    (2, 10)
    """
    return max(1, min(BINS, cases // 10))


def even(given: Array, right: Array) -> Array:
    """Rights and wrongs with those of equal confidence each counting their mean, so that no order of cases matters.

    >>> even(np.array([0.9, 0.5, 0.9]), np.array([True, True, False])).tolist()
    [0.5, 1.0, 0.5]
    """
    _, group = np.unique(given, return_inverse=True)
    shared: Array = (np.bincount(group, weights=right.astype(np.float64)) / np.bincount(group))[group]
    return shared


def _error(given: Array, right: Array) -> float:
    return calibration_error(reliability(given, even(given, right), bins_for(len(given)))) / 100.0


def _gain(given: Array, right: Array) -> float:
    """Cases of equal confidence are deferred together in part, each counting its share."""
    from workup.evaluation.calibration import risk_coverage

    kept = max(1, round((1 - DEFERRED) * len(given)))
    _, risk = risk_coverage(given, right)
    return float((1.0 - risk[kept - 1]) - right.mean())
