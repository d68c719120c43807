"""The default score: a patient's finding is a translation of something the disease is annotated with.

A reported term is drawn either from noise or from a term ``s`` of the disease: as that very term, or by climbing
from ``s`` to an ancestor ``a`` and reporting anything below ``a``. What is drawn is compared with how often the
term is drawn for diseases at large::

    LR(t, D) = noise + sum over sources x of
                   exact_x  W_x(D, t) / B(t)
                 + blur_x   sum over a in ancestors(t) of  sum over s of W_x(D, s) climb(a | s) / B_down(a)

                 + company  sum over s of W_own(D, s) C(s, t)

    climb(a | s)  proportional to  B_down(a) ^ -0.7  over the ancestors of s (s among them)
    score(D)    = sum over findings t of ln LR(t, D)

``B(t)`` is the share of ``t`` among all annotations, ``B_down(a)`` the share at or below ``a``. ``W_x(D, .)`` is a
distribution over terms: the disease's own frequencies (source ``own``), or those of its neighbours
(:mod:`~workup.reasoners.phenotype.neighbours`), sharpened by a power and scaled to sum to 1. That scaling is what
removes the advantage of diseases with many annotations. ``C(s, t)`` is the mean of the first two sums over the
diseases annotated with ``s``: findings keep company, and a disease with seizures and regression may well show the
abnormal EEG that nobody annotated. The weights of the sources sum to 1 with the noise; they
were fitted by maximum likelihood on development cases (docs/knowledge.md says on which, and what cross-fitting
gives).

The score is additive over findings. Two equal ways compute it: for the knowledge base as built, columns summed over
ancestors are stored in the artefact; for profiles that lack some rows, the sum over ``s`` is done afresh.
"""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array, Store
from workup.reasoners.phenotype.neighbours import neighbour_matrices, normalise_rows
from workup.reasoners.phenotype.profiles import Matrix, Profiles, replace_rows
from workup.reasoners.phenotype.scoring import Explanation, Query, Score


class Source(msgspec.Struct, frozen=True):
    """Where a part of a disease's profile comes from, and its weights in the mixture.

    Attributes:
        name: ``own``, or a relation of :func:`~workup.reasoners.phenotype.neighbours.neighbour_matrices`.
        exact: Weight of the term itself.
        blur: Weight of the terms around it.
        power: Sharpening of the distribution; above 1 favours frequent findings.
    """

    name: str
    exact: float
    blur: float
    power: float


# Maximum-likelihood weights on the development TEMP cases (`fitting.MixtureFitter.fit` on all 929 of them).
SOURCES = (
    Source("own", exact=0.197, blur=0.182, power=1.5),
    Source("alias", exact=0.100, blur=0.097, power=1.5),
    Source("gene", exact=0.012, blur=0.110, power=1.2),
    Source("gene-other", exact=0.028, blur=0.008, power=1.2),
    Source("series", exact=0.011, blur=0.006, power=1.2),
    Source("series-other", exact=0.026, blur=0.011, power=1.2),
    Source("name", exact=0.006, blur=0.015, power=1.2),
)
# Weight of what diseases with the same findings show (see `TranslationMixture.row`).
COMPANY = 0.178
DIRECT = sum(source.exact + source.blur for source in SOURCES)
NOISE = 1.0 - DIRECT - COMPANY
CLIMB = 0.7
# Half an annotation where the annotations have none, so that an unseen term is rare rather than impossible.
LEAST_MASS = 0.5
_CACHED_TERMS = 4096


class Background(msgspec.Struct, frozen=True):
    """How often each term is drawn for diseases at large.

    Attributes:
        share: ``B``: share of each term among all annotations, ``(T,)``; 0 where there is none.
        weight: ``B_down ^ -0.7``, 0 outside the phenotypes, ``(T,)``.
        gain: ``weight / B_down``, ``(T,)``.
        reach: Sum of ``weight`` over the ancestors of each term, ``(T,)``.
    """

    share: Array
    weight: Array
    gain: Array
    reach: Array


def background(profiles: Profiles) -> Background:
    """Background of the candidates' annotations."""
    count = profiles.direct_count
    total = max(float(count.sum()), 1.0)
    closure = profiles.ancestor_matrix
    below = np.maximum(closure.T @ count, LEAST_MASS) / total
    phenotype = profiles.knowledge.ontology.branch == 1
    weight = np.where(phenotype, below**-CLIMB, 0.0)
    reach = closure @ weight
    return Background(
        share=count / total,
        weight=weight,
        gain=weight / below,
        reach=np.where(reach > 0, reach, 1.0),
    )


