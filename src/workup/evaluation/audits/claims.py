"""Is what a reasoner says of the patient true of the record? Its claims, checked one by one.

A claim is a finding that a step says is there or is not, a value, a quotation, or a finding named in free words. Each
is looked up in the record: ``true``, ``false`` (the record says the opposite), ``absent`` (the record says nothing of
it) or ``open`` (nothing to check it by).

Source: dossier of system 75 (right prediction, wrong reasoning): claims mapped to findings, verified for presence,
absence and value.

>>> from workup.case import Finding
>>> case = Case(id="1", text="Fever, no rash.", findings=(Finding("HP:1", label="Fever"),
...     Finding("HP:2", label="Rash", status="excluded")))
>>> steps = (Step(kind="finding", claim="a rash", finding="HP:2"), Step(kind="finding", claim="fever", finding="HP:1"))
>>> [(claim.words, claim.verdict) for claim in claims(case, Reasoning(reasoner="x", steps=steps))]
[('a rash', 'false'), ('fever', 'true')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

import msgspec

from workup.case import Case
from workup.evaluation.audits.material import words
from workup.evaluation.audits.mentions import read
from workup.reasoning import Reasoning, Step
from workup.text.quantities import Quantity, numbers

Truth = Literal["true", "false", "absent", "open"]
_SPACES = re.compile(r"\s+")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim.

    Attributes:
        words: What is claimed.
        kind: ``finding``, ``value``, ``quote`` or ``words``.
        finding: Id of the finding it is about; empty for none.
        verdict: What the record says of it.
        why: Why, in words.
    """

    words: str
    kind: str
    finding: str = ""
    verdict: Truth
    why: str = ""


def claims(case: Case, reasoning: Reasoning, *, free: bool = False) -> tuple[Claim, ...]:
    """The claims about the patient that the given answer rests on.

    Args:
        case: The case, with its record.
        reasoning: What was concluded.
        free: Read the free words too, with the rules of :mod:`workup.text`; needs the knowledge base.
    """
    found = [claim for step in _steps(reasoning) for claim in _of_step(case, step)]
    if free and reasoning.text.strip():
        found += _of_words(case, reasoning.text)
    return tuple(found)


def _steps(reasoning: Reasoning) -> Iterator[Step]:
    """The steps, and what speaks for the first hypothesis."""
    yield from reasoning.steps
    if reasoning.differential:
        yield from (step for step in reasoning.differential[0].contributions if step.weight > 0)


def _of_step(case: Case, step: Step) -> Iterator[Claim]:
    if step.kind in ("finding", "excluded") and step.finding:
        wanted = "present" if step.kind == "finding" else "excluded"
        status = _status(case, step.finding, step.label)
        verdict: Truth = "absent" if status is None else "true" if status == wanted else "false"
        why = "the record does not tell it" if status is None else f"the record has it as {status}"
        yield Claim(words=step.claim, kind="finding", finding=step.finding, verdict=verdict, why=why)
        record = [(one.value, one.unit) for one in _quantities(case)]
        for one in numbers(step.claim, 0, len(step.claim)):
            if one.unit:
                fits = (one.value, one.unit) in record
                yield Claim(
                    words=f"{one.value:g} {one.unit}",
                    kind="value",
                    finding=step.finding,
                    verdict="true" if fits else "absent",
                    why="the record has this value" if fits else "no such value in the record",
                )
    for evidence in step.evidence:
        if evidence.kind == "finding" and evidence.quote:
            there = _plain(evidence.quote) in _plain(words(case))
            yield Claim(
                words=evidence.quote,
                kind="quote",
                finding=step.finding or "",
                verdict="true" if there else "absent",
                why="word for word in the record" if there else "these words are not in the record",
            )


def _quantities(case: Case) -> Iterator[Quantity]:
    text = words(case)
    return numbers(text, 0, len(text))


def _status(case: Case, finding: str, label: str | None) -> str | None:
    """What the record says of a finding: of the coded one by id or label."""
    for one in case.findings:
        if one.id == finding or (label and one.label and one.label.casefold() == label.casefold()):
            return one.status
    return None


def _of_words(case: Case, text: str) -> Iterator[Claim]:
    """Findings that free words name, against those that the record names or codes."""
    record = {one.id: one.status for one in read(words(case))}
    record.update({one.id: one.status for one in case.findings})
    seen: set[tuple[str, str]] = set()
    for mention in read(text):
        if mention.status == "unknown" or (mention.id, mention.status) in seen:
            continue
        seen.add((mention.id, mention.status))
        status = record.get(mention.id)
        # What a text denies and the record does not tell is no false claim.
        verdict: Truth = (
            "true" if status == mention.status else "false" if status in ("present", "excluded") else "absent"
        )
        if verdict == "absent" and mention.status == "excluded":
            verdict = "open"
        yield Claim(
            words=mention.words(text),
            kind="words",
            finding=mention.id,
            verdict=verdict,
            why="the record does not tell it" if status is None else f"the record has it as {status}",
        )


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text).strip().casefold()
