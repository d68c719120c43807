"""Slips of coding: a finding for which a sibling of it in the ontology would be expected much rather beside the others.

For a present finding *t* and a sibling *o*, the diseases that the other findings point to say how often each is to be
expected; with ``e(x) = ln P(x | the others) / P(x)`` and the number ``n(x)`` of diseases annotated with a term,

    e(o) - e(t)  +  0.3 ln (n(o) + 1) / (n(t) + 1)  -  0.3 e(t)

says how much speaks for *o*: it fits better, it is the commoner code, and *t* does not fit. The weights and the limit
were set on half of the development patients with a planted sibling, by publication.

For example, with the other findings of a Marfan syndrome *Spontaneous lens capsule rupture* may be *Ectopia lentis*.
"""

from __future__ import annotations

import msgspec
import numpy as np
from scipy.special import logsumexp

from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoners.phenotype.profiles import Profiles

# Two findings cannot tell which of them was miscoded.
LEAST_FINDINGS = 3
_COMMONER = 0.3
_UNEXPECTED = 0.3
# Of the half on which it was set, one patient in sixteen as recorded has a finding beyond it.
_LEAST = 1.7
# A parent with more children than this is a list, not a choice.
_MOST_SIBLINGS = 80


class Slip(msgspec.Struct, frozen=True):
    """What may have been meant instead of a finding.

    Attributes:
        term: The finding.
        meant: The sibling.
        expected: ``ln P(term | the others) / P(term)``.
        rather: The same of the sibling.
        worth: How much speaks for the slip.
    """

    term: int
    meant: int
    expected: float
    rather: float
    worth: float


def slip(engine: Engine, patient: Patient) -> Slip | None:
    """The likeliest slip among the present findings; None when nothing speaks clearly for one."""
    query = patient.query
    if len(query.present) < LEAST_FINDINGS:
        return None
    total = engine.scores(patient)
    present = engine.explain(patient, np.arange(len(total))).present
    counts = diseases_with(engine.profiles)
    taken = {*query.present, *query.excluded}
    best: Slip | None = None
    for place, term in enumerate(query.present):
        near = [one for one in siblings(engine, term) if one not in taken]
        if not near:
            continue
        others = total - present[place]
        weight = np.exp(others - others.max())
        weight /= weight.sum()
        expected = float(logsumexp(total) - logsumexp(others))
        scale = engine.scale(patient)
        for other, row in zip(near, _rows(engine, patient, near), strict=True):
            rather = float(np.log(weight @ np.exp(scale * row)))
            worth = (
                rather
                - expected
                + _COMMONER * float(np.log((counts[other] + 1) / (counts[term] + 1)))
                - _UNEXPECTED * expected
            )
            if worth > _LEAST and (best is None or worth > best.worth):
                best = Slip(term, other, expected, rather, worth)
    return best


def siblings(engine: Engine, term: int) -> list[int]:
    """Terms of the same parent that some disease is annotated with, none above or below the term itself."""
    ontology, counts = engine.knowledge.ontology, diseases_with(engine.profiles)
    above = set(ontology.ancestors(term).tolist())
    near = {
        one
        for parent in ontology.parents[term].tolist()
        if ontology.branch_of(parent) == "phenotype"
        for one in ontology.children[parent].tolist()
    }
    usable = (one for one in sorted(near) if counts[one] and one != term and one not in above)
    return [one for one in usable if term not in ontology.ancestors(one)][:_MOST_SIBLINGS]


def diseases_with(profiles: Profiles) -> Array:
    """How many candidates are annotated with each term itself, ``(T,)``."""
    found: Array | None = profiles.derived.get("diseases with")
    if found is None:
        size = len(profiles.knowledge.ontology)
        found = profiles.derived["diseases with"] = np.bincount(profiles.candidate_frequency.indices, minlength=size)
    return found


def _rows(engine: Engine, patient: Patient, terms: list[int]) -> list[Array]:
    """What each term alone says for every candidate, in units of the score."""
    query = msgspec.structs.replace(patient.query, present=tuple(terms), excluded=())
    every = np.arange(len(engine.profiles.candidates))
    return list(engine.score.explain(query, every).present)
