"""MedMCQA (AIIMS and NEET-PG): one JSON object a line.

``{"id", "question", "opa", "opb", "opc", "opd", "cop", "choice_type", "exp", "subject_name", "topic_name"}``. ``cop``
counts from 0 in some releases and from 1 in others; the keys of the test set are hidden, so that the development set is
what is reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case, identifier
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case
from workup.errors import DataError, Issue

_OPTIONS = {"A": "opa", "B": "opb", "C": "opc", "D": "opd"}


class MedMCQA(ChoiceBenchmark):
    """Questions of Indian medical entrance examinations."""

    header = Header(
        name="medmcqa",
        title="MedMCQA",
        paper="Pal et al. 2022, CHIL",
        licence="MIT; supplied by the user",
        form="choice",
        layout="JSON lines with question, opa to opd, cop (from 0 or 1, found out per file), subject_name, topic_name.",
        systems=("19", "49"),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; also the rows with ``options`` and ``answer_idx`` of MedAgentsBench."""
        bases = {str(path): _base(path) for path in paths}

        def read(row: Row) -> Case:
            return self.case(row) if "answer_idx" in row.values else _released(row, bases[row.path])

        yield from cases(paths, read)


def _base(path: Path) -> int | None:
    """What ``cop`` counts from in a file; None when no row tells."""
    seen = {_number(row) for row in rows(path) if isinstance(row, Row)}
    if 0 in seen and 4 in seen:
        raise DataError("has both 0 and 4 as answers", path=str(path), field="cop", remedy="do not join releases")
    return 0 if 0 in seen else 1 if 4 in seen else None


def _number(row: Row) -> int | None:
    value = row.values.get("cop")
    if isinstance(value, str) and value.strip().isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _released(row: Row, base: int | None) -> Case:
    number = _number(row)
    if number is None:
        raise row.error("has no key, as in the test set", "cop", "use the development set")
    if base is None:
        raise row.error("may count from 0 or from 1: no row has 0 or 4", "cop", "give the whole file")
    letters = "ABCD"
    if not 0 <= number - base < 4:
        raise row.error(f"is {number}, which is no option", "cop", "must be one of four")
    return choice_case(
        row,
        identifier=identifier(row, "id"),
        question=row.text("question"),
        options={letter: row.text(field) for letter, field in _OPTIONS.items()},
        answer=letters[number - base],
        kept=("choice_type", "subject_name", "topic_name"),
        extensions={"explanation": row.values["exp"]} if row.values.get("exp") else {},
    )
