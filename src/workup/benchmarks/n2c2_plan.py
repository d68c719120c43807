"""n2c2 2022 track 3: how each part of a progress note's plan relates to its assessment.

A table with ``ROW ID``, ``HADM ID``, ``Assessment Begin``, ``Assessment End``, ``PlanSubsection Begin``,
``PlanSubsection End`` and ``Relation`` (absent in the test file), beside the notes: a table with ``ROW_ID`` and
``TEXT``. Offsets are into the note as released, so that texts are cut first and cleaned later. A correction file
(``OLD ROW ID``, ``NEW ROW ID``) remaps notes.

Data under agreements with MIMIC-III and n2c2: the user supplies them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from workup.benchmarks.benchmark import Header
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.score import Metric, Scorer
from workup.evaluation.scorers import ACCURACY, LabelMetric, RightAnswer
from workup.knowledge.arrays import Array

LABELS = ("Direct", "Indirect", "Neither", "Not Relevant")
_MASK = re.compile(r"\[\*\*[^\]]*\*\*\]")
_FIELDS = ("Assessment Begin", "Assessment End", "PlanSubsection Begin", "PlanSubsection End")


class PlanRelation:
    """The four-way relation of a part of the plan to the assessment."""

    header = Header(
        name="n2c2-plan",
        title="n2c2 2022 track 3: assessment and plan reasoning",
        paper="Gao et al. 2023",
        licence="data use agreements of MIMIC-III and n2c2; supplied by the user",
        form="label",
        layout="A table of offsets with the relation, a table of notes (ROW_ID, TEXT), and a remap of row ids, if any.",
        systems=("52",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """Cases of the tables of offsets among ``paths``; the other tables are notes and remaps.

        Raises:
            DataError: None of the files holds notes.
        """
        notes, moved, offsets = _files(paths)
        if not notes:
            raise DataError("none of the files holds notes", remedy="give the table with ROW_ID and TEXT as well")
        yield from cases(offsets, lambda row: _case(row, notes, moved))

    def scorers(self) -> Sequence[Scorer]:
        """Right label."""
        return (RightAnswer(),)

    def metrics(self) -> Sequence[Metric]:
        """Macro-F1 over the four labels (the official score) and accuracy."""
        return (LabelMetric("macro_f1", lambda figures: figures.macro_f1, classes=LABELS), ACCURACY)


def _files(paths: Sequence[Path]) -> tuple[dict[str, str], dict[str, str], list[Path]]:
    """Notes by row id, remapped row ids, and the tables of offsets."""
    notes: dict[str, str] = {}
    moved: dict[str, str] = {}
    offsets = []
    for path in paths:
        for row in rows(path):
            if isinstance(row, Issue):
                continue
            if "TEXT" in row.values:
                notes[note_id(row)] = str(row.values["TEXT"])
            elif "NEW ROW ID" in row.values:
                moved[row.key("OLD ROW ID")] = row.key("NEW ROW ID")
            else:
                offsets.append(path)
                break
    return notes, moved, offsets


def note_id(row: Row) -> str:
    """The id of a note, as the tables that refer to it write it; empty when it has none."""
    return row.key("ROW_ID") if row.values.get("ROW_ID") not in (None, "") else ""


def _case(row: Row, notes: Mapping[str, str], moved: Mapping[str, str]) -> Case:
    name = row.key("ROW ID")
    note = notes.get(moved.get(name, name))
    if note is None:
        raise row.error(
            f"there is no note {name}", "ROW ID", "give the notes, and the remap of row ids if there is one"
        )
    places = [row.whole(field) for field in _FIELDS]
    if not (places[0] < places[1] <= len(note) and places[2] < places[3] <= len(note)):
        raise row.error(
            f"the offsets {places} do not lie in the note of {len(note)} characters",
            _FIELDS[0],
            "give the notes with their original line ends",
        )
    relation = row.one_of("Relation", LABELS) if row.values.get("Relation") else None
    return Case(
        id=f"{name}-{places[2]}",
        text=f"Assessment:\n{_clean(note[places[0] : places[1]])}\n\nPlan:\n{_clean(note[places[2] : places[3]])}",
        question=Question(
            "How does this part of the plan relate to the assessment?", {label: label for label in LABELS}, "label"
        ),
        reference=Reference(answer=relation),
        # Parts of one admission belong together: split and resample by it.
        cohort=str(row.values.get("HADM ID", "")),
    )


def _clean(text: str) -> str:
    """The text with de-identification marks turned into one neutral word."""
    return _MASK.sub("(removed)", text).strip()


def decode_sequence(probabilities: Array, transitions: Array, first: Array) -> list[int]:
    """The likeliest sequence of labels of a note's plan (Viterbi): early parts tend to be direct, last ones irrelevant.

    Args:
        probabilities: What a classifier says of each part, ``(parts, labels)``, above 0.
        transitions: Probability of each label after each, ``(labels, labels)``.
        first: Probability of each label at the beginning, ``(labels,)``.

    >>> alone = np.array([[0.6, 0.4], [0.45, 0.55]])
    >>> decode_sequence(alone, np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([0.5, 0.5]))
    [0, 0]
    """
    if len(probabilities) == 0:
        return []
    with np.errstate(divide="ignore"):
        likely, step, start = np.log(probabilities), np.log(transitions), np.log(first)
    best, back = start + likely[0], []
    for part in likely[1:]:
        paths = best[:, None] + step
        back.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + part
    labels = [int(best.argmax())]
    for pointers in reversed(back):
        labels.append(int(pointers[labels[-1]]))
    return labels[::-1]
