"""MedQA without its options: the same questions, answered in words or as a ranked list (system 42).

Rows as in MedQA; ``valid_answers``, a list of texts, adds further right answers where somebody has annotated them:

    {"question": "A 23-year-old ...", "options": {"A": "Gout", ...}, "answer_idx": "A", "valid_answers": ["Podagra"]}

A question that refers to its options ("which of the following") stays as it is written; several answers may then be
right, and an answer that is no option may be too: what counts as right is the annotated ones only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import choice_case, identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.list_scores import ListScore
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import MeanScore


class MedQAOpen:
    """Questions of the US medical licensing examination, asked without options."""

    header = Header(
        name="medqa-open",
        title="MedQA (USMLE) without options",
        paper="Jin et al. 2021, Applied Sciences 11(14):6421; opened as in system 42",
        licence="MIT; supplied by the user",
        form="diagnosis",
        layout="As MedQA, with valid_answers (a list of texts) where further answers are right.",
        systems=("42",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases in the order of the files; bad records as issues."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """Reciprocal rank, first place, hit and discounted gain."""
        return tuple(ListScore(kind) for kind in ("reciprocal", "first", "hit", "discounted"))

    def metrics(self) -> Sequence[Metric]:
        """Their means."""
        return tuple(MeanScore(scorer) for scorer in self.scorers())


def _case(row: Row) -> Case:
    closed = choice_case(
        row,
        identifier=identifier(row, "realidx", "id", "row"),
        question=row.text("question"),
        options=row.options(),
        answer=row.text("answer_idx"),
        kept=("meta_info",),
    )
    valid = row.values.get("valid_answers", [])
    if not isinstance(valid, list) or any(not isinstance(answer, str) for answer in valid):
        raise row.error("is no list of texts", "valid_answers", "leave it out or give a list")
    reference = closed.reference
    assert reference is not None
    return msgspec.structs.replace(
        closed,
        question=Question(row.text("question"), form="diagnosis"),
        reference=Reference(answer=reference.labels[0], accepted=tuple(valid), labels=reference.labels),
    )
