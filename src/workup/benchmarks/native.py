"""Cases in this package's own format, one JSON object a line: simulated ones, and those that other verbs derive.

``{"id": "vignette-0000", "text": "This woman is 34 years old. ...", "findings": [...], "question": {"text": "Which
...", "options": {"A": "..."}}, "reference": {"answer": "A"}, "provenance": {"simulated": true}}``; the fields are
those of :class:`workup.case.Case` (``workup schema case``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case
from workup.errors import DataError, Issue
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, RightAnswer


class NativeCases:
    """Cases with a known answer: the key of an option, a label or a diagnosis."""

    header = Header(
        name="cases",
        title="Cases in the package's own format",
        paper="none; the format is workup.case.Case",
        licence="as the user's file",
        form="choice",
        layout="JSON lines, each a case with question and reference (workup schema case).",
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; bad records as issues."""
        yield from cases(paths, self.case)

    def case(self, row: Row) -> Case:
        """The case of one row.

        Raises:
            DataError: It is not a case, or says nothing of what is right.
        """
        try:
            case = msgspec.convert(dict(row.values), Case)
        except msgspec.ValidationError as error:
            raise DataError(
                f"is not a case: {error}", path=row.path, record=row.record, remedy="see workup schema case"
            ) from error
        if case.reference is None:
            raise row.error("has no reference", "reference", "say what is right, or leave the record out")
        if case.reference.answer is None:
            # Its diagnoses are ranked by the benchmark rare-disease; here nothing could be right.
            remedy = "say it in reference.answer; ranked diagnoses are measured by workup run rare-disease"
            raise row.error("says of no answer that it is right", "reference.answer", remedy)
        return case

    def scorers(self) -> Sequence[Scorer]:
        """Right answer."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy."""
        return (ACCURACY,)
