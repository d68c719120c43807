"""The engine on real patients: the headline figures must not fall."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.benchmarks.rare_disease import RareDisease
from workup.evaluation.metrics import rank_figures
from workup.io import read_cases
from workup.knowledge import Knowledge

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_temp_figures_of_the_default_score(data_dir: Path) -> None:
    knowledge = Knowledge.load()
    cases = read_cases(data_dir / "phenopackets" / "phenopackets_dev.jsonl.gz").cases
    benchmark = RareDisease.of("phenotype", knowledge, "translation-mixture")
    ranks = [rank for group in benchmark.ranks(benchmark.plan(cases, ["temp"])) for rank in group]
    found = rank_figures([rank.rank("exact") for rank in ranks], [rank.publication for rank in ranks])
    assert found is not None
    assert found.n == 929
    # Floors of the engine dossier's prototype, section 5.
    assert found.top1 >= 26
    assert found.top10 >= 58
