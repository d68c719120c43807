"""Glianorex: multiple choice about an organ that does not exist; also the layout of our own generator.

``{"question": "Which cell ...", "options": {"A": "...", ...}, "answer": "...", "answer_idx": "C", "language": "en",
"generator": "gpt4"}``. Three conditions tell knowledge from skill at tests:

* closed book: this benchmark as it is, with any reasoner;
* open book: the same with a reasoner that searches the book (``retrieval-augmented``, ``nearest-passage``);
* options only: ``glianorex-options``, which hides the question. Above chance there means faulty questions.
"""

from __future__ import annotations

import msgspec

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case, identifier
from workup.benchmarks.rows import Row
from workup.case import Case
from workup.evaluation.score import Metric
from workup.evaluation.scorers import ACCURACY, MeanScore, RightAnswer

_HIDDEN = {"en": "Which of these options is right?", "fr": "Laquelle de ces options est juste ?"}
_HEADER = Header(
    name="glianorex",
    title="Glianorex",
    paper="Griot et al. 2024, arXiv 2406.02394; ACL 2025",
    licence="the books are MIT; the question set is supplied by the user, or made with workup.simulate.fictional_organ",
    form="choice",
    layout="Rows with question, options by letter, answer, answer_idx, language (en or fr) and generator.",
    languages=("en", "fr"),
    systems=("37",),
)


class Glianorex(ChoiceBenchmark):
    """The questions as released."""

    header = _HEADER

    def case(self, row: Row) -> Case:
        """The case of one row; language and generator are kept apart in every table."""
        language = row.text("language").lower()[:2]
        if language not in _HIDDEN:
            raise row.error(f"is {language!r}", "language", "must begin with en or fr")
        case = choice_case(
            row,
            identifier=identifier(row, "id"),
            question=row.text("question"),
            options=row.options(),
            answer=row.text("answer_idx"),
            kept=("generator", "relation", "leaves"),
        )
        assert case.question is not None
        question = msgspec.structs.replace(case.question, language=language)
        return msgspec.structs.replace(case, question=question, provenance={**case.provenance, "language": language})

    def metrics(self) -> tuple[Metric, ...]:
        """Accuracy, and its mean by language and by generator."""
        right = RightAnswer()
        return (
            ACCURACY,
            MeanScore(right, name="accuracy by language", by="language"),
            MeanScore(right, name="accuracy by generator", by="generator"),
        )


class GlianorexOptions(Glianorex):
    """The options alone: who answers these above chance uses cues, not knowledge."""

    header = msgspec.structs.replace(_HEADER, name="glianorex-options", title="Glianorex, options only")

    def case(self, row: Row) -> Case:
        """The case without its question."""
        case = super().case(row)
        assert case.question is not None
        hidden = msgspec.structs.replace(case.question, text=_HIDDEN[case.question.language])
        return msgspec.structs.replace(case, question=hidden)
