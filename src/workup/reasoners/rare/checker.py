"""A rule that judges whether a disease fits a patient, without a language model.

    Correct    6 of 8 findings are described in it (Seizure in 12/20, ...)
    Incorrect  1 of 8 findings is described in it
    Incorrect  X-linked recessive inheritance in a female patient

A disease is Incorrect when it describes less than :data:`LEAST_COVERED` of the findings, or when the patient's sex
speaks against it. An excluded finding that the disease shows, and an onset that is unusual in it, are told and do not
decide: on published cases excluded findings are a column of the authors' table and tend to be features of the right
disease (measured on the tuning half: to judge by them cost 1 to 17 points of the first place).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from workup.reasoners.phenotype.presence import shown_frequency

if TYPE_CHECKING:
    from workup.reasoners.rare.servers import Search

LEAST_COVERED = 0.3
"""Least share of the present findings that the disease describes, themselves or more specific ones. Set on the tuning
half of the TEMP cases, where it changes no order for the worse; 0.4 and 0.5 cost 0.4 points."""

_USUAL = 0.8
_UNUSUAL_ONSET = 0.5
_NAMED = 5


class Judgement(msgspec.Struct, frozen=True):
    """What the rule says of one disease.

    Attributes:
        correct: Whether it fits.
        why: Why, in words.
        covered: Share of the present findings that it describes, 0-1; 1 without any.
    """

    correct: bool
    why: str
    covered: float


def judge(search: Search, diseases: Sequence[str], least: float = LEAST_COVERED) -> list[Judgement]:
    """Judge diseases for a patient.

    Args:
        search: The patient.
        diseases: Disease ids.
        least: Least share of findings that a disease must describe.
    """
    knowledge, engine = search.servers.knowledge, search.servers.engine
    places = [knowledge.diseases.index(disease) for disease in diseases]
    known = [place for place in places if place is not None]
    frequency, _ = shown_frequency(engine.profiles, np.array(known, dtype=np.int64))
    rows = iter(frequency)
    return [
        Judgement(False, "the knowledge base describes no finding of it", 0.0)
        if place is None
        else _judge(search, disease, next(rows), least)
        for disease, place in zip(diseases, places, strict=True)
    ]


def _judge(
    search: Search, disease: str, frequency: np.ndarray[tuple[int], np.dtype[np.float64]], least: float
) -> Judgement:
    ontology, query = search.servers.knowledge.ontology, search.patient.query
    described = [term for term in query.present if frequency[term] > 0]
    covered = len(described) / len(query.present) if query.present else 1.0
    described.sort(key=lambda term: -frequency[term])
    listed = ", ".join(f"{ontology.label(term)} in {frequency[term]:.0%}" for term in described[:_NAMED])
    verb = "is" if len(described) == 1 else "are"
    words = [
        f"{len(described)} of {len(query.present)} findings {verb} described in it{f' ({listed})' if listed else ''}"
    ]
    absent = [term for term in query.excluded if frequency[term] >= _USUAL]
    if absent:
        usual = ", ".join(f"{ontology.label(term)} ({frequency[term]:.0%})" for term in absent[:_NAMED])
        words.append(f"usual in it and absent in the patient: {usual}")
    against, told = _demographics(search, disease)
    return Judgement(covered >= least and not against, "; ".join([*words, *told]), covered)


def _demographics(search: Search, disease: str) -> tuple[bool, list[str]]:
    """Whether the sex speaks against a disease, and what sex and onset say in words."""
    engine, case = search.servers.engine, search.patient.case
    position = search.servers.position(disease)
    if position is None:
        return False, []
    against = case.sex == "female" and bool(engine.demographics.recessive_x[position])
    told = ["X-linked recessive inheritance in a female patient"] if against else []
    ratio, words = engine.demographics.onset_log_ratio(case)
    if words and ratio[position] < np.log(_UNUSUAL_ONSET):
        told.append(f"{words} is unusual in it")
    return against, told
