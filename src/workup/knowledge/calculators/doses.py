"""Dose conversion: corticosteroids and opioids.

>>> from workup.knowledge.calculators import calculate
>>> calculate("steroid-conversion", steroid="hydrocortisone IV", dose="100 mg", target="prednisone PO").value
25.0
>>> calculate("morphine-equivalents", oxycodone="40 mg/d", tramadol="100 mg/d").value
80.0
"""

from __future__ import annotations

from workup.errors import UserError
from workup.knowledge.calculators.calculator import Calculator, Computed, Example, Input, Part, Values
from workup.knowledge.calculators.inputs import choice, number

# Equivalent doses in mg (Schimmer and Funder, Goodman & Gilman's, 12th edition, table 42-3; Meikle and Tyler 1977).
STEROIDS: dict[str, float] = {
    "betamethasone IV": 0.75,
    "cortisone PO": 25.0,
    "dexamethasone IV": 0.75,
    "dexamethasone PO": 0.75,
    "hydrocortisone IV": 20.0,
    "hydrocortisone PO": 20.0,
    "methylprednisolone IV": 4.0,
    "methylprednisolone PO": 4.0,
    "prednisolone PO": 5.0,
    "prednisone PO": 5.0,
    "triamcinolone IV": 4.0,
}
# Oral morphine that a unit of the daily dose is equal to, and that unit (CDC Clinical Practice Guideline 2022, MMWR
# Recomm Rep 71(3), table; buccal fentanyl and buprenorphine: CDC/CMS file of oral MME conversion factors, 2016).
OPIOIDS: dict[str, tuple[float, str]] = {
    "codeine": (0.15, "mg/d"),
    "fentanyl_buccal": (0.13, "ug/d"),
    "fentanyl_patch": (2.4, "ug/h"),
    "hydrocodone": (1.0, "mg/d"),
    "hydromorphone": (5.0, "mg/d"),
    "methadone": (4.7, "mg/d"),
    "morphine": (1.0, "mg/d"),
    "oxycodone": (1.5, "mg/d"),
    "oxymorphone": (3.0, "mg/d"),
    "tapentadol": (0.4, "mg/d"),
    "tramadol": (0.2, "mg/d"),
    "buprenorphine": (10.0, "mg/d"),
}
# Above these the units were mistaken.
_MOST = {"mg/d": 5000.0, "ug/d": 50000.0, "ug/h": 1000.0}


def _steroid(values: Values) -> Computed:
    source, target = STEROIDS[values.choice("steroid")], STEROIDS[values.choice("target")]
    return values.number("dose") * target / source, [
        Part("Equivalent dose of the first, mg", source, values.choice("steroid")),
        Part("Equivalent dose of the second, mg", target, values.choice("target")),
    ]


def _morphine(values: Values) -> Computed:
    parts = []
    for name, (factor, unit) in OPIOIDS.items():
        dose = values.maybe(name)
        if dose is not None:
            parts.append(Part(f"{values.inputs[name].text}, MME/d", factor * dose, f"{dose:g} {unit} x {factor:g}"))
    if not parts:
        raise UserError(f"morphine-equivalents: give the daily dose of at least one of {', '.join(OPIOIDS)}")
    if values.maybe("methadone") is not None:
        values.warn("the factor of methadone is for pain, and not for changing to another opioid", field="methadone")
    if values.maybe("buprenorphine") is not None:
        values.warn("buprenorphine is a partial agonist; CDC 2022 gives no factor for it", field="buprenorphine")
    return sum(part.value for part in parts), parts


def _opioid(name: str) -> Input:
    unit = OPIOIDS[name][1]
    words = name.replace("_", " ")
    units = {"mg/d": ("g/d", "ug/d"), "ug/d": ("mg/d",), "ug/h": ("mg/d",)}[unit]
    return number(words.capitalize(), unit, 0.0, _MOST[unit], units=units, optional=True)


_STEROID_CHOICES: dict[str, tuple[str, ...]] = dict.fromkeys(STEROIDS, ())
_OPIOID_INPUTS = {name: _opioid(name) for name in OPIOIDS}
CALCULATORS = (
    Calculator(
        name="steroid-conversion",
        title="Steroid Conversion Calculator",
        names=("Steroid conversion",),
        area="doses",
        purpose="Dose of one corticosteroid with the glucocorticoid effect of a dose of another.",
        inputs={
            "steroid": choice("Corticosteroid", _STEROID_CHOICES, "input steroid"),
            "dose": number("Dose", "mg", 0.0, 5000.0, units=("ug", "g")),
            "target": choice("Corticosteroid wanted", _STEROID_CHOICES, "target steroid"),
        },
        unit="mg",
        formula="dose x equivalent dose of the wanted / that of the given: "
        + ", ".join(f"{name} {dose:g} mg" for name, dose in STEROIDS.items()),
        citation="Goodman & Gilman's, 12th edition, table 42-3; Meikle and Tyler, Am J Med 1977;63:200-207",
        example=Example(
            {"steroid": "dexamethasone PO", "dose": 6, "target": "methylprednisolone IV"}, 32.0, "By hand: 6 x 4 / 0.75"
        ),
        compute=_steroid,
        medcalc_bench=24,
    ),
    Calculator(
        name="morphine-equivalents",
        title="Morphine Milligram Equivalents (MME) Calculator",
        names=("MME", "Morphine equivalents"),
        area="doses",
        purpose="Daily opioid dose as oral morphine.",
        inputs=_OPIOID_INPUTS,
        unit="MME/d",
        formula="sum of daily doses x factors: "
        + ", ".join(f"{name.replace('_', ' ')} {factor:g} a {unit}" for name, (factor, unit) in OPIOIDS.items()),
        citation="CDC Clinical Practice Guideline, MMWR Recomm Rep 2022;71(3):1-95; CDC/CMS conversion factors 2016",
        example=Example({"oxycodone": 20, "codeine": 100, "fentanyl_patch": 25}, 105.0, "By hand: 30 + 15 + 60"),
        compute=_morphine,
        reading=((0, "below 50 MME/d"), (50, "50 MME/d or more: risk is higher"), (90, "90 MME/d or more")),
        medcalc_bench=49,
    ),
)
