"""Does inventing columns help? Nested cross-validation, with a conventional model beside it.

Each outer fold is test rows that the search never sees; the rest is parted into training and validation rows for it::

    fold 1  [ test ][ train ............ ][ validation ]   -> columns -> refit on train + validation -> predict test
    fold 2  ...

Compared on the same test rows: boosted trees without and with the new columns, and logistic regression on the inputs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from workup.evaluation.labels import wilson
from workup.evaluation.stats import Interval, PairedDifference, paired_publication_bootstrap
from workup.features.octree import OctreeOptions, Proposer, octree
from workup.features.table import Part, Table, stratified
from workup.features.trees import one_thread, score_chances
from workup.knowledge.arrays import Array


class Arm(msgspec.Struct, frozen=True):
    """One model on all test rows.

    Attributes:
        name: Which.
        accuracy: Share of right predictions, 0-1, with its Wilson interval.
        auroc: Mean AUROC of the outer folds.
    """

    name: str
    accuracy: float
    interval: Interval
    auroc: float


class Gain(msgspec.Struct, frozen=True):
    """What new columns bring on rows that had no part in finding them.

    Attributes:
        n: Rows tested.
        folds: Outer folds.
        seed: Seed of the folds and the searches.
        without: Boosted trees on the table.
        with_columns: The same with the new columns.
        conventional: Logistic regression on the table.
        difference: Accuracy with less without, on the same rows; one row is one "publication".
        over_conventional: Accuracy with new columns less that of logistic regression.
        error_reduction: (e0 - e1) / e0 of the errors without and with; None when there were none.
        promised: Mean gain of the score on validation rows, on which the columns were chosen.
        auroc_gain: Mean gain of AUROC on test rows.
        rules: Rule kept -> number of folds.
        importance: Mean loss of test AUROC when the new columns are shuffled, over folds that kept one; None if none.
        counts: Proposals of all folds by what became of them.
    """

    n: int
    folds: int
    seed: int
    without: Arm
    with_columns: Arm
    conventional: Arm
    difference: PairedDifference
    over_conventional: PairedDifference
    error_reduction: float | None
    promised: float
    auroc_gain: float
    rules: dict[str, int]
    importance: float | None
    counts: dict[str, int]

    @property
    def verdict(self) -> str:
        """In words, what the intervals say."""
        return f"{_said(self.difference, 'the same trees')}; {_said(self.over_conventional, 'logistic regression')}"


def _said(difference: PairedDifference, other: str) -> str:
    low, high = difference.micro_interval
    if low > 0:
        return f"the new columns beat {other}"
    return f"the new columns are worse than {other}" if high < 0 else f"no gain over {other} is shown"


def feature_gain(
    table: Table,
    proposer: Callable[[], Proposer],
    options: OctreeOptions | None = None,
    *,
    folds: int = 5,
    seed: int = 0,
) -> Gain:
    """Measure the gain of columns that a proposer invents.

    Args:
        table: The table.
        proposer: Makes the proposer of one fold.
        options: How to search.
        folds: Outer folds.
        seed: Seed of the folds; fold k searches with ``options.seed + k``.
    """
    options = options or OctreeOptions()
    random = np.random.default_rng(seed)
    target = table.rows.target
    chances = {name: np.zeros(len(target)) for name in ("without", "with", "conventional")}
    aurocs: dict[str, list[float]] = {name: [] for name in chances}
    rules: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    promised, importance = [], []
    for number, test in enumerate(stratified(target, (1,) * folds, random)):
        rest = np.setdiff1d(np.arange(len(target)), test)
        learn, judge = (rest[part] for part in stratified(target[rest], (2, 1), random))
        own = msgspec.structs.replace(options, seed=options.seed + number)
        found = octree(table, table.part(learn), table.part(judge), proposer(), own)
        rules.update(one.found.rule.text for one in found.added if one.found.rule is not None)
        counts.update(found.counts)
        promised.append(found.score - found.baseline)
        train, unseen = table.part(rest), table.part(test)
        wide = Part(found.extend(train.values), train.target)
        with one_thread():
            model = options.booster.fit(wide)
            given = {
                "without": options.booster.fit(train).predict_proba(unseen.values)[:, 1],
                "with": model.predict_proba(found.extend(unseen.values))[:, 1],
                "conventional": logistic(train).predict_proba(unseen.values)[:, 1],
            }
        for name, values in given.items():
            chances[name][test] = values
            aurocs[name].append(score_chances(values, unseen.target, "auroc"))
        if found.added:
            shuffled = found.extend(unseen.values)
            new = slice(unseen.values.shape[1], None)
            shuffled[:, new] = shuffled[random.permutation(len(shuffled)), new]
            worse = score_chances(model.predict_proba(shuffled)[:, 1], unseen.target, "auroc")
            importance.append(aurocs["with"][-1] - worse)
    right = {name: (values > 0.5) == (target == 1) for name, values in chances.items()}
    wrong, left = int((~right["without"]).sum()), int((~right["with"]).sum())
    rows = [str(row) for row in range(len(target))]
    return Gain(
        n=len(target),
        folds=folds,
        seed=seed,
        without=_arm("boosted trees", right["without"], aurocs["without"]),
        with_columns=_arm("boosted trees with new columns", right["with"], aurocs["with"]),
        conventional=_arm("logistic regression", right["conventional"], aurocs["conventional"]),
        difference=paired_publication_bootstrap(right["with"], right["without"], rows),
        over_conventional=paired_publication_bootstrap(right["with"], right["conventional"], rows),
        error_reduction=(wrong - left) / wrong if wrong else None,
        promised=float(np.mean(promised)),
        auroc_gain=float(np.mean(aurocs["with"]) - np.mean(aurocs["without"])),
        rules=dict(rules.most_common()),
        importance=float(np.mean(importance)) if importance else None,
        counts=dict(sorted(counts.items())),
    )


def _arm(name: str, right: Array, aurocs: list[float]) -> Arm:
    hits = int(right.sum())
    return Arm(name=name, accuracy=hits / len(right), interval=wilson(hits, len(right)), auroc=float(np.mean(aurocs)))


def logistic(part: Part) -> Any:
    """Logistic regression on standardised columns, missing values at the median."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = (SimpleImputer(strategy="median"), StandardScaler(), LogisticRegression(max_iter=1000))
    return make_pipeline(*steps).fit(part.values, part.target)
