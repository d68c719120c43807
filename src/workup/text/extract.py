"""From a note to a case: its findings with the words they rest on, age, sex, and what could not be used.

>>> def toy(note, knowledge):
...     from workup.text.mention import Mention
...     return Extraction(mentions=(Mention(start=0, end=8, id="HP:0001250", label="Seizure", method="name"),))
>>> case = case_from_note("Seizures at night.", "p1", extractor=toy)
>>> case.findings[0].id, case.findings[0].spans
('HP:0001250', ((0, 8),))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from workup.case import Case, Finding, Sex
from workup.errors import Issue
from workup.models.model import Model
from workup.reasoning import Reasoning
from workup.text.findings import findings_of, place
from workup.text.mention import Mention

if TYPE_CHECKING:
    from workup.knowledge import Knowledge
    from workup.reasoner import Context

FIELD = "text"
NOTE = "note"
"""Key of :attr:`Case.extensions <workup.case.Case>` that holds the :class:`Reading` of the case's text."""

RULES = "rules"
"""Name of the built-in extractor."""

OPTIONS = ("read_text", "extractor")
"""Options that a reasoner which reads text passes on; see :func:`read_for`."""

MAX_NOTE = 1_000_000
"""Characters of a note that are read; more is a book, and is told to be unread."""


class Extraction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What was found in a note.

    Attributes:
        mentions: Every place that speaks of a finding, by position.
        age: Age of the patient, in the formats of :attr:`Finding.onset <workup.case.Finding>`.
        sex: Sex of the patient.
        onsets: Age at onset by HPO id, where the note gives one.
        issues: What was not read, not used or ambiguous.
    """

    mentions: tuple[Mention, ...] = ()
    age: str | None = None
    sex: Sex = "unknown"
    onsets: dict[str, str] = {}
    issues: tuple[Issue, ...] = ()


class Reading(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the text of a case became its findings; kept with the case so that a review can go on later.

    Attributes:
        mentions: The mentions that count.
        rejected: Those that a person refused.
        reviewed: Whether a person has looked at them.
        pending: Those of ``mentions``, by position in it, that the person has not come to yet.
        extractor: What found them.
        coded: The findings that the case had before its text was read.
    """

    mentions: tuple[Mention, ...] = ()
    rejected: tuple[Mention, ...] = ()
    reviewed: bool = False
    pending: tuple[int, ...] = ()
    extractor: str = RULES
    coded: tuple[Finding, ...] = ()


Extractor = Callable[[str, "Knowledge"], Extraction]


def extract(note: str, knowledge: Knowledge, *, extractor: str | Model | Extractor = RULES) -> Extraction:
    """Find the findings of a note.

    Args:
        note: The text; offsets of the result count its characters.
        knowledge: Whose ontology the findings are terms of.
        extractor: ``"rules"``, the name of a language model, a model, or a function of note and knowledge.

    Raises:
        UserError: No model has that name.
        ModelError: The model did not answer.
    """
    issues: list[Issue] = []
    read = note
    if not note.strip():
        issues.append(
            Issue(message="the note is empty", remedy="write the findings into it", code="empty", field=FIELD)
        )
        return Extraction(issues=tuple(issues))
    if len(note) > MAX_NOTE:
        read = note[: _cut(note, MAX_NOTE)]
        issues.append(
            Issue(
                message=f"the note has {len(note):,} characters; only the first {len(read):,} (up to "
                f"{place(note, len(read))}) were read",
                remedy="split it into the notes of single visits, and give those that matter",
                code="unread",
                field=FIELD,
            )
        )
    found = _extractor(extractor)(read, knowledge)
    mentions = sorted(found.mentions, key=lambda one: (one.start, one.end, one.id))
    if not mentions:
        issues.append(
            Issue(
                message="no finding was recognised in the note",
                remedy="give the findings as HPO ids or labels with --findings, or write them in English",
                code="no-mentions",
                field=FIELD,
            )
        )
    return msgspec.structs.replace(found, mentions=tuple(mentions), issues=(*issues, *found.issues))


