"""Options that are figures, answers that are taken back, and short verdicts: a wrong reading here is a wrong score."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation import parse

DOSES = {"A": "5 mg", "B": "10 mg", "C": "15 mg"}
SIGNED = {"A": "-5", "B": "5"}
SHARES = {"A": "10%", "B": "10"}
HOURS = {"A": "6-12 hours", "B": "12-24 hours"}
LIMITS = {"A": ">10", "B": "<10"}
DRUGS = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin", "D": "Clopidogrel"}


@pytest.mark.parametrize(
    ("options", "reply", "key"),
    [
        # A figure is not a part of another figure.
        (DOSES, "The answer is 1.5 mg", None),
        (DOSES, "Give 5-10 mg", None),
        (DOSES, "Give 25 mg", None),
        (DOSES, "Give 10mg.", "B"),
        (DOSES, "The dose is 15 mg, not 5 mg", "C"),
        ({"A": "2", "B": "10"}, "The answer is 10.5", None),
        ({"A": "2", "B": "12"}, "12-24", None),
        ({"A": "0.5", "B": "5"}, "The answer is 0.5", "A"),
        ({"A": "1,000 mL", "B": "100 mL"}, "Give 1,000 mL of saline", "A"),
        # Signs, comparisons and per cent tell options apart.
        (SIGNED, "-5", "A"),
        (SIGNED, "The answer is -5.", "A"),
        (SIGNED, "The answer is 5.", "B"),
        (SHARES, "10%", "A"),
        (SHARES, "10", "B"),
        (LIMITS, "Answer: < 10", "B"),
        (LIMITS, ">10", "A"),
        (HOURS, "Within 12-24 hours", "B"),
        (HOURS, "6\u201312 hours", "A"),
        # A hyphen within a name is no sign.
        ({"A": "IL-6", "B": "IL-1"}, "The answer is IL 6.", "A"),
        ({"A": "HLA-B27", "B": "HLA-B51"}, "HLA-B27", "A"),
        # An announced answer that is taken back.
        (DRUGS, "The answer is A. Wait, actually it's B.", "B"),
        (DRUGS, "The answer is A. No, wait: I mean heparin.", "B"),
        (DRUGS, "The answer is A. Wait, B would be too slow.", "A"),
        (DRUGS, "The answer is A. Actually, B and C are wrong.", "A"),
        (DRUGS, "The answer is A. No contraindication to B is known.", "A"),
        (DRUGS, "La bonne r\u00e9ponse n'est pas A mais D", "D"),
        (DRUGS, "La respuesta no es la A sino la D", "D"),
        (DRUGS, "None of A, B, or C; only D fits.", "D"),
        (DRUGS, "Among A, B, C and D, the best is C.", "C"),
        (DRUGS, "Response: A\n\nHowever, heparin is used in pregnancy.", "A"),
        (DRUGS, "\u6b63\u89e3\u306fC\u3067\u306f\u306a\u304fD\u3067\u3059", "D"),
    ],
)
def test_options(options: Mapping[str, str], reply: str, key: str | None) -> None:
    assert parse.choice(reply, options).value == key


@given(st.integers(1, 999), st.integers(1, 9))
def test_a_decimal_is_not_its_digits(whole: int, tenths: int) -> None:
    options = {"A": str(whole), "B": f"{whole}.{tenths}", "C": f"-{whole}", "D": f"{whole}%"}
    for key, text in options.items():
        assert parse.choice(text, options).value == key
        assert parse.choice(f"The answer is {text}.", options).value == key


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ('{"answer": true}', "yes"),
        ('{"answer": false}', "no"),
        ("Definitely not.", "no"),
        ("Absolutely!", "yes"),
        ("False", "no"),
        ("Answer: True", "yes"),
        ("It is unclear", "maybe"),
        ("pas du tout", "no"),
        ("claro que s\u00ed", "yes"),
        ("\u4e0d\u80fd\u786e\u5b9a", "maybe"),
        ("\u305d\u306e\u901a\u308a\u3067\u3059", "yes"),
        ("Yes. No, wait: no.", "no"),
        ("Yes. Wait, no because the groups differ.", "no"),
        ("I can't say yes", None),
        ("It is not true that the answer is yes", None),
        # Courtesies at the beginning are no verdicts.
        ("Certainly! The answer is no.", "no"),
        ("Absolutely! Let me look at the abstract.", None),
    ],
)
def test_verdicts(reply: str, verdict: str | None) -> None:
    assert parse.yes_no_maybe(reply).value == verdict


def test_a_label_that_is_taken_back() -> None:
    labels = ("Entailment", "Contradiction")
    assert parse.label("The answer is Contradiction. Wait, actually it is Entailment.", labels).value == "Entailment"
    assert parse.label("The answer is Contradiction. Actually, the trial agrees.", labels).value == "Contradiction"


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("1.2\u00d710\u207b\u00b3", 0.0012),
        ("1.2\u00d710\u00b3", 1200.0),
        (r"$\frac{1}{2}$", 0.5),
        ("The score is 7 out of 10", 7.0),
        ("4 of a possible 9 points", 4.0),
        ("7 of 10 patients had 3 points", None),
    ],
)
def test_numbers(reply: str, value: float | None) -> None:
    assert parse.number(reply).value == value


@pytest.mark.parametrize(
    "reply",
    ["Most likely: Lupus\nSecond: Gout", "#1 Lupus\n#2 Gout", "Most likely: Lupus\nSecond most likely: Gout"],
)
def test_lists(reply: str) -> None:
    assert parse.ranked_list(reply).value == ("Lupus", "Gout")
