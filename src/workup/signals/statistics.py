"""What can be said of a person's days in numbers: the only numbers, beside the days, that a text may cite.

    steps   mean 8,120, sd 2,310, slope -35 a day (Theil-Sen), first week 8,900, last week 7,400, weekend -600,
            4 of 28 days missing, longest run below the person's 20th centile 3 days

Everything is plain arithmetic on the days that are there; a figure for which too few days are there is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec
import numpy as np
from scipy import stats

from workup.knowledge.arrays import Array
from workup.signals.globem import Person

# Days with a value that a figure needs: a slope needs a week, a week's mean three days.
_FOR_SLOPE, _FOR_WEEK, _FOR_WEEKEND = 7, 3, 2


class Figures(msgspec.Struct, frozen=True):
    """Figures of one stream; None where too few days are there.

    Attributes:
        days: Days looked at.
        missing: Days without a value.
        mean: Mean of the days with a value.
        sd: Standard deviation (n - 1).
        lowest: Smallest value.
        highest: Largest value.
        slope: Theil-Sen slope a day: the median of the slopes between all pairs of days.
        slope_low: Lower end of its 95 % interval.
        slope_high: Upper end of its 95 % interval.
        first_week: Mean of the first seven days.
        last_week: Mean of the last seven days.
        change: Last week less first week.
        weekend: Mean of Saturdays and Sundays less mean of the other days.
        low_run: Longest run of days in a row below the person's own 20th centile.
    """

    days: int
    missing: int
    mean: float | None = None
    sd: float | None = None
    lowest: float | None = None
    highest: float | None = None
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    first_week: float | None = None
    last_week: float | None = None
    change: float | None = None
    weekend: float | None = None
    low_run: int | None = None


def figures(values: Array | Sequence[float], dates: Sequence[date]) -> Figures:
    """Figures of one stream.

    Raises:
        ValueError: The lengths differ.

    >>> week = [date(2019, 4, day) for day in range(1, 15)]
    >>> found = figures([float(day) for day in range(14)], week)
    >>> found.slope, found.first_week, found.last_week, found.change
    (1.0, 3.0, 10.0, 7.0)
    """
    series = np.asarray(values, dtype=float)
    if len(series) != len(dates):
        raise ValueError(f"{len(series)} values for {len(dates)} days")
    there = np.flatnonzero(np.isfinite(series))
    if len(there) == 0:
        return Figures(days=len(series), missing=len(series))
    known = series[there]
    slope = low = high = None
    if len(known) >= _FOR_SLOPE:
        slope, _, low, high = (float(one) for one in stats.theilslopes(known, there))
    first, last = (_mean(part, _FOR_WEEK) for part in (series[:7], series[-7:]))
    weekend = np.array([when.weekday() >= 5 for when in dates])
    ends, work = _mean(series[weekend], _FOR_WEEKEND), _mean(series[~weekend], _FOR_WEEK)
    return Figures(
        days=len(series),
        missing=len(series) - len(known),
        mean=float(known.mean()),
        sd=float(known.std(ddof=1)) if len(known) > 1 else None,
        lowest=float(known.min()),
        highest=float(known.max()),
        slope=slope,
        slope_low=low,
        slope_high=high,
        first_week=first,
        last_week=last,
        change=None if first is None or last is None or len(series) < 14 else last - first,
        weekend=None if ends is None or work is None else ends - work,
        low_run=_longest(series < np.percentile(known, 20)),
    )


def of_person(person: Person) -> dict[str, Figures]:
    """Figures of each stream that has a value."""
    found = {name: figures(values, person.dates) for name, values in person.streams.items()}
    return {name: one for name, one in found.items() if one.missing < one.days}


def features(person: Person) -> dict[str, float]:
    """Figures as features of a classifier, by name ``STREAM.FIGURE``; NaN where there is none."""
    wanted = ("mean", "sd", "slope", "change", "weekend", "low_run")
    return {
        f"{name}.{figure}": float("nan") if (value := getattr(found, figure)) is None else float(value)
        for name, found in ((name, figures(values, person.dates)) for name, values in person.streams.items())
        for figure in wanted
    }


def _mean(part: Array, fewest: int) -> float | None:
    known = part[np.isfinite(part)]
    return float(known.mean()) if len(known) >= fewest else None


def _longest(flags: Array) -> int:
    """Longest run of true flags.

    >>> _longest(np.array([True, False, True, True]))
    2
    """
    best = run = 0
    for flag in flags.tolist():
        run = run + 1 if flag else 0
        best = max(best, run)
    return best
