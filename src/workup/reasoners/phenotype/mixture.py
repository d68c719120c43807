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
removes the advantage of diseases with many annotations. ``C(s, t)`` is the mean of the first two sums
(divided by their weights) over the diseases annotated with ``s``, each counting ``W_own(D, s)``: findings keep company,
and a disease with seizures and regression may well show the abnormal EEG that nobody annotated. The weights of the
sources, of company and of noise sum to 1; they were fitted by maximum likelihood on development cases (docs/evaluate.md
says on which, and what cross-fitting gives).

The score is additive over findings. Two equal ways compute it: for the knowledge base as built, columns summed over
ancestors are stored in the artefact, and for the most annotated terms the result itself; for profiles that lack some
rows, the sum over ``s`` is done afresh. Such profiles share everything with their base but the diseases that the
rows touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import ClassVar

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array, Store
from workup.knowledge.hpo import PHENOTYPE_ROOT, identifier
from workup.reasoners.phenotype.compiled import kernels, usable_cores
from workup.reasoners.phenotype.neighbours import normalise_rows
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
# A row of 9,700 candidates takes 39 kB, so that these take 80 MB; with the stored ones they hold all findings of a
# thousand patients.
_CACHED_TERMS = 2048
# Rows computed at once: more save little and need more memory. Fewer than the second number go one by one, since a
# product with two columns takes longer than two products with one.
_TERMS_AT_ONCE, _FEW_TERMS = 16, 4
# Starting threads takes as long as a few rows.
_PARTS_FOR_THREADS = 3


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
    # One matrix over all sources, one part below the other: the same steps for each would take several times as long.
    lent = sparse.csr_array(sparse.vstack([neighbours[source.name][rows] for source in sources[1:]], format="csr"))
    distribution = normalise_rows(keep_rows(frequency, np.unique(np.concatenate([rows, lent.indices]))))
    stacked = sparse.csr_array(sparse.vstack([distribution[rows], lent @ distribution], format="csr"))
    entries = np.diff(stacked.indptr).reshape(len(sources), len(rows)).sum(axis=1)
    stacked.data = stacked.data ** np.repeat([source.power for source in sources], entries)
    stacked = normalise_rows(stacked)
    size = len(rows)
    places = np.arange(size)[:, None] + size * np.arange(len(sources))
    found = []
    for weights in ([source.exact for source in sources], [source.blur for source in sources]):
        offsets = len(sources) * np.arange(size + 1)
        mixing = sparse.csr_array((np.tile(weights, size), places.ravel(), offsets), shape=(size, size * len(sources)))
        mixed = sparse.csr_array(mixing @ stacked)
        mixed.sort_indices()
        mixed.data = mixed.data.astype(np.float32)
        found.append(mixed)
    return found[0], found[1]


