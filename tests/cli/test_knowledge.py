"""``workup knowledge``: on the toy, built into a temporary cache."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from workup.cli import main
from workup.knowledge import base
from workup.knowledge.hpo import identifier

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reasoners"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "knowledge"))
from release_building import NEW, NEW_ROWS, OLD, write_release
from toy import TERMS, write_sources


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_sources(tmp_path / "sources")
    monkeypatch.setattr(base, "source_folder", lambda: tmp_path / "sources")
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["knowledge", *args])
    captured = capsys.readouterr()
    return int(stop.value.code or 0), captured.out, captured.err


def test_the_first_run_says_what_it_does(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "info")
    assert code == 0
    assert "Building the knowledge base (needed once" in err
    assert f"kept in {cache}" in err
    assert "diseases: 4\n" in out
    assert "rows skipped: none" in out
    code, again, err = run(capsys, "info")
    assert (code, again, err) == (0, out, "")


def test_json(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "build", "--json")
    facts = json.loads(out)
    assert code == 0
    assert (facts["diseases"], facts["omim"], facts["rows"], facts["temporary"]) == (4, 4, 6, False)
    assert Path(facts["folder"]).parent == cache
    assert set(facts["sources"]) == set(base.SOURCES)


def test_build_elsewhere(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "build", "--out", str(tmp_path / "other"))
    assert code == 0
    assert str(tmp_path / "other") in out
    assert not cache.exists()


def test_cache_that_cannot_be_written(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path / "file"))
    code, out, err = run(capsys, "info")
    assert code == 0
    assert "temporary: True" in out
    assert "It is temporary" in err
    assert "Set WORKUP_CACHE" in err
    # Building for nothing is an error.
    code, out, err = run(capsys, "build")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("Error: nothing was kept")


@pytest.mark.parametrize("damage", ["cut", "gone", "meta"])
def test_damaged_artefact(cache: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "build")
    (folder,) = cache.iterdir()
    if damage == "cut":
        path = folder / "row.disease.npy"
        path.write_bytes(path.read_bytes()[:-4])
    elif damage == "gone":
        (folder / "hpo.number.npy").unlink()
    else:
        (folder / "meta.json").write_text("{")
    code, out, err = run(capsys, "info")
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].startswith("Error: the knowledge base in")
    assert err.endswith("workup knowledge build --force\n")
    code, _, _ = run(capsys, "build", "--force")
    assert code == 0
    assert run(capsys, "info")[0] == 0


def test_unfinished_artefact_is_built_again(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "build")
    (folder,) = cache.iterdir()
    (folder / "meta.json").unlink()
    assert run(capsys, "info")[0] == 0
    assert (folder / "meta.json").is_file()
    assert list(cache.iterdir()) == [folder]


@pytest.fixture
def releases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that pins a toy release; returns the folder of a newer one."""
    monkeypatch.setattr(base, "source_folder", lambda: tmp_path / "pinned")
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path / "cache"))
    write_release(tmp_path / "pinned", OLD)
    return write_release(tmp_path / "newer", NEW, NEW_ROWS)


def test_update_list_use(releases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "update", "--source", str(releases))
    assert code == 0
    assert out.startswith(f"Fetched and put in use: {NEW} (before: pinned)\n")
    assert "diseases: 5 (+1)" in out
    assert "trying it on a patient ..." in err
    assert "Building" not in run(capsys, "info")[2]
    code, out, _ = run(capsys, "info")
    assert f"in use: {NEW} (fetched by workup knowledge update)\n" in out
    assert f"evaluations use: {OLD} (pinned)\n" in out
    code, out, _ = run(capsys, "list")
    assert [line.split()[:2] for line in out.splitlines()] == [["pinned", "release"], ["*", NEW]]
    assert [row["in_use"] for row in json.loads(run(capsys, "list", "--json")[1])] == [False, True]
    assert run(capsys, "use", "pinned")[1] == f"In use: pinned (before: {NEW})\n"
    assert f"in use: {OLD} (pinned)" in run(capsys, "info")[1]
    code, out, err = run(capsys, "use", "2020-01-01")
    assert (code, out) == (2, "")
    assert err.startswith("Error: release 2020-01-01 is not here; there are 2025-11-24, pinned")
    assert run(capsys, "use", "tomorrow")[0] == 2
    done = json.loads(run(capsys, "update", "--source", str(releases), "--json")[1])
    assert (done["version"], done["before"]) == (NEW, "pinned")


def test_a_failed_update_is_one_line(releases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (releases / "hp.obo").write_text("<html>")
    code, out, err = run(capsys, "update", "--source", str(releases))
    assert (code, out) == (2, "")
    (error,) = [line for line in err.splitlines() if line.startswith("Error")]
    assert "web page" in error
    assert "the release in use was not changed" in error


def test_diff(releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "update", "--source", str(releases))
    case = tmp_path / "case.txt"
    case.write_text(identifier(TERMS["A2"][0]) + "\n")
    code, out, _ = run(capsys, "diff", "pinned", NEW, str(case))
    assert code == 0
    assert "OMIM:5" in out
    assert "added: frequency 1/1" in out.replace("\n", " ")
    assert "1 diseases are only in the new release, 0 only in the old one." in out
    result = json.loads(run(capsys, "diff", "pinned", NEW, str(case), "--json")[1])
    assert {move["state"] for move in result["moves"]} >= {"new", "moved"}
    assert run(capsys, "diff", "pinned", "2020-01-01", str(case))[0] == 2


def test_diagnose_uses_the_release_in_use_and_evaluations_the_pinned_one(
    releases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "update", "--source", str(releases))
    cases = tmp_path / "cases.jsonl"
    findings = [{"id": identifier(TERMS[name][0])} for name in ("A11", "B")]
    record = {"id": "p1", "findings": findings, "publication": "PMID:5", "reference": {"diagnoses": ["OMIM:1"]}}
    cases.write_text(json.dumps(record) + "\n")
    with pytest.raises(SystemExit):
        main(["diagnose", str(cases), "--json"])
    said = json.loads(capsys.readouterr().out)
    assert said["versions"]["release"] == f"{NEW} (fetched by workup knowledge update)"
    assert said["versions"]["phenotype.hpoa"] == NEW
    assert said["candidates"] == 5
    with pytest.raises(SystemExit):
        main(["run", "rare-disease", "phenotype", "--data", str(cases), "--out", str(tmp_path / "run"), "--json"])
    measured = json.loads(capsys.readouterr().out)
    assert measured["versions"]["release"] == f"{OLD} (pinned)"
    assert measured["candidates"] == 4
    # A measurement that asks for "the one in use" gets the pinned one too.
    from workup.systems import measurements, reproduction

    def probe(data: Path, tier: str) -> dict[str, measurements.Measurement]:
        from workup.knowledge import Knowledge

        return {"release": measurements.Measurement(value=Knowledge.in_use().release, n=1)}

    measurements._REGISTERED["probe.release"] = probe
    try:
        answer = reproduction._measure("probe.release", tmp_path, "ci")
    finally:
        del measurements._REGISTERED["probe.release"]
    assert isinstance(answer, dict)
    assert answer["release"].value == f"{OLD} (pinned)"
    with pytest.raises(SystemExit):
        main(["reproduce", "00", "--data", str(tmp_path)])
    assert f"Knowledge base: {OLD} (pinned), whatever release is in use." in capsys.readouterr().out
