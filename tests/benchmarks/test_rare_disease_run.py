from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

import workup.cli
from workup.benchmarks import rare_disease_run
from workup.benchmarks.rare_disease_run import run
from workup.case import Case, to_json
from workup.errors import MissingExtra, UserError
from workup.evaluation import plots
from workup.evaluation.store import RankStore
from workup.knowledge import Knowledge

FILES = {"baseline", "run.json", "ranks.jsonl", "result.json", "tables.md", "cmc.svg", "reliability.svg"}


@pytest.fixture(autouse=True)
def _toy_base(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run of this file uses the toy knowledge base; the time of a case is measured on real data."""
    monkeypatch.setattr(Knowledge, "load", classmethod(lambda cls: toy))
    monkeypatch.setattr(rare_disease_run, "seconds_per_case", lambda *arguments: 0.001)


@pytest.fixture
def data(tmp_path: Path, cases: list[Case]) -> Path:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\n".join(map(to_json, cases)) + b"\n")
    return path


def measure(data: Path, out: Path, **options: Any) -> dict[str, Any]:
    return run("phenotype", [data], out, **({"score": "resnik"} | options))


def test_a_run_leaves_its_files(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("vl_convert")
    result = measure(data, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    assert json.loads((tmp_path / "run" / "result.json").read_bytes()) == json.loads(msgspec.json.encode(result))
    assert result["cases"] == 8
    assert result["regimes"]["temp"]["exact"]["n"] == 2
    lines = (tmp_path / "run" / "ranks.jsonl").read_text().splitlines()
    assert {json.loads(line)["regime"] for line in lines} == {"full", "lpo", "temp", "unknown"}


def test_a_baseline_ranks_the_same_cases(data: Path, tmp_path: Path) -> None:
    result = measure(data, tmp_path / "run")
    assert result["baseline"]["score"] == "phrank"
    alone = measure(data, tmp_path / "alone", score="phrank")
    # The baseline has no baseline of its own, and ranks as it does by itself.
    assert alone["baseline"] is None
    beside = result["baseline"]["regimes"]
    assert beside.keys() == {"full_all", "full_in_kb", "lpo", "temp"}
    for name, section in beside.items():
        ours, theirs, difference, low, high = section["top1"]
        assert section["n"] == result["regimes"][name]["exact"]["n"]
        assert ours == pytest.approx(result["regimes"][name]["exact"]["top1"], abs=1e-3)
        assert theirs == pytest.approx(alone["regimes"][name]["exact"]["top1"], abs=1e-3)
        assert difference == pytest.approx(ours - theirs, abs=1e-3)
        assert low <= difference <= high
    page = (tmp_path / "run" / "tables.md").read_text()
    assert "## Beside the baseline phrank" in page
    assert all(words in page for words in result["baseline"]["words"])
    assert any("resnik" in words and "the baseline phrank" in words for words in result["baseline"]["words"])
    none = measure(data, tmp_path / "none", beside="none")
    assert none["baseline"] is None
    assert none["regimes"] == result["regimes"]


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_stopped_and_started_again_equals_the_uninterrupted_run(data: Path, tmp_path: Path, groups: int) -> None:
    whole = measure(data, tmp_path / "whole")
    steps = 0

    def stop(done: int, total: int) -> None:
        nonlocal steps
        steps += 1
        if steps > groups:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(data, tmp_path / "parts", progress=stop)
    assert not (tmp_path / "parts" / "result.json").exists()
    assert len((tmp_path / "parts" / "ranks.jsonl").read_bytes()) > 0
    assert measure(data, tmp_path / "parts") == whole
    for name in ("ranks.jsonl", "result.json", "tables.md", "run.json"):
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.21, 0.5, 0.93, 1.0])
def test_cut_off_anywhere_goes_on(data: Path, tmp_path: Path, share: float) -> None:
    whole = measure(data, tmp_path / "whole")
    ranks = (tmp_path / "whole" / "ranks.jsonl").read_bytes()
    cut = tmp_path / "cut"
    cut.mkdir()
    (cut / "run.json").write_bytes((tmp_path / "whole" / "run.json").read_bytes())
    (cut / "ranks.jsonl").write_bytes(ranks[: int(share * len(ranks))])
    assert measure(data, cut) == whole
    assert (cut / "ranks.jsonl").read_bytes() == ranks


def test_a_finished_case_is_not_done_again(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measure(data, tmp_path / "run")

    def refuse(self: RankStore, ranks: Any) -> None:
        raise AssertionError("ranked again")

    monkeypatch.setattr(RankStore, "append", refuse)
    measure(data, tmp_path / "run")


@pytest.mark.parametrize(
    "other", [{"score": "phrank"}, {"seed": 3}, {"regimes": ("temp",)}, {"min_findings": 1}, {"limit": 4}]
)
def test_a_folder_of_another_run_is_refused(data: Path, tmp_path: Path, other: dict[str, Any]) -> None:
    measure(data, tmp_path / "run")
    with pytest.raises(UserError, match=f"another {next(iter(other))}"):
        measure(data, tmp_path / "run", **other)


def test_other_data_are_refused(data: Path, tmp_path: Path) -> None:
    measure(data, tmp_path / "run")
    data.write_bytes(data.read_bytes() + b"\n")
    with pytest.raises(UserError, match="another data"):
        measure(data, tmp_path / "run")


def test_without_drawing_packages_the_run_goes_on(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(curves: Any) -> str:
        raise MissingExtra("plots", "drawing the curves")

    monkeypatch.setattr(plots, "match_curves", missing)
    said: list[str] = []
    measure(data, tmp_path / "run", warn=said.append)
    assert said == ["no plots: drawing the curves needs an optional package: pip install 'workup[plots]'"]
    assert (tmp_path / "run" / "result.json").exists()
    assert not (tmp_path / "run" / "cmc.svg").exists()


def test_no_case_for_the_regime(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no case of the data"):
        measure(data, tmp_path / "run", min_findings=9)
    assert not (tmp_path / "run").exists()


def call(*arguments: object) -> Any:
    return CliRunner().invoke(workup.cli.cli, ["run", "rare-disease", "phenotype", *map(str, arguments)])


def test_json_of_the_command(data: Path, tmp_path: Path) -> None:
    outcome = call("--data", data, "--out", tmp_path / "run", "--score", "resnik", "--json")
    assert outcome.exit_code == 0, outcome.output
    result = json.loads(outcome.stdout)
    assert set(result["regimes"]) == {"full_all", "full_in_kb", "lpo", "temp", "unknown"}
    exact = result["regimes"]["temp"]["exact"]
    names = {"n", "top1", "top3", "top5", "top10", "mrr", "macro_top1", "macro_top10", "ci"}
    assert names <= exact.keys()
    assert {"n", "abstained", "auroc"} <= result["regimes"]["unknown"].keys()
    assert {"ece", "brier"} <= result["calibration"].keys()
    assert result["seconds_per_case"] == 0.001


def test_several_files_and_regimes(data: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.jsonl"
    again.write_bytes(data.read_bytes())
    outcome = call("--data", data, again, "--regime", "temp,lpo-strict", "--out", tmp_path / "r", "--score", "resnik")
    assert outcome.exit_code == 0, outcome.output
    assert "TEMP" in outcome.stdout
    assert "LPO, strict" in outcome.stdout
    assert "exact\t4\t" in outcome.stdout
    assert "FULL" not in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "DATA", "--regime", "tmp", "--out", "OUT"], "choose from full, lpo"),
        (["--data", "DATA"], "--out"),
        (["--out", "OUT"], "--data"),
    ],
)
def test_a_wrong_call_says_what_is_right(data: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    places = {"DATA": str(data), "OUT": str(tmp_path / "run")}
    outcome = call(*(places.get(argument, argument) for argument in arguments))
    assert outcome.exit_code == 2
    assert said in outcome.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    outcome = call("--data", tmp_path / "none.jsonl", "--out", tmp_path / "run")
    assert isinstance(outcome.exception, UserError)
    assert "does not exist" in str(outcome.exception)


def test_ctrl_c_says_how_to_go_on(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self: RankStore, ranks: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RankStore, "append", stop)
    outcome = call("--data", data, "--out", tmp_path / "run", "--score", "resnik")
    assert outcome.exit_code == 130
    assert "the same command goes on" in outcome.output
    assert not (tmp_path / "run" / "result.json").exists()
