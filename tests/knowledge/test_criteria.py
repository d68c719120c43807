"""Points at every boundary of the criteria."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import DataError, UserError
from workup.knowledge.criteria import criteria

RA = criteria("ra-2010")
PLAIN: dict[str, Any] = {
    "synovitis": True,
    "better_explained": False,
    "small_joints": 0,
    "large_joints": 1,
    "rf": 5,
    "rf_upper": 14,
    "acpa": 5,
    "acpa_upper": 20,
    "crp": 2,
    "crp_upper": 5,
    "esr": 10,
    "esr_upper": 20,
    "duration_weeks": 2,
}


def points(domain: str, **values: Any) -> float:
    counted = RA.count({**PLAIN, **values})
    (own,) = (one for one in counted.domains if one.domain == domain)
    return own.points


# (small, large) -> points; Aletaha et al. 2010, table 3.
JOINTS = [
    ((0, 0), 0), ((0, 1), 0), ((0, 2), 1), ((0, 10), 1),
    ((1, 0), 2), ((3, 0), 2), ((3, 7), 2), ((1, 9), 2), ((4, 0), 3), ((10, 0), 3), ((4, 6), 3),
    ((11, 0), 5), ((10, 1), 5), ((1, 10), 5), ((4, 7), 5), ((3, 8), 5), ((28, 10), 5),
]  # fmt: skip


@pytest.mark.parametrize(("joints", "expected"), JOINTS)
def test_joints(joints: tuple[int, int], expected: float) -> None:
    assert points("joints", small_joints=joints[0], large_joints=joints[1]) == expected


# Multiples of the upper limits of 14 and 20; "high" is above three times it, "low" above it.
SEROLOGY = [
    (14, 20, 0), (14.1, 20, 2), (14, 20.1, 2), (42, 20, 2), (42.1, 20, 3), (14, 60, 2), (14, 60.1, 3), (0, 0, 0),
    (42.1, 20.1, 3), (15, 61, 3),
]  # fmt: skip


@pytest.mark.parametrize(("rf", "acpa", "expected"), SEROLOGY)
def test_serology(rf: float, acpa: float, expected: float) -> None:
    assert points("serology", rf=rf, acpa=acpa) == expected


@pytest.mark.parametrize(("crp", "esr", "expected"), [(5, 20, 0), (5.1, 20, 1), (5, 21, 1), (50, 90, 1), (0, 0, 0)])
def test_acute_phase(crp: float, esr: float, expected: float) -> None:
    assert points("acute_phase", crp=crp, esr=esr) == expected


@pytest.mark.parametrize(("weeks", "expected"), [(0, 0), (5.9, 0), (6, 1), (52, 1)])
def test_duration(weeks: float, expected: float) -> None:
    assert points("duration", duration_weeks=weeks) == expected


@pytest.mark.parametrize(
    ("values", "total", "met"),
    [
        ({"small_joints": 5, "rf": 50}, 6, True),
        ({"small_joints": 5, "rf": 20}, 5, False),
        ({"small_joints": 5, "rf": 20, "duration_weeks": 6}, 6, True),
        ({"small_joints": 11, "crp": 6}, 6, True),
        ({"small_joints": 3, "rf": 50}, 5, False),
    ],
)
def test_six_points_are_definite(values: dict[str, Any], total: float, met: bool) -> None:
    counted = RA.count({**PLAIN, **values})
    assert (counted.points, counted.met) == (total, met)


def test_entry() -> None:
    full = {**PLAIN, "small_joints": 12, "rf": 90, "duration_weeks": 9}
    assert RA.count(full).met is True
    assert RA.count({**full, "synovitis": False}).met is False
    assert RA.count({**full, "better_explained": True}).met is False
    unknown = {name: value for name, value in full.items() if name != "synovitis"}
    assert (RA.count(unknown).met, RA.count(unknown).applies) == (None, None)


def test_what_is_not_known_stays_open_only_where_it_could_decide() -> None:
    no_serology = {name: value for name, value in PLAIN.items() if name not in ("rf", "acpa")}
    assert RA.count({**no_serology, "small_joints": 5, "duration_weeks": 8}).met is None  # 4 + up to 3
    assert RA.count({**no_serology, "small_joints": 1}).met is False  # 2 + up to 3
    assert RA.count({**no_serology, "small_joints": 12, "duration_weeks": 8}).met is True  # 6 already
    low_rf = RA.count({**no_serology, "rf": 20}).domains[1]
    assert (low_rf.points, low_rf.most, low_rf.open) == (2, 3, True)


@given(st.integers(0, 40), st.integers(0, 10), st.floats(0, 500), st.floats(0, 500), st.floats(0, 200))
def test_points_lie_between_0_and_10(small: int, large: int, rf: float, acpa: float, weeks: float) -> None:
    counted = RA.count(
        {**PLAIN, "small_joints": small, "large_joints": large, "rf": rf, "acpa": acpa, "duration_weeks": weeks}
    )
    assert 0 <= counted.points <= 10
    assert counted.met is (counted.points >= 6)


@pytest.mark.parametrize(
    ("urate", "expected"), [(3.9, -4), (4, 0), (5.9, 0), (6, 2), (7.9, 2), (8, 3), (9.9, 3), (10, 4)]
)
def test_gout_urate(urate: float, expected: float) -> None:
    (own,) = (one for one in criteria("gout-2015").count({"urate": urate}).domains if one.domain == "urate")
    assert own.points == expected


def test_gout_crystals_suffice_and_their_absence_counts_against() -> None:
    gout = criteria("gout-2015")
    assert gout.count({"synovitis": True, "crystals": True}).met is True
    assert gout.count({"synovitis": True, "crystals": False}).points == -2


def test_own_criteria_are_read_and_wrong_ones_refused(tmp_path: Path) -> None:
    own = {
        "name": "own", "title": "t", "source": "s", "outcome": "o", "threshold": 1,
        "domains": [{"name": "d", "title": "d", "levels": [
            {"points": 1, "title": "yes", "any": [[{"value": ["x"], "at_least": 2}]]}]}],
    }  # fmt: skip
    (tmp_path / "own.json").write_text(json.dumps(own))
    assert criteria(str(tmp_path / "own.json")).count({"x": 2}).met is True
    assert criteria(str(tmp_path / "own.json")).count({"x": 1}).met is False
    (tmp_path / "bad.json").write_text('{"name": "x"}')
    with pytest.raises(DataError, match="missing required field"):
        criteria(str(tmp_path / "bad.json"))
    with pytest.raises(UserError, match="gout-2015, ra-2010"):
        criteria("nothing")
    with pytest.raises(UserError, match="rf_upper is 0"):
        RA.count({**PLAIN, "rf_upper": 0})
