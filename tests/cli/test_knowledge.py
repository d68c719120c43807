"""``workup knowledge``: on the toy, built into a temporary cache."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from workup.cli import main
from workup.knowledge import base

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "reasoners"))
from toy import write_sources


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
