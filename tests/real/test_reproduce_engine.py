"""`workup reproduce 00` on the real data: no claim fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.systems import claims, reproduce
from workup.systems.measurements import load

pytestmark = pytest.mark.real


def test_every_measurement_of_the_claims_exists() -> None:
    assert all(callable(load(claim.measurement)) for claim in claims("00"))


@pytest.mark.slow
def test_no_claim_of_the_engine_fails(data_dir: Path) -> None:
    report = reproduce("00", data_dir)
    failed = [
        (claim.id, claim.expected, claim.measured, claim.note) for claim in report.claims if claim.status == "fails"
    ]
    assert failed == []
    assert report.ok
    assert {claim.id for claim in report.claims if claim.status == "waits"} == {
        claim.id for claim in claims("00") if claim.tier == "slow"
    }