class TranslationMixture(Score):
    """The translation mixture over all candidates; see the module's text for the formula."""

    name: ClassVar[str] = "translation-mixture"
    unit: ClassVar[str] = "natural log of the likelihood ratio against diseases at large"

    def __init__(self, profiles: Profiles) -> None:
        super().__init__(profiles)
        # The model is that of all diseases, whichever of them are ranked; so are the rows that are kept.
        self.model = profiles.in_universe("all")
        self._ranked = None if profiles is self.model else self.model.position[profiles.candidates]
        self._rows: dict[int, Array] = {}

    def score(self, query: Query) -> Array:
        """Sum of the log likelihood ratios of the present findings, ``(C,)``."""
        return self._sum(self._model_rows(sorted(query.present)))

    def _sum(self, rows: list[Array]) -> Array:
        """Sum of some rows of the model, for the candidates that are ranked, ``(C,)``."""
        total = np.zeros(len(self.model.candidates))
        _add(total, rows)
        return total if self._ranked is None else total[self._ranked]

    def prepare(self, terms: Sequence[int]) -> None:
        """Compute the rows of many findings in one product."""
        self._model_rows(sorted(set(terms)))

    def score_batch(self, queries: Sequence[Query]) -> Array:
        """The same for many patients, ``(len(queries), C)``; each distinct finding is computed once."""
        terms = sorted({term for query in queries for term in query.present})
        rows = dict(zip(terms, self._model_rows(terms), strict=True))
        totals = np.zeros((len(queries), len(self.profiles.candidates)))
        for total, query in zip(totals, queries, strict=True):
            own = [rows[term] for term in sorted(query.present)]
            if self._ranked is None:
                _add(total, own)
            else:
                total[:] = self._sum(own)
        return totals

    def explain(self, query: Query, candidates: Array) -> Explanation:
        """Each present finding contributes its log likelihood ratio."""
        rows = self._model_rows(query.present)
        if self._ranked is not None:
            candidates = self._ranked[candidates]
        # Double precision before anything is scaled, so that contributions add up to the score exactly.
        if kernels is not None:
            present = kernels.picked(rows, np.ascontiguousarray(candidates, dtype=np.int64))
        else:
            present = np.array([row[candidates] for row in rows], dtype=np.float64)
        return Explanation(
            present=present.reshape(len(query.present), len(candidates)),
            excluded=np.zeros((len(query.excluded), len(candidates))),
            joint=np.zeros(len(candidates)),
        )

    def row(self, term: int) -> Array:
        """Log likelihood ratio of one finding for every candidate, ``(C,)``, single precision."""
        return self.rows((term,))[0]

    def rows(self, terms: Sequence[int]) -> list[Array]:
        """:meth:`row` of several findings; what is not at hand is computed together."""
        found = self._model_rows(terms)
        return found if self._ranked is None else [row[self._ranked] for row in found]

    def _model_rows(self, terms: Sequence[int]) -> list[Array]:
        """The same for all candidates of the model."""
        found = {term: row for term in terms if (row := self._known_row(term)) is not None}
        if len(found) == len(terms):
            return list(found.values())
        fresh = [term for term in dict.fromkeys(terms) if term not in found]
        together = len(fresh) >= _FEW_TERMS or (kernels is not None and self.model.stored)
        size = _TERMS_AT_ONCE if together else 1
        parts = [fresh[start : start + size] for start in range(0, len(fresh), size)]
        for part, computed in zip(parts, self._all_computed(parts), strict=True):
            for term, row in zip(part, computed, strict=True):
                found[term] = self._rows[term] = row
        while len(self._rows) > _CACHED_TERMS:
            self._rows.pop(next(iter(self._rows)), None)
        return [found[term] for term in terms]

    def _known_row(self, term: int) -> Array | None:
        found = self._rows.get(term)
        if found is None and (place := self._stored_places.get(term)) is not None:
            found = self.model.knowledge.store.array("mixture.row")[place]
        return found

    def _all_computed(self, parts: list[list[int]]) -> list[Array]:
        """:meth:`_computed` of several parts; those of a batch at the same time, on as many cores as there are."""
        if len(parts) < _PARTS_FOR_THREADS or (cores := usable_cores()) < 2 or kernels is None or not self.model.stored:
            return [self._computed(part) for part in parts]
        # Made before, so that no two threads make them.
        _ = self._compiled_columns, self._compiled_company
        with ThreadPoolExecutor(min(cores, len(parts))) as pool:
            return list(pool.map(self._computed, parts))

    def _computed(self, terms: list[int]) -> Array:
        """Rows of some findings, for all candidates of the model, from the stored columns or afresh."""
        if kernels is not None and self.model.stored:
            direct = kernels.ratios(terms, len(self.model.candidates), *self._compiled_columns)
            return _logarithms(kernels.company(direct, *self._compiled_company, NOISE))
        direct = self._stored_ratios(terms) if self.model.stored else self._fresh_ratios(terms)
        company = self._company(direct)
        # Each row in one piece from here on; in place, and for good.
        ratio = np.ascontiguousarray(direct.T)
        ratio += NOISE
        ratio += company.T
        return _logarithms(ratio)

    @cached_property
    def _compiled_columns(self) -> tuple[Array, ...]:
        """What the compiled loop of :meth:`_stored_ratios` reads."""
        exact, (offsets, entries, values), places, dense = self._stored_columns
        closure = self.model.knowledge.ontology.closure
        place = np.full(len(self.model.knowledge.ontology), -1, dtype=np.int32)
        place[list(places)] = list(places.values())
        return (
            *(closure.offsets.astype(np.int64, copy=False), closure.indices.astype(np.int32, copy=False)),
            *(place, dense, offsets.astype(np.int32, copy=False), entries.astype(np.uint16, copy=False), values),
            *(exact.indptr.astype(np.int32, copy=False), exact.indices.astype(np.int32, copy=False), exact.data),
            self.background.share,
        )

    @cached_property
    def _compiled_company(self) -> tuple[Array, Array, Array, Array]:
        """What the compiled loop of :meth:`_company` reads: own profiles by terms that occur, and their scale."""
        used, place = np.unique(self._own.indices, return_inverse=True)
        # The commonest terms side by side, so that they stay near the processor.
        order = np.argsort(-np.bincount(place, minlength=len(used)), kind="stable")
        rank = np.empty(len(used), dtype=np.uint16)
        rank[order] = np.arange(len(used))
        return self._own.indptr.astype(np.int32, copy=False), rank[place], self._own.data, self._scale[used][order]

    def _stored_ratios(self, terms: list[int]) -> Array:
        """Exact and blurred terms of all sources, ``(C, len(terms))``, from the stored columns."""
        exact, blurred, places, dense = self._stored_columns
        offsets, entries, values = blurred
        size = len(self.model.candidates)
        ratios = np.empty((len(terms), size))
        for ratio, term in zip(ratios, terms, strict=True):
            above = self.model.knowledge.ontology.ancestors(term).tolist()
            rare = [slice(offsets[a], offsets[a + 1]) for a in above if a not in places]
            columns, weights = [entries[part] for part in rare], [values[part] for part in rare]
            share = self.background.share[term]
            if share > 0:
                part = slice(exact.indptr[term], exact.indptr[term + 1])
                columns.append(exact.indices[part])
                weights.append(exact.data[part] / share)
            # A sum over all entries at once is quicker than one column after the other.
            ratio[:] = np.bincount(np.concatenate(columns), np.concatenate(weights), size) if columns else 0.0
            for ancestor in above:
                if ancestor in places:
                    ratio += dense[places[ancestor]]
        return ratios.T

    def _fresh_ratios(self, terms: list[int]) -> Array:
        """The same for some terms, ``(C, len(terms))``, summed over the terms of the profiles."""
        ratio = self._blurred(np.stack([self.translation(term) for term in terms], axis=1))
        share = self.background.share[terms]
        seen = np.flatnonzero(share > 0)
        columns = self._exact_columns([terms[i] for i in seen])
        ratio[:, seen] += columns / share[seen]
        return ratio

    def _blurred(self, kernel: Array) -> Array:
        """``blur @ kernel``, ``(C, m)``."""
        if self._base is None:
            blurred: Array = self._double_blur @ kernel
        else:
            blurred = self._base._blurred(kernel)
            blurred[self._touched] = self._replaced[1] @ kernel
        return blurred

    def _exact_columns(self, terms: list[int]) -> Array:
        """Columns of the exact profiles, ``(C, len(terms))``."""
        if self._base is None:
            columns: Array = self._columns_of_exact[:, terms].toarray()
        else:
            columns = self._base._exact_columns(terms)
            columns[self._touched] = self._replaced[0][:, terms].toarray()
        return columns

    def _company(self, direct: Array) -> Array:
        """What diseases with the same findings show, weighted as in the mixture, ``(C, m)``."""
        return self._from_terms(self._to_terms(direct) * self._scale[:, None])

    @cached_property
    def _scale(self) -> Array:
        """What the sum over a term's diseases is multiplied with: their mean, weighted as in the mixture; ``(T,)``."""
        found: Array = (COMPANY / DIRECT) / self._term_totals
        return found

    def _to_terms(self, values: Array) -> Array:
        """Sum over candidates of what each says, by the candidates' own profiles: ``(C, m)`` to ``(T, m)``."""
        if self._base is None:
            summed: Array = self._own.T @ values
            return summed
        others = values.copy()
        others[self.model.changed_candidates] = 0.0
        new: Array = self._own.T @ values[self.model.changed_candidates]
        return self._base._to_terms(others) + new

    def _from_terms(self, values: Array) -> Array:
        """Average over the terms of each candidate's own profile: ``(T, m)`` to ``(C, m)``."""
        if self._base is None:
            averaged: Array = self._own @ values
        else:
            averaged = self._base._from_terms(values)
            averaged[self.model.changed_candidates] = self._own @ values
        return averaged

    def translation(self, term: int) -> Array:
        """How much likelier ``term`` is when term ``s`` is what the disease has, for every ``s``; ``(T,)``.

        ``K(s, t) = sum over common ancestors a of climb(a | s) / B_down(a)``.
        """
        ontology = self.model.knowledge.ontology
        gain = self.background.gain
        above = ontology.ancestors(term).tolist()
        # The root of the phenotypes has nearly all terms below it.
        total = self._below_root.copy() if self._root in above else np.zeros(len(ontology))
        for ancestor in above:
            if gain[ancestor] > 0 and ancestor != self._root:
                total[ontology.descendants[ancestor]] += gain[ancestor]
        return total / self.background.reach

    @cached_property
    def _root(self) -> int:
        """The root of the phenotypes, -1 in an ontology that has none."""
        place = self.model.knowledge.ontology.index(identifier(PHENOTYPE_ROOT))
        return -1 if place is None else place

    @cached_property
    def _below_root(self) -> Array:
        total = np.zeros(len(self.model.knowledge.ontology))
        total[self.model.knowledge.ontology.descendants[self._root]] = self.background.gain[self._root]
        return total

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
        return self._base.neighbours if self._base else stored_neighbours(self.model.knowledge)

    @cached_property
    def _base(self) -> TranslationMixture | None:
        """The mixture of the profiles that these derive from, shared by all that derive from them."""
        base = self.model.base
        if base is None:
            return None
        found: TranslationMixture | None = base.derived.get(self.name)
        if found is None:
            found = base.derived[self.name] = TranslationMixture(base)
        return found

    @cached_property
    def _mixed(self) -> tuple[Matrix, Matrix]:
        """Exact and blurred profiles of the candidates, ``(C, T)`` each."""
        profiles = self.model
        if self._base is not None:
            exact, blur = self._base._mixed
            rows = self._touched
            return replace_rows(exact, rows, self._replaced[0]), replace_rows(blur, rows, self._replaced[1])
        if profiles.stored:
            store, size = profiles.knowledge.store, len(profiles.candidates)
            exact = load_matrix(store, "mixture.exact", size)
            weights = store.array("mixture.blur.data")
            return exact, sparse.csr_array((weights, exact.indices, exact.indptr), shape=exact.shape)
        return mixed_profiles(profiles.frequency, self.neighbours, profiles.candidates)

    @cached_property
    def _replaced(self) -> tuple[Matrix, Matrix]:
        """Exact and blurred profiles of the touched candidates."""
        return mixed_profiles(self.model.frequency, self.neighbours, self.model.candidates[self._touched])

    @cached_property
    def _columns_of_exact(self) -> sparse.csc_array:
        return self._stored_columns[0] if self.model.stored else self.exact.tocsc()

    @cached_property
    def _own(self) -> Matrix:
        """Own profiles ``(C, T)``; of the changed candidates alone, if these profiles derive from others."""
        profiles = self.model
        chosen = profiles.candidates if self._base is None else profiles.candidates[profiles.changed_candidates]
        own = normalise_rows(sparse.csr_array(profiles.frequency[chosen]))
        own.data = own.data ** SOURCES[0].power
        return normalise_rows(own)

    @cached_property
    def _term_totals(self) -> Array:
        """Sum of each term over all own profiles, 1 where no candidate has it, ``(T,)``."""
        total = self._to_terms(np.ones((len(self.model.candidates), 1)))[:, 0]
        return np.where(total > 0, total, 1.0)

    @cached_property
    def _double_blur(self) -> Matrix:
        # A product with single precision would convert all of it each time.
        return self.blur.astype(np.float64)

    @property
    def exact(self) -> Matrix:
        """Weighted profiles of exact terms, ``(C, T)``."""
        return self._mixed[0]

    @property
    def blur(self) -> Matrix:
        """Weighted profiles of terms to be blurred, ``(C, T)``."""
        return self._mixed[1]

    @cached_property
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
    def _stored_columns(self) -> tuple[sparse.csc_array, tuple[Array, Array, Array], dict[int, int], Array]:
        """Exact columns; offsets, candidates and values of the blurred ones; place of each plain one, and these."""
        store = self.model.knowledge.store
        places = {term: place for place, term in enumerate(store.array("mixture.dense.term").tolist())}
        return (
            # Quicker to compute than to keep: storing it would cost the place of many rows.
            self.exact.tocsc(),
            (
                store.array("mixture.blurred.column.offsets"),
                store.array("mixture.blurred.column.indices"),
                store.array("mixture.blurred.column.data"),
            ),
            places,
            store.array("mixture.dense"),
        )

    @cached_property
    def _stored_places(self) -> dict[int, int]:
        """Place of each finding whose row the artefact has."""
        store = self.model.knowledge.store
        if not self.model.stored or "mixture.row" not in store:
            return {}
        return {term: place for place, term in enumerate(store.array("mixture.row.term").tolist())}


