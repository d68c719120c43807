"""Explanations of a label, right or with one planted fault, for the patients of :mod:`workup.simulate.cohorts`.

    right            "Five small joints are affected. RF is 52 and ACPA 8. CRP is raised. ... Not RA."
    wrong fact       one value of the record is changed
    wrong criterion  the points of a level, or a limit, are changed
    irrelevant       only what no criterion looks at: age, sex, stiffness, urate, a hobby
    missing key      so little is named that the label does not follow

Shows: whether a checker of explanations finds the fault that was planted. Cannot show: how it does on what models or
doctors write; wording is ours, one fault each, and the same hands wrote the checker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, get_args

import msgspec
import numpy as np

from workup.case import Case
from workup.knowledge.criteria import Counted, CriteriaSet, DomainScore, Value, criteria
from workup.simulate.cohorts import RA
from workup.simulate.labelling import labelled
from workup.text.record_values import read_values

Fault = Literal["right", "wrong fact", "wrong criterion", "irrelevant", "missing key"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
LIMITS = "wording is ours, with one planted fault each"

_JOINTS = (
    "The patient has {small:g} small joints and {large:g} large joints involved.",
    "On examination {small:g} tender small joints and {large:g} large joints were found.",
    "Small joint count is {small:g}. Large joint count is {large:g}.",
)
_LABS = (
    "RF is {rf:g} and anti-CCP is {acpa:g}.",
    "The rheumatoid factor was {rf:g}. ACPA was {acpa:g}.",
    "Rheumatoid factor level of {rf:g}, anti-citrullinated peptide antibodies of {acpa:g}.",
)
_PHASE = (
    "CRP is {crp:g} and the ESR is {esr:g}.",
    "C-reactive protein was {crp:g}. The sedimentation rate was {esr:g}.",
    "There is a CRP level of {crp:g} with an ESR of {esr:g}.",
)
_DURATION = ("Symptoms have lasted {weeks:g} weeks.", "It began {weeks:g} weeks ago.", "Duration: {weeks:g} weeks.")
_CRITERION = (
    "{title} {are} worth {points:g} {unit}.",
    "{title} {give} {points:g} {unit}.",
    "By the 2010 criteria {title} {give} {points:g} {unit}.",
)
_TELLABLE: Mapping[str, tuple[str, str]] = {
    "more than 10 joints, at least one small": ("more than 10 joints with at least one small", "s"),
    "4-10 small joints": ("4-10 small joints", "s"),
    "1-3 small joints": ("1-3 small joints", "s"),
    "2-10 large joints": ("2 to 10 large joints", "s"),
    "1 large joint": ("1 large joint", ""),
    "high-positive RF or ACPA": ("high-positive serology", ""),
    "low-positive RF or ACPA": ("low-positive serology", ""),
    "negative RF and ACPA": ("negative serology", ""),
    "abnormal CRP or ESR": ("elevated acute-phase reactants", "s"),
    "normal CRP and ESR": ("normal acute-phase reactants", "s"),
    "at least 6 weeks": ("a duration of at least 6 weeks", ""),
    "less than 6 weeks": ("a duration of less than 6 weeks", ""),
}
_IRRELEVANT = (
    "The patient is {age} years old.",
    "The patient enjoys gardening.",
    "Morning stiffness lasts {stiffness:g} minutes.",
    "There is a cat at home.",
    "The patient works in an office.",
)
_ENDS = {True: ("Therefore this is RA.", "Overall this speaks for RA."), False: ("So this is not RA.", "Not RA.")}


class Explained(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An explanation and what is planted in it.

    Attributes:
        case: Id of the patient.
        label: The label it explains.
        text: The explanation.
        fault: What is planted.
        provenance: That it is simulated.
    """

    case: str
    label: str
    text: str
    fault: Fault
    provenance: dict[str, object]


def explanations(cases: Iterable[Case], seed: int, faults: Sequence[Fault] = FAULTS) -> Iterator[Explained]:
    """One explanation a patient, faults in turn; a fault that a patient cannot carry is left out.

    The label explained is what the criteria say, so that the explanation can be right.
    """
    rules = criteria("ra-2010")
    for number, case in enumerate(cases):
        values = read_values(case.text or "")
        counted = rules.count(values)
        if counted.met is None:
            continue
        random = np.random.default_rng((seed, number))
        fault = faults[number % len(faults)]
        text = _write(fault, values, counted, rules, case, random)
        if text is not None:
            label = RA if counted.met else "not RA"
            yield Explained(case.id, label, text, fault, labelled("explanations", seed=seed, limits=LIMITS))


