"""Numeric tolerance: every rule on every kind, and words that are no number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.numbers import Target, is_right, limits, read_date, read_number, read_weeks

DECIMAL = Target("decimal", "10", 9.5, 10.5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12.0),
        ("-3.5 mmol/L", -3.5),
        ("−0.16", -0.16),
        ("1,250.5 mg", 1250.5),
        ("≈ 2.06155 m^2", 2.06155),
        ("39.99991 ml/min/1.73 m²", 39.99991),
        ("1.5e3", 1500.0),
        (".5", 0.5),
        ("50%", 50.0),
        ("**7**", 7.0),
        ("(140 - 110) / 2", 15.0),
        ("3/4", 0.75),
        ("", None),
        ("none", None),
        ("nan", None),
        ("3 to 4", None),
        ("3-4 points", None),
        ("1/0", None),
        ("((((", None),
        ("9**9**9", None),
        ("__import__('os').system('x')", None),
    ],
)
def test_numbers_are_read_and_nothing_is_run(text: str, value: float | None) -> None:
    assert read_number(text) == value


@given(st.text(max_size=60))
def test_any_text_gives_a_finite_number_or_none(text: str) -> None:
    value = read_number(text)
    assert value is None or abs(value) < float("inf")
    read_date(text)
    read_weeks(text)


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_a_number_written_out_is_read_back(value: float) -> None:
    assert read_number(repr(value)) == value


def test_dates_are_equal_however_padded() -> None:
    target = Target("date", "04/01/2000")
    assert is_right(target, "4/1/2000") is True
    assert is_right(target, "The due date is 04/01/2000.") is True
    assert is_right(target, "01/04/2000") is False
    assert is_right(target, "2/30/2000") is None
    assert is_right(target, "4/1/2000 or 4/2/2000") is None


def test_weeks_and_days_are_both_equal() -> None:
    target = Target("weeks", "('9 weeks', '5 days')")
    assert is_right(target, "(9, 5)") is True
    assert is_right(target, "9 weeks and 5 days") is True
    assert is_right(target, "9 weeks, 4 days") is False
    assert is_right(target, "9 weeks") is None


def test_whole_numbers_are_rounded_halves_to_even() -> None:
    assert is_right(Target("integer", "3"), "3.4") is True
    assert is_right(Target("integer", "2"), "2.5") is True
    assert is_right(Target("integer", "3"), "2.5") is False
    assert is_right(Target("integer", "3"), "three") is None


def test_decimals_lie_within_the_limits_ends_included() -> None:
    assert is_right(DECIMAL, "9.5") is True
    assert is_right(DECIMAL, "10.5") is True
    assert is_right(DECIMAL, "10.50001") is False
    assert limits(-0.2) == (-0.21000000000000002, -0.19)
    with pytest.raises(ValueError, match="limits in order"):
        Target("decimal", "-1", -0.95, -1.05)
