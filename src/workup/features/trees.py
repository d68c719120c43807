"""The models of trees that judge a column, and a small tree in words that is told to whoever proposes the next.

OCTree scores with XGBoost; here it is scikit-learn's histogram boosting (extra ``stats``), which needs nothing more and
computes on the CPU the same way each time. Scores therefore differ a little from published ones.

The words of a tree: the branch above the threshold first, two decimals::

    if heart_rate > 0.52:
      1
    else:
      if age > 0.70:
        1
      else:
        0
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal

import msgspec
import numpy as np

from workup.errors import MissingExtra
from workup.evaluation.stats import auroc
from workup.features.table import Part
from workup.knowledge.arrays import Array

Score = Literal["accuracy", "auroc"]

DEPTHS = (1, 2, 3)
# The dossier's depths of the booster whose two most important columns make the first rule.
BOOSTER_DEPTHS = tuple(range(1, 12))


class Booster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of the boosted trees; the same before and after a column is added.

    Attributes:
        rounds: Trees.
        rate: Learning rate.
        depth: Largest depth of a tree.
        leaf: Fewest rows of a leaf.
        seed: Seed; nothing is drawn with these parameters, so it changes nothing.
    """

    rounds: int = 60
    rate: float = 0.1
    depth: int = 4
    leaf: int = 20
    seed: int = 0

    def fit(self, part: Part) -> Any:
        """A fitted scikit-learn classifier."""
        try:
            from sklearn.ensemble import HistGradientBoostingClassifier
        except ImportError as error:
            raise MissingExtra("stats", "scoring columns with boosted trees") from error
        model = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_depth=self.depth,
            min_samples_leaf=self.leaf,
            early_stopping=False,
            random_state=self.seed,
        )
        return model.fit(part.values, part.target)


def score_of(model: Any, part: Part, score: Score) -> float:
    """Accuracy or AUROC of a fitted classifier, 0-1; an AUROC of one class alone is 0.5."""
    return score_chances(model.predict_proba(part.values)[:, 1], part.target, score)


def score_chances(chances: Array, target: Array, score: Score) -> float:
    """The same from the probabilities of class 1.

    >>> score_chances(np.array([0.9, 0.6, 0.2]), np.array([1, 0, 0]), "accuracy")
    0.6666666666666666
    """
    if score == "accuracy":
        return float(np.mean((chances > 0.5) == (target == 1)))
    found = auroc(chances[target == 1], chances[target == 0])
    return 0.5 if found is None else found


def one_thread() -> AbstractContextManager[Any]:
    """Small fits are slower on several threads than on one."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        raise MissingExtra("stats", "scoring columns with boosted trees") from error
    limits: AbstractContextManager[Any] = threadpool_limits(1)
    return limits


def two_most_important(train: Part, validation: Part, booster: Booster) -> tuple[int, int]:
    """Places of the two columns whose shuffling costs most, for the depth that is best on the validation rows.

    OCTree takes the gains that XGBoost keeps; the histogram booster keeps none, so rows are shuffled.
    """
    from sklearn.inspection import permutation_importance

    models = [msgspec.structs.replace(booster, depth=depth).fit(train) for depth in BOOSTER_DEPTHS]
    best = max(models, key=lambda model: score_of(model, validation, "auroc"))
    found = permutation_importance(best, train.values, train.target, scoring="roc_auc", n_repeats=3, random_state=0)
    order = np.argsort(-found.importances_mean, kind="stable")
    return int(order[0]), int(order[1])


def tree_in_words(train: Part, validation: Part, names: Sequence[str]) -> str:
    """The best tree of depth 1 to 3 on the validation rows, the smallest of equals, in words."""
    from sklearn.tree import DecisionTreeClassifier

    best, most = None, -1.0
    for depth in DEPTHS:
        tree = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(train.values, train.target)
        right = float(np.mean(tree.predict(validation.values) == validation.target))
        if right > most:
            best, most = tree, right
    assert best is not None
    return words_of_tree(best, names)


def words_of_tree(tree: Any, names: Sequence[str]) -> str:
    """A fitted scikit-learn tree in words."""
    inner, lines = tree.tree_, []

    def tell(node: int, indent: str) -> None:
        if inner.children_left[node] == -1:
            lines.append(f"{indent}{tree.classes_[int(np.argmax(inner.value[node][0]))]}")
            return
        lines.append(f"{indent}if {names[inner.feature[node]]} > {inner.threshold[node]:.2f}:")
        tell(inner.children_right[node], indent + "  ")
        lines.append(f"{indent}else:")
        tell(inner.children_left[node], indent + "  ")

    tell(0, "")
    return "\n".join(lines)
