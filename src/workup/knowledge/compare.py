"""How a patient's differential changes from one release of the knowledge to another, and why."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np
from scipy.stats import rankdata

from workup.case import Case
from workup.evaluation.ranks import DECIMALS
from workup.knowledge.annotations import ASPECTS, frequency_words
from workup.knowledge.base import Knowledge

State = Literal["moved", "same", "new", "removed"]
_FREQUENCY_OF_NOT = "excluded (NOT)"


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    """What the releases say differently of a disease.

    Attributes:
        term: HPO id, or the symbol of a gene.
        label: Its label.
        reference: Who says so.
        before: What the old release says, in words; empty when it says nothing.
        after: The same of the new release.
        concerns: Whether it is one of the patient's findings, or above or below one.
    """

    term: str
    label: str
    reference: str
    before: str
    after: str
    concerns: bool

    def __str__(self) -> str:
        if not self.before:
            change = f"added: {self.after}"
        elif not self.after:
            change = "removed"
        else:
            change = f"{self.before} became {self.after}"
        name = f"{self.label} ({self.term})" if self.label else self.term
        return f"{name} {change}" + (f" [{self.reference}]" if self.reference else "")


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One disease in both releases; what a release lacks is None."""

    id: str
    label: str
    state: State
    rank_before: float | None
    rank_after: float | None
    probability_before: float | None
    probability_after: float | None
    changes: tuple[RowChange, ...] = ()


class TermChange(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that the releases read differently."""

    finding: str
    before: str
    after: str


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """A differential in two releases.

    Attributes:
        case: Id of the case.
        old: The old release.
        new: The new release.
        moves: The diseases that lead in either, in the order of the new release.
        terms: Findings that are read differently.
        new_diseases: Number of diseases that only the new release ranks.
        removed_diseases: Number of diseases that only the old release ranks.
        unknown_before: Probability that the disease is not in the knowledge base.
        unknown_after: The same in the new release.
    """

    case: str
    old: str
    new: str
    moves: tuple[Move, ...]
    terms: tuple[TermChange, ...]
    new_diseases: int
    removed_diseases: int
    unknown_before: float
    unknown_after: float


class _View:
    """One release's view of the patient."""

    def __init__(self, knowledge: Knowledge, case: Case) -> None:
        from workup.reasoners.phenotype.engine import Engine

        self.knowledge = knowledge
        engine = Engine(knowledge)
        patient = engine.patient(case.blinded())
        scores = engine.scores(patient)
        posterior, self.unknown = engine.posterior(patient, scores)
        ranks = rankdata(-np.round(scores, DECIMALS), method="average")
        diseases = knowledge.diseases
        self.ids = [diseases.ids[i] for i in engine.profiles.candidates.tolist()]
        self.place = {disease: i for i, disease in enumerate(self.ids)}
        self.rank = dict(zip(self.ids, ranks.tolist(), strict=True))
        self.probability = dict(zip(self.ids, posterior.tolist(), strict=True))
        self.present = patient.query.present
        self.leaders = [self.ids[i] for i in np.argsort(ranks, kind="stable").tolist()]

    def label(self, disease: str) -> str:
        index = self.knowledge.diseases.index(disease)
        return "" if index is None else self.knowledge.diseases.names[index]

    def statements(self, disease: str) -> dict[tuple[str, str], str]:
        """What the annotations say of a disease, by term and reference."""
        index = self.knowledge.diseases.index(disease)
        if index is None:
            return {}
        rows, ontology = self.knowledge.annotations, self.knowledge.ontology
        found: dict[tuple[str, str], str] = {}
        for row in np.flatnonzero(rows.disease == index).tolist():
            if ASPECTS[int(rows.aspect[row])] not in "PIC":
                continue
            words = _FREQUENCY_OF_NOT if rows.negated[row] else f"frequency {frequency_words(rows.frequency[row])}"
            found[ontology.id(int(rows.term[row])), rows.reference_text(row)] = words
        for gene in self.knowledge.diseases.gene_symbols(index):
            found[gene, "genes_to_phenotype.txt"] = "known gene"
        return found

    def term_label(self, term: str) -> str:
        index = self.knowledge.ontology.index(term)
        return "" if index is None else self.knowledge.ontology.label(index)

    def concerns(self, term: str) -> bool:
        """Whether a term is a finding of the patient, or above or below one."""
        ontology = self.knowledge.ontology
        index = ontology.index(term)
        return index is not None and any(
            index in ontology.ancestors(finding) or finding in ontology.ancestors(index) for finding in self.present
        )

    def reading(self, text: str) -> str:
        ontology = self.knowledge.ontology
        terms = ontology.resolve(text).terms
        return ", ".join(f"{ontology.label(term)} ({ontology.id(term)})" for term in terms) or "not a term"


def compare(old: Knowledge, new: Knowledge, case: Case, *, top: int = 10) -> Comparison:
    """Rank a case in two releases and say what moved.

    Args:
        old: The old release.
        new: The new release.
        case: The patient; only the blinded part is looked at.
        top: How many leaders of each release to compare.
    """
    before, after = _View(old, case), _View(new, case)
    leading = dict.fromkeys([*after.leaders[:top], *before.leaders[:top]])
    moves = [_move(disease, before, after) for disease in leading]
    moves.sort(key=lambda move: move.rank_after if move.rank_after is not None else float("inf"))
    terms = [
        TermChange(finding=finding.id, before=one, after=other)
        for finding in case.findings
        if (one := before.reading(finding.id)) != (other := after.reading(finding.id))
    ]
    return Comparison(
        case=case.id,
        old=old.release,
        new=new.release,
        moves=tuple(moves),
        terms=tuple(terms),
        new_diseases=len(after.place.keys() - before.place.keys()),
        removed_diseases=len(before.place.keys() - after.place.keys()),
        unknown_before=before.unknown,
        unknown_after=after.unknown,
    )


def _move(disease: str, before: _View, after: _View) -> Move:
    was, now = before.rank.get(disease), after.rank.get(disease)
    state: State = "new" if was is None else "removed" if now is None else "same" if was == now else "moved"
    return Move(
        id=disease,
        label=after.label(disease) or before.label(disease),
        state=state,
        rank_before=was,
        rank_after=now,
        probability_before=before.probability.get(disease),
        probability_after=after.probability.get(disease),
        changes=() if state in ("new", "removed") else tuple(_changes(disease, before, after)),
    )


def _changes(disease: str, before: _View, after: _View) -> list[RowChange]:
    """What is said differently; first what concerns the patient's findings."""
    old, new = before.statements(disease), after.statements(disease)
    found = [
        RowChange(
            term=term,
            label=after.term_label(term) or before.term_label(term),
            reference=reference,
            before=old.get((term, reference), ""),
            after=new.get((term, reference), ""),
            concerns=after.concerns(term) or before.concerns(term),
        )
        for term, reference in sorted(old.keys() | new.keys())
        if old.get((term, reference)) != new.get((term, reference))
    ]
    return sorted(found, key=lambda change: not change.concerns)
