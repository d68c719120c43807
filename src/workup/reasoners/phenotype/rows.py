"""Annotation rows as evidence: what the annotation file says of a disease and a term, and on which line.

>>> Evidence(kind="annotation", source="phenotype.hpoa 2025-01-16, line 3", quote="Seizure, 1/3, PMID:2").quote
'Seizure, 1/3, PMID:2'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, cast

import msgspec
import numpy as np

from workup.knowledge import Knowledge
from workup.knowledge.annotations import Annotations, frequency_counts, frequency_words
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.compiled import making
from workup.reasoners.phenotype.profiles import Matrix
from workup.reasoners.phenotype.row_values import MeetingValues, RowValues
from workup.reasoning import Evidence

Relation = Literal["exact", "narrower", "broader", "related", "none"]
RELATIONS: tuple[Relation, ...] = ("exact", "narrower", "broader", "related", "none")
EXACT, NARROWER, BROADER, RELATED, NONE = range(5)

_MOST_ROWS_SHOWN = 4
_NOT = ("", "NOT ")
# Some twenty for each pair of disease and term that is annotated; a power of two.
_HASHES = 1 << 22


class Rows:
    """Annotation rows by disease and term, as evidence.

    A place is the number of a row when all rows are sorted by disease and term, those with the largest study first.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        annotations = knowledge.annotations
        rows = np.flatnonzero(annotations.phenotype_mask())
        self._terms = len(knowledge.ontology)
        # Half the width where it is enough: a search waits for memory more than for anything else.
        self._width = np.int32 if len(knowledge.diseases) * self._terms < np.iinfo(np.int32).max else np.int64
        keys: Array = annotations.disease[rows].astype(self._width) * self._terms + annotations.term[rows]
        # Rows with a count come first, the largest study before the others.
        order = np.argsort(-annotations.examined[rows], kind="stable")
        order = order[np.argsort(keys[order], kind="stable")]
        self._keys: Array = keys[order]
        starts = np.flatnonzero(np.diff(self._keys, prepend=-1))
        count = np.diff(starts, append=len(self._keys))
        # Most pairs that are asked for have no row; most of these are known by a look into this table.
        self._maybe = np.zeros(_HASHES, dtype=bool)
        self._maybe[self._keys & (_HASHES - 1)] = True
        # How many rows are shown of the pair whose first row this is, 0 for the other rows.
        self.shown = np.zeros(len(self._keys), dtype=np.int32)
        self.shown[starts] = np.minimum(count, _MOST_ROWS_SHOWN)
        self._release = f"phenotype.hpoa {knowledge.meta.versions['phenotype.hpoa']}"
        self._table = _table(annotations, rows[order])

    @cached_property
    def labels(self) -> list[str]:
        """Label of each term."""
        return self.knowledge.ontology.labels

    @cached_property
    def ids(self) -> list[str]:
        """HPO id of each term."""
        return self.knowledge.ontology.ids()

    @cached_property
    def disease_ids(self) -> list[str]:
        """Id of each disease."""
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
        keys = diseases.astype(self._width) * self._terms + terms.astype(self._width)
        places, count = np.zeros(keys.shape, dtype=np.int64), np.zeros(keys.shape, dtype=np.int32)
        likely = self._maybe[keys & (_HASHES - 1)] & (terms >= 0)
        (likely,) = np.nonzero(likely.ravel())
        sought = keys.ravel()[likely]
        # Ascending, so that each search begins where the one before ended.
        order = np.argsort(sought)
        likely, sought = likely[order], sought[order]
        found = np.minimum(np.searchsorted(self._keys, sought), len(self._keys) - 1)
        there = self._keys[found] == sought
        likely, found = likely[there], found[there]
        places.ravel()[likely], count.ravel()[likely] = found, self.shown[found]
        return places, count

    def evidence(self, disease: int, term: int, values: dict[str, Any]) -> tuple[Evidence, ...]:
        """The rows of one disease and term, each with ``values`` added to its own."""
        (found,) = self.evidence_of(np.array([disease]), np.array([term]))
        return tuple(
            [msgspec.structs.replace(own, values={**own.values, **values}) for own in found] if values else found
        )

    def evidence_of(self, diseases: Array, terms: Array) -> list[tuple[Evidence, ...]]:
        """The rows of many pairs of disease and term, at most four a pair.

        Args:
            diseases: Disease indices, ``(n,)``.
            terms: Term indices, ``(n,)``, -1 for none.
        """
        return self.evidence_at(*self.find(diseases, terms))

    def evidence_at(self, places: Array, counts: Array) -> list[tuple[Evidence, ...]]:
        """The same for pairs whose rows :meth:`find` has found.

        Args:
            places: Where the rows of each pair begin, ``(n,)``.
            counts: How many they are, ``(n,)``.
        """
        if making is not None:
            return self._described_compiled(RowValues, places, counts)
        return _cut(self._described(self._read(places, counts)), counts)

    def evidence_of_meetings(
        self, places: Array, counts: Array, relations: Array, ancestors: Array
    ) -> list[tuple[Evidence, ...]]:
        """The same where a finding of the patient meets the term.

        Args:
            places: Where the rows of each pair begin, ``(n,)``.
            counts: How many they are, ``(n,)``.
            relations: How the finding meets the term, as indices into :data:`RELATIONS`, ``(n,)``.
            ancestors: Through which ancestor, ``(n,)``.
        """
        if making is not None:
            return self._described_compiled(MeetingValues, places, counts, relations, ancestors)
        meetings = np.repeat(relations, counts).tolist(), np.repeat(ancestors, counts).tolist()
        return _cut(self._described_meetings(self._read(places, counts), *meetings), counts)

    def _described_compiled(
        self,
        values: type[RowValues],
        places: Array,
        counts: Array,
        relations: Array | None = None,
        ancestors: Array | None = None,
    ) -> list[tuple[Evidence, ...]]:
        return making.described(
            Evidence,
            values,
            self._lists,
            f"{self._release}, line ",
            self._joined,
            self._table,
            places.astype(np.int64, copy=False),
            counts.astype(np.int32, copy=False),
            None if relations is None else relations.astype(np.int8, copy=False),
            None if ancestors is None else ancestors.astype(np.int64, copy=False),
        )

    @cached_property
    def _lists(self) -> tuple[list[Any], ...]:
        """What the numbers in the table stand for."""
        return (
            *(self.ids, self.labels, self.disease_ids),
            *(self._shares, self._words, self._references, list(RELATIONS)),
        )

    def _read(self, places: Array, counts: Array) -> list[list[int]]:
        """The columns that describe rows: ``counts`` of them from each of some places on, one after the other."""
        ends = np.cumsum(counts)
        rows = np.arange(ends[-1] if len(ends) else 0) + np.repeat(places - ends + counts, counts)
        found: list[list[int]] = self._table[rows].T.tolist()
        return found

    # The two are written out, and nothing is called for a row but its own constructors: a case describes some seven
    # hundred rows, and this is the larger part of its time.
    def _described(self, rows: list[list[int]]) -> list[Evidence]:
        ids, labels, disease_ids, shares, words = self.ids, self.labels, self.disease_ids, self._shares, self._words
        source, references, joined = f"{self._release}, line ", self._references, self._joined
        found = []
        for disease, term, line, negated, stated, cited, citations in zip(*rows, strict=True):
            label, frequency = labels[term], words[stated]
            reference = references[cited] if citations == 1 else joined(cited, citations)
            values = RowValues(disease_ids[disease], ids[term], label, frequency, shares[stated], reference, line)
            found.append(
                Evidence(
                    kind="annotation",
                    source=f"{source}{line}",
                    quote=f"{_NOT[negated]}{label}, {frequency}, {reference}",
                    supported=True,
                    values=cast("Mapping[str, Any]", values),
                )
            )
        return found

    def _described_meetings(self, rows: list[list[int]], relations: list[int], ancestors: list[int]) -> list[Evidence]:
        ids, labels, disease_ids, shares, words = self.ids, self.labels, self.disease_ids, self._shares, self._words
        source, references, joined = f"{self._release}, line ", self._references, self._joined
        found = []
        for disease, term, line, negated, stated, cited, citations, relation, ancestor in zip(
            *rows, relations, ancestors, strict=True
        ):
            label, frequency = labels[term], words[stated]
            reference = references[cited] if citations == 1 else joined(cited, citations)
            values = MeetingValues(
                *(disease_ids[disease], ids[term], label, frequency, shares[stated], reference, line),
                *(RELATIONS[relation], ids[ancestor], labels[ancestor]),
            )
            found.append(
                Evidence(
                    kind="annotation",
                    source=f"{source}{line}",
                    quote=f"{_NOT[negated]}{label}, {frequency}, {reference}",
                    supported=True,
                    values=cast("Mapping[str, Any]", values),
                )
            )
        return found

    def _joined(self, first: int, count: int) -> str:
        """Several references as one text."""
        names = self.knowledge.annotations.references.indices[first : first + count].tolist()
        return ";".join([self._references[name] for name in names])