def _logarithms(ratios: Array) -> Array:
    """In single precision, and in place where they are that already."""
    rows: Array = ratios.astype(np.float32, copy=False)
    np.log(rows, out=rows)
    return rows


def _add(total: Array, rows: list[Array]) -> None:
    """Add some rows to a total, in place."""
    if kernels is not None:
        kernels.add_rows(total, rows)
        return
    for row in rows:
        total += row


def keep_rows(matrix: Matrix, rows: Array) -> Matrix:
    """The matrix with all but some rows (ascending) emptied."""
    chosen = matrix[rows]
    lengths = np.zeros(matrix.shape[0], dtype=np.int64)
    lengths[rows] = np.diff(chosen.indptr)
    offsets = np.zeros(matrix.shape[0] + 1, dtype=chosen.indptr.dtype)
    np.cumsum(lengths, out=offsets[1:])
    return sparse.csr_array((chosen.data, chosen.indices, offsets), shape=matrix.shape)


def load_matrix(store: Store, name: str, rows: int) -> Matrix:
    """A stored sparse matrix by rows."""
    data, indices, offsets = (store.array(f"{name}.{part}") for part in ("data", "indices", "offsets"))
    return sparse.csr_array((data, indices, offsets), shape=(rows, len(store.array("hpo.number"))))


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
    # Half the space where it is enough; scipy makes them wider again when it is given them.
    narrow = max(matrix.shape) <= np.iinfo(np.uint16).max
    return {
        f"{name}.data": matrix.data,
        f"{name}.indices": matrix.indices.astype(np.uint16 if narrow else np.int32),
        f"{name}.offsets": matrix.indptr.astype(np.int32),
    }
