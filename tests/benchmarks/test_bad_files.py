"""What a user may hand to `workup run`: every kind of bad file ends in a listed issue or one clear error."""

from __future__ import annotations

import gzip
import json
import pickle
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from workup import registry
from workup.benchmarks.rows import MOST_UNREADABLE
from workup.case import Case
from workup.cli import cli
from workup.errors import DataError, Issue, UserError
from workup.evaluation.run_store import RunStore
from workup.io import safe

GOOD: dict[str, Any] = {"id": "g", "question": "Which?", "options": {"A": "x", "B": "y"}, "answer_idx": "B"}


def read(path: Path, name: str = "medqa") -> list[Case | Issue]:
    return list(registry.load("benchmarks", name)().read([path]))


def lines(path: Path, *rows: dict[str, Any] | bytes) -> Path:
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in rows))
    return path


def run(folder: Path, data: Path) -> Result:
    return CliRunner().invoke(cli, ["run", "medqa", "first-option", "--data", str(data), "--out", str(folder / "run")])


@pytest.mark.parametrize(
    ("bad", "field", "message"),
    [
        ({"question": "Which?", "answer_idx": "B", "id": "b"}, "options", "holds no options"),
        ({**GOOD, "id": "b", "answer_idx": "E"}, "answer_idx", "none of the options"),
        ({key: value for key, value in {**GOOD, "id": "b"}.items() if key != "answer_idx"}, "answer_idx", "is missing"),
        (GOOD, "id", "has the id 'g' of record 1"),
        ({**GOOD, "id": "b", "question": "  "}, "question", "is empty"),
        ({**GOOD, "id": "b", "question": None}, "question", "is NoneType, not text"),
        ({**GOOD, "id": "b", "options": {"A": "x", "B": 3}}, "options", "option B is no text"),
        (b'{"id": "b", "question": "M\xe9ni\xe8re?"}', "", "is not UTF-8"),
        (b"{'id': 'b'}", "", "not JSON"),
        (b"\x80\x04\x95", "", ""),
    ],
)
def test_a_bad_record_is_listed_and_the_rest_is_run(
    tmp_path: Path, bad: dict[str, Any] | bytes, field: str, message: str
) -> None:
    data = lines(tmp_path / "q.jsonl", GOOD, bad, {**GOOD, "id": "h"})
    cases = [one for one in read(data) if isinstance(one, Case)]
    (issue,) = [one for one in read(data) if isinstance(one, Issue)]
    assert [case.id for case in cases] == ["g", "h"]
    assert (issue.field, issue.record) == (field, "2")
    assert message in issue.message
    assert issue.remedy
    done = run(tmp_path, data)
    assert done.exit_code == 2
    assert "record 2" in done.stderr or "2:" in done.stderr
    with RunStore(tmp_path / "run") as store:
        assert store.counts() == (2, 0)


def test_columns_that_are_missing_are_told_record_by_record(tmp_path: Path) -> None:
    data = tmp_path / "q.csv"
    data.write_text("Question,A,B,C,D\nWhich?,w,x,y,z\n")
    (issue,) = read(data)
    assert isinstance(issue, Issue)
    assert issue.field == "question"
    # What there is instead is named.
    assert "Question, A, B" in str(issue)
    with pytest.raises(UserError, match="no case was found"):
        CliRunner().invoke(
            cli, ["run", "medqa", "first-option", "--data", str(data), "--out", str(tmp_path / "r")],
            catch_exceptions=False,
        )  # fmt: skip


def test_a_long_question_is_run_and_an_endless_one_listed(tmp_path: Path) -> None:
    long, endless = "wheeze " * 150_000, "w" * (4 * 1024**2 + 1)
    data = lines(tmp_path / "q.jsonl", {**GOOD, "question": long}, {**GOOD, "id": "e", "question": endless})
    case, issue = read(data)
    assert isinstance(case, Case)
    assert case.question is not None
    assert len(case.question.text) > 1_000_000
    assert isinstance(issue, Issue)
    assert "no single field" in issue.remedy
    assert run(tmp_path, data).exit_code == 2
    with RunStore(tmp_path / "run") as store:
        assert store.counts() == (1, 0)


def test_files_of_other_encodings(tmp_path: Path) -> None:
    text = json.dumps({**GOOD, "question": "Ménière?"}, ensure_ascii=False)
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32"):
        (tmp_path / f"{encoding}.jsonl").write_text(text, encoding=encoding)
        (case,) = read(tmp_path / f"{encoding}.jsonl")
        assert isinstance(case, Case)
        assert case.question is not None
        assert case.question.text == "Ménière?"
    # A file that is in none of them, and a line of its own in the middle of one that is.
    (tmp_path / "table.csv").write_bytes("question,answer\nMénière?,B\n".encode("latin-1"))
    with pytest.raises(DataError, match="is not UTF-8"):
        read(tmp_path / "table.csv")
    mixed = lines(tmp_path / "mixed.jsonl", text.encode(), text.encode("latin-1"), {**GOOD, "id": "h"})
    found = read(mixed)
    assert [one.id for one in found if isinstance(one, Case)] == ["g", "h"]
    assert [one.record for one in found if isinstance(one, Issue)] == ["2"]


