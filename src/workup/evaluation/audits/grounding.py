"""Every number that is said, traced to where it comes from: the record, or the evidence beside it.

Ids, the numbering of lists and the keys of the options are no numbers about a patient and are left out. A number that
stands neither in the case nor in the evidence or the weight of its step is not grounded: it may be right, and nobody
can see why.

>>> case = Case(id="1", text="Potassium 2.9 mmol/L.")
>>> [(one.written, one.grounded) for one in traced(case, Reasoning(reasoner="x", text="Potassium is 2.9, sodium 131."))]
[('2.9', True), ('131', False)]
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import msgspec

from workup.case import Case
from workup.evaluation.audits.figures import Figure, rate
from workup.evaluation.audits.material import Material, words
from workup.reasoning import Evidence, Reasoning, Step

# Not part of a word, an id (HP:0001250, PMID:1), a version or a date.
_NUMBER = re.compile(r"(?<![\w:./-])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w])|(?<![\w:./-])\d+(?:\.\d+)?(?![\w:]|[./-]\d)")
_ANY = re.compile(r"\d+(?:\.\d+)?")
_NUMBERING = re.compile(r"^[ \t]*(?:\(?\d{1,2}[.):]|[-*])[ \t]+|\b(?:step|first) \d+\b", re.I | re.M)
# Beyond this a factor is not written out.
_LARGEST = 30.0
_CITED = re.compile(r"\[[A-Z]?\d+(?:, ?[A-Z]?\d+)*\]")


class Traced(msgspec.Struct, frozen=True):
    """One number: as it is written, whether it is grounded, and the words around it."""

    written: str
    grounded: bool
    around: str


def traced(case: Case, reasoning: Reasoning) -> Iterator[Traced]:
    """The numbers of a reasoning's words and claims."""
    known = set(_values(_record(case)))
    keys = set(case.question.options) if case.question else set()
    yield from _of(reasoning.text, known, keys)
    for step in _steps(reasoning):
        yield from _of(step.claim, known | set(_evidence(step)) | _weight(step), keys)


def _steps(reasoning: Reasoning) -> Iterator[Step]:
    yield from reasoning.steps
    if reasoning.differential:
        yield from reasoning.differential[0].contributions


def _record(case: Case) -> str:
    findings = " ".join(f"{one.label or ''} {one.onset or ''}" for one in case.findings)
    return f"{words(case)} {case.age or ''} {findings}"


def _evidence(step: Step) -> Iterator[float]:
    for one in step.evidence:
        yield from _values(_said(one))


def _weight(step: Step) -> set[float]:
    """The step's weight as words state it: as a factor, to two or three digits.

    >>> sorted(_weight(Step(kind="finding", claim="2.1 times as likely", weight=0.73)))
    [0.73, 2.08, 2.1]
    """
    if not step.weight or abs(step.weight) > _LARGEST:
        return set()
    factor = math.exp(abs(step.weight))
    return {float(f"{factor:.2g}"), float(f"{factor:.3g}"), float(f"{abs(step.weight):.2g}")}


def _said(one: Evidence) -> str:
    return f"{one.quote} {one.source} {msgspec.json.encode(one.values).decode()}"


def _values(text: str) -> Iterator[float]:
    for match in _ANY.finditer(text.replace(",", "")):
        yield float(match[0])


def _of(text: str, known: set[float], keys: set[str]) -> Iterator[Traced]:
    plain = _CITED.sub(lambda match: " " * len(match[0]), _NUMBERING.sub(lambda match: " " * len(match[0]), text))
    for match in _NUMBER.finditer(plain):
        if match[0] in keys:
            continue
        around = text[max(0, match.start() - 30) : match.end() + 30]
        yield Traced(match[0], float(match[0].replace(",", "")) in known, around)


def grounding(material: Material, *, seed: int = 0) -> tuple[Figure, ...]:
    """The share of grounded numbers over the original cases."""
    found = [
        (one, record.cluster)
        for record in material.records
        if record.attempt.reasoning is not None
        for one in traced(record.case, record.attempt.reasoning)
    ]
    note = "" if found else "no number is said"
    hits = [one.grounded for one, _ in found]
    return (rate("numbers", "grounded", hits, [cluster for _, cluster in found], seed=seed, note=note),)
