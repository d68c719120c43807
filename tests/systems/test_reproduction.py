from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import DataError, UserError
from workup.systems import Bound, Measurement, Report, measurement, reproduce, reproduction

Writer = Callable[..., None]


@pytest.fixture(autouse=True)
def _fake(write_claims: Writer, mean: list[str]) -> None:
    # Order matters: the registry is emptied before the fake measurement is registered in it.
    measurement("fake.mean2")(lambda data, tier: {})


def statuses(report: Report) -> dict[str, str]:
    return {result.id: result.status for result in report.claims}


def test_same_input_within_tolerance_holds(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean"}, {"id": "count", "expected": {"at_least": 4}})
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "holds", "count": "holds"}
    assert (report.status, report.ok) == ("works", True)
    first = report.claims[0]
    assert (first.measured, first.n, first.interval, first.source) == (2.5, 4, (1.5, 3.5), "this test")


def test_same_input_outside_tolerance_fails(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean", "expected": 2.9, "tolerance": 0.3}, {"id": "count", "expected": 4})
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "fails", "count": "holds"}
    assert (report.status, report.ok) == ("fails", False)


def test_another_input_is_measured_and_never_compared(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean"})
    (sample / "fake" / "numbers.txt").write_text("10\n20\n")
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "measured"}
    assert (report.claims[0].measured, report.claims[0].n, report.ok) == (15.0, 2, True)


def test_one_differing_input_of_two_is_enough(sample: Path, write_claims: Writer) -> None:
    (sample / "other.txt").write_text("other")
    known = reproduction.digest(sample / "fake" / "numbers.txt")
    other = reproduction.digest(sample / "other.txt")
    write_claims({"id": "mean", "inputs": {"fake/numbers.txt": known, "other.txt": other}})
    assert statuses(reproduce("03", sample)) == {"mean": "holds"}
    (sample / "other.txt").write_text("changed")
    assert statuses(reproduce("03", sample)) == {"mean": "measured"}


