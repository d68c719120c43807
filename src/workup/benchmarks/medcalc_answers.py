"""What our calculators give for the inputs of MedCalc-Bench.

The set writes a patient's values as a dict, ``{"creatinine": [1.7, "mg/dL"], "age": [81, "years"], "sex": "Male"}``,
with a unit after each number, dates as month/day/year, and no word on what the note does not mention, which its answers
take as absent or normal. Here that becomes the inputs of :func:`workup.knowledge.calculators.calculate`.

>>> answer = answer_of(3, {"creatinine": [1.7, "mg/dL"], "age": [81, "years"], "sex": "Male"})
>>> answer.text, answer.result.calculator
('39.999912', 'ckd-epi-2021')
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medcalc_bench import MedCalcBench, kind_of
from workup.case import Case
from workup.errors import Issue, UserError
from workup.evaluation.numbers import Target, is_right, read_date
from workup.knowledge.calculators import Calculator, Input, Result, calculate, calculators
from workup.knowledge.calculators.checking import plain
from workup.knowledge.calculators.units import unit

# A count of cells with the unit of the volume only: [147000, "µL"].
_VOLUMES = frozenset({"uL", "mm3", "L", "mL", "dL"})
_WEEKS = re.compile(r"(\d+) weeks, (\d+) days")


class Answer(msgspec.Struct, frozen=True):
    """A value in the words of the set, and the result behind it; issues name inputs that no formula uses."""

    text: str
    result: Result
    issues: tuple[Issue, ...] = ()


class Check(msgspec.Struct, frozen=True):
    """One case of the set computed.

    Attributes:
        case: Its id.
        calculator: Number of the calculator.
        expected: The published answer.
        given: Ours; empty when it was refused.
        right: Whether the published rule of tolerance accepts ours.
        note: Why there is none.
        unused: Inputs of the set that the calculator does not know.
    """

    case: str
    calculator: int
    expected: str
    given: str
    right: bool
    note: str = ""
    unused: tuple[str, ...] = ()


@cache
def by_number() -> dict[int, Calculator]:
    """Calculators by their number in the set.

    >>> len(by_number()), by_number()[28].title
    (55, 'APACHE II Score')
    """
    return {one.medcalc_bench: one for one in calculators().values() if one.medcalc_bench is not None}


def answer_of(number: int, entities: Mapping[str, Any], *, upstream_compatible: bool = True) -> Answer:
    """The answer for one patient.

    Args:
        number: Of the calculator.
        entities: The set's ``input_parameters``, or its ``Relevant Entities``.
        upstream_compatible: As the set computes; else as the cited papers do.

    Raises:
        UserError: No such calculator, or an input is missing or refused.
    """
    calculator = by_number().get(number)
    if calculator is None:
        raise UserError(f"MedCalc-Bench has no calculator {number}")
    issues: list[Issue] = []
    inputs = dict(_inputs(calculator, entities, issues))
    result = calculate(calculator.name, assume_absent=True, upstream_compatible=upstream_compatible, **inputs)
    return Answer(_text(number, result), result, tuple(issues))


def checks(paths: list[Path], *, upstream_compatible: bool = True) -> Iterator[Check | Issue]:
    """Compute every case of released files and compare with the published answer by its rule."""
    for case in MedCalcBench().read(paths):
        yield _check(case, upstream_compatible) if isinstance(case, Case) else case


def _check(case: Case, upstream_compatible: bool) -> Check:
    assert case.reference is not None
    number = int(case.provenance["calculator"])
    target = msgspec.convert(case.reference.extensions["target"], Target)
    try:
        answer = answer_of(number, case.reference.extensions["entities"], upstream_compatible=upstream_compatible)
    except UserError as error:
        return Check(case.id, number, target.value, "", False, str(error))
    return Check(
        case.id,
        number,
        target.value,
        answer.text,
        bool(is_right(target, answer.text)),
        unused=tuple(issue.field for issue in answer.issues),
    )


def _text(number: int, result: Result) -> str:
    kind = kind_of(number)
    if kind == "date":
        return date.fromisoformat(str(result.value)).strftime("%m/%d/%Y")
    if kind == "weeks":
        match = _WEEKS.fullmatch(str(result.value))
        return f"({match[1]}, {match[2]})" if match else ""
    return f"{result.value:.8g}" if isinstance(result.value, float) else str(result.value)


def _inputs(calculator: Calculator, entities: Mapping[str, Any], issues: list[Issue]) -> Iterator[tuple[str, Any]]:
    names = {plain(alias): name for name, known in calculator.inputs.items() for alias in (name, *known.aliases)}
    split = dict(_doses(entities) if calculator.name == "morphine-equivalents" else _split(calculator, entities))
    for key, value in split.items():
        name = names.get(plain(str(key)))
        if name is None:
            issues.append(Issue(message=f"{calculator.name} has no input {key!r}; it is not used", field=str(key)))
        elif value is not None:
            yield name, _value(calculator.inputs[name], value)


def _split(calculator: Calculator, entities: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A corticosteroid comes with its dose: ``{"input steroid": ["Cortisone PO", 25, "mg"]}``."""
    for key, value in entities.items():
        if calculator.name == "steroid-conversion" and isinstance(value, list) and value and isinstance(value[0], str):
            yield key, value[0]
            if len(value) > 2:
                yield "dose", value[1:]
        else:
            yield key, value


def _doses(entities: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Opioids come as ``{"Morphine Dose": [50, "mg"], "Morphine Dose Per Day": [1, "per day"]}``."""
    for key, value in entities.items():
        drug = re.sub(r"\s*dose$", "", str(key).strip(), flags=re.IGNORECASE)
        if re.search(r"per day$", str(key), re.IGNORECASE):
            continue
        times = next((v for k, v in entities.items() if plain(str(k)) == plain(f"{drug} dose per day")), 1)
        often = times[0] if isinstance(times, list) and times else times
        numbers = isinstance(value, list) and len(value) == 2 and isinstance(value[0], int | float)
        if numbers and isinstance(often, int | float):
            amount = str(value[1])
            # What is given by the hour (a patch) is no dose to be multiplied.
            yield drug, (value[0], amount) if "/" in amount else (value[0] * often, f"{amount}/d")
        else:
            yield drug, value


def _value(known: Input, value: Any) -> Any:
    if known.kind == "date":
        return read_date(str(value)) or value
    if isinstance(value, list) and len(value) == 2 and known.kind in ("choice", "yes/no"):
        return value[0]
    if known.kind == "number" and isinstance(value, list) and len(value) == 2 and isinstance(value[1], str):
        if not known.unit or not value[1].strip():
            return value[0]
        try:
            given = unit(value[1])
        except UserError:
            return tuple(value)
        if given.symbol in _VOLUMES and unit(known.unit).dimensions == (("volume", -1),):
            return value[0], f"/{given.symbol}"
    return tuple(value) if isinstance(value, list) else value
