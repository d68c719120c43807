"""Event streams of a small hospital that does not exist: one row an event, in the columns of MEDS.

    subject_id  time                 code                      numeric_value  text_value
    17          1951-06-20T00:00:00  MEDS_BIRTH
    17          2019-03-02T08:10:00  GENDER//FEMALE
    17          2019-03-02T08:10:00  ADMISSION//EMERGENCY                     sepsis
    17          2019-03-02T08:40:00  VITAL//HEART_RATE//BPM    118
    17          2019-03-02T09:00:00  ORDER//BLOOD_CULTURE
    17          2019-03-02T09:30:00  LAB//LACTATE//MMOL_L      3.9
    17          2019-03-07T11:00:00  DISCHARGE//HOME

A stay has a reason with a course: vital signs and laboratory values begin where the illness puts them and return to
normal, or get worse in those who die; hemoglobin hardly recovers within a stay. Orders come before the results they
ask for, each drug and procedure belongs to its reason, oxygen is given where saturation was low, and nobody goes home
at night.

Shows: whether a reader keeps time order, units and subjects apart; whether a method sees a planted course, and whether
it peeks at what lies after its time of prediction. Cannot show: anything about care; courses, rates and lengths of
stay are ours, and no value depends on a treatment.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec
import numpy as np

from workup.simulate.labelling import labelled

LIMITS = "courses, rates and lengths of stay are ours; values do not depend on treatment"
FIRST = datetime(2019, 1, 1)
COLUMNS = ("subject_id", "time", "code", "numeric_value", "text_value")

Reason = Literal["sepsis", "heart failure", "hip fracture", "pneumonia"]


class Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that happened.

    Attributes:
        subject_id: Whom it is about.
        time: When; for a result, when it was known.
        code: What, with its unit: ``LAB//LACTATE//MMOL_L``.
        numeric_value: Its value, if it has one.
        text_value: Its words, if it has any.
    """

    subject_id: int
    time: datetime
    code: str
    numeric_value: float | None = None
    text_value: str | None = None


class _Course(msgspec.Struct, frozen=True):
    """A reason of stay: values at admission, orders, chance of death, mean days, and years of age."""

    values: Mapping[str, float]
    orders: tuple[str, ...]
    death: float
    days: float
    ages: tuple[int, int]
    procedure: str = ""


