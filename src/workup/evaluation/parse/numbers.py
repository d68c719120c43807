"""Numbers with units: decimal commas, thousands, powers of ten, fractions, words; ranges are not numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import msgspec

from workup.evaluation.parse.announced import CUE
from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.parsed import Found, Quantity
from workup.evaluation.parse.refusal import refusal
from workup.text.ages import SMALL_NUMBERS

_DIGITS = r"(?:\d{1,3}(?:[ ,'.\u202f]\d{3}){1,99}(?!\d)(?:[.,]\d{1,400})?|\d{1,400}(?:[.,]\d{1,400})?|[.,]\d{1,400})"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_\u0370-\u03ff.])(?<![A-Za-z]-)(?P<sign>[+-] ?(?=[\d.]))?(?P<digits>{_DIGITS})"
    r"(?:(?P<mixed> \d{1,4}/\d{1,4})|/(?P<under>\d{1,6})(?![\d/])"
    r"|(?:e(?P<e>[+-]?\d{1,4}))|(?: ?(?:x|×|\*|·|⋅) ?10 ?(?:(?:\^|\*\*) ?\{?(?P<ten>[+-]?\d{1,3})\}?|"
    r"(?P<small>-\^?\d{1,3})))"
    r"|(?:(?:\^|\*\*)\{?(?P<power>[+-]?\d{1,3})\}?))?(?![A-Za-z]{0,2}\d)",
    re.I,
)
_UNIT = re.compile(
    r"[ ]?(%|°[CF]?|percent\b|per cent\b|"
    r"[A-Za-zµμΩ]{1,12}(?:\^?-?\d)?(?:[ ]?[/·.*][ ]?(?:\d+(?:\.\d+)?[ ]?)?[A-Za-zµμ]{1,6}(?:\^?-?\d)?){0,3})"
)
_NOT_UNITS = frozenset(
    [
        "and",
        "or",
        "to",
        "is",
        "are",
        "was",
        "the",
        "a",
        "an",
        "in",
        "of",
        "for",
        "with",
        "at",
        "on",
        "by",
        "per",
        "from",
        "then",
        "so",
        "which",
        "because",
        "since",
        "as",
        "if",
        "x",
        "step",
        "i",
        "but",
        "than",
        "points",
        "point",
        "out",
        "i.e",
        "e.g",
        "years",
    ]
)
_RANGE = re.compile(
    rf"(?<![\w.])(?:between\s{{1,2}}{_DIGITS}[^\d\n]{{0,12}}\band\s{{1,2}}{_DIGITS}|{_DIGITS}\s?%?\s?(?:-|—|\bto\b|"
    rf"~)\s?{_DIGITS}(?!\d))",
    re.I,
)
_FRACTION = re.compile(r"\\[dt]?frac\s?\{\s?(\d{1,6})\s?\}\s?\{\s?(\d{1,6})\s?\}")
# "7 out of 10", "7 of 10 points": the second number is the most that there can be.
_AT_MOST = re.compile(r"(?<=\d) (?:out of|of a (?:possible|total)|of a maximum(?: of)?) \d{1,4}\b", re.I)
_ASIDE = re.compile(r"\([^()\n]{0,200}\)|\[[^\[\]\n]{0,200}\]|±\s?[\d.,]{1,20}|\+/-\s?[\d.,]{1,20}")
_WORDS = {word: value for value, word in enumerate(("zero", *SMALL_NUMBERS))}
_TENS = {
    word: 10 * value
    for value, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_WORD = re.compile(
    rf"\b(?:({'|'.join(_TENS)})(?:[ -]({'|'.join(list(_WORDS)[1:10])}))?|({'|'.join(reversed(_WORDS))})|(one |"
    rf"a )?hundred)\b"
)
_LINK = re.compile(
    r"(?:\s{0,4}(?:(?:is|was|are|would be|should be|equals?|approximately|about|roughly|around|therefore|thus|est|es|"
    r"ist|the|of)(?=[\s:*])"
    r"|[:=≈~*_`$\"'(\[]|是|为|は|هي)){0,8}\s{0,4}",
    re.I,
)
SENTENCE_END = re.compile(r"[.!?]\s|\n")
_EQUALS = re.compile(r"[=≈]\s{0,3}")
# Factor to the base unit of its dimension; only units that mean the same everywhere.
_SCALES: dict[str, tuple[str, float]] = {
    "kg": ("g", 1e3), "g": ("g", 1.0), "mg": ("g", 1e-3), "µg": ("g", 1e-6), "mcg": ("g", 1e-6), "ng": ("g", 1e-9),
    "l": ("l", 1.0), "dl": ("l", 0.1), "ml": ("l", 1e-3), "µl": ("l", 1e-6),
    "m": ("m", 1.0), "cm": ("m", 1e-2), "mm": ("m", 1e-3),
    "h": ("s", 3600.0), "hour": ("s", 3600.0), "min": ("s", 60.0), "minute": ("s", 60.0),
    "s": ("s", 1.0), "ms": ("s", 1e-3),
    "mmol": ("mol", 1e-3), "mol": ("mol", 1.0), "µmol": ("mol", 1e-6),
}  # fmt: skip


class Number(msgspec.Struct, frozen=True):
    """A number in a text."""

    start: int
    end: int
    value: float
    unit: str = ""


def quantity(text: str, *, unit: str | None = None) -> Found:
    """The one quantity that a reply gives.

    Args:
        text: Cleaned reply.
        unit: The unit asked for: another of the same dimension is converted, any other is refused.
    """
    mark = last_mark(text)
    if mark is not None:
        found = _fragment(mark.text, unit)
        return Found(found.value, mark.start, mark.end, mark.kind if found.value else f"{found.why} in the {mark.kind}")
    for start, end in _announced(text):
        found = _fragment(text[start:end], unit, first=True)
        if found.value or found.why == "a range":
            return Found(
                found.value,
                found.start + start,
                found.end + start,
                found.why and "announced" if found.value else found.why,
            )
    return _fragment(text, unit)


def _announced(text: str) -> list[tuple[int, int]]:
    """Where announced answers begin, the last first."""
    low = text.lower() if "İ" not in text else text.replace("İ", "I").lower()
    places = []
    for cue in CUE.finditer(low):
        if cue.group("weak") is None:
            link = _LINK.match(text, cue.end())
            at = link.end() if link else cue.end()
            stop = re.compile(r"\n|(?<=[.!?]) ").search(text, at, at + 300)
            places.append((at, stop.start() if stop else min(len(text), at + 300)))
    return places[::-1]


def _fragment(text: str, unit: str | None, *, first: bool = False) -> Found:
    plain = _FRACTION.sub(lambda match: f"{match[1]}/{match[2]}".ljust(len(match.group())), text)
    for aside in (_ASIDE, _AT_MOST):
        plain = aside.sub(lambda match: " " * len(match.group()), plain)
    if not re.search(r"\w", plain):
        plain = text
    # "2 + 1 + 1 = 4": the sum is what stands behind the last sign.
    tail = 0
    for sign in _EQUALS.finditer(plain):
        if _NUMBER.search(plain, sign.end(), sign.end() + 40):
            tail = sign.end()
    found = numbers(plain[tail:])
    if (found and _RANGE.match(plain[tail:], found[0].start) and (first or len(found) <= 2)) or (
        len(found) == 2 and _RANGE.search(plain[tail:])
    ):
        return Found(None, why="a range")
    if not found:
        return _in_words(plain) if re.search(r"[a-zA-Z]", plain) else Found(None, why="no number")
    if tail or first:
        found = found[:1]
    if unit is not None and len(found) > 1:
        fitting = [one for one in found if _same(one.unit, unit)]
        found = fitting or found
    values = {one.value for one in found}
    if len(values) > 1:
        sentences = [one for one in found if one.start >= _last_sentence(plain[tail:])]
        if len({one.value for one in sentences}) == 1:
            found = sentences
        else:
            return Found(None, why="ambiguous: " + ", ".join(f"{value:g}" for value in sorted(values)[:4]))
    one = found[-1]
    return _in_unit(msgspec.structs.replace(one, start=one.start + tail, end=one.end + tail), unit)


def _last_sentence(text: str) -> int:
    return max((match.end() for match in SENTENCE_END.finditer(text.rstrip())), default=0)


def _in_unit(one: Number, unit: str | None) -> Found:
    if unit is None or not one.unit or _plain_unit(one.unit) == _plain_unit(unit):
        return Found(Quantity(one.value, one.unit), one.start, one.end, "number")
    given, asked = _SCALES.get(_plain_unit(one.unit)), _SCALES.get(_plain_unit(unit))
    if given and asked:
        if given[0] != asked[0]:
            return Found(None, one.start, one.end, f"another unit: {one.unit}")
        return Found(Quantity(one.value * given[1] / asked[1], unit), one.start, one.end, f"converted from {one.unit}")
    if given or "/" in one.unit or one.unit in ("%", "percent"):
        return Found(None, one.start, one.end, f"another unit: {one.unit}")
    return Found(Quantity(one.value, one.unit), one.start, one.end, "number")


def _plain_unit(unit: str) -> str:
    plain = unit.lower().replace("μ", "µ").replace(" ", "").replace("^", "").strip(".")
    return "%" if plain in ("percent", "percent.") else plain.removesuffix("s") if len(plain) > 3 else plain


def _same(given: str, asked: str) -> bool:
    return bool(given) and _plain_unit(given) == _plain_unit(asked)


def _in_words(text: str) -> Found:
    found = list(_WORD.finditer(text.lower() if len(text.lower()) == len(text) else text))
    values = set()
    for match in found:
        tens, ones, small = match.group(1), match.group(2), match.group(3)
        values.add(_TENS[tens] + (_WORDS[ones] if ones else 0) if tens else _WORDS[small] if small else 100)
    # "One" is also a pronoun: only a reply of a few words is taken for a number in words.
    if len(values) == 1 and (len(text.split()) <= 4):
        return Found(Quantity(float(values.pop())), *found[-1].span(), "number in words")
    return Found(None, why="refusal" if refusal(text.lower()) else "no number")


def numbers(text: str) -> Sequence[Number]:
    """Every number of a text with its unit, digits within names and units left out.

    >>> [(one.value, one.unit) for one in numbers("CHA2DS2-VASc 3, GFR 88.3 mL/min/1.73 m^2")]
    [(3.0, ''), (88.3, 'mL/min/1.73 m^2')]
    """
    found = []
    at = 0
    while match := _NUMBER.search(text, at):
        at = match.end()
        value = _number(match)
        if value is None:
            continue
        unit = _UNIT.match(text, match.end())
        name = unit.group(1) if unit else ""
        word = name.split("/")[0].strip().lower().rstrip(".")
        if word in _NOT_UNITS or (
            len(word) > 4 and word not in ("percent", "per cent", "hours", "minutes", "kcal", "mmol", "mosm")
        ):
            name = ""
        if name and unit:
            at = unit.end()
        found.append(Number(match.start(), at if name else match.end(), value, name.strip().rstrip(".")))
    return found


def _number(match: re.Match[str]) -> float | None:
    digits = _decimal(match.group("digits"))
    try:
        value = float(digits)
        if match.group("mixed"):
            above, below = match.group("mixed").split("/")
            value += float(above) / float(below)
        elif match.group("under"):
            value /= float(match.group("under"))
        elif match.group("power"):
            value = value ** int(match.group("power"))
        elif exponent := match.group("e") or match.group("ten") or match.group("small"):
            value = float(f"{digits}e{int(exponent.replace('^', ''))}")
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    if isinstance(value, complex) or not math.isfinite(value):
        return None
    return -value if (match.group("sign") or "").startswith("-") else value


def _decimal(digits: str) -> str:
    """Digits with a point for the decimals and nothing between thousands.

    >>> _decimal("1.234,5"), _decimal("1,234.5"), _decimal("0,5"), _decimal("1,234")
    ('1234.5', '1234.5', '0.5', '1234')
    """
    plain = digits.replace(" ", "").replace("'", "").replace("\u202f", "")
    point, comma = plain.rfind("."), plain.rfind(",")
    if point >= 0 and comma >= 0:
        decimal, other = (".", ",") if point > comma else (",", ".")
        return plain.replace(other, "").replace(decimal, ".")
    if comma >= 0:
        thousands = re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", plain)
        return plain.replace(",", "" if thousands else ".")
    return plain.replace(".", "") if plain.count(".") > 1 else plain