def _cut(found: list[Evidence], counts: Array) -> list[tuple[Evidence, ...]]:
    """Evidence of many pairs, one after the other, as a tuple for each pair."""
    parts, start = [], 0
    for count in counts.tolist():
        # Most pairs have one row.
        parts.append((found[start],) if count == 1 else tuple(found[start : start + count]))
        start += count
    return parts


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


def annotation_places(rows: Rows, diseases: Array, profiles: Matrix) -> Array:
    """Where the rows begin that state each entry of some profiles, -1 for none; ``(entries,)``.

    They are the disease's own rows, or else those of the nearest entry that it borrows the finding from.

    Args:
        rows: The annotation rows.
        diseases: Disease of each profile.
        profiles: The profiles, with what is borrowed.
    """
    lenders = rows.knowledge.store.lists("neighbour.lender")
    disease = np.repeat(diseases, np.diff(profiles.indptr))
    term = profiles.indices.astype(np.int64)
    places, counts = rows.find(disease, term)
    found = np.where(counts > 0, places, -1).astype(np.int32)
    start, number = lenders.offsets[disease], lenders.offsets[disease + 1] - lenders.offsets[disease]
    (open_ones,), nearness = np.nonzero(found < 0), 0
    while len(open_ones := open_ones[number[open_ones] > nearness]):
        lender = lenders.indices[start[open_ones] + nearness]
        places, counts = rows.find(lender, term[open_ones])
        found[open_ones[counts > 0]] = places[counts > 0]
        open_ones, nearness = open_ones[counts == 0], nearness + 1
    return found
