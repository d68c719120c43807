"""Stroke and bleeding: CHA2DS2-VASc, HAS-BLED, ABCD2, Glasgow-Blatchford.

>>> from workup.knowledge.calculators import calculate
>>> calculate("abcd2", age=72, systolic_pressure=150, diastolic_pressure=80, weakness="unilateral weakness",
...           minutes="45 min", diabetes=False).value
5.0
"""

from __future__ import annotations

from workup.knowledge.calculators.calculator import Calculator, Example, Values
from workup.knowledge.calculators.inputs import (
    DIASTOLIC,
    HAEMOGLOBIN,
    HEART_RATE,
    SEX,
    SYSTOLIC,
    UREA_NITROGEN,
    age,
    assumable,
    choice,
    number,
    yes_no,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

_VASC_INPUTS = assumable(
    {
        "age": age(18.0),
        "sex": SEX,
        "heart_failure": yes_no("Congestive heart failure", "chf", "congestive heart failure history"),
        "hypertension": yes_no("Hypertension", "hypertension history"),
        "stroke": yes_no("Stroke"),
        "transient_ischaemic_attack": yes_no("Transient ischaemic attack", "tia", "transient ischemic attacks history"),
        "thromboembolism": yes_no("Thromboembolism", "thromboembolism history"),
        "vascular_disease": yes_no(
            "Vascular disease (infarction, peripheral arteries, aortic plaque)", "vascular disease history"
        ),
        "diabetes": yes_no("Diabetes", "diabetes_mellitus", "diabetes history"),
    }
)
_VASC = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 75, 2), (">=", 65, 1))),
    Criterion(text="Female sex", inputs=("sex",), options={"female": 1, "male": 0}),
    present("Heart failure", 1, "heart_failure"),
    present("Hypertension", 1, "hypertension"),
    present(
        "Stroke, transient ischaemic attack or thromboembolism",
        2,
        "stroke",
        "transient_ischaemic_attack",
        "thromboembolism",
    ),
    present("Vascular disease", 1, "vascular_disease"),
    present("Diabetes", 1, "diabetes"),
)

_BLED_INPUTS = assumable(
    {
        "hypertension": yes_no("Uncontrolled hypertension, above 160 mmHg systolic", "uncontrolled hypertension"),
        "renal_disease": yes_no(
            "Dialysis, transplant or creatinine above 2.26 mg/dL",
            "renal_disease_has_bled",
            "renal disease criteria for the has-bled rule",
        ),
        "liver_disease": yes_no(
            "Cirrhosis, bilirubin above twice or enzymes above three times the limit",
            "liver_disease_has_bled",
            "liver disease criteria for the has-bled rule",
        ),
        "stroke": yes_no("Stroke", "stroke history"),
        "bleeding": yes_no(
            "Major bleeding before, or inclined to bleed",
            "prior_bleeding",
            "prior major bleeding or predisposition to bleeding",
        ),
        "labile_inr": yes_no("Labile INR", "labile international normalized ratio"),
        "age": age(18.0),
        "drugs": yes_no(
            "Antiplatelet drugs or NSAIDs", "medications_for_bleeding", "medication usage predisposing to bleeding"
        ),
        "alcohol": number(
            "Alcoholic drinks a week",
            "",
            0.0,
            200.0,
            aliases=("alcoholic_drinks", "number of alcoholic drinks per week"),
        ),
    }
)
_BLED = (
    present("Uncontrolled hypertension", 1, "hypertension"),
    present("Renal disease", 1, "renal_disease"),
    present("Liver disease", 1, "liver_disease"),
    present("Stroke", 1, "stroke"),
    present("Bleeding", 1, "bleeding"),
    present("Labile INR", 1, "labile_inr"),
    Criterion(text="Age", inputs=("age",), bands=bands((">", 65, 1))),
    present("Drugs", 1, "drugs"),
    Criterion(text="Drinks a week", inputs=("alcohol",), bands=bands((">=", 8, 1))),
)


def _pressure(values: Values) -> tuple[float, str]:
    high = values.number("systolic_pressure") >= 140 or values.number("diastolic_pressure") >= 90
    return float(high), f"{values.said('systolic_pressure')}; {values.said('diastolic_pressure')}"


_ABCD2_INPUTS = {
    "age": age(18.0),
    "systolic_pressure": SYSTOLIC,
    "diastolic_pressure": DIASTOLIC,
    "weakness": choice(
        "Clinical features", {"unilateral weakness": (), "speech disturbance without weakness": (), "other": ()}
    ),
    "minutes": number("Duration", "min", 0.0, 1440.0, units=("h", "s")),
    "diabetes": yes_no("Diabetes"),
}
_ABCD2 = (
    Criterion(text="Age", inputs=("age",), bands=bands((">=", 60, 1))),
    Criterion(
        text="Pressure 140 / 90 mmHg or more +1", inputs=("systolic_pressure", "diastolic_pressure"), rule=_pressure
    ),
    Criterion(
        text="Features",
        inputs=("weakness",),
        options={"unilateral weakness": 2, "speech disturbance without weakness": 1, "other": 0},
    ),
    Criterion(text="Duration", inputs=("minutes",), bands=bands((">=", 60, 2), (">=", 10, 1))),
    present("Diabetes", 1, "diabetes"),
)

