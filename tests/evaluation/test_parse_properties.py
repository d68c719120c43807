from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.case import Question
from workup.evaluation import parse
from workup.evaluation.parse import POLICIES, Parsed
from workup.evaluation.parse.clean import view

DRUGS = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin", "D": "No treatment"}
LABELS = ("Entailment", "Contradiction")
# Pieces that mean something to the reader, so that random texts reach its rules.
PIECES = (
    *"ABCDEIabi ?.,:;!\n()[]{}*\"'\\/<>-=",
    *(
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "\\boxed{",
        "}",
        "the answer is ",
        "Answer: ",
        "not ",
        "is wrong ",
    ),
    *(
        "heparin",
        "Aspirin ",
        "no treatment",
        " or ",
        " and ",
        "wait, ",
        "so ",
        "Question: ",
        "yes",
        "no ",
        "maybe",
        "はい",
    ),
    *(
        "entailment",
        "contradicts ",
        "statement ",
        "cannot ",
        "1. ",
        "12",
        "3/0",
        "1e999",
        "-",
        "2023-02-30",
        '{"a":',
        "[1,",
    ),
    *(
        "Ｂ",
        "\u200b",
        "é",
        "e\u0301",
        "½",
        "²",
        "\ud800",
        "\x00",
        "<|im_end|>",
        "Human: ",
        "3: x",
        "CORRECT",
        "not not ",
        "İ",
    ),
)
texts = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
READERS: dict[str, Callable[[str, str], Parsed]] = {
    "choice": lambda text, policy: parse.choice(text, DRUGS, policy=policy),
    "choices": lambda text, policy: parse.choices(text, DRUGS, policy=policy),
    "label": lambda text, policy: parse.label(text, LABELS, policy=policy),
    "yes_no_maybe": lambda text, policy: parse.yes_no_maybe(text, policy=policy),
    "number": lambda text, policy: parse.number(text, policy=policy),
    "quantity": lambda text, policy: parse.quantity(text, unit="mg", policy=policy),
    "date": lambda text, policy: parse.date(text, policy=policy),
    "ranked_list": lambda text, policy: parse.ranked_list(text, policy=policy),
    "json_value": lambda text, policy: parse.json_value(text, policy=policy),
    "correction": lambda text, policy: parse.correction(text, policy=policy),
}


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=120)
@given(text=texts)
def test_never_raises_and_says_where_and_why(kind: str, text: str) -> None:
    for name, policy in POLICIES.items():
        if kind in policy.kinds:
            found = READERS[kind](text, name)
            assert 0 <= found.start <= found.end <= len(text)
            assert found.why
            assert found == READERS[kind](text, name)


@settings(max_examples=300)
@given(text=texts)
def test_value_is_always_one_of_the_options(text: str) -> None:
    for policy in ("strict", "lenient"):
        assert parse.choice(text, DRUGS, policy=policy).value in (None, *DRUGS)
        assert set(parse.choices(text, DRUGS, policy=policy).value or ()) <= set(DRUGS)
        assert parse.label(text, LABELS, policy=policy).value in (None, *LABELS)
        assert parse.yes_no_maybe(text, policy=policy).value in (None, "yes", "no", "maybe")


@settings(max_examples=150)
@given(text=texts, options=st.dictionaries(st.text(max_size=3), st.text(max_size=12), max_size=6))
def test_odd_options_do_no_harm(text: str, options: dict[str, str]) -> None:
    for form in ("choice", "choices", "label", "rationale"):
        question = Question("?", options, form=form)  # type: ignore[arg-type]
        found = parse.answer(text, question)
        if options and found.value is not None:
            assert set(found.value if isinstance(found.value, tuple) else (found.value,)) <= set(options)
        parse.to_answer(found, question)


@given(text=texts)
def test_plain_text_maps_into_the_raw_text(text: str) -> None:
    plain = view(text)
    assert len(plain.text) == len(plain.low) == len(plain.starts) == len(plain.ends)
    assert plain.starts == sorted(plain.starts)
    assert all(0 <= start < end <= len(text) for start, end in zip(plain.starts, plain.ends, strict=True))


thoughts = st.lists(
    st.one_of(
        st.text(st.characters(codec="utf-8", exclude_characters="<>[]◁▷＜＞"), max_size=40),
        st.sampled_from(PIECES[:24]),
    ),
    max_size=8,
).map(lambda parts: "".join(parts).replace("<", "").replace(">", "").replace("[", ""))
STRICT_FORMS = ("{}", "({})", "**{}**", "{}.", "Answer: {}", "**Answer:** {}", "<answer>{}</answer>", r"\boxed{{{}}}")
POLITE = ("I hope this helps!", "Let me know if you have any questions.", "Please consult a doctor.", "Thank you.")


@settings(max_examples=200)
@given(
    key=st.sampled_from(list(DRUGS)),
    form=st.sampled_from((*STRICT_FORMS, '{{"answer": "{}"}}')),
    thought=thoughts,
    courtesy=st.sampled_from(POLITE),
    policy=st.sampled_from(("strict", "lenient")),
)
def test_thinking_in_front_and_courtesies_behind_change_nothing(
    key: str, form: str, thought: str, courtesy: str, policy: str
) -> None:
    plain = form.format(key)
    for text in (plain, f"<think>{thought}</think>{plain}", f"{thought}</think>\n{plain}", f"{plain}\n\n{courtesy}"):
        found = parse.choice(text, DRUGS, policy=policy)
        assert found.value == key, text
        assert key in text[found.start : found.end]


@given(value=st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_as_python_writes_them_are_read_back(value: float) -> None:
    assert parse.number(repr(value)).value == value
    assert parse.number(f"The answer is {value!r}.").value == value


@given(value=st.integers(-(10**15), 10**15))
def test_thousands_are_read_back(value: int) -> None:
    assert parse.number(f"{value:,}").value == float(value)


@given(day=st.dates())
def test_dates_are_read_back(day: object) -> None:
    assert parse.date(f"It was on {day}.").value == str(day)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc_", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text("abc_", min_size=1), json_values, min_size=1, max_size=3))
def test_json_is_read_back_as_json_reads_it(value: dict[str, object]) -> None:
    import json

    assert parse.json_value(json.dumps(value)).value == value
    assert parse.json_value(f"Here: {json.dumps(value, indent=1)} as asked").value == value
    cut = json.dumps(value)[:-1]
    assert parse.json_value(cut).value is None
