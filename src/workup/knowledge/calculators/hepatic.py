"""Liver: Child-Pugh, fibrosis indices, alcoholic hepatitis.

>>> from workup.knowledge.calculators import calculate
>>> result = calculate("child-pugh", bilirubin=2.5, albumin="30 g/L", inr=1.5, ascites="slight", encephalopathy="none")
>>> result.value, result.meaning
(8.0, 'class B')
"""

from __future__ import annotations

from math import log, sqrt

from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Part, Values
from workup.knowledge.calculators.inputs import (
    ALBUMIN,
    BILIRUBIN,
    INR,
    PLATELETS,
    age,
    assumable,
    choice,
    laboratory,
    number,
)
from workup.knowledge.calculators.points import Criterion, bands, in_words, score

_AST = laboratory("ast", aliases=("aspartate aminotransferase", "ast"))
_ALT = laboratory("alt", aliases=("alanine aminotransferase", "alt"))


def _fib4(values: Values) -> Computed:
    return values.number("age") * values.number("ast") / (values.number("platelets") * sqrt(values.number("alt"))), []


def _apri(values: Values) -> Computed:
    ratio = values.number("ast") / values.number("ast_limit")
    return 100.0 * ratio / values.number("platelets"), [Part("AST over its upper limit", ratio, values.said("ast"))]


def _maddrey(values: Values) -> Computed:
    longer = 4.6 * (values.number("prothrombin_time") - values.number("control_time"))
    return longer + values.number("bilirubin"), [Part("4.6 x prolongation", longer, values.said("prothrombin_time"))]


def _albi(values: Values) -> Computed:
    # The formula is in umol/L and g/L.
    bilirubin = values.number("bilirubin") * 17.1
    return 0.66 * log(bilirubin) / log(10.0) - 0.085 * 10.0 * values.number("albumin"), [
        Part("Bilirubin, umol/L", bilirubin, values.said("bilirubin"))
    ]


_CHILD_INPUTS = assumable(
    {
        "bilirubin": BILIRUBIN,
        "albumin": ALBUMIN,
        "inr": INR,
        "ascites": choice(
            "Ascites",
            {"absent": ("none",), "slight": ("mild",), "moderate": ("moderate to severe", "severe")},
            assumed="absent",
        ),
        "encephalopathy": choice(
            "Encephalopathy",
            {
                "none": ("no encephalopathy", "absent"),
                "grade 1-2": ("grade 1", "grade 2"),
                "grade 3-4": ("grade 3", "grade 4"),
            },
            "encephalopathy state",
            assumed="none",
        ),
    }
)
_CHILD = (
    Criterion(text="Bilirubin", inputs=("bilirubin",), bands=bands((">", 3, 3), (">=", 2, 2)), otherwise=1),
    Criterion(text="Albumin", inputs=("albumin",), bands=bands(("<", 2.8, 3), ("<=", 3.5, 2)), otherwise=1),
    Criterion(text="INR", inputs=("inr",), bands=bands((">", 2.3, 3), (">=", 1.7, 2)), otherwise=1),
    Criterion(text="Ascites", inputs=("ascites",), options={"absent": 1, "slight": 2, "moderate": 3}),
    Criterion(text="Encephalopathy", inputs=("encephalopathy",), options={"none": 1, "grade 1-2": 2, "grade 3-4": 3}),
)
_AREA = "hepatic"


