"""The findings that the words of a case mention, where they stand, and what the words say of them.

Findings with places of their own (:attr:`Finding.spans <workup.case.Finding>`) are taken as they are; the words of
other cases are read with the rules of :mod:`workup.text`, which need the knowledge base.

>>> fever, rash = Finding("HP:1", status="excluded", spans=((3, 8),)), Finding("HP:2", spans=((14, 20),))
>>> case = Case(id="1", text="No fever, but a rash.", findings=(fever, rash))
>>> [(said.words, said.status) for said in mentioned(case)]
[('fever', 'excluded'), ('a rash', 'present')]
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from workup.case import Case, Finding, Status
from workup.evaluation.audits.variant import TEXT, Edit, moved, stem
from workup.text.context import qualify
from workup.text.document import Document
from workup.text.mention import Mention


class Said(msgspec.Struct, frozen=True):
    """One finding at one place.

    Attributes:
        id: Its HPO id.
        label: Its label.
        start: First character in the field of :func:`~workup.evaluation.audits.variant.stem`.
        end: One past the last.
        words: The words there.
        status: What they say of the patient.
        place: Its place among the case's coded findings; None when it is not coded.
    """

    id: str
    label: str
    start: int
    end: int
    words: str
    status: Status
    place: int | None = None


def mentioned(case: Case) -> tuple[Said, ...]:
    """The findings that the words of the case mention, by place; those said in several parts are left out."""
    field, text = stem(case)
    spans = [
        (span, place, finding)
        for place, finding in enumerate(case.findings)
        for span in finding.spans
        if field == TEXT and 0 <= span[0] < span[1] <= len(text)
    ]
    if spans:
        found = [_mention(finding, span) for span, _, finding in spans]
        qualified = qualify(text, found)
        said = [
            Said(finding.id, finding.label or finding.id, *span, text[slice(*span)], mention.status, place)
            for (span, place, finding), mention in zip(spans, qualified, strict=True)
        ]
        return tuple(sorted(said, key=lambda one: (one.start, one.end)))
    # What a question names is what is asked, and no finding of the patient.
    asked = [(start, end) for start, end in Document.of(text).sentences if text[start:end].rstrip().endswith("?")]
    return tuple(
        Said(mention.id, mention.label, mention.start, mention.end, text[mention.start : mention.end], mention.status)
        for mention in read(text)
        if not mention.parts and not any(start <= mention.start < end for start, end in asked)
    )


@lru_cache(maxsize=256)
def read(text: str) -> tuple[Mention, ...]:
    """What the words of any text mention, read with the built-in rules and the knowledge base in use."""
    if not text.strip():
        return ()
    from workup.knowledge import Knowledge
    from workup.text.extract import extract

    return extract(text, Knowledge.shared()).mentions


def statuses(text: str, said: Sequence[Said], edits: Sequence[Edit] = ()) -> list[Status | None]:
    """What a text says of findings whose places moved with some edits; None for one that is not there any more."""
    spans = [moved((one.start, one.end), edits) for one in said]
    there = [
        Mention(start=span[0], end=span[1], id=one.id, label=one.label, method="user")
        for one, span in zip(said, spans, strict=True)
        if span is not None and span[0] < span[1] <= len(text)
    ]
    found = iter(qualify(text, there))
    return [next(found).status if span is not None and span[0] < span[1] <= len(text) else None for span in spans]


def _mention(finding: Finding, span: tuple[int, int]) -> Mention:
    return Mention(start=span[0], end=span[1], id=finding.id, label=finding.label or finding.id, method="user")
