"""What the published scores share: caches that respect ``without``, ancestors of a query, best matches.

Totals that depend on the annotations are kept per :class:`~workup.reasoners.phenotype.profiles.Profiles`, so
that profiles made by ``without`` reuse those of their base and recount only the diseases that changed.

Shapes: ``C`` candidates, ``T`` ontology terms.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.knowledge.hpo import PHENOTYPE_ROOT, ROOT, Ontology, identifier
from workup.reasoners.phenotype.profiles import Matrix, Profiles, replace_rows

V = TypeVar("V")

# A row over all candidates takes 67 kB; this many are kept by each score.
ROWS_KEPT = 256


def per_profiles(function: Callable[[Profiles], V]) -> Callable[[Profiles], V]:
    """Keep a function's result for as long as the profiles it was computed from live.

    The result must not hold the profiles themselves.
    """
    kept: WeakKeyDictionary[Profiles, V] = WeakKeyDictionary()

    @wraps(function)
    def cached(profiles: Profiles) -> V:
        if profiles not in kept:
            kept[profiles] = function(profiles)
        return kept[profiles]

    return cached


class RowCache(Generic[V]):
    """The most recently used results by term, at most ``size`` of them; safe to share between threads."""

    def __init__(self, size: int = ROWS_KEPT) -> None:
        self.size = size
        self._rows: OrderedDict[int, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, term: int, compute: Callable[[int], V]) -> V:
        """The result of ``compute(term)``, computed at most once while it is kept."""
        with self._lock:
            if term in self._rows:
                self._rows.move_to_end(term)
                return self._rows[term]
        row = compute(term)
        with self._lock:
            self._rows[term] = row
            while len(self._rows) > self.size:
                self._rows.popitem(last=False)
        return row


def query_closure(ontology: Ontology, terms: Sequence[int]) -> Array:
    """The terms and all their ancestors, ascending and without repeats."""
    if not terms:
        return np.zeros(0, dtype=np.int64)
    union: Array = np.unique(np.concatenate([ontology.ancestors(term) for term in terms]))
    return union


def roots(ontology: Ontology) -> tuple[int, ...]:
    """Indices of the terms that every finding lies below; having one in common says nothing."""
    found = (ontology.index(identifier(number)) for number in (ROOT, PHENOTYPE_ROOT))
    return tuple(term for term in found if term is not None)


@per_profiles
def annotation_matrix(profiles: Profiles) -> Matrix:
    """1 where a candidate is annotated with the term itself, sparse ``(C, T)``."""
    frequency = profiles.candidate_frequency
    ones = np.ones(len(frequency.data), dtype=np.float64)
    return sparse.csr_array((ones, frequency.indices, frequency.indptr), shape=frequency.shape)


def best_information(profiles: Profiles, term: int) -> Array:
    """Information content of the most informative ancestor that ``term`` shares with every term, ``(T,)``."""
    ontology, information = profiles.knowledge.ontology, profiles.information_content
    ancestors = ontology.ancestors(term)
    best = np.zeros(len(ontology))
    # From the least informative upwards, so that what is written last is the maximum.
    for ancestor in ancestors[np.argsort(information[ancestors], kind="stable")]:
        best[ontology.descendants[ancestor]] = information[ancestor]
    return best


def best_in_candidates(profiles: Profiles, values: Array) -> Array:
    """Highest value among the terms each candidate is annotated with, ``(C,)``; 0 if it has none.

    Args:
        profiles: The profiles.
        values: A value of each term, not negative, ``(T,)``.
    """
    matrix = annotation_matrix(profiles)
    filled = np.diff(matrix.indptr) > 0
    best = np.zeros(matrix.shape[0])
    # Only rows that hold something: reduceat would give an empty row its neighbour's value.
    best[filled] = np.maximum.reduceat(values[matrix.indices], matrix.indptr[:-1][filled])
    return best


def credit_best(pairs: Array) -> Array:
    """Give each disease term's best match to the finding that makes it.

    Args:
        pairs: Scores of findings against disease terms, ``(findings, terms)``.

    Returns:
        For each finding the sum over the terms it matches best, ``(findings,)``; the first of equals is
        taken.
    """
    best = pairs.argmax(axis=0)
    return np.bincount(best, weights=pairs.max(axis=0), minlength=len(pairs))


@per_profiles
def single_precision(profiles: Profiles) -> Matrix:
    """Frequencies of the candidates, sparse ``(C, T)``, rounded to single precision but held in double.

    The artefact stores them so; rounding those that are pooled again makes both the same number.
    """
    frequency = profiles.candidate_frequency
    rounded = frequency.data.astype(np.float32).astype(np.float64)
    return sparse.csr_array((rounded, frequency.indices, frequency.indptr), shape=frequency.shape)


@per_profiles
def highest_frequency(profiles: Profiles) -> Matrix:
    """Highest frequency among a candidate's annotations at or below each term, sparse ``(C, T)``."""
    if profiles.base is None:
        return _close_by_maximum(profiles, single_precision(profiles))
    rows = profiles.changed_candidates
    changed = _close_by_maximum(profiles, single_precision(profiles)[rows])
    return replace_rows(highest_frequency(profiles.base), rows, changed)


@per_profiles
def highest_frequency_columns(profiles: Profiles) -> sparse.csc_array:
    """:func:`highest_frequency` by column."""
    return highest_frequency(profiles).tocsc()


def _close_by_maximum(profiles: Profiles, frequency: Matrix) -> Matrix:
    closure = profiles.knowledge.ontology.closure
    rows = np.repeat(np.arange(frequency.shape[0]), np.diff(frequency.indptr))
    number = np.diff(closure.offsets)[frequency.indices]
    # One entry for each annotation and each ancestor of its term.
    starts = np.repeat(closure.offsets[frequency.indices] - (np.cumsum(number) - number), number)
    key = np.repeat(rows, number) * frequency.shape[1] + closure.indices[starts + np.arange(len(starts))]
    order = np.argsort(key, kind="stable")
    places, first = np.unique(key[order], return_index=True)
    values = np.repeat(frequency.data, number)[order]
    highest = np.maximum.reduceat(values, first) if len(values) else values
    return sparse.csr_array(
        (highest, (places // frequency.shape[1], places % frequency.shape[1])), shape=frequency.shape
    )
