"""APACHE II: acute physiology, age and chronic health on the first day of intensive care.

>>> from workup.knowledge.calculators import calculate
>>> calculate("apache-ii", age=50, temperature=37, assume_absent=True).value
2.0
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Example, Values
from workup.knowledge.calculators.inputs import (
    ARTERIAL_PH,
    CARBON_DIOXIDE,
    COMA_SCORE,
    CREATININE,
    DIASTOLIC,
    HAEMATOCRIT,
    HEART_RATE,
    INSPIRED_OXYGEN,
    LEUKOCYTES,
    OXYGEN_PRESSURE,
    POTASSIUM,
    RESPIRATORY_RATE,
    SODIUM,
    SYSTOLIC,
    TEMPERATURE,
    age,
    assumable,
    choice,
    number,
    yes_no,
)
from workup.knowledge.calculators.points import Comparison, Criterion, bands, in_words, score
from workup.knowledge.calculators.respiratory import alveolar_gradient

# (limit, points from it on), from the highest band down; what is below all of them comes last. Knaus 1985, table 1.
_Table = tuple[tuple[float, float], ...]
_MEAN_PRESSURE: _Table = ((160, 4), (130, 3), (110, 2), (70, 0), (50, 2), (40, 3), (0, 4))
_KIDNEY: _Table = ((3.5, 4), (2.0, 3), (1.5, 2), (0.6, 0), (0, 2))


def _points(table: _Table, value: float) -> float:
    return next(points for limit, points in table if value >= limit)


def _table(text: str, name: str, table: _Table) -> Criterion:
    at_least: Comparison = ">="
    rows = ((at_least, limit, points) for limit, points in table[:-1])
    return Criterion(text=text, inputs=(name,), bands=bands(*rows), otherwise=table[-1][1], missing=0.0)


def _mean_pressure(values: Values) -> tuple[float, str]:
    systolic, diastolic = values.maybe("systolic_pressure"), values.maybe("diastolic_pressure")
    if systolic is None or diastolic is None:
        return 0.0, "blood pressure not given"
    mean = systolic / 3.0 + 2.0 * diastolic / 3.0
    # The table is in whole mmHg: 109.3 is in the band from 70 to 109.
    return _points(_MEAN_PRESSURE, mean), f"mean arterial pressure {mean:.4g} mmHg"


def _oxygenation(values: Values) -> tuple[float, str]:
    fraction, oxygen = values.maybe("inspired_oxygen"), values.maybe("oxygen_pressure")
    gradient = values.maybe("gradient")
    if fraction is not None and fraction >= 50:
        carbon_dioxide = values.maybe("carbon_dioxide")
        if gradient is None and oxygen is not None and carbon_dioxide is not None:
            gradient = alveolar_gradient(fraction / 100.0, oxygen, carbon_dioxide)
        if gradient is None:
            values.warn("from 50 % oxygen on the A-a gradient counts, and it is not known", "give carbon_dioxide")
            return 0.0, "A-a gradient not given"
        return _points(((500, 4), (350, 3), (200, 2), (-1e9, 0)), gradient), f"A-a gradient {gradient:.4g} mmHg"
    if oxygen is None:
        return 0.0, "PaO2 not given"
    return (0.0 if oxygen > 70 else 1.0 if oxygen > 60 else 3.0 if oxygen >= 55 else 4.0), values.said(
        "oxygen_pressure"
    )


def _creatinine(values: Values) -> tuple[float, str]:
    creatinine = values.maybe("creatinine")
    if creatinine is None:
        return 0.0, "not given"
    points = _points(_KIDNEY, creatinine)
    said = values.said("creatinine")
    if creatinine >= 1.5 and values.yes("acute_renal_failure"):
        return 2.0 * points, f"{said}, doubled in acute renal failure"
    if creatinine >= 1.5 and values.upstream and not values.yes("chronic_renal_failure"):
        return 0.0, f"{said}, and neither acute nor chronic renal failure"
    return points, said


def _chronic(values: Values) -> tuple[float, str]:
    if not values.yes("chronic_organ_failure"):
        return 0.0, values.said("chronic_organ_failure")
    elective = values.choice("admission") == "elective operation"
    return (2.0 if elective else 5.0), f"{values.said('chronic_organ_failure')}; {values.said('admission')}"


def _coma(values: Values) -> tuple[float, str]:
    coma = values.maybe("coma_score")
    return (0.0, "not given") if coma is None else (15.0 - coma, values.said("coma_score"))


_INPUTS = assumable(
    {
        "age": age(16.0),
        "temperature": TEMPERATURE,
        "systolic_pressure": SYSTOLIC,
        "diastolic_pressure": DIASTOLIC,
        "heart_rate": HEART_RATE,
        "respiratory_rate": RESPIRATORY_RATE,
        "inspired_oxygen": INSPIRED_OXYGEN,
        "oxygen_pressure": OXYGEN_PRESSURE,
        "carbon_dioxide": replace(CARBON_DIOXIDE, optional=True),
        "gradient": number(
            "A-a gradient",
            "mmHg",
            -50.0,
            700.0,
            units=("kPa",),
            optional=True,
            aliases=("a_a_gradient", "a-a gradient"),
        ),
        "arterial_ph": ARTERIAL_PH,
        "sodium": SODIUM,
        "potassium": POTASSIUM,
        "creatinine": CREATININE,
        "acute_renal_failure": yes_no("Acute renal failure"),
        "chronic_renal_failure": replace(yes_no("Chronic renal failure"), optional=True),
        "haematocrit": HAEMATOCRIT,
        "white_blood_cells": LEUKOCYTES,
        "coma_score": COMA_SCORE,
        "chronic_organ_failure": yes_no(
            "Severe organ insufficiency before, or immunocompromised",
            "organ_failure_immunocompromise",
            "history of severe organ failure or immunocompromise",
        ),
        "admission": choice(
            "Reason for admission",
            {
                "no operation": ("nonoperative", "none"),
                "emergency operation": ("emergency", "emergency postoperative"),
                "elective operation": ("elective", "elective postoperative"),
            },
            "surgery_type",
            assumed="no operation",
        ),
    }
)
_RATE: _Table = ((180, 4), (140, 3), (110, 2), (70, 0), (55, 2), (40, 3), (0, 4))
_CRITERIA = (
    _table("Age", "age", ((75, 6), (65, 5), (55, 3), (45, 2), (0, 0))),
    _table("Temperature", "temperature", ((41, 4), (39, 3), (38.5, 1), (36, 0), (34, 1), (32, 2), (30, 3), (0, 4))),
    Criterion(
        text="Mean pressure >= 160 +4, >= 130 +3, >= 110 +2, >= 70 +0, >= 50 +2, >= 40 +3, else +4",
        inputs=("systolic_pressure", "diastolic_pressure"),
        rule=_mean_pressure,
    ),
    _table("Heart rate", "heart_rate", _RATE),
    _table("Respiratory rate", "respiratory_rate", ((50, 4), (35, 3), (25, 1), (12, 0), (10, 1), (6, 2), (0, 4))),
    Criterion(
        text="Below 50 % oxygen PaO2 <= 70 +1, <= 60 +3, < 55 +4; else A-a gradient >= 200 +2, >= 350 +3, >= 500 +4",
        inputs=("oxygen_pressure", "inspired_oxygen"),
        rule=_oxygenation,
    ),
    _table("Arterial pH", "arterial_ph", ((7.7, 4), (7.6, 3), (7.5, 1), (7.33, 0), (7.25, 2), (7.15, 3), (0, 4))),
    _table("Sodium", "sodium", ((180, 4), (160, 3), (155, 2), (150, 1), (130, 0), (120, 2), (111, 3), (0, 4))),
    _table("Potassium", "potassium", ((7, 4), (6, 3), (5.5, 1), (3.5, 0), (3, 1), (2.5, 2), (0, 4))),
    Criterion(
        text="Creatinine >= 3.5 +4, >= 2 +3, >= 1.5 +2 (twice that in acute renal failure), < 0.6 mg/dL +2",
        inputs=("creatinine", "acute_renal_failure"),
        rule=_creatinine,
    ),
    _table("Haematocrit", "haematocrit", ((60, 4), (50, 2), (46, 1), (30, 0), (20, 2), (0, 4))),
    _table("White blood cells", "white_blood_cells", ((40, 4), (20, 2), (15, 1), (3, 0), (1, 2), (0, 4))),
    Criterion(text="15 - Glasgow Coma Scale", inputs=("coma_score",), rule=_coma),
    Criterion(
        text="Chronic organ failure +5, before an elective operation +2",
        inputs=("chronic_organ_failure", "admission"),
        rule=_chronic,
    ),
)

CALCULATORS = (
    Calculator(
        name="apache-ii",
        title="APACHE II Score",
        names=("APACHE II",),
        area="acute_physiology",
        purpose="Mortality in intensive care, from the worst values of the first day.",
        inputs=_INPUTS,
        unit="points",
        formula=in_words(_CRITERIA, _INPUTS),
        citation="Knaus et al., Crit Care Med 1985;13:818-829",
        example=Example(
            {"age": 65, "temperature": 38.5, "systolic_pressure": 90, "diastolic_pressure": 60, "heart_rate": 110}
            | {"respiratory_rate": 35, "inspired_oxygen": 60, "oxygen_pressure": 100, "carbon_dioxide": 40}
            | {"arterial_ph": 7.32, "sodium": 129, "potassium": 5.5, "creatinine": 2.0, "acute_renal_failure": True}
            | {"haematocrit": 29, "white_blood_cells": 15, "coma_score": 12, "chronic_organ_failure": True}
            | {"admission": "elective operation"},
            32.0,
            "By hand: 5 + 1 + 0 (70 mmHg) + 2 + 3 + 2 (gradient 277.8) + 2 + 2 + 1 + 6 + 2 + 1 + 3 + 2",
        ),
        compute=score(_CRITERIA),
        medcalc_bench=28,
        upstream="creatinine gives points only in acute or chronic renal failure",
    ),
)
