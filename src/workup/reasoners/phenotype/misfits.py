"""Findings that do not fit: what may have been meant instead, and which kind of a finding would tell the leaders apart.

All are suggestions in words, each with what the engine would make of the case if it were followed; nothing is changed.

* *Foreign*: the finding that fits the others least. ``P(finding | the others) / P(finding)`` is the mean of its
  likelihood ratio over the diseases, each weighed by its posterior without the finding. A finding for which this is
  small, and which speaks strongly for a disease that nothing else points to, may be a slip or a second disease.
* *Misfit*: the leading disease is not annotated with a present finding, but with a term of nearly the same or the
  opposite name (hypokalemia for hyperkalemia); or beside the other findings a sibling of it is expected much rather
  (:mod:`workup.reasoners.phenotype.slips`). It may be a slip of coding.
* *Specific*: some leading diseases are annotated with one kind of a present finding and others with another, so that
  saying which kind it is would separate them.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

import msgspec
import numpy as np
from scipy.special import logsumexp

from workup.case import Case
from workup.knowledge.arrays import Array
from workup.knowledge.hpo import Ontology
from workup.reasoners.phenotype.choosing import gains
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoners.phenotype.presence import annotated_terms, limited, shown_frequency, silent_chance
from workup.reasoners.phenotype.questions import Differential, differential
from workup.reasoners.phenotype.slips import Slip, slip
from workup.reasoning import Evidence, Step

# How much likelier than what was given a term of nearly the same name must be.
_LEAST_BETTER = 0.3
# How much likelier than what was given it is among the other findings, over all diseases that they point to: ln of it.
_LEAST_LIKELIER = 0.6
# Set on half of the development patients, by publication: one in twelve of them, as recorded, has a finding below it.
_FOREIGN = -2.2
# How much of what a finding says for its best disease counts.
_ELSEWHERE = 0.5
# Two findings cannot tell which of them is the stranger.
_LEAST_FOR_FOREIGN = 3
_SAME_NAME = "a term of nearly the same or the opposite name"
_SIBLING = "a sibling of it in the ontology"
# Of the letters of two names.
_LEAST_ALIKE = 0.82
_LEAST_FREQUENCY = 0.25
_LEAST_BITS = 0.1
_MOST = 3
_SEPARATED = 10
_OPPOSITES = (
    ("hyper", "hypo"),
    ("macro", "micro"),
    ("increased", "decreased"),
    ("elevated", "reduced"),
    ("tall", "short"),
    ("long", "short"),
    ("large", "small"),
    ("wide", "narrow"),
    ("upslanted", "downslanted"),
    ("poly", "oligo"),
    ("tachy", "brady"),
)


def misfits(engine: Engine, case: Case) -> tuple[Step, ...]:
    """Findings that do not fit the leading disease, each with a near term that would, and one that fits nothing.

    Args:
        engine: The engine.
        case: The case; only its blinded part is looked at.
    """
    now = differential(engine, case)
    query, ontology = now.patient.query, engine.knowledge.ontology
    if len(query.present) < 2:
        return ()
    leader = now.leaders[:1]
    weights = engine.explain(now.patient, leader).present[:, 0]
    terms, frequency = annotated_terms(engine.profiles, int(engine.profiles.candidates[leader[0]]))
    fitting = sorted(set(terms[frequency >= _LEAST_FREQUENCY].tolist()) - set(query.present) - set(query.excluded))
    found: list[Step] = []
    shown, _ = shown_frequency(engine.profiles, engine.profiles.candidates[leader])
    for place in np.argsort(weights, kind="stable").tolist():
        if shown[0, query.present[place]] > 0:
            continue
        if len(found) == _MOST:
            break
        step = _misfit(engine, case, now, query.present[place], float(weights[place]), fitting)
        if step is not None:
            found.append(step)
    likeliest = slip(engine, now.patient)
    if likeliest is not None and ontology.id(likeliest.term) not in {step.finding for step in found}:
        found.append(_slip(engine, case, now, likeliest))
    stranger = foreign(engine, now.patient)
    if stranger is not None and stranger.finding not in {step.finding for step in found}:
        found.append(stranger)
    return tuple(found)


def fits(engine: Engine, patient: Patient) -> tuple[Array, Array, Array]:
    """How well each present finding fits the others.

    Returns:
        ``ln(P(finding | the others) / P(finding))``, ``(Q,)``; what each says for the disease that it speaks for most,
        ``(Q,)``; and the position of that disease, ``(Q,)``.
    """
    present = engine.explain(patient, np.arange(len(engine.profiles.candidates))).present
    total = engine.scores(patient)
    # Weights add up, so that the others' scores are what is left, and the mean over their posterior a ratio of sums.
    predicted = logsumexp(total) - logsumexp(total[None] - present, axis=1)
    return np.asarray(predicted), present.max(axis=1), present.argmax(axis=1)


def foreign(engine: Engine, patient: Patient) -> Step | None:
    """The present finding that fits the others least, if it is a stranger among them."""
    query = patient.query
    if len(query.present) < _LEAST_FOR_FOREIGN:
        return None
    predicted, most, best = fits(engine, patient)
    strange = predicted - _ELSEWHERE * most
    place = int(np.argmin(strange))
    if strange[place] > _FOREIGN:
        return None
    ontology, diseases = engine.knowledge.ontology, engine.knowledge.diseases
    term, ratio = query.present[place], float(np.exp(predicted[place]))
    other = int(engine.profiles.candidates[int(best[place])])
    label = ontology.label(term)
    return Step(
        kind="misfit",
        finding=ontology.id(term),
        label=label,
        claim=f"{label} does not fit the other findings: with them it is expected {ratio:.2f} times as often as in any "
        f"patient, and it speaks most for {diseases.names[other]}, to which they do not point. Is it coded right, or "
        "is there a second disease?",
        weight=float(predicted[place]),
        evidence=(
            Evidence(
                kind="ontology",
                source="the case without this finding",
                values={"ratio": ratio, "disease": diseases.ids[other], "disease_name": diseases.names[other]},
            ),
        ),
    )


def _misfit(engine: Engine, case: Case, now: Differential, term: int, weight: float, fitting: list[int]) -> Step | None:
    ontology = engine.knowledge.ontology
    best: tuple[float, int, Differential] | None = None
    for other in fitting:
        if not _may_be(ontology, term, other):
            continue
        changed = differential(engine, _replaced(case, ontology, term, other))
        if other not in changed.patient.query.present:
            continue
        place = changed.patient.query.present.index(other)
        gain = float(engine.explain(changed.patient, now.leaders[:1]).present[place, 0]) - weight
        if gain >= _LEAST_BETTER and (best is None or gain > best[0]):
            best = gain, other, changed
    if best is None:
        return None
    _, other, changed = best
    leader = int(now.leaders[0])
    name = engine.knowledge.diseases.names[int(engine.profiles.candidates[leader])]
    before, after = float(now.posterior[leader]), float(changed.posterior[leader])
    likelier = float(logsumexp(engine.scores(changed.patient)) - logsumexp(engine.scores(now.patient)))
    if likelier < _LEAST_LIKELIER:
        return None
    return Step(
        kind="misfit",
        finding=ontology.id(term),
        label=ontology.label(term),
        claim=f"{ontology.label(term)} is not listed in {name}. Did you mean {ontology.label(other)} "
        f"({ontology.id(other)}), {_SAME_NAME}? With it, {name} would have {after:.1%} instead of {before:.1%}",
        weight=weight,
        evidence=(_what_if(ontology, other, before, after, {"relation": _SAME_NAME, "likelier": likelier}),),
    )


def _slip(engine: Engine, case: Case, now: Differential, found: Slip) -> Step:
    ontology = engine.knowledge.ontology
    changed = differential(engine, _replaced(case, ontology, found.term, found.meant))
    leader = int(changed.leaders[0])
    name = engine.knowledge.diseases.names[int(engine.profiles.candidates[leader])]
    before, after = float(now.posterior[leader]), float(changed.posterior[leader])
    label, meant = ontology.label(found.term), ontology.label(found.meant)
    values: dict[str, str | float] = {"relation": _SIBLING, "worth": found.worth}
    return Step(
        kind="misfit",
        finding=ontology.id(found.term),
        label=label,
        claim=f"With the other findings {label} is expected {np.exp(found.expected):.2g} times as often as in any "
        f"patient, and {meant} {np.exp(found.rather):.2g} times. Did you mean {meant} ({ontology.id(found.meant)}), "
        f"{_SIBLING}? With it, {name} would have {after:.1%} instead of {before:.1%}",
        weight=found.expected,
        evidence=(_what_if(ontology, found.meant, before, after, values),),
    )


def _may_be(ontology: Ontology, term: int, other: int) -> bool:
    """Whether one term may have been coded for the other: by its name, and not as a kind of it."""
    if not _nearly_the_same(ontology.label(term), ontology.label(other)):
        return False
    return term not in ontology.ancestors(other) and other not in ontology.ancestors(term)


def _nearly_the_same(one: str, other: str) -> bool:
    """Whether two labels differ by a few letters or by a word and its opposite.

    >>> _nearly_the_same("Hyperkalemia", "Hypokalemia"), _nearly_the_same("Seizure", "Ataxia")
    (True, False)
    """
    first, second = one.casefold(), other.casefold()
    for high, low in _OPPOSITES:
        if re.sub(rf"\b{high}", low, first) == second or re.sub(rf"\b{low}", high, first) == second:
            return True
    return SequenceMatcher(None, first, second).ratio() >= _LEAST_ALIKE


def specifics(engine: Engine, case: Case) -> tuple[Step, ...]:
    """Present findings whose kind would separate the leading diseases, the most separating first.

    Args:
        engine: The engine.
        case: The case; only its blinded part is looked at.
    """
    now = differential(engine, case)
    ontology, profiles, query = engine.knowledge.ontology, engine.profiles, now.patient.query
    if not query.present:
        return ()
    leaders = now.leaders[:_SEPARATED]
    shown, direct = shown_frequency(profiles, profiles.candidates[leaders])
    silent = silent_chance(profiles)
    weight = now.posterior[leaders] / max(float(now.posterior[leaders].sum()), 1e-12)
    taken = set(query.present).union(*(ontology.descendants[term].tolist() for term in query.excluded))
    found: list[tuple[float, int, int, Array]] = []
    for term in query.present:
        below = [one for one in ontology.descendants[term].tolist() if direct[one] and one not in taken]
        if not below:
            continue
        broader = limited(shown[:, term], silent[term])
        chance = np.clip(limited(shown[:, below], silent[below]) / broader[:, None], 0.0, 0.97)
        bits = gains(weight, chance)
        best = int(np.argmax(bits))
        if bits[best] >= _LEAST_BITS:
            found.append((float(bits[best]), term, below[best], chance[:, best]))
    found.sort(key=lambda item: (-item[0], item[1]))
    return tuple(_specific(engine, case, now, *item) for item in found[:_MOST])


def _specific(engine: Engine, case: Case, now: Differential, bits: float, term: int, kind: int, chance: Array) -> Step:
    ontology, names = engine.knowledge.ontology, engine.knowledge.diseases.names
    leaders = now.leaders[: len(chance)]
    high, low = int(leaders[int(np.argmax(chance))]), int(leaders[int(np.argmin(chance))])
    changed = differential(engine, _replaced(case, ontology, term, kind))
    before, after = float(now.posterior[high]), float(changed.posterior[high])
    name, other = (names[int(engine.profiles.candidates[place])] for place in (high, low))
    return Step(
        kind="specific",
        finding=ontology.id(term),
        label=ontology.label(term),
        claim=f"Which kind of {ontology.label(term)}? {ontology.label(kind)} ({ontology.id(kind)}) would separate "
        f"{name}, where about {float(chance.max()):.0%} of those with {ontology.label(term)} have it, from {other} "
        f"({float(chance.min()):.0%}). With it, {name} would have {after:.1%} instead of {before:.1%}",
        evidence=(_what_if(ontology, kind, before, after, {"bits": bits}),),
    )


def _what_if(ontology: Ontology, term: int, before: float, after: float, more: dict[str, str | float]) -> Evidence:
    values = {"term": ontology.id(term), "term_label": ontology.label(term), "before": before, "after": after, **more}
    return Evidence(kind="ontology", source="the case with this term instead", values=values)


def _replaced(case: Case, ontology: Ontology, term: int, other: int) -> Case:
    """The case with one finding replaced by another, keeping its onset."""
    changed = tuple(
        msgspec.structs.replace(finding, id=ontology.id(other), label=ontology.label(other))
        if finding.status == "present" and ontology.resolve(finding.id).terms == (term,)
        else finding
        for finding in case.findings
    )
    return msgspec.structs.replace(case, findings=changed)
