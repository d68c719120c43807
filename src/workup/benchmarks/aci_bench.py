"""ACI-Bench: the note of a visit from the conversation.

``{"id": "D2N068", "dataset": "virtassist", "dialogue": "[doctor] hi , brian ...\\n[patient] ...", "note": "CHIEF
COMPLAINT\\n\\n...", "doctor_name": ..., "patient_gender": ..., "patient_age": ..., "cc": ...}``, a JSON object a
line; or the challenge's table of ``dataset``, ``encounter_id``, ``dialogue`` and ``note``.
Visits are acted by clinicians; some tags of speakers are swapped by speech recognition and stay so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import identifier
from workup.benchmarks.rows import Row, cases
from workup.case import Case, Question, Reference, Sex
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.cross_examination import CrossExamination
from workup.evaluation.overlap import rouge
from workup.evaluation.score import Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore, why_none

_ASKED = (
    "Write the clinical note of this visit from the conversation, with the sections CHIEF COMPLAINT, HISTORY OF "
    "PRESENT ILLNESS, REVIEW OF SYSTEMS, PHYSICAL EXAM, RESULTS, ASSESSMENT AND PLAN. Write nothing that was not said."
)


class NoteOverlap:
    """ROUGE-L F of the note against the clinician's; ROUGE-1 and -2 beside it."""

    name = "rouge-l"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one note; none is worth 0."""
        made = attempt.reasoning.answer.text if attempt.reasoning and attempt.reasoning.answer else ""
        wanted = (case.reference.answer or "") if case.reference else ""
        if not made.strip():
            return Score(total=0.0, notes=(why_none(attempt) or "unparsed",))
        found = rouge(wanted, made)
        return Score(total=found["rougeL"].f1, parts={name: one.f1 for name, one in found.items()})


class AciBench:
    """Conversations with the note as the truth."""

    header = Header(
        name="aci-bench",
        title="ACI-Bench",
        paper="Yim et al. 2023, Scientific Data 10:586",
        licence="CC BY 4.0; supplied by the user",
        form="text",
        layout="JSON lines with dialogue (turns begin with [doctor] or [patient]) and note.",
        systems=("36",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Conversations of the files."""
        yield from cases(paths, _case)

    def scorers(self) -> Sequence[Scorer]:
        """Overlap with the clinician's note, and cross-examination against the conversation, which needs no note."""
        return (NoteOverlap(), CrossExamination())

    def metrics(self) -> Sequence[Metric]:
        """Means of both."""
        return tuple(MeanScore(scorer) for scorer in self.scorers())


def _case(row: Row) -> Case:
    sexes: dict[str, Sex] = {"male": "male", "female": "female"}
    return Case(
        id=identifier(row, "id", "encounter_id"),
        text=row.text("dialogue"),
        sex=sexes.get(str(row.values.get("patient_gender")).lower(), "unknown"),
        question=Question(_ASKED, form="text"),
        reference=Reference(answer=row.text("note")),
        provenance={"dataset": str(row.values.get("dataset") or "")},
    )
