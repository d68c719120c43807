"""Released rows as other programs write them, and one bad record among ten: nine cases and one issue to act on."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.aci_bench import AciBench
from workup.benchmarks.benchmark import Benchmark
from workup.benchmarks.glianorex import Glianorex
from workup.benchmarks.globem import Globem
from workup.benchmarks.medcalc_bench import MedCalcBench
from workup.benchmarks.medrect import MedRECT
from workup.case import Case
from workup.errors import Issue


def medcalc(place: int) -> dict[str, Any]:
    return {
        "Row Number": place + 1, "Calculator ID": 2, "Patient Note": f"Note {place}", "Question": "What?",
        "Relevant Entities": "{'age': [50, 'years']}", "Ground Truth Answer": 10.5, "Lower Limit": 10,
        "Upper Limit": "11", "Category": "lab",
    }  # fmt: skip


def visit(place: int) -> dict[str, Any]:
    return {"dataset": "virtscribe", "encounter_id": f"D{place}", "dialogue": "[doctor] hi", "note": "CC\nPain"}


def text_with_error(place: int) -> dict[str, Any]:
    return {
        "sample_id": place, "sentences": "1. Ill.\n2. Given salt.", "error_flag": 1, "error_sentence_id": 2.0,
        "error_type": "x", "corrected_sentence": "Given water.",
    }  # fmt: skip


def fictional(place: int) -> dict[str, Any]:
    options = {"A": "x", "B": "y", "C": "z", "D": "w"}
    return {"question": f"Q{place}?", "options": options, "answer_idx": "B", "language": "fr-FR", "generator": "g"}


ROWS: list[tuple[Benchmark, Callable[[int], dict[str, Any]], str]] = [
    (MedCalcBench(), medcalc, "Ground Truth Answer"),
    (AciBench(), visit, "note"),
    (MedRECT(), text_with_error, "error_flag"),
    (Glianorex(), fictional, "answer_idx"),
]


def read(benchmark: Benchmark, path: Path) -> tuple[list[Case], list[Issue]]:
    items = list(benchmark.read([path]))
    return [one for one in items if isinstance(one, Case)], [one for one in items if isinstance(one, Issue)]


@pytest.mark.parametrize(("benchmark", "row", "field"), ROWS)
@pytest.mark.parametrize("bad", [None, [], {"a": 1}, ""])
def test_one_bad_record_among_ten(
    tmp_path: Path, benchmark: Benchmark, row: Callable[[int], dict[str, Any]], field: str, bad: object
) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [row(place) for place in range(10)]
    rows[3][field] = bad
    path.write_text("\n".join(map(json.dumps, rows)))
    cases, (issue,) = read(benchmark, path)
    assert len(cases) == 9
    assert (issue.path, issue.record, issue.field, bool(issue.remedy)) == (str(path), "4", field, True)


@pytest.mark.parametrize(("benchmark", "row", "field"), ROWS)
def test_a_table_reads_as_json_does(
    tmp_path: Path, benchmark: Benchmark, row: Callable[[int], dict[str, Any]], field: str
) -> None:
    rows = [row(place) for place in range(10)]
    lines, table = tmp_path / "rows.jsonl", tmp_path / "rows.csv"
    lines.write_text("\n".join(map(json.dumps, rows)))
    with table.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (first, none), (second, left) = read(benchmark, lines), read(benchmark, table)
    assert not none
    assert not left
    assert [one.reference for one in second] == [one.reference for one in first]
    assert [one.question for one in second] == [one.question for one in first]


def test_a_row_without_a_number_does_not_take_the_next_ones_id(tmp_path: Path) -> None:
    rows = [medcalc(place) for place in range(10)]
    del rows[3]["Row Number"]
    rows[4]["Row Number"] = 4
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    cases, issues = read(MedCalcBench(), path)
    assert (len(cases), issues) == (10, [])


@pytest.mark.parametrize(("yes", "no"), [("True", "False"), ("1", "0"), ("1.0", "0.0")])
def test_labels_of_globem_as_numbers(tmp_path: Path, yes: str, no: str) -> None:
    features, survey = tmp_path / "FeatureData", tmp_path / "SurveyData"
    features.mkdir()
    survey.mkdir()
    column = "f_steps:fitbit_steps_intraday_rapids_sumsteps:allday"
    features.joinpath("steps.csv").write_text(f"pid,date,{column}\na,2020-01-01,5\nb,2020-01-01,6\n,2020-01-01,7\n")
    survey.joinpath("dep_endterm.csv").write_text(f"pid,date,BDI2,dep\na,2020-01-03,20,{yes}\nb,2020-01-03,2,{no}\n")
    cases, issues = read(Globem(), tmp_path)
    assert [one.reference.answer for one in cases if one.reference] == ["yes", "no"]
    (row,) = (one for one in issues if one.code == "row")
    assert (row.record, row.field, bool(row.remedy)) == ("row 3", "pid", True)
