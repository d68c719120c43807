"""How often a disease shows an excluded finding: as often as its most frequent term at or below it.

>>> import numpy as np
>>> np.maximum.reduce([0.2, 0.7])  # focal seizure 0.2, seizure 0.7: seizures in seven of ten patients
np.float64(0.7)
"""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array, flat_rows
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoners.phenotype.profiles import Profiles

# About 6 kB each.
_REMEMBERED = 4096
# An excluded finding that a disease always shows still leaves this much, since annotations err.
_LEAST_ABSENCE = 0.01


class Shown(msgspec.Struct, frozen=True):
    """The candidates that show a finding at all.

    Attributes:
        positions: Candidate positions, ascending, ``(k,)``.
        frequency: Largest frequency among each one's terms at or below the finding, ``(k,)``.
        absent: Log of the share of each one's patients without the finding, at least 1 %, ``(k,)``.
        typical: The same for diseases at large.
    """

    positions: Array
    frequency: Array
    absent: Array
    typical: float


def shown(profiles: Profiles, term: int) -> Shown:
    """Which candidates are annotated at or below ``term``, and how frequent that is."""
    remembered: dict[int, Shown] = profiles.derived.setdefault("shown", {})
    found = remembered.get(term)
    if found is None:
        while len(remembered) >= _REMEMBERED:
            remembered.pop(next(iter(remembered)), None)
        found = remembered[term] = _shown(profiles, term)
    return found


def _shown(profiles: Profiles, term: int) -> Shown:
    return _from_columns(profiles, term) if profiles.base is None else _from_base(profiles, profiles.base, term)


def _from_columns(profiles: Profiles, term: int) -> Shown:
    columns: tuple[Array, Array, Array] | None = profiles.derived.get("frequency columns")
    if columns is None:
        matrix: sparse.csc_array = profiles.candidate_frequency.tocsc()
        columns = matrix.indptr.astype(np.int32, copy=False), matrix.indices.astype(np.int32, copy=False), matrix.data
        profiles.derived["frequency columns"] = columns
    below, size = profiles.knowledge.ontology.descendants[term], len(profiles.candidates)
    if kernels is not None:
        return _describe(*kernels.highest(below.astype(np.int32, copy=False), *columns, size), size)
    indptr, indices, data = columns
    places, _ = flat_rows(indptr, below)
    # Most findings are shown by few candidates, so that sorting these is quicker than a look at every candidate.
    owner = indices[places]
    order = np.argsort(owner, kind="stable")
    owner = owner[order]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    frequency = np.maximum.reduceat(data[places[order]], starts) if len(starts) else np.zeros(0)
    return _describe(owner[starts], frequency, size)


def _from_base(profiles: Profiles, base: Profiles, term: int) -> Shown:
    """The base's, with the changed candidates looked at anew."""
    before, changed = shown(base, term), profiles.changed_candidates
    highest: dict[int, tuple[Array, Array]] | None = profiles.derived.get("changed frequencies")
    if highest is None:
        highest = profiles.derived["changed frequencies"] = _highest_by_term(profiles)
    rows, frequency = highest.get(term, _NO_CANDIDATE)
    kept = ~np.isin(before.positions, changed)
    if not len(rows) and kept.all():
        return before
    positions = before.positions[kept]
    places = np.searchsorted(positions, changed[rows])
    return _describe(
        np.insert(positions, places, changed[rows]),
        np.insert(before.frequency[kept], places, frequency),
        len(profiles.candidates),
    )


_NO_CANDIDATE = (np.zeros(0, dtype=np.int64), np.zeros(0))


def _highest_by_term(profiles: Profiles) -> dict[int, tuple[Array, Array]]:
    """By term: which of the changed candidates show it, and the largest frequency at or below it."""
    rows, closure = profiles.changed_frequency, profiles.knowledge.ontology.closure
    above, heights = flat_rows(closure.offsets, rows.indices)
    owner = np.repeat(np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), heights)
    pair = closure.indices[above].astype(np.int64) * rows.shape[0] + owner
    pairs, place = np.unique(pair, return_inverse=True)
    highest = np.zeros(len(pairs))
    np.maximum.at(highest, place, np.repeat(rows.data, heights))
    terms, starts = np.unique(pairs // max(rows.shape[0], 1), return_index=True)
    bounds = [*starts.tolist(), len(pairs)]
    return {
        term: (pairs[start:end] % rows.shape[0], highest[start:end])
        for term, (start, end) in zip(terms.tolist(), pairwise(bounds), strict=True)
    }


def _describe(positions: Array, frequency: Array, candidates: int) -> Shown:
    expected = min(float(frequency.sum()) / candidates, 0.99)
    absent = np.log(np.maximum(_LEAST_ABSENCE, 1.0 - frequency))
    return Shown(positions.astype(np.int32, copy=False), frequency, absent, math.log(1.0 - expected))
