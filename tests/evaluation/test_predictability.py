"""Guessing an answer from the record of its reasoning."""

from __future__ import annotations

import pytest

from workup.case import Question
from workup.evaluation.predictability import (
    error_detection,
    guess_by_model,
    guess_by_rule,
    predictability,
    record_of,
)
from workup.models import Scripted
from workup.reasoning import Answer, Link, Reasoning, Step

QUESTION = Question("Which?", {"A": "Topiramate", "B": "Propranolol", "C": "Verapamil"})


def reasoning(*steps: Step, answer: str | None = "B") -> Reasoning:
    given = Answer(level="option", text="", ids=(answer,)) if answer else None
    return Reasoning(reasoner="x", steps=steps, answer=given)


def argued(name: str, claim: str, *against: str) -> Step:
    links = tuple(Link(other, "attacks") for other in against)
    return Step(kind="argument", id=name, by="generator", claim=claim, links=links)


DEBATE = reasoning(
    argued("A1", "topiramate should be considered, topiramate works", "A3"),
    argued("A2", "topiramate leads to stones", "A1"),
    argued("A3", "propranolol should be considered", "A1"),
    Step(kind="decision", claim="chosen: B (Propranolol)"),
)


def test_record_leaves_out_the_choice() -> None:
    words = record_of(DEBATE)
    assert "chosen" not in words
    assert words.splitlines()[1] == "A2 generator: topiramate leads to stones (speaks against A1)"


def test_the_rule_drops_what_is_defeated_and_counts_the_rest() -> None:
    # Two steps name topiramate and one propranolol; but what brought topiramate up is defeated.
    assert guess_by_rule(DEBATE, QUESTION) == "B"
    undefeated = reasoning(*(step for step in DEBATE.steps if step.id != "A2"))
    assert guess_by_rule(undefeated, QUESTION) == "A"
    letters = reasoning(Step(kind="opinion", claim="Answer: C"), Step(kind="opinion", claim="Answer: C"))
    assert guess_by_rule(letters, QUESTION) == "C"
    assert guess_by_rule(reasoning(Step(kind="claim", claim="hm")), QUESTION) is None


def test_the_model_sees_the_record_and_not_the_case() -> None:
    asked = []

    class Asked(Scripted):
        def generate(self, messages, **given):  # type: ignore[no-untyped-def]
            asked.append(messages[-1].content)
            return super().generate(messages, **given)

    model = Asked(["Answer: B", "who knows"])
    assert guess_by_model(DEBATE, QUESTION, model) == "B"
    assert guess_by_model(DEBATE, QUESTION, model) is None
    assert asked[0].startswith("<dialogue>\nA1 generator: topiramate")
    assert "chosen" not in asked[0]


def test_predictability() -> None:
    none = reasoning(answer=None)
    found = predictability([DEBATE, DEBATE, DEBATE, none], ["B", "A", None, "A"])
    assert (found.value, found.n) == (pytest.approx(1 / 3), 3)
    assert found.interval is not None
    assert found.notes == ("1 of 4 without an answer are left out",)
    assert predictability([none], ["A"]).value is None


def test_error_detection() -> None:
    precision, recall = error_detection([True, True, True, False], [True, True, False, True])
    assert (precision.value, precision.n) == (pytest.approx(2 / 3), 3)
    assert (recall.value, recall.n) == (pytest.approx(2 / 3), 3)
    assert error_detection([False], [False])[0].value is None
