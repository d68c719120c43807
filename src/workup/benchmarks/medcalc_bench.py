"""MedCalc-Bench: clinical calculations from a patient's note.

Rows: ``Row Number``, ``Calculator ID``, ``Calculator Name``, ``Category``, ``Patient Note``, ``Question``, ``Relevant
Entities``, ``Ground Truth Answer``, ``Lower Limit``, ``Upper Limit``, ``Ground Truth Explanation``.
The file of one-shot examples: ``{calculator id: {"Patient Note", "Response", "input_parameters"}}``, the last two
objects or the text of Python dicts, which is read and never run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases, literal
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.numbers import Kind, NumericTolerance, Target, limits, read_date, read_number, read_weeks
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import MeanScore

CITATION = "Khandekar et al. 2024, MedCalc-Bench"
# Which rule holds for which calculator, as in the released evaluation script.
_DATES = frozenset({13, 68})
_WEEKS = frozenset({69})
_INTEGERS = frozenset({4, 15, 16, 17, 18, 20, 21, 25, 27, 28, 29, 32, 33, 36, 43, 45, 48, 51})
_DECIMALS = frozenset({2, 3, *range(5, 12), 19, 22, 23, 24, 26, 30, 31, 38, 39, 40, 44, 46, 49, *range(56, 68)})


def kind_of(calculator: int) -> Kind | None:
    """How answers of a calculator are compared; None for a calculator that the set does not have.

    >>> kind_of(13), kind_of(69), kind_of(4), kind_of(2), kind_of(1)
    ('date', 'weeks', 'integer', 'decimal', None)
    """
    kinds: tuple[tuple[frozenset[int], Kind], ...] = (
        (_DATES, "date"),
        (_WEEKS, "weeks"),
        (_INTEGERS, "integer"),
        (_DECIMALS, "decimal"),
    )
    return next((kind for members, kind in kinds if calculator in members), None)


def read_dict(text: str) -> dict[str, Any] | None:
    """A dict from its Python or JSON text, nothing of which is run; None when it is none.

    >>> read_dict("{'answer': 3, 'sure': True}"), read_dict("__import__('os')")
    ({'answer': 3, 'sure': True}, None)
    """
    value = literal(text)
    return value if isinstance(value, dict) else None


class MedCalcBench:
    """Values to compute from a note, scored by the rule of their kind."""

    header = Header(
        name="medcalc-bench",
        title="MedCalc-Bench",
        paper=CITATION,
        licence="CC BY-SA 4.0; supplied by the user",
        form="number",
        layout="A table with Calculator ID, Patient Note, Question, Ground Truth Answer and limits; or the one-shot "
        "file, calculator id -> Patient Note, Response, input_parameters.",
        systems=("36",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of tables and of the one-shot file."""
        yield from cases(paths, lambda row: _example(row) if "Response" in row.values else _case(row))

    def scorers(self) -> Sequence[Scorer]:
        """The rule of the value's kind."""
        return (NumericTolerance(),)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy, by category as well."""
        return (MeanScore(NumericTolerance(), by="category", citation=CITATION),)


def _case(row: Row) -> Case:
    calculator, kind = _calculator(row, row.key("Calculator ID"), "Calculator ID")
    answer = _cell(row, "Ground Truth Answer")
    lower, upper = None, None
    if kind == "decimal":
        # Limits of a negative value come the wrong way round.
        lower, upper = sorted((_limit(row, "Lower Limit"), _limit(row, "Upper Limit")))
    entities = row.values.get("Relevant Entities")
    return Case(
        id=identifier(row, "Row Number"),
        text=row.text("Patient Note"),
        question=Question(row.text("Question"), form="number"),
        reference=_reference(
            row,
            Target(kind, answer, lower, upper),
            "Ground Truth Answer",
            str(row.values.get("Ground Truth Explanation") or ""),
            entities if isinstance(entities, dict) else read_dict(str(entities or "")),
        ),
        provenance={
            "calculator": calculator,
            "name": row.values.get("Calculator Name", ""),
            "category": row.values.get("Category", ""),
        },
    )


def _cell(row: Row, field: str) -> str:
    """A number or text as the table shows it; a list or an object is no answer, whatever number stands in it."""
    value = row.values.get(field)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise row.error(f"is {str(value)[:40]!r}", field, "must be a number or a text")
    return str(value).strip()


def _limit(row: Row, field: str) -> float:
    value = read_number(_cell(row, field))
    if value is None:
        raise row.error("is no number", field, "give Lower Limit and Upper Limit")
    return value


def _example(row: Row) -> Case:
    calculator, kind = _calculator(row, row.record, "")
    parts = {}
    for field in ("Response", "input_parameters"):
        value = row.values.get(field)
        parsed = read_dict(value) if isinstance(value, str) else value
        if not isinstance(parsed, dict):
            raise row.error("is neither an object nor the text of one", field)
        parts[field] = parsed
    answer = str(parts["Response"].get("answer", "")).strip()
    lower, upper = None, None
    if kind == "decimal" and (value := read_number(answer)) is not None:
        lower, upper = limits(value)
    elif kind == "decimal":
        raise row.error(f"the answer {answer!r} is no number", "Response")
    return Case(
        id=f"example-{calculator}",
        text=row.text("Patient Note"),
        question=Question(f"What does calculator {calculator} of MedCalc-Bench give for this patient?", form="number"),
        reference=_reference(
            row,
            Target(kind, answer, lower, upper),
            "Response",
            str(parts["Response"].get("step_by_step_thinking", "")),
            parts["input_parameters"],
        ),
        provenance={"calculator": calculator, "category": "example"},
    )


def _calculator(row: Row, name: str, field: str) -> tuple[int, Kind]:
    kind = kind_of(int(name)) if name.isascii() and name.isdigit() and len(name) < 4 else None
    if kind is None:
        raise row.error(f"{name!r} is no calculator of MedCalc-Bench", field, "give the released files")
    return int(name), kind


def _reference(row: Row, target: Target, field: str, explanation: str, entities: dict[str, Any] | None) -> Reference:
    readers = {"date": read_date, "weeks": read_weeks, "integer": read_number, "decimal": read_number}
    if readers[target.kind](target.value) is None:
        raise row.error(f"is {target.value!r}, which cannot be read as {target.kind}", field)
    return Reference(
        answer=target.value,
        steps=tuple(line for line in explanation.splitlines() if line.strip()),
        extensions={"target": msgspec.to_builtins(target), "entities": entities or {}},
    )
