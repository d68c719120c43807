"""Tracing every number of a text about a person's days to the day or the figure that it states.

Paper: From classification to clinical insights (system 39): of the numbers a model cites, how many are right. A number
is *right* when the data say so, *wrong* when they say something else, *unchecked* when nothing in the text says what it
is a number of.

    "Steps fell by 17% from the first to the last week, to about 7,400 a day."
    17     steps, change in percent of the first week: -16.9    right
    7,400  steps, last week, about: 7,388                       right

Differences and shares are computed again, never looked up. A number is right within half of its last printed digit or
1 %; after "about", "around", "roughly", "nearly", "~" within 5 %. A change in the wrong direction is wrong whatever its
size.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.score import Score
from workup.evaluation.scorers import why_none
from workup.signals.globem import Person
from workup.signals.statistics import Figures, of_person
from workup.signals.tables import person_of
from workup.text.document import Document

Outcome = Literal["right", "wrong", "unchecked"]
TOLERANCE, ABOUT = 0.01, 0.05

_STREAM_WORDS: Mapping[str, str] = {
    "unlocks": r"unlock\w*",
    "screen": r"phone use|screen[- ]?time|screen use|use of the phone|phone usage",
    "bedtime": r"bed ?times?|going to bed|went to bed|falls asleep at",
    "sleep": r"sle(?:ep|pt|eps|eping)\b|asleep",
    "steps": r"steps?\b|walk\w*",
    "distance": r"distance|travell?ed|metres|meters|\bkm\b|kilomet\w+",
    "home": r"at home\b|home ?time",
    "calls": r"\bcalls?\b",
}
_STREAM = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _STREAM_WORDS.items()), re.IGNORECASE)
# Statistic -> how it is named. The order decides between names at one place.
_STATISTIC_WORDS: Mapping[str, str] = {
    "missing": r"missing|not recorded|no data|without (?:a )?(?:value|data|record\w*)",
    "weekend": r"weekends?|saturdays?(?: and sundays?)?",
    "slope": r"slope|\btrend\w*|daily change",
    "sd": r"standard deviation|\bSDs?\b|day-to-day variation",
    "first_week": r"first week|week 1\b|initial week|beginning",
    "last_week": r"last week|final week|week 4\b|end of the",
    "change": r"f[ae]ll(?:s|en|ing)?\b|dropp?\w*|declin\w+|decreas\w+|r[io]se(?:s|n)?\b|increas\w+|chang\w+|gr[eo]w\w*"
    r"|(?:less|more) than in|(?:short|long)er than",
    "lowest": r"lowest|minimum|(?<!\d )(?<!\d)\bmin\b|at least|as low as|fewest|shortest",
    "highest": r"highest|maximum|\bmax\b|at most|as high as|most\b|longest night",
    "low_run": r"in a row|consecutive|longest run",
    "mean": r"averag\w+|mean\b|typical\w*|per night|a night",
}
_STATISTIC = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _STATISTIC_WORDS.items()), re.IGNORECASE)
_DOWN = re.compile(r"f[ae]ll|drop|declin|decreas|less|fewer|shorter|lower|reduc|down", re.IGNORECASE)
_UP = re.compile(r"r[io]se|increas|more\b|longer|higher|gr[eo]w|later|up\b", re.IGNORECASE)
_ABOUT = re.compile(r"(?:about|around|roughly|nearly|almost|approximately|some|~|≈|close to)\s*$", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<m1>{_MONTH})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<y1>\d{{4}}))?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)? (?P<m2>{_MONTH})\.?(?: (?P<y2>\d{{4}}))?",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d{2})\s*(?P<half>[ap]\.?m\.?)?", re.IGNORECASE)
_HOURS = re.compile(r"(?P<hours>\d{1,2})\s*(?:h|hours?|hrs?)\s*(?:and\s*)?(?P<minutes>\d{1,2})\s*(?:m|min\w*)\b", re.I)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−+])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<kilo>k\b)?"
    r"\s*(?P<unit>%|percent\b|per cent\b|hours?\b|hrs?\b|h\b|minutes?\b|mins?\b|km\b|kilomet\w+|metres?\b|meters?\b"
    r"|m\b|steps?\b|days?\b|calls?\b|unlocks?\b|times?\b|nights?\b)?",
    re.IGNORECASE,
)
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
}
_COUNT_WORD = re.compile(rf"\b({'|'.join(_NUMBER_WORDS)})\b(?= (?:days?|nights?|of the|of \d))", re.IGNORECASE)
_LEAD = re.compile(
    r"\b(by|to|from)\s+(?:(?:about|around|roughly|nearly|almost|approximately|some|~)\s*)?$", re.IGNORECASE
)
# Characters by which a figure named after "and" is further away: it is that of the next number.
_NEXT_NUMBER = 40
# After a change: so much a day, every day.
_A_DAY = re.compile(r"\W*(?:\w+ ){0,2}(?:a|per|each|every) day\b", re.IGNORECASE)
# Numbers that name a thing and state nothing of it.
_NAMES = re.compile(
    r"\b(?:PHQ|GAD|BDI|DSM|ICD|HAM-?D|week|day|criteri\w+|item)[- ]?\d+(?:[- ]\d+)?|\d+[- ]?day\b", re.I
)


class Traced(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number of a text.

    Attributes:
        start: First character.
        end: One past the last.
        value: The number in the stream's unit, or in percent.
        outcome: What the data say.
        stream: Stream that it is about; empty when that is not said.
        about: Figure or day that it was compared with; several when the text does not say which.
        truth: What the data say, of the nearest of them; None when unchecked.
    """

    start: int
    end: int
    value: float
    outcome: Outcome
    stream: str = ""
    about: str = ""
    truth: float | None = None


