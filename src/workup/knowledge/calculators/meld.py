"""MELD in three versions: mortality of end-stage liver disease.

>>> from workup.knowledge.calculators import calculate
>>> meld = calculate("meld-na", creatinine=1.9, bilirubin=4.2, inr=1.8, sodium=128, dialysis=False)
>>> meld.value, [(part.text, round(part.value, 2)) for part in meld.parts][:2]
(29.0, [('MELD(i) before rounding', 2.46), ('MELD(i), rounded to a tenth and times ten', 25.0)])
"""

from __future__ import annotations

from math import log

from msgspec.structs import replace

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    ALBUMIN,
    BILIRUBIN,
    CREATININE,
    INR,
    SEX,
    SODIUM,
    yes_no,
)


def _creatinine(values: Values, most: float) -> float:
    """Creatinine within 1 and an upper limit; the limit after dialysis."""
    dialysed = values.yes("dialysis") or values.yes("haemofiltration")
    return most if dialysed else min(max(values.number("creatinine"), 1.0), most)


def _meld_i(values: Values) -> tuple[float, list[Part]]:
    raw = (
        0.957 * log(_creatinine(values, 4.0))
        + 0.378 * log(max(values.number("bilirubin"), 1.0))
        + 1.120 * log(max(values.number("inr"), 1.0))
        + 0.643
    )
    reason = "; ".join(map(values.said, ("creatinine", "bilirubin", "inr")))
    rounded = _half_up(10.0 * raw)
    return rounded, [
        Part("MELD(i) before rounding", raw, reason),
        Part("MELD(i), rounded to a tenth and times ten", rounded),
    ]


def _half_up(value: float) -> float:
    return float(int(value + 0.5))


def _meld(values: Values) -> Computed:
    score_i, parts = _meld_i(values)
    return min(score_i, 40.0), parts


def _meld_na(values: Values) -> Computed:
    score_i, parts = _meld_i(values)
    if score_i > 11.0:
        below = 137.0 - min(max(values.number("sodium"), 125.0), 137.0)
        added = 1.32 * below - 0.033 * score_i * below
        parts.append(Part("Added for sodium", added, values.said("sodium")))
        score_i += added
    return min(_half_up(score_i), 40.0), parts


def _meld_3(values: Values) -> Computed:
    bilirubin, inr = log(max(values.number("bilirubin"), 1.0)), log(max(values.number("inr"), 1.0))
    creatinine = log(_creatinine(values, 3.0))
    below = 137.0 - min(max(values.number("sodium"), 125.0), 137.0)
    short = 3.5 - min(max(values.number("albumin"), 1.5), 3.5)
    parts = [
        Part("Female sex", 1.33 if values.choice("sex") == "female" else 0.0, values.said("sex")),
        Part("4.56 ln bilirubin", 4.56 * bilirubin, values.said("bilirubin")),
        Part("Sodium below 137", 0.82 * below - 0.24 * below * bilirubin, values.said("sodium")),
        Part("9.09 ln INR", 9.09 * inr, values.said("inr")),
        Part("11.14 ln creatinine", 11.14 * creatinine, values.said("creatinine")),
        Part("Albumin below 3.5", 1.85 * short - 1.83 * short * creatinine, values.said("albumin")),
        Part("Constant", 6.0),
    ]
    return min(_half_up(sum(part.value for part in parts)), 40.0), parts


_MELD_INPUTS = {
    "creatinine": CREATININE,
    "bilirubin": BILIRUBIN,
    "inr": INR,
    "dialysis": yes_no("Dialysis twice in the last week", "dialysis_twice", "dialysis at least twice in the past week"),
    "haemofiltration": replace(
        yes_no(
            "Haemofiltration for a day in the last week",
            "cvvhd",
            "continuous veno-venous hemodialysis for ≥24 hours in the past week",
        ),
        optional=True,
    ),
}
_MELD_FORMULA = (
    "10 x (0.957 ln creatinine + 0.378 ln bilirubin + 1.120 ln INR + 0.643, rounded to a tenth); each at least 1, "
)
_MELD_FORMULA += "creatinine at most 4 and 4 after dialysis"
_SODIUM_FORMULA = "; if above 11, + 1.32 x (137 - Na) - 0.033 x MELD x (137 - Na), Na within 125 and 137; at most 40"
_AREA = "meld"


