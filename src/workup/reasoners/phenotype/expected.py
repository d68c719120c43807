"""What a disease's annotations lead one to expect: findings that are missing, and those that were ruled out.

A finding is expected where at least half of the patients have it. It is missing unless the case reports it (a finding
reports its ancestors too) or rules it out (an excluded finding rules out all below it).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from workup.knowledge.arrays import Array, flat_rows
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.exclusion import shown
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.rows import Rows

# An expected finding: at least this share of patients have it.
EXPECTED = 0.5
MOST_MISSING = 6


class Expectations:
    """Expected findings of diseases, against those of a patient."""

    def __init__(self, profiles: Profiles, rows: Rows) -> None:
        self.profiles = profiles
        self.rows = rows
        self.ontology = profiles.knowledge.ontology

    @cached_property
    def _places(self) -> Array:
        """Where the annotation rows of each entry of the profiles begin."""
        frequency = self.profiles.frequency
        diseases = np.repeat(np.arange(frequency.shape[0]), np.diff(frequency.indptr))
        return self.rows.find(diseases, frequency.indices)[0]

    @cached_property
    def _expected(self) -> tuple[Array, Array, Array]:
        """Entries of expected terms by disease, most frequent first; their terms; and where each disease begins."""
        frequency = self.profiles.frequency
        places = np.flatnonzero(frequency.data >= EXPECTED)
        owner = np.searchsorted(frequency.indptr, places, side="right") - 1
        places = places[np.lexsort((-frequency.data[places], owner))]
        offsets = np.searchsorted(owner, np.arange(frequency.shape[0] + 1))
        return places, frequency.indices[places].astype(np.int64), offsets.astype(np.int64, copy=False)

    @cached_property
    def _compiled_closures(self) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
        """Ancestors and descendants of the terms as the compiled loops read them."""
        above, below = self.ontology.closure, self.ontology.descendants
        return (
            (above.offsets.astype(np.int64, copy=False), above.indices.astype(np.int32, copy=False)),
            (below.offsets.astype(np.int64, copy=False), below.indices.astype(np.int32, copy=False)),
        )

    def described(self, places: Array) -> tuple[Array, Array, Array]:
        """Term and frequency of some expected findings, and where their annotation rows begin, ``(n,)`` each."""
        entries, terms, _ = self._expected
        found = entries[places]
        return terms[places], self.profiles.frequency.data[found], self._places[found]

    def __len__(self) -> int:
        """Number of expected findings of all diseases."""
        return len(self._expected[0])

    def missing(self, diseases: Array, present: tuple[int, ...], excluded: tuple[int, ...]) -> tuple[Array, Array]:
        """The most frequent findings of each disease that a patient's findings neither report nor rule out.

        Args:
            diseases: Disease indices, ``(k,)``.
            present: Terms of the present findings.
            excluded: Terms of the excluded ones.

        Returns:
            For each missing finding the place of its disease (ascending) and its own place among all findings that
            are expected, ``(n,)`` each; at most six of a disease. :meth:`described` says what it is.
        """
        _, terms, offsets = self._expected
        if kernels is not None:
            above, below, size = *self._compiled_closures, len(self.ontology)
            given = np.array(present, dtype=np.int32), np.array(excluded, dtype=np.int32)
            return kernels.missing(
                diseases.astype(np.int64, copy=False), *given, *above, *below, offsets, terms, size, MOST_MISSING
            )
        known = np.zeros(len(self.ontology), dtype=bool)
        for term in present:
            known[self.ontology.closure[term]] = True
        for term in excluded:
            known[self.ontology.descendants[term]] = True
        places, lengths = flat_rows(offsets, diseases)
        owner = np.repeat(np.arange(len(diseases)), lengths)
        is_open = ~known[terms[places]]
        places, owner = places[is_open], owner[is_open]
        count = np.bincount(owner, minlength=len(diseases))
        first = np.cumsum(count) - count
        chosen = np.arange(len(places)) - first[owner] < MOST_MISSING
        return owner[chosen], places[chosen]

    def contradicted(self, diseases: Array, excluded: tuple[int, ...]) -> tuple[Array, Array, Array, Array]:
        """Which excluded findings some diseases are annotated with.

        Args:
            diseases: Disease indices, ``(k,)``; all of them ranked.
            excluded: Terms of the excluded findings.

        Returns:
            For each such pair the place of the excluded finding, the place of the disease, the disease's first term
            at or below the finding, and where its annotation rows begin, ``(n,)`` each.
        """
        frequency, positions = self.profiles.frequency, [shown(self.profiles, term).positions for term in excluded]
        if kernels is not None:
            number, place, first = kernels.contradicted(
                self.profiles.position[diseases],
                diseases.astype(np.int64, copy=False),
                positions,
                np.array(excluded, dtype=np.int32),
                *self._compiled_closures[1],
                frequency.indptr.astype(np.int32, copy=False),
                frequency.indices.astype(np.int32, copy=False),
                len(self.profiles.candidates),
                len(self.ontology),
            )
            return number, place, frequency.indices[first].astype(np.int64), self._places[first]
        place_of = np.full(len(self.profiles.candidates), -1)
        place_of[self.profiles.position[diseases]] = np.arange(len(diseases))
        by_finding = [found[found >= 0] for found in (place_of[one] for one in positions)]
        number = np.repeat(np.arange(len(excluded)), list(map(len, by_finding)))
        place = np.concatenate([*by_finding, np.zeros(0, dtype=np.int64)]).astype(np.int64)
        below = np.zeros((len(excluded), len(self.ontology)), dtype=bool)
        for row, term in zip(below, excluded, strict=True):
            row[self.ontology.descendants[term]] = True
        entries, lengths = flat_rows(frequency.indptr, diseases[place])
        terms, pair = frequency.indices[entries], np.repeat(np.arange(len(place)), lengths)
        # Backwards, so that a disease's first term is what is kept.
        hits = np.flatnonzero(below[number[pair], terms])[::-1]
        first = np.zeros(len(place), dtype=np.int64)
        first[pair[hits]] = entries[hits]
        return number, place, frequency.indices[first].astype(np.int64), self._places[first]
