"""A person's days as a table in words, and back: what a model is shown is what its numbers are checked against.

| date | steps (steps) | time asleep (minutes) | ...
| 2019-04-01 | 8123 | 431 | ...
| 2019-04-02 | NaN | 415 | ...
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal

import numpy as np

from workup.knowledge.arrays import Array
from workup.signals.globem import STREAMS, Person
from workup.signals.statistics import Figures, of_person

Form = Literal["markdown", "csv"]

# Days of a week, and values that its mean needs.
_WEEK, _FEWEST = 7, 3
_ROW = re.compile(r"^\W{0,3}(\d{4}-\d{2}-\d{2})\s*[|,](.*)$")
_FIGURES: tuple[tuple[str, str], ...] = (
    ("mean", "mean"),
    ("sd", "standard deviation"),
    ("slope", "slope a day (Theil-Sen)"),
    ("first_week", "first week"),
    ("last_week", "last week"),
    ("weekend", "weekend less weekdays"),
    ("low_run", "longest run below the own 20th centile, days"),
    ("missing", "missing days"),
)


def table(person: Person, form: Form = "markdown") -> str:
    """The days, one a line, units in the header; a missing value is NaN.

    Streams without any value are left out.
    """
    names = [name for name in STREAMS if name in person.streams and np.isfinite(person.streams[name]).any()]
    header = ["date", *(f"{STREAMS[name].title} ({STREAMS[name].unit})" for name in names)]
    rows = [
        [when.isoformat(), *(_cell(person.streams[name][day]) for name in names)]
        for day, when in enumerate(person.dates)
    ]
    if form == "csv":
        return "\n".join(",".join(row) for row in [header, *rows])
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def weekly(person: Person) -> Person:
    """The means of the person's weeks, each dated by its first day; of a week with fewer than three values NaN.

    >>> from datetime import timedelta
    >>> days = tuple(date(2019, 4, 1) + timedelta(days=i) for i in range(14))
    >>> found = weekly(Person("1", "", days, {"steps": np.array([1000.0] * 7 + [2000.0] * 7)}))
    >>> [when.isoformat() for when in found.dates], found.streams["steps"].tolist()
    (['2019-04-01', '2019-04-08'], [1000.0, 2000.0])
    """
    starts = range(0, len(person.dates), _WEEK)
    streams = {
        name: np.array([_mean_of(values[start : start + _WEEK]) for start in starts])
        for name, values in person.streams.items()
    }
    return Person(person.pid, person.cohort, tuple(person.dates[start] for start in starts), streams)


def _mean_of(values: Array) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) >= _FEWEST else float("nan")


def figures_in_words(person: Person) -> str:
    """The figures that a text may cite, a line a stream; what is not there is left out."""
    return "\n".join(
        f"- {STREAMS[name].title} ({STREAMS[name].unit}): {_figures(found)}"
        for name, found in of_person(person).items()
    )


def _figures(found: Figures) -> str:
    return ", ".join(
        f"{title} {_cell(float(value))}" for name, title in _FIGURES if (value := getattr(found, name)) is not None
    )


def _cell(value: float) -> str:
    """A value to four significant digits, whole when large.

    >>> _cell(8123.4), _cell(0.1234567), _cell(float("nan"))
    ('8123', '0.1235', 'NaN')
    """
    if np.isnan(value):
        return "NaN"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def person_of(text: str) -> Person | None:
    """The person whose table a text holds; None when there is no table with known columns."""
    lines = text.splitlines()
    titles = {f"{stream.title} ({stream.unit})": name for name, stream in STREAMS.items()}
    names: list[str | None] = []
    dates: list[date] = []
    rows: list[Sequence[float]] = []
    for line in lines:
        if not names and "date" in line:
            cells = [one.strip() for one in re.split(r"[|,]", line.strip().strip("|"))]
            if cells[0] == "date" and any(one in titles for one in cells):
                names = [titles.get(one) for one in cells[1:]]
            continue
        if names and (found := _ROW.match(line)):
            values = [_value(one) for one in re.split(r"[|,]", found[2].strip().rstrip("|"))]
            try:
                when = date.fromisoformat(found[1])
            except ValueError:
                continue
            dates.append(when)
            rows.append((values + [float("nan")] * len(names))[: len(names)])
    if not dates:
        return None
    grid: Array = np.array(rows, dtype=float)
    streams = {name: grid[:, place] for place, name in enumerate(names) if name is not None}
    return Person("", "", tuple(dates), streams)


def _value(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