def parquet(path: Path) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet as writer

    rows = [{**GOOD, "id": f"q{i}", "options": ["x", "y"]} for i in range(50)]
    writer.write_table(pyarrow.Table.from_pylist(rows), path)
    return path


def test_parquet_whole_and_cut_short(tmp_path: Path) -> None:
    path = parquet(tmp_path / "q.parquet")
    assert len([one for one in read(path) if isinstance(one, Case)]) == 50
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="Parquet"):
        read(path)
    done = run(tmp_path, path)
    assert isinstance(done.exception, DataError)


@settings(max_examples=40)
@given(data=st.data())
def test_damaged_parquet_ends_in_an_error_or_an_issue(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = parquet(tmp_path_factory.mktemp("parquet") / "q.parquet")
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    # Any other exception fails the test.
    with suppress(DataError):
        assert all(isinstance(item, Case | Issue) for item in read(path))


def zipped(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("q.jsonl", json.dumps(GOOD))
    return path


def packed(path: Path) -> Path:
    path.write_bytes(gzip.compress(b'{"id": "' + b" " * (8 * 1024**2)))
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: zipped(folder / "q.jsonl"), "zip archive"),
        (lambda folder: packed(folder / "q.jsonl"), "bomb|too large|larger"),
        (lambda folder: packed(folder / "q.json"), "bomb|too large|larger"),
        (lambda folder: folder / "none.jsonl", "does not exist"),
    ],
)
def test_archives_and_bombs(
    tmp_path: Path, make: Callable[[Path], Path], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(safe, "MAX_DOCUMENT", 1024**2)
    monkeypatch.setattr(safe, "MAX_LINE", 1024**2)
    with pytest.raises(DataError, match=message):
        read(make(tmp_path))


class Trap:
    """Unpickling this would leave a file behind."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, ("unpickled", "w"))


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "parquet", "pkl", "npy"])
def test_pickled_objects_are_never_loaded(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"q.{suffix}"
    path.write_bytes(pickle.dumps([GOOD, Trap()]))
    with suppress(DataError):
        assert not any(isinstance(one, Case) for one in read(path))
    assert not (tmp_path / "unpickled").exists()
    # The trap works.
    pickle.loads(path.read_bytes())
    assert (tmp_path / "unpickled").exists()


def test_a_run_of_another_version_or_in_use_is_left_alone(tmp_path: Path) -> None:
    data = lines(tmp_path / "q.jsonl", GOOD)
    assert run(tmp_path, data).exit_code == 0
    manifest = tmp_path / "run" / "run.json"
    before = manifest.read_bytes()
    with RunStore(tmp_path / "run", json.loads(before)):
        busy = run(tmp_path, data)
    assert isinstance(busy.exception, UserError)
    assert "another process" in str(busy.exception)
    for change, message in (({"workup": "9.9"}, "another version of workup (9.9"), ({"format": "0"}, "format '0'")):
        manifest.write_text(json.dumps({**json.loads(before), **change}))
        refused = run(tmp_path, data)
        assert isinstance(refused.exception, UserError)
        assert message in str(refused.exception)
        assert json.loads(manifest.read_bytes()) == {**json.loads(before), **change}
    with pytest.raises(UserError, match="another version of workup"):
        CliRunner().invoke(cli, ["score", str(tmp_path / "run")], catch_exceptions=False)


def test_scores_of_another_version_are_not_overwritten(tmp_path: Path) -> None:
    assert run(tmp_path, lines(tmp_path / "q.jsonl", GOOD)).exit_code == 0
    manifest, result = tmp_path / "run" / "run.json", tmp_path / "run" / "result.json"
    before = result.read_bytes()
    manifest.write_text(json.dumps({**json.loads(manifest.read_bytes()), "workup": "9.9"}))
    scored = CliRunner().invoke(cli, ["score", str(tmp_path / "run")], catch_exceptions=False)
    assert scored.exit_code == 0
    assert "run by 9.9" in scored.stderr
    assert result.read_bytes() == before


def test_a_file_of_something_else_is_given_up(tmp_path: Path) -> None:
    """Instead of a list of issues that fills the memory; a few good records between bad ones are still read."""
    path = tmp_path / "other.jsonl"
    path.write_text("{}\n" * (MOST_UNREADABLE + 10))
    with pytest.raises(DataError, match="one after another"):
        read(path)
    path.write_text(("{}\n" * (MOST_UNREADABLE - 1) + json.dumps(GOOD) + "\n") + "{}\n" * 20)
    assert sum(isinstance(one, Case) for one in read(path)) == 1
