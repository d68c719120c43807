"""The simulated cohort of a rheumatology clinic, as ``workup synthesize cohort`` writes it: a case a line.

``{"id": "simulated-0-3", "text": "Small joints: 5\\nLarge joints: 0\\n...", "question": {...}, "reference": {"answer":
"RA", "steps": ["..."]}, "provenance": {"simulated": true, ...}}``. A record that does not say that it is simulated is
refused: nothing real belongs here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, RightAnswer
from workup.simulate.labelling import is_simulated


class SimulatedCohort:
    """Patients whose label and criteria are known."""

    header = Header(
        name="simulated-cohort",
        title="Simulated cohort: rheumatoid arthritis or a look-alike",
        paper="Right prediction, wrong reasoning (system 75); the cohort is ours and simulated",
        licence="made by `workup synthesize cohort`",
        form="label",
        layout="A workup case a line, with the record as text.",
        systems=("75",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the files."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """Right label."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy; see :mod:`workup.evaluation.right_reasons` for the reasons."""
        return (ACCURACY,)


def _case(row: Row) -> Case:
    try:
        case = msgspec.convert(dict(row.values), Case)
    except msgspec.ValidationError as error:
        raise row.error(str(error), remedy="make it with `workup synthesize cohort`") from error
    if not is_simulated(case.provenance) or case.question is None or case.reference is None:
        raise row.error("is no simulated case with question and answer", "provenance", "see `workup synthesize cohort`")
    return case