def mixed_profiles(
    frequency: Matrix, neighbours: dict[str, Matrix], rows: Array, sources: tuple[Source, ...] = SOURCES
) -> tuple[Matrix, Matrix]:
    """Weighted profiles of some diseases: of exact terms, and of terms to be blurred.

    Args:
        frequency: Pooled frequencies of all diseases, ``(D, T)``.
        neighbours: Neighbour matrices by relation.
        rows: Disease indices, ``(k,)``.
        sources: The mixture's sources.

    Returns:
        Two sparse ``(k, T)`` matrices.
    """
    distribution = normalise_rows(frequency)
    exact = sparse.csr_array((len(rows), frequency.shape[1]))
    blur = exact.copy()
    for source in sources:
        part = distribution[rows]
        if source.name != "own":
            part = sparse.csr_array(neighbours[source.name][rows] @ distribution)
        part.data = part.data**source.power
        part = normalise_rows(part)
        exact = exact + source.exact * part
        blur = blur + source.blur * part
    for matrix in (exact, blur):
        matrix.sort_indices()
        matrix.data = matrix.data.astype(np.float32)
    return exact, blur


class TranslationMixture(Score):
    """The translation mixture over all candidates; see the module's text for the formula."""

    name: ClassVar[str] = "translation-mixture"
    unit: ClassVar[str] = "natural log of the likelihood ratio against diseases at large"

    def __init__(self, profiles: Profiles) -> None:
        super().__init__(profiles)
        # The model is that of all diseases, whichever of them are ranked.
        self.model = profiles.in_universe("all")
        self._ranked = self.model.position[profiles.candidates]
        self._rows: dict[int, Array] = {}

    def score(self, query: Query) -> Array:
        """Sum of the log likelihood ratios of the present findings, ``(C,)``."""
        total = np.zeros(len(self.profiles.candidates))
        for term in sorted(query.present):
            total += self.row(term)
        return total

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each present finding contributes its log likelihood ratio."""
        rows = [self.row(term)[candidates] for term in query.present]
        return Explanation(
            present=np.array(rows).reshape(len(query.present), len(candidates)),
            excluded=np.zeros((len(query.excluded), len(candidates))),
            joint=np.zeros(len(candidates)),
        )

    def row(self, term: int) -> Array:
        """Log likelihood ratio of one finding for every candidate, ``(C,)``, single precision."""
        found = self._rows.get(term)
        if found is None:
            if len(self._rows) >= _CACHED_TERMS:
                self._rows.clear()
            direct = self._stored_ratio(term) if self.model.stored else self._fresh_ratio(term)
            own, by_term = self._own
            company = own @ (by_term @ direct)
            ratio = NOISE + direct + (COMPANY / DIRECT) * company
            found = self._rows[term] = np.log(ratio).astype(np.float32)[self._ranked]
        return found

    def _stored_ratio(self, term: int) -> Array:
        """Exact and blurred terms of all sources, ``(C,)``, from the stored columns."""
        ratio = np.zeros(len(self.model.candidates))
        exact, blurred = self._stored_columns
        share = self.background.share[term]
        if share > 0:
            part = slice(exact.indptr[term], exact.indptr[term + 1])
            ratio[exact.indices[part]] += exact.data[part] / share
        for ancestor in self.model.knowledge.ontology.ancestors(term).tolist():
            part = slice(blurred.indptr[ancestor], blurred.indptr[ancestor + 1])
            ratio[blurred.indices[part]] += blurred.data[part]
        return ratio

    def _fresh_ratio(self, term: int) -> Array:
        """The same, summed over the terms of the profiles."""
        ratio = self.blur @ self.translation(term)
        share = self.background.share[term]
        if share > 0:
            ratio += self.exact[:, [term]].toarray().ravel() / share
        result: Array = ratio
        return result

    def translation(self, term: int) -> Array:
        """How much likelier ``term`` is when term ``s`` is what the disease has, for every ``s``; ``(T,)``.

        ``K(s, t) = sum over common ancestors a of climb(a | s) / B_down(a)``.
        """
        ontology = self.model.knowledge.ontology
        gain = self.background.gain
        total = np.zeros(len(ontology))
        for ancestor in ontology.ancestors(term).tolist():
            if gain[ancestor] > 0:
                total[ontology.descendants[ancestor]] += gain[ancestor]
        return total / self.background.reach

    @cached_property
    def background(self) -> Background:
        """Background of these profiles."""
        if self.model.stored:
            store = self.model.knowledge.store
            return Background(*(store.array(f"mixture.{field}") for field in Background.__struct_fields__))
        return background(self.model)

    @cached_property
    def neighbours(self) -> dict[str, Matrix]:
        """Neighbour matrices by relation."""
        return stored_neighbours(self.model.knowledge)

    @cached_property
    def _mixed(self) -> tuple[Matrix, Matrix]:
        """Exact and blurred profiles of the candidates, ``(C, T)`` each."""
        profiles = self.model
        if profiles.base is not None:
            exact, blur = TranslationMixture(profiles.base)._mixed
            rows = self._touched
            new = mixed_profiles(profiles.frequency, self.neighbours, profiles.candidates[rows])
            return replace_rows(exact, rows, new[0]), replace_rows(blur, rows, new[1])
        if self.model.stored:
            store, size = profiles.knowledge.store, len(profiles.candidates)
            exact = load_matrix(store, "mixture.exact", size)
            weights = store.array("mixture.blur.data")
            return exact, sparse.csr_array((weights, exact.indices, exact.indptr), shape=exact.shape)
        return mixed_profiles(profiles.frequency, self.neighbours, profiles.candidates)

    @cached_property
    def _own(self) -> tuple[Matrix, Matrix]:
        """The candidates' own profiles ``(C, T)``, and for each term the mean over those that have it, ``(T, C)``."""
        own = normalise_rows(self.model.candidate_frequency)
        own.data = own.data ** SOURCES[0].power
        own = normalise_rows(own)
        return own, normalise_rows(sparse.csr_array(own.T))

    @property
    def exact(self) -> Matrix:
        """Weighted profiles of exact terms, ``(C, T)``."""
        return self._mixed[0]

    @property
    def blur(self) -> Matrix:
        """Weighted profiles of terms to be blurred, ``(C, T)``."""
        return self._mixed[1]

    @property
    def _touched(self) -> Array:
        """Candidate positions whose own or borrowed findings differ from the base, ascending."""
        profiles = self.model
        touched = np.zeros(len(profiles.knowledge.diseases), dtype=bool)
        touched[profiles.changed] = True
        flags = touched.astype(np.float64)
        for matrix in self.neighbours.values():
            touched |= (matrix @ flags) > 0
        return np.flatnonzero(touched[profiles.candidates])

    @cached_property
    def _stored_columns(self) -> tuple[sparse.csc_array, sparse.csc_array]:
        store, size = self.model.knowledge.store, len(self.model.candidates)
        return (
            load_columns(store, "mixture.exact.column", size),
            load_columns(store, "mixture.blurred.column", size),
        )


