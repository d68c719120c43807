"""Numeric tolerance: answers that are a date, weeks and days, a whole number or a decimal.

The rule is that of MedCalc-Bench (Khandekar et al. 2024): dates are equal, weeks and days are equal, whole numbers are
equal after rounding, decimals lie within the limits, ends included. Its script runs the answer as Python code; here it
is read, and what cannot be read is wrong and counted apart.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Literal

import msgspec

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.score import Score
from workup.evaluation.scorers import why_none

Kind = Literal["date", "weeks", "integer", "decimal"]
# Share of the true value by which a decimal may be off (MedCalc-Bench).
TOLERANCE = 0.05

_DATE = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_WEEKS = re.compile(r"(?<!\d)(\d+)\s*(?:weeks?)?[\"']?\s*(?:,|and|\s)\s*[\"']?(\d+)\s*(?:days?)?", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+|(?<=\d)\.?)(?:[eE][-+]?\d+)?")
_FORMULA = re.compile(r"[\d\s.+\-*/()]{1,200}")
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The true value and what counts as right.

    Attributes:
        kind: How values are compared.
        value: The true value as released.
        lower: Smallest decimal that is right.
        upper: Largest one.
    """

    kind: Kind
    value: str
    lower: float | None = None
    upper: float | None = None

    def __post_init__(self) -> None:
        if self.kind == "decimal" and (self.lower is None or self.upper is None or self.lower > self.upper):
            raise ValueError(f"a decimal needs limits in order, not {self.lower} and {self.upper}")


def limits(value: float, tolerance: float = TOLERANCE) -> tuple[float, float]:
    """Limits around a true value, in order for negative values as well.

    >>> limits(-2.0)
    (-2.1, -1.9)
    """
    ends = sorted((value * (1 - tolerance), value * (1 + tolerance)))
    return ends[0], ends[1]


def read_number(text: str) -> float | None:
    """The number that a text is: with thousands marks, a unit or a sign of equality around it; or plain arithmetic.

    Returns:
        None when there is none, or more than one.

    >>> read_number("= 1,250.5 mg"), read_number("(330 - 30) / 2"), read_number("between 3 and 4")
    (1250.5, 150.0, None)
    """
    words = text.strip().strip("*").strip().lstrip("=≈~").strip().replace("−", "-")
    if _FORMULA.fullmatch(words) and re.search(r"[*/()]|.[+-]", words):
        return _arithmetic(words)
    # Digits of a unit (m2, 1.73 m^2, 10^9/L) are no second number; what is printed first is the value.
    found = [match for match in _NUMBER.finditer(words) if match.group().strip("+-.")]
    if not found:
        return None
    first, rest = found[0], words[found[0].end() :]
    # A number inside words ("type 2") is none, and two numbers joined by words are two answers.
    if re.search(r"[^\W\d_]{3,}", words[: first.start()]) or re.match(r"\s*(?:-|–|to|or|and)\s*\d", rest):
        return None
    value = float(first.group().replace(",", ""))
    return value if math.isfinite(value) else None


def _arithmetic(words: str) -> float | None:
    try:
        value = _evaluate(ast.parse(words, mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        return None
    return value if math.isfinite(value) else None


def _evaluate(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        inner = _evaluate(node.operand)
        return -inner if isinstance(node.op, ast.USub) else inner
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return _OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))
    raise ValueError("is no plain arithmetic")


def read_date(text: str) -> date | None:
    """The one date of a text, month first, as MedCalc-Bench writes it; None without one or with several.

    >>> read_date("The due date is 12/2/2000.")
    datetime.date(2000, 12, 2)
    """
    found = {match.groups() for match in _DATE.finditer(text)}
    if len(found) != 1:
        return None
    month, day, year = map(int, found.pop())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_weeks(text: str) -> tuple[int, int] | None:
    """Weeks and days, in any of the forms that the data use.

    >>> read_weeks("('4 weeks', '3 days')"), read_weeks("(4, 3)"), read_weeks("4 weeks and 3 days"), read_weeks("4")
    ((4, 3), (4, 3), (4, 3), None)
    """
    match = _WEEKS.search(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def is_right(target: Target, given: str) -> bool | None:
    """Whether an answer is right; None when it cannot be read.

    >>> is_right(Target("integer", "3"), "2.6 points"), is_right(Target("decimal", "10", 9.5, 10.5), "10.5")
    (True, True)
    """
    if target.kind == "date":
        day = read_date(given)
        return None if day is None else day == read_date(target.value)
    if target.kind == "weeks":
        weeks = read_weeks(given)
        return None if weeks is None else weeks == read_weeks(target.value)
    value = read_number(given)
    if value is None:
        return None
    if target.kind == "integer":
        # Python's round, halves to the even number, as the released script rounds.
        return round(value) == read_number(target.value)
    return target.lower is not None and target.upper is not None and target.lower <= value <= target.upper


class NumericTolerance:
    """1 when the value given is right by the rule of its kind, else 0."""

    name = "accuracy"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; the reference's ``extensions["target"]`` says what is right."""
        if case.reference is None or "target" not in case.reference.extensions:
            raise ValueError(f"case {case.id} has no target")
        target = msgspec.convert(case.reference.extensions["target"], Target)
        answer = attempt.reasoning.answer if attempt.reasoning else None
        given = "" if answer is None else answer.ids[0] if answer.ids else answer.text
        if not given.strip():
            return Score(total=0.0, notes=(why_none(attempt),))
        right = is_right(target, given)
        return Score(total=float(bool(right)), notes=() if right is not None else ("unparsed",))
