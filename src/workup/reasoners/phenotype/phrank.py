"""Phrank: information of the phenotype terms that patient and disease have in common.

Source: Jagadeesh et al., Genetics in Medicine 2019, "Phrank measures phenotype sets similarity to greatly
improve Mendelian diagnostic disease prioritization".

A term tells only what its parents do not tell already::

    information(t) = -log2( diseases annotated at or below t / diseases annotated at or below every parent of
    t ) score(Q, D)    = sum of information(t) over the terms t that are a finding or an ancestor of one,
                     and an annotation of D or an ancestor of one

Excluded findings play no part in this score.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.knowledge.hpo import Ontology
from workup.reasoners.phenotype.profiles import Matrix, Profiles
from workup.reasoners.phenotype.scoring import Explanation, Query, Score
from workup.reasoners.phenotype.similarity import per_profiles, query_closure


@per_profiles
def parents_count(profiles: Profiles) -> Array:
    """Number of candidates annotated at or below every parent of each term, ``(T,)``; 0 for a root.

    Counts are whole numbers, so the differences that ``without`` makes are exact.
    """
    ontology = profiles.knowledge.ontology
    if profiles.base is None:
        return _having_all_parents(profiles.annotated, ontology)
    rows = profiles.changed_candidates
    before = _having_all_parents(profiles.base.annotated[rows], ontology)
    after = _having_all_parents(profiles.changed_annotated, ontology)
    count: Array = parents_count(profiles.base) - before + after
    return count


def _having_all_parents(annotated: Matrix, ontology: Ontology) -> Array:
    size = len(ontology)
    number = np.diff(ontology.parents.offsets)
    child = np.repeat(np.arange(size), number)
    single = number[child] == 1
    count = np.zeros(size)
    count[child[single]] = annotated.sum(axis=0)[ontology.parents.indices[single]]

    pairs = (ontology.parents.indices[~single], child[~single])
    is_parent = sparse.csr_array((np.ones(len(pairs[1])), pairs), shape=(size, size))
    # Each disease and term: how many of the term's parents the disease has.
    having = annotated @ is_parent
    complete = having.data == number[having.indices]
    return count + np.bincount(having.indices[complete], minlength=size)


@per_profiles
def conditional_information(profiles: Profiles) -> Array:
    """Information of each term given its parents, ``(T,)``; bits. 0 for a root and an unused term."""
    count, parents = profiles.term_count, parents_count(profiles)
    information = np.zeros(len(count))
    known = (count > 0) & (parents > 0)
    # Two divisions of whole numbers agree to the bit; adding 0 turns -0 into 0.
    information[known] = -np.log2(count[known] / parents[known]) + 0.0
    return information


class Phrank(Score):
    """Phrank score; a sum, so richly annotated diseases have more to match with."""

    name: ClassVar[str] = "phrank"
    unit: ClassVar[str] = "information in common, bits"

    def score(self, query: Query) -> Array:
        """Information that the findings have in common with each candidate, ``(C,)``; bits."""
        closure = query_closure(self.profiles.knowledge.ontology, query.present)
        return self.profiles.sum_below(closure, conditional_information(self.profiles)[closure])

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each common term's information is shared equally by the findings at or below it."""
        profiles = self.profiles
        ontology = profiles.knowledge.ontology
        closure = query_closure(ontology, query.present)
        below = np.zeros((len(query.present), len(closure)))
        for i, term in enumerate(query.present):
            below[i, np.searchsorted(closure, ontology.ancestors(term))] = 1.0
        share = below / np.maximum(below.sum(axis=0), 1) * conditional_information(profiles)[closure]
        common = profiles.annotated[candidates][:, closure].toarray()
        excluded = np.zeros((len(query.excluded), len(candidates)))
        return Explanation(share @ common.T, excluded, np.zeros(len(candidates)))
