from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.features.rules import LARGEST, UnusableRule, is_name, parse_rule, read_reply

NAMES = ("a", "b", "c")
TABLE = np.array([[1.0, 2.0, 0.0], [4.0, -2.0, 3.0], [np.nan, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a + b * 2", [5.0, 0.0]),
        ("-(a - b) / 2", [0.5, -3.0]),
        ("abs(b)", [2.0, 2.0]),
        ("min(a, b, 1.5)", [1.0, -2.0]),
        ("max(a, b)", [2.0, 4.0]),
        ("where(b > 0, a, 10 * a)", [1.0, 40.0]),
        ("a >= 4", [0.0, 1.0]),
        ("x1 == 1", [1.0, 0.0]),
    ],
)
def test_values_worked_by_hand(text: str, column: list[float]) -> None:
    found = parse_rule(text, NAMES).column(TABLE)
    assert found[:2].tolist() == column


def test_missing_stays_missing_and_only_where_it_is_read() -> None:
    assert np.isnan(parse_rule("a * 2", NAMES).column(TABLE)[2])
    assert np.isnan(parse_rule("a > 0", NAMES).column(TABLE)[2])
    assert parse_rule("b + c", NAMES).column(TABLE).tolist() == [2.0, 1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("__import__('os').system('true')", "syntax"),
        ("a.__class__", "syntax"),
        ("(lambda: 1)()", "syntax"),
        ("[a for a in b]", "syntax"),
        ("a ** b", "syntax"),
        ("a if b else c", "syntax"),
        ("a < b < c", "syntax"),
        ("True + a", "syntax"),
        ("'text'", "syntax"),
        ("1e400 * a", "syntax"),
        ("9" * 400 + " * a", "syntax"),
        ("a +", "syntax"),
        ("a\x00", "syntax"),
        ("(" * 300 + "a" + ")" * 300, "syntax"),
        ("-" * 30 + "a", "syntax"),
        ("+".join("a" * LARGEST), "syntax"),
        ("min(a)", "syntax"),
        ("max(a, b, key=c)", "syntax"),
        ("open(a)", "syntax"),
        ("log(a)", "syntax"),
        ("x4", "unknown-column"),
        ("x0", "unknown-column"),
        ("died + a", "forbidden"),
        ("1 + 2", "constant"),
        ("", "syntax"),
    ],
)
def test_everything_else_is_refused(text: str, code: str) -> None:
    with pytest.raises(UnusableRule) as refused:
        parse_rule(text, NAMES, forbidden=("died",))
    assert refused.value.code == code


def test_a_division_by_zero_makes_no_column() -> None:
    with pytest.raises(UnusableRule) as refused:
        parse_rule("a / c", NAMES).column(TABLE)
    assert refused.value.code == "not-finite"
    assert "1 of 3" in str(refused.value)


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("x9 = [x1 * x2]", "x1 * x2"),
        ("[x9 = x1 * x2]", "x1 * x2"),
        ("First I thought [a]. Then: [b == 2]", "b == 2"),
    ],
)
def test_the_last_brackets_count(reply: str, rule: str) -> None:
    assert read_reply(reply) == rule


def test_a_reply_without_brackets_is_unread() -> None:
    with pytest.raises(UnusableRule) as refused:
        read_reply("a * b")
    assert refused.value.code == "unread"


def test_names_of_columns() -> None:
    assert [is_name(name) for name in ("heart_rate", "x1", "x0", "min", "class", "a b", "ä")] == [
        True, False, True, False, False, False, False,
    ]  # fmt: skip


_LEAVES = st.sampled_from(("a", "b", "x3", "1", "2.5", "-3"))
_RULES = st.recursive(
    _LEAVES,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from("+-*"), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, part).map(lambda p: f"min({p[0]}, {p[1]})"),
        st.tuples(part, st.sampled_from(("<", ">=", "!=")), part).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(part, part, part).map(lambda p: f"where({p[0]}, {p[1]}, {p[2]})"),
        part.map(lambda p: f"abs({p})"),
    ),
    max_leaves=8,
)


@given(_RULES)
def test_allowed_rules_read_the_same_again(text: str) -> None:
    try:
        rule = parse_rule(text, NAMES)
    except UnusableRule as refused:
        if refused.code == "constant" or "nested" in str(refused):
            return  # no column, or too deep
        raise
    again = parse_rule(rule.text, NAMES)
    assert again == rule
    np.testing.assert_array_equal(again.column(TABLE), rule.column(TABLE))


@given(st.one_of(st.text(max_size=80), st.text(alphabet="abcx123()[]+-*/<>=.,'\"_ \n:lambdawhere", max_size=60)))
def test_no_text_does_more_than_make_a_column_or_be_refused(text: str) -> None:
    try:
        column = parse_rule(text, NAMES).column(TABLE)
    except UnusableRule:
        return
    assert column.shape == (3,)
