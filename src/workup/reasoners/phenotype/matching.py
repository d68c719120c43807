"""For each finding and disease: which annotation of the disease explains the finding, and where that is written.

The likelihood ratio of a finding sums over all terms of a disease's profile. The term with the largest share is
what a reader is shown, with the annotation rows behind it and the common ancestor through which they meet.

A case asks for some hundred pairs of finding and disease, so that everything here is done for all of them at once.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array, flat_rows
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.rows import BROADER, EXACT, NARROWER, NONE, RELATED, Rows, annotation_places

# Terms that meet only in an ancestor which this share of all diseases has are not related.
_MOST_COMMON_ANCESTOR = 0.25
_CANDIDATES_AT_ONCE = 10


class Matches(msgspec.Struct, frozen=True):
    """How findings meet diseases; all arrays ``(diseases, findings)``, -1 where nothing of the disease is near.

    Attributes:
        term: Term of the disease.
        ancestor: Most informative common ancestor of both.
        relation: How the disease's term relates to the finding, an index into
            :data:`~workup.reasoners.phenotype.rows.RELATIONS`.
        place: Where its annotation rows begin (see :class:`Rows`), those of the disease itself or of the entry that
            it is borrowed from; 0 where there are none.
        count: How many of them are shown.
    """

    term: Array
    ancestor: Array
    relation: Array
    place: Array
    count: Array


class Matcher:
    """Finds the annotation that explains each finding best, for many diseases at once."""

    def __init__(self, mixture: TranslationMixture) -> None:
        self.mixture = mixture
        self.knowledge = mixture.model.knowledge
        self.rows = Rows(self.knowledge)
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
        # The compiled loop numbers terms in two bytes.
        if kernels is None or len(self.knowledge.ontology) >= 1 << 16:
            return self.matches_by_numpy(findings, candidates)
        wanted = np.array(findings, dtype=np.int64), candidates.astype(np.int64)
        return Matches(*kernels.matches(*wanted, *self._compiled_arguments))

    @cached_property
    def _compiled_arguments(self) -> tuple[Array, ...]:
        """What the compiled loop reads, besides findings and candidates."""
        exact, blur, around = self.mixture.exact, self.mixture.blur, self.mixture.background
        closure = self.knowledge.ontology.closure
        return (
            *(exact.indptr.astype(np.int32, copy=False), exact.indices.astype(np.uint16)),
            *(exact.data.astype(np.float32, copy=False), blur.data.astype(np.float32, copy=False)),
            *(closure.offsets.astype(np.int64, copy=False), closure.indices.astype(np.int32, copy=False)),
            *(around.gain, around.reach, around.share),
            *(self._order.astype(np.uint16), self._by_information.astype(np.uint16), self._near.view(np.uint8)),
            *(self._places.astype(np.int32, copy=False), self.rows.shown),
        )

    def matches_by_numpy(self, findings: tuple[int, ...], candidates: Array) -> Matches:
        """:meth:`matches` where nothing could be compiled: what the compiled loop does, in the order it does it."""
        best = self._best_entries(findings, candidates)
        known = best >= 0
        # Where there is no entry the last one is looked up, and not used.
        term = np.where(known, self.mixture.exact.indices[best], -1).astype(np.int64)
        relation, ancestor = self._relations(findings, term)
        place = self._places[best].astype(np.int64)
        lost = ~known | (relation == NONE) | (place < 0)
        for found in (term, ancestor):
            found[lost] = -1
        place[lost], relation[lost] = 0, NONE
        return Matches(term, ancestor, relation, place, np.where(lost, 0, self.rows.shown[place]))

    @cached_property
    def _places(self) -> Array:
        """:func:`annotation_places` of the mixture's profiles."""
        model = self.mixture.model
        if model.stored and "mixture.place" in self.knowledge.store:
            return self.knowledge.store.array("mixture.place")
        return annotation_places(self.rows, model.candidates, self.mixture.exact)

    def _best_entries(self, findings: tuple[int, ...], candidates: Array) -> Array:
        """The entry of each candidate's profile that adds most to each finding's likelihood ratio, -1 for none."""
        best = np.full((len(candidates), len(findings)), -1, dtype=np.int64)
        if not findings or not len(candidates):
            return best
        exact, blur = self.mixture.exact, self.mixture.blur
        places, lengths = flat_rows(exact.indptr, candidates)
        terms = exact.indices[places]
        distinct, place = _distinct(terms, exact.shape[1])
        translations = self._translations(findings, distinct)
        weights = blur.data[places]
        # Entries whose term is one of the findings, and that one's column.
        rarity = self.mixture.background.share[list(findings)]
        column_of = np.full(exact.shape[1], -1)
        column_of[list(findings)] = np.where(rarity > 0, np.arange(len(findings)), -1)
        columns = column_of[terms]
        same = np.flatnonzero(columns >= 0)
        more = (exact.data[places[same]] / rarity[columns[same]]).astype(np.float32)
        bounds = [0, *np.cumsum(lengths).tolist()]
        # A few candidates at once, so that what is computed of them stays near the processor.
        for first in range(0, len(candidates), _CANDIDATES_AT_ONCE):
            part = bounds[first : first + _CANDIDATES_AT_ONCE + 1]
            begin, end = part[0], part[-1]
            shares = translations.take(place[begin:end], axis=1)
            shares *= weights[begin:end]
            inside = slice(*np.searchsorted(same, (begin, end)))
            shares[columns[same[inside]], same[inside] - begin] += more[inside]
            for position, (start, stop) in enumerate(pairwise(part), first):
                if start < stop:
                    best[position] = shares[:, start - begin : stop - begin].argmax(axis=1)
                    best[position] += start
        best[best >= 0] = places[best[best >= 0]]
        return best

    def _translations(self, findings: tuple[int, ...], terms: Array) -> Array:
        """:meth:`TranslationMixture.translation` of some terms alone, ``(len(findings), len(terms))``.

        In single precision: far more than frequencies are known to, and half the work.
        """
        closure, around = self.knowledge.ontology.closure, self.mixture.background
        above = [closure[finding] for finding in findings]
        distinct, place = _distinct(np.concatenate(above), len(around.gain))
        # The last row is for ancestors that no finding has.
        gain = np.zeros((len(distinct) + 1, len(findings)), dtype=np.float32)
        gain[place, np.repeat(np.arange(len(findings)), list(map(len, above)))] = 1.0
        gain[:-1] *= around.gain[distinct].astype(np.float32)[:, None]
        number = np.full(len(around.gain), len(distinct), dtype=np.int32)
        number[distinct] = np.arange(len(distinct))
        places, lengths = flat_rows(closure.offsets, terms)
        column = number[closure.indices[places]]
        offsets = np.zeros(len(terms) + 1, dtype=np.int32)
        np.cumsum(lengths, out=offsets[1:])
        shared = sparse.csr_array(
            (np.ones(len(column), dtype=np.float32), column, offsets), shape=(len(terms), len(gain))
        )
        total: Array = np.asarray(shared @ gain) * (1.0 / around.reach[terms]).astype(np.float32)[:, None]
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


def _distinct(values: Array, size: int) -> tuple[Array, Array]:
    """Distinct values below ``size``, ascending, and the place of each value among them; quicker than sorting."""
    seen = np.zeros(size, dtype=bool)
    seen[values] = True
    distinct = np.flatnonzero(seen)
    place = np.empty(size, dtype=np.int32)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[values]
