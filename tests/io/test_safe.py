"""Bad inputs: each ends in one DataError that names the path and a remedy."""

from __future__ import annotations

import gzip
import os
import stat
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from workup.case import Case, Finding, to_json
from workup.errors import DataError
from workup.io import iter_cases, read_cases, safe, write_atomic
from workup.io.safe import LineTooLong, open_source, source_of

GOOD = to_json(Case(id="p1", findings=(Finding("HP:0001250"),)))


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "empty", "empty"),
        (b" \n\n", "empty", "empty"),
        (b"[]", "empty", "empty list"),
        (b'{"id": "x", "findings": [', "json", "not complete"),
        (b'{"id": "x", "provenance": {"a": NaN}}', "not_finite", "NaN"),
        (b'{"id": "x", "provenance": {"a": -Infinity}}', "not_finite", "Infinity"),
        (b'{"id": "x", "provenance": {"a": 1e999}}', "json", "out of range"),
        (b'{"id": "x"} trailing', "json", "trailing"),
        (b"[" * 10_000, "nesting", "too deeply"),
        (b'{"phenotypicFeatures":' * 10_000, "nesting", "too deeply"),
        (b"[" * 10_000 + b"]" * 10_000, "nesting", "too deeply"),
        (b'{"hello": 1}', "unknown_format", "hello"),
        (b'{"id": "M\xe9ni\xe8re"}', "encoding", "byte 0xe9 at offset 9"),
        ("Ménière".encode("latin-1"), "encoding", "byte 0xe9 at offset 1"),
        (b"\xff\xfeS", "encoding", "UTF-16"),
        (b"abc\x00def", "binary", "NUL byte at offset 3"),
        (b"PK\x03\x04zzzz", "binary", "Excel"),
        (b"%PDF-1.7", "binary", "PDF"),
        (gzip.compress(GOOD * 50)[:-20], "gzip", "damaged"),
        (gzip.compress(gzip.compress(GOOD)), "binary", "twice"),
        (b"\x1f\x8bnonsense", "gzip", "damaged"),
    ],
)
def test_bad_content(tmp_path: Path, data: bytes, code: str, words: str) -> None:
    path = tmp_path / "input.dat"
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_cases(path)
    issue = caught.value.issue
    assert words in issue.message
    assert issue.code == code
    assert issue.path == str(path)
    assert issue.remedy


def link_loop(folder: Path) -> Path:
    (folder / "a").symlink_to(folder / "b")
    (folder / "b").symlink_to(folder / "a")
    return folder / "a"


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.json")
    return folder / "pipe.json"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: folder / "missing.json", "missing"),
        (lambda folder: Path(os.devnull) / "x", "missing"),
        (lambda folder: Path(os.devnull), "not_a_file"),
        (lambda folder: folder / ("x" * 5000), "name"),
        (lambda folder: "a\x00b", "name"),
        (link_loop, "link_loop"),
        (fifo, "not_a_file"),
        (lambda folder: folder, "empty"),
    ],
)
def test_bad_paths(tmp_path: Path, make: Callable[[Path], Path | str], code: str) -> None:
    with pytest.raises(DataError) as caught:
        read_cases(make(tmp_path))
    assert caught.value.issue.code == code
    assert caught.value.issue.remedy


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(GOOD)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    # Not by file mode: the tests may run as root, who may read everything.
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataError, match="may not be read") as caught:
        read_cases(path)
    assert caught.value.issue.code == "permission"


def test_document_limit_holds_for_plain_and_packed(tmp_path: Path) -> None:
    for data in (b"x" * 2000, gzip.compress(b"x" * 2000)):
        path = tmp_path / "a.json"
        path.write_bytes(data)
        with open_source(path) as source, pytest.raises(DataError) as caught:
            source.read(limit=1999)
        assert caught.value.issue.code == "too_large"
        with open_source(path) as source:
            assert source.read(limit=2000) == b"x" * 2000


def test_lines_over_the_limit_are_passed_over() -> None:
    source = source_of(b"short\n" + b"x" * 50 + b"\nlast", "x")
    found = [(n, None if isinstance(line, LineTooLong) else line) for n, line in source.lines(limit=10)]
    assert found == [(1, b"short\n"), (2, None), (3, b"last")]


def test_line_over_the_limit_is_an_issue_and_the_rest_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safe, "MAX_LINE", 1000)
    long = b'{"id": "' + b"x" * 5000 + b'"}'
    for order in ([GOOD, long, GOOD], [long, GOOD, GOOD]):
        path = tmp_path / "a.jsonl"
        path.write_bytes(b"\n".join(order))
        result = read_cases(path)
        assert [case.id for case in result.cases] == ["p1", "p1"]
        assert [(i.code, i.record) for i in result.issues] == [("too_large", str(order.index(long) + 1))]


@pytest.mark.parametrize("name", ["bomb.json", "bomb.jsonl"])
def test_gzip_bomb_ends_early_in_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(safe, "MAX_DOCUMENT", 1 << 20)
    monkeypatch.setattr(safe, "MAX_LINE", 1 << 16)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(b"[")
    for _ in range(200):
        packed += packer.compress(b" " * (1 << 20))
    path = tmp_path / name
    path.write_bytes(packed + packer.flush())
    tracemalloc.start()
    try:
        with pytest.raises(DataError) as caught:
            read_cases(path)
        assert tracemalloc.get_traced_memory()[1] < 20 << 20
    finally:
        tracemalloc.stop()
    assert caught.value.issue.code in {"gzip_bomb", "too_large"}


def test_streaming_keeps_memory_flat(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    line = to_json(Case(id="p", text="x" * 10_000)) + b"\n"
    path.write_bytes(gzip.compress(line * 3000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in iter_cases(path)) == 3000
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
    finally:
        tracemalloc.stop()


def test_write_atomic_writes_and_replaces(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_atomic(path, "Ménière")
    assert path.read_text(encoding="utf-8") == "Ménière"
    path.chmod(0o640)
    link = tmp_path / "link"
    link.symlink_to(path)
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.txt", "link"]


@pytest.mark.parametrize("where", [".", "missing/a.txt", os.devnull, "a\x00b", "x" * 5000])
def test_write_atomic_refuses(tmp_path: Path, where: str) -> None:
    with pytest.raises(DataError) as caught:
        write_atomic(os.path.join(tmp_path, where), b"x")
    assert caught.value.issue.remedy
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_write_atomic_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(DataError if isinstance(error, OSError) else KeyboardInterrupt):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
