"""A cohort of a rheumatology clinic, labelled by criteria: rheumatoid arthritis and four look-alikes.

    drawn     osteoarthritis: 8 small joints, RF 6 (14), CRP 2 (5), duration 150 weeks, Heberden nodes
    counted   2010 ACR/EULAR: joints 3, serology 0, acute phase 0, duration 1: 4 of at least 6, not met
    label     not RA

A disease is drawn, then values as the disease would have them, until the criteria agree with the disease. Then a share
of the patients gets noise: a laboratory value that was not done, or a false positive or negative one. The label stays
that of the disease, so that criteria and label differ in some patients, as they do in a clinic.

Shows: whether a reasoner counts, whether its explanation fits the record, whether it copies. Cannot show: how often any
of this happens in a clinic. Shares of diseases and distributions of values are ours, and the values are independent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, get_args

import msgspec
import numpy as np
from msgspec import Meta

from workup.case import Case, Question, Reference, Sex
from workup.knowledge.criteria import Value, criteria
from workup.simulate.labelling import labelled
from workup.text.record_values import write_values

LIMITS = "distributions and shares of diseases are ours; a label by criteria is no clinician's diagnosis"
RA, OTHER = "RA", "not RA"

Disease = Literal["RA", "osteoarthritis", "gout", "viral arthritis", "lupus-like"]
DISEASES: tuple[Disease, ...] = get_args(Disease)
UPPER = {"rf": 14.0, "acpa": 20.0, "crp": 5.0, "esr": 20.0}
UNITS = {"rf": "IU/mL", "acpa": "U/mL", "crp": "mg/L", "esr": "mm/h", "urate": "mg/dL", "stiffness_minutes": "min"}
QUESTION = Question(
    "Does the patient have rheumatoid arthritis (RA)? Give the label and explain it with findings of the record and "
    "the 2010 ACR/EULAR criteria.",
    options={RA: "rheumatoid arthritis", OTHER: "another disease"},
    form="label",
)


class _Profile(msgspec.Struct, frozen=True):
    """How a disease shows: ranges of counts, and chances of what is there or raised."""

    small: tuple[int, int]
    large: tuple[int, int]
    weeks: tuple[float, float]
    stiffness: tuple[int, int]
    rf: float
    acpa: float
    inflamed: float
    urate: tuple[float, float] = (3.0, 6.0)
    signs: tuple[str, ...] = ()


_SIGNS = ("rash", "ana", "crystals", "heberden_nodes", "sick_contact")
_PROFILES: dict[Disease, _Profile] = {
    "RA": _Profile((2, 24), (0, 6), (6, 160), (45, 180), 0.75, 0.7, 0.85),
    "osteoarthritis": _Profile((0, 8), (0, 4), (26, 520), (0, 25), 0.05, 0.0, 0.1, signs=("heberden_nodes",)),
    "gout": _Profile((0, 1), (1, 2), (0.3, 3), (0, 30), 0.03, 0.0, 0.8, (7.0, 11.0), ("crystals",)),
    "viral arthritis": _Profile((2, 14), (0, 6), (0.5, 4), (20, 90), 0.1, 0.0, 0.5, signs=("rash", "sick_contact")),
    "lupus-like": _Profile((1, 8), (0, 4), (4, 80), (10, 60), 0.15, 0.02, 0.5, signs=("ana", "rash")),
}


class CohortOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in the cohort.

    Attributes:
        ra: Share of rheumatoid arthritis; the look-alikes share the rest evenly.
        noise: Share of patients with one laboratory value that misleads or was not done.
    """

    ra: Annotated[float, Meta(ge=0, le=1)] = 0.5
    noise: Annotated[float, Meta(ge=0, le=1)] = 0.1


def cohort(n: int, seed: int, options: CohortOptions | None = None) -> Iterator[Case]:
    """Draw patients; patient i depends on the seed and on i alone.

    The record is the case's text (:func:`workup.text.record_values.read_values`), the disease drawn is in the
    provenance.

    >>> case = next(cohort(1, 0))
    >>> case.reference.answer in (RA, OTHER), case.provenance["simulated"]
    (True, True)
    """
    chosen, rules = options or CohortOptions(), criteria("ra-2010")
    for number in range(n):
        random = np.random.default_rng((seed, number))
        others: Sequence[Disease] = DISEASES[1:]
        disease: Disease = "RA" if random.random() < chosen.ra else others[int(random.integers(len(others)))]
        values = _values(disease, random)
        while rules.count(values).met is not (disease == "RA"):
            values = _values(disease, random)
        noise = _disturb(values, disease, random) if random.random() < chosen.noise else ""
        counted = rules.count(values)
        age = int(random.integers(*((50, 85) if disease in ("osteoarthritis", "gout") else (20, 75))))
        sex: Sex = "female" if random.random() < (0.15 if disease == "gout" else 0.7) else "male"
        yield Case(
            id=f"simulated-{seed}-{number}",
            sex=sex,
            age=f"P{age}Y",
            text=write_values(values, UNITS),
            question=QUESTION,
            reference=Reference(answer=RA if disease == "RA" else OTHER, steps=(counted.why,)),
            provenance=labelled(
                "cohort", seed=seed, limits=LIMITS, disease=disease, points=counted.points, met=counted.met, noise=noise
            ),
        )


def _values(disease: Disease, random: np.random.Generator) -> dict[str, Value]:
    profile = _PROFILES[disease]
    values: dict[str, Value] = {
        "small_joints": float(random.integers(profile.small[0], profile.small[1] + 1)),
        "large_joints": float(random.integers(profile.large[0], profile.large[1] + 1)),
        "synovitis": True,
        # Nobody has judged yet whether another disease explains it better; the label would stand in the record.
        "better_explained": False,
        "duration_weeks": round(float(random.uniform(*profile.weeks)), 0),
        "stiffness_minutes": float(random.integers(profile.stiffness[0], profile.stiffness[1] + 1)),
    }
    chances = {"rf": profile.rf, "acpa": profile.acpa, "crp": profile.inflamed, "esr": profile.inflamed}
    for name, chance in chances.items():
        times = random.uniform(1.1, 8.0) if random.random() < chance else random.uniform(0.1, 0.95)
        values[name], values[f"{name}_upper"] = float(round(times * UPPER[name])), UPPER[name]
    values["urate"] = round(float(random.uniform(*profile.urate)), 1)
    for sign in _SIGNS:
        values[sign] = bool(random.random() < (0.75 if sign in profile.signs else 0.03))
    return values


def _disturb(values: dict[str, Value], disease: Disease, random: np.random.Generator) -> str:
    """One laboratory value misleads, or was not done."""
    name = ("rf", "acpa", "crp")[int(random.integers(3))]
    if random.random() < 0.5:
        del values[name], values[f"{name}_upper"]
        return f"{name} not done"
    misleading = 0.5 if disease == "RA" else 4.0
    values[name] = float(round(misleading * UPPER[name]))
    return f"{name} false {'negative' if disease == 'RA' else 'positive'}"
