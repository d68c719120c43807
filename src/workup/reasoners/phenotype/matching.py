"""For each finding and disease: which annotation of the disease explains the finding, and where that is written.

The likelihood ratio of a finding sums over all terms of a disease's profile. The term with the largest share is
what a reader is shown, with the annotation rows behind it and the common ancestor through which they meet.

A case asks for some hundred pairs of finding and disease, so that everything here is done for all of them at once.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge import Knowledge
from workup.knowledge.annotations import Annotations, frequency_counts, frequency_words
from workup.knowledge.arrays import Array, flat_rows
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoning import Evidence

Relation = Literal["exact", "narrower", "broader", "related", "none"]
RELATIONS: tuple[Relation, ...] = ("exact", "narrower", "broader", "related", "none")
EXACT, NARROWER, BROADER, RELATED, NONE = range(5)

# Terms that meet only in an ancestor which this share of all diseases has are not related.
_MOST_COMMON_ANCESTOR = 0.25
_MOST_ROWS_SHOWN = 4
_NOT = ("", "NOT ")
# Some twenty for each pair of disease and term that is annotated.
_HASHES = 1 << 22


class Matches(msgspec.Struct, frozen=True):
    """How findings meet diseases; all arrays ``(diseases, findings)``, -1 where nothing of the disease is near.

    Attributes:
        term: Term of the disease.
        ancestor: Most informative common ancestor of both.
        relation: How the disease's term relates to the finding, an index into :data:`RELATIONS`.
        owner: Disease whose annotation it is: the disease itself, or the entry it is borrowed from.
        place: Where the annotation rows of owner and term begin (see :class:`Rows`), 0 where there are none.
        count: How many of them are shown.
    """

    term: Array
    ancestor: Array
    relation: Array
    owner: Array
    place: Array
    count: Array


class Conflicts(msgspec.Struct, frozen=True):
    """What diseases say of findings that the patient does not have.

    Attributes:
        owner: For each term of the diseases' own profiles, place of its disease.
        term: The term.
        frequency: Its frequency in the disease.
        ruled_out: Whether the term is an excluded finding or lies below one.
        shown: First term of each disease at or below each excluded finding, -1 for none; ``(diseases, excluded)``.
    """

    owner: Array
    term: Array
    frequency: Array
    ruled_out: Array
    shown: Array


class Rows:
    """Annotation rows by disease and term, as evidence.

    A place is the number of a row when all rows are sorted by disease and term, those with the largest study first.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        annotations = knowledge.annotations
        rows = np.flatnonzero(annotations.phenotype_mask())
        self._terms = len(knowledge.ontology)
        keys = annotations.disease[rows].astype(np.int64) * self._terms + annotations.term[rows]
        # Rows with a count come first, the largest study before the others.
        order = np.argsort(-annotations.examined[rows], kind="stable")
        order = order[np.argsort(keys[order], kind="stable")]
        self._keys = keys[order]
        starts = np.flatnonzero(np.diff(self._keys, prepend=-1))
        count = np.diff(starts, append=len(self._keys))
        # Most pairs that are asked for have no row; most of these are known by a look into this table.
        self._maybe = np.zeros(_HASHES, dtype=bool)
        self._maybe[self._keys % _HASHES] = True
        self._shown = np.zeros(len(self._keys), dtype=np.int32)
        self._shown[starts] = np.minimum(count, _MOST_ROWS_SHOWN)
        self._release = f"phenotype.hpoa {knowledge.meta.versions['phenotype.hpoa']}"
        self._table = _table(annotations, rows[order])

    @cached_property
    def labels(self) -> list[str]:
        """Label of each term."""
        return [self.knowledge.ontology.label(term) for term in range(self._terms)]

    @cached_property
    def ids(self) -> list[str]:
        """HPO id of each term."""
        return self.knowledge.ontology.ids()

    @cached_property
    def _disease_ids(self) -> list[str]:
        return list(self.knowledge.diseases.ids)

    @cached_property
    def _references(self) -> list[str]:
        return list(self.knowledge.annotations.reference_names)

    @cached_property
    def _words(self) -> list[str]:
        """Each distinct frequency as a clinician reads it."""
        return [frequency_words(text) for text in self.knowledge.annotations.frequency.distinct]

    @cached_property
    def _shares(self) -> list[float]:
        """Each distinct frequency as a share."""
        counts = [frequency_counts(text) or (0.0, 1.0) for text in self.knowledge.annotations.frequency.distinct]
        # Single precision, as the rows themselves have it.
        return [round(float(np.float32(n)) / max(float(np.float32(m)), 1.0), 4) for n, m in counts]

    def find(self, diseases: Array, terms: Array) -> tuple[Array, Array]:
        """Where the rows begin that state each term of each disease, and how many of them are shown (0 if none).

        Args:
            diseases: Disease indices, of any shape.
            terms: Term indices, of the same shape; -1 has no rows.
        """
        keys = diseases.astype(np.int64) * self._terms + terms
        places, count = np.zeros(keys.shape, dtype=np.int64), np.zeros(keys.shape, dtype=np.int32)
        likely = self._maybe[keys % _HASHES] & (terms >= 0)
        sought = keys[likely]
        found = np.minimum(np.searchsorted(self._keys, sought), len(self._keys) - 1)
        there = self._keys[found] == sought
        places[likely], count[likely] = found * there, self._shown[found] * there
        return places, count

    def evidence(self, disease: int, term: int, values: dict[str, Any]) -> tuple[Evidence, ...]:
        """The rows of one disease and term, each with ``values`` added to its own."""
        (found,) = self.evidence_of(np.array([disease]), np.array([term]))
        return tuple([msgspec.structs.replace(own, values=own.values | values) for own in found] if values else found)

    def evidence_of(self, diseases: Array, terms: Array) -> list[tuple[Evidence, ...]]:
        """The rows of many pairs of disease and term, at most four a pair.

        Args:
            diseases: Disease indices, ``(n,)``.
            terms: Term indices, ``(n,)``, -1 for none.
        """
        places, counts = self.find(diseases, terms)
        return _cut(self._described(self._read(places, counts)), counts)

    def evidence_of_meetings(
        self, places: Array, counts: Array, relations: Array, ancestors: Array
    ) -> list[tuple[Evidence, ...]]:
        """The same where a finding of the patient meets the term, for rows that were looked up before.

        Args:
            places: Where the rows of each pair begin, ``(n,)``.
            counts: How many they are, ``(n,)``.
            relations: How the finding meets the term, as indices into :data:`RELATIONS`, ``(n,)``.
            ancestors: Through which ancestor, ``(n,)``.
        """
        meetings = np.repeat(relations, counts).tolist(), np.repeat(ancestors, counts).tolist()
        return _cut(self._described_meetings(self._read(places, counts), *meetings), counts)

    def _read(self, places: Array, counts: Array) -> list[list[int]]:
        """What rows are described by: ``counts`` of them from each of some places on, one after the other."""
        ends = np.cumsum(counts)
        rows = np.arange(ends[-1] if len(ends) else 0) + np.repeat(places - ends + counts, counts)
        found: list[list[int]] = self._table[rows].tolist()
        return found

    # The two are written out, and nothing is called for a row but its own constructors: a case describes some seven
    # hundred rows, and this is the larger part of its time.
    def _described(self, rows: list[list[int]]) -> list[Evidence]:
        ids, labels, disease_ids, shares, words = self.ids, self.labels, self._disease_ids, self._shares, self._words
        source, references, joined = f"{self._release}, line ", self._references, self._joined
        return [
            Evidence(
                kind="annotation",
                source=f"{source}{line}",
                quote=f"{_NOT[negated]}{labels[term]}, {words[stated]}, {reference}",
                supported=True,
                values={
                    "disease": disease_ids[disease],
                    "term": ids[term],
                    "term_label": labels[term],
                    "frequency": words[stated],
                    "frequency_value": shares[stated],
                    "reference": reference,
                    "line": line,
                },
            )
            for disease, term, line, negated, stated, cited, citations in rows
            for reference in (references[cited] if citations == 1 else joined(cited, citations),)
        ]

    def _described_meetings(self, rows: list[list[int]], relations: list[int], ancestors: list[int]) -> list[Evidence]:
        ids, labels, disease_ids, shares, words = self.ids, self.labels, self._disease_ids, self._shares, self._words
        source, references, joined = f"{self._release}, line ", self._references, self._joined
        return [
            Evidence(
                kind="annotation",
                source=f"{source}{line}",
                quote=f"{_NOT[negated]}{labels[term]}, {words[stated]}, {reference}",
                supported=True,
                values={
                    "disease": disease_ids[disease],
                    "term": ids[term],
                    "term_label": labels[term],
                    "frequency": words[stated],
                    "frequency_value": shares[stated],
                    "reference": reference,
                    "line": line,
                    "relation": RELATIONS[relation],
                    "ancestor": ids[ancestor],
                    "ancestor_label": labels[ancestor],
                    "borrowed_from": "",
                },
            )
            for (disease, term, line, negated, stated, cited, citations), relation, ancestor in zip(
                rows, relations, ancestors, strict=True
            )
            for reference in (references[cited] if citations == 1 else joined(cited, citations),)
        ]

    def _joined(self, first: int, count: int) -> str:
        """Several references as one text."""
        names = self.knowledge.annotations.references.indices[first : first + count].tolist()
        return ";".join([self._references[name] for name in names])


