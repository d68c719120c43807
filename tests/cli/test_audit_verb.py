"""``workup audit``: new runs, recorded runs, exit codes, the same table again."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workup.case import to_json
from workup.cli import cli
from workup.errors import UserError
from workup.simulate.vignettes import vignettes

SMALL = """
name = "small"
perturbations = ["mask", "negation", "options-only"]
audits = ["flips", "knowledge", "subgroups"]
[gate.negation]
must_flip_at_least = 0.5
"""


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *arguments], catch_exceptions=False, standalone_mode=True)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "suite.toml").write_text(SMALL)
    (tmp_path / "cases.jsonl").write_bytes(b"".join(to_json(case) + b"\n" for case in vignettes(6)))
    (tmp_path / "training.jsonl").write_bytes(b"".join(to_json(case) + b"\n" for case in vignettes(30, seed=9)))
    return tmp_path


def new(files: Path, out: str, flaw: str, *more: str) -> Result:
    return call(
        *("planted", "--option", f"flaw={flaw}", "--data", str(files / "cases.jsonl"), "--out", str(files / out)),
        *("--suite", str(files / "suite.toml"), *more),
    )


def table(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / "audit.csv").read_text())))


def test_exit_codes_follow_the_gates(files: Path) -> None:
    assert new(files, "sound", "none").exit_code == 0
    found = new(files, "deaf", "ignores-negation")
    assert found.exit_code == 1
    assert "planted: failed" in found.output
    (files / "suite.toml").write_text("perturbations = ['magic']")
    with pytest.raises(UserError, match="no perturbation"):
        new(files, "other", "none")


def test_the_same_inputs_give_the_same_table(files: Path) -> None:
    new(files, "one", "none", "--workers", "2")
    first = (files / "one" / "audit.csv").read_bytes()
    document = json.loads((files / "one" / "audit.json").read_text())
    assert call(str(files / "one")).exit_code == 0
    assert (files / "one" / "audit.csv").read_bytes() == first
    new(files, "two", "none")
    assert (files / "two" / "audit.csv").read_bytes() == first
    again = json.loads((files / "two" / "audit.json").read_text())
    assert {key for key in document if document[key] != again[key]} <= {"made"}


def test_an_audit_measured_again_says_whether_it_is_the_same(files: Path) -> None:
    assert "Measured again" not in new(files, "one", "none").output
    again = call(str(files / "one"))
    rows = len(table(files / "one"))
    assert f"Measured again: the same table as before, {rows} figures." in again.output
    # As if last month's version had measured something else, less and more.
    path = files / "one" / "audit.csv"
    lines = path.read_text().splitlines()
    name, section, measure, group, value, *rest = lines[1].split(",")
    lines[1] = ",".join([name, section, measure, group, "0.123", *rest])
    path.write_text("\n".join([*lines[:-1], "planted,accuracy,magic,,1" + "," * 8]) + "\n")
    told = call(str(files / "one")).output
    assert f"planted accuracy accuracy, value 0.123 -> {value}" in told
    assert "1 differ" in told
    assert "1 are gone: planted accuracy magic" in told
    assert "1 are new" in told


def test_a_copied_folder_of_earlier_gives_the_same_table(files: Path) -> None:
    new(files, "one", "ignores-negation")
    first = (files / "one" / "audit.csv").read_bytes()
    shutil.copytree(files / "one", files / "elsewhere" / "last-month")
    for gone in ("cases.jsonl", "training.jsonl", "suite.toml"):
        (files / gone).unlink()
    shutil.rmtree(files / "one")
    found = call(str(files / "elsewhere" / "last-month"), "--out", str(files / "again"))
    assert found.exit_code == 1
    assert (files / "again" / "audit.csv").read_bytes() == first


def test_a_sample_is_perturbed_and_every_case_answered(files: Path) -> None:
    (files / "suite.toml").write_text(SMALL + "[perturbation.options-only]\ncases = 6\n")
    found = new(files, "sample", "none", "--varied", "2")
    inputs = json.loads((files / "sample" / "inputs.json").read_text())
    assert inputs["cases"] == 6
    assert inputs["made"]["options-only"] == 6
    lines = [json.loads(line)["id"] for line in (files / "sample" / "cases.jsonl").read_text().splitlines()]
    masked = {name.partition("~")[0] for name in lines if "~mask" in name}
    denied = {name.partition("~")[0] for name in lines if "~negation" in name}
    # The same two cases, so that a denied finding is judged beside the one that was left out.
    assert masked == denied
    assert len(masked) == 2
    assert "All 6 cases were answered; some perturbations were tried on 2 of them alone." in found.output


def test_an_audit_that_was_stopped_goes_on(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workup.simulate.planted import Planted

    calls = 0
    reason = Planted.reason

    def counted(self: Planted, case: object, ctx: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt
        return reason(self, case, ctx)  # type: ignore[arg-type]

    monkeypatch.setattr(Planted, "reason", counted)
    assert new(files, "one", "none").exit_code == 130
    assert new(files, "one", "none").exit_code == 0
    attempts = sum(1 for _ in (files / "one" / "cases.jsonl").read_text().splitlines())
    assert calls == attempts + 1


def test_a_baseline_is_beside_every_figure(files: Path) -> None:
    more = ("--baseline", "nearest-case", "--baseline-option", f"training={files / 'training.jsonl'}")
    found = new(files, "one", "options-only", *more, "--baseline-option", "reader=cases")
    assert "the baseline nearest-case" in found.output
    assert {row["who"] for row in table(files / "one")} == {"planted", "nearest-case"}
    rows = {(row["who"], row["section"], row["measure"]): row["value"] for row in table(files / "one")}
    flipped = rows["nearest-case", "negation", "must_flip"]
    beside = f"{100 * float(flipped):.1f} %" if flipped else "–"
    gate = next(line for line in found.output.splitlines() if line.startswith("negation: must flip"))
    assert gate.endswith(beside)
    assert '<th scope="col" class="figure">nearest-case</th>' in (files / "one" / "audit.html").read_text()
    assert "training.jsonl" in (files / "one" / "audit.json").read_text()
    assert str(files) not in (files / "one" / "audit.json").read_text()


def test_a_recorded_run_is_measured_without_a_new_call(files: Path) -> None:
    run = CliRunner().invoke(
        cli, ["run", "cases", "planted", "--data", str(files / "cases.jsonl"), "--out", str(files / "run")]
    )
    assert run.exit_code == 0, run.output
    found = call(str(files / "run"), "--suite", str(files / "suite.toml"), "--out", str(files / "result"))
    assert found.exit_code == 0
    assert "mask, negation, options-only: need new answers" in found.output
    assert "1 of 1 gates not measured" in found.output
    measures = {(row["section"], row["measure"]) for row in table(files / "result")}
    assert ("knowledge", "full") in measures
    assert ("negation", "must_flip") not in measures


def test_a_gate_that_must_be_measured_fails_without(files: Path) -> None:
    CliRunner().invoke(
        cli, ["run", "cases", "planted", "--data", str(files / "cases.jsonl"), "--out", str(files / "run")]
    )
    (files / "suite.toml").write_text(SMALL + "required = true\n")
    assert call(str(files / "run"), "--suite", str(files / "suite.toml")).exit_code == 1


def test_another_audit_in_the_folder_is_refused(files: Path) -> None:
    new(files, "one", "none")
    (files / "cases.jsonl").write_bytes(b"".join(to_json(case) + b"\n" for case in vignettes(7)))
    with pytest.raises(UserError, match="holds another audit"):
        new(files, "one", "none")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("planted",), "say where the audit is kept"),
        (("planted", "--out", "x"), "give the cases"),
        (("planted", "--out", "x", "--data", "missing.jsonl"), "does not exist"),
        (("no-such-reasoner", "--out", "x", "--simulated", "3"), "no reasoner named"),
        (("planted", "--out", "x", "--simulated", "3", "--benchmark", "rare-disease"), "runner of its own"),
        (("planted", "--out", "x", "--simulated", "3", "--suite", "missing.toml"), "cannot be read"),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=message):
        call(*arguments)


def test_an_audit_of_which_every_attempt_failed_says_so(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("workup.simulate.planted.findings", fail)
    found = new(files, "broken", "none")
    assert found.exit_code == 2, found.output
    assert "attempts failed" in found.output
    assert (files / "broken" / "audit.html").is_file()
