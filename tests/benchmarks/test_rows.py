"""Rows of released files, good and bad."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.benchmarks.rows import Row, cases, literal, rows
from workup.case import Case
from workup.errors import DataError, Issue


def read(path: Path, text: str) -> list[Row | Issue]:
    path.write_text(text, encoding="utf-8")
    return list(rows(path))


@pytest.mark.parametrize(
    ("name", "text", "records"),
    [
        ("a.jsonl", '{"q": "1"}\n\n{"q": "2"}\n', ["1", "3"]),
        ("a.json", '[{"q": "1"}, {"q": "2"}]', ["1", "2"]),
        ("a.json", '{"x": {"q": "1"}, "y": {"q": "2"}}', ["x", "y"]),
        ("a.json", '{\n"x": {"q": "1"},\n"y": {"q": "2"}}', ["x", "y"]),
        ("a.csv", 'q,r\n"1",a\n2,"b\nc"\n', ["2", "4"]),
        ("a.tsv", "q\n1\n2\n", ["2", "3"]),
    ],
)
def test_layouts(tmp_path: Path, name: str, text: str, records: list[str]) -> None:
    found = read(tmp_path / name, text)
    assert all(isinstance(row, Row) for row in found)
    assert [row.record for row in found if isinstance(row, Row)] == records
    assert [row.text("q") for row in found if isinstance(row, Row)] == ["1", "2"]


def test_a_broken_line_is_listed_and_the_rest_goes_on(tmp_path: Path) -> None:
    good, half, number, last = read(tmp_path / "a.jsonl", '{"q": "1"}\n{"q": \n7\n{"q": "2"}\n')
    assert isinstance(good, Row)
    assert isinstance(last, Row)
    assert isinstance(half, Issue)
    assert half.record == "2"
    assert isinstance(number, Issue)
    assert "int" in number.message


def test_tables_that_do_not_fit_their_header(tmp_path: Path) -> None:
    good, short = read(tmp_path / "a.csv", "q,r\n1,2\n3\n")
    assert isinstance(good, Row)
    assert isinstance(short, Issue)
    with pytest.raises(DataError, match="two columns named 'q'"):
        read(tmp_path / "b.csv", "q,q\n1,2\n")


def test_fields_are_checked_by_name() -> None:
    row = Row("f", "7", {"q": " ", "n": 3, "options": ["yes", "no"], "one": {"A": "x"}})
    assert row.options() == {"A": "yes", "B": "no"}
    for call, field in (
        (lambda: row.text("q"), "q"),
        (lambda: row.text("n"), "n"),
        (lambda: row.text("absent"), "absent"),
        (lambda: row.options("one"), "one"),
        (lambda: Row("f", "7", {"q": "z"}).one_of("q", ["a"]), "q"),
    ):
        with pytest.raises(DataError) as caught:
            call()
        assert (caught.value.issue.record, caught.value.issue.field) == ("7", field)


def test_an_id_twice_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "1"}\n{"id": "1"}\n{"no": 1}\n', encoding="utf-8")
    first, second, third = cases([path], lambda row: Case(id=row.text("id")))
    assert isinstance(first, Case)
    assert isinstance(second, Issue)
    assert "record 1" in second.message
    assert isinstance(third, Issue)
    assert third.field == "id"


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv.gz", ","), ("a.TSV.GZ", "\t")])
def test_packed_tables_are_tables(tmp_path: Path, name: str, delimiter: str) -> None:
    (tmp_path / name).write_bytes(gzip.compress(f"q{delimiter}r\n1{delimiter}2\n".encode()))
    (row,) = rows(tmp_path / name)
    assert isinstance(row, Row)
    assert row.values == {"q": "1", "r": "2"}


@pytest.mark.parametrize("text", ['{"A": "x", "B": "y"}', "{'A': 'x', 'B': 'y'}", '["x", "y"]', "['x', 'y']"])
def test_options_of_a_table_are_the_text_of_a_dict_or_list(text: str) -> None:
    assert Row("f", "1", {"options": text}).options() == {"A": "x", "B": "y"}


@pytest.mark.parametrize("text", ["", "A. x B. y", "__import__('os').system('true')", "{'A': open('x')}", "[" * 5000])
def test_other_text_is_no_options_and_is_not_run(text: str) -> None:
    with pytest.raises(DataError, match="holds no options"):
        Row("f", "1", {"options": text}).options()


@given(st.text(max_size=60))
def test_a_literal_is_read_or_none(text: str) -> None:
    value = literal(text)
    assert value is None or isinstance(value, str | bytes | int | float | complex | list | tuple | dict | set | bool)


def test_whole_numbers_and_keys_come_as_numbers_or_text() -> None:
    row = Row("f", "1", {"a": 7, "b": "7", "c": "7.0", "d": 7.0, "e": " 7 ", "f": True, "g": "-7", "h": "7.5", "i": ""})
    assert [row.whole(field) for field in "abcde"] == [7] * 5
    for field in ("f", "g", "h", "i", "none"):
        with pytest.raises(DataError) as caught:
            row.whole(field)
        assert caught.value.issue.field == field
        assert caught.value.issue.remedy
    assert [row.key(field) for field in "abde"] == ["7", "7", "7", "7"]
    with pytest.raises(DataError):
        row.key("f")