class _Said(msgspec.Struct):
    """A number as it stands in a sentence."""

    start: int
    end: int
    value: float
    unit: str
    step: float
    signed: bool = False


def trace_numbers(text: str, person: Person) -> list[Traced]:
    """Every number of a text with what the person's data say of it, by position."""
    known = of_person(person)
    traced: list[Traced] = []
    last = ""
    for start, end in Document.of(text).sentences:
        sentence = text[start:end]
        streams = [(one.start(), one.lastgroup or "") for one in _STREAM.finditer(sentence)]
        days = [(one.start(), one.end(), _day(one, person.dates)) for one in _DATE.finditer(sentence)]
        for said in _numbers(sentence, days):
            stream = _stream_of(said, streams, sentence)
            # A number goes on about the stream of the sentence before only when it says what it is.
            if not stream and (said.unit or _STATISTIC.search(sentence)):
                stream = last
            found = _judge(said, stream, sentence, days, person, known)
            traced.append(msgspec.structs.replace(found, start=start + said.start, end=start + said.end))
        last = streams[-1][1] if streams else last
    return traced


def _numbers(sentence: str, days: Sequence[tuple[int, int, date | None]]) -> list[_Said]:
    """Numbers of a sentence, without those of dates and of names."""
    taken = [(first, last) for first, last, _ in days] + [one.span() for one in _NAMES.finditer(sentence)]
    found: list[_Said] = []

    def free(first: int, last: int) -> bool:
        return all(last <= start or end <= first for start, end in taken)

    for one in _HOURS.finditer(sentence):
        if free(*one.span()):
            found.append(_Said(*one.span(), 60.0 * int(one["hours"]) + int(one["minutes"]), "minutes", 1))
            taken.append(one.span())
    for one in _CLOCK.finditer(sentence):
        if free(*one.span()):
            hour, half = int(one["hour"]), (one["half"] or "").lower()[:1]
            hour = hour % 12 + (12 if half == "p" else 0) if half else hour
            # A bedtime after midnight belongs to the day before.
            found.append(_Said(*one.span(), 60.0 * (hour + (24 if hour < 12 else 0)) + int(one["minute"]), "clock", 1))
            taken.append(one.span())
    for one in _COUNT_WORD.finditer(sentence):
        if free(*one.span()):
            found.append(_Said(*one.span(), float(_NUMBER_WORDS[one[0].lower()]), "days", 1))
    for one in _NUMBER.finditer(sentence):
        if not free(one.start("digits"), one.end("digits")):
            continue
        digits = one["digits"].replace(",", "")
        value, step = float(digits), 10.0 ** -len(digits.partition(".")[2])
        unit, scale = (one["unit"] or "").lower(), 1000.0 if one["kilo"] else 1.0
        if unit.startswith("h"):
            unit, scale = "minutes", 60.0
        elif unit.startswith("k"):
            unit, scale = "metres", 1000.0
        elif unit in ("percent", "per cent"):
            unit = "%"
        sign = -1.0 if one["sign"] in ("-", "−") else 1.0
        # "between 6 and 8", "6-8": a mark between two numbers is no sign.
        if sign < 0 and re.search(r"\d\s*$", sentence[: one.start("sign")]):
            sign = 1.0
        end = one.end("kilo") if one["kilo"] else one.end("digits")
        found.append(_Said(one.start("digits"), end, sign * value * scale, unit, step * scale, bool(one["sign"])))
    return sorted(found, key=lambda one: one.start)


