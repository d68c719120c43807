"""Perturbations of text that nobody wrote for them: the knowledge base's rules read it."""

from __future__ import annotations

import pytest

from workup.case import Case, Question, Reference
from workup.evaluation.audits.mentions import mentioned
from workup.evaluation.audits.perturbations import PERTURBATIONS, vary
from workup.evaluation.audits.variant import unlike

TEXT = (
    "A 52-year-old man comes to the office because of seizures and a skin rash. He has no headache. "
    "His temperature is 38.1°C (100.6°F) and his pulse is 67/min. Then he fell. Which drug prevents seizures?"
)
CASE = Case(id="q", question=Question(TEXT, {"A": "Gout", "B": "Measles"}), reference=Reference(answer="A"))


def test_what_the_question_asks_is_no_finding() -> None:
    said = mentioned(CASE)
    assert {(one.words.casefold(), one.status) for one in said} >= {("seizures", "present"), ("headache", "excluded")}
    assert all(one.start < TEXT.index("Which drug") for one in said)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_edits_of_real_text(name: str) -> None:
    made = vary(CASE, (name,))
    assert not made.failed
    for variant in made.variants:
        assert unlike(CASE, variant.case, variant.edits) == ()
        question = variant.case.question
        assert question is not None
        if variant.expectation != "control":
            assert question.text.endswith("Which drug prevents seizures?") or name in ("injection", "typo")


def test_a_value_in_two_units_is_left_alone() -> None:
    for seed in range(8):
        (variant,) = vary(CASE, ("number",), seed=seed).variants
        assert variant.edits[0].before == "67"


def test_what_points_back_stays_where_it_is() -> None:
    for seed in range(8):
        for variant in vary(CASE, ("reorder",), seed=seed).variants:
            question = variant.case.question
            assert question is not None
            assert "/min. Then he fell. Which" in question.text
