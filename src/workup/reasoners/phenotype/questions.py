"""What to ask next: the findings whose presence or absence is expected to settle the differential soonest.

Candidates are the findings that leading diseases are annotated with and that the case does not answer yet, by itself or
through the ontology. How they are chosen is told in :mod:`~workup.reasoners.phenotype.choosing`, how likely a
disease is to show them in :mod:`~workup.reasoners.phenotype.presence`, what they cost in
:mod:`~workup.reasoners.phenotype.looking`. What a yes or a no would do is what the engine makes of the case with that
answer added, no more and no less.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from workup.case import Case, Finding
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.choosing import Candidates, choose, entropy, gains, nearness
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoners.phenotype.looking import how
from workup.reasoners.phenotype.presence import limited, shown_frequency, silent_chance
from workup.reasoning import AnswerEffect, Chance, NextQuestion, Standing

# Diseases told apart by name; all others are one outcome, "not in the knowledge base" is another.
LEADERS = 50
# Of the thousand findings of the leaders, those whose answer alone gains most.
_SHORTLIST = 40
# What annotations say of a rare finding rests on one or two papers; what they say of a common one, on hundreds. A gain
# counts for the share of diseases that have the finding, to this power (docs/next-steps.md has what else was tried).
TRUST = 0.25
# Price of a question that nobody can answer, where one that is answered costs 1 more. A yes to what everybody expects
# tells little, so that the gain is best counted for each answer; but for a finding that nobody expects one asks long.
UNANSWERED = 0.3
# Power of the cost class. With 1, the questions that tell most were put off for too long.
COST = 0.25
_NAMED = 3
_CHANCES = 10


class Differential(msgspec.Struct, frozen=True):
    """The engine's opinion of a case at one moment.

    Attributes:
        patient: The case as the engine uses it.
        posterior: Probability of each candidate disease, ``(C,)``.
        unknown: Probability of "not in the knowledge base".
        leaders: Positions of the leading diseases, best first.
    """

    patient: Patient
    posterior: Array
    unknown: float
    leaders: Array

    @property
    def outcomes(self) -> Array:
        """Probabilities of the leaders, of all other diseases, and of "not in the knowledge base"."""
        leading = self.posterior[self.leaders]
        rest = max(1.0 - float(leading.sum()) - self.unknown, 0.0)
        return np.array([*leading.tolist(), rest, self.unknown])


class Open(msgspec.Struct, frozen=True):
    """The findings that may be asked for.

    Attributes:
        terms: Term indices, ``(M,)``.
        chance: ``P(present | disease)`` for the leaders, for all others and for diseases not known, ``(L + 2, M)``.
        cost: Cost classes, ``(M,)``.
    """

    terms: Array
    chance: Array
    cost: Array


def differential(engine: Engine, case: Case, leaders: int = LEADERS) -> Differential:
    """Rank a case; only its blinded part is looked at."""
    patient = engine.patient(case.blinded())
    scores = engine.scores(patient)
    posterior, unknown = engine.posterior(patient, scores)
    count = min(leaders, len(posterior))
    best = np.argpartition(-posterior, count - 1)[:count]
    return Differential(patient, posterior, unknown, best[np.lexsort((best, -posterior[best]))])


def open_questions(engine: Engine, now: Differential, without: Collection[str] = ()) -> Open:
    """What the annotations of the leaders leave to be asked, but for some ids."""
    ontology, profiles = engine.knowledge.ontology, engine.profiles
    shown, direct = shown_frequency(profiles, profiles.candidates[now.leaders])
    asked = direct & (ontology.branch == 1)
    asked[_answered(engine, now.patient)] = False
    asked[[term for name in without for term in ontology.resolve(name).terms]] = False
    terms = np.flatnonzero(asked)
    silent = silent_chance(profiles)
    chance = limited(shown[:, terms], silent[terms])
    for present in now.patient.query.present:
        # Who has the broader finding already is likelier to have this kind of it.
        below = np.isin(terms, ontology.descendants[present])
        if below.any():
            broader = limited(shown[:, present], silent[present])
            chance[:, below] = np.clip(chance[:, below] / broader[:, None], 0.0, 0.97)
    others = np.tile(silent[terms], (2, 1))
    cost = np.array([how(ontology, term).cost for term in terms.tolist()])
    return Open(terms, np.concatenate([chance, others]), cost)


def _answered(engine: Engine, patient: Patient) -> Array:
    """Terms whose presence or absence the case answers, and what was asked for in vain."""
    ontology = engine.knowledge.ontology
    found = [ontology.ancestors(term) for term in patient.query.present]
    found += [ontology.descendants[term] for term in patient.query.excluded]
    for finding in patient.case.findings:
        if finding.status == "unknown":
            # Who cannot tell whether there is a seizure cannot tell of which kind.
            found += [ontology.descendants[term] for term in ontology.resolve(finding.id).terms]
    return np.concatenate(found).astype(np.int64) if found else np.zeros(0, dtype=np.int64)


def trusted(engine: Engine, available: Open) -> Array:
    """How far what annotations say of each finding can be relied on, ``(M,)``."""
    share = engine.profiles.term_count[available.terms] / max(len(engine.profiles.candidates), 1)
    found: Array = np.maximum(share, 1e-9) ** TRUST
    return found


def price(now: Differential, available: Open, *, weigh_cost: bool = True) -> Array:
    """What each question is expected to cost, ``(M,)``: the asking, and the looking if the answer is yes.

    In clinical records hardly any finding is written down as absent, so that the chance of an answer is taken to
    be the chance of a yes.
    """
    expected: Array = UNANSWERED + now.outcomes @ available.chance
    return expected * available.cost**COST if weigh_cost else expected


def worth(engine: Engine, now: Differential, available: Open, *, weigh_cost: bool = True) -> Array:
    """What :func:`pick` takes the largest of first, ``(M,)``: the trusted gain for its price."""
    gain = gains(now.outcomes, available.chance)
    found: Array = gain * trusted(engine, available) / price(now, available, weigh_cost=weigh_cost)
    return found


def pick(
    engine: Engine, now: Differential, count: int, *, weigh_cost: bool = True, without: Collection[str] = ()
) -> list[tuple[int, float, Array]]:
    """The best questions in order.

    Returns:
        For each its term, its expected gain in bits given the answers to those before it, and
        ``P(present | disease)`` for the leaders, all others and diseases not known, ``(L + 2,)``.
    """
    available = open_questions(engine, now, without)
    if not len(available.terms) or count < 1:
        return []
    outcomes, ontology = now.outcomes, engine.knowledge.ontology
    cost = price(now, available, weigh_cost=weigh_cost)
    trust = trusted(engine, available)
    order = np.argsort(-worth(engine, now, available, weigh_cost=weigh_cost), kind="stable")
    short = np.sort(order[:_SHORTLIST])
    terms = available.terms[short].tolist()
    implies, likeness = nearness([frozenset(ontology.ancestors(term).tolist()) for term in terms])
    chance = available.chance[:, short]
    chosen = choose(Candidates(outcomes, chance, trust[short], cost[short], implies, likeness), count)
    return [(terms[place], gain, chance[:, place]) for place, gain in chosen]


def next_questions(
    engine: Engine,
    case: Case,
    count: int = 6,
    *,
    weigh_cost: bool = True,
    without: Collection[str] = (),
) -> tuple[NextQuestion, ...]:
    """The questions to ask next, best first.

    Args:
        engine: The engine.
        case: The case; only its blinded part is looked at.
        count: How many questions.
        weigh_cost: Whether cheap questions come before costly ones of the same gain.
        without: Ids of findings not to ask for.
    """
    now = differential(engine, case)
    ontology = engine.knowledge.ontology
    picked = pick(engine, now, count, weigh_cost=weigh_cost, without=without)
    found = []
    for term, gain, chance in picked:
        looking = how(ontology, term)
        expected = float(now.outcomes @ chance)
        found.append(
            NextQuestion(
                finding=ontology.id(term),
                label=ontology.label(term),
                kind=looking.kind,
                method=looking.method,
                cost=looking.cost,
                reason=looking.reason,
                gain=gain,
                present=_chances(engine, now, chance),
                background=float(chance[-1]),
                yes=_effect(engine, now, with_answer(case, ontology.id(term), "present"), expected),
                no=_effect(engine, now, with_answer(case, ontology.id(term), "excluded"), 1.0 - expected),
            )
        )
    return tuple(found)


def with_answer(case: Case, finding: str, status: str, label: str | None = None) -> Case:
    """The case with one more answer: ``present``, ``excluded`` or ``unknown``, marked as asked for."""
    answer = msgspec.convert({"id": finding, "label": label, "status": status, "asked": True}, Finding)
    return msgspec.structs.replace(case, findings=(*case.findings, answer))


def _effect(engine: Engine, before: Differential, case: Case, probability: float) -> AnswerEffect:
    after = differential(engine, case)
    return AnswerEffect(
        probability=min(max(probability, 0.0), 1.0),
        entropy=entropy(after.outcomes),
        unknown=after.unknown,
        leader=float(after.posterior[before.leaders[0]]),
        first=_standings(engine, after.leaders[:_NAMED], before.posterior, after.posterior),
    )


def _standings(engine: Engine, leaders: Array, before: Array, after: Array) -> tuple[Standing, ...]:
    diseases = engine.knowledge.diseases
    # The places before, ties in the order of the candidates.
    return tuple(
        Standing(
            id=diseases.ids[int(engine.profiles.candidates[place])],
            label=diseases.names[int(engine.profiles.candidates[place])],
            place_before=int((before > before[place]).sum() + (before[:place] == before[place]).sum()) + 1,
            before=float(before[place]),
            after=float(after[place]),
        )
        for place in leaders.tolist()
    )


def _chances(engine: Engine, now: Differential, chance: Array) -> tuple[Chance, ...]:
    diseases = engine.knowledge.diseases
    return tuple(
        Chance(id=diseases.ids[int(engine.profiles.candidates[place])], present=value)
        for place, value in zip(now.leaders.tolist(), chance.tolist(), strict=False)
    )


def by_kind(questions: Sequence[NextQuestion]) -> dict[str, list[NextQuestion]]:
    """The questions grouped as ask, examine and test, in this order; empty groups are left out."""
    groups = {kind: [one for one in questions if one.kind == kind] for kind in ("ask", "examine", "test")}
    return {kind: found for kind, found in groups.items() if found}
