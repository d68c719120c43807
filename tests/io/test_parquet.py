"""Cases in Parquet files: both layouts, by row groups, and what can be wrong with them."""

from __future__ import annotations

import datetime
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from workup.case import Case, Finding
from workup.errors import DataError, Issue, MissingExtra
from workup.io import iter_cases, read_cases
from workup.io import parquet as ours

ROWS: list[dict[str, Any]] = [
    {"id": "a", "sex": "female", "age": None, "findings": [{"id": "HP:0001250", "label": "Seizure", "status": None}]},
    {"id": "b", "sex": None, "age": "P3Y", "findings": [{"id": "HP:0000252", "label": None, "status": "excluded"}]},
    {"id": "c", "sex": None, "age": None, "findings": None},
]
CASES = [
    Case(id="a", sex="female", findings=(Finding("HP:0001250", label="Seizure"),)),
    Case(id="b", age="P3Y", findings=(Finding("HP:0000252", status="excluded"),)),
    Case(id="c"),
]


def write(path: Path, rows: list[dict[str, Any]], **options: Any) -> Path:
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, **options)
    return path


def test_a_row_is_a_case(tmp_path: Path) -> None:
    result = read_cases(write(tmp_path / "cases.parquet", ROWS, row_group_size=2))
    assert list(result.cases) == CASES
    assert [issue for issue in result.issues if issue.severity != "info"] == []


def test_a_column_of_json(tmp_path: Path) -> None:
    texts = [
        msgspec.json.encode(CASES[0]).decode(),
        "{",
        json.dumps({"id": "f", "observed": ["HP:0001250"], "gold": ["OMIM:1"]}),
        None,
    ]
    # Whatever the file is called.
    result = read_cases(write(tmp_path / "cases.dat", [{"case": text, "other": 1} for text in texts]))
    assert [case.id for case in result.cases] == ["a", "f"]
    errors = [issue for issue in result.issues if issue.severity == "error"]
    assert [issue.record for issue in errors] == ["2", "4"]


def test_flattened_phenopackets_in_columns(tmp_path: Path) -> None:
    rows = [{"id": "f", "observed": [{"id": "HP:0001250"}], "excluded": ["HP:0000252"], "gold": {"id": "OMIM:1"}}]
    case = read_cases(write(tmp_path / "cases.parquet", rows)).cases[0]
    assert [(finding.id, finding.status) for finding in case.findings] == [
        ("HP:0001250", "present"),
        ("HP:0000252", "excluded"),
    ]
    assert case.reference is not None
    assert case.reference.diagnoses == ("OMIM:1",)


def test_a_bad_row_is_an_issue(tmp_path: Path) -> None:
    rows = [{"id": "a", "sex": "female"}, {"id": None, "sex": "male"}, {"id": "c", "sex": "neither"}]
    result = read_cases(write(tmp_path / "cases.parquet", rows))
    assert [case.id for case in result.cases] == ["a"]
    assert [issue.record for issue in result.issues] == ["2", "3"]


def test_types_without_a_place_in_a_case(tmp_path: Path) -> None:
    rows = [{"id": "a", "age": datetime.date(2020, 1, 1)}, {"id": "b", "age": None}]
    result = read_cases(write(tmp_path / "cases.parquet", rows))
    assert "b" in [case.id for case in result.cases]


def test_a_folder_takes_parquet_too(tmp_path: Path) -> None:
    write(tmp_path / "b.parquet", ROWS[1:2])
    (tmp_path / "a.jsonl").write_bytes(msgspec.json.encode(CASES[0]))
    assert [case.id for case in read_cases(tmp_path).cases] == ["a", "b"]


def test_damaged(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.parquet", ROWS * 500).read_bytes()
    for name, data in (("short", whole[:-9]), ("mark", b"PAR1"), ("inside", whole[:40] + b"\xff" * 40 + whole[80:])):
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(data)
        with pytest.raises(DataError, match="damaged Parquet"):
            read_cases(path)


@settings(max_examples=60)
@given(data=st.data())
def test_no_damage_ends_otherwise_than_in_an_error_or_an_issue(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = write(tmp_path_factory.mktemp("parquet") / "c.parquet", ROWS)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    # Any other exception fails the test.
    with suppress(DataError):
        assert all(isinstance(item, Case | Issue) for item in iter_cases(path))


def test_a_giant_row_group_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "c.parquet", ROWS)
    monkeypatch.setattr(ours, "MAX_ROW_GROUP", 10)
    with pytest.raises(DataError, match="smaller row groups"):
        read_cases(path)


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "c.parquet", ROWS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"workup\[data\]"):
        read_cases(path)


def test_rows_are_counted(tmp_path: Path) -> None:
    assert ours.row_count(write(tmp_path / "c.parquet", ROWS)) == 3
