"""Organ failure in intensive care: SOFA.

>>> from workup.knowledge.calculators import calculate
>>> calculate("sofa", platelets="90 10^9/L", creatinine="2.1 mg/dL", assume_absent=True).value
4.0
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Example, Input, Values
from workup.knowledge.calculators.inputs import (
    BILIRUBIN,
    COMA_SCORE,
    CREATININE,
    DIASTOLIC,
    INSPIRED_OXYGEN,
    OXYGEN_PRESSURE,
    PLATELETS,
    SYSTOLIC,
    assumable,
    number,
    yes_no,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, score


def _oxygenation(values: Values) -> tuple[float, str]:
    oxygen, fraction = values.maybe("oxygen_pressure"), values.maybe("inspired_oxygen")
    if oxygen is None or fraction is None:
        return 0.0, "PaO2 or inspired oxygen not given"
    ratio = 100.0 * oxygen / fraction
    supported = values.yes("ventilation") or values.yes("cpap")
    points = sum(ratio < limit for limit in ((400, 300, 200, 100) if supported else (400, 300)))
    return float(points), f"PaO2/FiO2 {ratio:.4g} mmHg {'with' if supported else 'without'} respiratory support"


def _circulation(values: Values) -> tuple[float, str]:
    dose = {name: values.maybe(name) or 0.0 for name in ("dopamine", "dobutamine", "epinephrine", "norepinephrine")}
    said = ", ".join(values.said(name) for name, amount in dose.items() if amount)
    strongest = max(dose["epinephrine"], dose["norepinephrine"])
    if dose["dopamine"] > 15 or strongest > 0.1:
        return 4.0, said
    if dose["dopamine"] > 5 or strongest > 0:
        return 3.0, said
    if dose["dopamine"] > 0 or dose["dobutamine"] > 0:
        return 2.0, said
    systolic, diastolic = values.maybe("systolic_pressure"), values.maybe("diastolic_pressure")
    if systolic is not None and diastolic is not None:
        mean = systolic / 3.0 + 2.0 * diastolic / 3.0
        return float(mean < 70), f"mean arterial pressure {mean:.4g} mmHg"
    return float(values.yes("hypotension")), values.said("hypotension")


def _kidney(values: Values) -> tuple[float, str]:
    creatinine, urine = values.maybe("creatinine"), values.maybe("urine_output")
    points = 0 if creatinine is None else sum(creatinine >= limit for limit in (1.2, 2.0, 3.5, 5.0))
    if urine is not None:
        points = max(points, 4 if urine < 200 else 3 if urine < 500 else 0)
    return float(points), f"{values.said('creatinine')}; {values.said('urine_output')}"


def _infusion(text: str) -> Input:
    return number(text, "ug/kg/min", 0.0, 100.0, optional=True)


_SOFA_INPUTS = assumable(
    {
        "oxygen_pressure": OXYGEN_PRESSURE,
        "inspired_oxygen": INSPIRED_OXYGEN,
        "ventilation": yes_no("Mechanical ventilation", "mechanical_ventilation", "on mechanical ventilation"),
        "cpap": yes_no("Continuous positive airway pressure", "continuous positive airway pressure"),
        "platelets": PLATELETS,
        "coma_score": COMA_SCORE,
        "bilirubin": BILIRUBIN,
        "hypotension": replace(yes_no("Hypotension"), optional=True),
        "systolic_pressure": SYSTOLIC,
        "diastolic_pressure": DIASTOLIC,
        "dopamine": _infusion("Dopamine"),
        "dobutamine": _infusion("Dobutamine"),
        "epinephrine": _infusion("Epinephrine"),
        "norepinephrine": _infusion("Norepinephrine"),
        "creatinine": CREATININE,
        "urine_output": number("Urine output", "mL/d", 0.0, 20000.0, units=("L/d", "mL/h"), optional=True),
    }
)
_SOFA = (
    Criterion(
        text="PaO2/FiO2 in mmHg < 400 +1, < 300 +2, < 200 with respiratory support +3, < 100 with it +4",
        inputs=("oxygen_pressure", "inspired_oxygen"),
        rule=_oxygenation,
    ),
    Criterion(
        text="Platelets", inputs=("platelets",), bands=bands(("<", 20, 4), ("<", 50, 3), ("<", 100, 2), ("<", 150, 1))
    ),
    Criterion(
        text="Glasgow Coma Scale",
        inputs=("coma_score",),
        bands=bands(("<", 6, 4), ("<", 10, 3), ("<", 13, 2), ("<", 15, 1)),
    ),
    Criterion(
        text="Bilirubin", inputs=("bilirubin",), bands=bands((">=", 12, 4), (">=", 6, 3), (">=", 2, 2), (">=", 1.2, 1))
    ),
    Criterion(
        text="Mean pressure < 70 mmHg +1; dopamine up to 5 or any dobutamine +2; dopamine above 5 or (nor)epinephrine "
        "up to 0.1 +3; dopamine above 15 or (nor)epinephrine above 0.1 ug/kg/min +4",
        inputs=("systolic_pressure", "diastolic_pressure"),
        rule=_circulation,
    ),
    Criterion(
        text="Creatinine >= 1.2 +1, >= 2 +2, >= 3.5 +3, >= 5 mg/dL +4; urine < 500 +3, < 200 mL/d +4",
        inputs=("creatinine", "urine_output"),
        rule=_kidney,
    ),
)
_AREA = "organ_failure"


CALCULATORS = (
    Calculator(
        name="sofa",
        title="Sequential Organ Failure Assessment (SOFA) Score",
        names=("SOFA", "SOFA score"),
        area=_AREA,
        purpose="Organ failure in intensive care.",
        inputs=_SOFA_INPUTS,
        unit="points",
        formula=in_words(_SOFA, _SOFA_INPUTS),
        citation="Vincent et al., Intensive Care Med 1996;22:707-710",
        example=Example(
            {"oxygen_pressure": 90, "inspired_oxygen": 50, "ventilation": True, "cpap": False, "platelets": 99}
            | {"coma_score": 12, "bilirubin": 6.0, "systolic_pressure": 90, "diastolic_pressure": 50}
            | {"norepinephrine": 0.1, "creatinine": 1.2, "urine_output": 400},
            16.0,
            "By hand: 3 + 2 + 2 + 3 + 3 + 3",
        ),
        compute=score(_SOFA),
        medcalc_bench=43,
    ),
)
