"""The clinical calculators as tools, and conversion of units.

calculate_cockcroft_gault(age=67, sex="female", weight=..., creatinine={"value": 90, "unit": "umol/L"})
->  value, unit, meaning, the steps to it, where the formula is from
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from workup.knowledge.calculators import Calculator, calculate, calculators, convert, schema
from workup.knowledge.tools.tool import Found, Sources, Tool
from workup.knowledge.tools.tool import schema as parameters
from workup.reasoning import Evidence


def tools(sources: Sources) -> list[Tool]:
    """A tool for each calculator, and one that converts units."""
    return [
        *(_tool(calculator) for calculator in calculators().values()),
        Tool(
            name="convert_units",
            description="Converts a value to another unit; mass to amount of substance when the analyte is named.",
            parameters=parameters(
                "analyte",
                value=("number", "The value."),
                unit=("string", "Its unit, e.g. mg/dL."),
                to=("string", "The unit that is wanted, e.g. umol/L."),
                analyte=("string", "Substance, e.g. creatinine."),
            ),
            run=_convert,
            source="units",
            labels=("unit", "conversion"),
        ),
    ]


def tool_name(calculator: Calculator) -> str:
    """Name of a calculator's tool.

    >>> from workup.knowledge.calculators import find
    >>> tool_name(find("body-mass-index"))
    'calculate_body_mass_index'
    """
    return f"calculate_{calculator.name.replace('-', '_')}"


def _tool(calculator: Calculator) -> Tool:
    described = schema(calculator)
    return Tool(
        name=tool_name(calculator),
        description=described["description"],
        parameters={key: described[key] for key in ("type", "properties", "required", "additionalProperties")},
        run=partial(_calculate, calculator.name),
        source=f"calculator {calculator.name}",
        labels=("calculator", *calculator.names),
    )


def _calculate(name: str, arguments: Mapping[str, Any]) -> Found:
    result = calculate(name, **arguments)
    words = f"{result.value} {result.unit}".strip()
    proof = Evidence(
        kind="measurement",
        source=f"{name}: {result.citation}",
        quote=f"{words}. {result.meaning}".strip(),
        supported=True,
        values={"inputs": result.inputs, "value": result.value, "unit": result.unit},
    )
    value = msgspec.to_builtins(result)
    value["issues"] = [str(issue) for issue in result.issues]
    return Found(value, (proof,))


def _convert(arguments: Mapping[str, Any]) -> dict[str, Any]:
    value = convert(float(arguments["value"]), arguments["unit"], arguments["to"], analyte=arguments.get("analyte", ""))
    return {"value": value, "unit": arguments["to"]}
