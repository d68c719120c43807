"""Units of measurement: read, compared and converted; mass and amount of substance through molar masses.

>>> round(convert(88.4, "umol/L", "mg/dL", analyte="creatinine"), 4), round(convert(100.4, "°F", "°C"), 1)
(1.0, 38.0)
>>> convert(5, "mg", "mL")
Traceback (most recent call last):
workup.errors.UserError: mg cannot be converted to mL
"""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from workup.errors import UserError
from workup.text.quantities import unit_at

Dimensions = tuple[tuple[str, int], ...]
"""Base and exponent, sorted: ``(("mass", 1), ("volume", -1))`` for mg/dL."""

MOLAR_MASSES: dict[str, float] = {
    # g/mol, from the IUPAC standard atomic weights (2021, abridged): C 12.011, H 1.008, N 14.007, O 15.999, Ca 40.078,
    # Cl 35.45, K 39.098, Mg 24.305, Na 22.990, P 30.974.
    "calcium": 40.078,
    "chloride": 35.45,
    "cholesterol": 386.66,  # C27H46O
    "creatinine": 113.12,  # C4H7N3O
    "bilirubin": 584.67,  # C33H36N4O6
    "ethanol": 46.069,  # C2H6O
    "glucose": 180.156,  # C6H12O6
    # Per haem, as laboratories report it: a quarter of the tetramer (IFCC; Braunstein 2011).
    "haemoglobin": 16114.0,
    "iron": 55.845,
    "lactate": 90.078,  # as lactic acid, C3H6O3
    "magnesium": 24.305,
    "phosphate": 30.974,  # reported as phosphorus
    "potassium": 39.098,
    "sodium": 22.990,
    # No single substance: the mean that laboratories use (885.7 g/mol, Young and Huth, SI Units for Clinical
    # Measurement, 1998).
    "triglycerides": 885.7,
    "urate": 168.11,  # C5H4N4O3
    # Two nitrogens of urea; the amount is that of urea.
    "urea nitrogen": 28.014,
    "urea": 60.056,  # CH4N2O
}
VALENCES: dict[str, int] = {
    "bicarbonate": 1,
    "calcium": 2,
    "chloride": 1,
    "lactate": 1,
    "magnesium": 2,
    "potassium": 1,
    "sodium": 1,
}
# mol of an international unit: 1 uIU/mL of insulin is 6.00 pmol/L (Knopp et al., J Diabetes Sci Technol 2019).
MOLES_PER_UNIT: dict[str, float] = {"insulin": 6.00e-9}