def _stream_of(said: _Said, streams: Sequence[tuple[int, str]], sentence: str) -> str:
    """The stream that a number is about: what its unit says, else the nearest named before it, else after it."""
    after = _STREAM.match(sentence, said.end + 1) if said.end < len(sentence) else None
    if after is not None:
        return after.lastgroup or ""
    named = {"clock": "bedtime", "metres": "distance"}.get(said.unit, "")
    if named:
        return named
    before = [name for place, name in streams if place < said.start]
    later = [name for place, name in streams if place >= said.start]
    return before[-1] if before else later[0] if later else ""


def _judge(
    said: _Said,
    stream: str,
    sentence: str,
    days: Sequence[tuple[int, int, date | None]],
    person: Person,
    known: Mapping[str, Figures],
) -> Traced:
    if stream not in known:
        return Traced(0, 0, said.value, "unchecked", stream)
    truths = _truths(said, stream, sentence, days, person, known[stream])
    if not truths:
        return Traced(0, 0, said.value, "unchecked", stream)
    slack = ABOUT if _ABOUT.search(sentence[: said.start].rstrip("-−+")) else TOLERANCE
    about, truth = min(truths.items(), key=lambda one: abs(abs(one[1]) - abs(said.value)))
    directed = about.split(",")[0] in ("change", "slope", "weekend")
    right = abs(abs(truth) - abs(said.value)) <= max(said.step / 2 + 1e-9, slack * abs(truth))
    if right and directed and abs(truth) > said.step:
        way = _way(said, sentence)
        right = way == 0 or (way > 0) is (truth > 0)
    return Traced(0, 0, said.value, "right" if right else "wrong", stream, about, truth)


def _way(said: _Said, sentence: str) -> int:
    """Direction that the text gives a difference: 1 up, -1 down, 0 when it gives none."""
    if said.signed:
        return 1 if said.value > 0 else -1
    down = [one.start() for one in _DOWN.finditer(sentence)]
    up = [one.start() for one in _UP.finditer(sentence)]
    near = [(abs(place - said.start), way) for way, places in ((-1, down), (1, up)) for place in places]
    return min(near)[1] if near else 0


def _truths(
    said: _Said,
    stream: str,
    sentence: str,
    days: Sequence[tuple[int, int, date | None]],
    person: Person,
    figures: Figures,
) -> dict[str, float]:
    """What the number may be compared with, by name."""
    own = {one.lastgroup or "" for one in _around(said, sentence)}
    percent = said.unit == "%"
    if said.unit in ("days", "nights") or "missing" in own or "low_run" in own:
        counts = {"missing": float(figures.missing), "days": float(figures.days)}
        if figures.low_run is not None and "low_run" in own:
            counts = {"low_run": float(figures.low_run)}
        if percent:
            return {"missing, percent": 100 * figures.missing / figures.days}
        return counts if own & {"missing", "low_run"} or _of_days(said, sentence) else {}
    if days and not own & {"change", "first_week", "last_week"}:
        day = min(days, key=lambda one: abs(one[0] - said.start))[2]
        if day is None:
            return {}
        value = person.streams[stream][person.dates.index(day)]
        return {} if np.isnan(value) else {day.isoformat(): float(value)}
    if percent:
        if figures.change is None or not figures.first_week:
            return {}
        if "weekend" in own and figures.weekend is not None and figures.mean:
            return {"weekend, percent": 100 * figures.weekend / figures.mean}
        return {"change, percent": 100 * figures.change / figures.first_week}
    if re.search(r"(?:between|from|rang\w+)\W[^.;]*$", sentence[: said.start], re.IGNORECASE) and not own & {
        "first_week",
        "last_week",
    }:
        return _kept(figures, ("lowest", "highest"))
    order = ("missing", "slope", "weekend", "sd", "first_week", "last_week", "change", "lowest", "highest", "mean")
    nearest = _nearest(said, sentence)
    if nearest in order:
        return _kept(figures, (nearest,))
    return _kept(figures, ("mean", "first_week", "last_week", "lowest", "highest"))


