"""Clinical calculators: formulas and scores with checked inputs, citation and worked example.

>>> result = calculate("cha2ds2-vasc", age=67, sex="female", heart_failure=False, hypertension=True, diabetes=False,
...                    stroke=False, transient_ischaemic_attack=False, thromboembolism=False, vascular_disease=False)
>>> result.value, [(part.text, part.value) for part in result.parts if part.value]
(3.0, [('Age >= 65 y', 1.0), ('Female sex', 1.0), ('Hypertension', 1.0)])

For research and for review by a clinician; not a medical device.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from math import isfinite
from typing import Any

from workup.errors import UserError
from workup.knowledge.calculators.calculator import Calculator, Example, Input, Part, Result, Value, Values
from workup.knowledge.calculators.checking import check, plain
from workup.knowledge.calculators.units import convert

__all__ = [
    "AREAS",
    "Calculator",
    "Example",
    "Input",
    "Part",
    "Result",
    "calculate",
    "calculators",
    "convert",
    "find",
    "schema",
]

# Module of this folder -> what its calculators are about.
AREAS = {
    "renal": "Kidney",
    "electrolytes": "Electrolytes",
    "acid_base": "Acid and base",
    "cardiac": "Heart and circulation",
    "cardiac_risk": "Cardiac risk",
    "electrocardiogram": "Electrocardiogram",
    "stroke_bleeding": "Stroke and bleeding",
    "thrombosis": "Thrombosis",
    "surgical_thrombosis": "Thrombosis in surgery",
    "hepatic": "Liver",
    "meld": "MELD",
    "respiratory": "Lungs",
    "critical_care": "Sepsis and coma",
    "organ_failure": "Organ failure",
    "acute_physiology": "APACHE II",
    "haematology": "Blood",
    "endocrine": "Hormones and metabolism",
    "obstetric": "Obstetric dates",
    "body_size": "Body size",
    "doses": "Dose conversion",
    "infections": "Throat infections",
    "comorbidity": "Comorbidity",
}


@cache
def calculators() -> dict[str, Calculator]:
    """All calculators by name, in the order of their areas.

    >>> len(calculators()) >= 55
    True
    """
    found: dict[str, Calculator] = {}
    for area in AREAS:
        for calculator in import_module(f"{__name__}.{area}").CALCULATORS:
            if calculator.name in found or calculator.area != area:
                raise ValueError(f"{calculator.name} is there twice, or in another file than that of its area")
            found[calculator.name] = calculator
    return found


@cache
def _names() -> dict[str, str]:
    return {
        plain(alias): calculator.name
        for calculator in calculators().values()
        for alias in (calculator.name, calculator.title, *calculator.names)
    }


def find(name: str) -> Calculator:
    """The calculator of a short, long or other name.

    Raises:
        UserError: There is none; the message names near ones.

    >>> find("QTc Bazett Calculator").name
    'qtc-bazett'
    """
    known = _names().get(plain(name))
    if known is None:
        near = get_close_matches(plain(name), _names(), n=3)
        said = f"; try {', '.join(dict.fromkeys(_names()[one] for one in near))}" if near else ""
        raise UserError(f"no calculator named {name!r}{said}; `workup calculate` lists them")
    return calculators()[known]


def calculate(name: str, /, *, assume_absent: bool = False, upstream_compatible: bool = False, **inputs: Any) -> Result:
    """Compute one value for one patient.

    Args:
        name: Any name of the calculator.
        assume_absent: In scores, take what is not given as absent or normal and report each such assumption; else
            everything has to be given.
        upstream_compatible: Compute as MedCalc-Bench's published answers do, where that differs
            (:attr:`Calculator.upstream`).
        inputs: Name -> number in the unit of the formula, (number, unit), text such as "1.2 mg/dL", ``{"value",
            "unit"}``; True, False, "yes", "no"; a choice; a date or "YYYY-MM-DD".

    Returns:
        The value with its steps, citation and issues.

    Raises:
        UserError: An input is missing, unknown, unreadable or out of range; the message names all of them.

    >>> calculate("ckd-epi-2021", age=(81, "years"), sex="male", creatinine="30 mg/dL").issues[0].message
    'Serum creatinine 30 mg/dL is unusual; 30 would be usual in umol/L: check the unit'
    """
    calculator = find(name)
    values, issues = check(calculator, inputs, assume_absent=assume_absent, upstream=upstream_compatible)
    held = Values(calculator.inputs, values, upstream=upstream_compatible)
    try:
        value, parts = calculator.compute(held)
    except (OverflowError, ValueError, ZeroDivisionError):
        raise UserError(f"{calculator.name}: has no finite value for these inputs") from None
    if isinstance(value, float) and not isfinite(value):
        raise UserError(f"{calculator.name}: has no finite value for these inputs")
    return Result(
        calculator=calculator.name,
        value=value.isoformat() if isinstance(value, date) else value,
        unit=calculator.unit,
        meaning=_meaning(calculator, value),
        parts=tuple(parts),
        inputs={key: _plain(one) for key, one in values.items() if one is not None},
        citation=calculator.citation,
        issues=(*issues, *held.issues),
    )


def _plain(value: Value) -> float | bool | str:
    return value.isoformat() if isinstance(value, date) else value if value is not None else ""


def _meaning(calculator: Calculator, value: float | str | date) -> str:
    if not isinstance(value, float):
        return ""
    return next((text for least, text in reversed(calculator.reading) if value >= least), "")


def schema(calculator: Calculator | str) -> dict[str, Any]:
    """JSON schema of a calculator's inputs, as for a tool.

    >>> found = schema("body-mass-index")
    >>> found["required"], found["properties"]["weight"]["anyOf"][0]
    (['weight', 'height'], {'type': 'number', 'minimum': 0.3, 'maximum': 500.0, 'description': 'in kg'})
    """
    known = find(calculator) if isinstance(calculator, str) else calculator
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": known.name,
        "description": f"{known.title}. {known.purpose}",
        "type": "object",
        "properties": {name: _property(one) for name, one in known.inputs.items()},
        "required": [name for name, one in known.inputs.items() if not one.optional],
        "additionalProperties": False,
    }


def _property(known: Input) -> dict[str, Any]:
    if known.kind == "yes/no":
        return {"description": known.text, "type": "boolean"}
    if known.kind == "choice":
        return {"description": known.text, "type": "string", "enum": list(known.choices)}
    if known.kind == "date":
        return {"description": known.text, "type": "string", "format": "date"}
    low, high = known.valid
    bare: dict[str, Any] = {"type": "number", "minimum": low, "maximum": high}
    if not known.unit:
        return {"description": known.text, **bare}
    bare["description"] = f"in {known.unit}"
    return {
        "description": f"{known.text}, {low:g} to {high:g} {known.unit}",
        "anyOf": [
            bare,
            {
                "type": "object",
                "properties": {
                    "value": {"type": "number"},
                    "unit": {"type": "string", "enum": list(dict.fromkeys((known.unit, *known.units)))},
                },
                "required": ["value", "unit"],
                "additionalProperties": False,
            },
        ],
    }
