"""BOQA: a Bayesian network of what a disease causes and what gets observed of it.

Source: Bauer et al., Bioinformatics 2012, "Bayesian ontology querying for accurate and noise-tolerant
semantic searches". Written from the paper; its authors state that they have filed a patent on the algorithm.

**Hidden layer.** A disease switches each of its annotated terms on with the annotation's frequency; a term
that is on switches on all its ancestors. **Observed layer.** The patient's terms and their ancestors are
observed, all else is not. A term is observed falsely with probability ``alpha`` and missed with probability
``beta``, but only where the ontology leaves a choice: a term with an observed child must be observed, and one
with an unobserved parent must not be. So what counts is

* the *reported* terms, those with no observed term below them: on and observed, or falsely observed;
* the *frontier*, the unobserved terms all of whose parents are observed: on but missed, or rightly
  unobserved.

**Treatment of the frequencies.** BOQA sums over which of a disease's terms are on; with frequencies for
nearly all terms that is 2^n states for n terms, and the paper enumerates only a few of them. Here each term
that counts is summed over its own hidden state, exactly, and these terms are then taken as independent given
the disease::

    p_t = P(t is on | D) = 1 - product over the annotations s at or below t of (1 - f_s)
    ln P(Q | D, alpha, beta) = sum over reported t of ln( alpha + p_t (1 - alpha) (1 - beta) )
                             + sum over frontier t of ln( (1 - alpha) (1 - p_t (1 - beta)) )

No state is cut off. The result equals the sum over all states whenever no two terms that count lie above a
common annotation of the disease. Where they do, they are on together more often than independence says. The
frontier holds only the topmost unobserved terms, so that each annotation mostly lies below one of them.

A term that is on counts as missed when it is neither seen nor falsely observed, ``beta (1 - alpha)``, so that
the frontier factorises; the paper's miss rate is ``beta`` itself, at most 1 % more.

**The two rates** are unknown; ``P(Q | D)`` is the mean over the grid of the authors' implementation.

Excluded findings are not observed, like everything else that is not reported; BOQA has no third state.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Matrix, Profiles, replace_rows
from workup.reasoners.phenotype.scoring import Explanation, Query, Score
from workup.reasoners.phenotype.similarity import per_profiles, query_closure, single_precision

# Rates of false positive and false negative observations, all pairs equally likely.
ALPHAS = (1e-10, 0.0005, 0.001, 0.005, 0.01)
BETAS = (1e-10, 0.005, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 0.9)


@per_profiles
def on_probability(profiles: Profiles) -> Matrix:
    """Probability that a disease switches each term on, sparse ``(C, T)``."""
    if profiles.base is None:
        return _close_by_union(profiles, single_precision(profiles))
    rows = profiles.changed_candidates
    changed = _close_by_union(profiles, single_precision(profiles)[rows])
    return replace_rows(on_probability(profiles.base), rows, changed)


@per_profiles
def on_probability_columns(profiles: Profiles) -> sparse.csc_array:
    """:func:`on_probability` by column."""
    return on_probability(profiles).tocsc()


def _close_by_union(profiles: Profiles, frequency: Matrix) -> Matrix:
    log_off = frequency.copy()
    # A frequency of 1 would be ln 0; pooled frequencies stay below it.
    log_off.data = np.log1p(-np.minimum(log_off.data, 1 - 1e-9))
    closed = sparse.csr_array(log_off @ profiles.ancestor_matrix)
    closed.data = -np.expm1(closed.data)
    closed.sort_indices()
    return closed


class Boqa(Score):
    """BOQA: ln probability of what was observed and what was not, given the disease.

    Attributes:
        alphas: Probabilities that a term that is off is observed, each in (0, 1).
        betas: Probabilities that a term that is on is not seen, each in (0, 1).
    """

    name: ClassVar[str] = "boqa"
    unit: ClassVar[str] = "ln probability of the observation"

    def __init__(self, profiles: Profiles, *, alphas: Sequence[float] = ALPHAS, betas: Sequence[float] = BETAS) -> None:
        super().__init__(profiles)
        self.alphas, self.betas = np.array(alphas), np.array(betas)
        rates = np.concatenate([self.alphas, self.betas])
        if not (len(self.alphas) and len(self.betas) and np.all((rates > 0) & (rates < 1))):
            raise ValueError("alphas and betas hold at least one rate each, all between 0 and 1")
        # All pairs of rates: each alpha with every beta.
        self._alpha = np.repeat(self.alphas, len(self.betas))
        self._beta = np.tile(self.betas, len(self.alphas))

    def score(self, query: Query) -> Array:
        """``ln P(query | disease)`` of each candidate, ``(C,)``; all 0 for an empty query."""
        reported, frontier = self._counted(query)
        missed, constant = self._missed(frontier), self._constant(reported, frontier)
        # For a candidate that can have no reported term, the rates' averages are independent of each other.
        total: Array = _log_mean_exp(missed) + _log_mean_exp(constant)
        seen = [self._seen(term) for term in reported.tolist()]
        if seen:
            touched = np.unique(np.concatenate([place for place, _ in seen]))
            likelihood = self._pairs(missed[touched], constant)
            for place, gain in seen:
                likelihood[np.searchsorted(touched, place)] += gain
            total[touched] = _log_mean_exp(likelihood)
        return total

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each reported term contributes its own factor; what was not observed is the joint part.

        The rates differ between candidates: factors are averaged with the posterior of the rates given the
        candidate, and what averaging leaves over is in the joint part. A finding that another one lies below
        is implied by it and contributes nothing.
        """
        reported, frontier = self._counted(query)
        likelihood = self._pairs(self._missed(frontier)[candidates], self._constant(reported, frontier))
        factors = {}
        for term in reported.tolist():
            factor = np.zeros((len(self.profiles.candidates), len(self._alpha)))
            place, gain = self._seen(term)
            factor[place] = gain
            likelihood += factor[candidates]
            factors[term] = factor[candidates] + np.log(self._alpha)
        whole = _log_mean_exp(likelihood)
        posterior = np.exp(likelihood - whole[:, None]) / len(self._alpha)
        present = np.zeros((len(query.present), len(candidates)))
        for i, term in enumerate(query.present):
            if term in factors:
                present[i] = (posterior * factors[term]).sum(axis=1)
        excluded = np.zeros((len(query.excluded), len(candidates)))
        return Explanation(present, excluded, whole - present.sum(axis=0))

    def _seen(self, term: int) -> tuple[Array, Array]:
        """Candidates that may have a term, ``(n,)``, and what that gains over ln alpha, ``(n, pairs)``."""
        columns = on_probability_columns(self.profiles)
        part = slice(columns.indptr[term], columns.indptr[term + 1])
        ratio = (1 - self._alpha) * (1 - self._beta) / self._alpha
        # Not log1p, which is several times slower and no better for ratios that are not tiny.
        return columns.indices[part], np.log(1 + np.outer(columns.data[part], ratio))

    def _missed(self, frontier: Array) -> Array:
        """ln probability of missing the whole frontier, for each candidate and beta, ``(C, betas)``."""
        columns = on_probability_columns(self.profiles)
        parts = [slice(columns.indptr[term], columns.indptr[term + 1]) for term in frontier.tolist()]
        places = np.concatenate([np.zeros(0, dtype=np.int64), *(columns.indices[part] for part in parts)])
        on = np.concatenate([np.zeros(0), *(columns.data[part] for part in parts)])
        size = len(self.profiles.candidates)
        by_beta = [np.bincount(places, weights=np.log(1 - on * (1 - beta)), minlength=size) for beta in self.betas]
        return np.stack(by_beta, axis=1)

    def _constant(self, reported: Array, frontier: Array) -> Array:
        """ln factor of all terms that count if the disease has none of them, by alpha, ``(alphas,)``."""
        constant: Array = len(reported) * np.log(self.alphas) + len(frontier) * np.log(1 - self.alphas)
        return constant

    def _pairs(self, by_beta: Array, by_alpha: Array) -> Array:
        """Sums for each pair of rates, ``(n, pairs)``, from ``(n, betas)`` and ``(alphas,)``."""
        both: Array = np.tile(by_beta, len(self.alphas)) + np.repeat(by_alpha, len(self.betas))
        return both

    def _counted(self, query: Query) -> tuple[Array, Array]:
        """The reported terms and the frontier, each ascending."""
        ontology = self.profiles.knowledge.ontology
        observed = query_closure(ontology, query.present)
        if len(observed) == 0:
            return observed, observed
        parents = np.concatenate([ontology.parents[term] for term in observed])
        reported = np.setdiff1d(observed, parents)
        children, number = np.unique(np.concatenate([ontology.children[term] for term in observed]), return_counts=True)
        complete = children[number == np.diff(ontology.parents.offsets)[children]]
        frontier = np.setdiff1d(complete, observed)
        # The other branches of the ontology (inheritance, course, ...) are no part of what is observed.
        return reported, frontier[[ontology.branch_of(term) == "phenotype" for term in frontier]]


def _log_mean_exp(values: Array) -> Array:
    """ln of the mean of ``exp(values)`` over the last axis."""
    highest = values.max(axis=-1)
    mean: Array = highest + np.log(np.exp(values - highest[..., None]).mean(axis=-1))
    return mean
