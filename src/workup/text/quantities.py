"""Numbers with units in a note.

>>> [(q.value, q.unit) for q in numbers("Hb 6.1 g/dL, platelets 45,000/mm^3, CRP <5 mg/l", 0, 48)]
[(6.1, 'g/dL'), (45000.0, '/uL'), (5.0, 'mg/L')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

_NUMBER = re.compile(
    r"(?<![\w.,/^])(?P<sign>[<>≤≥]=?[ ]?)?(?P<value>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,7}(?:\.\d+)?)"
    r"(?![\d/]*/\d{2,4}\b(?![ ]?mm))(?!\d)"
)
_COUNT = re.compile(
    r"[ ]?(?:(?:[x×*·][ ]?)?(?:10|1O)[ ]?(?:\^|\*\*|e)?[ ]?(?P<power>[39]|6|12|³|⁶|⁹|¹²)|(?P<thousand>k|thousand|"
    r"thou|K)|(?P<million>million|mil|M))?"
    r"[ ]?(?:cells?)?[ ]?(?:/|per[ ])[ ]?(?:(?P<micro>[uμµ]l|mcl|mm[\^]?3|mm³|cu\.?[ ]?mm|cmm|microliter|"
    r"microlitre|cubic millimet(?:er|re))|(?P<litre>l(?:iter|itre)?))(?![A-Za-z0-9])",
    re.I,
)
_BARE_POWER = re.compile(r"[ ]?[x×*][ ]?10[ ]?(?:\^|\*\*)?[ ]?(?P<power>[39³⁹])(?![\d/])")
_RATIO = re.compile(
    r"[ ]?(?P<top>mm|milli-?equivalents?|meq|[mμµunp]?mol|mcmol|micromol|millimol|[mμµunpk]?g|mcg|micrograms?|"
    r"milligrams?|nanograms?|grams?|m?iu|[μµum]iu|mciu|[mμµu]?u|units?|[μµu]kat)"
    r"[ ]?(?:/|per[ ])[ ]?(?P<bottom>dl|100[ ]?ml|ml|l(?:iter|itre)?|h(?:r|our)?|m2|m²|m\^2)(?![A-Za-z0-9])",
    re.I,
)
_OTHER = re.compile(
    r"[ ]?(?:(?P<percent>%)|(?P<mmhg>mm[ ]?hg|torr)|(?P<kpa>kpa)|(?P<fl>fl|μm3|um3)(?![a-z])|(?P<c>(?:°|º|"
    r"deg(?:rees)?)?[ ]?c(?:elsius)?)(?![A-Za-z0-9-])"
    r"|(?P<f>(?:°|º|deg(?:rees)?)?[ ]?f(?:ahrenheit)?)(?![A-Za-z0-9-])|(?P<min>(?:beats?|breaths?)?[ ]?(?:/|per)"
    r"[ ]?min(?:ute)?|bpm|b/min)(?![a-z])|(?P<degrees>°|º))",
    re.I,
)
_POWERS = {"3": 3, "³": 3, "6": 6, "⁶": 6, "9": 9, "⁹": 9, "12": 12, "¹²": 12}
_SPELLINGS = {
    "mEq": "milliequivalent milliequivalents milli-equivalent milli-equivalents meq",
    "mol": "mol",
    "mmol": "mmol millimol",
    "umol": "umol mcmol micromol",
    "nmol": "nmol",
    "pmol": "pmol",
    "g": "g gram grams",
    "mg": "mg milligram milligrams",
    "ug": "ug mcg microgram micrograms",
    "ng": "ng nanogram nanograms",
    "pg": "pg",
    "kg": "kg",
    "U": "iu u unit units",
    "mU": "miu mu",
    "uU": "uiu mciu uu",
    "ukat": "ukat",
    "mm": "mm",
}
_TOPS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}


class Quantity(msgspec.Struct, frozen=True):
    """A number in a note.

    Attributes:
        value: As written, thousands separators removed.
        sign: ``<`` or ``>`` before it, else empty.
        unit: In one spelling ("g/dL", "10^9/L", "/uL", "/min", "°C"); empty if none follows.
        start: First character, the sign included.
        end: One past the unit.
    """

    value: float
    sign: str
    unit: str
    start: int
    end: int


def numbers(note: str, start: int, end: int) -> Iterator[Quantity]:
    """Numbers from ``start`` to ``end``, with their units; dates and fractions are left out."""
    for match in _NUMBER.finditer(note, start, end):
        unit, stop = unit_at(note, match.end(), end)
        yield Quantity(
            float(match["value"].replace(",", "")),
            (match["sign"] or "")[:1].replace("≤", "<").replace("≥", ">"),
            unit,
            match.start(),
            stop,
        )


def unit_at(note: str, position: int, end: int) -> tuple[str, int]:
    """Unit that begins at a position, in one spelling, and where it ends."""
    count = _COUNT.match(note, position, end)
    if count is not None:
        power = _POWERS.get(count["power"] or "", 0) + (3 if count["thousand"] else 6 if count["million"] else 0)
        if count["micro"]:
            return {0: ("/uL", count.end()), 3: ("10^9/L", count.end())}.get(power, ("?", count.end()))
        return {9: ("10^9/L", count.end()), 0: ("/L", count.end())}.get(power, ("?", count.end()))
    ratio = _RATIO.match(note, position, end)
    if ratio is not None:
        top = _TOPS.get(ratio["top"].lower().replace("μ", "u").replace("µ", "u"), "?")
        bottom = ratio["bottom"].lower().replace(" ", "")
        bottom = {
            "dl": "dL",
            "100ml": "dL",
            "ml": "mL",
            "hr": "h",
            "hour": "h",
            "h": "h",
            "m2": "m2",
            "m²": "m2",
            "m^2": "m2",
        }.get(bottom, "L")
        return f"{top}/{bottom}", ratio.end()
    power_only = _BARE_POWER.match(note, position, end)
    if power_only is not None:
        return "10^9/L", power_only.end()
    other = _OTHER.match(note, position, end)
    if other is not None and other.lastgroup is not None and other.end() > position:
        name = {
            "percent": "%",
            "mmhg": "mmHg",
            "kpa": "kPa",
            "fl": "fL",
            "c": "°C",
            "f": "°F",
            "min": "/min",
            "degrees": "",
        }[other.lastgroup]
        return name, other.end()
    return "", position