def load_matrix(store: Store, name: str, rows: int) -> Matrix:
    """A stored sparse matrix by rows."""
    data, indices, offsets = (store.array(f"{name}.{part}") for part in ("data", "indices", "offsets"))
    return sparse.csr_array((data, indices, offsets), shape=(rows, len(store.array("hpo.number"))))


def load_columns(store: Store, name: str, rows: int) -> sparse.csc_array:
    """A stored sparse matrix by columns."""
    data, indices, offsets = (store.array(f"{name}.{part}") for part in ("data", "indices", "offsets"))
    return sparse.csc_array((data, indices, offsets), shape=(rows, len(store.array("hpo.number"))))


def stored_neighbours(knowledge: Knowledge) -> dict[str, Matrix]:
    """The neighbour matrices of the artefact."""
    found = {}
    size = len(knowledge.diseases)
    for source in SOURCES[1:]:
        name = f"neighbour.{source.name}"
        data, indices, offsets = (knowledge.store.array(f"{name}.{part}") for part in ("data", "indices", "offsets"))
        found[source.name] = sparse.csr_array((data, indices, offsets), shape=(size, size))
    return found


def matrix_arrays(name: str, matrix: Matrix | sparse.csc_array) -> dict[str, Array]:
    """The three arrays that store a sparse matrix."""
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices.astype(np.int32),
        f"{name}.offsets": matrix.indptr.astype(np.int32),
    }


def compile_mixture(profiles: Profiles) -> dict[str, Array]:
    """Arrays of the mixture for the artefact: neighbours, background, profiles, and blurred columns."""
    arrays: dict[str, Array] = {}
    neighbours = neighbour_matrices(profiles.knowledge.diseases)
    for name, matrix in neighbours.items():
        arrays |= matrix_arrays(f"neighbour.{name}", matrix)
    # Single precision halves the artefact; its relative error of 1e-7 is far below what a frequency is known to.
    exact, blur = mixed_profiles(profiles.frequency, neighbours, profiles.candidates)
    around = background(profiles)
    climb = profiles.ancestor_matrix.copy()
    # climb(a | s) / B_down(a), row s, column a
    climb.data = around.gain[climb.indices] / np.repeat(around.reach, np.diff(climb.indptr))
    blurred = sparse.csr_array(blur @ climb)
    arrays |= {f"mixture.{field}": getattr(around, field) for field in Background.__struct_fields__}
    # Every source has both weights, so that exact and blur have their entries in the same places.
    arrays |= matrix_arrays("mixture.exact", exact)
    arrays["mixture.blur.data"] = blur.data
    arrays |= matrix_arrays("mixture.exact.column", exact.tocsc())
    blurred.data = blurred.data.astype(np.float32)
    arrays |= matrix_arrays("mixture.blurred.column", blurred.tocsc())
    return arrays
