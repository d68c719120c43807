"""MedCaseReasoning: rows, statements, verdicts, and what a reasoner must not see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup import registry
from workup.benchmarks.medcasereasoning import MedCaseReasoning, says_equivalent, statements
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.judges.lexical import LexicalSteps
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements.medcasereasoning import recorded

ROW = {
    "pmcid": "PMC1", "title": "Gout in a chef", "journal": "J", "article_link": "x", "publication_date": "2020",
    "text": "Whole article about gout.", "case_prompt": "A chef has a hot toe.",
    "diagnostic_reasoning": "1. Sudden onset at night suggests crystals.\n2. Urate was raised.",
    "final_diagnosis": "Gout",
}  # fmt: skip


def read(path: Path) -> Case:
    (case,) = MedCaseReasoning().read([path])
    assert isinstance(case, Case)
    return case


def test_both_file_kinds_give_the_same_case(tmp_path: Path) -> None:
    lines = tmp_path / "test.jsonl"
    lines.write_text(json.dumps(ROW))
    case = read(lines)
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist([ROW]), tmp_path / "test.parquet")
    assert read(tmp_path / "test.parquet") == case
    assert case.reference is not None
    assert case.reference.steps == ("Sudden onset at night suggests crystals.", "Urate was raised.")
    assert "gout" not in json.dumps(json.loads(msgspec_json(case.blinded()))).casefold()
    assert case.provenance["leaks"] is False


def msgspec_json(case: Case) -> bytes:
    from workup.case import to_json

    return to_json(case)


@given(st.lists(st.sampled_from(["Fever.", "A rash (day 3)", "TSH 0.01 mU/l"]), min_size=1), st.booleans())
def test_as_many_statements_as_were_numbered(parts: list[str], brackets: bool) -> None:
    mark = "({})" if brackets else "{}."
    text = "\n".join(f"{mark.format(place)} {part}" for place, part in enumerate(parts, 1))
    assert statements(text) == parts


@pytest.mark.parametrize(
    ("words", "right"),
    [("EQUIVALENT", True), ("NOT_EQUIVALENT", False), ("not equivalent.", False), ("non-equivalent", False),
     ("Perhaps", None), ("EQUIVALENT or NOT EQUIVALENT", None)],
)  # fmt: skip
def test_verdict_words(words: str, right: bool | None) -> None:
    assert says_equivalent(words) is right


def test_recall_by_words_alone(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(ROW))
    case = read(path)
    _, recall = MedCaseReasoning(LexicalSteps()).scorers()
    key = AttemptKey(benchmark="b", version="1", case_id=case.id, case=case.digest(), reasoner="r")
    answer = Answer(level="list", text="Gout", ids=("Gout",))
    words = "The onset was sudden, at night, which suggests crystals."
    attempt = Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer, text=words))
    assert recall.score(case, attempt).total == 0.5
    assert recall.score(case, Attempt(key=key, reasoning=Reasoning(reasoner="r"))).notes == ("unparsed",)


def test_recorded_verdicts_give_the_values_worked_out_by_hand(tmp_path: Path) -> None:
    found = recorded(tmp_path, "ci")
    assert found["recall-macro"].value == pytest.approx((3 / 4 + 1 / 2 + 2 / 5) / 3, abs=1e-9)
    assert found["recall-micro"].value == pytest.approx(6 / 11, abs=1e-9)
    assert (found["pass-at-2"].value, found["pass-at-2"].n) == (pytest.approx(2 / 3), 3)
    assert "not N examples in the prompt" in found["pass-at-2"].note


def test_without_a_judge_nothing_is_scored() -> None:
    assert registry.load("benchmarks", "medcasereasoning")().scorers() == ()
