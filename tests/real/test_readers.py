"""Readers on real phenopackets and the flattened records of the same patients."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from workup.case import Case, from_json, to_json
from workup.io import cases_from_text, read_cases

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "phenopackets"


@pytest.fixture(scope="module")
def flattened(folder: Path) -> dict[str, Case]:
    return {case.id: case for case in read_cases(folder / "phenopackets_dev.jsonl.gz").cases}


def test_flattened_records_are_read_whole_and_fast(folder: Path) -> None:
    start = time.process_time()
    result = read_cases(folder / "phenopackets_dev.jsonl.gz")
    seconds = time.process_time() - start
    assert len(result.cases) == 3945
    assert result.issues == ()
    assert sum(len(case.with_status("present")) for case in result.cases) == 35_399
    assert sum(len(case.with_status("excluded")) for case in result.cases) == 49_833
    for case in result.cases:
        assert case.reference is not None
        assert len(case.reference.diagnoses) == 1
        assert set(case.provenance["leak"]) == {"gold_in_kb", "pmid_in_kb", "gold_has_other_source"}
        assert case.provenance["hpo_version"]
    assert seconds < 3.0  # about 0.35 s on an idle core


def test_external_records(folder: Path) -> None:
    result = read_cases(folder / "external_dev.jsonl.gz")
    assert len(result.cases) == 442
    assert result.issues == ()
    sets = [case.provenance["set"] for case in result.cases]
    assert (sets.count("lirical385"), sets.count("phenobrain873")) == (156, 286)
    assert all(case.reference is not None and case.reference.diagnoses for case in result.cases)
    assert sum(len(case.reference.diagnoses) for case in result.cases if case.reference) == 770


def test_raw_phenopackets_equal_their_flattened_records(folder: Path, flattened: dict[str, Case]) -> None:
    result = read_cases(folder / "raw")
    assert len(result.cases) == 80
    assert {issue.severity for issue in result.issues} <= {"info"}
    for case in result.cases:
        flat = flattened[case.id]
        for status in ("present", "excluded"):
            assert {f.id: f.onset for f in case.with_status(status)} == {  # type: ignore[arg-type]
                f.id: f.onset
                for f in flat.with_status(status)  # type: ignore[arg-type]
            }
        assert (case.sex, case.age) == (flat.sex, flat.age)
        assert (case.title, case.publication) == (flat.title, flat.publication)
        assert case.reference == flat.reference
        for name in ("hpo_version", "created", "vital_status"):
            assert case.provenance.get(name) == flat.provenance.get(name)


def test_blinded_real_cases_hold_nothing_of_the_truth(flattened: dict[str, Case]) -> None:
    for case in flattened.values():
        shown = to_json(case.blinded()).decode()
        assert case.reference is not None
        for secret in (*case.reference.diagnoses, case.publication, case.id):
            assert secret is not None
            assert f'"{secret}"' not in shown


def test_real_cases_round_trip(flattened: dict[str, Case]) -> None:
    for case in list(flattened.values())[::40]:
        assert from_json(to_json(case), Case) == case
        assert cases_from_text(to_json(case).decode()).cases == (case,)
