"""HealthBench, MedCalc-Bench and the two retrieval sets: layouts on made-up rows."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.healthbench import HealthBench, rubric_ratio
from workup.benchmarks.liveqa import LiveQARetrieval, PubMedQARetrieval, passages
from workup.benchmarks.medcalc_bench import MedCalcBench, kind_of, read_dict
from workup.case import Case
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.verdicts import Verdict, mean_ratio
from workup.reasoning import Answer, Reasoning

TALK = {
    "prompt_id": "p1",
    "prompt": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "My head hurts"},
    ],
    "rubrics": [
        {"criterion": "Asks since when", "points": 5, "tags": ["axis:context"]},
        {"criterion": "Frightens", "points": -7, "tags": []},
    ],
    "example_tags": ["theme:hedging"],
    "ideal_completions_data": None,
    "canary": "healthbench:x",
}
NOTE = {
    "Row Number": "1",
    "Calculator ID": "67",
    "Calculator Name": "Ratio",
    "Category": "lab test",
    "Patient Note": "A man.",
    "Question": "What is the ratio?",
    "Relevant Entities": "{'sodium': [140.0, 'mEq/L']}",
    "Ground Truth Answer": "-2.0",
    "Lower Limit": "-1.9",
    "Upper Limit": "-2.1",
    "Ground Truth Explanation": "First\n\nSecond",
}


def write(path: Path, values: Iterable[dict[str, Any]]) -> Path:
    path.write_text("\n".join(map(json.dumps, values)))
    return path


def answered(case: Case, *ids: str, text: str = "") -> Attempt:
    key = AttemptKey(benchmark="b", version="1", case_id=case.id, case="x", reasoner="r")
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=Answer(level="number", text=text, ids=ids)))


def test_a_conversation_becomes_text_and_keeps_its_canary(tmp_path: Path) -> None:
    (case,) = HealthBench().read([write(tmp_path / "a.jsonl", [TALK])])
    assert isinstance(case, Case)
    assert case.text == "user: Hi\n\nassistant: Hello\n\nuser: My head hurts"
    assert case.provenance["canary"] == "healthbench:x"
    assert case.reference is not None
    assert [criterion.points for criterion in case.reference.rubric] == [5, -7]
    assert case.reference.rubric[0].tags == ("axis:context",)
    assert "canary" not in str(case.blinded())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prompt": []}, "no conversation"),
        ({"prompt": [{"role": "robot", "content": "x"}]}, "robot"),
        ({"prompt": TALK["prompt"][:2]}, "ends with the assistant"),  # type: ignore[index]
        ({"rubrics": []}, "no criterion"),
        ({"rubrics": [{"criterion": "x", "points": "5"}]}, "'5' points"),
        ({"rubrics": [{"criterion": "x", "points": -5}]}, "no points to win"),
    ],
)
def test_broken_conversations_are_listed(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (issue,) = HealthBench().read([write(tmp_path / "a.jsonl", [{**TALK, **change}])])
    assert isinstance(issue, Issue)
    assert message in str(issue)


def test_answers_are_not_clipped_and_their_mean_is() -> None:
    bad = rubric_ratio([Verdict(item="1", verdict="not met", points=5), Verdict(item="2", verdict="met", points=-7)])
    good = rubric_ratio([Verdict(item="1", verdict="met", points=5), Verdict(item="2", verdict="not met", points=-7)])
    assert (bad.value, good.value) == (-1.4, 1.0)
    assert mean_ratio("healthbench", [bad, good], clip=True).value == 0.0
    assert mean_ratio("healthbench", [bad, good, good], clip=True).value == pytest.approx(0.2)
    unread = rubric_ratio([Verdict(item="1", verdict=None, points=5), Verdict(item="2", verdict="met", points=5)])
    assert (unread.value, unread.unread) == (1.0, 1)


def test_limits_of_negative_values_are_put_in_order(tmp_path: Path) -> None:
    benchmark = MedCalcBench()
    (case,) = benchmark.read([write(tmp_path / "a.jsonl", [NOTE])])
    assert isinstance(case, Case)
    assert case.reference is not None
    assert case.reference.steps == ("First", "Second")
    assert case.reference.extensions["entities"] == {"sodium": [140.0, "mEq/L"]}
    (scorer,), (metric,) = benchmark.scorers(), benchmark.metrics()
    right, wrong = answered(case, text="-2.05 (no unit)"), answered(case, "-2.2")
    unread = answered(case, text="unknown")
    assert [scorer.score(case, attempt).total for attempt in (right, wrong, unread)] == [1, 0, 0]
    assert scorer.score(case, unread).notes == ("unparsed",)
    estimate = metric.estimate([case] * 3, [right, wrong, unread])
    assert estimate.value == pytest.approx(1 / 3)
    assert estimate.parts == {"category lab test": pytest.approx(1 / 3)}
    assert estimate.notes == ("1 unparsed",)


def test_the_one_shot_file_as_objects_and_as_text_of_dicts(tmp_path: Path) -> None:
    response = {"step_by_step_thinking": "Add.", "answer": "('4 weeks', '3 days')"}
    entry = {"Patient Note": "A woman.", "Response": response, "input_parameters": {"cycle": 28}}
    path = tmp_path / "one.json"
    path.write_text(
        json.dumps(
            {
                "69": entry,
                "13": {**entry, "Response": repr({**response, "answer": "12/02/2000"}), "input_parameters": "{}"},
                "8": {**entry, "Response": "exit(1)"},
                "1": entry,
            }
        )
    )
    found = list(MedCalcBench().read([path]))
    cases = [case for case in found if isinstance(case, Case)]
    assert [case.id for case in cases] == ["example-69", "example-13"]
    assert [str(issue) for issue in found if isinstance(issue, Issue)] == [
        f"{path}, record 8, field Response: is neither an object nor the text of one "
        "-> correct it, or leave the record out",
        f"{path}, record 1: '1' is no calculator of MedCalc-Bench -> give the released files",
    ]
    scorer = MedCalcBench().scorers()[0]
    assert scorer.score(cases[0], answered(cases[0], text="4 weeks, 3 days")).total == 1


def test_every_calculator_has_one_rule() -> None:
    kinds = [kind_of(number) for number in range(100)]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "date": 2,
        "weeks": 1,
        "integer": 18,
        "decimal": 34,
        None: 45,
    }
    assert read_dict("{" * 1000) is None
    assert read_dict('{"a": true}') == {"a": True}
    assert read_dict("[1]") is None


def test_gain_is_grade_less_one(tmp_path: Path) -> None:
    queries = write(tmp_path / "q.jsonl", [{"id": "1", "question": "a?"}, {"id": "2", "question": "b?"}])
    answers = write(tmp_path / "a.jsonl", [{"id": "d1", "title": "T", "text": "x"}, {"id": "d1", "text": "y"}])
    qrels = tmp_path / "r.tsv"
    qrels.write_text("question\tanswer_id\tgrade\n1\td1\t4\n1\td2\t1\n1\td3\t9\n1\td4\t2\n1\td4\t3\n")
    found = list(LiveQARetrieval().read([queries, qrels, answers]))
    (case,) = [one for one in found if isinstance(one, Case)]
    assert case.reference is not None
    assert case.reference.relevant == {"d1": 3.0, "d2": 0.0, "d4": 1.5}
    assert sum("judged more than once" in str(one) for one in found) == 1
    assert len(found) == 4
    *documents, issue = passages([answers])
    assert documents == [("d1", "T\nx"), ("d1#2", "y")]
    assert isinstance(issue, Issue)
    with pytest.raises(DataError, match="judgements are missing"):
        list(LiveQARetrieval().read([queries]))
    attempt = answered(case, "d2", "d1", "d1")
    values = [metric.estimate([case], [attempt]).value for metric in LiveQARetrieval().metrics()]
    assert values == [pytest.approx(0.4796, abs=1e-4), 0.5, 0.5]


def test_the_one_relevant_abstract(tmp_path: Path) -> None:
    queries = write(
        tmp_path / "q.jsonl", [{"id": "PMID:1", "question": "a?", "relevant": ["PMID:1"]}, {"id": "2", "relevant": []}]
    )
    abstracts = write(tmp_path / "a.jsonl", [{"id": "PMID:1", "title": "", "text": "x"}])
    case, issue = PubMedQARetrieval().read([queries, abstracts])
    assert isinstance(case, Case)
    assert case.reference is not None
    assert case.reference.relevant == {"PMID:1": 1.0}
    assert isinstance(issue, Issue)
    assert list(passages([queries, abstracts])) == [("PMID:1", "x")]
