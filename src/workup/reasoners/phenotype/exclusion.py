"""How often a disease shows an excluded finding: as often as its most frequent term at or below it.

>>> import numpy as np
>>> np.maximum.reduce([0.2, 0.7])  # focal seizure 0.2, seizure 0.7: seizures in seven of ten patients
np.float64(0.7)
"""

from __future__ import annotations

import math

import msgspec
import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array, flat_rows
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
    columns: sparse.csc_array | None = profiles.derived.get("frequency columns")
    if columns is None:
        columns = profiles.derived["frequency columns"] = profiles.candidate_frequency.tocsc()
    places, _ = flat_rows(columns.indptr, profiles.knowledge.ontology.descendants[term])
    highest = np.zeros(len(profiles.candidates))
    np.maximum.at(highest, columns.indices[places], columns.data[places])
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
    frequency = highest[positions]
    expected = min(float(frequency.sum()) / len(highest), 0.99)
    absent = np.log(np.maximum(_LEAST_ABSENCE, 1.0 - frequency))
    return Shown(positions.astype(np.int32), frequency, absent, math.log(1.0 - expected))
