"""The conventional classifier that stands beside every model on wearable days: logistic regression on summary figures.

    features   steps.mean, steps.slope, sleep.change, ... (:func:`workup.signals.statistics.features`), missing ones as
               the median of the training people with a flag
    tested     people left out in folds, so that no person is in training and test; the majority class beside it

It needs scikit-learn (extra ``stats``). Cross-validated on people of one cohort it says nothing of the next year; with
``by_cohort`` whole cohorts (years) are left out, which does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from workup.errors import MissingExtra, UserError
from workup.evaluation.labels import wilson
from workup.evaluation.stats import Interval, auroc
from workup.knowledge.arrays import Array
from workup.signals.globem import Person
from workup.signals.statistics import features


class Baseline(msgspec.Struct, frozen=True):
    """What the classifier reaches on people it was not fitted on.

    Attributes:
        n: People with a label.
        accuracy: Share of right labels.
        interval: Its 95 % Wilson interval.
        balanced: Mean of sensitivity and specificity.
        auroc: Area under the ROC curve of the pooled folds.
        majority: Share of the larger class.
        weights: Weight of each feature in standard deviations, fitted on all, largest first.
        ranked: Area under the ROC curve of each feature alone, as far from 0.5 as it is, largest first.
    """

    n: int
    accuracy: float
    interval: Interval
    balanced: float
    auroc: float | None
    majority: float
    weights: dict[str, float]
    ranked: dict[str, float]


def cross_validate(people: Sequence[Person], *, folds: int = 5, seed: int = 0, by_cohort: bool = False) -> Baseline:
    """Fit and test on people left out.

    Args:
        people: People; those without a label are left out.
        folds: How many parts; of cohorts, each is one.
        seed: Of the parts.
        by_cohort: Leave out whole cohorts, so that nobody of a tested year is in training.

    Raises:
        UserError: There are too few people of a class, or no two cohorts.
        MissingExtra: scikit-learn is not installed.
    """
    known = [one for one in people if one.label is not None]
    truth = np.array([bool(one.label) for one in known])
    if min(truth.sum(), (~truth).sum()) < folds:
        raise UserError(
            f"{folds} folds need {folds} people of each class; there are {truth.sum()} and {(~truth).sum()}"
        )
    cohorts = np.array([one.cohort for one in known])
    if by_cohort and len(set(cohorts.tolist())) < 2:
        raise UserError("leaving out cohorts needs people of at least two")
    rows = [features(one) for one in known]
    names = sorted(rows[0])
    grid = np.array([[row[name] for name in names] for row in rows])
    try:
        from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold
    except ImportError as error:
        raise MissingExtra("stats", "the conventional classifier") from error
    scores = np.zeros(len(known))
    splitter = LeaveOneGroupOut() if by_cohort else StratifiedKFold(folds, shuffle=True, random_state=seed)
    for train, test in splitter.split(grid, truth, cohorts if by_cohort else None):
        scores[test] = pipeline().fit(grid[train], truth[train]).predict_proba(grid[test])[:, 1]
    called = scores > 0.5
    hits = int((called == truth).sum())
    fitted = pipeline().fit(grid, truth)
    weights = dict(zip(names, fitted[-1].coef_[0, : len(names)].tolist(), strict=True))
    alone = {name: _alone(grid[:, place], truth) for place, name in enumerate(names)}
    return Baseline(
        n=len(known),
        accuracy=hits / len(known),
        interval=wilson(hits, len(known)),
        balanced=float((called[truth].mean() + (~called[~truth]).mean()) / 2),
        auroc=auroc(scores[truth], scores[~truth]),
        majority=float(max(truth.mean(), 1 - truth.mean())),
        weights=dict(sorted(weights.items(), key=lambda one: -abs(one[1]))),
        ranked=dict(sorted(alone.items(), key=lambda one: -abs(one[1] - 0.5))),
    )


def pipeline() -> Any:
    """Median for what is missing, standard deviations, and a logistic regression with a strong penalty."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    imputer = SimpleImputer(strategy="median", keep_empty_features=True)
    return make_pipeline(imputer, StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))


def _alone(values: Array, truth: Array) -> float:
    there = np.isfinite(values)
    found = auroc(values[truth & there], values[~truth & there])
    return 0.5 if found is None else found
