"""For each finding and disease: which annotation of the disease explains the finding, and where that is written.

The likelihood ratio of a finding sums over all terms of a disease's profile. The term with the largest share is
what a reader is shown, with the annotation rows behind it and the common ancestor through which they meet.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from functools import lru_cache
from typing import Any, Literal

import msgspec
import numpy as np

from workup.knowledge import Knowledge
from workup.knowledge.annotations import frequency_words
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoning import Evidence

Relation = Literal["exact", "narrower", "broader", "related", "none"]

# Terms that meet only in an ancestor which this share of all diseases has are not related.
_MOST_COMMON_ANCESTOR = 0.25
_MOST_LENDERS = 20
_MOST_ROWS_SHOWN = 4


class Match(msgspec.Struct, frozen=True):
    """How a finding meets a disease.

    Attributes:
        term: Term of the disease, -1 if nothing in the disease explains the finding.
        ancestor: Most informative common ancestor of both, -1 if none.
        relation: How the disease's term relates to the finding.
        owner: Disease whose annotation it is: the disease itself, or the entry it is borrowed from.
    """

    term: int
    ancestor: int
    relation: Relation
    owner: int


NO_MATCH = Match(-1, -1, "none", -1)


class Rows:
    """Annotation rows by disease and term, as evidence."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        annotations = knowledge.annotations
        rows = np.flatnonzero(annotations.phenotype_mask())
        self._terms = len(knowledge.ontology)
        keys = annotations.disease[rows].astype(np.int64) * self._terms + annotations.term[rows]
        order = np.argsort(keys, kind="stable")
        # Python bisects a view of plain integers faster than numpy searches for a single one.
        self._keys = keys[order].data
        self._order = rows[order].astype(np.int32)
        self._release = f"phenotype.hpoa {knowledge.meta.versions['phenotype.hpoa']}"
        self.meeting = lru_cache(maxsize=16384)(self._meet)
        self._described = lru_cache(maxsize=16384)(self._describe)
        self._words = lru_cache(maxsize=4096)(frequency_words)
        self._disease = lru_cache(maxsize=None)(knowledge.diseases.ids.__getitem__)
        self._reference = lru_cache(maxsize=None)(annotations.reference_names.__getitem__)

    def has(self, disease: int, term: int) -> bool:
        """Whether a row states the term of the disease."""
        key = disease * self._terms + term
        place = bisect_left(self._keys, key)
        return place < len(self._keys) and self._keys[place] == key

    def of(self, disease: int, term: int) -> list[int]:
        """The rows that state the term of the disease, in the order of the file."""
        key = disease * self._terms + term
        start = bisect_left(self._keys, key)
        rows: list[int] = self._order[start : bisect_right(self._keys, key, start)].tolist()
        return rows

    def _describe(self, row: int) -> tuple[str, str, dict[str, Any]]:
        knowledge = self.knowledge
        annotations, ontology = knowledge.annotations, knowledge.ontology
        term = int(annotations.term[row])
        label = ontology.label(term)
        words = self._words(annotations.frequency[row])
        cited = [self._reference(name) for name in annotations.references[row].tolist()]
        reference = cited[0] if len(cited) == 1 else ";".join(cited)
        line = int(annotations.line[row])
        negated = "NOT " if annotations.negated[row] else ""
        share = float(annotations.affected[row]) / max(float(annotations.examined[row]), 1.0)
        values: dict[str, Any] = {
            "disease": self._disease(int(annotations.disease[row])),
            "term": ontology.id(term),
            "term_label": label,
            "frequency": words,
            "frequency_value": round(share, 4),
            "reference": reference,
            "line": line,
        }
        return f"{self._release}, line {line}", f"{negated}{label}, {words}, {reference}", values

    def evidence(self, disease: int, term: int, values: dict[str, Any]) -> tuple[Evidence, ...]:
        """The rows of one disease and term, each with ``values`` added to its own.

        Rows with a count come first, the largest study before the others.
        """
        rows = self.of(disease, term)
        if len(rows) > 1:
            examined = self.knowledge.annotations.examined
            rows = sorted(rows, key=lambda row: -float(examined[row]))[:_MOST_ROWS_SHOWN]
        found = []
        for row in rows:
            source, quote, own = self._described(row)
            found.append(
                Evidence(kind="annotation", source=source, quote=quote, supported=True, values={**own, **values})
            )
        return tuple(found)

    def _meet(self, disease: int, term: int, relation: Relation, ancestor: int) -> tuple[Evidence, ...]:
        """The same, where a finding of the patient meets the term through an ancestor; remembered as ``meeting``."""
        ontology = self.knowledge.ontology
        values = {
            "relation": relation,
            "ancestor": ontology.id(ancestor),
            "ancestor_label": ontology.label(ancestor),
            "borrowed_from": "",
        }
        return self.evidence(disease, term, values)


