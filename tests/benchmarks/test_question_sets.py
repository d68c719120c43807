"""Loaders of question sets, on made-up rows in the released layouts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workup import registry
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case
from workup.errors import DataError, Issue

UNIFIED = {"realidx": "7", "question": "Which?", "options": {"A": "this", "B": "that"}, "answer_idx": "B"}
WITH_UNIFIED = ("medqa", "medmcqa", "mmlu-medical", "mmlu-pro", "pubmedqa", "medbullets", "afrimedqa")


def read(name: str, path: Path, rows: Any) -> list[Case | Issue]:
    benchmark = registry.load("benchmarks", name)()
    assert isinstance(benchmark, Benchmark)
    assert benchmark.header.name == name
    text = rows if isinstance(rows, str) else "\n".join(map(json.dumps, rows)) if isinstance(rows, list) else None
    path.write_text(text if text is not None else json.dumps(rows), encoding="utf-8")
    return list(benchmark.read([path]))


@pytest.mark.parametrize("name", WITH_UNIFIED)
def test_rows_of_medagents_bench_are_read_by_every_set(tmp_path: Path, name: str) -> None:
    case, twice, missing = read(name, tmp_path / "a.jsonl", [UNIFIED, UNIFIED, {**UNIFIED, "answer_idx": "C"}])
    assert isinstance(case, Case)
    assert case.id == "7"
    assert case.question is not None
    assert case.question.options == {"A": "this", "B": "that"}
    assert case.reference is not None
    assert (case.reference.answer, case.reference.labels) == ("B", ("that",))
    assert case.provenance["options"] == 2
    assert isinstance(twice, Issue)
    assert isinstance(missing, Issue)
    assert "none of the options" in missing.message


def medmcqa(cop: int | str, name: str = "q") -> dict[str, Any]:
    return {"id": name, "question": "Which?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": cop}


def test_the_base_of_medmcqa_keys_is_found_out(tmp_path: Path) -> None:
    from_zero = read("medmcqa", tmp_path / "a.jsonl", [medmcqa(0, "x"), medmcqa(3, "y")])
    from_one = read("medmcqa", tmp_path / "b.jsonl", [medmcqa(1, "x"), medmcqa("4", "y")])
    for found in (from_zero, from_one):
        assert [case.reference.answer for case in found if isinstance(case, Case) and case.reference] == ["A", "D"]
    (unclear,) = read("medmcqa", tmp_path / "c.jsonl", [medmcqa(2)])
    assert isinstance(unclear, Issue)
    assert "count from 0 or from 1" in unclear.message
    hidden = read("medmcqa", tmp_path / "d.jsonl", [medmcqa(0), {**medmcqa(0, "z"), "cop": None}])[1]
    assert isinstance(hidden, Issue)
    assert "development set" in hidden.remedy
    with pytest.raises(DataError, match="both 0 and 4"):
        read("medmcqa", tmp_path / "e.jsonl", [medmcqa(0), medmcqa(4, "y")])


def test_mmlu_tables_have_no_header(tmp_path: Path) -> None:
    case, wrong = read("mmlu-medical", tmp_path / "anatomy_test.csv", '"Which, then?",a,b,c,d,C\nWhich?,a,b,c,d,E\n')
    assert isinstance(case, Case)
    assert case.provenance == {"options": 4, "subject": "anatomy"}
    assert case.reference is not None
    assert case.reference.answer == "C"
    assert isinstance(wrong, Issue)
    assert wrong.field == "key"


def test_mmlu_pro_lists_its_options(tmp_path: Path) -> None:
    row = {"question_id": 9, "question": "Which?", "options": list("abcdefghij"), "answer": "J", "category": "health"}
    (case,) = read("mmlu-pro", tmp_path / "a.json", [row])
    assert isinstance(case, Case)
    assert case.id == "9"
    assert case.reference is not None
    assert (case.reference.answer, case.reference.labels) == ("J", ("j",))


def test_pubmedqa_keeps_the_conclusion_from_the_reasoner(tmp_path: Path) -> None:
    row = {"QUESTION": "Does it?", "CONTEXTS": ["We asked.", "It did."], "LABELS": ["AIM", "RESULT"],
           "final_decision": "yes", "LONG_ANSWER": "It does indeed."}  # fmt: skip
    (case,) = read("pubmedqa", tmp_path / "a.json", {"123": row})
    assert isinstance(case, Case)
    assert (case.id, case.text) == ("123", "AIM: We asked.\nRESULT: It did.")
    assert "indeed" not in repr(case.blinded())
    (bad,) = read("pubmedqa", tmp_path / "b.json", {"124": {**row, "final_decision": "perhaps"}})
    assert isinstance(bad, Issue)
    assert bad.record == "124"


def test_medbullets_in_three_layouts(tmp_path: Path) -> None:
    lower = {"id": "1", "question": "Which?", "opa": "x", "opb": "y", "ope": "", "answer_idx": "B"}
    upper = {"id": "2", "question": "Which?", "choicesA": "x", "choicesE": "z", "answer_idx": "E"}
    first, second, none = read("medbullets", tmp_path / "a.jsonl", [lower, upper, {"id": "3", "question": "Which?"}])
    assert isinstance(first, Case)
    assert first.question is not None
    assert first.question.options == {"A": "x", "B": "y"}
    assert isinstance(second, Case)
    assert second.question is not None
    assert second.question.options == {"A": "x", "E": "z"}
    assert isinstance(none, Issue)


def test_afrimedqa_cells_hold_json(tmp_path: Path) -> None:
    table = (
        "sample_id,question_type,question,answer_options,correct_answer\n"
        '1,mcq,Which?,"{""option1"": ""x"", ""option2"": ""y""}",option2\n'
        "2,saq,Why?,,\n"
        "3,mcq,Which?,not json,option1\n"
    )
    case, short, broken = read("afrimedqa", tmp_path / "a.csv", table)
    assert isinstance(case, Case)
    assert case.reference is not None
    assert (case.reference.answer, case.reference.labels) == ("B", ("y",))
    assert isinstance(short, Issue)
    assert isinstance(broken, Issue)
    assert broken.field == "answer_options"
