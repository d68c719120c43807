"""HealthBench: answers to health conversations, graded by rubrics that physicians wrote.

``{"prompt_id", "prompt": [{"role", "content"}], "rubrics": [{"criterion", "points", "tags"}], "example_tags",
"ideal_completions_data": {"ideal_completion", ...} or null, "canary"}``, one a line. Points of a fault are negative.

The score of an answer is the points of the criteria it meets over the points there are to win, not clipped; the mean
over conversations is clipped to 0-1. Every row carries a canary string, which stays with its case: never train on it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Criterion, Question, Reference
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Item, Judge, Sheet
from workup.evaluation.judges.scoring import JudgedMetric, JudgedScorer, Say, words_of
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.verdicts import Ratio, Verdict, count, points_if, points_to_win

MET, NOT_MET = "met", "not met"
CITATION = "Arora et al. 2025, HealthBench"
_ROLES = ("system", "user", "assistant", "developer")


def rubric_ratio(verdicts: Sequence[Verdict]) -> Ratio:
    """The score of one answer: it can be negative, and a criterion that could not be judged is on neither side.

    >>> verdicts = [Verdict(item="asks for red flags", verdict="met", points=5), Verdict(item="alarms", verdict="met",
    ...     points=-7)]
    >>> rubric_ratio(verdicts).value
    -0.4
    """
    return count(verdicts, points_if(MET), points_to_win)


class RubricScorer(JudgedScorer):
    """Points of the criteria met over the points to win; not clipped, so that it can be negative."""

    name = "rubric"
    citation = CITATION
    clip = True

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """The verdicts on the criteria of the case."""
        rubric = case.reference.rubric if case.reference else ()
        items = tuple(Item(str(i), one.text, points=one.points) for i, one in enumerate(rubric, 1))
        context = {"conversation": case.text or "", "answer": words_of(attempt)}
        return say(Sheet(task="criterion", case=case.id, context=context, items=items))

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The score of the answer."""
        return {self.name: rubric_ratio(verdicts)}


class HealthBench:
    """Conversations that end with a user's message, to be answered in words."""

    def __init__(self, judge: Judge | None = None) -> None:
        """Without a judge there are cases, and nothing that scores them."""
        self._judge = judge

    header = Header(
        name="healthbench",
        title="HealthBench",
        paper=CITATION,
        licence="MIT; supplied by the user; holds a canary string, never train on it",
        form="text",
        layout="Lines of prompt_id, prompt [{role, content}], rubrics [{criterion, points, tags}], example_tags, "
        "ideal_completions_data, canary.",
        languages=("mul",),
        systems=("36",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each conversation, its rubric in the reference."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """The rubric, by the judge; none without one."""
        return (RubricScorer(self._judge),) if self._judge else ()

    def metrics(self) -> Sequence[Metric]:
        """Mean over conversations, clipped to 0-1."""
        return (JudgedMetric(RubricScorer(self._judge)),) if self._judge else ()


def _case(row: Row) -> Case:
    turns = row.values.get("prompt")
    if not isinstance(turns, list) or not turns:
        raise row.error("holds no conversation", "prompt", "must be a list of {role, content}")
    spoken = [Row(row.path, row.record, turn if isinstance(turn, dict) else {}) for turn in turns]
    conversation = [(turn.one_of("role", _ROLES), turn.text("content", empty=True)) for turn in spoken]
    if conversation[-1][0] != "user":
        raise row.error(f"ends with the {conversation[-1][0]}", "prompt", "the last message must be the user's")
    ideal = row.values.get("ideal_completions_data")
    return Case(
        id=row.text("prompt_id"),
        text="\n\n".join(f"{role}: {content}" for role, content in conversation),
        question=Question("Answer the last message of the user.", form="text"),
        reference=Reference(
            answer=str(ideal["ideal_completion"])
            if isinstance(ideal, dict) and ideal.get("ideal_completion")
            else None,
            rubric=_rubric(row),
        ),
        provenance={
            "canary": row.values.get("canary", ""),
            "tags": row.values.get("example_tags", []),
            "turns": len(conversation),
        },
    )


def _rubric(row: Row) -> tuple[Criterion, ...]:
    items = row.values.get("rubrics")
    if not isinstance(items, list) or not items:
        raise row.error("holds no criterion", "rubrics")
    rubric = []
    for item in items:
        inner = Row(row.path, row.record, item if isinstance(item, dict) else {})
        points = inner.values.get("points")
        if isinstance(points, bool) or not isinstance(points, int | float) or not math.isfinite(points):
            raise row.error(f"a criterion has {points!r} points", "rubrics", "must be a number")
        rubric.append(
            Criterion(inner.text("criterion"), float(points), tuple(map(str, inner.values.get("tags") or ())))
        )
    if not any(criterion.points > 0 for criterion in rubric):
        raise row.error("has no points to win", "rubrics")
    return tuple(rubric)
