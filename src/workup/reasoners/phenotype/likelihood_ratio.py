"""Likelihood ratios of single findings, multiplied: the phenotype part of LIRICAL.

Source: Robinson et al., Am J Hum Genet 2020, "Interpretable clinical genomics with a likelihood ratio
paradigm".

A finding ``h`` is ``LR = P(h | disease) / P(h)`` times as likely in the disease as in rare diseases at large.
``P(h)``, the background, is the mean over all candidates of the highest frequency annotated at or below
``h``, at least 0.0001. The first rule that applies to a present finding decides:

1. The disease is annotated with ``h`` or with terms below it: the highest of their frequencies / background.
2. The disease is annotated as not having ``h``, or something above it: 0.001.
3. The disease is annotated with a direct parent of ``h``: frequency / number of the parent's children /
   background of ``h``, at least 0.01; the highest over such parents.
4. ``h`` and an annotation have an ancestor below the root in common: highest frequency at or below the most
   specific of these ancestors (the one with the lowest background) / its background, at least 0.01.
5. Nothing in common: 0.01.

An excluded finding has ``LR = max(0.01, 1 - f) / (1 - background)``, with ``f`` the highest frequency at or
below it. As a proper likelihood ratio this misleads on published cases, where what is reported as excluded
tends to be a feature of the disease that the case was compared with; by default its logarithm is therefore
given a tenth of its weight. ``excluded="lirical"`` gives it full weight, and 1000 where the disease is also
annotated as not having it.

The score is the sum of ``ln LR``; a prior that is the same for all diseases would not change the order and is
left out.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Explanation, Query, Score
from workup.reasoners.phenotype.similarity import (
    RowCache,
    highest_frequency,
    highest_frequency_columns,
    per_profiles,
    roots,
    single_precision,
)

# Constants of LIRICAL.
FALSE_POSITIVE = 0.01
PRESENT_BUT_NOT_IN_DISEASE = 0.001
EXCLUDED_IN_BOTH = 1000.0
LOWEST_REMAINDER = 0.01
LOWEST_BACKGROUND = 1e-4
# Weight of an excluded finding's ln LR (see above); measured on development cases.
EXCLUDED_WEIGHT = 0.1

# Frequencies are summed in units of 2^-32, which makes sums of thousands exact in whatever order they are
# taken.
_UNIT = 2.0**32


@per_profiles
def background(profiles: Profiles) -> Array:
    """Mean over all candidates of the highest frequency at or below each term, ``(T,)``; at least 0.0001."""
    mean = _total_frequency(profiles) / _UNIT / max(len(profiles.candidates), 1)
    share: Array = np.maximum(mean, LOWEST_BACKGROUND)
    return share


@per_profiles
def _total_frequency(profiles: Profiles) -> Array:
    highest = highest_frequency(profiles)
    if profiles.base is None:
        return _sum_units(highest)
    rows = profiles.changed_candidates
    before = _sum_units(highest_frequency(profiles.base)[rows])
    total: Array = _total_frequency(profiles.base) - before + _sum_units(highest[rows])
    return total


def _sum_units(matrix: sparse.csr_array) -> Array:
    units = np.round(matrix.data * _UNIT)
    return np.bincount(matrix.indices, weights=units, minlength=matrix.shape[1])


@per_profiles
def absent_columns(profiles: Profiles) -> sparse.csc_array:
    """1 where the annotations say that a candidate does not have a term, sparse ``(C, T)`` by column.

    These are the pairs whose rows all say so: NOT, excluded (0 %), or 0 of m patients.
    """
    annotations = profiles.knowledge.annotations
    shape = (len(profiles.candidates), len(profiles.knowledge.ontology))
    rows = np.flatnonzero(profiles.kept_rows)
    rows = rows[(annotations.negated[rows] == 1) | (annotations.affected[rows] == 0)]
    place, term = profiles.position[annotations.disease[rows]], annotations.term[rows]
    pairs = np.unique(place[place >= 0] * shape[1] + term[place >= 0])
    absent = sparse.csr_array((np.ones(len(pairs)), (pairs // shape[1], pairs % shape[1])), shape=shape)
    contradicted = absent.multiply(profiles.candidate_frequency > 0)
    return sparse.csc_array(absent - contradicted)


class LikelihoodRatio(Score):
    """Sum of the findings' ln likelihood ratios, in the manner of LIRICAL.

    Attributes:
        excluded: ``weighted`` or ``lirical`` (see the module).
        excluded_weight: Factor of an excluded finding's ln LR under ``weighted``, not negative.
    """

    name: ClassVar[str] = "likelihood-ratio"
    unit: ClassVar[str] = "ln likelihood ratio"

    def __init__(
        self,
        profiles: Profiles,
        *,
        excluded: Literal["weighted", "lirical"] = "weighted",
        excluded_weight: float = EXCLUDED_WEIGHT,
    ) -> None:
        super().__init__(profiles)
        if excluded not in ("weighted", "lirical") or not 0 <= excluded_weight < np.inf:
            raise ValueError("excluded is 'weighted' or 'lirical'; excluded_weight is 0 or more")
        self.excluded = excluded
        self.excluded_weight = excluded_weight
        self._roots = roots(profiles.knowledge.ontology)
        self._present: RowCache[Array] = RowCache()
        self._excluded: RowCache[Array] = RowCache()

    def score(self, query: Query) -> Array:
        """Sum of ln LR over present and excluded findings for each candidate, ``(C,)``."""
        total = np.zeros(len(self.profiles.candidates))
        for term in sorted(query.present):
            total += self._present.get(term, self._present_row)
        for term in sorted(query.excluded):
            total += self._excluded.get(term, self._excluded_row)
        return total

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each finding contributes its ln LR."""
        present = np.zeros((len(query.present), len(candidates)))
        for i, term in enumerate(query.present):
            present[i] = self._present.get(term, self._present_row)[candidates]
        excluded = np.zeros((len(query.excluded), len(candidates)))
        for i, term in enumerate(query.excluded):
            excluded[i] = self._excluded.get(term, self._excluded_row)[candidates]
        return Explanation(present, excluded, np.zeros(len(candidates)))

    def _present_row(self, term: int) -> Array:
        """ln LR of a present finding for every candidate; the rules from the last to the first."""
        profiles = self.profiles
        ontology, share = profiles.knowledge.ontology, background(profiles)
        ratio = np.full(len(profiles.candidates), FALSE_POSITIVE)

        ancestors = np.array([a for a in ontology.ancestors(term) if a not in self._roots and a != term])
        if len(ancestors):
            # From the most common upwards, so that the most specific ancestor is written last.
            for ancestor in ancestors[np.argsort(-share[ancestors], kind="stable")]:
                place, frequency = _column(highest_frequency_columns(profiles), ancestor)
                ratio[place] = np.maximum(frequency / share[ancestor], FALSE_POSITIVE)

        by_parent = np.zeros(len(ratio))
        for parent in ontology.parents[term]:
            if parent not in self._roots:
                place, frequency = _column(_own_columns(profiles), parent)
                value = frequency / len(ontology.children[parent]) / share[term]
                by_parent[place] = np.maximum(by_parent[place], np.maximum(value, FALSE_POSITIVE))
        ratio[by_parent > 0] = by_parent[by_parent > 0]

        ratio[self._absent(term)] = PRESENT_BUT_NOT_IN_DISEASE
        place, frequency = _column(highest_frequency_columns(profiles), term)
        ratio[place] = frequency / share[term]
        logarithm: Array = np.log(ratio)
        return logarithm

    def _excluded_row(self, term: int) -> Array:
        """Weighted ln LR of an excluded finding for every candidate."""
        share = background(self.profiles)[term]
        frequency = np.zeros(len(self.profiles.candidates))
        place, values = _column(highest_frequency_columns(self.profiles), term)
        frequency[place] = values
        # A background of 1 (every disease has it) would divide by 0.
        ratio = np.maximum(1 - frequency, LOWEST_REMAINDER) / max(1 - share, LOWEST_REMAINDER)
        if self.excluded == "weighted":
            weighted: Array = self.excluded_weight * np.log(ratio)
            return weighted
        # A frequency at or below the term speaks against the annotation that it is absent.
        ratio[self._absent(term) & (frequency == 0)] = EXCLUDED_IN_BOTH
        full: Array = np.log(ratio)
        return full

    def _absent(self, term: int) -> Array:
        """Candidates annotated as not having the term or an ancestor of it, mask ``(C,)``."""
        absent = np.zeros(len(self.profiles.candidates), dtype=bool)
        for ancestor in self.profiles.knowledge.ontology.ancestors(term):
            absent[_column(absent_columns(self.profiles), ancestor)[0]] = True
        return absent


@per_profiles
def _own_columns(profiles: Profiles) -> sparse.csc_array:
    return single_precision(profiles).tocsc()


def _column(matrix: sparse.csc_array, column: int) -> tuple[Array, Array]:
    """Row places and values of a column."""
    part = slice(matrix.indptr[column], matrix.indptr[column + 1])
    return matrix.indices[part], matrix.data[part]
