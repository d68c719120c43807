"""Lungs: gas exchange and severity of pneumonia.

>>> from workup.knowledge.calculators import calculate
>>> round(calculate("alveolar-arterial-gradient", inspired_oxygen=21, oxygen_pressure=90, carbon_dioxide=40).value, 1)
9.7
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    ARTERIAL_PH,
    CARBON_DIOXIDE,
    DIASTOLIC,
    GLUCOSE,
    HAEMATOCRIT,
    HEART_RATE,
    INSPIRED_OXYGEN,
    OXYGEN_PRESSURE,
    RESPIRATORY_RATE,
    SEX,
    SODIUM,
    SYSTOLIC,
    TEMPERATURE,
    UREA_NITROGEN,
    age,
    assumable,
    laboratory,
    number,
    yes_no,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

# Water vapour at body temperature, mmHg; respiratory quotient of a mixed diet.
_VAPOUR, _QUOTIENT = 47.0, 0.8


def alveolar_gradient(fraction: float, oxygen: float, carbon_dioxide: float, atmosphere: float = 760.0) -> float:
    """Alveolar less arterial oxygen pressure, mmHg.

    Args:
        fraction: Inspired oxygen, 0 to 1.
        oxygen: PaO2, mmHg.
        carbon_dioxide: PaCO2, mmHg.
        atmosphere: Pressure of the air, mmHg.

    >>> alveolar_gradient(0.21, 90.0, 40.0)
    9.72999999999999
    """
    return fraction * (atmosphere - _VAPOUR) - carbon_dioxide / _QUOTIENT - oxygen


def _gradient(values: Values) -> Computed:
    fraction = values.number("inspired_oxygen") / 100.0
    atmosphere = values.maybe("atmosphere") or 760.0
    oxygen = values.number("oxygen_pressure")
    found = alveolar_gradient(fraction, oxygen, values.number("carbon_dioxide"), atmosphere)
    if found < 0:
        values.warn("a negative gradient cannot be", "check the inspired oxygen and the gases")
    return found, [Part("Alveolar oxygen, mmHg", found + oxygen, values.said("inspired_oxygen"))]


def _ratio(values: Values) -> Computed:
    return 100.0 * values.number("oxygen_pressure") / values.number("inspired_oxygen"), []


def _rox(values: Values) -> Computed:
    ratio = 100.0 * values.number("oxygen_saturation") / values.number("inspired_oxygen")
    return ratio / values.number("respiratory_rate"), [Part("Saturation over inspired oxygen", ratio)]


def _years(values: Values) -> tuple[float, str]:
    return float(int(values.number("age"))), values.said("age")


def _low_pressure(values: Values) -> tuple[float, str]:
    systolic, diastolic = values.maybe("systolic_pressure"), values.maybe("diastolic_pressure")
    low = (systolic is not None and systolic < 90) or (diastolic is not None and diastolic <= 60)
    return float(low), f"{values.said('systolic_pressure')}; {values.said('diastolic_pressure')}"


_CURB_INPUTS = assumable(
    {
        "confusion": yes_no("New confusion"),
        "urea_nitrogen": UREA_NITROGEN,
        "respiratory_rate": RESPIRATORY_RATE,
        "systolic_pressure": SYSTOLIC,
        "diastolic_pressure": DIASTOLIC,
        "age": age(18.0),
    }
)
_CURB = (
    present("Confusion", 1, "confusion"),
    Criterion(text="Urea nitrogen", inputs=("urea_nitrogen",), bands=bands((">", 19, 1))),
    Criterion(text="Respiratory rate", inputs=("respiratory_rate",), bands=bands((">=", 30, 1))),
    Criterion(
        text="Systolic pressure < 90 or diastolic <= 60 mmHg +1",
        inputs=("systolic_pressure", "diastolic_pressure"),
        rule=_low_pressure,
    ),
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 65, 1))),
)

_PSI_INPUTS = assumable(
    {
        "age": age(18.0),
        "sex": SEX,
        "nursing_home": yes_no("Lives in a nursing home", "nursing_home_resident", "nursing home resident"),
        "neoplastic_disease": yes_no("Neoplastic disease"),
        "liver_disease": yes_no("Liver disease", "liver disease history"),
        "heart_failure": yes_no("Congestive heart failure", "chf", "congestive_heart_failure"),
        "cerebrovascular_disease": yes_no("Cerebrovascular disease", "cerebrovascular disease history"),
        "renal_disease": yes_no("Renal disease", "renal disease history"),
        "altered_mental_status": yes_no("Altered mental status"),
        "respiratory_rate": RESPIRATORY_RATE,
        "systolic_pressure": SYSTOLIC,
        "temperature": TEMPERATURE,
        "heart_rate": HEART_RATE,
        "arterial_ph": ARTERIAL_PH,
        "urea_nitrogen": UREA_NITROGEN,
        "sodium": SODIUM,
        "glucose": GLUCOSE,
        "haematocrit": HAEMATOCRIT,
        "oxygen_pressure": OXYGEN_PRESSURE,
        "pleural_effusion": yes_no("Pleural effusion", "pleural effusion on x-ray"),
    }
)
_PSI = (
    Criterion(text="One point a year of age", inputs=("age",), rule=_years),
    Criterion(text="Female sex", inputs=("sex",), options={"female": -10, "male": 0}),
    present("Nursing home", 10, "nursing_home"),
    present("Neoplastic disease", 30, "neoplastic_disease"),
    present("Liver disease", 20, "liver_disease"),
    present("Heart failure", 10, "heart_failure"),
    present("Cerebrovascular disease", 10, "cerebrovascular_disease"),
    present("Renal disease", 10, "renal_disease"),
    present("Altered mental status", 20, "altered_mental_status"),
    Criterion(text="Respiratory rate", inputs=("respiratory_rate",), bands=bands((">=", 30, 20))),
    Criterion(text="Systolic pressure", inputs=("systolic_pressure",), bands=bands(("<", 90, 20))),
    Criterion(text="Temperature", inputs=("temperature",), bands=bands(("<", 35, 15), (">=", 40, 15)), variant="ours"),
    Criterion(
        text="Temperature", inputs=("temperature",), bands=bands(("<", 35, 15), (">", 39.9, 15)), variant="upstream"
    ),
    Criterion(text="Heart rate", inputs=("heart_rate",), bands=bands((">=", 125, 10))),
    Criterion(text="Arterial pH", inputs=("arterial_ph",), bands=bands(("<", 7.35, 30))),
    Criterion(text="Urea nitrogen", inputs=("urea_nitrogen",), bands=bands((">=", 30, 20))),
    Criterion(text="Sodium", inputs=("sodium",), bands=bands(("<", 130, 20))),
    Criterion(text="Glucose", inputs=("glucose",), bands=bands((">=", 250, 10))),
    Criterion(text="Haematocrit", inputs=("haematocrit",), bands=bands(("<", 30, 10))),
    Criterion(text="PaO2", inputs=("oxygen_pressure",), bands=bands(("<", 60, 10))),
    present("Pleural effusion", 10, "pleural_effusion"),
)

_AREA = "respiratory"
CALCULATORS = (
    Calculator(
        name="curb-65",
        title="CURB-65 Score for Pneumonia Severity",
        names=("CURB-65",),
        area=_AREA,
        purpose="Mortality of community-acquired pneumonia, for the choice of ward or home.",
        inputs=_CURB_INPUTS,
        unit="points",
        formula=in_words(_CURB, _CURB_INPUTS),
        citation="Lim et al., Thorax 2003;58:377-382; urea above 7 mmol/L is 19 mg/dL of urea nitrogen",
        example=Example(
            {"confusion": True, "urea_nitrogen": 19, "respiratory_rate": 30, "systolic_pressure": 120}
            | {"diastolic_pressure": 60, "age": 65},
            4.0,
            "By hand: confusion, rate, pressure, age; 19 is not above 19",
        ),
        compute=score(_CURB),
        reading=((0, "low (1.5 %)"), (2, "intermediate (9.2 %)"), (3, "severe (22 %)")),
        medcalc_bench=45,
    ),
    Calculator(
        name="pneumonia-severity-index",
        title="PSI Score: Pneumonia Severity Index for CAP",
        names=("PSI", "Pneumonia Severity Index"),
        area=_AREA,
        purpose="Mortality of community-acquired pneumonia. (Class I is told by its own rule, not by points.)",
        inputs=_PSI_INPUTS,
        unit="points",
        formula=in_words(_PSI, _PSI_INPUTS),
        citation="Fine et al., N Engl J Med 1997;336:243-250",
        example=Example(
            {name: False for name, known in _PSI_INPUTS.items() if known.kind == "yes/no"}
            | {"age": 70, "sex": "female", "respiratory_rate": 30, "systolic_pressure": 90, "temperature": 40}
            | {"heart_rate": 124, "arterial_ph": 7.34, "urea_nitrogen": 30, "sodium": 130, "glucose": 250}
            | {"haematocrit": 30, "oxygen_pressure": 59, "neoplastic_disease": True},
            195.0,
            "By hand: 70 - 10 + 20 (rate) + 15 (40 °C) + 30 (pH) + 20 (urea) + 10 (glucose) + 10 (PaO2) + 30",
        ),
        compute=score(_PSI),
        reading=((0, "class II"), (71, "class III"), (91, "class IV"), (131, "class V")),
        medcalc_bench=29,
        upstream="fever counts above 39.9 °C, not from 40 °C on",
    ),
    Calculator(
        name="alveolar-arterial-gradient",
        title="A-a Gradient",
        names=("A-a O2 gradient", "Alveolar-arterial gradient"),
        area=_AREA,
        purpose="Tells hypoxia by the lung from hypoventilation.",
        inputs={
            "inspired_oxygen": INSPIRED_OXYGEN,
            "oxygen_pressure": OXYGEN_PRESSURE,
            "carbon_dioxide": CARBON_DIOXIDE,
            "atmosphere": number("Pressure of the air", "mmHg", 230.0, 800.0, units=("kPa",), optional=True),
        },
        unit="mmHg",
        formula="inspired fraction x (pressure of the air - 47) - PaCO2 / 0.8 - PaO2; 760 mmHg unless given",
        citation="Fenn, Rahn and Otis, Am J Physiol 1946;146:637-653, simplified",
        example=Example(
            {"inspired_oxygen": 50, "oxygen_pressure": 100, "carbon_dioxide": 40},
            206.5,
            "By hand: 0.5 x 713 - 50 - 100",
        ),
        compute=_gradient,
    ),
    Calculator(
        name="oxygenation-ratio",
        title="PaO2/FiO2 Ratio",
        names=("P/F ratio", "Horowitz index"),
        area=_AREA,
        purpose="Severity of lung injury.",
        inputs={"oxygen_pressure": OXYGEN_PRESSURE, "inspired_oxygen": INSPIRED_OXYGEN},
        unit="mmHg",
        formula="PaO2 / inspired fraction",
        citation="ARDS Definition Task Force, JAMA 2012;307:2526-2533",
        example=Example({"oxygen_pressure": 80, "inspired_oxygen": 40}, 200.0, "By hand: 80 / 0.4"),
        compute=_ratio,
        reading=(
            (0, "severe range (100 or less)"),
            (100.0000001, "moderate range (200 or less)"),
            (200.0000001, "mild range (300 or less)"),
            (300.0000001, "above the range of ARDS"),
        ),
    ),
    Calculator(
        name="rox",
        title="ROX Index",
        names=("ROX",),
        area=_AREA,
        purpose="Success of high-flow oxygen; 4.88 or more is favourable.",
        inputs={
            "oxygen_saturation": laboratory("oxygen saturation", aliases=("spo2",)),
            "inspired_oxygen": INSPIRED_OXYGEN,
            "respiratory_rate": number("Respiratory rate", "/min", 1.0, 150.0),
        },
        unit="",
        formula="(saturation in % / inspired fraction) / respiratory rate",
        citation="Roca et al., Am J Respir Crit Care Med 2019;199:1368-1376",
        example=Example(
            {"oxygen_saturation": 90, "inspired_oxygen": 60, "respiratory_rate": 30}, 5.0, "By hand: 90 / 0.6 / 30"
        ),
        compute=_rox,
    ),
)