def test_without_inputs_nothing_is_compared(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean", "inputs": {}, "expected": 99})
    assert statuses(reproduce("03", sample)) == {"mean": "measured"}


def test_nothing_expected_is_measured(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean", "expected": None})
    assert statuses(reproduce("03", sample)) == {"mean": "measured"}


def test_missing_input_is_no_data(sample: Path, write_claims: Writer, mean: list[str]) -> None:
    write_claims({"id": "mean", "inputs": {"fake/absent.txt": "0" * 64}})
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "no-data"}
    assert "fake/absent.txt" in report.claims[0].note
    assert (report.status, report.ok, mean) == ("partial", False, [])


def test_sample_with_nothing_to_measure_is_no_data_unless_it_is_the_pinned_one(
    sample: Path, write_claims: Writer
) -> None:
    write_claims({"id": "empty"})
    assert statuses(reproduce("03", sample)) == {"empty": "fails"}
    (sample / "fake" / "numbers.txt").write_text("1\n")
    assert statuses(reproduce("03", sample)) == {"empty": "no-data"}


def test_unmet_needs_wait_and_are_named(
    sample: Path, write_claims: Writer, mean: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(reproduction.REQUIREMENTS, "images", ("workup.no_such_module",))
    monkeypatch.setitem(reproduction.REQUIREMENTS, "app", ("workup.case",))
    write_claims(
        {"id": "mean"},
        {"id": "a", "needs": ["images", "app", "slow"]},
        {"id": "b", "needs": ["data", "app"], "measurement": "fake.mean2"},
    )
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "holds", "a": "waits", "b": "fails"}
    assert report.claims[1].waits_for == ("images", "slow")
    assert report.status == "partial"


def test_slow_tier_waits_until_asked_for(sample: Path, write_claims: Writer, mean: list[str]) -> None:
    write_claims({"id": "mean"}, {"id": "count", "tier": "slow", "expected": 4})
    report = reproduce("03", sample)
    assert statuses(report) == {"mean": "holds", "count": "waits"}
    assert (report.status, report.ok, report.claims[1].waits_for) == ("partial", True, ("slow",))
    assert statuses(reproduce("03", sample, slow=True)) == {"mean": "holds", "count": "holds"}
    assert mean == ["ci", "slow"]


def test_only_waiting_claims_is_not_ok(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean", "tier": "slow"})
    assert not reproduce("03", sample).ok


@pytest.mark.parametrize("name", ["workup.no_such_module", "no_such_package", "workup.systems.claims"])
def test_a_folder_without_module_does_not_meet_a_need(
    sample: Path, write_claims: Writer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(reproduction.REQUIREMENTS, "training", (name,))
    write_claims({"id": "mean", "needs": ["training"]})
    assert reproduce("03", sample).claims[0].waits_for == ("training",)


def test_measurement_that_raises_fails_its_claims_and_the_others_go_on(sample: Path, write_claims: Writer) -> None:
    def broken(data: Path, tier: str) -> dict[str, Measurement]:
        raise ZeroDivisionError("no publications")

    measurement("fake.broken")(broken)
    write_claims({"id": "a", "measurement": "fake.broken"}, {"id": "mean"})
    report = reproduce("03", sample)
    assert statuses(report) == {"a": "fails", "mean": "holds"}
    assert report.claims[0].note == "ZeroDivisionError: no publications"
    # Also on data with another hash: an error is never a measured value.
    (sample / "fake" / "numbers.txt").write_text("7\n")
    assert statuses(reproduce("03", sample)) == {"a": "fails", "mean": "measured"}


def test_unknown_measurement_and_unanswered_claim_fail(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "a", "measurement": "no_such_module.x"}, {"id": "nobody-answers"})
    report = reproduce("03", sample)
    assert statuses(report) == {"a": "fails", "nobody-answers": "fails"}
    assert "no_such_module.x" in report.claims[0].note
    assert "gave no value" in report.claims[1].note


def test_a_sample_without_what_a_claim_is_about_has_no_data(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "nobody-answers"}, {"id": "mean"})
    (sample / "fake" / "numbers.txt").write_text("10\n20\n")
    report = reproduce("03", sample)
    assert statuses(report) == {"nobody-answers": "no-data", "mean": "measured"}
    assert report.ok


@pytest.mark.parametrize(
    ("value", "status", "measured"),
    [
        (np.int64(4), "holds", 4),
        (np.float32(4.0), "holds", 4.0),
        (np.float32("nan"), "fails", None),
        ([4], "fails", None),
        (True, "fails", True),
        ("4", "fails", "4"),
    ],
)
def test_values_become_plain(sample: Path, write_claims: Writer, value: object, status: str, measured: object) -> None:
    measurement("fake.value")(lambda data, tier: {"a": Measurement(value=value, n=1)})  # type: ignore[arg-type]
    write_claims({"id": "a", "measurement": "fake.value", "expected": 4})
    result = reproduce("03", sample).claims[0]
    assert (result.status, result.measured, type(result.measured)) == (status, measured, type(measured))


def test_answers_of_another_type_fail(sample: Path, write_claims: Writer) -> None:
    measurement("fake.bare")(lambda data, tier: {"a": 4})  # type: ignore[dict-item]
    measurement("fake.nothing")(lambda data, tier: None)  # type: ignore[arg-type, return-value]
    write_claims({"id": "a", "measurement": "fake.bare"}, {"id": "b", "measurement": "fake.nothing"})
    assert statuses(reproduce("03", sample)) == {"a": "fails", "b": "fails"}


def test_each_measurement_runs_once(sample: Path, write_claims: Writer, mean: list[str]) -> None:
    write_claims({"id": "mean"}, {"id": "count", "expected": 4}, {"id": "empty", "expected": None})
    seen: list[str] = []
    reproduce("03", sample, progress=seen.append)
    assert (mean, seen) == (["ci"], ["fake.mean"])


def test_printing_in_a_measurement_stays_off_stdout(
    sample: Path, write_claims: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    def chatty(data: Path, tier: str) -> dict[str, Measurement]:
        print("loading")
        return {"a": Measurement(value=2.5, n=1)}

    measurement("fake.chatty")(chatty)
    write_claims({"id": "a", "measurement": "fake.chatty"})
    reproduce("03", sample)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "loading\n")


def test_wrong_calls(sample: Path, write_claims: Writer) -> None:
    with pytest.raises(UserError, match="is planned"):
        reproduce("04", sample)
    with pytest.raises(UserError, match="numbered 00 to 76"):
        reproduce("77", sample)
    write_claims({"id": "mean"})
    with pytest.raises(UserError, match="no such folder"):
        reproduce("3", sample / "absent")


def test_digest_of_a_folder_follows_names_and_contents_only(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
    (tmp_path / "one" / "a").write_text("x")
    (tmp_path / "one" / "sub" / "b").write_text("y")
    (tmp_path / "two" / "sub" / "b").write_text("y")
    (tmp_path / "two" / "a").write_text("x")
    (tmp_path / "two" / "empty").mkdir()
    before = reproduction.digest(tmp_path / "one")
    assert before == reproduction.digest(tmp_path / "two")
    # sha256 of the two lines, computed with the sha256sum tool.
    assert before == EXPECTED_FOLDER_DIGEST
    (tmp_path / "two" / "a").rename(tmp_path / "two" / "c")
    assert reproduction.digest(tmp_path / "two") != before


EXPECTED_FOLDER_DIGEST = "8c346d6fa9b6262e17edab98b55aaee727cda7f7d371ca330a3fb11a0c17e336"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e3).filter(lambda t: t == 0 or t > 1e-3), st.floats(-2, 2, width=16))
def test_agreement_is_the_absolute_difference(expected: float, tolerance: float, share: float) -> None:
    # Stay off the border itself, where the slack decides.
    if abs(abs(share) - 1) > 0.01 and (tolerance > 1e-2 or share == 0):
        assert reproduction.agrees(expected, expected + share * tolerance, tolerance) == (abs(share) <= 1)


