"""Scores that add up points: criteria are data, and every point comes with its reason.

>>> from workup.knowledge.calculators import calculate
>>> for part in calculate("qsofa", respiratory_rate=24, systolic_pressure=95, coma_score=15).parts:
...     print(part.value, part.text, "|", part.reason)
1.0 Respiratory rate >= 22 /min | Respiratory rate 24 /min
1.0 Systolic blood pressure <= 100 mmHg | Systolic blood pressure 95 mmHg
0.0 Glasgow Coma Scale < 15 | Glasgow Coma Scale 15
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Literal

import msgspec

from workup.knowledge.calculators.calculator import Computed, Input, Part, Values

Comparison = Literal[">=", ">", "<=", "<"]
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}


class Band(msgspec.Struct, frozen=True):
    """Points for values on one side of a limit; the first band of a criterion that fits counts."""

    comparison: Comparison
    limit: float
    points: float


class Criterion(msgspec.Struct, frozen=True, kw_only=True):
    """One criterion of a score.

    Exactly one of ``bands`` and ``options`` (of the first input), ``rule`` and ``points`` (when any of the yes/no
    inputs is yes) says how many points it gives.

    Attributes:
        text: In words.
        inputs: Names of what it looks at.
        points: When any input is yes.
        bands: Of a number, in order.
        options: Points of each choice.
        rule: Points and a reason, for what bands cannot say.
        otherwise: Points when nothing fits.
        missing: Points when the inputs are not given; None for those of ``otherwise``.
        when: Name -> value that another input must have for the criterion to count at all.
        variant: Empty, or the one variant that has the criterion.
    """

    text: str
    inputs: tuple[str, ...]
    points: float = 0.0
    bands: tuple[Band, ...] = ()
    options: dict[str, float] = {}
    rule: Callable[[Values], tuple[float, str]] | None = None
    otherwise: float = 0.0
    missing: float | None = None
    when: dict[str, str | bool] = {}
    variant: Literal["", "ours", "upstream"] = ""

    def assess(self, values: Values) -> Part | None:
        """Points with their reason; None where the criterion does not apply to the patient or the variant."""
        if self.variant and (self.variant == "upstream") != values.upstream:
            return None
        if any((values.values.get(name) or False) != wanted for name, wanted in self.when.items()):
            return None
        given = [name for name in self.inputs if values.values.get(name) is not None]
        if self.rule is not None:
            return Part(self.text, *self.rule(values))
        if not given:
            return Part(self.text, self.otherwise if self.missing is None else self.missing, "not given")
        first = self.inputs[0]
        if self.bands:
            return self._banded(values, first)
        if self.options:
            return Part(self.text, float(self.options[values.choice(first)]), values.said(first))
        present = [name for name in given if values.yes(name)]
        return Part(
            self.text, self.points if present else self.otherwise, "; ".join(map(values.said, present or given))
        )

    def _banded(self, values: Values, name: str) -> Part:
        value, known = values.number(name), values.inputs[name]
        for band in self.bands:
            if _COMPARE[band.comparison](value, band.limit):
                limit = f"{band.comparison} {band.limit:g} {known.unit}".rstrip()
                return Part(f"{self.text} {limit}", band.points, values.said(name))
        closest = self.text if len(self.bands) > 1 else f"{self.text} {self._limit(known)}"
        return Part(closest, self.otherwise, values.said(name))

    def _limit(self, known: Input) -> str:
        return f"{self.bands[0].comparison} {self.bands[0].limit:g} {known.unit}".rstrip()


def bands(*rows: tuple[Comparison, float, float]) -> tuple[Band, ...]:
    """Bands from (comparison, limit, points).

    >>> bands((">=", 75, 2), (">=", 65, 1))[0].points
    2.0
    """
    return tuple(Band(comparison, limit, float(points)) for comparison, limit, points in rows)


def present(text: str, points: float, *inputs: str, variant: Literal["", "ours", "upstream"] = "") -> Criterion:
    """A criterion met when any of some yes/no inputs is yes."""
    return Criterion(text=text, inputs=inputs, points=float(points), variant=variant)


def score(criteria: tuple[Criterion, ...]) -> Callable[[Values], Computed]:
    """The sum of the points of all criteria."""

    def compute(values: Values) -> Computed:
        parts = [part for criterion in criteria if (part := criterion.assess(values)) is not None]
        return float(sum(part.value for part in parts)), parts

    return compute


def in_words(criteria: tuple[Criterion, ...], inputs: dict[str, Input]) -> str:
    """The criteria as the formula of a score.

    >>> words = in_words((Criterion(text="Age", inputs=("age",), bands=bands((">=", 65, 1))),), {})
    >>> words
    'Age: >= 65 +1'
    """
    return "; ".join(_said(criterion, inputs) for criterion in criteria if criterion.variant != "upstream")


def _said(criterion: Criterion, inputs: dict[str, Input]) -> str:
    who = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in criterion.when.items())
    text = f"{criterion.text} ({who})" if who else criterion.text
    unit = inputs[criterion.inputs[0]].unit if criterion.inputs and criterion.inputs[0] in inputs else ""
    rest = f", else {criterion.otherwise:+g}" if criterion.otherwise else ""
    if criterion.bands:
        rows = (f"{band.comparison} {band.limit:g} {unit}".rstrip() + f" {band.points:+g}" for band in criterion.bands)
        return f"{text}: {', '.join(rows)}{rest}"
    if criterion.options:
        return f"{text}: {', '.join(f'{name} {points:+g}' for name, points in criterion.options.items())}"
    return text if criterion.rule is not None else f"{text} {criterion.points:+g}{rest}"
