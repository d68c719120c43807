"""DiagnosisArena: hard journal cases, answered with five diagnoses, best first, or as multiple choice.

Rows: ``id``, ``Case Information``, ``Physical Examination``, ``Diagnostic Tests``, ``Final Diagnosis``, ``Options``,
``Right Option``. Judged rows: ``id``, ``Final Diagnosis``, ``LLM Response`` and ``response``, the judge's words, with
one ``\\boxed{}`` a diagnosis: 2 for the same disease, 1 for a broader category, 0 else. Not to be passed on: research
and evaluation only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Form, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Item, Judge, Sheet
from workup.evaluation.judges.scoring import JudgedMetric, JudgedScorer, Say
from workup.evaluation.labels import ratio, wilson
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, RightAnswer, chosen
from workup.evaluation.stats import Interval
from workup.evaluation.verdicts import Ratio, Verdict

_BOX = re.compile(r"\\boxed\{\s*([^{}]*?)\s*\}")
_PARTS = ("Case Information", "Physical Examination", "Diagnostic Tests")
LISTED = 5
SAME = 2


class ListScores(msgspec.Struct, frozen=True):
    """Scores of judged lists of diagnoses; a category that includes the reference (1) never counts as right.

    Attributes:
        n: Judged lists.
        unscored: Rows whose judge gave no box; they are in no share.
        top1: Share whose first diagnosis is the reference's, with its Wilson interval.
        top5: Share with one among the first five.
        graded5: Mean of the best of the first five, 2 counting 1 and 1 counting a half.
        mrr: Mean of 1 / rank of the first that is right.
    """

    n: int
    unscored: int
    top1: float
    top1_interval: Interval | None
    top5: float
    top5_interval: Interval | None
    graded5: float
    mrr: float


def judged_scores(rows: Sequence[Mapping[str, Any]]) -> ListScores:
    """Scores of judged rows, whose order does not matter.

    Raises:
        DataError: A row has no ``response``.
    """
    lists: list[list[int]] = []
    unscored = 0
    for row in rows:
        if not isinstance(row.get("response"), str):
            raise DataError("is missing", record=str(row.get("id", "")), field="response", remedy="give judged rows")
        boxes = boxed_scores(row["response"])
        # The released script crashes on a judge that gave no box at all.
        if boxes:
            lists.append(boxes)
        else:
            unscored += 1
    first = sum(boxes[0] == SAME for boxes in lists)
    any_of = sum(max(boxes) == SAME for boxes in lists)
    return ListScores(
        n=len(lists),
        unscored=unscored,
        top1=ratio(first, len(lists)),
        top1_interval=wilson(first, len(lists)) if lists else None,
        top5=ratio(any_of, len(lists)),
        top5_interval=wilson(any_of, len(lists)) if lists else None,
        graded5=ratio(sum(max(boxes) / SAME for boxes in lists), len(lists)),
        mrr=ratio(sum(1 / (boxes.index(SAME) + 1) for boxes in lists if SAME in boxes), len(lists)),
    )


def boxed_scores(response: str) -> list[int]:
    """The first five boxed scores of a judge's words; a box that is no 0, 1 or 2 counts as 0.

    >>> boxed_scores(r"1. \\boxed{0} 2. \\boxed{ 2 }")
    [0, 2]
    """
    return [int(box) if box in ("0", "1", "2") else 0 for box in _BOX.findall(response)[:LISTED]]


def boxed_option(response: str) -> str | None:
    """The letter of the first box, as the multiple-choice mode reads it; None without one.

    >>> boxed_option(r"So it is \\boxed{b}."), boxed_option("B")
    ('B', None)
    """
    found = _BOX.search(response)
    letter = found.group(1).strip().strip(".()").upper() if found else ""
    return letter if len(letter) == 1 and letter.isalpha() else None


def option_accuracy(
    rows: Sequence[Mapping[str, Any]], *, upstream_compatible: bool = False
) -> tuple[float, int, Interval | None]:
    """Accuracy of multiple-choice rows (``LLM Response``, ``Right Option``), their number, and its Wilson interval.

    Args:
        rows: Answered rows; one without a boxed letter is wrong.
        upstream_compatible: 0 whatever was answered: the released script compares the letter with a method it forgets
            to call.
    """
    right = sum(
        boxed_option(str(row.get("LLM Response", ""))) == str(row.get("Right Option", "")).strip().upper()
        for row in rows
    )
    if upstream_compatible:
        right = 0
    return ratio(right, len(rows)), len(rows), wilson(right, len(rows)) if rows else None


class DiagnosisList(JudgedScorer):
    """Lists of diagnoses, judged name by name: ``top1``, ``top5``, ``graded5`` and ``mrr`` as in :class:`ListScores`.

    A list in which a name could not be judged counts where the others settle it, and is unread where they do not.
    """

    name = "top1"
    citation = "DiagnosisArena, 2025"

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """The verdicts on the first five diagnoses, best first."""
        reference = case.reference
        truth = (reference.labels[0] if reference.labels else reference.answer or "") if reference else ""
        items = tuple(Item(str(rank), name) for rank, name in enumerate(chosen(attempt)[:LISTED], 1))
        return say(Sheet(task="diagnosis", case=case.id, context={"reference": truth}, items=items))

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The figures of one list."""
        grades = [None if verdict.verdict is None else int(verdict.verdict) for verdict in verdicts]
        unread = grades.count(None)

        def ratio_of(value: float | None) -> Ratio:
            if value is None:
                return Ratio(0.0, 0.0, 0.0, 0, unread)
            return Ratio(value, value, 1.0, len(grades) - unread, unread)

        read = [grade or 0 for grade in grades]
        best = max(read, default=0)
        rank = read.index(SAME) + 1 if SAME in read else 0
        settled = best == SAME or not unread
        first = None if grades and grades[0] is None else float(read[:1] == [SAME])
        return {
            "top1": ratio_of(first),
            "top5": ratio_of(float(best == SAME) if settled else None),
            "graded5": ratio_of(best / SAME if settled else None),
            "mrr": ratio_of(None if None in grades[: rank or None] else 1 / rank if rank else 0.0),
        }