def case_from_note(
    note: str, id: str, *, knowledge: Knowledge | None = None, extractor: str | Model | Extractor = RULES
) -> Case:
    """Make a case of a note: text kept, findings with their spans, age, sex and onset as the note gives them.

    The mentions are kept under :data:`NOTE` in the case's extensions (see :func:`reading_of`).

    Raises:
        UserError: No model has the extractor's name.
        ModelError: The model did not answer.
    """
    read = read_text(Case(id=id, text=note), knowledge or _default(), extractor=extractor)
    return read.case


class TextRead(msgspec.Struct, frozen=True):
    """A case after its text was looked at.

    Attributes:
        case: The case to reason about.
        reading: What the findings rest on; None when the text was not read.
        issues: What a person should know of the reading.
    """

    case: Case
    reading: Reading | None = None
    issues: tuple[Issue, ...] = ()

    def add_to(self, reasoning: Reasoning) -> Reasoning:
        """The reasoning about the case, with mentions and issues of the text."""
        if self.reading is None and not self.issues:
            return reasoning
        return msgspec.structs.replace(
            reasoning,
            mentions=self.reading.mentions if self.reading else (),
            issues=tuple(dict.fromkeys((*self.issues, *reasoning.issues))),
        )


def read_text(
    case: Case, knowledge: Knowledge, *, always: bool = False, extractor: str | Model | Extractor = RULES
) -> TextRead:
    """Turn the text of a case into findings, if there is any and it is to be read.

    Coded findings win: with them the text is read only on demand, and then adds to them what they do not say.

    Args:
        case: The case.
        knowledge: Whose ontology the findings are terms of.
        always: Read the text although there are coded findings.
        extractor: See :func:`extract`.
    """
    if not case.text:
        return TextRead(case)
    if (kept := reading_of(case)) is not None and not always:
        return TextRead(case, kept)
    if case.findings and not always:
        if any(finding.spans for finding in case.findings):
            return TextRead(case)
        unread = Issue(
            message="the text was not read, as the case has coded findings",
            remedy="read it too with --read-text",
            severity="info",
            code="unread",
            field=FIELD,
        )
        return TextRead(case, None, (unread,))
    found = extract(case.text, knowledge, extractor=extractor)
    reading = Reading(mentions=found.mentions, extractor=name_of(extractor), coded=case.findings)
    read = _apply(case, reading, found.onsets)
    changed = msgspec.structs.replace(
        read.case,
        age=case.age or found.age,
        sex=case.sex if case.sex != "unknown" else found.sex,
    )
    return TextRead(changed, reading, (*found.issues, *read.issues, *_differences(case, found)))


def read_for(case: Case, knowledge: Knowledge, ctx: Context) -> TextRead:
    """:func:`read_text` with the options ``read_text`` and ``extractor`` of a reasoner's context."""
    return read_text(
        case,
        knowledge,
        always=bool(ctx.options.get("read_text", False)),
        extractor=ctx.options.get("extractor", RULES),
    )


def revise(read: TextRead, reading: Reading) -> TextRead:
    """The case as it is after a person has changed the reading of its text."""
    case = read.case
    told = {one.id for one in read.reading.mentions} if read.reading else set()
    told |= {finding.id for finding in reading.coded}
    onsets = {finding.id: finding.onset for finding in case.findings if finding.onset}
    # What is neither of the text nor was coded before was written into the saved case by hand.
    others = tuple(finding for finding in case.findings if finding.id not in told)
    bare = msgspec.structs.replace(case, findings=(*reading.coded, *others))
    again = _apply(bare, reading, onsets)
    kept = (
        issue for issue in read.issues if issue.code not in {"contradiction", "no-mentions"} or issue.field != FIELD
    )
    return TextRead(again.case, reading, (*kept, *again.issues))


def _apply(case: Case, reading: Reading, onsets: dict[str, str]) -> TextRead:
    """The case with the findings that a reading amounts to, beside those it has."""
    findings, issues = findings_of(case.text or "", reading.mentions)
    findings = tuple(
        msgspec.structs.replace(finding, onset=onsets.get(finding.id)) if finding.status == "present" else finding
        for finding in findings
    )
    findings, clashes = _merge(case.findings, findings)
    # As JSON would give it back, so that a saved case equals the one that was saved.
    extensions = {**case.extensions, NOTE: msgspec.json.decode(msgspec.json.encode(reading))}
    changed = msgspec.structs.replace(case, findings=findings, extensions=extensions)
    return TextRead(changed, reading, (*issues, *clashes))


