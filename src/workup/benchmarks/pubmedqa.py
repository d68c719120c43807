"""PubMedQA: does the abstract answer the question with yes, no or maybe?

``{PMID: {"QUESTION", "CONTEXTS": [..], "LABELS": [..], "MESHES", "YEAR", "final_decision", "LONG_ANSWER",
"reasoning_required_pred", "reasoning_free_pred"}}``. The test set is the 500 listed PMIDs; its key file holds PMID ->
label.
"""

from __future__ import annotations

from collections.abc import Sequence

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark
from workup.benchmarks.rows import Row
from workup.case import Case, Question, Reference
from workup.evaluation.score import Metric
from workup.evaluation.scorers import ACCURACY, MACRO_F1

LABELS = ("yes", "no", "maybe")


class PubMedQA(ChoiceBenchmark):
    """Research questions over abstracts, expert labelled."""

    header = Header(
        name="pubmedqa",
        title="PubMedQA (PQA-L)",
        paper="Jin et al. 2019, EMNLP",
        licence="MIT; supplied by the user",
        form="label",
        layout="An object PMID -> QUESTION, CONTEXTS, LABELS, MESHES, YEAR, final_decision, LONG_ANSWER.",
        systems=("19", "49"),
    )

    def case(self, row: Row) -> Case:
        """The case of one PMID, or of one row with ``options`` and ``answer_idx``."""
        if "answer_idx" in row.values:
            return super().case(row)
        contexts, labels = row.values.get("CONTEXTS"), row.values.get("LABELS")
        if not isinstance(contexts, list) or not all(isinstance(part, str) for part in contexts):
            raise row.error("must be a list of texts", "CONTEXTS")
        if not isinstance(labels, list) or len(labels) != len(contexts):
            labels = [""] * len(contexts)
        return Case(
            id=row.record,
            text="\n".join(f"{label}: {part}" if label else part for label, part in zip(labels, contexts, strict=True)),
            question=Question(row.text("QUESTION"), {label: label for label in LABELS}, form="label"),
            reference=Reference(
                answer=row.one_of("final_decision", LABELS),
                extensions={"long_answer": row.values.get("LONG_ANSWER", "")},
            ),
            provenance={"year": row.values.get("YEAR", ""), "options": len(LABELS)},
        )

    def metrics(self) -> Sequence[Metric]:
        """Accuracy and macro-F1."""
        return (ACCURACY, MACRO_F1)
