"""MedR-Bench: case reports staged as examination advice, diagnosis and treatment, and a grader of every reasoning step.

Cases: ``{PMCID: {"generate_case": {...}, "body_category": [..], "disorder_category": [..],
"checked_rare_disease": [..]}}``, where ``generate_case`` holds ``case_summary``, ``differential_diagnosis``,
``final_diagnosis`` and ``diagnosis_results``, or ``case_summary``, ``treatment_planning_analysis`` and
``treatment_plan_results``. Judged cases: ``reasoning_eval``
[``{step, efficiency, factulity}``] (spelled so) and ``gt_reasoning_eval`` [``{step, hit}``].

The scores of different judges on the same outputs differ by up to 16 points: never compare across judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Item, Judge, Sheet
from workup.evaluation.judges.scoring import JudgedMetric, JudgedScorer, Say, words_of
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.verdicts import Ratio, Verdict, always, count, says

STEP_LABELS = ("Reasoning", "Citation", "Repetition", "Redundancy")
_STEP, _REFERENCE = "step", "reference"
_RIGHT = "Reasoning, Correct"
_WRONG = "Reasoning, Wrong"
_UNKNOWN = "Reasoning, unread"


class StepScores(msgspec.Struct, frozen=True):
    """The three scores of one judged case.

    Attributes:
        efficiency: Share of the steps that move towards the answer.
        factuality: Share of these that are correct.
        completeness: Share of the reference steps that the output hits; "recall" in the files.
    """

    efficiency: Ratio
    factuality: Ratio
    completeness: Ratio


def step_verdicts(case: Mapping[str, Any], *, upstream_compatible: bool = False) -> list[Verdict]:
    """The verdicts of a judged case, in either layout of the files.

    Args:
        case: A judged case as released, or one with ``steps`` [[label, factuality]] and ``gt_hits``.
        upstream_compatible: As the released code does, count a step label that could not be read as Redundancy, any
            factuality with "correct" in it (also "incorrect") as correct, and any "yes" as a hit. By default none of
            these is read.

    Raises:
        DataError: It is neither.
    """
    steps = case.get("reasoning_eval")
    if steps is not None:
        pairs = [(step.get("efficiency"), step.get("factulity", step.get("factuality"))) for step in steps]
        hits = [hit.get("hit") for hit in case.get("gt_reasoning_eval", ())]
    elif isinstance(case.get("steps"), list):
        pairs, hits = [(label, factual) for label, factual in case["steps"]], list(case.get("gt_hits", ()))
    else:
        raise DataError("is no judged case", field="reasoning_eval", remedy="give reasoning_eval and gt_reasoning_eval")
    verdicts = [
        Verdict(item=str(i), verdict=_step_verdict(label, factual, upstream_compatible), kind=_STEP)
        for i, (label, factual) in enumerate(pairs)
    ]
    return verdicts + [
        Verdict(item=str(i), verdict=_hit(hit, upstream_compatible), kind=_REFERENCE) for i, hit in enumerate(hits)
    ]


def step_scores(verdicts: Sequence[Verdict]) -> StepScores:
    """Count the verdicts of one case; a score without a denominator is 0, as published."""
    steps = [verdict for verdict in verdicts if verdict.kind == _STEP]
    reasoning = [verdict for verdict in steps if (verdict.verdict or "").startswith("Reasoning")]
    factual = [
        msgspec.structs.replace(verdict, verdict=None if verdict.verdict == _UNKNOWN else verdict.verdict)
        for verdict in reasoning
    ]
    return StepScores(
        efficiency=count(steps, says(_RIGHT, _WRONG, _UNKNOWN), always),
        factuality=count(factual, says(_RIGHT), always),
        completeness=count([verdict for verdict in verdicts if verdict.kind == _REFERENCE], says("hit"), always),
    )


def _step_verdict(label: object, factual: object, loose: bool) -> str | None:
    if label not in STEP_LABELS:
        return "Redundancy" if loose else None
    if label != "Reasoning":
        return str(label)
    if isinstance(factual, bool):
        return _RIGHT if factual else _WRONG
    words = str(factual or "").strip().lower()
    if loose:
        return _RIGHT if "correct" in words else _WRONG
    return {"correct": _RIGHT, "wrong": _WRONG, "incorrect": _WRONG}.get(words.strip(" .*"), _UNKNOWN)


def _hit(value: object, loose: bool) -> str | None:
    if isinstance(value, bool):
        return "hit" if value else "missed"
    if loose:
        return "hit" if "yes" in str(value).lower() else "missed"
    return {"yes": "hit", "no": "missed", "true": "hit", "false": "missed"}.get(str(value).strip().lower())


def says_correct(judgement: str, *, upstream_compatible: bool = False) -> bool | None:
    """Whether a judge's answer on the final diagnosis says "correct".

    Args:
        judgement: The judge's words.
        upstream_compatible: As the released code does, take any text with "correct" in it for correct, "incorrect" too.

    Returns:
        None when it says neither or both.

    >>> says_correct("Incorrect."), says_correct("Incorrect.", upstream_compatible=True)
    (False, True)
    """
    if upstream_compatible:
        return "correct" in judgement.lower()
    words = re.findall(r"\b(in|not\s+)?correct\b|\b(wrong)\b", judgement.lower())
    found = {not (negated or wrong) for negated, wrong in words}
    return found.pop() if len(found) == 1 else None


class StepScorer(JudgedScorer):
    """Efficiency, factuality and completeness of a reasoning, judged step by step.

    The steps are the claims of the reasoning, or the lines of its words when it has none. Only steps that are labelled
    Reasoning are checked for facts; the reference's steps are looked for in the whole output.
    """

    name = "efficiency"
    citation = "MedR-Bench, Nature Communications 2025, 16:9799"

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """The verdicts in the form of :func:`step_verdicts`."""
        reference, output = case.reference, words_of(attempt)
        claims = [step.claim for step in attempt.reasoning.steps] if attempt.reasoning else []
        lines = claims or [line.strip() for line in output.splitlines() if line.strip()]
        answer = attempt.reasoning.answer.text if attempt.reasoning and attempt.reasoning.answer else ""
        context = {"case": case.text or "", "answer": answer}
        items = tuple(Item(str(i), line, _STEP) for i, line in enumerate(lines))
        labels = say(Sheet(task="step", case=case.id, context=context, items=items))
        moving = tuple(item for item, label in zip(items, labels, strict=True) if label.verdict == "Reasoning")
        facts = say(Sheet(task="fact", case=case.id, context={"case": case.text or ""}, items=moving)) if moving else []
        factual = {"Correct": _RIGHT, "Wrong": _WRONG}
        known = {fact.item: fact for fact in facts}
        steps = []
        for label in labels:
            fact = known.get(label.item)
            # The judge's word on the fact replaces the bare label.
            steps.append(
                label
                if fact is None
                else msgspec.structs.replace(label, verdict=factual.get(fact.verdict or "", _UNKNOWN), why=fact.why)
            )
        said = [step for step in reference.steps if step.strip()] if reference else []
        wanted = tuple(Item(str(i), step, _REFERENCE) for i, step in enumerate(said))
        whole = "\n".join([*claims, output])
        hits = say(Sheet(task="hit", case=case.id, context={"answer": whole}, items=wanted)) if wanted else []
        return [*steps, *hits]

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The three scores."""
        scores = step_scores(verdicts)
        return {
            "efficiency": scores.efficiency,
            "factuality": scores.factuality,
            "completeness": scores.completeness,
        }


