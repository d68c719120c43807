from __future__ import annotations

import numpy as np
import pytest

from workup.features.clinical_tables import breast_cancer
from workup.features.gain import feature_gain
from workup.features.octree import OctreeOptions
from workup.features.proposers import Recorded
from workup.features.simulated import simulated_table
from workup.features.table import Column, Table, stratified
from workup.features.trees import Booster

FAST = OctreeOptions(steps=1, booster=Booster(rounds=15, depth=2))


def test_a_column_that_holds_the_truth_helps_on_rows_that_had_no_part_in_it() -> None:
    table, _ = simulated_table("shock-index", 900, seed=5)
    gain = feature_gain(table, lambda: Recorded(["[heart_rate / systolic_pressure]"]), FAST, folds=3)
    assert gain.n == 900
    assert gain.rules == {"heart_rate / systolic_pressure": 3}
    assert gain.difference.micro_interval[0] > 0
    assert gain.error_reduction is not None
    assert gain.error_reduction > 0
    assert gain.importance is not None
    assert gain.importance > 0.05
    assert "beat the same trees" in gain.verdict


def test_a_coin_gains_nothing() -> None:
    random = np.random.default_rng(0)
    values = np.column_stack([random.normal(size=(300, 2)), random.integers(2, size=300)])
    table = Table([Column("a"), Column("b"), Column("sick", role="target")], values)
    gain = feature_gain(table, lambda: Recorded(["[a / (b * b + 1)]"]), FAST, folds=2)
    assert gain.difference.micro_interval[0] <= 0
    # Kept on validation rows at best by luck: what those rows promise is never negative.
    assert gain.promised >= 0
    assert "no gain over the same trees is shown" in gain.verdict or "worse" in gain.verdict


def test_test_rows_have_no_part_in_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    from workup.features import gain as module

    table, _ = simulated_table("body-mass", 200)
    seen: list[int] = []
    found = module.octree

    def watched(*arguments: object) -> object:
        seen.append(len(arguments[1].target) + len(arguments[2].target))  # type: ignore[attr-defined]
        return found(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "octree", watched)
    feature_gain(table, lambda: Recorded([]), FAST, folds=4)
    assert seen == [len(table.rows.target) - len(part) for part in _folds(table)]


def _folds(table: Table) -> list[np.ndarray]:
    return stratified(table.rows.target, (1,) * 4, np.random.default_rng(0))


def test_the_schema_of_the_simulated_table_keeps_what_comes_after() -> None:
    table, index = simulated_table("body-mass", 50)
    assert table.forbidden == {"treated", "outcome"}
    np.testing.assert_allclose(table.rows.values[:, 4] / table.rows.values[:, 5] ** 2, index)


def test_names_of_the_real_table_can_stand_in_rules() -> None:
    table = breast_cancer()
    assert table.names[:2] == ("mean_radius", "mean_texture")
    assert table.forbidden == {"malignant"}
