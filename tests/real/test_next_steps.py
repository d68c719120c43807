"""What to do next, on real patients."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.systems import claims
from workup.systems.measurements import load
from workup.systems.records import Bound

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name", ["next_steps.quick_questions", "next_steps.quick_two_diseases"])
def test_claims_hold(name: str, data_dir: Path) -> None:
    measured = load(name)(data_dir, "ci")
    expected = [claim for claim in claims("00") if claim.measurement == name]
    assert {claim.id for claim in expected} == set(measured)
    for claim in expected:
        value = measured[claim.id].value
        assert isinstance(value, float)
        if isinstance(claim.expected, Bound):
            assert claim.expected.holds(value), claim.id
