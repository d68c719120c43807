"""MMLU (medical subjects) and MMLU-Pro.

MMLU: tables without a header line, ``question,A,B,C,D,key``, one file a subject (``anatomy_test.csv``). MMLU-Pro: rows
with ``question_id``, ``question``, ``options`` (a list of up to ten), ``answer`` (a letter), ``category``, ``src``.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case, identifier
from workup.benchmarks.rows import Row
from workup.case import Case

MEDICAL_SUBJECTS = (
    "anatomy",
    "clinical_knowledge",
    "college_biology",
    "college_medicine",
    "medical_genetics",
    "professional_medicine",
)
_LETTERS = "ABCD"


class MMLUMedical(ChoiceBenchmark):
    """The six medical subjects of MMLU that MultiMedQA uses."""

    header = Header(
        name="mmlu-medical",
        title="MMLU, medical subjects",
        paper="Hendrycks et al. 2021, ICLR",
        licence="MIT; supplied by the user",
        form="choice",
        layout="Tables without a header line (question, four options, letter of the key), one file a subject.",
        systems=("19", "49"),
    )
    columns = ("question", *_LETTERS, "key")

    def case(self, row: Row) -> Case:
        """The case of one row of the table, or of one with ``options`` and ``answer_idx``."""
        if "answer_idx" in row.values:
            return super().case(row)
        case = choice_case(
            row,
            identifier=identifier(row),
            question=row.text("question"),
            options={letter: row.text(letter) for letter in _LETTERS},
            answer=row.one_of("key", tuple(_LETTERS)),
        )
        subject = Path(row.path).stem.removesuffix("_test").removesuffix("_val").removesuffix("_dev")
        return msgspec.structs.replace(case, provenance={**case.provenance, "subject": subject})


class MMLUPro(ChoiceBenchmark):
    """Harder questions with up to ten options."""

    header = Header(
        name="mmlu-pro",
        title="MMLU-Pro (health and biology)",
        paper="Wang et al. 2024, NeurIPS",
        licence="MIT; supplied by the user",
        form="choice",
        layout="Rows with question_id, question, options (a list of up to ten), answer (a letter), category and src.",
        systems=("19",),
    )

    def case(self, row: Row) -> Case:
        """The case of one row as released, or of one with ``answer_idx``."""
        if "answer_idx" in row.values:
            return super().case(row)
        return choice_case(
            row,
            identifier=identifier(row, "question_id"),
            question=row.text("question"),
            options=row.options(),
            answer=row.text("answer"),
            kept=("category", "src"),
        )
