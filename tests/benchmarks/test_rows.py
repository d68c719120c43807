"""Rows of released files, good and bad."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.benchmarks.rows import Row, cases, rows
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
