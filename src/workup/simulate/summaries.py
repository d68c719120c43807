"""Summaries of simulated notes, faithful or with one planted fault.

    faithful       every finding and denial of the note, in other sentences
    omission       half of the findings are left out
    contradiction  findings are denied, and denials told as present
    invention      findings that the note does not have are added

Shows: whether a measure of summaries falls for the fault it is meant for. Cannot show: how it rates summaries that
models write, in which faults are subtle and several.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from workup.case import Finding
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.ages import years
from workup.simulate.notes import Note

Fault = Literal["faithful", "omission", "contradiction", "invention"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
LIMITS = "summaries are lists of findings with one planted fault"

_OTHERS = ("HP:0001250", "HP:0000365", "HP:0001744", "HP:0002017", "HP:0001945", "HP:0012378", "HP:0000988")
_AFTER = {False: "The patient also has {0}. ", True: "The patient has {0}. "}


def summarise(note: Note, fault: Fault, knowledge: Knowledge, seed: int) -> str:
    """A summary of a note.

    Args:
        note: The note.
        fault: What is planted.
        knowledge: Whose terms are added in an invention.
        seed: Of the choice of findings.
    """
    random = np.random.default_rng((seed, *note.case.id.encode()))
    told = {one.id: one for one in note.statements if one.status != "unknown"}
    present = [one.label for one in told.values() if one.status == "present"]
    absent = [one.label for one in told.values() if one.status == "excluded"]
    if fault == "omission":
        present, absent = (_some(part, random) for part in (present, absent))
    elif fault == "contradiction":
        flipped = max(1, len(present) // 2)
        present, absent = absent[:1] + present[flipped:], present[:flipped] + absent[1:]
    elif fault == "invention":
        ontology = knowledge.ontology
        mentioned = {one.id for one in note.statements}
        fresh = [
            Finding(id=one, label=ontology.label(term))
            for one in _OTHERS
            if one not in mentioned and (term := ontology.index(one)) is not None
        ]
        present = [*present, *(fresh[int(place)].label or "" for place in random.permutation(len(fresh))[:4])]
    male, age = note.case.sex == "male", years(note.case.age or "")
    sex = "boy" if male else "girl"
    if age is None or age >= 16:
        sex = "man" if male else "woman"
    when = "" if age is None else f"{int(age)}-year-old " if age >= 2 else f"{max(1, round(12 * age))}-month-old "
    text = f"Summary of a {when}{sex}.\n"
    for place, name in enumerate(present):
        text += _AFTER[place == 0].replace("{0}", _lower(name))
    for name in absent:
        text += f"There is no {_lower(name)}. "
    return text.rstrip() + "\n"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _some(names: Sequence[str], random: np.random.Generator) -> list[str]:
    """Half of the names, at least one fewer."""
    kept = sorted(random.permutation(len(names))[: len(names) // 2].tolist())
    return [names[place] for place in kept]
