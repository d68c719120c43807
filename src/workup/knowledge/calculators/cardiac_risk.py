"""Cardiac risk: before operations, and over ten years.

>>> from workup.knowledge.calculators import calculate
>>> calculate("rcri", creatinine="180 umol/L", assume_absent=True).value
1.0
"""

from __future__ import annotations

from math import exp, log

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    CREATININE,
    SEX,
    SYSTOLIC,
    age,
    assumable,
    laboratory,
    yes_no,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, present, score

# Coefficients of ATP III (Third Report of the NCEP, Circulation 2002;106:3143, appendix) of ln age, ln cholesterol, ln
# HDL, ln systolic pressure, treated, smoker, ln age x ln cholesterol, ln age x smoker, (ln age)^2.
_MEN = (52.00961, 20.014077, -0.905964, 1.305784, 0.241549, 12.096316, -4.605038, -2.84367, -2.93323)
_WOMEN = (31.764001, 22.465206, -1.187731, 2.552905, 0.420251, 13.07543, -5.060998, -2.996945, 0.0)


def _hard_coronary(values: Values) -> Computed:
    female = values.choice("sex") == "female"
    weights, constant, survival, oldest = (
        (_WOMEN, 146.5933061, 0.98767, 78.0) if female else (_MEN, 172.300168, 0.9402, 70.0)
    )
    years = values.number("age")
    log_age, log_cholesterol = log(years), log(values.number("cholesterol"))
    smoker = float(values.yes("smoker"))
    terms = (
        log_age,
        log_cholesterol,
        log(values.number("hdl_cholesterol")),
        log(values.number("systolic_pressure")),
        float(values.yes("treated_pressure")),
        smoker,
        log_age * log_cholesterol,
        log(min(years, oldest)) * smoker,
        log_age**2,
    )
    linear = sum(weight * term for weight, term in zip(weights, terms, strict=True)) - constant
    return 100.0 * (1.0 - survival ** exp(linear)), [
        Part("Linear predictor", linear, f"{values.said('sex')}; {values.said('age')}"),
        Part("Ten-year survival at mean risk", survival, values.said("sex")),
    ]


_RCRI_INPUTS = assumable(
    {
        "elevated_risk_surgery": yes_no(
            "Elevated-risk surgery (intraperitoneal, intrathoracic, suprainguinal vascular)"
        ),
        "ischaemic_heart_disease": yes_no(
            "Ischaemic heart disease", "ischemetic_heart_disease", "ischemic_heart_disease"
        ),
        "heart_failure": yes_no("Congestive heart failure", "congestive_heart_failure", "chf"),
        "cerebrovascular_disease": yes_no("Stroke or transient ischaemic attack"),
        "insulin": yes_no("Insulin before the operation", "pre_operative_insulin_treatment"),
        "creatinine": replace(
            CREATININE, text="Creatinine before the operation", aliases=("pre_operative_creatinine", "serum_creatinine")
        ),
    }
)
_RCRI = (
    present("Elevated-risk surgery", 1, "elevated_risk_surgery"),
    present("Ischaemic heart disease", 1, "ischaemic_heart_disease"),
    present("Congestive heart failure", 1, "heart_failure"),
    present("Cerebrovascular disease", 1, "cerebrovascular_disease"),
    present("Insulin", 1, "insulin"),
    Criterion(text="Creatinine", inputs=("creatinine",), bands=bands((">", 2.0, 1))),
)
_AREA = "cardiac_risk"


CALCULATORS = (
    Calculator(
        name="rcri",
        title="Revised Cardiac Risk Index for Pre-Operative Risk",
        names=("RCRI", "Revised Cardiac Risk Index", "Lee index"),
        area=_AREA,
        purpose="Risk of major cardiac complications of non-cardiac surgery.",
        inputs=_RCRI_INPUTS,
        unit="points",
        formula=in_words(_RCRI, _RCRI_INPUTS),
        citation="Lee et al., Circulation 1999;100:1043-1049",
        example=Example(
            {
                "elevated_risk_surgery": True,
                "ischaemic_heart_disease": True,
                "heart_failure": False,
                "cerebrovascular_disease": False,
                "insulin": False,
                "creatinine": 2.0,
            },
            2.0,
            "By hand: surgery 1 + heart disease 1; creatinine is not above 2",
        ),
        compute=score(_RCRI),
        medcalc_bench=17,
    ),
    Calculator(
        name="framingham-hard-chd",
        title="Framingham Risk Score for Hard Coronary Heart Disease",
        names=("Framingham", "Framingham Risk Score"),
        area=_AREA,
        purpose="Ten-year risk of myocardial infarction or coronary death without known heart disease or diabetes.",
        inputs={
            "age": age(30.0, 79.0),
            "sex": SEX,
            "cholesterol": laboratory("cholesterol", text="Total cholesterol", aliases=("total_cholesterol",)),
            "hdl_cholesterol": laboratory("hdl cholesterol"),
            "systolic_pressure": SYSTOLIC,
            "treated_pressure": yes_no(
                "Treated for blood pressure", "bp_medicine", "blood pressure being treated with medicines"
            ),
            "smoker": yes_no("Smoker", "smoking"),
        },
        unit="%",
        formula="100 x (1 - S^exp(sum of coefficients x terms - constant)); men S 0.9402, women 0.98767; terms are the "
        "logarithms of age, cholesterol, HDL and systolic pressure, treatment, smoking and their products",
        citation="Third Report of the NCEP (ATP III), Circulation 2002;106:3143-3421",
        example=Example(
            {
                "age": 55,
                "sex": "female",
                "cholesterol": 200,
                "hdl_cholesterol": 50,
                "systolic_pressure": 120,
                "treated_pressure": False,
                "smoker": False,
            },
            1.05508,
            "By hand: predictor -0.156731, so 100 x (1 - 0.98767^0.854934)",
        ),
        compute=_hard_coronary,
        reading=((0, "low"), (10, "intermediate"), (20, "high")),
        medcalc_bench=46,
    ),
)
