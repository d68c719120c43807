"""Hormones and metabolism: insulin resistance, glucose, lipids.

>>> from workup.knowledge.calculators import calculate
>>> round(calculate("homa-ir", glucose="5.0 mmol/L", insulin="10 uIU/mL").value, 2)
2.22
"""

from __future__ import annotations

from math import log10

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import GLUCOSE, laboratory, number


def _homa(values: Values) -> Computed:
    return values.number("insulin") * values.number("glucose") / 405.0, []


def _quicki(values: Values) -> Computed:
    total = log10(values.number("insulin")) + log10(values.number("glucose"))
    return 1.0 / total, [Part("log10 insulin + log10 glucose", total)]


def _friedewald(values: Values) -> Computed:
    very_low = values.number("triglycerides") / 5.0
    found = values.number("cholesterol") - values.number("hdl_cholesterol") - very_low
    if found < 0:
        values.warn("a negative LDL cholesterol cannot be", "measure it directly")
    return found, [Part("VLDL cholesterol: triglycerides / 5", very_low, values.said("triglycerides"))]


def _average_glucose(values: Values) -> Computed:
    return 28.7 * values.number("haemoglobin_a1c") - 46.7, []


_INSULIN = number(
    "Fasting insulin",
    "uIU/mL",
    0.1,
    2000.0,
    units=("mIU/L", "pmol/L"),
    analyte="insulin",
    usual=(0.5, 300.0),
    aliases=("fasting_insulin",),
)
_AREA = "endocrine"
CALCULATORS = (
    Calculator(
        name="homa-ir",
        title="HOMA-IR (Homeostatic Model Assessment for Insulin Resistance)",
        names=("HOMA-IR",),
        area=_AREA,
        purpose="Insulin resistance from fasting values.",
        inputs={"insulin": _INSULIN, "glucose": GLUCOSE},
        unit="",
        formula="fasting insulin in uIU/mL x fasting glucose in mg/dL / 405",
        citation="Matthews et al., Diabetologia 1985;28:412-419",
        example=Example({"insulin": 9, "glucose": 90}, 2.0, "By hand: 9 x 90 / 405"),
        compute=_homa,
        medcalc_bench=31,
    ),
    Calculator(
        name="quicki",
        title="QUICKI",
        names=("Quantitative insulin sensitivity check index",),
        area=_AREA,
        purpose="Insulin sensitivity from fasting values.",
        inputs={"insulin": replace(_INSULIN, valid=(1.0, 2000.0), possible=(1.0, 2000.0)), "glucose": GLUCOSE},
        unit="",
        formula="1 / (log10 insulin in uIU/mL + log10 glucose in mg/dL)",
        citation="Katz et al., J Clin Endocrinol Metab 2000;85:2402-2410",
        example=Example({"insulin": 10, "glucose": 100}, 0.333333, "By hand: 1 / (1 + 2)"),
        compute=_quicki,
    ),
    Calculator(
        name="ldl-friedewald",
        title="LDL Calculated",
        names=("Friedewald", "LDL"),
        area=_AREA,
        purpose="LDL cholesterol from the other fasting lipids; not above 400 mg/dL of triglycerides.",
        inputs={
            "cholesterol": laboratory("cholesterol", text="Total cholesterol", aliases=("total_cholesterol",)),
            "hdl_cholesterol": laboratory(
                "hdl cholesterol", aliases=("hdl cholesterol", "hdl-c", "high-density lipoprotein cholesterol")
            ),
            "triglycerides": number(
                "Triglycerides",
                "mg/dL",
                10.0,
                400.0,
                units=("mmol/L",),
                analyte="triglycerides",
                possible=(1.0, 20000.0),
                usual=(30.0, 400.0),
            ),
        },
        unit="mg/dL",
        formula="total - HDL - triglycerides / 5, mg/dL",
        citation="Friedewald, Levy and Fredrickson, Clin Chem 1972;18:499-502",
        example=Example(
            {"cholesterol": 200, "hdl_cholesterol": 50, "triglycerides": 150}, 120.0, "By hand: 200 - 50 - 30"
        ),
        compute=_friedewald,
        medcalc_bench=44,
        upstream="also computed above 400 mg/dL of triglycerides",
    ),
    Calculator(
        name="average-glucose",
        title="Estimated Average Glucose",
        names=("eAG",),
        area=_AREA,
        purpose="Mean glucose that goes with a haemoglobin A1c.",
        inputs={"haemoglobin_a1c": number("Haemoglobin A1c", "%", 3.0, 20.0, aliases=("hba1c",))},
        unit="mg/dL",
        formula="28.7 x A1c - 46.7",
        citation="Nathan et al., Diabetes Care 2008;31:1473-1478",
        example=Example({"haemoglobin_a1c": 7.0}, 154.0, "Nathan 2008, table 2, at 7 %", published=True, digits=0),
        compute=_average_glucose,
    ),
)