_PREFIXES = {"k": 1e3, "": 1.0, "d": 1e-1, "c": 1e-2, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
_PREFIXED = {
    "g": ("mass", 1.0),
    "mol": ("amount", 1.0),
    "Eq": ("charge", 1.0),
    "L": ("volume", 1.0),
    "m": ("length", 1.0),
    "U": ("activity", 1.0),
    "IU": ("activity", 1.0),
    # 1 U is 1 umol/min.
    "kat": ("activity", 6e7),
    "Osm": ("osmoles", 1.0),
    # Conventional millimetre of mercury: 133.322 Pa.
    "Pa": ("pressure", 1 / 133.322),
}
_DAY = 86400.0
_WHOLE: dict[str, tuple[float, Dimensions]] = {
    "lb": (453.59237, (("mass", 1),)),
    "oz": (28.349523125, (("mass", 1),)),
    "in": (0.0254, (("length", 1),)),
    "ft": (0.3048, (("length", 1),)),
    "mmHg": (1.0, (("pressure", 1),)),
    "cmH2O": (98.0665 / 133.322, (("pressure", 1),)),
    "s": (1.0, (("time", 1),)),
    "ms": (1e-3, (("time", 1),)),
    "min": (60.0, (("time", 1),)),
    "h": (3600.0, (("time", 1),)),
    "d": (_DAY, (("time", 1),)),
    "wk": (7 * _DAY, (("time", 1),)),
    "mo": (365.25 / 12 * _DAY, (("time", 1),)),
    "y": (365.25 * _DAY, (("time", 1),)),
    "%": (1e-2, ()),
    "fraction": (1.0, ()),
    "": (1.0, ()),
    "m2": (1.0, (("length", 2),)),
    "mm3": (1e-6, (("volume", 1),)),
    "°C": (1.0, (("temperature", 1),)),
    "°F": (1.0, (("temperature", 1),)),
    "K": (1.0, (("temperature", 1),)),
    "MME": (1.0, (("morphine", 1),)),
}
# As people write them, in lower case; | between spellings.
_WRITTEN = {
    "y": "year|years|yr|yrs",
    "mo": "month|months",
    "wk": "week|weeks",
    "d": "day|days",
    "h": "hour|hours|hr|hrs",
    "min": "minute|minutes",
    "s": "second|seconds|sec",
    "ms": "msec|milliseconds",
    "ug": "mcg",
    "in": "inch|inches",
    "ft": "feet|foot",
    "lb": "lbs|pound|pounds",
    "kg": "kgs|kilograms",
    "g": "grams",
    "cm": "centimeters|centimetres",
    "m": "meters|metres",
    "%": "percent",
    "°C": "degrees celsius|celsius|c|°c",
    "°F": "degrees fahrenheit|fahrenheit|f|°f",
    "mmHg": "mm hg|mmhg|torr",
    "kPa": "kpa",
    "/min": "beats/min|beats/minute|breaths/min|breaths/minute|bpm",
    "m2": "m^2|m²",
    "mm3": "mm^3|mm³",
    "L": "l",
    "dL": "dl",
    "mL": "ml",
    "uL": "ul",
}
_SPELLINGS = {spelling: unit for unit, spellings in _WRITTEN.items() for spelling in spellings.split("|")}
_POWER = re.compile(r"(?:[x×*·] ?)?10(?:\^|\*\*)?([369]|12)(?: ?cells?)?")
_SUPERSCRIPTS = str.maketrans("³⁶⁹", "369")


class Unit(msgspec.Struct, frozen=True):
    """A unit: what it measures, and how many base units it is (g, mol, L, m, s, mmHg, U, K)."""

    symbol: str
    factor: float
    dimensions: Dimensions


@lru_cache(maxsize=1024)
def unit(text: str) -> Unit:
    """The unit that a text names.

    Raises:
        UserError: There is none of that name.

    >>> unit("mcg/kg/min").dimensions, unit("10^9/L").factor, unit("beats per minute").symbol
    ((('time', -1),), 1000000000.0, '/min')
    """
    words = re.sub(r"\s+", " ", text.strip()).replace("µ", "u").replace("μ", "u").translate(_SUPERSCRIPTS)
    words = re.sub(r" ?(?:/| per ) ?|^per ", "/", words)
    symbol = _SPELLINGS.get(words.lower(), words)
    found = _product(symbol)
    if found is None:
        # Spellings of notes: "x 10^3/uL", "thousand/mm3", "microIU"...
        known, end = unit_at(" " + words, 0, len(words) + 1)
        found = _product(known) if known and end == len(words) + 1 else None
        symbol = known
    if found is None:
        raise UserError(f"no unit {text.strip()!r} is known")
    return Unit(symbol, *found)


def _product(symbol: str) -> tuple[float, Dimensions] | None:
    total, dimensions = 1.0, dict[str, int]()
    for place, part in enumerate(symbol.split("/")):
        # Only what is before the first stroke may be empty: /min.
        found = None if place and not part.strip() else _single(part)
        if found is None:
            return None
        sign = -1 if place else 1
        total *= found[0] ** sign
        for base, exponent in found[1]:
            dimensions[base] = dimensions.get(base, 0) + sign * exponent
    return total, tuple(sorted((base, exponent) for base, exponent in dimensions.items() if exponent))


def _single(part: str) -> tuple[float, Dimensions] | None:
    part = part.strip()
    part = _SPELLINGS.get(part.lower(), part)
    if part in _WHOLE:
        return _WHOLE[part]
    power = _POWER.fullmatch(part)
    if power is not None:
        return 10.0 ** int(power[1]), ()
    for base, (dimension, factor) in _PREFIXED.items():
        prefix = part[: -len(base)]
        if part.lower().endswith(base.lower()) and prefix in _PREFIXES:
            return _PREFIXES[prefix] * factor, ((dimension, 1),)
    return None


def convert(value: float, source: str, target: str, *, analyte: str = "") -> float:
    """A value in another unit.

    Args:
        value: In ``source``.
        source: Unit of the value.
        target: Unit that is wanted.
        analyte: What was measured, for conversions between mass, amount and charge (:data:`MOLAR_MASSES`).

    Returns:
        The value in ``target``.

    Raises:
        UserError: A unit is not known, or the one does not convert to the other.

    >>> round(convert(11, "mmol/L", "mg/dL", analyte="urea nitrogen"), 2), convert(10.5, "mg/dL", "mg/dL")
    (30.82, 10.5)
    """
    one, other = unit(source), unit(target)
    if one.symbol == other.symbol:
        return value
    if one.dimensions == other.dimensions == (("temperature", 1),):
        return _from_celsius(_to_celsius(value, one.symbol), other.symbol)
    bridge = 1.0 if one.dimensions == other.dimensions else _bridge(one, other, analyte)
    if bridge is None:
        named = f" of {analyte}" if analyte else ""
        raise UserError(f"{one.symbol or 'a bare number'}{named} cannot be converted to {other.symbol or 'one'}")
    return value * (one.factor * bridge / other.factor)


def _bridge(one: Unit, other: Unit, analyte: str) -> float | None:
    """Factor between base units when mass, amount, charge or activity stand for each other."""
    mine, theirs = dict(one.dimensions), dict(other.dimensions)
    (changed, wanted) = ({*one.dimensions} - {*other.dimensions}, {*other.dimensions} - {*one.dimensions})
    if len(changed) != 1 or len(wanted) != 1:
        return None
    (base, exponent), (target, other_exponent) = *changed, *wanted
    if exponent != other_exponent or base in theirs or target in mine:
        return None
    moles = {
        "amount": 1.0,
        "mass": 1 / MOLAR_MASSES[analyte] if analyte in MOLAR_MASSES else None,
        "charge": 1 / VALENCES[analyte] if analyte in VALENCES else None,
        "activity": MOLES_PER_UNIT.get(analyte),
    }
    held, needed = moles.get(base), moles.get(target)
    return None if held is None or needed is None else float((held / needed) ** exponent)


def _to_celsius(value: float, symbol: str) -> float:
    return {"°C": value, "°F": (value - 32.0) / 1.8, "K": value - 273.15}[symbol]


def _from_celsius(value: float, symbol: str) -> float:
    return {"°C": value, "°F": value * 1.8 + 32.0, "K": value + 273.15}[symbol]
