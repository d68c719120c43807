"""Every calculator does what its worked examples say, in every accepted unit."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from workup.benchmarks.medcalc_bench import kind_of
from workup.knowledge.calculators import AREAS, Calculator, Example, calculate, calculators, convert, find, schema
from workup.knowledge.calculators.checking import check
from workup.knowledge.calculators.render import BEGIN, table

ALL = list(calculators().values())
EXAMPLES = [(one, example) for one in ALL for example in (one.example, *one.also)]


def agrees(value: float | str, example: Example) -> bool:
    if isinstance(value, str) or isinstance(example.value, str):
        return value == example.value
    if example.digits is not None:
        return round(value, example.digits) == example.value
    # Six figures, as the examples are printed; exact for points.
    return value == pytest.approx(example.value, rel=2e-5, abs=1e-9)


@pytest.mark.parametrize(("calculator", "example"), EXAMPLES, ids=[one.name for one, _ in EXAMPLES])
def test_examples(calculator: Calculator, example: Example) -> None:
    result = calculate(calculator.name, **example.inputs)
    assert agrees(result.value, example), (result.value, result.parts)
    assert (result.calculator, result.citation) == (calculator.name, calculator.citation)
    # The only example that has to be warned of: a race coefficient.
    assert (result.issues == ()) == ("race" not in example.inputs or example.inputs["race"] == "other")
    if calculator.unit in ("points", "criteria") and calculator.area != "meld":
        assert sum(part.value for part in result.parts) == result.value


def test_there_are_all_of_medcalc_bench() -> None:
    numbers = [one.medcalc_bench for one in ALL if one.medcalc_bench is not None]
    assert sorted(numbers) == [number for number in range(100) if kind_of(number) is not None]
    assert len(numbers) == len(set(numbers)) == 55
    assert len(ALL) >= 75


@pytest.mark.parametrize("calculator", ALL, ids=lambda one: one.name)
def test_each_is_described(calculator: Calculator) -> None:
    assert calculator.area in AREAS
    for text in (
        calculator.title,
        calculator.purpose,
        calculator.formula,
        calculator.citation,
        calculator.example.source,
    ):
        assert len(text) > 2
    for name, known in calculator.inputs.items():
        assert known.text, name
        assert known.kind != "number" or known.valid[0] < known.valid[1], name
        assert known.possible[0] <= known.valid[0] <= known.valid[1] <= known.possible[1], name
        for unit in known.units:
            # Converts, and back.
            there = convert(known.valid[1], known.unit, unit, analyte=known.analyte)
            assert convert(there, unit, known.unit, analyte=known.analyte) == pytest.approx(known.valid[1])
    assert [least for least, _ in calculator.reading] == sorted(least for least, _ in calculator.reading)


@pytest.mark.parametrize("calculator", ALL, ids=lambda one: one.name)
def test_names_lead_to_their_calculator(calculator: Calculator) -> None:
    for name in (calculator.name, calculator.title, *calculator.names, calculator.title.upper()):
        assert find(name).name == calculator.name


@pytest.mark.parametrize("calculator", ALL, ids=lambda one: one.name)
def test_the_schema_takes_the_example_and_no_more(calculator: Calculator) -> None:
    found = schema(calculator)
    jsonschema.Draft202012Validator.check_schema(found)
    validator = jsonschema.Draft202012Validator(found)
    given = {name: plain(value) for name, value in calculator.example.inputs.items()}
    assert not list(validator.iter_errors(given))
    assert list(validator.iter_errors({**given, "nonsense": 1}))
    for name in found["required"]:
        assert list(validator.iter_errors({key: value for key, value in given.items() if key != name}))
    assert agrees(calculate(calculator.name, **given).value, calculator.example)


def plain(value: Any) -> Any:
    return {"value": value[0], "unit": value[1]} if isinstance(value, tuple) else value


def other_units() -> list[tuple[Calculator, str, str]]:
    return [
        (one, name, unit)
        for one in ALL
        for name, known in one.inputs.items()
        for unit in known.units
        if name in one.example.inputs
    ]


@pytest.mark.parametrize(
    ("calculator", "name", "unit"),
    other_units(),
    ids=[f"{one.name}-{name}-{unit}" for one, name, unit in other_units()],
)
def test_the_unit_does_not_matter(calculator: Calculator, name: str, unit: str) -> None:
    known = calculator.inputs[name]
    values, _ = check(calculator, calculator.example.inputs)
    number = values[name]
    assert isinstance(number, float)
    # A hair inside the limits of criteria, which a rounding error must not cross.
    inside = number * (1 + 1e-6) + 1e-6 if calculator.unit in ("points", "criteria") else number
    other = convert(inside, known.unit, unit, analyte=known.analyte)
    same = calculate(calculator.name, **{**calculator.example.inputs, name: inside})
    for given in ((other, unit), {"value": other, "unit": unit}, f"{other!r} {unit}"):
        if isinstance(given, str) and "e" in repr(other):
            continue
        result = calculate(calculator.name, **{**calculator.example.inputs, name: given})
        if isinstance(result.value, float):
            assert result.value == pytest.approx(same.value)
        else:
            assert result.value == same.value
        assert result.meaning == same.meaning


def test_the_page_is_complete(pytestconfig: pytest.Config) -> None:
    page = (pytestconfig.rootpath / "docs" / "calculators.md").read_text(encoding="utf-8")
    assert page.endswith(table()), "run: python -m workup.knowledge.calculators.render"
    assert page.count(BEGIN) == 1
    assert [one.name for one in ALL if f"| `{one.name}` |" not in page] == []
