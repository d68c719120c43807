"""A case and a changed copy of it: what was edited, where, what should follow, and a check that nothing else changed.

    original   ... She has seizures. There is no fever.
    edit       text, characters 12-20: "seizures" -> "no seizures"
    variant    ... She has no seizures. There is no fever.        expectation: must flip

>>> case = Case(id="7", text="She has seizures. There is no fever.")
>>> edit = Edit(field="text", start=8, end=16, before="seizures", after="no seizures")
>>> changed = edited(case, [edit])
>>> changed.text, unlike(case, changed, [edit])
('She has no seizures. There is no fever.', ())
>>> unlike(case, msgspec.structs.replace(changed, sex="male"), [edit])
('sex changed, which no edit names',)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from workup.case import Case, Finding, Question

Expectation = Literal[
    "must-flip",  # another answer is right now
    "must-hold",  # nothing that matters has changed
    "open",  # nobody knows; the change of the answer is reported and not judged
    "control",  # a condition to compare with, such as the options without the question
]

TEXT = "text"
QUESTION = "question"
OPTION = "option:"
FINDING = "finding:"
LANGUAGE = "language"


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One replacement.

    Attributes:
        field: ``text``, ``question``, ``option:KEY``, ``finding:PLACE``, ``findings``, ``options``, ``language``,
            ``sex`` or ``age``.
        start: First character of the original field that is replaced.
        end: One past the last one.
        before: What stood there. Of ``finding:PLACE`` the status; of ``findings`` the places in order, of ``options``
            the keys.
        after: What stands there now. Of ``finding:PLACE`` the new status, empty when it is gone; of ``findings`` the
            original places in the new order; of ``options`` the original key behind each new key.
    """

    field: str
    start: int = 0
    end: int = 0
    before: str = ""
    after: str = ""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A changed copy of a case.

    Attributes:
        case: The copy, with the truth as it is now.
        perturbation: Name of what was done.
        number: Which of several, from 0.
        edits: Every change of the case's content.
        expectation: What should follow.
        target: Id of the finding that it is about; empty for none.
        expected: Keys of the right answers now, where a flip leads to a known one.
        keys: Original key behind each option of the copy; empty when they are the same.
        note: What a reader must know.
        faults: What the perturbation itself found wrong with the copy; one with faults is thrown away.
    """

    case: Case
    perturbation: str
    number: int = 0
    edits: tuple[Edit, ...] = ()
    expectation: Expectation = "must-hold"
    target: str = ""
    expected: tuple[str, ...] = ()
    keys: dict[str, str] = {}
    note: str = ""
    faults: tuple[str, ...] = ()


def stem(case: Case) -> tuple[str, str]:
    """The words of the case and the field they stand in: its text, or the question where that tells the case.

    >>> stem(Case(id="1", question=Question("A boy has a rash. Which is it?")))
    ('question', 'A boy has a rash. Which is it?')
    """
    if case.text and case.text.strip():
        return TEXT, case.text
    return QUESTION, case.question.text if case.question else ""


def replaced(text: str, edits: Sequence[Edit]) -> str:
    """A text with some stretches replaced.

    Raises:
        ValueError: An edit does not fit the text, or two overlap.
    """
    parts, place = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < place or text[edit.start : edit.end] != edit.before:
            raise ValueError(f"an edit of characters {edit.start} to {edit.end} does not fit")
        parts += [text[place : edit.start], edit.after]
        place = edit.end
    return "".join((*parts, text[place:]))


def restored(text: str, edits: Sequence[Edit]) -> str | None:
    """The text before the edits; None when it does not hold what they put there.

    >>> restored("no rash", [Edit(field="text", start=0, end=0, before="", after="no ")])
    'rash'
    """
    shift = 0
    parts, place = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        start = edit.start + shift
        end = start + len(edit.after)
        if text[start:end] != edit.after or start < place:
            return None
        parts += [text[place:start], edit.before]
        place = end
        shift += len(edit.after) - len(edit.before)
    return "".join((*parts, text[place:]))


def moved(span: tuple[int, int], edits: Sequence[Edit]) -> tuple[int, int] | None:
    """Where a stretch of the original is after the edits; None when an edit took it away or cut it.

    An edit within it makes it longer or shorter, one that replaces just it gives the new words, and one of its
    beginning ("a rash" -> "no rash") stands outside it from then on.

    >>> moved((4, 10), [Edit(field="text", start=4, end=6, before="a ", after="no ")])
    (7, 11)
    """
    start, end = span
    shift = grown = 0
    for edit in edits:
        change = len(edit.after) - len(edit.before)
        if edit.end <= start:
            shift += change
        elif edit.start == start and edit.end < end and edit.before:
            # Characters before the edit's end leave the stretch.
            shift, grown, start = shift + change, grown, edit.end
        elif start <= edit.start and edit.end <= end and edit.start < end:
            if not edit.after and (edit.start, edit.end) == span:
                return None
            grown += change
        elif edit.start < end:
            return None
    return start + shift, end + shift + grown


def edited(case: Case, edits: Sequence[Edit]) -> Case:
    """The case with edits of its words, findings, sex and age; places of findings move along.

    Raises:
        ValueError: An edit does not fit the case.
    """
    changes: dict[str, Any] = {}
    question = case.question
    in_text = _of(edits, TEXT)
    if in_text:
        changes["text"] = replaced(case.text or "", in_text)
    if question is not None:
        if in_question := _of(edits, QUESTION):
            question = msgspec.structs.replace(question, text=replaced(question.text, in_question))
        options = {key: replaced(text, _of(edits, OPTION + key)) for key, text in question.options.items()}
        changes["question"] = msgspec.structs.replace(question, options=options)
        for edit in _of(edits, LANGUAGE):
            changes["question"] = msgspec.structs.replace(changes["question"], language=edit.after)
    for edit in edits:
        if edit.field in ("sex", "age"):
            changes[edit.field] = edit.after or None
    status = {edit.field: edit.after for edit in edits if edit.field.startswith(FINDING)}
    findings = []
    for place, finding in enumerate(case.findings):
        new = status.get(f"{FINDING}{place}", finding.status)
        if new:
            spans = tuple(span for one in finding.spans if (span := moved(one, in_text)) is not None)
            findings.append(msgspec.structs.replace(finding, status=new, spans=spans))
    changes["findings"] = tuple(findings)
    return msgspec.structs.replace(case, **changes)


def _of(edits: Iterable[Edit], field: str) -> list[Edit]:
    return [edit for edit in edits if edit.field == field]


def unlike(original: Case, changed: Case, edits: Sequence[Edit]) -> tuple[str, ...]:
    """What differs between two cases and is not what the edits say; empty when everything else is byte-identical.

    Only what a reasoner sees is compared. The check undoes each edit in the changed case and compares with the
    original.
    """
    wrong: list[str] = []
    named = {edit.field for edit in edits}
    first, second = original.blinded(), changed.blinded()
    if restored(second.text or "", _of(edits, TEXT)) != (first.text or ""):
        wrong.append("the text differs elsewhere")
    for field in ("sex", "age", "candidate_genes", "variants"):
        if getattr(first, field) != getattr(second, field) and field not in named:
            wrong.append(f"{field} changed, which no edit names")
    wrong += _unlike_question(first.question, second.question, edits)
    wrong += _unlike_findings(first.findings, second.findings, edits)
    return tuple(wrong)


def _unlike_question(first: Question | None, second: Question | None, edits: Sequence[Edit]) -> list[str]:
    if first is None or second is None:
        return [] if first is second else ["the question came or went"]
    wrong = []
    if restored(second.text, _of(edits, QUESTION)) != first.text:
        wrong.append("the question differs elsewhere")
    if first.language != second.language and not _of(edits, LANGUAGE):
        wrong.append("its language differs")
    behind = dict.fromkeys(first.options)
    order: dict[str, str] = {key: key for key in behind}
    for edit in _of(edits, "options"):
        order = dict(zip(second.options, edit.after.split(","), strict=True)) if edit.after else {}
    if not order and second.options:
        wrong.append("options are there that should be gone")
    elif order and list(order) != list(second.options):
        wrong.append("the options have other keys")
    for key, text in second.options.items():
        before = order.get(key, "")
        # An option is edited under the key that it had.
        if restored(text, _of(edits, OPTION + before)) != first.options.get(before):
            wrong.append(f"option {key} differs elsewhere")
    if order and sorted(order.values()) != sorted(first.options):
        wrong.append("an option came or went")
    return wrong


def _unlike_findings(first: Sequence[Finding], second: Sequence[Finding], edits: Sequence[Edit]) -> list[str]:
    expected = [msgspec.structs.replace(finding, spans=()) for finding in first]
    for edit in _of(edits, "findings"):
        expected = [expected[int(place)] for place in edit.after.split(",")] if edit.after else []
    gone = []
    for edit in edits:
        if not edit.field.startswith(FINDING):
            continue
        place = int(edit.field.removeprefix(FINDING))
        if edit.before != expected[place].status:
            return ["an edit of a finding does not fit it"]
        if edit.after:
            expected[place] = msgspec.structs.replace(expected[place], status=edit.after)
        else:
            gone.append(place)
    left = [finding for place, finding in enumerate(expected) if place not in gone]
    if left != [msgspec.structs.replace(finding, spans=()) for finding in second]:
        return ["the findings differ elsewhere"]
    return []