# Code -> normal mean and spread from measurement to measurement; vital signs are taken every six hours, the rest daily.
_NORMAL: Mapping[str, tuple[float, float]] = {
    "VITAL//HEART_RATE//BPM": (76, 7),
    "VITAL//SYSTOLIC_PRESSURE//MMHG": (126, 10),
    "VITAL//RESPIRATORY_RATE//PER_MIN": (15, 2),
    "VITAL//TEMPERATURE//CELSIUS": (36.8, 0.25),
    "VITAL//OXYGEN_SATURATION//PERCENT": (97, 1),
    "LAB//LACTATE//MMOL_L": (1.1, 0.3),
    "LAB//CREATININE//MG_DL": (0.9, 0.12),
    "LAB//C_REACTIVE_PROTEIN//MG_L": (3, 1.5),
    "LAB//HEMOGLOBIN//G_DL": (13.6, 0.5),
    "LAB//LEUKOCYTES//10_9_L": (7.2, 1.0),
}
# Decimals as a ward writes them, and what no living patient's value goes beyond; others have one decimal.
_DECIMALS: Mapping[str, int] = {
    "VITAL//HEART_RATE//BPM": 0,
    "VITAL//SYSTOLIC_PRESSURE//MMHG": 0,
    "VITAL//RESPIRATORY_RATE//PER_MIN": 0,
    "VITAL//OXYGEN_SATURATION//PERCENT": 0,
    "LAB//C_REACTIVE_PROTEIN//MG_L": 0,
    "LAB//CREATININE//MG_DL": 2,
}
_LIMITS: Mapping[str, tuple[float, float]] = {
    "VITAL//HEART_RATE//BPM": (38, 175),
    "VITAL//SYSTOLIC_PRESSURE//MMHG": (48, 230),
    "VITAL//RESPIRATORY_RATE//PER_MIN": (7, 45),
    "VITAL//TEMPERATURE//CELSIUS": (34.5, 41.0),
    "VITAL//OXYGEN_SATURATION//PERCENT": (68, 100),
    "LAB//C_REACTIVE_PROTEIN//MG_L": (1, 500),
    "LAB//HEMOGLOBIN//G_DL": (6.0, 18.0),
}
_OXYGEN, _LOW = "VITAL//OXYGEN_SATURATION//PERCENT", 92.0
# Whose values come back slowly: share of the way by the end of the stay.
_SLOW = {"LAB//HEMOGLOBIN//G_DL": 0.15}
# Taken from everybody but for lactate, which is taken where the illness raises it.
_ON_SUSPICION = {"LAB//LACTATE//MMOL_L"}
_COURSES: Mapping[Reason, _Course] = {
    "sepsis": _Course(
        {
            "VITAL//HEART_RATE//BPM": 42,
            "VITAL//SYSTOLIC_PRESSURE//MMHG": -35,
            "VITAL//RESPIRATORY_RATE//PER_MIN": 10,
            "VITAL//TEMPERATURE//CELSIUS": 2.1,
            "LAB//LACTATE//MMOL_L": 3.2,
            "LAB//CREATININE//MG_DL": 1.1,
            "LAB//C_REACTIVE_PROTEIN//MG_L": 190,
            "LAB//LEUKOCYTES//10_9_L": 11,
        },
        ("ORDER//BLOOD_CULTURE", "ORDER//ANTIBIOTIC_IV", "ORDER//FLUID_BOLUS"),
        0.2,
        9,
        (25, 92),
    ),
    "heart failure": _Course(
        {
            "VITAL//HEART_RATE//BPM": 22,
            "VITAL//RESPIRATORY_RATE//PER_MIN": 9,
            "VITAL//OXYGEN_SATURATION//PERCENT": -8,
            "LAB//CREATININE//MG_DL": 0.6,
        },
        ("ORDER//FUROSEMIDE_IV", "ORDER//ECHOCARDIOGRAPHY"),
        0.05,
        6,
        (55, 94),
    ),
    "hip fracture": _Course(
        {"LAB//HEMOGLOBIN//G_DL": -3.1, "LAB//C_REACTIVE_PROTEIN//MG_L": 60, "VITAL//HEART_RATE//BPM": 12},
        ("ORDER//HIP_RADIOGRAPH", "ORDER//PARACETAMOL_IV", "ORDER//ENOXAPARIN_SC", "ORDER//HIP_SURGERY"),
        0.03,
        8,
        (66, 97),
        "PROCEDURE//HIP_SURGERY",
    ),
    "pneumonia": _Course(
        {
            "VITAL//RESPIRATORY_RATE//PER_MIN": 9,
            "VITAL//TEMPERATURE//CELSIUS": 1.7,
            "VITAL//OXYGEN_SATURATION//PERCENT": -7,
            "LAB//C_REACTIVE_PROTEIN//MG_L": 120,
            "LAB//LEUKOCYTES//10_9_L": 6,
        },
        ("ORDER//CHEST_RADIOGRAPH", "ORDER//ANTIBIOTIC_IV"),
        0.06,
        5,
        (20, 92),
    ),
}


def stays(n: int, seed: int) -> Iterator[list[Event]]:
    """Events of ``n`` patients in order of time, one stay each; patient i depends on the seed and on i alone.

    >>> events = next(stays(1, 0))
    >>> [event.code.partition("//")[0] for event in events[:3]]
    ['MEDS_BIRTH', 'GENDER', 'ADMISSION']
    >>> events == sorted(events, key=lambda one: one.time)
    True
    """
    reasons = tuple(_COURSES)
    for number in range(n):
        random = np.random.default_rng((seed, number))
        reason = reasons[int(random.integers(len(reasons)))]
        yield _stay(number, reason, random)