def test_agreement_by_hand() -> None:
    cases = [
        (29.9, 30.2, 0.3, True),
        (29.9, 30.21, 0.3, False),
        (80, 80, 0.0, True),
        (80, 79, 0.0, False),
        (True, True, 0.0, True),
        (True, False, 0.0, False),
        (True, 1, 0.0, False),
        (1, True, 0.0, False),
        ("yes", "yes", 0.0, True),
        ("yes", "no", 0.0, False),
        (Bound(at_least=26), 25.9, 0.0, False),
        (Bound(at_least=26), 26, 0.0, True),
        (Bound(above=0), 0.0, 0.0, False),
        (Bound(at_most=1e-6), 1e-6, 0.0, True),
        (Bound(below=5), 5.0, 0.0, False),
        (Bound(at_least=0, at_most=1), True, 0.0, False),
        (Bound(at_least=0), None, 0.0, False),
        (1.0, None, 0.0, False),
    ]
    wrong = [case for case in cases if reproduction.agrees(*case[:3]) is not case[3]]
    assert not wrong


def test_a_namespace_has_no_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproduction, "find_spec", lambda name: SimpleNamespace(origin=None))
    assert not reproduction._importable("anything")


def with_baseline(**more: object) -> tuple[dict[str, object], ...]:
    return {"id": "mean", "baseline": "count", **more}, {"id": "count", "expected": None}


def test_the_baseline_of_a_claim_stands_beside(sample: Path, write_claims: Writer) -> None:
    write_claims(*with_baseline())
    mean, count = reproduce("03", sample).claims
    assert mean.baseline is not None
    assert (mean.baseline.claim, mean.baseline.value) == ("count", count.measured) == ("count", 4)
    # 2.5 [1.5, 3.5] lies below 4.
    assert mean.baseline.words == "mean does not beat the baseline count: 2.5 [1.5, 3.5] against 4."
    assert count.baseline is None


@pytest.mark.parametrize(("better", "said"), [("higher", "does not beat"), ("lower", "beats"), ("", "beside")])
def test_which_way_is_better_is_said_by_the_claim(sample: Path, write_claims: Writer, better: str, said: str) -> None:
    write_claims(*with_baseline(better=better))
    beside = reproduce("03", sample).claims[0].baseline
    assert beside is not None
    assert f"mean {said} the baseline count" in beside.words


def test_a_paired_difference_decides(sample: Path, write_claims: Writer) -> None:
    # The mean itself in the part of the difference: its interval [1.5, 3.5] lies above 0.
    measurement("fake.lead")(lambda data, tier: {"lead": Measurement(value=2.6, n=4, interval=(1.0, 4.0), note="")})
    write_claims(
        {"id": "lead", "measurement": "fake.lead", "expected": None, "baseline": "count", "difference": "mean"},
        {"id": "mean"},
        {"id": "count", "expected": None},
    )
    beside = reproduce("03", sample).claims[0].baseline
    assert beside is not None
    assert beside.words == "lead beats the baseline count: 2.6 [1, 4] against 4; difference, paired [1.5, 3.5]."


def test_a_baseline_that_was_not_measured_is_taken_as_pinned(sample: Path, write_claims: Writer) -> None:
    write_claims({"id": "mean", "baseline": "count"}, {"id": "count", "expected": 4, "tier": "slow"})
    beside = reproduce("03", sample).claims[0].baseline
    assert beside is not None
    assert (beside.claim, beside.value) == ("count", 4)
    assert "the baseline count (as pinned)" in beside.words
    # On other data no figure of these is known.
    (sample / "fake" / "numbers.txt").write_text("10\n20\n")
    other = reproduce("03", sample).claims[0].baseline
    assert other is not None
    assert other.value is None
    assert other.words == "The baseline count was not measured here."


@pytest.mark.parametrize("field", ["baseline", "difference"])
def test_a_baseline_must_be_another_claim(sample: Path, write_claims: Writer, field: str) -> None:
    for named in ("mean", "nowhere"):
        write_claims({"id": "mean", field: named})
        with pytest.raises(DataError, match=f"names {named}, which is no other claim"):
            reproduce("03", sample)
