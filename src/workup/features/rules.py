"""A small language of column rules, read by a whitelist and computed without ever running a text as code.

::

    heart_rate / systolic_pressure
    where(age > 65, max(creatinine, 1), 0)

Numbers, names of columns (or ``x1``, ``x2``, ... by place), ``+ - * /``, comparisons (1 or 0), ``abs``, ``min``,
``max`` and ``where(condition, then, else)``. Whatever a language model writes beyond that is refused with the reason.

>>> rule = parse_rule("x1 / (x2 * x2)", ["weight", "height"])
>>> rule.text, rule.columns, rule.size
('weight / (height * height)', ('weight', 'height'), 5)
>>> rule.column(np.array([[80.0, 2.0], [60.0, 1.0]])).tolist()
[20.0, 60.0]
"""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from workup.knowledge.arrays import Array

Refusal = Literal[
    "unread",  # no rule in square brackets
    "syntax",  # no expression, or one with more than the language has
    "unknown-column",  # a name that is no column
    "forbidden",  # a column that the schema keeps from rules: the target, or something known only afterwards
    "not-finite",  # divides by zero or overflows in some row
    "constant",  # the same in every row
    "redundant",  # nearly a column that is there already
    "repeated",  # tried before
]

LONGEST = 500
LARGEST = 64
DEEPEST = 16
# Beyond it a constant says nothing about a table of measurements, and products overflow.
_GREATEST = 1e9
_BRACKETS = re.compile(rf"\[([^\[\]]{{1,{LONGEST}}})\]")
_ASSIGNED = re.compile(r"^\s*[A-Za-z_]\w*\s*=(?!=)")
_BY_PLACE = re.compile(r"x([1-9]\d{0,5})")

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
# Name -> fewest and most arguments.
FUNCTIONS: dict[str, tuple[int, int]] = {"abs": (1, 1), "min": (2, 8), "max": (2, 8), "where": (3, 3)}


class UnusableRule(ValueError):
    """A proposal that makes no column; ``code`` says of which kind the fault is."""

    def __init__(self, code: Refusal, message: str) -> None:
        super().__init__(message)
        self.code: Refusal = code


class Rule(msgspec.Struct, frozen=True):
    """A rule that was read.

    Attributes:
        text: The rule with the names of the columns.
        columns: Columns it reads, in the order of their first use.
        size: Names, numbers, operators and functions in it.
        names: All columns of the table it is computed on, in order.
    """

    text: str
    columns: tuple[str, ...]
    size: int
    names: tuple[str, ...]

    def column(self, values: Array) -> Array:
        """The new column, ``(rows,)``; missing where a column that it reads is missing.

        Args:
            values: The table, ``(rows, columns)``; a missing value is NaN.

        Raises:
            UnusableRule: A row gives no finite number.
        """
        table = {name: np.asarray(values[:, place], dtype=np.float64) for place, name in enumerate(self.names)}
        missing = np.zeros(len(values), dtype=bool)
        for name in self.columns:
            missing |= np.isnan(table[name])
        with np.errstate(all="ignore"):
            found = _value(ast.parse(self.text, mode="eval").body, table)
            column = np.array(np.broadcast_to(np.asarray(found, dtype=np.float64), len(values)))
        column[missing] = np.nan
        if bad := int((~np.isfinite(column[~missing])).sum()):
            raise UnusableRule("not-finite", f"{self.text} gives no finite number in {bad} of {len(values)} rows")
        return column


def read_reply(reply: str) -> str:
    """The rule in a reply: what stands in its last square brackets, without ``name =``.

    >>> read_reply("Flow over pressure [1] should matter. x9 = [x1 / (x2 + 1)]")
    'x1 / (x2 + 1)'

    Raises:
        UnusableRule: There are none.
    """
    found = _BRACKETS.findall(reply)
    if not found:
        raise UnusableRule("unread", "no rule in square brackets")
    return _ASSIGNED.sub("", found[-1]).strip()


