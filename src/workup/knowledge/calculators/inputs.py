"""Inputs that several calculators share.

What a living person can have, for what laboratories measure, is one table for the whole package:
:mod:`workup.text.ranges`.

>>> inputs = laboratory("creatinine")
>>> inputs.unit, inputs.units, inputs.valid
('mg/dL', ('umol/L',), (0.1, 30.0))
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from workup.knowledge.calculators.calculator import Input
from workup.text.ranges import by_name

# Accepted units beside that of the table, and where nearly all values of patients lie.
_ELECTROLYTE = ("mEq/L", "mmol/L")
_UNITS: dict[str, tuple[str, ...]] = {
    "creatinine": ("umol/L",),
    "glucose": ("mmol/L",),
    "bun": ("mmol/L",),
    "bilirubin": ("umol/L",),
    "calcium": ("mmol/L",),
    "cholesterol": ("mmol/L",),
    "hdl cholesterol": ("mmol/L",),
    "ldl cholesterol": ("mmol/L",),
    "triglycerides": ("mmol/L",),
    "albumin": ("g/L",),
    "haemoglobin": ("g/L", "mmol/L"),
    "sodium": ("mEq/L",),
    "potassium": ("mEq/L",),
    "chloride": ("mEq/L",),
    "hematocrit": ("fraction",),
    "platelets": ("/uL", "10^3/uL"),
    "white blood cells": ("/uL", "10^3/uL"),
    "alt": ("ukat/L",),
    "ast": ("ukat/L",),
    "alp": ("ukat/L",),
    "temperature": ("°F", "K"),
    "oxygen saturation": ("fraction",),
}
_USUAL: dict[str, tuple[float, float]] = {
    "creatinine": (0.3, 15.0),
    "glucose": (30.0, 900.0),
    "bun": (3.0, 150.0),
    "bilirubin": (0.1, 40.0),
    "calcium": (5.0, 16.0),
    "cholesterol": (60.0, 500.0),
    "hdl cholesterol": (15.0, 120.0),
    "ldl cholesterol": (20.0, 400.0),
    "triglycerides": (30.0, 2000.0),
    "haemoglobin": (4.0, 20.0),
    "platelets": (5.0, 1500.0),
    "white blood cells": (0.5, 150.0),
}
# Name of the substance in the tables of molar masses and valences, where it is another than in the table of ranges.
_ANALYTES = {"bun": "urea nitrogen", "hdl cholesterol": "cholesterol", "ldl cholesterol": "cholesterol"}


def number(
    text: str,
    unit: str,
    low: float,
    high: float,
    *,
    units: Iterable[str] = (),
    aliases: Iterable[str] = (),
    possible: tuple[float, float] | None = None,
    usual: tuple[float, float] | None = None,
    analyte: str = "",
    optional: bool = False,
) -> Input:
    """A number with a unit and the range, ends included, that the formula is made for."""
    return Input(
        text=text,
        kind="number",
        unit=unit,
        units=tuple(units),
        analyte=analyte,
        valid=(low, high),
        possible=possible or (low, high),
        usual=usual,
        optional=optional,
        aliases=tuple(aliases),
    )


def laboratory(name: str, *, text: str = "", aliases: Iterable[str] = (), optional: bool = False) -> Input:
    """A number whose unit and plausible range come from :mod:`workup.text.ranges`."""
    analyte = by_name()[name]
    return number(
        text or (analyte.name[0].upper() + analyte.name[1:]),
        analyte.unit,
        *analyte.plausible,
        units=_UNITS.get(name, ()),
        usual=_USUAL.get(name),
        analyte=_ANALYTES.get(name, name),
        aliases=aliases,
        optional=optional,
    )


def yes_no(text: str, *aliases: str) -> Input:
    """A question with yes or no; in a score, what is not said may be assumed to be no."""
    return Input(text=text, kind="yes/no", assumed=False, assumable=True, aliases=aliases)


def choice(text: str, choices: Mapping[str, tuple[str, ...]], *aliases: str, assumed: str | None = None) -> Input:
    """One of several words, each with other spellings of it; ``assumed`` is what stands for "not mentioned"."""
    return Input(
        text=text, kind="choice", choices=dict(choices), assumed=assumed, assumable=assumed is not None, aliases=aliases
    )


def day(text: str, *aliases: str) -> Input:
    """A date."""
    return Input(text=text, kind="date", aliases=aliases)


def age(low: float = 0.0, high: float = 120.0) -> Input:
    """Age in years, with the range that the formula is made for."""
    return number("Age", "y", low, high, units=("mo", "wk", "d"), possible=(0.0, 120.0))


def assumable(inputs: dict[str, Input]) -> dict[str, Input]:
    """The same inputs, the numbers of which count as normal when they are left out and assumptions are allowed."""
    return {
        name: msgspec.structs.replace(known, assumable=True) if known.kind == "number" and name != "age" else known
        for name, known in inputs.items()
    }


SEX = choice("Sex", {"female": ("f", "woman"), "male": ("m", "man")}, "gender")
HEIGHT = number("Height", "cm", 20.0, 260.0, units=("m", "in", "ft"), usual=(40.0, 220.0))
WEIGHT = number(
    "Weight", "kg", 0.3, 500.0, units=("lb", "g"), usual=(2.0, 300.0), aliases=("actual_weight", "body weight")
)
CREATININE = laboratory("creatinine", text="Serum creatinine", aliases=("serum_creatinine",))
UREA_NITROGEN = laboratory(
    "bun", text="Blood urea nitrogen", aliases=("bun", "blood urea nitrogen (bun)", "blood_urea_nitrogen")
)
BILIRUBIN = laboratory("bilirubin", aliases=("total_bilirubin",))
ALBUMIN = laboratory("albumin", aliases=("serum_albumin",))
SODIUM = laboratory("sodium", aliases=("serum_sodium",))
POTASSIUM = laboratory("potassium")
CHLORIDE = laboratory("chloride")
BICARBONATE = number(
    "Bicarbonate", "mmol/L", 1.0, 60.0, units=("mEq/L",), analyte="bicarbonate", aliases=("hco3", "bicarbonate (hco3)")
)
GLUCOSE = laboratory("glucose", aliases=("serum_glucose", "blood_glucose"))
INR = number("INR", "", 0.5, 20.0, aliases=("international normalized ratio", "international_normalized_ratio"))
HEART_RATE = number("Heart rate", "/min", 15.0, 320.0, aliases=("pulse", "heart rate or pulse", "heart_rate_or_pulse"))
RESPIRATORY_RATE = number("Respiratory rate", "/min", 0.0, 150.0)
TEMPERATURE = laboratory("temperature", text="Temperature")
SYSTOLIC = number(
    "Systolic blood pressure", "mmHg", 20.0, 330.0, units=("kPa",), aliases=("sys_bp", "systolic blood pressure")
)
DIASTOLIC = number(
    "Diastolic blood pressure", "mmHg", 5.0, 220.0, units=("kPa",), aliases=("dia_bp", "diastolic blood pressure")
)
PLATELETS = laboratory("platelets", aliases=("platelet_count",))
LEUKOCYTES = laboratory("white blood cells", text="White blood cells", aliases=("wbc", "white blood cell count"))
HAEMOGLOBIN = laboratory("haemoglobin", aliases=("hemoglobin",))
HAEMATOCRIT = laboratory("hematocrit", aliases=("hematocrit",))
ARTERIAL_PH = number("Arterial pH", "", 6.5, 7.9, aliases=("ph",))
OXYGEN_PRESSURE = number(
    "Arterial PaO2", "mmHg", 10.0, 700.0, units=("kPa",), aliases=("pao2", "partial_pressure_oxygen", "PaO₂")
)
CARBON_DIOXIDE = number("Arterial PaCO2", "mmHg", 5.0, 200.0, units=("kPa",), aliases=("paco2", "PaCO₂"))
INSPIRED_OXYGEN = number("Inspired oxygen (FiO2)", "%", 15.0, 100.0, units=("fraction",), aliases=("fio2", "FiO₂"))
COMA_SCORE = number("Glasgow Coma Scale", "", 3.0, 15.0, aliases=("gcs", "glasgow coma score"))