def _of_days(said: _Said, sentence: str) -> bool:
    return re.match(r"\W*(?:of (?:the )?\d+ )?days? (?:of data|were|on record)", sentence[said.end :], re.I) is not None


def _kept(figures: Figures, names: Sequence[str]) -> dict[str, float]:
    return {name: float(value) for name in names if (value := getattr(figures, name)) is not None}


def _clause(said: _Said, sentence: str) -> tuple[int, int]:
    """The clause around a number: between marks and "and", which part what is said of one number from another."""
    cuts = [0, *(one.end() for one in re.finditer(r"[,;:]\s|\)\s|\s\(|\bwhile\b|\bbut\b", sentence)), len(sentence)]
    start = max(cut for cut in cuts if cut <= said.start)
    return start, min(cut for cut in cuts if cut > said.start)


def _around(said: _Said, sentence: str) -> list[re.Match[str]]:
    start, end = _clause(said, sentence)
    found = list(_STATISTIC.finditer(sentence, start, end))
    return found or list(_STATISTIC.finditer(sentence))


def _nearest(said: _Said, sentence: str) -> str:
    """The figure that is named nearest to a number, within its clause if any is named there."""
    found = _around(said, sentence)
    if not found:
        return ""
    names = {one.lastgroup for one in found}
    # "by 800", "to 7,400": what follows a verb of change is a difference or where it led.
    lead = _LEAD.search(sentence[: said.start])
    if "change" in names and _A_DAY.match(sentence[said.end :]) and (lead is None or lead[1].lower() == "by"):
        return "slope"
    if lead is not None and "change" in names and "slope" not in names:
        return {"by": "change", "to": "last_week", "from": "first_week"}[lead[1].lower()]

    def gap(one: re.Match[str]) -> tuple[int, int]:
        distance = said.start - one.end()
        if distance < 0:
            between = sentence[said.end : one.start()]
            distance = len(between) + (_NEXT_NUMBER if " and " in between else 0)
        return (distance, list(_STATISTIC_WORDS).index(one.lastgroup or "mean"))

    return min(found, key=gap).lastgroup or ""


def _day(match: re.Match[str], dates: Sequence[date]) -> date | None:
    """The day on record that a date names; None when there is none."""
    if match["iso"]:
        return next((one for one in dates if one.isoformat() == match["iso"]), None)
    month = _MONTHS.split().index((match["m1"] or match["m2"]).lower()[:3]) + 1
    day, year = int(match["d1"] or match["d2"]), match["y1"] or match["y2"]
    return next((one for one in dates if (one.month, one.day) == (month, day) and year in (None, str(one.year))), None)


class NumberGrounding:
    """Share of right numbers among those that could be checked; how many could not stands beside it.

    The case's text holds the table of days (:mod:`workup.signals.tables`). A text without a checkable number is worth
    0.
    """

    name = "number-grounding"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score the words of an attempt."""
        person = person_of(case.text or "")
        if attempt.reasoning is None or person is None:
            return Score(total=0.0, notes=(why_none(attempt) or "no table",))
        found = trace_numbers(attempt.raw, person)
        counts = {what: float(sum(one.outcome == what for one in found)) for what in ("right", "wrong", "unchecked")}
        checked = counts["right"] + counts["wrong"]
        return Score(
            total=counts["right"] / checked if checked else 0.0,
            parts=counts,
            notes=() if checked else ("no number could be checked",),
        )
