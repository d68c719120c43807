"""CSV and TSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.case import Case, Finding
from workup.errors import DataError
from workup.io import cases_from_text, read_cases

TABLE = """case_id,hpo_id,label,status,onset,sex,age,comment
p1,HP:0001250,"Seizures, febrile",present,P1Y,F,P3Y,x
p2,,Hearing impairment,,,M,40 years,
p1,hp_0000252,Microcephaly,excluded,,,,
"""
CASES = (
    Case(
        id="p1",
        findings=(
            Finding("HP:0001250", "Seizures, febrile", onset="P1Y"),
            Finding("HP:0000252", "Microcephaly", "excluded"),
        ),
        sex="female",
        age="P3Y",
    ),
    Case(id="p2", findings=(Finding("Hearing impairment"),), sex="male", age="P40Y"),
)


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_several_cases(tmp_path: Path, mark: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + TABLE.encode())
    result = read_cases(path)
    assert result.cases == CASES
    assert [(issue.code, issue.record) for issue in result.issues] == [
        ("not_used", ""),
        ("id_repaired", "4"),
        ("age_rewritten", "p2"),
    ]
    assert "comment" in result.issues[0].message


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_delimiter_is_found(delimiter: str) -> None:
    text = "hpo_id,status\nHP:0001250,yes\nHP:0000252,no\n".replace(",", delimiter)
    assert cases_from_text(text).cases[0].findings == (
        Finding("HP:0001250"),
        Finding("HP:0000252", status="excluded"),
    )


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("status", "", "present"),
        ("status", "absent", "excluded"),
        ("status", "?", "unknown"),
        ("present", "1", "present"),
        ("present", "0", "excluded"),
        ("present", "", "unknown"),
        ("observed", "no", "excluded"),
        ("excluded", "yes", "excluded"),
        ("excluded", "FALSE", "present"),
        ("excluded", "", "present"),
        ("excluded", "excluded", "excluded"),
        ("negated", "true", "excluded"),
    ],
)
def test_status_columns(column: str, cell: str, expected: str) -> None:
    case = cases_from_text(f"term,{column}\nHP:0001250,{cell}\n").cases[0]
    assert [(f.id, f.status) for f in case.findings] == [("HP:0001250", expected)]


def test_plain_id_is_the_patient_when_there_is_an_hpo_column() -> None:
    cases = cases_from_text("id,hpo_id\na,HP:0001250\nb,HP:0001250\n").cases
    assert [case.id for case in cases] == ["a", "b"]
    assert cases_from_text("id,label\nHP:0001250,Seizure\n").cases[0].findings == (Finding("HP:0001250", "Seizure"),)


def test_bad_rows_are_issues() -> None:
    text = "hpo_id,status,sex,age\nHP:0001250,maybe,,\nHP:0000252,no,F,3\nHP:1,a,b,c,d\n,yes,,\nHP:0000518,,M,\n"
    result = cases_from_text(text, name="n")
    assert [f.id for f in result.cases[0].findings] == ["HP:0000252", "HP:0000518"]
    assert [(i.code, i.record) for i in result.issues] == [
        ("row_length", "4"),
        ("status", "2"),
        ("no_id", "5"),
        ("contradiction", "6"),
        ("age", "n"),
    ]


@pytest.mark.parametrize("text", ["hpo_id,status\n", 'hpo_id,label\nHP:0001250,"open\n'])
def test_unusable_tables(text: str) -> None:
    with pytest.raises(DataError):
        cases_from_text(text)


def test_csv_without_header_is_refused_but_a_column_of_ids_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("HP:0001250,Seizure\n")
    with pytest.raises(DataError, match="no header"):
        read_cases(path)
    path.write_text("HP:0001250\nHP:0000252\n")
    assert len(read_cases(path).cases[0].findings) == 2
