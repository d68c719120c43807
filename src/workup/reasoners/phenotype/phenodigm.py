"""PhenoDigm, the phenotype score that Exomiser ranks human diseases with.

Source: Smedley et al., Database 2013, "PhenoDigm: analyzing curated annotations to associate animal models
with human diseases"; computed here from the formulas, within one species (no code of Exomiser is used).

For findings ``Q`` and a disease annotated with the terms ``D``::

    pair(q, d)    = sqrt( IC(LCS of q and d) * |anc(q) & anc(d)| / |anc(q) | anc(d)| )
    best pair     = max over q and d of pair(q, d)
    mean best     = ( sum over q of max over d of pair(q, d)  +  sum over d of max over q of pair(q, d) )
                    / ( |Q| + number of matched disease terms )
    score         = ( best pair / best possible pair  +  mean best / best possible mean ) / 2

* ``anc`` includes the term itself; the LCS (lowest common subsumer) is the common ancestor of the highest IC.
* Two terms that have only the root "Phenotypic abnormality" in common do not match: their pair score is 0. A
  disease term is matched when its pair score with some finding is above 0; only matched terms enter the
  denominator, so what the disease has in other organs costs nothing.
* The best possible values are those of the query against itself, where each finding's best pair is
  ``pair(q, q) = sqrt(IC(q))``: the maximum and the mean of that over ``Q``.
* The score is 0 without any match and 1 for the query itself. It is not cut off at 1, which a disease with
  several terms matching the most specific finding can exceed slightly.

Excluded findings play no part in this score.
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
    best_in_candidates,
    credit_best,
    roots,
)


class PhenoDigm(Score):
    """PhenoDigm score: half the best single match, half the mean over all best matches."""

    name: ClassVar[str] = "phenodigm"
    unit: ClassVar[str] = "share of the best possible score"

    def __init__(self, profiles: Profiles) -> None:
        super().__init__(profiles)
        ontology = profiles.knowledge.ontology
        self._ancestor_count = np.diff(ontology.closure.offsets)
        self._roots = roots(ontology)
        self._rows: RowCache[tuple[Array, Array]] = RowCache()

    def score(self, query: Query) -> Array:
        """Share of the best possible score that each candidate reaches, ``(C,)``."""
        terms = sorted(query.present)
        best_pair, best_mean = self._best_possible(terms)
        candidates = len(self.profiles.candidates)
        if best_pair == 0:
            return np.zeros(candidates)
        highest, forward = np.zeros(candidates), np.zeros(candidates)
        best = np.zeros(len(self.profiles.knowledge.ontology))
        for term in terms:
            pairs, row = self._row(term)
            np.maximum(best, pairs, out=best)
            np.maximum(highest, row, out=highest)
            forward += row
        matrix = annotation_matrix(self.profiles)
        mean = (forward + matrix @ best) / (len(terms) + matrix @ (best > 0).astype(np.float64))
        share: Array = (highest / best_pair + mean / best_mean) / 2
        return share

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each finding contributes its best match, the disease terms it matches best, and its best pair.

        The best pair of the whole query is credited to the finding that makes it; of equals, to the first.
        """
        present = np.zeros((len(query.present), len(candidates)))
        best_pair, best_mean = self._best_possible(query.present)
        matrix = annotation_matrix(self.profiles)
        rows = [self._row(term)[0] for term in query.present]
        for column, candidate in enumerate(candidates.tolist()):
            terms = matrix.indices[matrix.indptr[candidate] : matrix.indptr[candidate + 1]]
            if best_pair == 0 or len(terms) == 0:
                continue
            pairs = np.stack([row[terms] for row in rows])
            forward = pairs.max(axis=1)
            matched = np.count_nonzero(pairs.max(axis=0))
            mean = (forward + credit_best(pairs)) / (len(rows) + matched)
            present[:, column] = mean / best_mean / 2
            present[forward.argmax(), column] += forward.max() / best_pair / 2
        excluded = np.zeros((len(query.excluded), len(candidates)))
        return Explanation(present, excluded, np.zeros(len(candidates)))

    def _best_possible(self, terms: list[int] | tuple[int, ...]) -> tuple[float, float]:
        """Best pair and mean of the query against itself; 0 for an empty query."""
        if not terms:
            return 0.0, 0.0
        own = np.sqrt(self.profiles.information_content[sorted(terms)])
        return float(own.max()), float(own.mean())

    def _row(self, term: int) -> tuple[Array, Array]:
        """Pair scores of a finding with all terms, ``(T,)``, and its best in each candidate, ``(C,)``."""
        return self._rows.get(term, self._compute)

    def _compute(self, term: int) -> tuple[Array, Array]:
        ontology, information = self.profiles.knowledge.ontology, self.profiles.information_content
        ancestors = ontology.ancestors(term)
        below_root = ancestors[~np.isin(ancestors, self._roots)]
        common, lcs = np.zeros(len(ontology)), np.zeros(len(ontology))
        # From the least informative upwards, so that what is written last is the LCS.
        for ancestor in below_root[np.argsort(information[below_root], kind="stable")]:
            descendants = ontology.descendants[ancestor]
            common[descendants] += 1
            lcs[descendants] = information[ancestor]
        related = np.flatnonzero(common)
        # Whatever shares a term below the roots shares the roots as well.
        both = common[related] + len(ancestors) - len(below_root)
        either = self._ancestor_count[term] + self._ancestor_count[related] - both
        pairs = np.zeros(len(ontology))
        pairs[related] = np.sqrt(lcs[related] * both / either)
        return pairs, best_in_candidates(self.profiles, pairs)