def _cut(found: list[Evidence], counts: Array) -> list[tuple[Evidence, ...]]:
    """Evidence of many pairs, one after the other, as a tuple for each pair."""
    bounds = [0, *np.cumsum(counts).tolist()]
    return [tuple(found[start:end]) for start, end in pairwise(bounds)]


def _table(annotations: Annotations, rows: Array) -> Array:
    """What a row is described by, side by side in memory, ``(len(rows), 7)``.

    The columns are disease, term, line, whether it is negated, frequency, reference, and how many references there
    are; if several, the place of the first among all references. Reading each column where it is stored would have
    the processor wait for memory seven times for each row.
    """
    cited = annotations.references.offsets
    citations = cited[rows + 1] - cited[rows]
    first = annotations.references.indices[np.minimum(cited[rows], len(annotations.references.indices) - 1)]
    columns = (
        annotations.disease[rows],
        annotations.term[rows],
        annotations.line[rows],
        annotations.negated[rows],
        annotations.frequency.codes[rows],
        np.where(citations == 1, first, cited[rows]),
        citations,
    )
    table = np.empty((len(rows), len(columns)), dtype=np.int32)
    for place, column in enumerate(columns):
        table[:, place] = column
    return table


class Matcher:
    """Finds the annotation that explains each finding best, for many diseases at once."""

    def __init__(self, mixture: TranslationMixture) -> None:
        self.mixture = mixture
        self.knowledge = mixture.model.knowledge
        self.rows = Rows(self.knowledge)
        self._lenders = self.knowledge.store.lists("neighbour.lender")
        information = mixture.model.information_content
        self._near = information >= -math.log(_MOST_COMMON_ANCESTOR)
        # Of equally informative ancestors the last one counts.
        self._by_information = np.lexsort((np.arange(len(information)), information))
        self._order = np.empty(len(information), dtype=np.int64)
        self._order[self._by_information] = np.arange(len(information))

    def ancestors(self, term: int) -> frozenset[int]:
        """The term and its ancestors."""
        return frozenset(self.knowledge.ontology.ancestors(term).tolist())

    def matches(self, findings: tuple[int, ...], candidates: Array) -> Matches:
        """Best match of every finding with every candidate.

        Args:
            findings: Term indices.
            candidates: Candidate positions, ``(k,)``.
        """
        diseases = self.mixture.model.candidates[candidates]
        term = self._best_terms(findings, candidates)
        relation, ancestor = self._relations(findings, term)
        owner, place, count = self._owners(diseases, np.where(relation == NONE, -1, term))
        lost = owner < 0
        for found in (term, ancestor):
            found[lost] = -1
        relation[lost] = NONE
        return Matches(term, ancestor, relation, owner, place, count)

    def _best_terms(self, findings: tuple[int, ...], candidates: Array) -> Array:
        """The term of each candidate that adds most to the likelihood ratio of each finding, -1 if it has none."""
        best = np.full((len(candidates), len(findings)), -1, dtype=np.int64)
        if not findings or not len(candidates):
            return best
        exact, blur = self.mixture.exact, self.mixture.blur
        places, lengths = flat_rows(exact.indptr, candidates)
        terms = exact.indices[places]
        distinct, place = _distinct(terms, exact.shape[1])
        shares = self._translations(findings, distinct).take(place, axis=1)
        shares *= blur.data[places].astype(np.float64)
        rarity = self.mixture.background.share[list(findings)]
        finding_of = np.full(len(distinct), -1, dtype=np.int64)
        for number, (finding, share) in enumerate(zip(findings, rarity.tolist(), strict=True)):
            if share > 0:
                finding_of[distinct == finding] = number
        same = np.flatnonzero(finding_of[place] >= 0)
        column = finding_of[place[same]]
        shares[column, same] += exact.data[places[same]] / rarity[column]
        bounds = [0, *np.cumsum(lengths).tolist()]
        for position, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                best[position] = shares[:, start:end].argmax(axis=1)
                best[position] += start
        best[best >= 0] = terms[best[best >= 0]]
        return best

    def _translations(self, findings: tuple[int, ...], terms: Array) -> Array:
        """:meth:`TranslationMixture.translation` of some terms alone, ``(len(findings), len(terms))``."""
        closure, around = self.knowledge.ontology.closure, self.mixture.background
        above = [closure[finding] for finding in findings]
        distinct, place = _distinct(np.concatenate(above), len(around.gain))
        # The last row is for ancestors that no finding has.
        gain = np.zeros((len(distinct) + 1, len(findings)))
        gain[place, np.repeat(np.arange(len(findings)), list(map(len, above)))] = 1.0
        gain[:-1] *= around.gain[distinct][:, None]
        number = np.full(len(around.gain), len(distinct), dtype=np.int32)
        number[distinct] = np.arange(len(distinct))
        places, lengths = flat_rows(closure.offsets, terms)
        column = number[closure.indices[places]]
        offsets = np.zeros(len(terms) + 1, dtype=np.int32)
        np.cumsum(lengths, out=offsets[1:])
        shared = sparse.csr_array((np.ones(len(column)), column, offsets), shape=(len(terms), len(gain)))
        total: Array = shared @ gain / around.reach[terms][:, None]
        return np.ascontiguousarray(total.T)

    def _relations(self, findings: tuple[int, ...], terms: Array) -> tuple[Array, Array]:
        """How each term relates to its finding, and the ancestor in which they meet; both ``(k, findings)``."""
        closure = self.knowledge.ontology.closure
        relation = np.full(terms.shape, NONE, dtype=np.int8)
        ancestor = np.full(terms.shape, -1, dtype=np.int64)
        known = terms >= 0
        if not known.any():
            return relation, ancestor
        term, column = terms[known], np.nonzero(known)[1]
        finding = np.array(findings)[column]
        above = np.zeros((len(findings), len(closure)), dtype=bool)
        for row, one in zip(above, findings, strict=True):
            row[closure[one]] = True
        places, lengths = flat_rows(closure.offsets, term)
        ancestors = closure.indices[places]
        starts = np.cumsum(lengths) - lengths
        order = np.where(above[np.repeat(column, lengths), ancestors], self._order[ancestors], -1)
        highest = np.maximum.reduceat(order, starts)
        meeting = np.where(highest >= 0, self._by_information[highest], -1)
        below = np.logical_or.reduceat(ancestors == np.repeat(finding, lengths), starts)

        kind = np.where(above[column, term], BROADER, RELATED)
        kind[(highest < 0) | ~self._near[meeting]] = NONE
        meeting = np.where(kind == BROADER, term, meeting)
        kind[below], meeting[below] = NARROWER, finding[below]
        kind[term == finding] = EXACT
        relation[known], ancestor[known] = kind, np.where(kind == NONE, -1, meeting)
        return relation, ancestor

    def _owners(self, diseases: Array, terms: Array) -> tuple[Array, Array, Array]:
        """Whose annotation each term (-1 for none) of each disease is, ``(k, findings)``: the nearest that has it.

        Where its rows begin and how many of them are shown comes with it.
        """
        places, counts = self.rows.find(np.broadcast_to(diseases[:, None], terms.shape), terms)
        owner = np.where(counts > 0, diseases[:, None], -1)
        row, column = np.nonzero((counts == 0) & (terms >= 0))
        flat, lengths = flat_rows(self._lenders.offsets, diseases[row])
        lender = self._lenders.indices[flat]
        pair = np.repeat(np.arange(len(row)), lengths)
        lent_places, lent_counts = self.rows.find(lender, terms[row, column][pair])
        # Backwards, so that the nearest is what is kept.
        having = np.flatnonzero(lent_counts)[::-1]
        at = row[pair[having]], column[pair[having]]
        owner[at], places[at], counts[at] = lender[having], lent_places[having], lent_counts[having]
        return owner, places, counts

    def conflicts(self, diseases: Array, excluded: tuple[int, ...]) -> Conflicts:
        """Own terms of some diseases, and which of them are ruled out by excluded findings."""
        closure, frequency = self.knowledge.ontology.closure, self.mixture.model.frequency
        places, lengths = flat_rows(frequency.indptr, diseases)
        owner = np.repeat(np.arange(len(diseases)), lengths)
        term = frequency.indices[places]
        number = np.full(len(closure), -1, dtype=np.int32)
        number[list(excluded)] = np.arange(len(excluded))
        above, heights = flat_rows(closure.offsets, term)
        column = number[closure.indices[above]]
        # Backwards, so that a disease's first term is what is kept.
        hits = np.flatnonzero(column >= 0)[::-1]
        entry = np.repeat(np.arange(len(term)), heights)[hits]
        ruled_out = np.zeros(len(term), dtype=bool)
        ruled_out[entry] = True
        shown = np.full((len(diseases), len(excluded)), -1, dtype=np.int64)
        shown[owner[entry], column[hits]] = term[entry]
        return Conflicts(owner, term, frequency.data[places], ruled_out, shown)


def _distinct(values: Array, size: int) -> tuple[Array, Array]:
    """Distinct values below ``size``, ascending, and the place of each value among them; quicker than sorting."""
    seen = np.zeros(size, dtype=bool)
    seen[values] = True
    distinct = np.flatnonzero(seen)
    place = np.empty(size, dtype=np.int32)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[values]
