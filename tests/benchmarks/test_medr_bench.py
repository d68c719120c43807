"""MedR-Bench: counting verdicts, ours and the released way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.medr_bench import MedRBench, says_correct, step_scores, step_verdicts
from workup.case import Case
from workup.errors import DataError

JUDGED: dict[str, Any] = {
    "reasoning_eval": [
        {"step": "a", "efficiency": "Reasoning", "factulity": "Correct"},
        {"step": "b", "efficiency": "Reasoning", "factulity": "Incorrect"},
        {"step": "c", "efficiency": "Reasoning", "factulity": "I cannot say"},
        {"step": "d", "efficiency": "Citation", "factulity": None},
        {"step": "e", "efficiency": "no label", "factulity": None},
    ],
    "gt_reasoning_eval": [{"step": "x", "hit": "Yes"}, {"step": "y", "hit": "No"}, {"step": "z", "hit": "yes, partly"}],
}


def test_ours_leaves_out_what_could_not_be_read() -> None:
    scores = step_scores(step_verdicts(JUDGED))
    # 3 of 4 labelled steps reason; 1 of 2 judged ones is right; 1 of 2 judged references is hit.
    assert (scores.efficiency.value, scores.efficiency.unread) == (0.75, 1)
    assert (scores.factuality.value, scores.factuality.unread) == (0.5, 1)
    assert (scores.completeness.value, scores.completeness.unread) == (0.5, 1)


def test_upstream_reads_loosely() -> None:
    scores = step_scores(step_verdicts(JUDGED, upstream_compatible=True))
    assert scores.efficiency.value == pytest.approx(3 / 5)
    # "Incorrect" holds "correct".
    assert scores.factuality.value == pytest.approx(2 / 3)
    assert scores.completeness.value == pytest.approx(2 / 3)


def test_a_case_that_only_cites_has_no_factuality() -> None:
    scores = step_scores(step_verdicts({"steps": [["Citation", None]], "gt_hits": []}))
    assert (scores.efficiency.value, scores.factuality.value, scores.completeness.value) == (0, 0, 0)
    assert scores.factuality.possible == 0


def test_anything_else_is_no_judged_case() -> None:
    with pytest.raises(DataError, match="no judged case"):
        step_verdicts({"answer": "x"})


@pytest.mark.parametrize(
    ("words", "ours", "theirs"),
    [
        ("Correct", True, True),
        ("The prediction is incorrect.", False, True),
        ("Not correct", False, True),
        ("Wrong.", False, False),
        ("correct or incorrect?", None, True),
        ("no idea", None, False),
    ],
)
def test_a_judge_saying_incorrect(words: str, ours: bool | None, theirs: bool) -> None:
    assert says_correct(words) is ours
    assert says_correct(words, upstream_compatible=True) is theirs


def test_both_kinds_of_cases_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.json"
    diagnosis = {"case_summary": "A man.", "differential_diagnosis": "1. x\n2. y", "diagnosis_results": "x"}
    treatment = {"case_summary": "A man.", "treatment_planning_analysis": "z", "treatment_plan_results": "rest"}
    rows = {
        "PMC1": {"generate_case": diagnosis, "checked_rare_disease": ["x"]},
        "PMC2": {"generate_case": treatment, "checked_rare_disease": []},
        "PMC3": {"generate_case": {"case_summary": "A man."}},
    }
    path.write_text(json.dumps(rows))
    first, second, bad = MedRBench().read([path])
    assert isinstance(first, Case)
    assert first.reference is not None
    assert (first.reference.answer, first.reference.steps, first.provenance["rare"]) == ("x", ("1. x", "2. y"), True)
    assert isinstance(second, Case)
    assert second.question is not None
    assert second.question.form == "text"
    assert not isinstance(bad, Case)
    assert bad.field == "diagnosis_results"
