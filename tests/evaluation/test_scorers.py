"""Scorers of keys and labels: what is right, and why there is no answer."""

from __future__ import annotations

from workup.case import Case, Question, Reference
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.scorers import ACCURACY, MACRO_F1, RightAnswer, why_none
from workup.reasoning import Answer, Reasoning

KEY = AttemptKey(benchmark="toy", version="1", case_id="1", case="", reasoner="r")


def case(right: str, *accepted: str) -> Case:
    return Case("1", question=Question("?", {"A": "a", "B": "b"}), reference=Reference(answer=right, accepted=accepted))


def attempt(given: str | None, *, abstained: str = "", error: str = "") -> Attempt:
    if error:
        return Attempt(key=KEY, error=error)
    answer = None if given is None else Answer(level="option", text=given, ids=(given,))
    return Attempt(key=KEY, reasoning=Reasoning(reasoner="r", answer=answer, abstained=abstained))


def test_any_right_answer_counts() -> None:
    scorer = RightAnswer()
    assert scorer.score(case("A"), attempt("A")).total == 1
    assert scorer.score(case("A", "B"), attempt("B")).total == 1
    assert scorer.score(case("A"), attempt("B")).total == 0
    assert scorer.score(Case("1"), attempt("A")).total == 0


def test_no_answer_is_wrong_and_says_why() -> None:
    reasons = {
        "failed": attempt(None, error="timeout"),
        "abstained": attempt(None, abstained="not enough"),
        "unparsed": attempt(None),
        "": attempt("A"),
    }
    for reason, tried in reasons.items():
        assert why_none(tried) == reason
    score = RightAnswer().score(case("A"), reasons["unparsed"])
    assert (score.total, score.notes) == (0, ("unparsed",))


def test_a_run_is_measured_with_its_gaps() -> None:
    cases = [case("A"), case("A"), case("B"), case("B", "A")]
    attempts = [attempt("A"), attempt("B"), attempt(None), attempt("A")]
    accuracy = ACCURACY.estimate(cases, attempts)
    assert (accuracy.value, accuracy.n, accuracy.notes) == (0.5, 4, ("1 unparsed, counted as wrong",))
    assert accuracy.interval is not None
    assert accuracy.interval[0] <= 0.5 <= accuracy.interval[1]
    macro = MACRO_F1.estimate(cases, attempts)
    # A: precision 1, recall 1/2. B: one of two given, one of two found.
    assert macro.value is not None
    assert round(macro.value, 4) == round((2 / 3 + 1 / 2) / 2, 4)
    assert ACCURACY.estimate([], []).value is None
    assert ACCURACY.estimate(cases, attempts, seed=1) == ACCURACY.estimate(cases, attempts, seed=1)
