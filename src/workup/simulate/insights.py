"""Sentences about a person's days whose numbers are right, or wrong where it was planted.

    right  "Steps fell by 17% from the first to the last week."
    wrong  "Steps fell by 31% from the first to the last week."

Percent, units (hours, kilometres), rounding, "about", ranges, dates, clock times and directions take turns.

Shows: whether an audit of numbers finds the wrong ones and leaves the right ones alone. Cannot show: how it reads what
models write; the sentences are ours, and a wrong number is off by a fifth at least or points the wrong way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np

from workup.signals.globem import STREAMS, Person
from workup.signals.statistics import Figures, figures

LIMITS = "sentences are ours; a wrong number is off by a fifth at least, or points the wrong way"


class Sentence(msgspec.Struct, frozen=True):
    """One sentence.

    Attributes:
        text: The sentence.
        wrong: Whether a wrong number was planted in it.
        kind: What sort of number.
        person: Place of the person among those given.
    """

    text: str
    wrong: bool
    kind: str
    person: int


def _off(value: float, random: np.random.Generator) -> float:
    """A value that is clearly another."""
    return value * float(random.uniform(1.25, 1.6) if random.random() < 0.5 else random.uniform(0.5, 0.78))


def _mean(one: Figures, off: Callable[[float], float]) -> str:
    return f"The average number of steps was {off(one.mean or 0):,.0f}."


def _about(one: Figures, off: Callable[[float], float]) -> str:
    return f"On average about {round(off(one.mean or 0), -2):,.0f} steps were taken."


def _percent(one: Figures, off: Callable[[float], float]) -> str:
    change = 100 * (one.change or 0) / (one.first_week or 1)
    verb = "fell" if change < 0 else "rose"
    return f"Steps {verb} by {abs(off(change)):.0f}% from the first to the last week."


def _direction(one: Figures, off: Callable[[float], float]) -> str:
    change = one.change or 0
    down = (change < 0) is (off(1.0) == 1.0)
    return f"The daily step count {'decreased' if down else 'increased'} by {abs(change):,.0f} from first to last week."


def _hours(one: Figures, off: Callable[[float], float]) -> str:
    return f"Time asleep averaged {off(one.mean or 0) / 60:.1f} hours."


def _hours_minutes(one: Figures, off: Callable[[float], float]) -> str:
    minutes = round(off(one.mean or 0))
    return f"The mean time asleep was {minutes // 60} h {minutes % 60} min."


def _range(one: Figures, off: Callable[[float], float]) -> str:
    return f"Phone use ranged from {one.lowest or 0:.0f} to {off(one.highest or 0):.0f} minutes."


def _missing(one: Figures, off: Callable[[float], float]) -> str:
    count = one.missing if off(1.0) == 1.0 else one.missing + 4
    return f"Sleep is missing on {count} of {one.days} days."


def _clock(one: Figures, off: Callable[[float], float]) -> str:
    minutes = round(one.mean or 0) + (0 if off(1.0) == 1.0 else 95)
    return f"The average bedtime was {minutes // 60 % 24:02d}:{minutes % 60:02d}."


def _kilometres(one: Figures, off: Callable[[float], float]) -> str:
    return f"The mean distance travelled was {off(one.mean or 0) / 1000:.1f} km."


def _week(one: Figures, off: Callable[[float], float]) -> str:
    return f"In the last week the time at home was {off(one.last_week or 0):.0f} minutes a day."


def _sd(one: Figures, off: Callable[[float], float]) -> str:
    return f"Unlocks had a standard deviation of {off(one.sd or 0):.1f}."


_TEMPLATES: Sequence[tuple[str, str, Callable[[Figures, Callable[[float], float]], str]]] = (
    ("plain", "steps", _mean),
    ("about", "steps", _about),
    ("percent", "steps", _percent),
    ("direction", "steps", _direction),
    ("hours", "sleep", _hours),
    ("hours and minutes", "sleep", _hours_minutes),
    ("range", "screen", _range),
    ("count", "sleep", _missing),
    ("clock", "bedtime", _clock),
    ("kilometres", "distance", _kilometres),
    ("week", "home", _week),
    ("sd", "unlocks", _sd),
)


def sentences(people: Sequence[Person], n: int, seed: int) -> Iterator[Sentence]:
    """``n`` sentences, kinds in turn, half of them with a wrong number."""
    made = number = 0
    while made < n:
        random = np.random.default_rng((seed, number))
        place = int(random.integers(len(people)))
        person, wrong = people[place], bool(random.random() < 0.5)
        kinds = len(_TEMPLATES) + 1
        kind = number % kinds
        number += 1

        def off(value: float, wrong: bool = wrong, random: np.random.Generator = random) -> float:
            return _off(value, random) if wrong else value

        if kind == kinds - 1:
            text = _dated(person, off, random)
            name = "date"
        else:
            name, stream, write = _TEMPLATES[kind]
            found = figures(person.streams[stream], person.dates)
            changed = None if found.change is None or not found.first_week else found.change / found.first_week
            # A change of next to nothing cannot be told from its opposite.
            if name in ("percent", "direction") and (changed is None or abs(changed) < 0.05):
                continue
            text = write(found, off)
        if text:
            made += 1
            yield Sentence(text, wrong, name, place)


def _dated(person: Person, off: Callable[[float], float], random: np.random.Generator) -> str:
    values = person.streams["steps"]
    there = np.flatnonzero(np.isfinite(values) & (values > 0))
    if not len(there):
        return ""
    day = int(there[int(random.integers(len(there)))])
    when = person.dates[day]
    said = f"{off(float(values[day])):,.0f}"
    return (
        f"On {when.isoformat()} there were {said} steps."
        if random.random() < 0.5
        else f"On {when.strftime('%B')} {when.day} the person took {said} {STREAMS['steps'].unit}."
    )
