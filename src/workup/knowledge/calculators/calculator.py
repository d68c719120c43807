"""What a clinical calculator is, what it takes and what it gives.

>>> from workup.knowledge.calculators import calculate
>>> result = calculate("body-mass-index", weight="85 kg", height=(180, "cm"))
>>> round(result.value, 2), result.unit
(26.23, 'kg/m2')
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

import msgspec

from workup.errors import Issue

Kind = Literal["number", "yes/no", "choice", "date"]
Value = float | bool | str | date | None
"""A checked input: a number in the input's unit, yes or no, a choice, a date; None when left out."""


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a calculator needs to know.

    Attributes:
        text: What it is, in words.
        kind: ``number``, ``yes/no``, ``choice`` or ``date``.
        unit: Unit that the formula is written in; empty for a number without one.
        units: Other units that are accepted and converted.
        analyte: Substance, where mass and amount have to be converted.
        valid: Range that the formula is made for, ends included; a value outside is refused.
        possible: Range that somebody alive can have; wider than ``valid`` only for the variant that reproduces an
            upstream, which takes such values with an issue.
        usual: Range in which nearly all values lie. A value outside it that would lie inside in another accepted unit
            is reported as a possible mistake.
        choices: Choice -> other spellings of it.
        optional: The formula can do without it.
        assumed: What is taken, with an issue, when the input is not given and the caller allows assumptions.
        assumable: Whether it may be left out when the caller allows assumptions.
        aliases: Names of it in other programs.
    """

    text: str
    kind: Kind
    unit: str = ""
    units: tuple[str, ...] = ()
    analyte: str = ""
    valid: tuple[float, float] = (0.0, 0.0)
    possible: tuple[float, float] = (0.0, 0.0)
    usual: tuple[float, float] | None = None
    choices: dict[str, tuple[str, ...]] = {}
    optional: bool = False
    assumed: str | bool | None = None
    assumable: bool = False
    aliases: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True):
    """One step of a result: a criterion with its points, or an intermediate value.

    Attributes:
        text: What it is.
        value: Points, or the intermediate value.
        reason: The inputs that it comes from, in words.
    """

    text: str
    value: float
    reason: str = ""


class Values:
    """Checked inputs of one calculation, read by name; collects what a reader must be told."""

    def __init__(self, inputs: Mapping[str, Input], values: Mapping[str, Value], *, upstream: bool) -> None:
        self.inputs = inputs
        self.values = values
        self.upstream = upstream
        self.issues: list[Issue] = []

    def number(self, name: str) -> float:
        """A number that was checked to be there, in the unit of its input."""
        return float(self.values[name])  # type: ignore[arg-type]

    def maybe(self, name: str) -> float | None:
        """A number, or None when it was left out."""
        value = self.values.get(name)
        return None if value is None else float(value)  # type: ignore[arg-type]

    def yes(self, name: str) -> bool:
        """Whether a yes/no input is yes; left out is no."""
        return self.values.get(name) is True

    def choice(self, name: str) -> str:
        """The choice, empty when it was left out."""
        return str(self.values.get(name) or "")

    def day(self, name: str) -> date:
        """A date that was checked to be there."""
        value = self.values[name]
        assert isinstance(value, date)
        return value

    def said(self, name: str) -> str:
        """An input in words: ``age 67 y``.

        >>> Values({"age": Input(text="Age", kind="number", unit="y")}, {"age": 67.0}, upstream=False).said("age")
        'Age 67 y'
        """
        value, known = self.values.get(name), self.inputs[name]
        if value is None:
            return f"{known.text} not given"
        if isinstance(value, bool):
            return f"{known.text}: {'yes' if value else 'no'}"
        return (
            f"{known.text} {value:.6g} {known.unit}".rstrip() if isinstance(value, float) else f"{known.text} {value}"
        )

    def warn(self, message: str, remedy: str = "", *, field: str = "") -> None:
        """Something that whoever uses the value has to know."""
        self.issues.append(Issue(message=message, remedy=remedy, field=field, code="calculator"))


Computed = tuple[float | date | str, list[Part]]
"""The value and the steps to it."""


class Example(msgspec.Struct, frozen=True):
    """A worked example.

    Attributes:
        inputs: As they are given to :func:`~workup.knowledge.calculators.calculate`.
        value: What must come out: a number, an ISO date or a text.
        source: Where the value is printed, or the hand computation.
        published: Whether somebody else printed the value; else it was only worked out by hand.
        digits: Decimal places of a printed value; None when it is exact to six figures.
    """

    inputs: dict[str, Any]
    value: float | str
    source: str
    published: bool = False
    digits: int | None = None


class Calculator(msgspec.Struct, frozen=True, kw_only=True):
    """A formula or score, with what is needed to use it and to check it.

    Attributes:
        name: Short name, in lower case with hyphens.
        title: Long name.
        area: Clinical area, as the file that holds it.
        purpose: What the value is for, in one sentence.
        inputs: Name -> input.
        unit: Unit of the value; "points", "date", or empty for a ratio.
        formula: In words.
        citation: Paper or guideline.
        example: A worked example.
        also: Values that others computed for other inputs.
        compute: The formula itself.
        reading: (at least this value, what that means), ascending.
        medcalc_bench: Number of it in MedCalc-Bench; None when that set has it not.
        upstream: How MedCalc-Bench's answers differ from ours; empty when they do not.
        names: Other names.
    """

    name: str
    title: str
    area: str
    purpose: str
    inputs: dict[str, Input]
    unit: str
    formula: str
    citation: str
    example: Example
    compute: Callable[[Values], Computed]
    reading: tuple[tuple[float, str], ...] = ()
    also: tuple[Example, ...] = ()
    medcalc_bench: int | None = None
    upstream: str = ""
    names: tuple[str, ...] = ()


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a calculator gives.

    Attributes:
        calculator: Its name.
        value: Number, ISO date, or text (weeks and days).
        unit: Of the value.
        meaning: What the source says that such a value means; empty where nothing is recorded.
        parts: Steps to the value; points of a score add up to it.
        inputs: What was used, in the unit of the formula.
        citation: Where the formula is from.
        issues: Assumptions, possible mistakes of unit, limits.
    """

    calculator: str
    value: float | str
    unit: str
    meaning: str
    parts: tuple[Part, ...]
    inputs: dict[str, float | bool | str]
    citation: str
    issues: tuple[Issue, ...]
