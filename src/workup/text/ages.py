"""Ages and spans of time in words, and as ISO 8601 durations.

>>> match = re.compile(AGE).search("seen at 2 years and 3 months")
>>> duration(match), days("P2Y3M")
('P2Y3M', 821.8125)
"""

from __future__ import annotations

import re

SMALL_NUMBERS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
WORDS = {word: value for value, word in enumerate(SMALL_NUMBERS, 1)} | {
    word: 10 * value for value, word in enumerate(_TENS, 2)
}
_WORD = (
    rf"(?:(?:{'|'.join(_TENS)})[- ](?:{'|'.join(SMALL_NUMBERS[:9])})|{'|'.join(sorted(WORDS, key=len, reverse=True))})"
)
NUMBER = (
    rf"(?:\d{{1,3}}(?:[.,]\d{{1,2}}|[ -]?½|[ -]\d{{1,2}}/\d{{1,2}})?|½|{_WORD}|"
    r"an?(?=[ -](?:year|month|week|day|hour|half)))"
)
UNIT = r"(?:years?|yrs?|y|months?|mos?|mths?|weeks?|wks?|wk|w|days?|d|hours?|hrs?|h)"
AGE = (
    rf"(?P<count>{NUMBER})[ \n-]?(?P<unit>{UNIT})\b"
    rf"(?:(?:,?[ ](?:and[ ])?|(?<=[yY])[ ]?)(?P<count2>{NUMBER})[ -]?(?P<unit2>(?:months?|mos?|m|weeks?|wks?|days?|"
    rf"d))\b)?"
)
"""An age or a span of time: "2 years and 3 months", "2y 3m", "7 weeks"; named groups count, unit, count2, unit2."""

_DAYS = {"Y": 365.25, "M": 30.4375, "W": 7.0, "D": 1.0}
_ISO = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?")


def quantity(text: str) -> float | None:
    """Value of a number in digits or words; None for anything else.

    >>> quantity("twenty-five"), quantity("2½"), quantity("3 6/12"), quantity("a")
    (25.0, 2.5, 3.5, 1.0)
    """
    text = text.strip().lower()
    if text in ("a", "an"):
        return 1.0
    if text in WORDS:
        return float(WORDS[text])
    parts = re.split(r"[ -]", text)
    if len(parts) == 2 and parts[0] in WORDS and parts[1] in WORDS:
        return float(WORDS[parts[0]] + WORDS[parts[1]])
    mixed = re.fullmatch(r"(\d+)?[ -]?(?:(½)|(?:[ -])?(\d+)/(\d+))", text)
    if mixed is not None and (mixed[1] or mixed[2]):
        if mixed[4] is not None and int(mixed[4]) == 0:
            return None
        return float(mixed[1] or 0) + (0.5 if mixed[2] else int(mixed[3]) / int(mixed[4]))
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def letter(unit: str) -> str:
    """Letter of a unit in ISO 8601: Y, M, W or D; H for hours."""
    return "M" if unit.lower().startswith("m") else unit[0].upper()


def duration(match: re.Match[str]) -> str | None:
    """ISO 8601 duration of a match of :data:`AGE`; None when its numbers make no age.

    >>> pattern = re.compile(AGE)
    >>> [duration(pattern.search(text)) for text in ("2.5 years", "7 weeks", "18 hours", "400 years")]
    ['P2Y6M', 'P7W', 'P0D', None]
    """
    count = quantity(match["count"])
    if count is None:
        return None
    unit = letter(match["unit"])
    if unit == "H":
        return "P0D" if count < 24 else f"P{int(count // 24)}D"
    extra = quantity(match["count2"]) if match["count2"] else None
    if unit == "Y":
        if count > 125:
            return None
        months = round((count % 1) * 12)
        whole = int(count) + (months == 12)
        text = f"P{whole}Y" if whole else "P"
        months %= 12
        if extra is not None and letter(match["unit2"]) == "M":
            months += int(extra)
        return f"{text}{months}M" if months else (text if whole else "P0D")
    if count > 500:
        return None
    if unit == "M" and count % 1:
        return f"P{int(count)}M{round((count % 1) * 30)}D" if count >= 1 else f"P{round(count * 30)}D"
    if unit == "M" and extra is not None and letter(match["unit2"]) in "WD":
        return f"P{int(count)}M{int(extra * (7 if letter(match['unit2']) == 'W' else 1))}D"
    if unit == "W" and (count % 1 or extra is not None):
        return f"P{round(count * 7 + (extra or 0))}D"
    return f"P{int(count)}{unit}"


def days(age: str | None) -> float | None:
    """Days of an ISO 8601 duration as this package writes it; None for other formats."""
    match = _ISO.fullmatch(age) if age else None
    if match is None or age == "P":
        return None
    return sum(int(value) * size for value, size in zip(match.groups(), _DAYS.values(), strict=True) if value)


def before(age: str, elapsed: float) -> str | None:
    """Age ``elapsed`` days before ``age``, no more exact than it can be: years from 2 years on, months, else days.

    >>> before("P45Y", 21), before("P3Y", 365.25), before("P7M", 30.4375), before("P10D", 3)
    ('P45Y', 'P2Y', 'P6M', 'P7D')
    """
    now = days(age)
    if now is None or elapsed > now:
        return None
    # "45 years" is anything up to a day before the 46th birthday; weeks before that do not make it 44.
    slack = 365.0 if "M" not in age and "W" not in age and "D" not in age else 0.0
    left = now - elapsed
    if slack and elapsed < slack / 2:
        return age
    if left >= 2 * _DAYS["Y"]:
        return f"P{int(left / _DAYS['Y'] + 0.01)}Y"
    if left >= 2 * _DAYS["M"]:
        months = int(left / _DAYS["M"] + 0.01)
        return f"P{months // 12}Y" if months % 12 == 0 and months else f"P{months}M"
    return f"P{int(left + 0.01)}D"