class Matcher:
    """Finds the annotation that explains each finding best, for many diseases at once."""

    def __init__(self, mixture: TranslationMixture) -> None:
        self.mixture = mixture
        self.knowledge = mixture.model.knowledge
        self.rows = Rows(self.knowledge)
        self._information = mixture.model.information_content.tolist()
        self._least_information = -math.log(_MOST_COMMON_ANCESTOR)
        self.ancestors = lru_cache(maxsize=None)(
            lambda term: frozenset(self.knowledge.ontology.ancestors(term).tolist())
        )
        self._lenders = lru_cache(maxsize=8192)(self._find_lenders)
        self._owner = lru_cache(maxsize=65536)(self._find_owner)
        self._relation = lru_cache(maxsize=65536)(self._find_relation)
        # 150 kB each.
        self._translation = lru_cache(maxsize=128)(mixture.translation)

    def matches(self, findings: tuple[int, ...], candidates: Array) -> list[list[Match]]:
        """Best match of every finding with every candidate.

        Args:
            findings: Term indices.
            candidates: Candidate positions, ``(k,)``.

        Returns:
            For each candidate one match per finding.
        """
        if not findings or not len(candidates):
            return [[] for _ in candidates]
        mixture = self.mixture
        exact, blur = mixture.exact, mixture.blur
        starts, ends = exact.indptr[candidates], exact.indptr[candidates + 1]
        lengths = ends - starts
        offsets = np.zeros(len(candidates) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        terms = exact.indices[places]
        shares = self._shares(findings, terms, exact.data[places], blur.data[places])
        diseases = mixture.model.candidates[candidates].tolist()
        found: list[list[Match]] = []
        for position, disease in enumerate(diseases):
            part = slice(int(offsets[position]), int(offsets[position + 1]))
            if part.start == part.stop:
                found.append([NO_MATCH] * len(findings))
                continue
            best = terms[part][np.argmax(shares[:, part], axis=1)].tolist()
            found.append([self._match(finding, disease, term) for finding, term in zip(findings, best, strict=True)])
        return found

    def _shares(self, findings: tuple[int, ...], terms: Array, exact: Array, blur: Array) -> Array:
        """What each profile term adds to the likelihood ratio of each finding, ``(findings, len(terms))``."""
        background = self.mixture.background
        shares = np.empty((len(findings), len(terms)))
        for finding, share in zip(findings, shares, strict=True):
            np.multiply(self._translation(finding)[terms], blur, out=share)
            if background.share[finding] > 0:
                same = np.flatnonzero(terms == finding)
                share[same] += exact[same] / background.share[finding]
        return shares

    def _match(self, finding: int, disease: int, term: int) -> Match:
        ancestor, relation = self._relation(finding, term)
        if relation == "none":
            return NO_MATCH
        owner = self._owner(disease, term)
        return Match(term, ancestor, relation, owner) if owner >= 0 else NO_MATCH

    def _find_relation(self, finding: int, term: int) -> tuple[int, Relation]:
        if term == finding:
            return term, "exact"
        common = self.ancestors(finding) & self.ancestors(term)
        ancestor = max(common, key=lambda a: (self._information[a], a))
        if finding in common:
            return finding, "narrower"
        if self._information[ancestor] < self._least_information:
            return -1, "none"
        return (term, "broader") if term in common else (ancestor, "related")

    def _find_owner(self, disease: int, term: int) -> int:
        """The disease itself if it is annotated with the term, else the nearest entry it borrows from."""
        if self.rows.has(disease, term):
            return disease
        return next((lender for lender in self._lenders(disease) if self.rows.has(lender, term)), -1)

    def _find_lenders(self, disease: int) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for matrix in self.mixture.neighbours.values():
            part = slice(int(matrix.indptr[disease]), int(matrix.indptr[disease + 1]))
            nearest = np.argsort(-matrix.data[part], kind="stable")[:_MOST_LENDERS]
            found.update(dict.fromkeys(matrix.indices[part][nearest].tolist()))
        return tuple(found)
