"""Every real phenopacket ends in a report of every format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup import diagnose
from workup.case import Case, from_json
from workup.io import read_cases
from workup.reasoning import Reasoning
from workup.report import FORMATS, write_report

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def cases(data_dir: Path) -> tuple[Case, ...]:
    return read_cases(data_dir / "phenopackets" / "raw").cases


@pytest.mark.slow
def test_all_formats(cases: tuple[Case, ...], tmp_path: Path) -> None:
    assert len(cases) == 80
    for case in cases:
        result = diagnose(case, limit=20)
        assert len(result.differential) == 20
        for hypothesis in result.differential:
            total = sum(step.weight for step in hypothesis.contributions)
            assert total == pytest.approx(hypothesis.score, abs=1e-6)
        page, table, reasoning, packet = write_report(case, result, tmp_path, FORMATS)
        best = result.differential[0]
        assert best.id in page.read_text()
        rows = [line for line in table.read_text().splitlines() if not line.startswith("#")]
        assert len(rows) >= 20
        assert any(best.id in row for row in rows)
        assert from_json(reasoning.read_bytes(), Reasoning) == result
        assert "interpretations" in json.loads(packet.read_bytes())
    assert len(list(tmp_path.iterdir())) == 4 * 80


def test_the_phenopacket_can_be_read_again(cases: tuple[Case, ...], tmp_path: Path) -> None:
    for case in cases[:10]:
        result = diagnose(case, limit=3)
        (path,) = write_report(case, result, tmp_path, ["phenopacket"])
        (again,) = read_cases(path).cases
        # The findings as they were used: obsolete ids and conflicts are resolved.
        assert {(f.id, f.status) for f in again.findings} == {(f.id, f.status) for f in result.findings}