class MedRBench:
    """The diagnosis and treatment cases, all findings given."""

    def __init__(self, judge: Judge | None = None) -> None:
        """Without a judge there are cases, and nothing that scores them."""
        self._judge = judge

    header = Header(
        name="medr-bench",
        title="MedR-Bench",
        paper="Nature Communications 2025, 16:9799",
        licence="CC BY-SA; supplied by the user",
        form="diagnosis",
        layout="An object PMCID -> generate_case, body_category, disorder_category, checked_rare_disease.",
        systems=("38",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of both files."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """The steps, by the judge; none without one: an answer in words is judged, not compared."""
        return (StepScorer(self._judge),) if self._judge else ()

    def metrics(self) -> Sequence[Metric]:
        """Means of the three scores."""
        if self._judge is None:
            return ()
        scorer = StepScorer(self._judge)
        return tuple(JudgedMetric(scorer, part) for part in ("efficiency", "factuality", "completeness"))


def _case(row: Row) -> Case:
    parts = row.values.get("generate_case")
    if not isinstance(parts, dict):
        raise row.error("is missing", "generate_case")
    inner = Row(row.path, row.record, parts)
    treatment = "treatment_plan_results" in parts
    question, answer, analysis = (
        ("What is the treatment plan?", "treatment_plan_results", "treatment_planning_analysis")
        if treatment
        else ("What is the diagnosis?", "diagnosis_results", "differential_diagnosis")
    )
    rare = row.values.get("checked_rare_disease") or []
    return Case(
        id=f"{row.record}-treatment" if treatment else row.record,
        text=inner.text("case_summary"),
        question=Question(question, form="text" if treatment else "diagnosis"),
        reference=Reference(answer=inner.text(answer), steps=tuple(str(parts.get(analysis) or "").splitlines())),
        provenance={
            "body": row.values.get("body_category", []),
            "disorder": row.values.get("disorder_category", []),
            "rare": bool(rare),
        },
    )
