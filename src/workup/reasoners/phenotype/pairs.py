"""Two diseases at once: the pair that explains a case best, shown only where it clearly beats one disease.

Each finding is taken to come from either disease with the same probability::

    LR(t, A and B) = (LR(t, A) + LR(t, B)) / 2
    score(A and B) = scale x sum over findings t of ln LR(t, A and B) + rest(A) + rest(B)

with ``rest`` what besides the present findings speaks for or against a disease. The half is what keeps a second
disease from being free: where one disease explains everything, adding another loses up to ``ln 2`` for every
finding. What the second disease must gain beyond that was set on development cases (docs/next-steps.md): more, and each
must explain findings that the other does not.
"""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
import numpy as np

from workup.case import Case
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoning import DiseasePair, Share

# What a pair must gain over the best single disease, natural-log units, and how many findings each of the two must
# explain better than the other: 195 of 200 single patients of one half of the publications stay below.
LEAST_ADVANTAGE = 4.0
LEAST_OWN = 3
_CLEARLY = math.log(3.0)
_SEEDS = 30
_SEEDS_OF_A_SYSTEM = 8
_MOST_SEEDS = 80
_PARTNERS = 10
# One finding never counts for more than this, so that products of ratios stay finite.
_MOST_LOG_RATIO = 12.0
# exp(-12) to the power of 32 is 1e-167: far from the least number that there is.
_FACTORS_AT_ONCE = 32


class Pair(msgspec.Struct, frozen=True):
    """Two candidate positions and what they explain together.

    Attributes:
        first: Position of the disease that explains more.
        second: Position of the other one.
        score: Score of both.
        own: Findings that each explains better than the other, by a factor of at least 3.
    """

    first: int
    second: int
    score: float
    own: tuple[int, int]


def _log_product(factors: Array) -> Array:
    """Log of the product of each column. Of a few factors at once: that of hundreds is nearer to 0 than numbers go."""
    starts = np.arange(0, len(factors), _FACTORS_AT_ONCE)
    found: Array = np.log(np.multiply.reduceat(factors, starts, axis=0)).sum(axis=0)
    return found


def pairs(engine: Engine, patient: Patient, count: int = 10) -> list[Pair]:
    """The best pairs, best first; empty with fewer than two findings or a score that is no sum over findings."""
    present = patient.query.present
    if len(present) < 2:
        return []
    everyone = np.arange(len(engine.profiles.candidates))
    explanation = engine.explain(patient, everyone)
    if np.abs(explanation.joint).max() > 1e-9:
        return []
    scale = engine.scale(patient)
    logs = np.clip(explanation.present / scale, -_MOST_LOG_RATIO, _MOST_LOG_RATIO)
    single = engine.scores(patient)
    rest = single - explanation.present.sum(axis=0)
    halves = np.exp(logs) / 2.0
    found: dict[tuple[int, int], float] = {}
    for seed in _seeds(engine, patient, single, logs, rest):
        total = scale * _log_product(halves + halves[:, seed : seed + 1]) + rest + rest[seed]
        total[seed] = -math.inf
        for partner in np.argpartition(-total, min(_PARTNERS, len(total) - 1))[:_PARTNERS].tolist():
            if partner != seed:
                found[(min(seed, partner), max(seed, partner))] = float(total[partner])
    ordered = sorted(found.items(), key=lambda item: (-round(item[1], 9), item[0]))[:count]
    return [_pair(one, other, score, logs) for (one, other), score in ordered]


def _pair(one: int, other: int, score: float, logs: Array) -> Pair:
    difference = logs[:, one] - logs[:, other]
    explained = logs[:, [one, other]] > 0.0
    own = (
        int(((difference >= _CLEARLY) & explained[:, 0]).sum()),
        int(((difference <= -_CLEARLY) & explained[:, 1]).sum()),
    )
    return Pair(one, other, score, own) if own[0] >= own[1] else Pair(other, one, score, own[::-1])


def _seeds(engine: Engine, patient: Patient, single: Array, logs: Array, rest: Array) -> list[int]:
    """Diseases to look for a partner of: the leaders for all findings, and for those of each body system."""
    systems: dict[str, list[int]] = defaultdict(list)
    for place, finding in enumerate(patient.normalised.findings[: len(logs)]):
        systems[finding.system or ""].append(place)
    found = dict.fromkeys(_first(single, _SEEDS))
    for places in systems.values():
        if 2 <= len(places) < len(logs):
            found |= dict.fromkeys(_first(logs[places].sum(axis=0) + rest, _SEEDS_OF_A_SYSTEM))
    return list(found)[:_MOST_SEEDS]


def _first(values: Array, count: int) -> list[int]:
    count = min(count, len(values))
    best = np.argpartition(-values, count - 1)[:count]
    ordered: list[int] = best[np.lexsort((best, -values[best]))].tolist()
    return ordered


def clearly_better(pair: Pair, best_single: float) -> bool:
    """Whether a pair is shown."""
    return pair.score - best_single >= LEAST_ADVANTAGE and min(pair.own) >= LEAST_OWN


def two_diseases(engine: Engine, case: Case) -> DiseasePair | None:
    """The two diseases that explain a case together, None unless that is clearly better than one.

    Args:
        engine: The engine.
        case: The case; only its blinded part is looked at.
    """
    patient = engine.patient(case.blinded())
    found = pairs(engine, patient, 10)
    if not found:
        return None
    best = float(engine.scores(patient).max())
    shown = next((pair for pair in found if clearly_better(pair, best)), None)
    return None if shown is None else describe(engine, patient, shown, best)


def describe(engine: Engine, patient: Patient, pair: Pair, best_single: float) -> DiseasePair:
    """A pair with names, and which disease explains which finding."""
    diseases = engine.knowledge.diseases
    places = np.array([pair.first, pair.second])
    indices = engine.profiles.candidates[places].tolist()
    ids = (diseases.ids[indices[0]], diseases.ids[indices[1]])
    weights = engine.explain(patient, places).present.tolist()
    shares = tuple(
        Share(
            finding=finding.id,
            label=finding.label or finding.id,
            explained_by="" if max(first, second) <= 0 else ids[0] if first >= second else ids[1],
            weights=(first, second),
        )
        for finding, (first, second) in zip(patient.normalised.findings, weights, strict=False)
    )
    return DiseasePair(
        ids=ids,
        labels=(diseases.names[indices[0]], diseases.names[indices[1]]),
        score=pair.score,
        advantage=pair.score - best_single,
        shares=shares,
    )
