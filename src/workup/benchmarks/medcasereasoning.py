r"""MedCaseReasoning: case reports cut before the reasoning; is the diagnosis right, how much of the reasoning is told?

Rows (Parquet, or JSON lines with the same keys) with ``pmcid``, ``title``, ``journal``, ``article_link``,
``publication_date``, ``text``, ``case_prompt``, ``diagnostic_reasoning`` and ``final_diagnosis``. The statements of a
reasoning are numbered at the beginning of a line, ``1.`` or ``(1)``. Title and text of the article often name the
diagnosis, so that neither is read into what a reasoner sees.

Two readings of "10-shot accuracy" are in use and are never mixed here: pass@N takes N sampled answers
(``--epochs N``); N examples in the prompt are a matter of the reasoner (``few-shot``), whose figure is ``accuracy``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference
from workup.errors import Issue
from workup.evaluation.judges.judge import Judge
from workup.evaluation.judges.scoring import JudgedMetric
from workup.evaluation.reasoning_recall import (
    CITATION,
    Diagnosis,
    MacroRecall,
    MicroRecall,
    PassAtN,
    Recall,
    RecallByDiagnosis,
)
from workup.evaluation.score import Metric, Scorer

# "1.Fever" is numbered, "1.5 mg" is not.
_NUMBERED = re.compile(r"^[ \t]*\(?\d{1,3}[.)](?![\d.)])[ \t]*", re.MULTILINE)
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
        """Accuracy, best of the samples, recall over cases and over statements, and how recall goes with accuracy."""
        if self._judge is None:
            return ()
        diagnosis, recall = Diagnosis(self._judge), Recall(self._judge)
        return (
            JudgedMetric(diagnosis),
            PassAtN(diagnosis),
            MacroRecall(recall),
            MicroRecall(recall),
            RecallByDiagnosis(diagnosis, recall),
        )


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
