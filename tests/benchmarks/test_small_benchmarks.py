"""DiagnosisArena, n2c2 track 3, R2MED and MedAgentsBench: rules and layouts on made-up rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from workup.benchmarks.diagnosis_arena import DiagnosisArena, boxed_option, boxed_scores, judged_scores, option_accuracy
from workup.benchmarks.medagents_bench import Answer, is_hard, pooled
from workup.benchmarks.n2c2_plan import PlanRelation, decode_sequence
from workup.benchmarks.r2med import R2MED
from workup.case import Case
from workup.errors import DataError, Issue
from workup.evaluation.pareto import Point, front


def test_only_the_same_disease_counts_and_only_among_five() -> None:
    rows = [
        {"id": 1, "response": r"\boxed{1} \boxed{2}"},
        {"id": 2, "response": r"\boxed{0}" * 5 + r"\boxed{2}"},
        {"id": 3, "response": "?"},
    ]
    scores = judged_scores(rows)
    assert (scores.n, scores.unscored, scores.top1, scores.top5) == (2, 1, 0, 0.5)
    assert (scores.graded5, scores.mrr) == (0.5, 0.25)
    assert judged_scores(rows[::-1]) == scores
    with pytest.raises(DataError, match=r"4.*response"):
        judged_scores([{"id": 4}])
    assert judged_scores([]).top1_interval is None
    assert boxed_scores(r"\boxed{two}") == [0]


def test_a_boxed_letter_in_any_case() -> None:
    assert boxed_option(r"\boxed{(b)}") == "B"
    assert boxed_option(r"\boxed{both}") is None
    rows = [{"Right Option": "B", "LLM Response": r"\boxed{b}"}]
    assert option_accuracy(rows)[:2] == (1, 1)
    assert option_accuracy(rows, upstream_compatible=True)[0] == 0
    assert option_accuracy([]) == (0, 0, None)


def test_both_modes_of_diagnosis_arena(tmp_path: Path) -> None:
    row = {"id": 3, "Case Information": "A man.", "Physical Examination": "", "Diagnostic Tests": "x",
           "Final Diagnosis": "y", "Options": {"A": "y", "B": "z"}, "Right Option": "A"}  # fmt: skip
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row))
    (open_case,) = DiagnosisArena().read([path])
    (choice,) = DiagnosisArena("choice").read([path])
    assert isinstance(open_case, Case)
    assert isinstance(choice, Case)
    assert open_case.question is not None
    assert open_case.question.options == {}
    assert open_case.reference is not None
    assert open_case.reference.answer == "y"
    assert choice.reference is not None
    assert (choice.reference.answer, choice.reference.labels) == ("A", ("y",))


def test_texts_are_cut_by_their_offsets_before_cleaning(tmp_path: Path) -> None:
    note = "Assess: [**Name**] has sepsis.\r\nPlan: fluids."
    (tmp_path / "notes.csv").write_text(f'ROW_ID,TEXT\n8,"{note}"\n', newline="")
    (tmp_path / "remap.csv").write_text("OLD ROW ID,NEW ROW ID\n7,8\n")
    head = (
        "ROW ID,HADM ID,Assessment Begin,Assessment End,PlanSubsection Begin,PlanSubsection End,Relation\n"
        f"7,1,8,29,{note.index('fluids')},{len(note)},Direct\n"
        "7,1,8,29,30,999,Direct\n9,1,0,1,1,2,Direct\n"
    )
    (tmp_path / "pairs.csv").write_text(head)
    files = [tmp_path / name for name in ("pairs.csv", "notes.csv", "remap.csv")]
    case, outside, missing = PlanRelation().read(files)
    assert isinstance(case, Case)
    assert case.text == "Assessment:\n(removed) has sepsis\n\nPlan:\nfluids."
    assert isinstance(outside, Issue)
    assert isinstance(missing, Issue)
    assert missing.field == "ROW ID"
    with pytest.raises(DataError, match="holds notes"):
        list(PlanRelation().read(files[:1]))


def test_the_sequence_of_a_plan_is_decoded() -> None:
    alone = np.array([[0.9, 0.1], [0.4, 0.6], [0.1, 0.9]])
    never_back = np.array([[0.5, 0.5], [0.0, 1.0]])
    assert decode_sequence(alone, never_back, np.array([0.5, 0.5])) == [0, 1, 1]
    assert decode_sequence(np.empty((0, 2)), never_back, np.array([0.5, 0.5])) == []


def test_queries_take_their_documents_from_the_judgements(tmp_path: Path) -> None:
    files = {
        "query.jsonl": [{"id": "0", "text": "Why?", "doc_id": ["a"]}, {"id": "1", "text": "How?", "doc_id": []}],
        "corpus.jsonl": [{"id": "a", "text": "because"}],
        "qrels.jsonl": [{"q_id": "0", "p_id": "a", "score": 1}, {"q_id": "0", "p_id": "b", "score": "2"}],
    }
    for name, rows in files.items():
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)))
    case, without = R2MED().read([tmp_path / name for name in files])
    assert isinstance(case, Case)
    assert case.reference is not None
    assert case.reference.relevant == {"a": 1, "b": 2}
    assert isinstance(without, Issue)
    with pytest.raises(DataError, match="holds queries"):
        list(R2MED().read([tmp_path / "corpus.jsonl"]))


def test_hard_is_less_than_half_of_those_who_answered() -> None:
    assert is_hard(["A", "B", "B", ""], "A")
    assert not is_hard(["A", "B", ""], "A")
    assert not is_hard(["", ""], "A")


def test_pooling_counts_an_item_once_and_blank_as_wrong() -> None:
    def answer(item: str, given: str, **more: float) -> Answer:
        return Answer(task="t", item=item, right="A", given=given, **more)

    point = pooled(
        "mini",
        "gpt-4o-mini",
        [
            answer("1", "A", tokens_in=1e6, tokens_out=0.0),
            answer("1", "B"),
            answer("2", "", cost=0.05, seconds=2.0),
        ],
    )
    assert point is not None
    assert (point.accuracy, point.n, point.seconds, point.tokens) == (0.5, 2, 2.0, 1e6)
    assert point.cost == pytest.approx((0.15 + 0.05) / 2)
    assert pooled("x", "unknown", []) is None
    unknown = pooled("x", "unknown", [answer("1", "A", tokens_in=1.0, tokens_out=1.0)])
    assert unknown is not None
    assert unknown.cost is None


def test_of_equal_costs_the_more_accurate_is_kept() -> None:
    def point(name: str, accuracy: float, cost: float | None) -> Point:
        return Point(name, accuracy, cost, None, 10)

    kept = front([point("a", 0.2, 1), point("b", 0.3, 1), point("c", 0.3, 2), point("d", 0.9, None)])
    assert [one.name for one in kept] == ["b"]