def parse_rule(text: str, names: Sequence[str], forbidden: Collection[str] = ()) -> Rule:
    """Read a rule.

    Args:
        text: The rule.
        names: Columns of the table, in order.
        forbidden: Names that are columns but must not be read by a rule.

    Raises:
        UnusableRule: It is none; the message says what is wrong.

    >>> parse_rule("__import__('os').system('ls')", ["a"])
    Traceback (most recent call last):
    workup.features.rules.UnusableRule: a call of something else than abs, min, max, where
    """
    if len(text) > LONGEST:
        raise UnusableRule("syntax", f"longer than {LONGEST} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnusableRule("syntax", "is no expression") from error
    used: list[str] = []
    size = _check(body, names, forbidden, used, 0)
    if size > LARGEST:
        raise UnusableRule("syntax", f"has {size} parts, more than {LARGEST}")
    if not used:
        raise UnusableRule("constant", "reads no column")
    return Rule(text=ast.unparse(body), columns=tuple(dict.fromkeys(used)), size=size, names=tuple(names))


def _check(node: ast.expr, names: Sequence[str], forbidden: Collection[str], used: list[str], depth: int) -> int:
    """Number of parts of an allowed expression; names by place are replaced by the column's."""
    if depth > DEEPEST:
        raise UnusableRule("syntax", f"is nested deeper than {DEEPEST}")

    def inner(*parts: ast.expr) -> int:
        return 1 + sum(_check(part, names, forbidden, used, depth + 1) for part in parts)

    match node:
        case ast.Constant(value=value):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UnusableRule("syntax", f"a constant that is no number: {type(value).__name__}")
            if not abs(value) <= _GREATEST:
                raise UnusableRule("syntax", f"a constant beyond {_GREATEST:g}")
            return 1
        case ast.Name(id=name):
            node.id = _column(name, names, forbidden)
            used.append(node.id)
            return 1
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _BINARY:
            return inner(left, right)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return inner(operand)
        case ast.Compare(left=left, ops=[comparison], comparators=[right]) if type(comparison) in _COMPARED:
            return inner(left, right)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            fewest, most = FUNCTIONS[name]
            if not fewest <= len(arguments) <= most:
                raise UnusableRule("syntax", f"{name} takes {fewest} to {most} arguments, not {len(arguments)}")
            return inner(*arguments)
        case ast.Call():
            raise UnusableRule("syntax", f"a call of something else than {', '.join(FUNCTIONS)}")
        case _:
            raise UnusableRule("syntax", f"{type(node).__name__} is not part of the language")


def _column(name: str, names: Sequence[str], forbidden: Collection[str]) -> str:
    if name in forbidden:
        raise UnusableRule("forbidden", f"{name} is not known when the rule is used")
    if name in names:
        return name
    place = _BY_PLACE.fullmatch(name)
    if place is None or int(place[1]) > len(names):
        raise UnusableRule("unknown-column", f"no column {name[:40]!r}")
    return names[int(place[1]) - 1]


def _value(node: ast.expr, table: dict[str, Array]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as value):
            return np.float64(value)
        case ast.Name(id=name):
            return table[name]
        case ast.BinOp(left=left, op=operator, right=right):
            return _BINARY[type(operator)](_value(left, table), _value(right, table))
        case ast.UnaryOp(op=operator, operand=operand):
            value = _value(operand, table)
            return -value if isinstance(operator, ast.USub) else value
        case ast.Compare(left=left, ops=[comparison], comparators=[right]):
            return np.asarray(_COMPARED[type(comparison)](_value(left, table), _value(right, table)), dtype=np.float64)
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, [_value(one, table) for one in arguments])
        case _:
            raise UnusableRule("syntax", f"{type(node).__name__} is not part of the language")


def _called(name: str, values: list[Any]) -> Any:
    if name == "abs":
        return np.abs(values[0])
    if name == "where":
        return np.where(np.asarray(values[0]) != 0, values[1], values[2])
    found = values[0]
    for other in values[1:]:
        found = np.minimum(found, other) if name == "min" else np.maximum(found, other)
    return found


def is_name(name: str) -> bool:
    """Whether a column may have this name in a rule: a word that is no function, and none of ``x1``, ``x2``, ..."""
    return (
        bool(re.fullmatch(r"[A-Za-z_]\w{0,63}", name))
        and name.isascii()
        and name not in FUNCTIONS
        and not _BY_PLACE.fullmatch(name)
        and not keyword.iskeyword(name)
    )
