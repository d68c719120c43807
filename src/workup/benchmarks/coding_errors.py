"""Planted coding errors: does the engine see that a finding does not fit, and does it leave right ones alone?

One present finding of a real patient is replaced, by one of

* ``branch``: a finding of another organ system that some disease is annotated with;
* ``parent``: the next more general finding, an imprecise code rather than a wrong one;
* ``sibling``: another finding of the same parent, the slip that *Did you mean ...?* is made for.

What speaks up are the steps that a report shows: ``misfit`` (:mod:`workup.reasoners.phenotype.misfits`), which may
name what was meant, and ``unexplained`` (no leading candidate explains it). The patient as recorded is the
control: there every alarm counts as false, although a record may hold a slip of its own.

For example, Arachnodactyly of a patient with Marfan syndrome becomes Hepatic fibrosis, and is ``unexplained``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.case import Case, Finding
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.misfits import misfits
from workup.reasoners.phenotype.questions import differential

Error = Literal["branch", "parent", "sibling"]
ERRORS: tuple[Error, ...] = ("branch", "parent", "sibling")
LEAST_FINDINGS = 3
# As many leading candidates as a report looks at.
LEADERS = 5


class Spotted(msgspec.Struct, frozen=True):
    """What was said of one planted error, or of one patient as recorded.

    Attributes:
        publication: What the patient is grouped by.
        misfit: A *Did you mean ...?* is about the planted finding; of a control, about any finding.
        doubted: *Did you mean ...?*, or *does not fit the other findings*, is about the planted finding; of a control,
            about any finding.
        unexplained: The planted finding is explained by no leading candidate; of a control, any finding.
        mended: The suggestion is the finding that was replaced.
        alarms: Number of findings with either alarm.
        findings: Number of present findings.
    """

    publication: str
    misfit: bool
    unexplained: bool
    doubted: bool = False
    mended: bool = False
    alarms: int = 0
    findings: int = 0


def plant(benchmark: RareDisease, case: Case, error: Error, seed: int) -> tuple[Case, str, str] | None:
    """A case with one finding replaced; the new id and the old one. None when nothing can be replaced so.

    Args:
        benchmark: Whose ontology and annotations the replacement is drawn from.
        case: The case; findings keep their order.
        error: What kind of error.
        seed: Of the draw, with the id of the case.
    """
    ontology = benchmark.knowledge.ontology
    findings = benchmark.engine.patient(case.blinded()).normalised.findings
    draw = random.Random(f"{seed}:{case.id}:{error}")
    present = [finding for finding in findings if finding.status == "present"]
    taken = {term for finding in findings if (term := ontology.index(finding.id)) is not None}
    annotated = set(np.unique(benchmark.knowledge.annotations.term).tolist())
    for finding in draw.sample(present, len(present)):
        old = ontology.index(finding.id)
        if old is None:
            continue
        parents = [term for term in ontology.parents[old].tolist() if ontology.branch_of(term) == "phenotype"]
        choices: Sequence[int]
        if error == "parent":
            choices = [term for term in parents if ontology.is_finding(term)]
        elif error == "sibling":
            choices = [one for term in parents for one in ontology.children[term].tolist() if one in annotated]
        else:
            system = ontology.system_label(old)
            choices = [
                one
                for one in draw.sample(sorted(annotated), min(200, len(annotated)))
                if ontology.branch_of(one) == "phenotype"
                and ontology.is_finding(one)
                and ontology.system_label(one) != system
            ]
        related = taken.union(*(ontology.ancestors(term).tolist() for term in taken)) if error != "parent" else taken
        choices = [term for term in choices if term not in related]
        if choices:
            new = draw.choice(choices)
            planted = Finding(id=ontology.id(new), label=ontology.label(new))
            changed = tuple(planted if one is finding else one for one in findings)
            return msgspec.structs.replace(case, findings=changed), planted.id, finding.id
    return None


def spotted(benchmark: RareDisease, entry: Entry, error: Error | None, seed: int) -> Spotted | None:
    """What the engine says of a patient with a planted error, or as recorded when there is none.

    None when no error of the kind can be planted.
    """
    case, new, old = entry.case, "", ""
    if error is not None:
        planted = plant(benchmark, case, error, seed)
        if planted is None:
            return None
        case, new, old = planted
    blinded = case.blinded()
    steps = [step for step in misfits(benchmark.engine, blinded) if step.finding]
    suggested = {step.finding: str(term) for step in steps if (term := step.evidence[0].values.get("term"))}
    doubted = {step.finding for step in steps}
    alone = unexplained(benchmark.engine, blinded)
    return Spotted(
        publication=entry.publication,
        misfit=new in suggested if new else bool(suggested),
        unexplained=new in alone if new else bool(alone),
        doubted=new in doubted if new else bool(doubted),
        mended=bool(new) and suggested.get(new) == old,
        alarms=len(doubted | alone),
        findings=len(benchmark.engine.patient(blinded).query.present),
    )


def unexplained(engine: Engine, case: Case) -> set[str]:
    """Ids of the present findings that speak against every leading candidate, as a report lists them."""
    now = differential(engine, case)
    present = now.patient.query.present
    if not present:
        return set()
    weights = engine.explain(now.patient, now.leaders[:LEADERS]).present
    return {engine.knowledge.ontology.id(term) for term, row in zip(present, weights, strict=True) if (row < 0).all()}
