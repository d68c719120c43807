"""Sepsis and intensive care: coma scale, SIRS, qSOFA, SOFA.

>>> from workup.knowledge.calculators import calculate
>>> calculate("glasgow-coma", eye="to pain", verbal="confused", motor="localizes pain").value
11.0
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Example, Values
from workup.knowledge.calculators.inputs import (
    CARBON_DIOXIDE,
    COMA_SCORE,
    HEART_RATE,
    LEUKOCYTES,
    RESPIRATORY_RATE,
    SYSTOLIC,
    TEMPERATURE,
    assumable,
    choice,
    number,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, score

# Choices from the best answer to none; the other spellings are those of MedCalc-Bench.
_EYE = {
    "spontaneous": ("eyes open spontaneously", "eye open spontaneously"),
    "to voice": ("eyes open to verbal command", "to verbal command", "eye opening to verbal command"),
    "to pain": ("eyes open to pain", "eye opening to pain"),
    "none": ("no eye opening",),
}
_VERBAL = {
    "oriented": (),
    "confused": (),
    "inappropriate words": (),
    "incomprehensible sounds": (),
    "none": ("no verbal response",),
}
_MOTOR = {
    "obeys commands": (),
    "localizes pain": ("localises pain",),
    "withdrawal from pain": ("withdraws from pain",),
    "flexion to pain": ("abnormal flexion",),
    "extension to pain": ("extension",),
    "none": ("no motor response",),
}


def _falling(options: dict[str, tuple[str, ...]]) -> dict[str, float]:
    return {name: float(len(options) - place) for place, name in enumerate(options)}


_COMA_INPUTS = {
    "eye": choice("Best eye response", _EYE, "best_eye_response", assumed="spontaneous"),
    "verbal": choice("Best verbal response", _VERBAL, "best_verbal_response", assumed="oriented"),
    "motor": choice("Best motor response", _MOTOR, "best_motor_response", assumed="obeys commands"),
}
_COMA = (
    Criterion(text="Eye", inputs=("eye",), options=_falling(_EYE)),
    Criterion(text="Verbal", inputs=("verbal",), options=_falling(_VERBAL)),
    Criterion(text="Motor", inputs=("motor",), options=_falling(_MOTOR)),
)


def _breathing(values: Values) -> tuple[float, str]:
    rate, gas = values.maybe("respiratory_rate"), values.maybe("carbon_dioxide")
    met = (rate is not None and rate > 20) or (gas is not None and gas < 32)
    return float(met), f"{values.said('respiratory_rate')}; {values.said('carbon_dioxide')}"


def _white_cells(values: Values) -> tuple[float, str]:
    count, young = values.maybe("white_blood_cells"), values.maybe("bands")
    met = (count is not None and not 4 <= count <= 12) or (young is not None and young > 10)
    return float(met), f"{values.said('white_blood_cells')}; {values.said('bands')}"


_SIRS_INPUTS = assumable(
    {
        "temperature": TEMPERATURE,
        "heart_rate": HEART_RATE,
        "respiratory_rate": RESPIRATORY_RATE,
        "carbon_dioxide": replace(CARBON_DIOXIDE, optional=True),
        "white_blood_cells": LEUKOCYTES,
        "bands": number("Bands", "%", 0.0, 100.0, optional=True),
    }
)
_SIRS = (
    Criterion(text="Temperature", inputs=("temperature",), bands=bands((">", 38, 1), ("<", 36, 1))),
    Criterion(text="Heart rate", inputs=("heart_rate",), bands=bands((">", 90, 1))),
    Criterion(
        text="Respiratory rate > 20 /min or PaCO2 < 32 mmHg +1",
        inputs=("respiratory_rate", "carbon_dioxide"),
        rule=_breathing,
    ),
    Criterion(
        text="White blood cells > 12 or < 4 x 10^9/L, or bands > 10 % +1",
        inputs=("white_blood_cells", "bands"),
        rule=_white_cells,
    ),
)
_QSOFA_INPUTS = assumable(
    {"respiratory_rate": RESPIRATORY_RATE, "systolic_pressure": SYSTOLIC, "coma_score": COMA_SCORE}
)
_QSOFA = (
    Criterion(text="Respiratory rate", inputs=("respiratory_rate",), bands=bands((">=", 22, 1))),
    Criterion(text="Systolic blood pressure", inputs=("systolic_pressure",), bands=bands(("<=", 100, 1))),
    Criterion(text="Glasgow Coma Scale", inputs=("coma_score",), bands=bands(("<", 15, 1))),
)
_AREA = "critical_care"


CALCULATORS = (
    Calculator(
        name="glasgow-coma",
        title="Glasgow Coma Score (GCS)",
        names=("GCS", "Glasgow Coma Scale", "Glasgow Coma Score"),
        area=_AREA,
        purpose="Depth of coma. A part that cannot be tested leaves the sum without meaning, and is refused.",
        inputs=_COMA_INPUTS,
        unit="points",
        formula=in_words(_COMA, _COMA_INPUTS),
        citation="Teasdale and Jennett, Lancet 1974;304:81-84; Teasdale et al., Lancet Neurol 2014;13:844-854",
        example=Example(
            {"eye": "to voice", "verbal": "inappropriate words", "motor": "withdrawal from pain"},
            10.0,
            "By hand: 3 + 3 + 4",
        ),
        compute=score(_COMA),
        reading=((3, "severe"), (9, "moderate"), (13, "mild")),
        medcalc_bench=21,
        upstream="a part that is not testable counts as normal",
    ),
    Calculator(
        name="sirs",
        title="SIRS Criteria",
        names=("SIRS",),
        area=_AREA,
        purpose="Criteria met of the systemic inflammatory response syndrome, of four.",
        inputs=_SIRS_INPUTS,
        unit="criteria",
        formula=in_words(_SIRS, _SIRS_INPUTS),
        citation="Bone et al., Chest 1992;101:1644-1655",
        example=Example(
            {
                "temperature": 38,
                "heart_rate": 91,
                "respiratory_rate": 20,
                "carbon_dioxide": 31,
                "white_blood_cells": 12.1,
            },
            3.0,
            "By hand: heart rate, PaCO2, white cells; 38 °C is not above 38",
        ),
        compute=score(_SIRS),
        reading=((0, "below two: no SIRS"), (2, "SIRS")),
        medcalc_bench=51,
    ),
    Calculator(
        name="qsofa",
        title="qSOFA Score for Sepsis",
        names=("quick SOFA",),
        area=_AREA,
        purpose="Risk of a poor outcome in suspected infection outside intensive care.",
        inputs=_QSOFA_INPUTS,
        unit="points",
        formula=in_words(_QSOFA, _QSOFA_INPUTS),
        citation="Seymour et al., JAMA 2016;315:762-774",
        example=Example(
            {"respiratory_rate": 22, "systolic_pressure": 101, "coma_score": 14}, 2.0, "By hand: rate, coma"
        ),
        compute=score(_QSOFA),
        reading=((0, "not high risk"), (2, "high risk")),
    ),
)