CALCULATORS = (
    Calculator(
        name="child-pugh",
        title="Child-Pugh Score for Cirrhosis Mortality",
        names=("Child-Pugh", "Child-Pugh score"),
        area=_AREA,
        purpose="Severity of cirrhosis.",
        inputs=_CHILD_INPUTS,
        unit="points",
        formula=in_words(_CHILD, _CHILD_INPUTS),
        citation="Pugh et al., Br J Surg 1973;60:646-649, with INR for the prothrombin time",
        example=Example(
            {"bilirubin": 3.0, "albumin": 3.5, "inr": 2.4, "ascites": "slight", "encephalopathy": "none"},
            10.0,
            "By hand: 2 + 2 + 3 + 2 + 1",
        ),
        compute=score(_CHILD),
        reading=((5, "class A"), (7, "class B"), (10, "class C")),
        medcalc_bench=15,
    ),
    Calculator(
        name="fib-4",
        title="Fibrosis-4 (FIB-4) Index for Liver Fibrosis",
        names=("FIB-4", "Fibrosis-4"),
        area=_AREA,
        purpose="Tells advanced fibrosis of the liver without biopsy.",
        inputs={"age": age(18.0), "ast": _AST, "alt": _ALT, "platelets": PLATELETS},
        unit="",
        formula="age x AST / (platelets in 10^9/L x square root of ALT)",
        citation="Sterling et al., Hepatology 2006;43:1317-1325",
        example=Example({"age": 50, "ast": 80, "alt": 100, "platelets": 200}, 2.0, "By hand: 50 x 80 / (200 x 10)"),
        compute=_fib4,
        reading=((0, "advanced fibrosis unlikely"), (1.45, "undecided"), (3.2500001, "advanced fibrosis likely")),
        medcalc_bench=19,
    ),
    Calculator(
        name="apri",
        title="AST to Platelet Ratio Index (APRI)",
        area=_AREA,
        purpose="Tells fibrosis of the liver without biopsy.",
        inputs={
            "ast": _AST,
            "ast_limit": number("Upper limit of AST", "U/L", 10.0, 100.0, units=("ukat/L",)),
            "platelets": PLATELETS,
        },
        unit="",
        formula="100 x (AST / its upper limit) / platelets in 10^9/L",
        citation="Wai et al., Hepatology 2003;38:518-526",
        example=Example({"ast": 80, "ast_limit": 40, "platelets": 100}, 2.0, "By hand: 100 x 2 / 100"),
        also=(
            Example(
                {"ast": 160, "ast_limit": 40, "platelets": 75},
                5.33,
                "recorded in the tests of transplantr",
                published=True,
                digits=2,
            ),
        ),
        compute=_apri,
    ),
    Calculator(
        name="maddrey",
        title="Maddrey's Discriminant Function",
        area=_AREA,
        purpose="Severity of alcoholic hepatitis; from 32 on severe.",
        inputs={
            "prothrombin_time": number("Prothrombin time", "s", 5.0, 150.0),
            "control_time": number("Control prothrombin time", "s", 8.0, 20.0),
            "bilirubin": BILIRUBIN,
        },
        unit="",
        formula="4.6 x (prothrombin time - control) + bilirubin in mg/dL",
        citation="Carithers et al., Ann Intern Med 1989;110:685-690",
        example=Example({"prothrombin_time": 18, "control_time": 13, "bilirubin": 10}, 33.0, "By hand: 4.6 x 5 + 10"),
        compute=_maddrey,
        reading=((-1000, "not severe"), (32, "severe")),
    ),
    Calculator(
        name="albi",
        title="ALBI Score",
        names=("Albumin-bilirubin",),
        area=_AREA,
        purpose="Liver function in hepatocellular carcinoma, without a clinical judgement.",
        inputs={"bilirubin": BILIRUBIN, "albumin": ALBUMIN},
        unit="",
        formula="0.66 x log10(bilirubin in umol/L) - 0.085 x albumin in g/L; 1 mg/dL is 17.1 umol/L",
        citation="Johnson et al., J Clin Oncol 2015;33:550-558",
        example=Example({"bilirubin": 5.847953216374269, "albumin": 4.0}, -2.08, "By hand: 0.66 x 2 - 0.085 x 40"),
        compute=_albi,
        reading=((-100, "grade 1"), (-2.5999999, "grade 2"), (-1.3899999, "grade 3")),
    ),
)
