from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup import registry
from workup.errors import DataError, UserError
from workup.systems import Bound, Measurement, catalogue, claims, find, measurement, records
from workup.systems.measurements import load


def test_catalogue_is_complete_and_in_order() -> None:
    assert [system.id for system in catalogue()] == [f"{number:02d}" for number in range(77)]
    assert len({system.title for system in catalogue()}) == 77
    assert all(system.summary.endswith(".") for system in catalogue())


def test_only_the_engine_is_an_engine() -> None:
    assert [system.id for system in catalogue() if system.kind == "engine"] == ["00"]
    assert {system.kind for system in catalogue()} == set(records.KINDS)


def test_entry_points_are_registered() -> None:
    points = [point for system in catalogue() for point in system.entry_points]
    assert points
    for point in points:
        group, _, name = point.partition(":")
        assert name in registry.names(group.removeprefix("workup."))


def test_find_takes_the_number_with_or_without_zero() -> None:
    assert find("3") is find("03")
    with pytest.raises(UserError, match="no system '99'"):
        find("99")
    with pytest.raises(UserError):
        find("argmed")


@pytest.mark.parametrize("number", [system.id for system in catalogue()])
def test_every_claims_file_is_valid_and_planned_systems_have_none(number: str) -> None:
    found = claims(number)
    assert bool(found) == (records.CLAIMS / f"{number}.json").is_file()
    if find(number).status == "planned":
        assert not found
    for claim in found:
        assert claim.inputs
        assert claim.sentence.endswith(".")
        assert claim.source
        assert all(len(checksum) == 64 and int(checksum, 16) >= 0 for checksum in claim.inputs.values())


def test_no_claims_file_is_named_for_something_else() -> None:
    assert {path.stem for path in records.CLAIMS.iterdir()} <= {system.id for system in catalogue()}


def test_engine_claims_carry_the_agreed_ids() -> None:
    ids = {claim.id: claim.expected for claim in claims("00")}
    assert ids["temp-resnik-top1"] == 19.1
    assert ids["temp-micro-top10"] == Bound(at_least=58)
    assert ids["blinding"] is True
    assert len(ids) >= 16


def entry(number: int, **changes: object) -> dict[str, object]:
    return {
        "id": f"{number:02d}",
        "title": "T",
        "kind": "agent",
        "summary": "S.",
        "status": "planned",
        **changes,
    }


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda all_: all_[:-1], "76"),
        (lambda all_: [*all_, entry(5)], "more than once: 05"),
        (lambda all_: [*all_, entry(77)], "77"),
        (lambda all_: [entry(0, kind="robot"), *all_[1:]], "robot"),
        (lambda all_: [entry(0, colour="red"), *all_[1:]], "colour"),
        (lambda all_: [entry(0, status="works"), *all_[1:]], "entry points"),
        (lambda all_: [entry(0, entry_points=["workup.reasoners:x"]), *all_[1:]], "entry points"),
    ],
)
def test_faulty_catalogue_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: object, message: str
) -> None:
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(change([entry(number) for number in range(77)])))  # type: ignore[operator]
    monkeypatch.setattr(records, "CATALOGUE", path)
    with pytest.raises(DataError, match=message):
        # Past the cache: neither the real catalogue nor the faulty one is kept.
        records.catalogue.__wrapped__()


CLAIM = {"id": "a", "sentence": "S.", "source": "s", "expected": 1, "measurement": "m.n", "inputs": {}}


@pytest.mark.parametrize(
    "fault",
    [
        {"inputs": {"../secret": "0"}},
        {"inputs": {"/etc/passwd": "0"}},
        {"inputs": {"": "0"}},
        {"tolerance": -1},
        {"tolerance": 0.1, "expected": True},
        {"tolerance": 0.1, "expected": {"at_least": 1}},
        {"expected": {}},
        {"expected": {"at_leest": 1}},
        {"expected": [1]},
        {"needs": ["luck"]},
        {"tier": "nightly"},
        {"surprise": 1},
    ],
)
def test_faulty_claims_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object]) -> None:
    monkeypatch.setattr(records, "CLAIMS", tmp_path)
    (tmp_path / "03.json").write_text(json.dumps([CLAIM]))
    assert claims("03")[0].expected == 1
    (tmp_path / "03.json").write_text(json.dumps([{**CLAIM, **fault}]))
    with pytest.raises(DataError, match=r"03\.json"):
        claims("03")


def test_repeated_claim_ids_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "CLAIMS", tmp_path)
    (tmp_path / "03.json").write_text(json.dumps([CLAIM, CLAIM]))
    with pytest.raises(DataError, match="more than once: a"):
        claims("03")


@pytest.mark.parametrize("expected", [1, 1.5, True, "text", None])
def test_expected_keeps_its_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: object) -> None:
    monkeypatch.setattr(records, "CLAIMS", tmp_path)
    (tmp_path / "03.json").write_text(json.dumps([{**CLAIM, "expected": expected}]))
    found = claims("03")[0].expected
    assert (found, type(found)) == (expected, type(expected))


def test_measurement_refuses_what_is_not_finite() -> None:
    with pytest.raises(ValueError, match="not finite"):
        Measurement(value=float("nan"), n=1)
    with pytest.raises(ValueError, match="not finite"):
        Measurement(value=1.0, n=1, interval=(0.0, float("inf")))
    with pytest.raises(ValueError, match="-1 cases"):
        Measurement(value=1.0, n=-1)


def test_a_measurement_name_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workup.systems.measurements._REGISTERED", {})

    def function(data: Path, tier: str) -> dict[str, Measurement]:
        return {}

    measurement("fake.twice")(function)
    assert load("fake.twice") is function
    with pytest.raises(ValueError, match=r"fake\.twice"):
        measurement("fake.twice")(function)
