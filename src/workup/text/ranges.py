"""Reference ranges, and what a value means by them.

The table (``data/ranges.json``) is our own compilation of published limits. Each row of it names its source. Where no
source was at hand (many analytes of children), there is no row, and a value gives nothing.

>>> analyte = by_name()["hemoglobin"]
>>> verdict = judge(analyte, 6.1, age_days=30 * 365.25, sex="female")
>>> verdict.side, verdict.limit, verdict.id
('low', 12.0, 'HP:0001903')
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import msgspec

Side = Literal["low", "high", "normal"]

_ADULT = 18 * 365.25


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reference range: from ``start`` (included) to ``to`` days of age; values from ``low`` to ``high`` are "
    "normal."""

    source: str
    start: float = msgspec.field(name="from", default=0.0)
    to: float | None = None
    sex: Literal["female", "male", "pregnant"] | None = None
    low: float | None = None
    high: float | None = None


class Analyte(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is measured.

    Attributes:
        name: In words.
        names: Names in a note, in lower case.
        symbols: Short names that count only as written.
        unit: Unit of the ranges.
        units: Factor from each known unit to :attr:`unit`; ``fahrenheit`` is a formula. The empty unit: needs none.
        plausible: Lowest and highest value, in :attr:`unit`, that a living person can have.
        low: HPO id of a value below the range, if there is one.
        high: The same above it.
        bands: (from, to, HPO id) above the range, instead of :attr:`high`.
        exclude: Words before the name that make it another analyte.
        ranges: Rows.
    """

    name: str
    names: tuple[str, ...]
    unit: str
    units: dict[str, float | Literal["fahrenheit"]]
    plausible: tuple[float, float]
    ranges: tuple[Row, ...]
    symbols: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None
    bands: tuple[tuple[float, float | None, str], ...] = ()
    exclude: tuple[str, ...] = ()

    def convert(self, value: float, unit: str) -> float:
        """A value in one of :attr:`units`, in :attr:`unit`."""
        factor = self.units[unit]
        return (value - 32.0) / 1.8 if factor == "fahrenheit" else value * factor

    def is_plausible(self, value: float) -> bool:
        """Whether somebody alive can have the value, given in :attr:`unit`."""
        return self.plausible[0] <= value <= self.plausible[1]

    def term(self, side: Side, value: float | None = None) -> str | None:
        """HPO id of a value on one side of the range."""
        if side == "low":
            return self.low
        if side == "high" and value is not None:
            for start, end, term in self.bands:
                if start <= value and (end is None or value < end):
                    return term
        return self.high if side == "high" else None


class Verdict(msgspec.Struct, frozen=True):
    """What a value means: side, the limit that it crosses, for whom that limit is, and its source."""

    side: Side
    id: str | None = None
    limit: float | None = None
    whose: str = ""
    source: str = ""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sources: dict[str, str]
    labels: dict[str, str]
    analytes: tuple[Analyte, ...]


@cache
def table() -> _Table:
    """The compiled table."""
    data = resources.files("workup.text").joinpath("data/ranges.json").read_bytes()
    return msgspec.json.decode(data, type=_Table)


@cache
def by_name() -> dict[str, Analyte]:
    """Analytes by name in lower case."""
    return {name: analyte for analyte in table().analytes for name in analyte.names}


def judge(analyte: Analyte, value: float, *, age_days: float | None, sex: str) -> Verdict | None:
    """What a value in the analyte's own unit means for a person.

    Args:
        analyte: What was measured.
        value: In :attr:`Analyte.unit`.
        age_days: Age in days; None if unknown.
        sex: ``female``, ``male``, ``pregnant``; anything else is unknown.

    Returns:
        None when no row covers the person, or when an unknown age or sex would decide.
    """
    sexes = (sex,) if sex in ("female", "male", "pregnant") else ("female", "male")
    ages = sorted({row.start for row in analyte.ranges}) if age_days is None else [age_days]
    verdicts = []
    for one in sexes:
        for age in ages:
            verdict = _judge_one(analyte, value, age, one)
            if verdict is not None:
                verdicts.append(verdict)
            elif age_days is not None:
                return None
    if not verdicts or len({verdict.side for verdict in verdicts}) > 1 or len({verdict.id for verdict in verdicts}) > 1:
        return None
    # The limit that holds for all who the patient may be.
    pick = min if verdicts[0].side == "low" else max
    chosen = pick(verdicts, key=lambda verdict: verdict.limit if verdict.limit is not None else 0.0)
    return (
        chosen
        if age_days is not None
        else msgspec.structs.replace(chosen, whose=f"{chosen.whose}; the age is not given")
    )


def _judge_one(analyte: Analyte, value: float, age: float, sex: str) -> Verdict | None:
    rows = [row for row in analyte.ranges if row.start <= age and (row.to is None or age < row.to)]
    own = [row for row in rows if row.sex == sex]
    if not own and sex == "pregnant":
        sex = "female"
    rows = [row for row in rows if row.sex == sex or (row.sex is None and sex != "pregnant")]
    for row in rows:
        if row.low is not None and value < row.low:
            return Verdict("low", analyte.term("low"), row.low, _whose(row), table().sources[row.source])
        if row.high is not None and value > row.high:
            bands = [start for start, _, _ in analyte.bands if start <= value]
            return Verdict(
                "high",
                analyte.term("high", value),
                bands[-1] if bands else row.high,
                _whose(row),
                table().sources[row.source],
            )
    return Verdict("normal") if rows else None


def _whose(row: Row) -> str:
    if row.start >= _ADULT - 1:
        return {"female": "women", "male": "men", "pregnant": "pregnant women"}.get(row.sex or "", "adults")
    group = {"female": "females", "male": "males", "pregnant": "pregnant women"}.get(row.sex or "", "people")
    return (
        f"{group} {_span(row.start)} to {_span(row.to)} of age"
        if row.to
        else (f"{group} from {_span(row.start)} of age on" if row.start else group)
    )


def _span(age: float) -> str:
    if age >= 2 * 365.25 - 1:
        return f"{age / 365.25:.0f} years"
    if age >= 60:
        return f"{age / 30.4375:.0f} months"
    return f"{age:.0f} days" if age else "birth"
