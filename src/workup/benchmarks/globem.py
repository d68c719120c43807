"""GLOBEM: is a student depressed at the end of term, from 28 days of a phone and a watch?

A file of the benchmark is the folder of one cohort (:mod:`workup.signals.globem` describes it); a person is a case
whose text is the table of days before the questionnaire. The label is BDI-II's at the end of term (``dep``).
Twenty people are published openly; the rest of the four years is credentialed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import json_object
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.number_grounding import NumberGrounding
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, RightAnswer
from workup.signals.globem import Person, read_globem
from workup.signals.tables import table
from workup.simulate.labelling import is_simulated

QUESTION = Question(
    "Does the person have symptoms of depression at the end of these days, by a questionnaire (BDI-II)?",
    options={"yes": "yes", "no": "no"},
    form="label",
)


class Globem:
    """People with their days as text."""

    header = Header(
        name="globem",
        title="GLOBEM",
        paper="Xu et al. 2022, NeurIPS Datasets and Benchmarks",
        licence="sample: Apache-2.0 (UW-EXP/GLOBEM); the whole credentialed; supplied by the user",
        form="label",
        layout="A folder for a cohort, with FeatureData/*.csv (pid, date, features) and SurveyData/dep_endterm.csv.",
        systems=("39",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """People of the cohorts; one without a label is an issue."""
        for path in paths:
            try:
                simulated = _simulated(path)
                for one in read_globem(path):
                    case = one if isinstance(one, Issue) else case_of(one, path)
                    if simulated and isinstance(case, Case):
                        case = msgspec.structs.replace(case, provenance={**case.provenance, "simulated": True})
                    yield case
            except DataError as error:
                yield error.issue

    def scorers(self) -> Sequence[Scorer]:
        """Right label, and the numbers of the text."""
        return (RightAnswer(), NumberGrounding())

    def metrics(self) -> Sequence[Metric]:
        """Accuracy; :mod:`workup.signals.classifier` stands beside."""
        return (ACCURACY,)


def _simulated(path: Path) -> bool:
    """Whether the folder holds the label of what is simulated."""
    label = path / "provenance.json"
    return label.is_file() and is_simulated(json_object(label))


def case_of(person: Person, path: Path) -> Case | Issue:
    """A person as a case; without a label an issue."""
    if person.label is None:
        return Issue(
            message="has no label at the end of term",
            record=person.pid,
            path=str(path),
            code="no-label",
            severity="error",
        )
    return Case(
        id=f"{person.cohort}/{person.pid}",
        text=table(person),
        question=QUESTION,
        reference=Reference(answer="yes" if person.label else "no"),
        cohort=person.cohort,
    )
