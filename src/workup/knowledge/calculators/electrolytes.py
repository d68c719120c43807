"""Electrolytes and osmolality.

>>> from workup.knowledge.calculators import calculate
>>> round(calculate("free-water-deficit", age=70, sex="female", weight=60, sodium=154).value, 3)
2.7
"""

from __future__ import annotations

from collections.abc import Callable

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    ALBUMIN,
    GLUCOSE,
    SEX,
    SODIUM,
    UREA_NITROGEN,
    WEIGHT,
    age,
    laboratory,
    number,
)

# g/dL, that both corrections start from.
_NORMAL_ALBUMIN = 4.0


def _sodium_for_glucose(slope: float) -> Callable[[Values], Computed]:
    def compute(values: Values) -> Computed:
        added = slope * (values.number("glucose") - 100.0)
        return values.number("sodium") + added, [Part("Added for glucose", added, values.said("glucose"))]

    return compute


def _calcium(values: Values) -> Computed:
    added = 0.8 * (values.number("normal_albumin") if values.maybe("normal_albumin") else _NORMAL_ALBUMIN)
    added -= 0.8 * values.number("albumin")
    return values.number("calcium") + added, [Part("Added for albumin", added, values.said("albumin"))]


def _osmolality(values: Values) -> tuple[float, list[Part]]:
    parts = [
        Part("2 x sodium", 2.0 * values.number("sodium"), values.said("sodium")),
        Part("Urea nitrogen / 2.8", values.number("urea_nitrogen") / 2.8, values.said("urea_nitrogen")),
        Part("Glucose / 18", values.number("glucose") / 18.0, values.said("glucose")),
    ]
    return sum(part.value for part in parts), parts


def _serum_osmolality(values: Values) -> Computed:
    return _osmolality(values)


def _osmolal_gap(values: Values) -> Computed:
    calculated, parts = _osmolality(values)
    ethanol = values.maybe("ethanol")
    if ethanol is not None:
        parts.append(Part("Ethanol / 4.6", ethanol / 4.6, values.said("ethanol")))
        calculated += ethanol / 4.6
    return values.number("measured_osmolality") - calculated, [*parts, Part("Calculated osmolality", calculated)]


def _water_deficit(values: Values) -> Computed:
    years, male = values.number("age"), values.choice("sex") == "male"
    if years < 18:
        share, who = 0.6, "child"
    elif years >= 65:
        share, who = (0.5, "man from 65 on") if male else (0.45, "woman from 65 on")
    else:
        share, who = (0.6, "man below 65") if male else (0.5, "woman below 65")
    water = share * values.number("weight")
    return water * (values.number("sodium") / 140.0 - 1.0), [
        Part("Body water, L", water, f"{share:g} of weight: {who}")
    ]


_AREA = "electrolytes"
_OSMOLALITY = {"sodium": SODIUM, "urea_nitrogen": UREA_NITROGEN, "glucose": GLUCOSE}


def _sodium(name: str, title: str, slope: float, citation: str, example: Example, number: int | None) -> Calculator:
    return Calculator(
        name=name,
        title=title,
        area=_AREA,
        purpose="Sodium that would be measured at a normal glucose.",
        inputs={"sodium": SODIUM, "glucose": GLUCOSE},
        unit="mmol/L",
        formula=f"sodium + {slope:g} x (glucose in mg/dL - 100)",
        citation=citation,
        example=example,
        compute=_sodium_for_glucose(slope),
        medcalc_bench=number,
    )


CALCULATORS = (
    _sodium(
        "sodium-for-glucose",
        "Sodium Correction for Hyperglycemia",
        0.024,
        "Hillier et al., Am J Med 1999;106:399-403",
        Example({"sodium": 130, "glucose": 600}, 142.0, "By hand: 130 + 0.024 x 500"),
        26,
    ),
    _sodium(
        "sodium-for-glucose-katz",
        "Sodium Correction for Hyperglycemia (Katz)",
        0.016,
        "Katz, N Engl J Med 1973;289:843-844",
        Example({"sodium": 130, "glucose": 600}, 138.0, "By hand: 130 + 0.016 x 500"),
        None,
    ),
    Calculator(
        name="calcium-for-albumin",
        title="Calcium Correction for Hypoalbuminemia",
        names=("Corrected calcium",),
        area=_AREA,
        purpose="Total calcium as it would be with a normal albumin.",
        inputs={
            "calcium": laboratory("calcium", aliases=("total_calcium", "serum_calcium")),
            "albumin": ALBUMIN,
            "normal_albumin": number("Normal albumin", "g/dL", 3.0, 5.0, units=("g/L",), optional=True),
        },
        unit="mg/dL",
        formula="calcium + 0.8 x (4 - albumin in g/dL)",
        citation="Payne et al., BMJ 1973;4:643-646, in the form usual in mg/dL",
        example=Example({"calcium": 8.0, "albumin": 2.0}, 9.6, "By hand: 8 + 0.8 x 2"),
        compute=_calcium,
        medcalc_bench=7,
    ),
    Calculator(
        name="serum-osmolality",
        title="Serum Osmolality",
        area=_AREA,
        purpose="Osmolality that sodium, urea and glucose account for.",
        inputs=_OSMOLALITY,
        unit="mOsm/kg",
        formula="2 x sodium + urea nitrogen in mg/dL / 2.8 + glucose in mg/dL / 18",
        citation="Dorwart and Chalmers, Clin Chem 1975;21:190-194, the simple form",
        example=Example(
            {"sodium": 140, "urea_nitrogen": 14, "glucose": 90}, 290.0, "By hand: 280 + 14/2.8 + 90/18 = 280 + 5 + 5"
        ),
        compute=_serum_osmolality,
        medcalc_bench=30,
    ),
    Calculator(
        name="osmolal-gap",
        title="Osmolal Gap",
        area=_AREA,
        purpose="Osmoles that sodium, urea, glucose and ethanol do not account for.",
        inputs={
            **_OSMOLALITY,
            "measured_osmolality": number("Measured osmolality", "mOsm/kg", 200.0, 600.0),
            "ethanol": number("Ethanol", "mg/dL", 0.0, 800.0, units=("mmol/L",), analyte="ethanol", optional=True),
        },
        unit="mOsm/kg",
        formula="measured - (2 x sodium + urea nitrogen / 2.8 + glucose / 18 + ethanol / 4.6), mg/dL",
        citation="Purssell et al., Ann Emerg Med 2001;38:653-659, with 4.6 for ethanol",
        example=Example(
            {"sodium": 140, "urea_nitrogen": 14, "glucose": 90, "measured_osmolality": 320, "ethanol": 46},
            20.0,
            "By hand: 320 - (290 + 46/4.6)",
        ),
        compute=_osmolal_gap,
    ),
    Calculator(
        name="free-water-deficit",
        title="Free Water Deficit",
        area=_AREA,
        purpose="Water that would bring sodium down to 140 mmol/L.",
        inputs={"age": age(), "sex": SEX, "weight": WEIGHT, "sodium": SODIUM},
        unit="L",
        formula="share of water x weight x (sodium / 140 - 1); share 0.6 in children and men, 0.5 in women and men "
        "from 65 on, 0.45 in women from 65 on",
        citation="Adrogué and Madias, N Engl J Med 2000;342:1493-1499",
        example=Example(
            {"age": 40, "sex": "male", "weight": 70, "sodium": 160}, 6.0, "By hand: 0.6 x 70 x (160/140 - 1) = 42/7"
        ),
        compute=_water_deficit,
        medcalc_bench=38,
    ),
)
