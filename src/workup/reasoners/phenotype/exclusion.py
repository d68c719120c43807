"""How often a disease shows an excluded finding: as often as its most frequent term at or below it.

>>> import numpy as np
>>> np.maximum.reduce([0.2, 0.7])  # focal seizure 0.2, seizure 0.7: seizures in seven of ten patients
np.float64(0.7)
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles

_REMEMBERED = 1024


class Shown(msgspec.Struct, frozen=True):
    """The candidates that show a finding at all.

    Attributes:
        positions: Candidate positions, ascending, ``(k,)``.
        frequency: Largest frequency among each one's terms at or below the finding, ``(k,)``.
    """

    positions: Array
    frequency: Array


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
    columns: sparse.csc_array | None = profiles.derived.get("frequency columns")
    if columns is None:
        columns = profiles.derived["frequency columns"] = profiles.candidate_frequency.tocsc()
    highest = np.zeros(len(profiles.candidates))
    for below in profiles.knowledge.ontology.descendants[term].tolist():
        part = slice(columns.indptr[below], columns.indptr[below + 1])
        if part.start < part.stop:
            rows = columns.indices[part]
            highest[rows] = np.maximum(highest[rows], columns.data[part])
    return _compact(highest)


def _from_base(profiles: Profiles, base: Profiles, term: int) -> Shown:
    """The base's, with the changed candidates looked at anew."""
    before = shown(base, term)
    highest = np.zeros(len(profiles.candidates))
    highest[before.positions] = before.frequency
    changed = profiles.changed_candidates
    rows = profiles.derived.get("changed rows")
    if rows is None:
        rows = profiles.derived["changed rows"] = profiles.frequency[profiles.candidates[changed]]
    highest[changed] = 0.0
    below = np.isin(rows.indices, profiles.knowledge.ontology.descendants[term])
    owner = np.repeat(changed, np.diff(rows.indptr))
    np.maximum.at(highest, owner[below], rows.data[below])
    return _compact(highest)


def _compact(highest: Array) -> Shown:
    positions = np.flatnonzero(highest)
    return Shown(positions.astype(np.int32), highest[positions])
