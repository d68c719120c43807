"""DR.BENCH: six layouts, exact labels, macro-F1 over gold labels, ROUGE-L as rouge-score has it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.benchmarks.drbench import NLI, DrBench, TaskMetric, TaskScore, exact_label, problem_f1
from workup.benchmarks.n2c2_plan import LABELS
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.overlap import rouge
from workup.reasoning import Answer, Reasoning
from workup.simulate.clinical_twins import hypothesis, make_twin, question, write_twins


def said(case: Case, text: str) -> Attempt:
    key = AttemptKey(benchmark="drbench", version="1", case_id=case.id, case=case.digest(), reasoner="r")
    ids = (text[-1:],) if case.question and case.question.form == "choice" else ()
    answer = Answer(level="text", text=text, ids=ids)
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer, text=text))


def test_all_tasks_of_made_up_files(tmp_path: Path) -> None:
    paths = write_twins(tmp_path, 5, 4)
    medqa = tmp_path / "medqa.jsonl"
    row = {"question": "Which?", "options": {"A": "x", "B": "y"}, "answer_idx": "B", "answer": "y"}
    medqa.write_text("\n".join(json.dumps(one) for one in (row, {**row, "id": "2", "passage": "It is y."})))
    # Notes last: offsets find them all the same.
    read = list(DrBench().read([*paths[1:], medqa, paths[0]]))
    cases = [one for one in read if isinstance(one, Case)]
    assert len(cases) == len(read)
    assert len({case.id for case in cases}) == len(cases)
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.provenance["task"]] = counts.get(case.provenance["task"], 0) + 1
        gold = case.reference.answer if case.reference else None
        assert gold
        assert TaskScore().score(case, said(case, f"Answer: {gold}")).total == 1
    assert counts == {
        "plan": 20, "soap": 48, "mednli": 4, "emrqa": 4, "summary": 4, "medqa closed": 1, "medqa open": 1,
    }  # fmt: skip
    values = [metric.estimate(cases, [said(case, "nothing of it") for case in cases]) for metric in DrBench().metrics()]
    assert [one.value for one in values] == [0.0] * 8
    assert values[0].notes == ("4 unparsed, counted as wrong",)


def test_offsets_cut_the_note(tmp_path: Path) -> None:
    twin = make_twin(random.Random(1))
    for begin, end, _ in twin.lines:
        assert twin.text[end] == "\n"
        assert begin == 0 or twin.text[begin - 1] == "\n"
    (tmp_path / "notes.csv").write_text('ROW_ID,TEXT\n7,"Feels ill.\nTemp 39."\n')
    soap = tmp_path / "soap.csv"
    soap.write_text("ROW ID,Begin,End,Section\n7,11,19,Objective\n7,11,90,Plan\n8,0,1,Plan\n")
    first, long, unknown = DrBench().read([tmp_path / "notes.csv", soap])
    assert isinstance(first, Case)
    assert first.text == "Temp 39."
    assert isinstance(long, Issue)
    assert "do not lie in the note of 19 characters" in long.message
    assert isinstance(unknown, Issue)
    other = tmp_path / "other.jsonl"
    other.write_text('{"x": 1}')
    with pytest.raises(DataError, match=r"no file of DR.BENCH"):
        list(DrBench().read([other]))


@given(st.integers(0, 10_000))
def test_made_up_notes_keep_to_their_own_rules(seed: int) -> None:
    draw = random.Random(seed)
    twin = make_twin(draw)
    assert len(twin.lines) == 12
    names = [name for one in twin.problems for name in (one.name, one.short)]
    assessment = twin.text[slice(*twin.assessment)]
    assert sum(name in assessment.partition(", no sign of ")[0] for name in names) >= 2
    own, guards = {one.treat for one in twin.problems}, {one.guard for one in twin.problems}
    for begin, end, label in twin.plan:
        part = twin.text[begin:end]
        assert any(words in part for words in own) == (label == "Direct")
        assert any(words in part for words in guards) == (label == "Indirect")
    assert {label for *_, label in twin.plan} == set(LABELS)
    _, answer, start = question(draw, twin)
    assert twin.text[start : start + len(answer)] == answer
    sentence, label = hypothesis(draw, twin)
    assert sentence.startswith("The patient has ")
    assert label in NLI


def test_the_hypothesis_alone_tells_nothing() -> None:
    draw = random.Random(0)
    counts: dict[tuple[bool, str], int] = {}
    for _ in range(1200):
        sentence, label = hypothesis(draw, make_twin(draw))
        counts["has no" in sentence, label] = counts.get(("has no" in sentence, label), 0) + 1
    # Six cells of 200 each, within four standard deviations.
    assert len(counts) == 6
    assert all(150 <= count <= 250 for count in counts.values())


def test_an_answer_that_does_not_stand_where_it_says_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "emrqa.json"
    asked = [{"question": "q", "answers": [{"text": "pain", "answer_start": start}]} for start in (3, 4)]
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "no, pain", "qas": asked}]}]}))
    wrong, right = DrBench().read([path])
    assert isinstance(wrong, Issue)
    assert wrong.field == "answer_start"
    assert isinstance(right, Case)
    assert TaskScore().score(right, said(right, "Pain.")).total == 1


def test_labels_are_exact_or_unparsed() -> None:
    assert exact_label("Neither.", LABELS) == "Neither"
    assert exact_label("It is Neither", LABELS) is None


def test_macro_f1_is_over_labels_that_are_true() -> None:
    options = {label: label for label in LABELS}
    cases = [
        Case(id=str(i), question=Question("?", options, "label"), reference=Reference(answer=gold),
             provenance={"task": "plan"})
        for i, gold in enumerate(("Direct", "Direct", "Neither"))
    ]  # fmt: skip
    given = ["Direct", "Indirect", "no idea"]
    found = TaskMetric("plan", "macro-F1").estimate(
        cases, [said(case, text) for case, text in zip(cases, given, strict=True)]
    )
    # Direct: precision 1, recall 1/2, F1 2/3; Neither: 0; Indirect is no class.
    assert found.value == pytest.approx(1 / 3)
    assert (found.n, found.notes) == (3, ("1 unparsed, counted as wrong",))


def test_problems_in_any_order() -> None:
    assert problem_f1("sepsis; gout", "Gout; sepsis") == 1
    assert problem_f1("sepsis; gout", "gout; fever; flu") == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert problem_f1("sepsis", "") == 0


def test_rouge_l_is_the_reference_packages() -> None:
    scorer = pytest.importorskip("rouge_score.rouge_scorer").RougeScorer(["rougeL"], use_stemmer=False)
    draw = random.Random(0)
    words = ["sepsis", "Acute", "kidney-injury", "of", "2;", "heart", "failures"]
    for _ in range(50):
        one, other = (" ".join(draw.choices(words, k=draw.randint(1, 9))) for _ in range(2))
        assert rouge(one, other)["rougeL"].f1 == pytest.approx(scorer.score(one, other)["rougeL"].fmeasure, abs=1e-9)


def notes_with_questions(count: int = 10) -> dict[str, Any]:
    paragraphs = [
        {
            "context": f"The patient takes drug{i} daily.\nNothing else.",
            "qas": [{"id": f"q{i}", "question": "Which?", "answers": [{"text": f"drug{i}", "answer_start": 18}]}],
        }
        for i in range(count)
    ]
    return {"data": [{"title": "medication", "paragraphs": paragraphs}]}


def read_emrqa(folder: Path, made: dict[str, Any]) -> tuple[list[Case], list[Issue]]:
    path = folder / "emrqa.json"
    path.write_text(json.dumps(made))
    read = list(DrBench().read([path]))
    return [one for one in read if isinstance(one, Case)], [one for one in read if isinstance(one, Issue)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("context", None), ("qas", None), ("qas", []), ("qas", ["Which?"]), ("qas", [{"question": "Which?"}]),
        ("qas", [{"question": "", "answers": [{"text": "drug3"}]}]),
        ("qas", [{"question": "Which?", "answers": [{"text": " "}]}]),
        ("qas", [{"question": "Which?", "answers": [{"text": "drug3", "answer_start": 5}]}]),
        ("qas", [{"question": "Which?", "answers": [{"text": "drug3", "answer_start": "5"}]}]),
        ("qas", [{"id": "q2", "question": "Which?", "answers": [{"text": "drug3"}]}]),
    ],
)  # fmt: skip
def test_one_bad_note_among_ten_is_listed(tmp_path: Path, field: str, value: object) -> None:
    made = notes_with_questions()
    made["data"][0]["paragraphs"][3][field] = value
    cases, issues = read_emrqa(tmp_path, made)
    assert len(cases) == 9
    (issue,) = issues
    assert all((issue.path, issue.record, issue.field, issue.remedy))
    assert issue.severity == "error"


@pytest.mark.parametrize("value", [None, "text", 7, []])
def test_a_note_that_is_no_object_is_listed_with_its_place(tmp_path: Path, value: object) -> None:
    made = notes_with_questions()
    made["data"][0]["paragraphs"][3] = value
    cases, (issue,) = read_emrqa(tmp_path, made)
    assert len(cases) == 9
    assert issue.record == "1, data 1, paragraphs 4"
    # A file without any note says so.
    assert len(read_emrqa(tmp_path, {"data": [{"title": "empty"}]})[1]) == 1


def test_the_form_first_released_has_lists(tmp_path: Path) -> None:
    lines = ["The patient takes aspirin.", "Nothing else."]
    question = {
        "id": [["3", "4"], "template"],
        "question": ["Which drug?", "What does the patient take?"],
        "answers": [{"text": "aspirin", "answer_start": [1, 3], "evidence": lines[0], "evidence_start": 1}],
    }
    made = {"data": [{"paragraphs": [{"note_id": "7", "context": lines, "qas": [question, question]}]}]}
    cases, issues = read_emrqa(tmp_path, made)
    assert not issues
    assert [case.id for case in cases] == ["emrqa-emrqa-1", "emrqa-emrqa-2"]
    assert cases[0].text == "The patient takes aspirin.\nNothing else."
    assert cases[0].question
    assert cases[0].question.text == "Which drug?"


def test_ids_and_offsets_may_be_numbers_and_the_first_row_bad(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text('{"ROW_ID": 7, "TEXT": "Feels ill.\\nTemp 39."}\n')
    soap = tmp_path / "soap.csv"
    soap.write_text("ROW ID,Begin,End,Section\n7,11.0,19.0,Objective\n")
    plan = tmp_path / "plan.jsonl"
    places = {"Assessment Begin": 0, "Assessment End": 10, "PlanSubsection Begin": 11, "PlanSubsection End": 19}
    plan.write_text('{"x": 1}\n' + json.dumps({"ROW ID": 7, "HADM ID": 1, **places, "Relation": "Direct"}))
    read = list(DrBench().read([tmp_path / "notes.jsonl", soap, plan]))
    assert [one.text for one in read if isinstance(one, Case)] == [
        "Temp 39.",
        "Assessment:\nFeels ill.\n\nPlan:\nTemp 39.",
    ]
    (issue,) = (one for one in read if isinstance(one, Issue))
    assert issue.field == "ROW ID"


def test_parts_of_a_summary_go_by_their_long_names(tmp_path: Path) -> None:
    (tmp_path / "sum.csv").write_text(
        "File ID,Assessment,Summary,Subjective Sections,Objective Sections\n1,Ill.,Sepsis,Pain.,Temp 39.\n"
    )
    (case,) = DrBench().read([tmp_path / "sum.csv"])
    assert isinstance(case, Case)
    assert case.text == "S:\nPain.\n\nO:\nTemp 39.\n\nAssessment:\nIll."


def test_macro_f1_is_over_cases_with_a_truth() -> None:
    labels = {label: label for label in LABELS}
    cases = [
        Case(
            id=str(i),
            question=Question("?", labels, "label"),
            reference=Reference(answer=gold),
            provenance={"task": "plan"},
        )
        for i, gold in enumerate(("Direct", "Indirect", None))
    ]
    found = TaskMetric("plan", "macro-F1").estimate(cases, [said(case, "Direct") for case in cases])
    # Direct: one right, one too many, 2/3; Indirect: 0.
    assert (found.value, found.n) == (pytest.approx(1 / 3), 2)
