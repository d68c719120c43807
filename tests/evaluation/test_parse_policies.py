from __future__ import annotations

from pathlib import Path

import pytest

from workup.case import Question
from workup.errors import UserError
from workup.evaluation import parse
from workup.evaluation.parse import POLICIES, Correction
from workup.evaluation.parse.policies import ALL

DRUGS = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin"}
LABELS = ("Entailment", "Contradiction")


@pytest.mark.parametrize(
    ("text", "policy", "expected"),
    [
        ("B", "exact", "B"),
        ("b", "exact", None),
        (" B", "exact", None),
        ("", "exact", None),
        (r"\boxed{b} or \boxed{C}", "first-box", "B"),
        (r"B \boxed{}", "first-box", None),
        ("B", "first-box", None),
        ("Not heparin but aspirin", "first-keyword", "B"),
        ("<think>C</think>Answer: B", "strict", "B"),
        ("**Answer:** (B) Heparin", "strict", "B"),
        ("B. Heparin", "strict", "B"),
        ("B. Warfarin", "strict", None),
        ("I would give heparin.", "strict", None),
        ("The answer is B, I think.", "strict", None),
        ('```json\n{"answer": "B"}\n```', "strict", "B"),
    ],
)
def test_choice_by_policy(text: str, policy: str, expected: str | None) -> None:
    found = parse.choice(text, DRUGS, policy=policy)
    assert (found.value, found.policy) == (expected, policy)


def test_undecided_is_unread_but_by_the_rule_of_d_nlp() -> None:
    text = "We cannot determine whether the statement is true or false."
    assert parse.label(text, LABELS).value is None
    assert parse.label(text, LABELS).why == "undecided"
    assert parse.label(text, LABELS, policy="d-nlp").value == "Contradiction"


def test_first_keyword_ignores_negation() -> None:
    text = "The statement does not contradict the report; it is entailed."
    assert parse.label(text, LABELS, policy="first-keyword").value == "Contradiction"
    assert parse.label(text, LABELS).value == "Entailment"


def test_strict_choices() -> None:
    assert parse.choices("C, A", DRUGS, policy="strict").value == ("A", "C")
    assert parse.choices('["A", "C"]', DRUGS, policy="strict").value == ("A", "C")
    assert parse.choices("AC", DRUGS, policy="strict").value == ("A", "C")
    assert parse.choices("A and perhaps C", DRUGS, policy="strict").value is None


def test_a_policy_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="no such policy: 'lax'; try strict, lenient"):
        parse.choice("B", DRUGS, policy="lax")
    with pytest.raises(UserError, match="does not read a number"):
        parse.number("3", policy="exact")


def test_every_policy_says_what_it_does_and_where_it_comes_from() -> None:
    for name, policy in POLICIES.items():
        assert policy.name == name
        assert policy.summary
        assert policy.source
        assert set(policy.kinds) <= set(ALL)
    assert {"strict", "lenient", "exact", "first-box", "first-keyword", "medrect-loose"} <= set(POLICIES)


@pytest.mark.parametrize(
    ("question", "text", "level", "ids"),
    [
        (Question("?", DRUGS), "Answer: B", "option", ("B",)),
        (Question("?", DRUGS, form="choices"), "A and C", "option", ("A", "C")),
        (Question("?", {name: name for name in LABELS}, form="label"), "It is entailed.", "label", ("Entailment",)),
        (Question("?", {"A": "yes", "B": "no", "C": "maybe"}), "Oui.", "option", ("A",)),
        (Question("?", form="number"), "The score is 3.", "number", ("3",)),
        (Question("?", form="number", extensions={"unit": "mg"}), "0.5 g", "number", ("500",)),
        (Question("?", form="diagnosis"), "1. Gout\n2. Lupus", "list", ("Gout", "Lupus")),
        (Question("?", form="correction"), "CORRECT", "label", ("CORRECT",)),
        (Question("?", form="correction"), "4: The dose is 5 mg.", "label", ("4",)),
        (Question("?", form="text"), "<think>x</think> Rest and fluids.", "text", ()),
    ],
)
def test_answer_goes_by_the_form_of_the_question(
    question: Question, text: str, level: str, ids: tuple[str, ...]
) -> None:
    answer = parse.to_answer(parse.answer(text, question), question)
    assert answer is not None
    assert (answer.level, answer.ids) == (level, ids)


def test_unread_is_no_answer() -> None:
    question = Question("?", DRUGS)
    found = parse.answer("A or B", question)
    assert (found.value, found.why) == (None, "ambiguous: A, B")
    assert parse.to_answer(found, question) is None


def test_a_policy_for_another_form_gives_way_to_lenient() -> None:
    assert parse.answer("It is 3.", Question("?", form="number"), policy="first-box").policy == "lenient"


def test_text_and_correction_keep_their_words() -> None:
    question = Question("?", form="correction")
    found = parse.answer("4: The dose is 5 mg.", question)
    assert found.value == Correction("4", "The dose is 5 mg.")
    answer = parse.to_answer(found, question)
    assert answer is not None
    assert answer.text == "The dose is 5 mg."


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "object", "required": ["a"]}, '{"b": 1}', None),
        ({"type": "object", "properties": {"a": {"enum": [1, 2]}}}, '{"a": 3}', None),
        ({"type": "object", "properties": {"a": {"enum": [1, 2]}}}, '{"a": 3} {"a": 2} {"a": 4}', {"a": 2}),
        ({"type": "object", "additionalProperties": False}, '{"a": 3}', None),
        ({"type": "array", "items": {"type": "integer"}}, "[1, true]", None),
        ({"type": "array", "items": {"type": "integer"}}, "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": "x"} {"a": 5}', {"a": 5}),
    ],
)
def test_json_must_fit_its_schema(schema: object, text: str, value: object) -> None:
    assert parse.json_value(text, schema=schema).value == value  # type: ignore[arg-type]


def test_every_policy_is_documented() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "parsing.md").read_text()
    assert [name for name in POLICIES if f"| `{name}` |" not in page] == []
