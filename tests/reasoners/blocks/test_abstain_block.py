"""Measures of confidence and the rule over them, by hand; and the one report of what abstaining buys."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import Case, Question, Reference
from workup.evaluation.abstention import RiskCoverage, area, sweep
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.reasoners.blocks import abstain
from workup.reasoners.blocks.abstain import (
    Abstain,
    Confidence,
    accepted,
    numerical,
    scale,
    stated,
    token_share,
    vote_share,
)
from workup.reasoning import Answer, Reasoning

MAJORITY = Abstain(threshold=0.5, above=True, otherwise="ask")


@pytest.mark.parametrize(
    ("said", "action"),
    [
        ([True], "answer"),
        ([False], "ask"),
        ([True, False], "ask"),  # a tie is no
        ([True, True, False], "answer"),
        ([True, None], "ask"),  # who cannot be read does not say yes
        ([None], "ask"),
        ([], "ask"),
    ],
)
def test_stated_needs_a_majority(said: list[bool | None], action: str) -> None:
    assert MAJORITY.decide(stated(said)).action == action


@pytest.mark.parametrize(
    ("said", "value", "action"),
    [([5], 5.0, "answer"), ([4], 4.0, "answer"), ([5, 3], 4.0, "answer"), ([5, 2], 3.5, "ask"), ([None], 0.0, "ask")],
)
def test_scale_answers_from_four(said: list[int | None], value: float, action: str) -> None:
    decision = Abstain(threshold=4.0, otherwise="ask").decide(scale(said))
    assert (decision.confidence.value, decision.action) == (value, action)


def test_numerical_is_a_mean_and_unread_counts_as_nothing() -> None:
    found = numerical([0.9, 0.8, None])
    assert math.isclose(found.value, 1.7 / 3)
    assert (found.n, found.unread) == (3, 1)
    assert Abstain(threshold=0.8, otherwise="ask").decide(numerical([0.8])).answers


def test_votes_tokens_and_arguments() -> None:
    assert vote_share(["A", "A", "B", None, "A"]).share == 0.6
    tokens = {" [Retrieval]": math.log(0.6), "[No Retrieval]": math.log(0.2), "x": math.log(0.2)}
    both = ["[Retrieval]", "[No Retrieval]"]
    assert math.isclose(token_share(tokens, "[Retrieval]", both).share, 0.75)
    assert math.isclose(token_share(tokens, "[Retrieval]").share, 0.6)
    # A token that is missing among the likely ones is impossible, and no crash.
    assert token_share(tokens, "[Utility:5]", both).share == 0.0
    assert token_share({}, "[Retrieval]", both) == Confidence(measure="token", value=0.0, share=0.0, unread=1)
    refuse = Abstain(threshold=1.0)
    assert [refuse.decide(accepted(names, 3)).action for names in ((), ("surgery",))] == ["refuse", "answer"]


def test_a_decision_as_a_step_says_measure_value_threshold_and_action() -> None:
    step = Abstain(threshold=4.0, otherwise="ask").decide(scale([2, None])).step(by="doctor", turn=3, about="o3")
    assert step.claim == "scale confidence 1.00, 1 of 2 unread, threshold 4: ask"
    assert (step.kind, step.turn, step.links[0].to, step.unread) == ("verdict", 3, "o3", False)
    assert Abstain(threshold=4.0).decide(scale([None])).step(by="doctor").unread


def test_labels_have_five_points_to_one() -> None:
    assert [abstain.points(label) for label in abstain.LABELS] == [5, 4, 3, 2, 1]


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=8), st.floats(0, 1))
def test_more_confidence_never_turns_an_answer_into_a_question(said: list[float | None], more: float) -> None:
    rule = Abstain(threshold=0.5, otherwise="ask")
    before, after = numerical(said), numerical([*said, 1.0])
    if rule.decide(before).answers:
        assert rule.decide(after).answers
    assert 0 <= after.share <= 1


def test_a_confidence_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no confidence"):
        Confidence(measure="stated", value=math.nan, share=0.0)


def attempt(case: Case, key: str | None, probability: float) -> Attempt:
    assert case.question is not None
    answer = Answer(level="option", text="", ids=(key,), probability=probability) if key else None
    reasoning = Reasoning(reasoner="toy", answer=answer, abstained="" if key else "no argument survives")
    named = AttemptKey(benchmark="toy", version="1", case_id=case.id, case="", reasoner="toy")
    return Attempt(key=named, reasoning=reasoning)


def test_risk_coverage_by_hand() -> None:
    case = Case(id="1", question=Question("?", {"A": "x", "B": "y"}), reference=Reference(answer="A"))
    attempts = [attempt(case, "A", 0.9), attempt(case, "B", 0.6), attempt(case, None, 0.0), attempt(case, "A", 0.3)]
    found = RiskCoverage(thresholds=(0.5, 0.8, 0.95)).estimate([case] * 4, attempts)
    # Answered in the order of confidence: right, wrong, right.
    assert found.value is not None
    assert math.isclose(found.value, (0 + 1 / 2 + 1 / 3) / 3)
    assert found.n == 3
    assert (found.parts["coverage at 0.5"], found.parts["risk at 0.5"]) == (0.5, 0.5)
    assert (found.parts["coverage at 0.8"], found.parts["risk at 0.8"]) == (0.25, 0.0)
    assert found.parts["coverage at 0.95"] == 0.0
    assert "risk at 0.95" not in found.parts
    assert found.notes == ("1 attempts have no answer and are in no part of the risk-coverage curve",)
    assert RiskCoverage().estimate([case], [attempts[2]]).value is None


def test_sweep_counts_the_unanswered_in_coverage() -> None:
    low, high = sweep([0.9, None], [True, False], (0.5, 0.95))
    assert (low.coverage, low.risk, high.coverage, high.risk) == (0.5, 0.0, 0.0, None)


def test_area_does_not_depend_on_order() -> None:
    import numpy as np

    confidence, right = np.array([0.5, 0.5, 0.9]), np.array([1, 0, 1])
    assert area(confidence, right) == area(confidence[::-1], right[::-1])