CALCULATORS = (
    Calculator(
        name="meld-na",
        title="MELD Na (UNOS/OPTN)",
        names=("MELD-Na", "MELD Na"),
        area=_AREA,
        purpose="Mortality of end-stage liver disease; order of liver transplantation in the USA from 2016 to 2023.",
        inputs={**_MELD_INPUTS, "sodium": SODIUM},
        unit="points",
        formula=_MELD_FORMULA + _SODIUM_FORMULA,
        citation="Kim et al., N Engl J Med 2008;359:1018-1026; OPTN Policy 9, as of January 2016",
        example=Example(
            {
                "creatinine": 1.0,
                "bilirubin": 7.38905609893065,
                "inr": 2.718281828459045,
                "sodium": 127,
                "dialysis": False,
            },
            30.0,
            "By hand: MELD(i) = 0.756 + 1.120 + 0.643 = 2.519, so 25; 25 + 13.2 - 8.25 = 29.95",
        ),
        also=(
            Example(
                {"creatinine": 1.9, "bilirubin": 4.2, "inr": 1.2, "sodium": 125, "dialysis": False},
                28.0,
                "recorded in the tests of ameld",
                published=True,
                digits=0,
            ),
        ),
        compute=_meld_na,
        medcalc_bench=23,
    ),
    Calculator(
        name="meld",
        title="MELD (original)",
        area=_AREA,
        purpose="Mortality of end-stage liver disease, without sodium.",
        inputs=_MELD_INPUTS,
        unit="points",
        formula=_MELD_FORMULA,
        citation="Kamath et al., Hepatology 2001;33:464-470, in the form of UNOS",
        example=Example(
            {"creatinine": 0.6, "bilirubin": 0.5, "inr": 0.9, "dialysis": False}, 6.0, "By hand: all are set to 1; 6.43"
        ),
        also=(
            Example(
                {"creatinine": 1.9, "bilirubin": 4.2, "inr": 1.2, "dialysis": False},
                20.0,
                "recorded in the tests of ameld",
                published=True,
                digits=0,
            ),
            Example(
                {"creatinine": (170, "umol/L"), "bilirubin": (54, "umol/L"), "inr": 2.0, "dialysis": False},
                25.0,
                "recorded in the tests of transplantr as 24.798",
                published=True,
                digits=0,
            ),
        ),
        compute=_meld,
    ),
    Calculator(
        name="meld-3",
        title="MELD 3.0",
        area=_AREA,
        purpose="Mortality of end-stage liver disease, with sex and albumin.",
        inputs={**_MELD_INPUTS, "sodium": SODIUM, "albumin": ALBUMIN, "sex": SEX},
        unit="points",
        formula="1.33 if female + 4.56 ln bilirubin + 0.82 (137 - Na) - 0.24 (137 - Na) ln bilirubin + 9.09 ln INR + "
        "11.14 ln creatinine + 1.85 (3.5 - albumin) - 1.83 (3.5 - albumin) ln creatinine + 6; creatinine within 1 and "
        "3, albumin within 1.5 and 3.5, Na within 125 and 137; at most 40",
        citation="Kim et al., Gastroenterology 2021;161:1887-1895",
        example=Example(
            {"creatinine": 1.0, "bilirubin": 2.718281828459045, "inr": 2.718281828459045, "dialysis": False}
            | {"sodium": 132, "albumin": 2.5, "sex": "female"},
            26.0,
            "By hand: 1.33 + 4.56 + 4.10 - 1.20 + 9.09 + 0 + 1.85 - 0 + 6 = 25.73",
        ),
        compute=_meld_3,
    ),
)
