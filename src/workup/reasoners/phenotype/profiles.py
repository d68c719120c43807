"""Disease profiles: how often each finding occurs in each disease, pooled from the annotation rows.

Every score of the engine works on :class:`Profiles`. A profile can be rebuilt without some rows
(:meth:`Profiles.without`), which is how an evaluation removes what a publication contributed: only the diseases
that lose a row are pooled again, and all totals follow by integer differences, so that the result equals a
knowledge base built without those rows.

Shapes: ``D`` diseases, ``C`` candidates (the diseases that are ranked), ``T`` ontology terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy import sparse

from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array, flat_rows

# Smoothing of a pooled frequency: one pseudo-patient of 0.5 (measured on development cases).
PSEUDO_PATIENTS = 1.0
PSEUDO_FREQUENCY = 0.5

Universe = Literal["omim", "all"]
Matrix: TypeAlias = "sparse.csr_array"


def candidate_diseases(knowledge: Knowledge, universe: Universe) -> Array:
    """Indices of the diseases that are ranked.

    ``all``: every disease once. These are the OMIM entries, and of Orphanet and DECIPHER those that neither
    describe an OMIM entry nor share a gene with one (the others are groups or other names of what OMIM has).
    ``omim``: the OMIM entries alone, as published comparisons rank them.
    """
    diseases = knowledge.diseases
    omim = diseases.source == 0
    if universe == "omim":
        return np.flatnonzero(omim)
    covered = diseases.entity != np.arange(len(diseases))
    covered[diseases.aliases.indices] = True
    owner = np.repeat(np.arange(len(diseases)), np.diff(diseases.genes.offsets))
    gene = diseases.genes.indices
    with_omim = np.zeros(len(diseases.gene_names), dtype=bool)
    with_omim[gene[omim[owner]]] = True
    covered[owner[with_omim[gene]]] = True
    return np.flatnonzero(omim | ~covered)


def pool_frequencies(knowledge: Knowledge, rows: Array) -> Matrix:
    """Pool annotation rows into one frequency per disease and term.

    The frequency is ``(affected + a f0) / (examined + a)`` over the rows of one pair. A pair in which nobody was
    affected (0/m, NOT, "excluded") is not an annotation and is left out.

    Args:
        knowledge: The knowledge base.
        rows: Row numbers, all of the phenotype aspect.

    Returns:
        Sparse ``(D, T)`` matrix of frequencies in 0-1.
    """
    annotations = knowledge.annotations
    terms = len(knowledge.ontology)
    key = annotations.disease[rows].astype(np.int64) * terms + annotations.term[rows]
    affected = np.where(annotations.negated[rows] == 1, 0.0, annotations.affected[rows])
    pairs, place = np.unique(key, return_inverse=True)
    total = np.bincount(place, weights=affected, minlength=len(pairs))
    examined = np.bincount(place, weights=annotations.examined[rows], minlength=len(pairs))
    frequency = (total + PSEUDO_PATIENTS * PSEUDO_FREQUENCY) / (examined + PSEUDO_PATIENTS)
    kept = total > 0
    return sparse.csr_array(
        (frequency[kept], (pairs[kept] // terms, pairs[kept] % terms)),
        shape=(len(knowledge.diseases), terms),
    )


def replace_rows(matrix: Matrix, rows: Array, new: Matrix) -> Matrix:
    """Return ``matrix`` with ``rows`` (ascending) replaced by the rows of ``new``, in that order."""
    if len(rows) == 0:
        return matrix
    # What lies between replaced rows is copied in whole blocks.
    indices, data, start = [], [], 0
    for place, row in enumerate(rows.tolist()):
        before = slice(start, int(matrix.indptr[row]))
        inside = slice(int(new.indptr[place]), int(new.indptr[place + 1]))
        indices += [matrix.indices[before], new.indices[inside]]
        data += [matrix.data[before], new.data[inside]]
        start = int(matrix.indptr[row + 1])
    indices.append(matrix.indices[start:])
    data.append(matrix.data[start:])
    lengths = np.diff(matrix.indptr)
    lengths[rows] = np.diff(new.indptr)
    offsets = np.zeros(len(lengths) + 1, dtype=matrix.indptr.dtype)
    np.cumsum(lengths, out=offsets[1:])
    flat = np.concatenate(indices).astype(matrix.indices.dtype, copy=False)
    return sparse.csr_array((np.concatenate(data), flat, offsets), shape=matrix.shape)


class Profiles:
    """Frequencies of findings by disease, and the totals that scores need.

    Attributes:
        knowledge: The knowledge base.
        candidates: Disease index of each candidate, ``(C,)`` ascending.
        frequency: Pooled frequencies, sparse ``(D, T)``.
        changed: Diseases whose rows differ from the knowledge base (none unless made by :meth:`without`).
        base: The profiles this one was derived from, None for the knowledge base itself.
        kept_rows: Mask of the annotation rows these profiles rest on; all state a phenotype.
        dropped_rows: Mask of the rows of any aspect that :meth:`without` took away.
        stored: Whether these are the profiles of the artefact, unchanged.
    """

    def __init__(self, knowledge: Knowledge, universe: Universe = "all") -> None:
        self.knowledge = knowledge
        self.universe: Universe = universe
        self.candidates = candidate_diseases(knowledge, universe)
        self.changed: Array = np.zeros(0, dtype=np.int64)
        self.base: Profiles | None = None
        self.stored = True
        self.kept_rows: Array = knowledge.annotations.phenotype_mask()
        self.dropped_rows: Array = np.zeros(len(knowledge.annotations), dtype=bool)
        self.frequency: Matrix = _stored(knowledge)

    @classmethod
    def from_rows(cls, knowledge: Knowledge, rows: Array, universe: Universe = "all") -> Profiles:
        """Profiles of the given annotation rows alone, everything computed anew."""
        profiles = cls.__new__(cls)
        profiles.knowledge = knowledge
        profiles.universe = universe
        profiles.candidates = candidate_diseases(knowledge, universe)
        profiles.changed = np.zeros(0, dtype=np.int64)
        profiles.base = None
        profiles.stored = False
        profiles.kept_rows = np.zeros(len(knowledge.annotations), dtype=bool)
        profiles.kept_rows[rows] = True
        profiles.dropped_rows = np.zeros(len(knowledge.annotations), dtype=bool)
        profiles.frequency = pool_frequencies(knowledge, rows)
        return profiles

    def without(self, rows: Iterable[int]) -> Profiles:
        """Profiles without some annotation rows.

        Args:
            rows: Row numbers of any aspect.
        """
        annotations = self.knowledge.annotations
        drop = np.zeros(len(annotations), dtype=bool)
        drop[np.fromiter(rows, dtype=np.int64)] = True
        if not drop.any():
            return self
        dropped = self.dropped_rows | drop
        drop &= self.kept_rows
        flags = np.zeros(len(self.knowledge.diseases), dtype=bool)
        flags[annotations.disease[drop]] = True
        changed = np.flatnonzero(flags)
        kept = flags[annotations.disease] & self.kept_rows & ~drop
        fresh = pool_frequencies(self.knowledge, np.flatnonzero(kept))[changed]
        profiles = Profiles.__new__(Profiles)
        profiles.knowledge = self.knowledge
        profiles.universe = self.universe
        profiles.candidates = self.candidates
        profiles.changed = changed
        profiles.base = self
        profiles.stored = False
        profiles.kept_rows = self.kept_rows & ~drop
        profiles.dropped_rows = dropped
        profiles.frequency = replace_rows(self.frequency, changed, fresh)
        return profiles

    def in_universe(self, universe: Universe) -> Profiles:
        """The same profiles with other candidates."""
        if universe == self.universe:
            return self
        if universe not in self._elsewhere:
            profiles = Profiles.__new__(Profiles)
            profiles.knowledge = self.knowledge
            profiles.universe = universe
            profiles.changed = self.changed
            profiles.base = self.base.in_universe(universe) if self.base else None
            profiles.candidates = (
                profiles.base.candidates if profiles.base else candidate_diseases(self.knowledge, universe)
            )
            profiles.stored = self.stored
            profiles.kept_rows = self.kept_rows
            profiles.dropped_rows = self.dropped_rows
            profiles.frequency = self.frequency
            self._elsewhere[universe] = profiles
        return self._elsewhere[universe]

    @cached_property
    def _elsewhere(self) -> dict[Universe, Profiles]:
        return {}

    @cached_property
    def derived(self) -> dict[str, Any]:
        """What others computed from these profiles, by a name of theirs; lives as long as the profiles."""
        return {}

    @cached_property
    def position(self) -> Array:
        """Candidate position of each disease index, -1 where it is not ranked; ``(D,)``."""
        if self.base:
            above: Array = self.base.position
            return above
        place = np.full(len(self.knowledge.diseases), -1, dtype=np.int64)
        place[self.candidates] = np.arange(len(self.candidates))
        return place

    @cached_property
    def changed_candidates(self) -> Array:
        """Candidate positions of the changed diseases, ascending."""
        place = self.position[self.changed]
        return np.sort(place[place >= 0])

    @cached_property
    def candidate_frequency(self) -> Matrix:
        """Frequencies of the candidates, sparse ``(C, T)``."""
        chosen: Matrix = self.frequency[self.candidates]
        return chosen

    @cached_property
    def ancestor_matrix(self) -> Matrix:
        """1 where the column is the row's term or an ancestor of it, sparse ``(T, T)``."""
        if self.base:
            above: Matrix = self.base.ancestor_matrix
            return above
        closure = self.knowledge.ontology.closure
        size = len(self.knowledge.ontology)
        ones = np.ones(len(closure.indices), dtype=np.float64)
        return sparse.csr_array((ones, closure.indices, closure.offsets), shape=(size, size))

    def propagate(self, frequency: Matrix) -> Matrix:
        """1 where a row's disease is annotated at or below the column's term; same shape."""
        present = frequency.copy()
        present.data = np.ones_like(present.data)
        reached: Matrix = present @ self.ancestor_matrix
        reached.data = np.ones_like(reached.data)
        reached.sort_indices()
        return reached

    @cached_property
    def changed_frequency(self) -> Matrix:
        """Frequencies of the changed candidates, sparse ``(len(changed_candidates), T)``."""
        chosen: Matrix = self.frequency[self.candidates[self.changed_candidates]]
        return chosen

    @cached_property
    def changed_annotated(self) -> Matrix:
        """1 where a changed candidate is annotated at or below a term."""
        return self.propagate(self.changed_frequency)

    @cached_property
    def annotated(self) -> Matrix:
        """1 where a candidate is annotated at or below a term, sparse ``(C, T)``."""
        if self.base is None:
            return self.propagate(self.candidate_frequency)
        return replace_rows(self.base.annotated, self.changed_candidates, self.changed_annotated)

    @cached_property
    def annotated_columns(self) -> sparse.csc_array:
        """:attr:`annotated` by column: which candidates lie at or below a term."""
        return self.annotated.tocsc()

    def candidates_below(self, term: int) -> Array:
        """Candidate positions annotated at or below a term."""
        columns = self.annotated_columns
        found: Array = columns.indices[columns.indptr[term] : columns.indptr[term + 1]]
        return found

    def sum_below(self, terms: Array, weights: Array) -> Array:
        """For each candidate the summed weights of those terms at or below which it is annotated, ``(C,)``.

        The terms come in ascending order.

        Profiles without some rows ask their base for all that did not change.
        """
        if self.base is None:
            columns = self.annotated_columns
            places, lengths = flat_rows(columns.indptr, terms)
            return np.bincount(columns.indices[places], np.repeat(weights, lengths), minlength=len(self.candidates))
        total = self.base.sum_below(terms, weights)
        spread = np.zeros(len(self.knowledge.ontology))
        spread[terms] = weights
        total[self.changed_candidates] = self.changed_annotated @ spread
        return total

    @cached_property
    def term_count(self) -> Array:
        """Number of candidates annotated at or below each term, ``(T,)``."""
        if self.base is None:
            return np.asarray(self.annotated.sum(axis=0))
        before = self.base.annotated[self.changed_candidates]
        return np.asarray(self.base.term_count - before.sum(axis=0) + self.changed_annotated.sum(axis=0))

    @cached_property
    def direct_count(self) -> Array:
        """Number of candidates annotated with each term itself, ``(T,)``."""
        if self.base is None:
            return (self.candidate_frequency > 0).sum(axis=0).astype(np.float64)
        size = len(self.knowledge.ontology)
        before = self.base.frequency[self.candidates[self.changed_candidates]]
        lost, kept = (np.bincount(part.indices, minlength=size) for part in (before, self.changed_frequency))
        return np.asarray(self.base.direct_count - lost + kept)

    @cached_property
    def information_content(self) -> Array:
        """``-ln`` of the share of candidates annotated at or below each term, ``(T,)``; nats.

        A term that no candidate has gets the largest possible value, ``ln C``.
        """
        total = len(self.candidates)
        return np.asarray(np.log(total) - np.log(np.maximum(self.term_count, 1.0)))


def _stored(knowledge: Knowledge) -> Matrix:
    store = knowledge.store
    return sparse.csr_array(
        (
            store.array("profile.frequency.data"),
            store.array("profile.frequency.indices"),
            store.array("profile.frequency.offsets"),
        ),
        shape=(len(knowledge.diseases), len(knowledge.ontology)),
    )