def _stay(subject: int, reason: Reason, random: np.random.Generator) -> list[Event]:
    course = _COURSES[reason]
    start = FIRST + timedelta(minutes=int(random.integers(365 * 24 * 60)))
    birth = datetime(start.year - int(random.integers(*course.ages)), 1, 1) + timedelta(days=int(random.integers(365)))
    dies = bool(random.random() < course.death)
    hours = max(24.0, float(random.gamma(4, course.days / 4)) * 24)
    events = [
        Event(subject, birth, "MEDS_BIRTH"),
        Event(subject, start, f"GENDER//{('FEMALE', 'MALE')[int(random.integers(2))]}"),
        Event(subject, start, "ADMISSION//EMERGENCY", None, reason),
    ]
    for place, order in enumerate(course.orders):
        events.append(Event(subject, start + timedelta(minutes=20 + 15 * place), order))
    if course.procedure:
        when = start + timedelta(minutes=int(60 * random.uniform(8, 22)))
        events.append(Event(subject, when, course.procedure))
    severity = float(random.uniform(0.7, 1.3))
    end = start + timedelta(hours=hours)
    end = end.replace(minute=int(random.integers(60)), second=0, microsecond=0)
    if not dies:
        # Home during the day; a stay that would end at night goes on to the next one.
        end = end.replace(hour=int(random.integers(10, 17))) + timedelta(days=1)
    for code in _NORMAL:
        if code not in _ON_SUSPICION or code in course.values:
            events += _series(subject, code, course, severity, (start, end), dies, random)
    low = [one.time for one in events if one.code == _OXYGEN and (one.numeric_value or 100.0) < _LOW]
    if low:
        events.append(Event(subject, min(low) + timedelta(minutes=5), "ORDER//OXYGEN"))
    events.append(Event(subject, end, "DEATH" if dies else "DISCHARGE//HOME"))
    return sorted(events, key=lambda one: one.time)


def _series(
    subject: int,
    code: str,
    course: _Course,
    severity: float,
    stay: tuple[datetime, datetime],
    dies: bool,
    random: np.random.Generator,
) -> list[Event]:
    """One vital sign every six hours, or one laboratory value a day; nothing becomes known after the end."""
    mean, spread = _NORMAL[code]
    laboratory = code.startswith("LAB")
    start, end = stay
    hours = (end - start) / timedelta(hours=1)
    events = []
    for hour in np.arange(0.5, hours - 2, 24 if laboratory else 6):
        passed = float(hour) / hours
        left = 1 + 0.8 * passed if dies else max(0.0, 1 - 1.4 * passed)
        if code in _SLOW:
            left = 1 - _SLOW[code] * passed
        value = mean + severity * course.values.get(code, 0.0) * left + random.normal(0, spread)
        low, high = _LIMITS.get(code, (0.1, 1000.0))
        taken = start + timedelta(hours=float(hour), minutes=int(random.integers(20)))
        if laboratory:
            # A laboratory value is ordered first and known an hour later.
            events.append(Event(subject, taken, code.replace("LAB//", "ORDER//LAB//", 1)))
            taken += timedelta(hours=1)
        events.append(Event(subject, taken, code, round(min(max(float(value), low), high), _DECIMALS.get(code, 1))))
    return events


def table(found: Iterable[list[Event]], seed: int) -> str:
    """Events as a table of MEDS's columns, and one more that says that they are simulated."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    label = msgspec.json.encode(labelled("hospital", seed=seed, limits=LIMITS)).decode()
    writer.writerow([*COLUMNS, "provenance"])
    first = True
    for events in found:
        for one in events:
            value = "" if one.numeric_value is None else f"{one.numeric_value:g}"
            writer.writerow(
                [
                    one.subject_id,
                    one.time.isoformat(),
                    one.code,
                    value,
                    one.text_value or "",
                    label if first else "simulated",
                ]
            )
            first = False
    return stream.getvalue()
