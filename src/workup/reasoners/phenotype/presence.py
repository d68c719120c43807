"""How likely a patient is to have a finding, given the disease: what a question's answers are weighed with.

The engine's likelihood ratio says how likely a finding is to be *reported*; a question needs to know how likely it
is to be *there*. A disease shows a term as often as its most frequent term at or below it, in its own annotations or
in those of the entries that describe the same disease (Orphanet's, say). A disease whose annotations are silent is
taken to show it as often as rare diseases at large do.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.profiles import Profiles

# Annotations err and are incomplete, so that no answer can prove or refute a disease.
LEAST_CHANCE = 0.02
MOST_CHANCE = 0.97
# Silence of the annotations: never less than one in a hundred, never a feature of every third patient.
_SILENT = (0.01, 0.3)
_REMEMBERED = 256


def silent_chance(profiles: Profiles) -> Array:
    """Chance of each term in a disease whose annotations do not mention it, ``(T,)``.

    The share of diseases that have it, times the mean frequency of all annotations.
    """
    found: Array | None = profiles.derived.get("silent chance")
    if found is None:
        data = profiles.candidate_frequency.data
        typical = float(data.mean()) if len(data) else 0.0
        share = profiles.term_count / max(len(profiles.candidates), 1)
        found = profiles.derived["silent chance"] = np.clip(share * typical, *_SILENT)
    return found


def annotated_terms(profiles: Profiles, disease: int) -> tuple[Array, Array]:
    """Terms of a disease and of the other entries that describe it, with frequencies; a term may occur twice."""
    frequency = profiles.frequency
    entries = [disease, *profiles.knowledge.diseases.aliases[disease].tolist()]
    parts = [slice(int(frequency.indptr[entry]), int(frequency.indptr[entry + 1])) for entry in entries]
    return (
        np.concatenate([frequency.indices[part] for part in parts]),
        np.concatenate([frequency.data[part] for part in parts]),
    )


def shown_frequency(profiles: Profiles, diseases: Array) -> tuple[Array, Array]:
    """How often some diseases show each term.

    Args:
        profiles: The profiles.
        diseases: Disease indices, ``(k,)``.

    Returns:
        The largest frequency at or below each term, 0 where silent, ``(k, T)``; and whether one of the diseases is
        annotated with the very term, ``(T,)``.
    """
    closure = profiles.knowledge.ontology.closure
    highest = np.zeros((len(diseases), len(profiles.knowledge.ontology)))
    direct = np.zeros(highest.shape[1], dtype=bool)
    for row, disease in zip(highest, diseases.tolist(), strict=True):
        terms, frequency = annotated_terms(profiles, disease)
        direct[terms] = True
        starts, ends = closure.offsets[terms], closure.offsets[terms + 1]
        np.maximum.at(row, closure.indices[_places(starts, ends)], np.repeat(frequency, ends - starts))
    return highest, direct


def chance(profiles: Profiles, term: int) -> Array:
    """Probability that a patient has a finding, for every candidate disease, ``(C,)``."""
    remembered: dict[int, Array] = profiles.derived.setdefault("chance", {})
    if term not in remembered:
        while len(remembered) >= _REMEMBERED:
            remembered.pop(next(iter(remembered)), None)
        remembered[term] = _chance(profiles, term)
    return remembered[term]


def _chance(profiles: Profiles, term: int) -> Array:
    columns: sparse.csc_array | None = profiles.derived.get("all frequency columns")
    if columns is None:
        columns = profiles.derived["all frequency columns"] = profiles.frequency.tocsc()
    below = profiles.knowledge.ontology.descendants[term]
    places = _places(columns.indptr[below], columns.indptr[below + 1])
    highest = np.zeros(len(profiles.knowledge.diseases))
    np.maximum.at(highest, columns.indices[places], columns.data[places])
    aliases = profiles.knowledge.diseases.aliases
    described = highest.copy()
    np.maximum.at(described, _owners(profiles), highest[aliases.indices])
    found: Array = limited(described[profiles.candidates], silent_chance(profiles)[term])
    return found


def _owners(profiles: Profiles) -> Array:
    """The disease that each other entry describes, side by side with ``aliases.indices``."""
    found: Array | None = profiles.derived.get("owners of aliases")
    if found is None:
        lengths = np.diff(profiles.knowledge.diseases.aliases.offsets)
        found = profiles.derived["owners of aliases"] = np.repeat(np.arange(len(lengths)), lengths)
    return found


def _places(starts: Array, ends: Array) -> Array:
    """All places from each start to its end, one after the other.

    >>> _places(np.array([2, 7]), np.array([4, 8])).tolist()
    [2, 3, 7]
    """
    lengths = ends - starts
    last = np.cumsum(lengths)
    places: Array = np.arange(int(last[-1]) if len(last) else 0) + np.repeat(starts - (last - lengths), lengths)
    return places


def limited(frequency: Array, silent: Array | float) -> Array:
    """Frequencies as chances: the silent chance where there is none, and never a certainty."""
    return np.where(frequency > 0, np.clip(frequency, LEAST_CHANCE, MOST_CHANCE), silent)


def presence(profiles: Profiles, term: int) -> Array:
    """Log likelihood ratio of a finding's presence against diseases that are silent on it, ``(C,)``, in nats."""
    found: Array = np.log(chance(profiles, term) / silent_chance(profiles)[term])
    return found
