"""Heart and circulation: pressures, chest pain, risk before operations and over ten years.

>>> from workup.knowledge.calculators import calculate
>>> calculate("mean-arterial-pressure", systolic_pressure=120, diastolic_pressure=90).value
100.0
"""

from __future__ import annotations

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Values
from workup.knowledge.calculators.inputs import (
    DIASTOLIC,
    HEART_RATE,
    SYSTOLIC,
    age,
    assumable,
    choice,
    yes_no,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, score


def _mean_pressure(values: Values) -> Computed:
    systolic, diastolic = values.number("systolic_pressure"), values.number("diastolic_pressure")
    if diastolic > systolic:
        values.warn("the diastolic pressure is above the systolic one", "check which is which")
    return systolic / 3.0 + 2.0 * diastolic / 3.0, []


def _shock_index(values: Values) -> Computed:
    return values.number("heart_rate") / values.number("systolic_pressure"), []


_HEART_HISTORY = {"slightly suspicious": (), "moderately suspicious": (), "highly suspicious": ()}
_HEART_ECG = {
    "normal": (),
    "non-specific repolarization disturbance": ("non-specific repolarisation disturbance",),
    "significant ST deviation": ("significant st depression", "significant st-deviation"),
}
_HEART_TROPONIN = {
    "normal limit or less": (
        "less than or equal to normal limit",
        "normal",
        "≤normal limit",
    ),
    "1 to 3 times the limit": (
        "between the normal limit or up to three times the normal limit",
        "1-3x normal limit",
        "between 1 to 3 times the normal limit",
    ),
    "more than 3 times the limit": ("greater than three times normal limit", ">3x normal limit"),
}
_ATHEROSCLEROSIS = ("atherosclerotic_disease", "stroke", "transient_ischaemic_attack", "myocardial_infarction")
_RISKS = ("hypertension", "hypercholesterolaemia", "diabetes", "obesity", "smoking", "family_history")


def _risk_factors(values: Values) -> tuple[float, str]:
    found = [values.inputs[name].text for name in _RISKS if values.yes(name)]
    if known := [values.inputs[name].text for name in _ATHEROSCLEROSIS if values.yes(name)]:
        return 2.0, "; ".join(known)
    points = 2.0 if len(found) >= 3 else 1.0 if found else 0.0
    return points, f"{len(found)} of {len(_RISKS)}: {', '.join(found) or 'none'}"


_HEART_INPUTS = assumable(
    {
        "history": choice("History", _HEART_HISTORY, assumed="slightly suspicious"),
        "electrocardiogram": choice("Electrocardiogram", _HEART_ECG, "ekg", "ecg", assumed="normal"),
        "age": age(18.0),
        "troponin": choice(
            "First troponin",
            _HEART_TROPONIN,
            "initial_troponin",
            "initial troponin level",
            assumed="normal limit or less",
        ),
        "hypertension": yes_no("Hypertension"),
        "hypercholesterolaemia": yes_no("Hypercholesterolaemia", "hypercholesterolemia"),
        "diabetes": yes_no("Diabetes mellitus", "diabetes_mellitus"),
        "obesity": yes_no("Obesity (body mass index above 30)"),
        "smoking": yes_no("Smoking, or stopped within three months"),
        "family_history": yes_no("Cardiovascular disease in the family before 65", "family_with_cvd"),
        "atherosclerotic_disease": yes_no(
            "Known atherosclerotic disease (infarction, intervention, stroke or TIA, peripheral arteries)"
        ),
        "stroke": replace(yes_no("Stroke", "cva"), optional=True),
        "transient_ischaemic_attack": replace(yes_no("Transient ischaemic attack", "tia"), optional=True),
        "myocardial_infarction": replace(yes_no("Myocardial infarction", "mi"), optional=True),
    }
)
_HEART = (
    Criterion(
        text="History",
        inputs=("history",),
        options={"slightly suspicious": 0, "moderately suspicious": 1, "highly suspicious": 2},
    ),
    Criterion(
        text="Electrocardiogram",
        inputs=("electrocardiogram",),
        options={"normal": 0, "non-specific repolarization disturbance": 1, "significant ST deviation": 2},
    ),
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 65, 2), (">=", 45, 1))),
    Criterion(
        text="Risk factors: none 0, one or two +1, three or atherosclerotic disease +2",
        inputs=(*_RISKS, *_ATHEROSCLEROSIS),
        rule=_risk_factors,
    ),
    Criterion(
        text="Troponin",
        inputs=("troponin",),
        options={"normal limit or less": 0, "1 to 3 times the limit": 1, "more than 3 times the limit": 2},
    ),
)
_AREA = "cardiac"
_NO_RISK = dict.fromkeys((*_RISKS, "atherosclerotic_disease"), False)


CALCULATORS = (
    Calculator(
        name="mean-arterial-pressure",
        title="Mean Arterial Pressure (MAP)",
        names=("MAP", "Mean arterial pressure"),
        area=_AREA,
        purpose="Mean pressure over a heart beat, which perfuses the organs.",
        inputs={"systolic_pressure": SYSTOLIC, "diastolic_pressure": DIASTOLIC},
        unit="mmHg",
        formula="systolic / 3 + 2 x diastolic / 3",
        citation="Sesso et al., Hypertension 2000;36:801-807",
        example=Example({"systolic_pressure": 120, "diastolic_pressure": 75}, 90.0, "By hand: 40 + 50"),
        compute=_mean_pressure,
        medcalc_bench=5,
    ),
    Calculator(
        name="shock-index",
        title="Shock Index",
        area=_AREA,
        purpose="Heart rate over systolic pressure; above about 0.9 in hidden shock.",
        inputs={"heart_rate": HEART_RATE, "systolic_pressure": SYSTOLIC},
        unit="",
        formula="heart rate / systolic pressure",
        citation="Allgöwer and Burri, Dtsch Med Wochenschr 1967;92:1947-1950",
        example=Example({"heart_rate": 120, "systolic_pressure": 80}, 1.5, "By hand: 120 / 80"),
        compute=_shock_index,
    ),
    Calculator(
        name="heart",
        title="HEART Score for Major Cardiac Events",
        names=("HEART", "HEART score"),
        area=_AREA,
        purpose="Risk of a major cardiac event within six weeks in patients with chest pain.",
        inputs=_HEART_INPUTS,
        unit="points",
        formula=in_words(_HEART, _HEART_INPUTS),
        citation="Six, Backus and Kelder, Neth Heart J 2008;16:191-196; Backus et al., Int J Cardiol 2013;168:2153",
        example=Example(
            {
                **_NO_RISK,
                "history": "moderately suspicious",
                "electrocardiogram": "normal",
                "age": 65,
                "troponin": "1 to 3 times the limit",
                "hypertension": True,
                "smoking": True,
            },
            5.0,
            "By hand: 1 + 0 + 2 + 1 + 1",
        ),
        compute=score(_HEART),
        reading=((0, "low (0.9 to 1.7 %)"), (4, "moderate (12 to 17 %)"), (7, "high (50 to 65 %)")),
        medcalc_bench=18,
    ),
)
