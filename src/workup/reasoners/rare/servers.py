"""The servers that a host asks: each gives a ranking of diseases, or facts, with evidence that can be cited.

    phenotype engine   1. OMIM:154700 Marfan syndrome, 71 %; 2. ...           [E1]
    phrank             1. OMIM:609192 Loeys-Dietz syndrome 1; 2. ...          [E2]
    similar cases      PMID_1_P2, likeness 0.71: OMIM:154700 Marfan syndrome  [E3]
    genes              FBN1 is known for Marfan syndrome (OMIM:154700); ...   [E4]
    knowledge          OMIM:154700: Ectopia lentis, 31/50, PMID:...; ...      [E5]

What is the same for all patients is in :class:`Servers`, what was found for one in :class:`Search`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.judges.names import DiagnosisNames
from workup.evaluation.ranks import DECIMALS
from workup.knowledge.case_bank import CaseBank, LeaveOut, Similar
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.explaining import Explainer
from workup.reasoners.phenotype.genes import known_for
from workup.reasoners.phenotype.profiles import Universe
from workup.reasoning import Evidence, Hypothesis

if TYPE_CHECKING:
    from workup.knowledge import Knowledge

ENGINE = "phenotype engine"
CASES = "similar cases"
GENES = "genes"
DEEPEST = 50
"""How much of a server's ranking takes part in the fusion."""

_SHOWN = 10
_FEATURES = 15


class Block(msgspec.Struct, frozen=True):
    """What one server says.

    Attributes:
        server: Its name.
        ranking: Disease ids, best first; empty for a server that does not rank.
        evidence: Ids of the evidence that it gave.
        told: What it found, in a sentence.
    """

    server: str
    ranking: tuple[str, ...]
    evidence: tuple[str, ...]
    told: str


class Servers:
    """What is the same for all patients. Shared between threads.

    Attributes:
        engine: The phenotype engine.
        second: The other diagnosis tool.
        bank: Known patients; None without a file of them.
    """

    def __init__(self, knowledge: Knowledge, *, universe: Universe, second: str, bank: CaseBank | None) -> None:
        self.knowledge = knowledge
        self.engine = Engine(knowledge, universe=universe)
        self.second = Engine(knowledge, score=second, universe=universe, profiles=self.engine.profiles)
        self.bank = bank
        self.explainer = Explainer(self.engine)

    @cached_property
    def names(self) -> DiagnosisNames:
        """Names of diseases."""
        return DiagnosisNames(self.knowledge)

    @cached_property
    def release(self) -> str:
        """The annotations, as evidence names them."""
        return f"phenotype.hpoa {self.knowledge.meta.versions['phenotype.hpoa']}"

    def entry(self, disease: str) -> str:
        """The id under which the knowledge base shows a disease; the id itself when it lacks it."""
        diseases = self.knowledge.diseases
        place = diseases.index(disease)
        return disease if place is None else diseases.ids[int(diseases.entity[place])]

    def position(self, disease: str) -> int | None:
        """Place of a disease among the engine's candidates."""
        place = self.knowledge.diseases.index(disease)
        position = -1 if place is None else int(self.engine.profiles.position[place])
        return position if position >= 0 else None