def explain_right(case: Case, seed: int = 0) -> str:
    """A right explanation of what the criteria say of a patient, as far as they can be counted."""
    rules = criteria("ra-2010")
    values = read_values(case.text or "")
    return _write("right", values, rules.count(values), rules, case, np.random.default_rng(seed)) or ""


def explained(cases: Iterable[Case]) -> Iterator[Case]:
    """The cases with a right explanation as the steps of their reference, as a clinic's notes would have it."""
    for number, case in enumerate(cases):
        steps = (explain_right(case, number),)
        reference = None if case.reference is None else msgspec.structs.replace(case.reference, steps=steps)
        yield msgspec.structs.replace(case, reference=reference)


def _write(
    fault: Fault,
    values: Mapping[str, Value],
    counted: Counted,
    rules: CriteriaSet,
    case: Case,
    random: np.random.Generator,
) -> str | None:
    def pick(templates: Sequence[str]) -> str:
        return templates[int(random.integers(len(templates)))]

    end = pick(_ENDS[bool(counted.met)])
    if fault == "irrelevant":
        chosen = random.permutation(len(_IRRELEVANT))[:3]
        age = (case.age or "P50Y")[1:-1]
        told = [_IRRELEVANT[one].format(age=age, stiffness=values.get("stiffness_minutes", 0)) for one in chosen]
        return " ".join([*told, end])
    said = dict(values)
    if fault == "wrong fact":
        name = ("small_joints", "rf", "crp", "duration_weeks")[int(random.integers(4))]
        if name not in said:
            name = "small_joints"
        said[name] = float(said[name]) + float(random.integers(2, 9))
    parts = {
        "joints": _filled(pick(_JOINTS), said),
        "serology": _filled(pick(_LABS), said),
        "acute_phase": _filled(pick(_PHASE), said),
        "duration": _filled(pick(_DURATION), said),
    }
    wrong = int(random.integers(len(rules.domains))) if fault == "wrong criterion" else -1
    order = [(place, one) for place, one in enumerate(counted.domains) if one.level and parts[one.domain]]
    if fault == "wrong criterion" and wrong not in [place for place, _ in order]:
        wrong = order[0][0]
    told = []
    kept = order
    if fault == "missing key":
        kept = _too_little(order, counted, rules, random)
        if not kept:
            return None
    for place, score in kept:
        told.append(parts[score.domain])
        points = score.points + (1 + int(random.integers(2)) if place == wrong else 0)
        title, plural = _TELLABLE[score.level]
        sentence = pick(_CRITERION).format(
            title=title,
            points=points,
            are="are" if plural else "is",
            give="give" if plural else "gives",
            unit="point" if points == 1 else "points",
        )
        told.append(sentence[0].upper() + sentence[1:])
    return " ".join([*told, end])


def _filled(template: str, values: Mapping[str, Value]) -> str:
    """A template with values; without a sentence whose value is not known."""
    names = {
        "small": "small_joints", "large": "large_joints", "weeks": "duration_weeks",
        "rf": "rf", "acpa": "acpa", "crp": "crp", "esr": "esr",
    }  # fmt: skip
    known = {short: float(values[name]) for short, name in names.items() if name in values}
    try:
        return template.format(**known)
    except KeyError:
        shorts = {
            "rf": "RF is {rf:g}.",
            "acpa": "ACPA is {acpa:g}.",
            "crp": "CRP is {crp:g}.",
            "esr": "ESR is {esr:g}.",
        }
        usable = [text.format(**known) for short, text in shorts.items() if "{" + short in template and short in known]
        return " ".join(usable)


def _too_little(
    order: Sequence[tuple[int, DomainScore]], counted: Counted, rules: CriteriaSet, random: np.random.Generator
) -> list[tuple[int, DomainScore]]:
    """Some domains that do not settle what the criteria say; none when any part would."""
    most = {one.name: max(level.points for level in one.levels) for one in rules.domains}
    points = {one.domain: one.points for one in counted.domains}
    for size in (2, 1):
        for _ in range(6):
            chosen = sorted(random.permutation(len(order))[:size].tolist())
            named = {order[one][1].domain for one in chosen}
            low = sum(points[name] for name in named)
            high = low + sum(most[name] for name in most if name not in named)
            if (counted.met and low < rules.threshold) or (not counted.met and high >= rules.threshold):
                return [order[one] for one in chosen]
    return []
