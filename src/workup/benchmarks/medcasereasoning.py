r"""MedCaseReasoning: case reports cut before the reasoning; is the diagnosis right, how much of the reasoning is told?

Rows (Parquet, or JSON lines with the same keys) with ``pmcid``, ``title``, ``journal``, ``article_link``,
``publication_date``, ``text``, ``case_prompt``, ``diagnostic_reasoning`` and ``final_diagnosis``. The statements of a
reasoning are numbered at the beginning of a line, ``1.`` or ``(1)``. Title and text of the article often name the
diagnosis, so that neither is read into what a reasoner sees.

Two readings of "10-shot accuracy" are in use and are never mixed here: :class:`PassAtN` takes N sampled answers
(``--epochs N``); N examples in the prompt are a matter of the reasoner (``few-shot``), whose figure is ``accuracy``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Item, Judge, Sheet
from workup.evaluation.judges.scoring import JudgedMetric, JudgedScorer, Say, words_of
from workup.evaluation.labels import ratio
from workup.evaluation.score import Estimate, Metric, Scorer
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.evaluation.verdicts import Ratio, Verdict, always, count, says

CITATION = "MedCaseReasoning, arXiv 2505.11733"
_NUMBERED = re.compile(r"^[ \t]*\(?\d{1,3}[.)](?=\s)[ \t]*", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“])")


def statements(reasoning: str) -> list[str]:
    r"""The numbered statements of a reasoning; its sentences when nothing is numbered.

    >>> statements("1. Fever rules out X.\n2. Rash\n   suggests Y."), statements("(1) Fever. (2 days)\n(2) Rash.")
    (['Fever rules out X.', 'Rash suggests Y.'], ['Fever. (2 days)', 'Rash.'])
    >>> statements("Fever rules out X. Rash suggests Y.")
    ['Fever rules out X.', 'Rash suggests Y.']
    """
    parts = _NUMBERED.split(reasoning)[1:] if _NUMBERED.search(reasoning) else _SENTENCE.split(reasoning)
    return [" ".join(part.split()) for part in parts if part.strip()]


def says_equivalent(judgement: str, *, upstream_compatible: bool = False) -> bool | None:
    """Whether a judge's words say that two diagnoses are equivalent.

    Args:
        judgement: The judge's words.
        upstream_compatible: As a released parser does, exclude only ``NOT_EQUIVALENT``, so that "NOT EQUIVALENT" with a
            space counts as right.

    Returns:
        None when they say neither or both.

    >>> says_equivalent("NOT EQUIVALENT"), says_equivalent("NOT EQUIVALENT", upstream_compatible=True)
    (False, True)
    """
    if upstream_compatible:
        return "EQUIVALENT" in judgement and "NOT_EQUIVALENT" not in judgement
    found = re.findall(r"\b(not[\s_-]+|non[\s_-]*|in)?equivalent\b", judgement.casefold().replace("_", " "))
    said = {not negated for negated in found}
    return said.pop() if len(said) == 1 else None


class Diagnosis(JudgedScorer):
    """1 when the judge says that the answer is the reference's disease; a broader category is not."""

    name = "accuracy"
    citation = CITATION

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """One verdict, on the first diagnosis named."""
        reasoning = attempt.reasoning
        given = reasoning.answer.text if reasoning and reasoning.answer else ""
        if reasoning and not given and reasoning.differential:
            given = reasoning.differential[0].label or reasoning.differential[0].id
        right = case.reference.answer or "" if case.reference else ""
        # The case helps to decide whether a name that is more or less specific will do.
        context = {"case": case.text or "", "reference": right}
        return say(Sheet(task="diagnosis", case=case.id, context=context, items=(Item("1", given),)))

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The share of right ones, of one."""
        return {"accuracy": count(verdicts, says("2"), always)}


class Recall(JudgedScorer):
    """Share of the clinicians' statements that the reasoning contains."""

    name = "reasoning recall"
    citation = CITATION

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """A verdict on each statement, by the whole trace."""
        claims = [step.claim for step in attempt.reasoning.steps] if attempt.reasoning else []
        trace = "\n".join([*claims, words_of(attempt)])
        wanted = case.reference.steps if case.reference else ()
        items = tuple(Item(str(place), text) for place, text in enumerate(wanted, 1))
        return say(Sheet(task="hit", case=case.id, context={"answer": trace}, items=items)) if items else []

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The recall."""
        return {"reasoning recall": count(verdicts, says("hit"), always)}


class MicroRecall:
    """Recall over the statements of all cases together, so that long reasonings weigh more; interval over cases."""

    name = "reasoning recall, micro"

    def __init__(self, scorer: Recall) -> None:
        self.scorer = scorer

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The recall over attempts, ``attempts[i]`` being one at ``cases[i]``; n is the number of cases."""
        found = []
        for case, attempt in zip(cases, attempts, strict=True):
            silent = attempt.reasoning is None or not (words_of(attempt) or attempt.reasoning.steps)
            # Silence misses every statement.
            missed = Ratio(0.0, 0.0, float(len(case.reference.steps if case.reference else ())), 0, 0)
            scored = missed if silent else self.scorer.ratios(self.scorer.settled(case, attempt))["reasoning recall"]
            found.append((scored.earned, scored.possible, scored.unread))
        table = np.array(found, dtype=np.float64).reshape(-1, 3)
        if not table[:, 1].sum():
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        drawn = table[np.random.default_rng(seed).integers(len(table), size=(RESAMPLES, len(table)))].sum(axis=1)
        low, high = np.percentile(drawn[:, 0] / np.maximum(drawn[:, 1], 1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        unread = int(table[:, 2].sum())
        notes = (f"judge: {self.scorer.judge.name}", *([f"{unread} verdicts could not be read"] if unread else []))
        return Estimate(
            metric=self.name,
            value=float(table[:, 0].sum() / table[:, 1].sum()),
            n=len(table),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
            parts={"statements": float(table[:, 1].sum())},
            notes=notes,
        )


class PassAtN:
    """Share of the cases of which any sampled answer is right."""

    name = "pass@N (N sampled answers)"

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The share over cases; attempts at one case are its samples."""
        best: dict[str, list[float]] = defaultdict(list)
        for case, attempt in zip(cases, attempts, strict=True):
            best[case.id].append(self.scorer.score(case, attempt).total)
        if not best:
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        values = np.array([max(scores) for scores in best.values()])
        drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
        low, high = np.percentile(values[drawn].mean(axis=1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        sizes = sorted({len(scores) for scores in best.values()})
        return Estimate(
            metric=self.name,
            value=float(values.mean()),
            n=len(values),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
            parts={"mean of the samples": ratio(sum(sum(one) for one in best.values()), sum(map(len, best.values())))},
            notes=(f"N = {' or '.join(map(str, sizes))} samples a case; not N examples in the prompt",),
        )


class MedCaseReasoning:
    """Cases up to the moment of reasoning; the diagnosis in free words."""

    header = Header(
        name="medcasereasoning",
        title="MedCaseReasoning",
        paper=CITATION,
        licence="CC BY 4.0, the articles under licences of their own; supplied by the user",
        form="diagnosis",
        layout="Parquet or JSON lines: pmcid, case_prompt, diagnostic_reasoning (numbered), final_diagnosis, ...",
        systems=("06",),
    )

    def __init__(self, judge: Judge | None = None) -> None:
        """Without a judge there are cases, and nothing that scores them."""
        self._judge = judge

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the files, in order."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """The diagnosis and the recall, by the judge."""
        return (Diagnosis(self._judge), Recall(self._judge)) if self._judge else ()

    def metrics(self) -> Sequence[Metric]:
        """Accuracy, best of the samples, recall over cases and over statements."""
        if self._judge is None:
            return ()
        diagnosis, recall = Diagnosis(self._judge), Recall(self._judge)
        return (JudgedMetric(diagnosis), PassAtN(diagnosis), JudgedMetric(recall), MicroRecall(recall))


def _case(row: Row) -> Case:
    prompt, diagnosis = row.text("case_prompt"), row.text("final_diagnosis").strip()
    steps = tuple(statements(row.text("diagnostic_reasoning", empty=True)))
    source = {name: str(row.values[name]) for name in ("pmcid", "journal", "publication_date") if row.values.get(name)}
    return Case(
        id=identifier(row, "pmcid", "id"),
        text=prompt,
        question=Question("What is the diagnosis? Give your reasoning first.", form="diagnosis"),
        reference=Reference(answer=diagnosis, labels=(diagnosis,), steps=steps),
        publication=source.get("pmcid"),
        # A prompt that names the diagnosis asks nothing.
        provenance={**source, "leaks": diagnosis.casefold() in prompt.casefold()},
    )
