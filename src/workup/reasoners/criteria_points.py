"""Answer by counting the points of classification criteria on a structured record.

Method: 2010 ACR/EULAR criteria for rheumatoid arthritis (Aletaha et al. 2010), or another set of criteria.

    record   Small joints: 5 · Rf: 52 IU/mL (upper limit 14) · Duration weeks: 8 · ...
    answer   RA, 3 + 3 + 0 + 1 = 7 of at least 6 points, with the line of the record behind each point

When values that are not known could decide, it abstains. Criteria classify; they do not diagnose, and it says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from workup.case import Form
from workup.errors import Issue
from workup.knowledge.criteria import NOT_DIAGNOSTIC, CriteriaSet, DomainScore, Value, criteria
from workup.reasoners.method import Method, Task, all_but, chosen
from workup.reasoners.options import Options
from workup.reasoning import Evidence, Reasoning, Step
from workup.text.record_values import read_values, write_values


class CriteriaOptions(Options, frozen=True, kw_only=True):
    """Which criteria, and which labels mean what.

    Attributes:
        criteria: Name of a set of this package, or a JSON file.
        met: Label that is given when they are met.
        other: Label that is given when they are not.
    """

    criteria: str = "ra-2010"
    met: str = "RA"
    other: str = "not RA"


class CriteriaPoints(Method[CriteriaOptions]):
    """Counts; each domain is a step with the lines of the record it rests on."""

    name = "criteria-points"
    needs = ()
    options = CriteriaOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but("choice", "label", "rationale", why="criteria answer with a label")

    def work(self, task: Task[CriteriaOptions]) -> Reasoning:
        """Read the record and count."""
        options = task.options
        rules = self.once((options.criteria,), lambda: criteria(options.criteria))
        for label in (options.met, options.other):
            if label not in task.question.options:
                return task.abstains(
                    f"the question has no label {label}; name its labels with the options met and other"
                )
        values = read_values(task.case.text or "")
        known = {name: value for name, value in values.items() if name in rules.values()}
        counted = rules.count(known)
        task.versions["criteria"] = rules.name
        task.issues["criteria"] = Issue(message=NOT_DIAGNOSTIC, code="criteria", severity="info")
        task.note(*(_step(one, rules, known) for one in counted.domains))
        if counted.met is None:
            return task.abstains(f"values that are not known could decide: {counted.why}")
        decision = f"{counted.points:g} of at least {rules.threshold:g} points"
        task.note(Step(kind="decision", claim=decision))
        text = explanation(counted.domains, rules, known)
        return task.reasoning(chosen(task.question, options.met if counted.met else options.other, 0.0), text=text)


def _step(score: DomainScore, rules: CriteriaSet, known: Mapping[str, Value]) -> Step:
    """The domain's points, with what the record says."""
    lines = _lines(score, rules, known)
    evidence = (Evidence(kind="finding", source="the record", quote=lines, supported=True),) if lines else ()
    rule = Evidence(kind="parameter", source=rules.source, quote=f"{score.level or 'not known'}: {score.points:g}")
    return Step(
        kind="finding",
        claim=f"{score.title}: {score.level or 'not known'}",
        weight=score.points,
        evidence=(*evidence, rule),
    )


def _lines(score: DomainScore, rules: CriteriaSet, known: Mapping[str, Value]) -> str:
    domain = next(one for one in rules.domains if one.name == score.domain)
    return write_values({name: known[name] for name in sorted(domain.values()) if name in known})


def explanation(scores: tuple[DomainScore, ...], rules: CriteriaSet, known: Mapping[str, Value]) -> str:
    """The points in words: why the criteria apply, then for each domain lines of the record and what they are worth."""
    entry = {name: known[name] for one in rules.entry for name in one.value if name in known}
    told = [f"{line}." for line in write_values(entry).splitlines()]
    for one in scores:
        told += [f"{line}." for line in _lines(one, rules, known).splitlines()]
        if one.level:
            unit = "point" if one.points == 1 else "points"
            told.append(f"{one.level[0].upper()}{one.level[1:]}: {one.points:g} {unit}.")
    points = sum(one.points for one in scores)
    return "\n".join([*told, f"{points:g} points; at least {rules.threshold:g} are needed."])
