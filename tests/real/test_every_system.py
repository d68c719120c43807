"""`workup reproduce NN` exits 0 for every system with claims: none fails, and something holds or is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_recorded_runs import PRINTED, RECORDED

from workup.systems import catalogue, claims, reproduce

pytestmark = [pytest.mark.real, pytest.mark.slow]

# Tested in files of their own, with more.
ELSEWHERE = {"00", *RECORDED, *PRINTED}


@pytest.mark.parametrize(
    "number", [system.id for system in catalogue() if system.id not in ELSEWHERE and claims(system.id)]
)
def test_no_claim_fails(data_dir: Path, number: str) -> None:
    report = reproduce(number, data_dir)
    assert [(one.id, one.expected, one.measured, one.note) for one in report.claims if one.status == "fails"] == []
    assert report.ok