class DiagnosisArena:
    """Both modes: ``open`` asks for five diagnoses, ``choice`` for an option."""

    def __init__(self, mode: Literal["open", "choice"] = "open", judge: Judge | None = None) -> None:
        """Lists of diagnoses are scored only with a judge."""
        self._judge = judge
        form: Form = "diagnosis" if mode == "open" else "choice"
        self.mode = mode
        self.header = Header(
            name="diagnosis-arena",
            title="DiagnosisArena",
            paper="DiagnosisArena, 2025",
            licence="research and evaluation only, adapted from copyrighted journals; supply your own copy",
            form=form,
            layout="Rows with id, Case Information, Physical Examination, Diagnostic Tests, Final Diagnosis, Options, "
            "Right Option.",
            systems=("35",),
        )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the files."""
        yield from cases(paths, self._case)

    def _case(self, row: Row) -> Case:
        options: dict[str, str] = {}
        answer = row.text("Final Diagnosis")
        if self.mode == "choice":
            options = row.options("Options")
            diagnosis, answer = answer, row.text("Right Option").strip()
            if answer not in options:
                raise row.error(f"is {answer!r}, which is no option", "Right Option")
            answers = (diagnosis,)
        else:
            answers = (answer,)
        return Case(
            id=str(row.values.get("id", row.record)),
            text="\n\n".join(f"{part}:\n{row.text(part, empty=True)}" for part in _PARTS if part in row.values),
            question=Question(
                "What is the diagnosis?" if options else "Give the five most likely diagnoses, most likely first.",
                options,
                form=self.header.form,
            ),
            reference=Reference(answer=answer, labels=answers),
        )

    def scorers(self) -> Sequence[Scorer]:
        """Right option; lists of diagnoses need a judge."""
        if self.mode == "choice":
            return (RightAnswer(),)
        return (DiagnosisList(self._judge),) if self._judge else ()

    def metrics(self) -> Sequence[Metric]:
        """Accuracy of the options, or the shares of lists that name the disease."""
        if self.mode == "choice":
            return (ACCURACY,)
        if self._judge is None:
            return ()
        scorer = DiagnosisList(self._judge)
        return tuple(JudgedMetric(scorer, part) for part in ("top1", "top5", "graded5", "mrr"))