class Search:
    """What the servers find for one patient, kept as evidence. Not shared between threads.

    Attributes:
        servers: The servers.
        patient: The patient as the engine uses it.
        scores: The engine's score of every candidate.
        posterior: Its posttest probabilities.
        unknown: Probability that the disease is not in the knowledge base.
        store: Where evidence is kept.
        labels: Names of the diseases that came up, by id.
    """

    def __init__(self, servers: Servers, case: Case, store: EvidenceStore) -> None:
        self.servers = servers
        engine = servers.engine
        self.patient = engine.patient(case)
        self.scores = engine.scores(self.patient)
        self.posterior, self.unknown = engine.posterior(self.patient, self.scores)
        self.store = store
        self.labels: dict[str, str] = {}
        self._ids = servers.knowledge.diseases.ids

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The engine's first diseases, best first."""
        return self._first(self.servers.engine, self.scores)

    def label(self, disease: str) -> str:
        """Name of a disease; what a server called it when the knowledge base lacks it."""
        diseases = self.servers.knowledge.diseases
        place = diseases.index(disease)
        return self.labels.get(disease, disease) if place is None else diseases.names[place]

    def named(self, disease: str) -> str:
        """Name and id."""
        return f"{self.label(disease)} ({disease})"

    def engine_block(self, depth: int) -> Block:
        """The phenotype engine's ranking, with probabilities."""
        rows = [
            f"{rank}. {self.named(disease)}, posttest probability {self.probability(disease):.1%}"
            for rank, disease in enumerate(self.order[: _SHOWN * depth], 1)
        ]
        return self._ranked(ENGINE, self.servers.engine.score.name, self.order, rows)

    def second_block(self, depth: int) -> Block:
        """The other tool's ranking."""
        second = self.servers.second
        order = self._first(second, second.scores(self.patient))
        rows = [f"{rank}. {self.named(disease)}" for rank, disease in enumerate(order[: _SHOWN * depth], 1)]
        return self._ranked(second.score.name, "set similarity", order, rows)

    def cases_block(self, depth: int, *, least: float, leave_out: LeaveOut, without: Collection[str]) -> Block | None:
        """Diagnoses of the patients that are most alike, three for each depth; None without a bank."""
        bank = self.servers.bank
        if bank is None:
            return None
        found = bank.search(self.patient.query, 3 * depth, least=least, leave_out=leave_out, without=without)
        ranking: dict[str, None] = {}
        kept = []
        for similar in found:
            own = [self.servers.entry(disease) for disease in similar.case.diseases]
            self.labels |= dict(zip(own, similar.case.labels, strict=False))
            ranking |= dict.fromkeys(own)
            kept.append(self.store.add(self._case(bank.name, similar, own)))
        who = "patient" if len(found) == 1 else "patients"
        told = f"{len(found)} {who} of {bank.name} with a likeness of at least {least:g}" if found else "none is near"
        return Block(CASES, tuple(ranking), tuple(kept), told)

    def genes_block(self) -> Block | None:
        """What the patient's genes are known for; None without genes. The engine weighs them itself."""
        steps = known_for(self.servers.engine.profiles, self.patient.case)
        if not steps:
            return None
        kept = [
            self.store.add(
                Evidence(
                    kind="annotation",
                    source=step.evidence[0].source if step.evidence else "genes_to_phenotype.txt",
                    quote=step.claim,
                    supported=True,
                )
            )
            for step in steps
        ]
        return Block(GENES, (), tuple(kept), f"{len(steps)} genes of the patient")

    def knowledge_of(self, disease: str, depth: int) -> tuple[str, ...]:
        """What is known of a disease, as evidence: its most frequent findings with their references.

        The entry itself comes first; from depth 2 on also other entries of the same disease.
        """
        diseases = self.servers.knowledge.diseases
        place = diseases.index(disease)
        if place is None:
            return ()
        entries = [place, *(diseases.aliases[place].tolist() if depth > 1 else [])]
        return tuple(self.store.add(known) for one in entries if (known := self._known(one, depth)) is not None)

    def hypotheses(self, order: Sequence[str]) -> tuple[Hypothesis, ...]:
        """The diseases of a ranking with the engine's contributions, ranks as given.

        One that the knowledge base lacks has no contribution, score or probability.
        """
        places = {disease: self.servers.position(disease) for disease in order}
        known = [place for place in places.values() if place is not None]
        engine, best = self.servers.engine, np.array(known, dtype=np.int64)
        explained = self.servers.explainer.hypotheses(
            engine, self.patient, engine.rest(self.patient), self.scores, self.posterior, best
        )
        by_place = dict(zip(known, explained, strict=True))
        engine_rank = {disease: rank for rank, disease in enumerate(self.order, 1)}
        found = []
        for rank, (disease, place) in enumerate(places.items(), 1):
            extensions = {"engine_rank": engine_rank.get(disease)}
            if place is None:
                label = self.label(disease)
                one = Hypothesis(id=disease, label=label, rank=rank, score=0.0, probability=0.0)
            else:
                one = by_place[place]
            found.append(msgspec.structs.replace(one, rank=float(rank), extensions=extensions))
        return tuple(found)

    def probability(self, disease: str) -> float:
        """The engine's posttest probability; 0 for a disease that it does not rank."""
        place = self.servers.position(disease)
        return 0.0 if place is None else float(self.posterior[place])

    def _first(self, engine: Engine, scores: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[str, ...]:
        order = np.argsort(-np.round(scores, DECIMALS), kind="stable")[:DEEPEST]
        return tuple(self._ids[int(engine.profiles.candidates[place])] for place in order.tolist())

    def _ranked(self, server: str, how: str, order: tuple[str, ...], rows: Sequence[str]) -> Block:
        evidence = Evidence(kind="tool", source=f"{server} ({how}), {self.servers.release}", quote="\n".join(rows))
        return Block(server, order, (self.store.add(evidence),), f"first is {self.named(order[0])}")

    def _case(self, bank: str, similar: Similar, own: Sequence[str]) -> Evidence:
        ontology = self.servers.knowledge.ontology
        mine = set(self.patient.query.present)
        shared = [ontology.label(term) for term in similar.case.query.present if term in mine]
        others = [ontology.label(term) for term in similar.case.query.present if term not in mine]
        lines = [
            f"Diagnosis: {', '.join(map(self.named, own))}",
            f"Likeness to the patient: {similar.likeness:.2f}",
            f"Findings of both: {'; '.join(shared) or 'none by name'}",
            f"Findings of this one alone: {'; '.join(others[:_FEATURES]) or 'none'}",
        ]
        return Evidence(
            kind="passage",
            source=f"{bank}, case {similar.case.id}",
            quote="\n".join(lines),
            supported=True,
            values={
                "likeness": round(similar.likeness, 6),
                "publication": similar.case.publication,
                "diseases": list(own),
            },
        )

    def _known(self, disease: int, depth: int) -> Evidence | None:
        profiles = self.servers.engine.profiles
        row = profiles.frequency[[disease]]
        if not row.nnz:
            return None
        order = np.argsort(-row.data, kind="stable")[: _FEATURES * depth]
        terms = np.sort(row.indices[order])
        rows = self.servers.explainer.matcher.rows.evidence_of(np.full(len(terms), disease), terms)
        lines = [own[0].quote for own in rows if own]
        first = next((own[0].values["line"] for own in rows if own), None)
        diseases = self.servers.knowledge.diseases
        name = f"{diseases.names[disease]} ({diseases.ids[disease]})"
        genes = ", ".join(diseases.gene_symbols(disease))
        words = [
            name,
            *([f"Genes: {genes}"] if genes else []),
            f"{row.nnz} findings are described, among them:",
            *lines,
        ]
        return Evidence(
            kind="annotation",
            source=f"{self.servers.release}, {diseases.ids[disease]}, from line {first} on",
            quote="\n".join(words),
            supported=True,
            values={"disease": diseases.ids[disease], "findings": int(row.nnz)},
        )
