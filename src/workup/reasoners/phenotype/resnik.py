"""Resnik similarity of findings to a disease, one-sided and symmetric (Phenomizer).

Sources: Resnik, IJCAI 1995 (information content of the most informative common ancestor); Koehler et al.,
Am J Hum Genet 2009, "Clinical diagnostics in human genetics with semantic similarity searches in ontologies"
(average over best matches, both directions, and p-values from random queries of the same size).

For a patient with findings ``Q`` and a disease annotated with the terms ``D``::

    sim(t, D)   = max over s in D of IC(most informative common ancestor of t and s)
    one-sided   = mean over t in Q of sim(t, D)
    symmetric   = (mean over t in Q of sim(t, D) + mean over s in D of sim(s, Q)) / 2

Excluded findings play no part in these scores.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Explanation, Query, Score
from workup.reasoners.phenotype.similarity import (
    RowCache,
    annotation_matrix,
    best_information,
    credit_best,
    roots,
)


class Resnik(Score):
    """One-sided Resnik score: how well the disease covers the findings, on average."""

    name: ClassVar[str] = "resnik"
    unit: ClassVar[str] = "mean information content shared per finding, nats"

    def __init__(self, profiles: Profiles) -> None:
        super().__init__(profiles)
        self._rows: RowCache[Array] = RowCache()

    def score(self, query: Query) -> Array:
        """Mean over the present findings of the information shared with each candidate, ``(C,)``; nats."""
        total = np.zeros(len(self.profiles.candidates))
        for term in sorted(query.present):
            total += self._row(term)
        return total / max(len(query.present), 1)

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each present finding contributes its own share of the mean."""
        count = len(query.present)
        present = np.zeros((count, len(candidates)))
        for i, term in enumerate(query.present):
            present[i] = self._row(term)[candidates] / count
        excluded = np.zeros((len(query.excluded), len(candidates)))
        return Explanation(present, excluded, np.zeros(len(candidates)))

    def _row(self, term: int) -> Array:
        return self._rows.get(term, self._shared_information)

    def _shared_information(self, term: int) -> Array:
        """``sim(term, D)`` for every candidate, ``(C,)``."""
        profiles = self.profiles
        information = profiles.information_content
        ancestors = profiles.knowledge.ontology.ancestors(term)
        shared = np.zeros(len(profiles.candidates))
        # From the least informative upwards, so that what is written last is the maximum.
        for ancestor in ancestors[np.argsort(information[ancestors], kind="stable")]:
            shared[profiles.candidates_below(int(ancestor))] = information[ancestor]
        return shared


class ResnikSymmetric(Score):
    """Symmetric Resnik score of Phenomizer: coverage of the findings and of the disease, averaged.

    The disease's side is the mean over the terms it is annotated with, so that a disease with many
    annotations loses what the patient does not show.
    """

    name: ClassVar[str] = "resnik-symmetric"
    unit: ClassVar[str] = "mean information content shared per finding and per disease term, nats"

    def __init__(self, profiles: Profiles) -> None:
        super().__init__(profiles)
        self._findings = Resnik(profiles)
        self._pairs: RowCache[Array] = RowCache()

    def score(self, query: Query) -> Array:
        """Average of both directions for each candidate, ``(C,)``; nats."""
        if not query.present:
            return np.zeros(len(self.profiles.candidates))
        best = np.zeros(len(self.profiles.knowledge.ontology))
        for term in query.present:
            np.maximum(best, self._pair(term), out=best)
        matrix = annotation_matrix(self.profiles)
        covered = (matrix @ best) / np.maximum(np.diff(matrix.indptr), 1)
        both: Array = (self._findings.score(query) + covered) / 2
        return both

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each finding contributes its half of the mean, and the disease terms that it matches best."""
        present = self._findings.explain(query, candidates).present / 2
        if query.present:
            matrix = annotation_matrix(self.profiles)
            pairs = np.stack([self._pair(term) for term in query.present])
            for column, candidate in enumerate(candidates.tolist()):
                terms = matrix.indices[matrix.indptr[candidate] : matrix.indptr[candidate + 1]]
                if len(terms):
                    present[:, column] += credit_best(pairs[:, terms]) / len(terms) / 2
        excluded = np.zeros((len(query.excluded), len(candidates)))
        return Explanation(present, excluded, np.zeros(len(candidates)))

    def _pair(self, term: int) -> Array:
        return self._pairs.get(term, lambda t: best_information(self.profiles, t))


def random_query_p_values(score: Score, query: Query, *, samples: int = 1000, seed: int = 0) -> Array:
    """How often random findings score at least as well, for each candidate.

    Random queries hold as many present findings as ``query``, drawn evenly and without repeats from all
    phenotype terms of the ontology; the same seed draws the same queries. As in Phenomizer, the p-value
    corrects for diseases that score well with anything; it is not a posttest probability, and it is not
    corrected for the number of diseases.

    Args:
        score: The score.
        query: The patient.
        samples: Number of random queries, at least 1.
        seed: Seed of the draw.

    Returns:
        ``(number of random scores >= the score + 1) / (samples + 1)`` for each candidate, ``(C,)``.
    """
    ontology = score.profiles.knowledge.ontology
    is_phenotype = np.array([ontology.branch_of(t) == "phenotype" for t in range(len(ontology))])
    is_phenotype[list(roots(ontology))] = False
    terms = np.flatnonzero(is_phenotype)
    generator = np.random.default_rng(seed)
    # Rounding keeps scores that are equal but for the last bit equal.
    observed = np.round(score.score(query), 9)
    reached = np.zeros(len(observed))
    for _ in range(samples):
        drawn = generator.choice(terms, size=len(query.present), replace=False)
        reached += np.round(score.score(Query(present=tuple(drawn.tolist()))), 9) >= observed
    p_values: Array = (reached + 1) / (samples + 1)
    return p_values
