"""The benchmark on the real development cases: published prototype figures, leakage, resuming."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from workup.benchmarks.rare_disease import REGIMES, RareDisease
from workup.case import Case
from workup.evaluation.metrics import RankFigures, rank_figures
from workup.evaluation.ranks import expected_rank
from workup.io import read_cases
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.profiles import Profiles

pytestmark = [pytest.mark.real, pytest.mark.slow]

COMPARED = 50


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


@pytest.fixture(scope="module")
def dev_file(data_dir: Path) -> Path:
    return data_dir / "phenopackets" / "phenopackets_dev.jsonl.gz"


@pytest.fixture(scope="module")
def dev(dev_file: Path) -> tuple[Case, ...]:
    return read_cases(dev_file).cases


def figures(benchmark: RareDisease, cases: tuple[Case, ...]) -> RankFigures:
    ranks = [rank for group in benchmark.ranks(benchmark.plan(cases, ["temp"])) for rank in group]
    found = rank_figures([rank.rank("exact") for rank in ranks], [rank.publication for rank in ranks])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("score", "expected"),
    # Engine dossier, section 5: TEMP on the development cases.
    [("resnik", (19.1, 29.9, 42.0)), ("phrank", (20.0, 31.4, 41.5))],
)
def test_temp_figures_of_the_prototype(
    knowledge: Knowledge, dev: tuple[Case, ...], score: str, expected: tuple[float, float, float]
) -> None:
    found = figures(RareDisease.of("phenotype", knowledge, score), dev)
    assert found.n == 929
    assert (found.top1, found.top3, found.top10) == pytest.approx(expected, abs=0.3)


def test_regimes_agree_with_the_flags_of_the_data(knowledge: Knowledge, dev: tuple[Case, ...]) -> None:
    plan = RareDisease.of("phenotype", knowledge, "phrank").plan(dev, REGIMES)
    members = [entry.regimes for group in plan.groups for entry in group]
    counts = {regime: sum(regime in member for member in members) for regime in REGIMES}
    assert counts == {"full": 3945, "lpo": 2856, "lpo-strict": 2851, "temp": 929, "unknown": 775}
    assert plan.notes == {}


@pytest.mark.parametrize("score", ["resnik", "phrank"])
def test_leaving_out_equals_annotations_without_those_rows(
    knowledge: Knowledge, dev: tuple[Case, ...], score: str
) -> None:
    benchmark = RareDisease.of("phenotype", knowledge, score)
    rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
    compared = 0
    for group in benchmark.plan(dev, ["lpo"]).groups:
        dropped = benchmark.dropped_rows(group[0].publication)
        entries = [entry for entry in group if "lpo" in entry.regimes][:10]
        if not entries or not np.isin(dropped, rows).any():
            continue
        shortened = benchmark.engine.without(dropped.tolist())
        fresh = Engine(
            knowledge, score=score, profiles=Profiles.from_rows(knowledge, np.setdiff1d(rows, dropped), "omim")
        )
        for entry in entries:
            ranks = [
                expected_rank(engine.scores(engine.patient(entry.case.blinded())), entry.targets.exact)
                for engine in (shortened, fresh)
            ]
            assert ranks[0] == ranks[1]
            compared += 1
        if compared >= COMPARED:
            break
    assert compared >= COMPARED


def test_external_sets(knowledge: Knowledge, data_dir: Path) -> None:
    cases = read_cases(data_dir / "phenopackets" / "external_dev.jsonl.gz").cases
    benchmark = RareDisease.of("phenotype", knowledge, "phrank")
    plan = benchmark.plan(cases)
    assert plan.notes == {"without a publication, left out of lpo and temp": 286}
    ranks = [rank for group in benchmark.ranks(plan) for rank in group]
    full = [rank for rank in ranks if rank.regime == "full"]
    assert len(full) == 442
    # Several gold ids, of which any counts; Orphanet ids count through the entry they are shown under.
    assert sum(rank.in_kb for rank in full) > 400
    assert np.mean([rank.rank("exact") <= 10 for rank in full]) > 0.4


def test_killed_and_started_again_equals_the_uninterrupted_run(dev_file: Path, tmp_path: Path) -> None:
    def command(out: Path) -> list[str]:
        program = [sys.executable, "-c", "from workup.cli import main; main()"]
        verb = ["run", "rare-disease", "phenotype", "--score", "phrank", "--limit", "400", "--json"]
        return [*program, *verb, "--data", str(dev_file), "--out", str(out)]

    whole = subprocess.run(command(tmp_path / "whole"), capture_output=True, check=True).stdout
    process = subprocess.Popen(command(tmp_path / "killed"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ranks = tmp_path / "killed" / "ranks.jsonl"
    deadline = time.monotonic() + 120
    while not (ranks.exists() and ranks.stat().st_size > 50_000):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert not (tmp_path / "killed" / "result.json").exists()
    assert ranks.stat().st_size < (tmp_path / "whole" / "ranks.jsonl").stat().st_size

    resumed = subprocess.run(command(tmp_path / "killed"), capture_output=True, check=True).stdout
    assert ranks.read_bytes() == (tmp_path / "whole" / "ranks.jsonl").read_bytes()
    first, second = json.loads(whole), json.loads(resumed)
    # The only figure that is a time.
    first.pop("seconds_per_case")
    second.pop("seconds_per_case")
    assert first == second