def reading_of(case: Case) -> Reading | None:
    """The reading that a case was saved with; None without one, or when it does not fit the case's text."""
    kept = case.extensions.get(NOTE)
    if kept is None or case.text is None:
        return None
    try:
        reading = msgspec.convert(kept, Reading)
    except (msgspec.ValidationError, RecursionError):
        return None
    if any(place >= len(reading.mentions) for place in reading.pending):
        return None
    ends = [end for one in (*reading.mentions, *reading.rejected) for _, end in (*one.parts, (one.start, one.end))]
    return reading if max(ends, default=0) <= len(case.text) else None


def name_of(extractor: str | Model | Extractor) -> str:
    """What to call an extractor in a record."""
    if isinstance(extractor, str):
        return extractor
    return str(getattr(extractor, "name", None) or getattr(extractor, "__name__", "function"))


def _merge(coded: tuple[Finding, ...], read: Sequence[Finding]) -> tuple[tuple[Finding, ...], list[Issue]]:
    """Coded findings, each with the places of the text that agree, then what only the text says."""
    if not coded:
        return tuple(read), []
    issues: list[Issue] = []
    by_id = {finding.id: finding for finding in read}
    merged: list[Finding] = []
    for finding in coded:
        said = by_id.get(finding.id)
        if said is not None and said.status == finding.status:
            spans = tuple(dict.fromkeys((*finding.spans, *said.spans)))
            finding = msgspec.structs.replace(finding, spans=spans, onset=finding.onset or said.onset)
        elif said is not None and "unknown" not in (said.status, finding.status):
            issues.append(
                Issue(
                    message=f"{finding.label or finding.id} is coded as {finding.status}, but the text says "
                    f"{said.status}; the code counts",
                    remedy="correct the one that is wrong",
                    code="contradiction",
                    field=FIELD,
                )
            )
        merged.append(finding)
    known = {finding.id for finding in coded}
    return (*merged, *(finding for finding in read if finding.id not in known)), issues


def _differences(case: Case, found: Extraction) -> list[Issue]:
    pairs: tuple[tuple[str, Any, Any], ...] = (
        ("age", case.age, found.age),
        ("sex", None if case.sex == "unknown" else case.sex, None if found.sex == "unknown" else found.sex),
    )
    return [
        Issue(
            message=f"the {field} is recorded as {recorded}, but the text says {said}; the record counts",
            remedy="correct the one that is wrong",
            code="contradiction",
            field=field,
        )
        for field, recorded, said in pairs
        if recorded and said and recorded != said
    ]


def _extractor(extractor: str | Model | Extractor) -> Extractor:
    if extractor == RULES:
        return by_rules
    if isinstance(extractor, str | Model):
        from workup.text.model_extraction import by_model

        return by_model(extractor)
    return extractor


def by_rules(note: str, knowledge: Knowledge) -> Extraction:
    """The built-in extractor: names, abbreviations and measurements, and what the words around them say."""
    from workup.text.pipeline import read, recogniser_of

    return read(note, recogniser_of(knowledge))


def rules(knowledge: Knowledge, *, nested: bool = False) -> Callable[[str], list[Mention]]:
    """The extractor ``rules`` as the benchmark of texts takes it: all that :func:`by_rules` reads, from a note.

    Args:
        knowledge: Whose ontology the findings are terms of.
        nested: Also report general findings named inside longer names, as some annotated corpora do.
    """
    from workup.text.pipeline import read, recogniser_of

    recogniser = recogniser_of(knowledge, nested=nested)
    return lambda note: list(read(note, recogniser).mentions)


def _cut(note: str, limit: int) -> int:
    """A position at or before ``limit`` that cuts no word; a line end if one is near."""
    for sign in ("\n", " "):
        end = note.rfind(sign, limit - 2000, limit)
        if end > 0:
            return end + 1
    return limit


def _default() -> Knowledge:
    from workup.knowledge import Knowledge

    return Knowledge.shared()
