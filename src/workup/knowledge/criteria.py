"""Classification criteria with points, as data, and the engine that counts them.

A set of criteria is a JSON file (``knowledge/data/criteria``): domains, each with levels from the first to be looked at
to the last, each level with points and the conditions under which it is met::

    {"name": "duration", "title": "duration of symptoms", "levels": [
        {"points": 1, "title": "at least 6 weeks", "any": [[{"value": ["duration_weeks"], "at_least": 6}]]}, ...]}

    values   small_joints 5, large_joints 0, rf 50 (upper limit 14), crp 3 (5), esr 10 (20), duration_weeks 8
    counted  joints 3 (4-10 small joints), serology 3 (high-positive), acute phase 0, duration 1: 7 of at least 6

A value that is not known leaves its domain open. What is still open decides whether the outcome is: it is None when the
points that are missing could change it.

Classification criteria make groups of patients comparable in studies. They are not diagnostic criteria.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

from workup.errors import DataError, UserError

Value = float | bool

NOT_DIAGNOSTIC = "classification criteria compare groups in studies; they do not diagnose"


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"is_": "is"}):
    """One comparison.

    Attributes:
        value: Name of the value; of several their sum.
        at_least: Limit that counts as met.
        at_most: Limit that counts as met.
        above: Limit that does not count as met.
        below: Limit that does not count as met.
        is_: What a yes-or-no value must be; ``is`` in the file.
        times: Name of a value that the limits are multiples of, such as the laboratory's upper limit.
    """

    value: tuple[str, ...]
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    is_: bool | None = None
    times: str | None = None

    def __post_init__(self) -> None:
        limits = (self.at_least, self.at_most, self.above, self.below)
        if not self.value or all(one is None for one in (*limits, self.is_)):
            raise ValueError("a condition needs a value and a limit")

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Whether it holds; None when a value is not known."""
        names = (*self.value, *((self.times,) if self.times else ()))
        if any(name not in values for name in names):
            return None
        if self.is_ is not None:
            return bool(values[self.value[0]]) is self.is_
        total = sum(float(values[name]) for name in self.value)
        unit = float(values[self.times]) if self.times else 1.0
        return (
            (self.at_least is None or total >= self.at_least * unit)
            and (self.at_most is None or total <= self.at_most * unit)
            and (self.above is None or total > self.above * unit)
            and (self.below is None or total < self.below * unit)
        )


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A level of a domain: met when all conditions of one of the lists hold."""

    points: float
    title: str
    any: tuple[tuple[Condition, ...], ...]

    def met(self, values: Mapping[str, Value]) -> bool | None:
        """Whether it is met; None when that is open."""
        found = [_all(one.holds(values) for one in conditions) for conditions in self.any]
        return True if True in found else None if None in found else False


class Domain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is looked at; the first level that is met gives the points."""

    name: str
    title: str
    levels: tuple[Level, ...]

    def values(self) -> frozenset[str]:
        """Names of the values it looks at."""
        return frozenset(
            name
            for level in self.levels
            for row in level.any
            for one in row
            for name in (*one.value, one.times)
            if name
        )


class DomainScore(msgspec.Struct, frozen=True):
    """What a domain is worth.

    Attributes:
        domain: Its name.
        title: Its title.
        points: Points of the level that is met; 0 when none is.
        level: Title of that level; empty for none.
        most: Most points that it could still give, given what is known.
        least: Fewest.
    """

    domain: str
    title: str
    points: float
    level: str
    most: float
    least: float

    @property
    def open(self) -> bool:
        """Whether values that are not known could change the points."""
        return self.most != self.least


class Counted(msgspec.Struct, frozen=True):
    """A set of criteria applied to one patient.

    Attributes:
        points: Sum of the domains.
        met: Whether the outcome is reached; None when values that are not known could decide it, or whether the
            criteria apply is not known.
        applies: Whether the patient is one the criteria are made for; None when not known.
        domains: What each domain is worth.
        why: In words.
    """

    points: float
    met: bool | None
    applies: bool | None
    domains: tuple[DomainScore, ...]
    why: str


class CriteriaSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A set of criteria.

    Attributes:
        name: Short name.
        title: Title.
        source: Publication.
        outcome: What is reached with ``threshold`` points.
        threshold: Points needed.
        domains: What is looked at.
        entry: Conditions under which the criteria apply at all.
        sufficient: Conditions each of which reaches the outcome without points.
    """

    name: str
    title: str
    source: str
    outcome: str
    threshold: float
    domains: tuple[Domain, ...]
    entry: tuple[Condition, ...] = ()
    sufficient: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        names = [one.name for one in self.domains]
        if not names or len(set(names)) != len(names):
            raise ValueError("a set of criteria needs domains, each with a name of its own")

    def count(self, values: Mapping[str, Value]) -> Counted:
        """Count the points of one patient.

        Args:
            values: What is known, by name; what is not known is left out.

        Raises:
            UserError: A value is negative or not finite, or an upper limit is not above 0.
        """
        for name, value in values.items():
            if not math.isfinite(value) or value < 0 or (name.endswith("_upper") and value == 0):
                raise UserError(f"{self.name}: {name} is {value}; it must be {_RANGE[name.endswith('_upper')]}")
        scores = tuple(_score(one, values) for one in self.domains)
        points = sum(one.points for one in scores)
        most, least = (sum(getattr(one, end) for one in scores) for end in ("most", "least"))
        applies = _all(one.holds(values) for one in self.entry)
        met = True if least >= self.threshold else False if most < self.threshold else None
        words = ", ".join(f"{one.title} {one.points:g} ({one.level or 'not known'})" for one in scores)
        why = f"{words}: {points:g} of at least {self.threshold:g} points"
        if any(one.holds(values) for one in self.sufficient):
            met, why = True, f"sufficient on its own: {', '.join(self.sufficient[0].value)}; {why}"
        if applies is False:
            met, why = False, f"the criteria do not apply; {why}"
        elif applies is None and met:
            met = None
        return Counted(points, met, applies, scores, why)

    def values(self) -> frozenset[str]:
        """Names of all values that the criteria look at."""
        return frozenset().union(
            *(one.values() for one in self.domains), *(one.value for one in (*self.entry, *self.sufficient))
        )


_RANGE = {True: "above 0", False: "a finite number, 0 or more"}


def _all(found: Iterable[bool | None]) -> bool | None:
    answers = list(found)
    return False if False in answers else None if None in answers else True


def _score(domain: Domain, values: Mapping[str, Value]) -> DomainScore:
    """Points of the first level that is met, and the points that levels before it which are open would give."""
    possible: list[float] = []
    for level in domain.levels:
        met = level.met(values)
        if met is None:
            possible.append(level.points)
        elif met:
            ends = [*possible, level.points]
            return DomainScore(domain.name, domain.title, level.points, level.title, max(ends), min(ends))
    ends = [*possible, 0.0]
    return DomainScore(domain.name, domain.title, 0.0, "", max(ends), min(ends))


def read_criteria(data: bytes, path: str) -> CriteriaSet:
    """Read a set of criteria from JSON.

    Raises:
        DataError: It is none.
    """
    try:
        return msgspec.json.decode(data, type=CriteriaSet)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DataError(str(error), path=path, remedy="see knowledge/data/criteria for examples") from error


@cache
def criteria(name: str) -> CriteriaSet:
    """A set of criteria of this package, or of a JSON file.

    Raises:
        UserError: There is none of that name.
        DataError: The file is not valid.

    >>> criteria("ra-2010").count({"small_joints": 5, "large_joints": 0}).domains[0].level
    '4-10 small joints'
    """
    folder = files("workup.knowledge") / "data" / "criteria"
    own = sorted(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))
    if name in own:
        return read_criteria((folder / f"{name}.json").read_bytes(), name)
    if name.endswith(".json"):
        from workup.io.safe import open_source

        with open_source(Path(name)) as source:
            return read_criteria(source.read(), name)
    raise UserError(f"no criteria {name!r}; there are {', '.join(own)}, or name a .json file")