_BLATCHFORD_INPUTS = assumable(
    {
        "urea_nitrogen": UREA_NITROGEN,
        "haemoglobin": HAEMOGLOBIN,
        "sex": SEX,
        "systolic_pressure": SYSTOLIC,
        "heart_rate": HEART_RATE,
        "melaena": yes_no("Melaena", "melena_present", "melena"),
        "syncope": yes_no("Syncope", "recent syncope"),
        "liver_disease": yes_no("Liver disease", "hepatic_disease_history", "hepatic disease history"),
        "heart_failure": yes_no("Cardiac failure", "cardiac_failure", "cardiac failure present"),
    }
)
_BLATCHFORD = (
    Criterion(
        text="Urea nitrogen",
        inputs=("urea_nitrogen",),
        bands=bands((">=", 70, 6), (">=", 28, 4), (">=", 22.4, 3), (">=", 18.2, 2)),
    ),
    Criterion(
        text="Haemoglobin",
        inputs=("haemoglobin",),
        when={"sex": "male"},
        bands=bands(("<", 10, 6), ("<", 12, 3), ("<", 13, 1)),
    ),
    Criterion(
        text="Haemoglobin", inputs=("haemoglobin",), when={"sex": "female"}, bands=bands(("<", 10, 6), ("<", 12, 1))
    ),
    Criterion(
        text="Systolic pressure", inputs=("systolic_pressure",), bands=bands(("<", 90, 3), ("<", 100, 2), ("<", 110, 1))
    ),
    Criterion(text="Heart rate", inputs=("heart_rate",), bands=bands((">=", 100, 1))),
    present("Melaena", 1, "melaena"),
    present("Syncope", 2, "syncope"),
    present("Liver disease", 2, "liver_disease"),
    present("Heart failure", 2, "heart_failure"),
)

_AREA = "stroke_bleeding"
_NO = {
    name: False
    for name, known in {**_VASC_INPUTS, **_BLED_INPUTS, **_BLATCHFORD_INPUTS}.items()
    if known.kind == "yes/no"
}
CALCULATORS = (
    Calculator(
        name="cha2ds2-vasc",
        title="CHA2DS2-VASc Score for Atrial Fibrillation Stroke Risk",
        names=("CHA2DS2-VASc",),
        area=_AREA,
        purpose="Risk of stroke in atrial fibrillation.",
        inputs=_VASC_INPUTS,
        unit="points",
        formula=in_words(_VASC, _VASC_INPUTS),
        citation="Lip et al., Chest 2010;137:263-272",
        example=Example(
            {name: _NO[name] for name in _VASC_INPUTS if name in _NO}
            | {"age": 75, "sex": "female", "stroke": True, "transient_ischaemic_attack": True, "diabetes": True},
            6.0,
            "By hand: age 2 + sex 1 + stroke or attack 2 + diabetes 1",
        ),
        compute=score(_VASC),
        medcalc_bench=4,
    ),
    Calculator(
        name="has-bled",
        title="HAS-BLED Score for Major Bleeding Risk",
        names=("HAS-BLED",),
        area=_AREA,
        purpose="Risk of major bleeding on anticoagulants.",
        inputs=_BLED_INPUTS,
        unit="points",
        formula=in_words(_BLED, _BLED_INPUTS),
        citation="Pisters et al., Chest 2010;138:1093-1100",
        example=Example(
            {name: _NO[name] for name in _BLED_INPUTS if name in _NO}
            | {"age": 65, "alcohol": 8, "labile_inr": True, "drugs": True},
            3.0,
            "By hand: alcohol 1 + INR 1 + drugs 1; 65 is not above 65",
        ),
        compute=score(_BLED),
        reading=((0, "low"), (1, "moderate"), (3, "high")),
        medcalc_bench=25,
    ),
    Calculator(
        name="abcd2",
        title="ABCD2 Score for TIA",
        names=("ABCD2",),
        area=_AREA,
        purpose="Risk of stroke within two days of a transient ischaemic attack.",
        inputs=_ABCD2_INPUTS,
        unit="points",
        formula=in_words(_ABCD2, _ABCD2_INPUTS),
        citation="Johnston et al., Lancet 2007;369:283-292",
        example=Example(
            {"age": 60, "systolic_pressure": 130, "diastolic_pressure": 90, "diabetes": True}
            | {"weakness": "speech disturbance without weakness", "minutes": 60},
            6.0,
            "By hand: 1 + 1 + 1 + 2 + 1",
        ),
        compute=score(_ABCD2),
        reading=((0, "low (1.0 %)"), (4, "moderate (4.1 %)"), (6, "high (8.1 %)")),
    ),
    Calculator(
        name="glasgow-blatchford",
        title="Glasgow-Blatchford Bleeding Score (GBS)",
        names=("Glasgow-Blatchford", "GBS", "Glasgow-Blatchford Score"),
        area=_AREA,
        purpose="Need of treatment in bleeding of the upper gut.",
        inputs=_BLATCHFORD_INPUTS,
        unit="points",
        formula=in_words(_BLATCHFORD, _BLATCHFORD_INPUTS),
        citation="Blatchford, Murray and Blatchford, Lancet 2000;356:1318-1321",
        example=Example(
            {name: _NO[name] for name in _BLATCHFORD_INPUTS if name in _NO}
            | {"urea_nitrogen": 22.4, "haemoglobin": 11.9, "sex": "female", "systolic_pressure": 99, "heart_rate": 100}
            | {"syncope": True},
            9.0,
            "By hand: urea 3 + haemoglobin 1 + pressure 2 + rate 1 + syncope 2",
        ),
        compute=score(_BLATCHFORD),
        medcalc_bench=27,
    ),
)
