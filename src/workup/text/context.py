"""What qualifies each mention: whether it is so, of whom, and when.

The rule for :attr:`Mention.status`:

* somebody else's, planned, feared, suspected or over (family, hypothetical, uncertain, historical): ``unknown``;
* else looked for and absent (negated): ``excluded``;
* else ``present``, and so is a chronic condition that "history of" or a section "Past medical history" introduces.

What is over is ``unknown`` with no other context than ``historical`` (:func:`~workup.text.mention.is_past`); whether it
counts for a differential is decided where mentions become findings (:func:`workup.text.findings.says`).

>>> note = "No seizures. Mother has migraine. Possible ataxia."
>>> def mention(word: str) -> Mention:
...     start = note.index(word)
...     return Mention(start=start, end=start + len(word), id="HP:0000118", label="x", method="name")
>>> found = qualify(note, [mention("seizures"), mention("migraine"), mention("ataxia")])
>>> [(m.status, m.contexts[0].kind) for m in found]
[('excluded', 'negated'), ('unknown', 'family'), ('unknown', 'uncertain')]
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from workup.case import Status
from workup.text.cues import CUES
from workup.text.document import Document
from workup.text.inside import inside
from workup.text.mention import Circumstance, CircumstanceKind, Mention
from workup.text.past import is_over
from workup.text.relatives import STARTERS, relatives
from workup.text.scopes import Scope, scopes, texts_of, tokens_of
from workup.text.sections import Section

_END = r"(?=[ \t]*(?:$|[\n\r,;.)|/•]))"
_NO = r"(?:no|none|absent|negative|neg|nil|denies|denied|not present|not seen|never|n|normal|unremarkable|wnl)"
_ANSWER_NO = re.compile(
    rf"[ \t]*(?:\([^()]{{0,30}}\)[ \t]*)?(?:[:=|\t]|[ \t][-–—])[ \t]*(?P<no>{_NO}|[-−–]|\([-−–]\)){_END}"
    rf"|[ \t]*(?P<sign>\([-−–]\)|\[[-−–]\]|\((?:neg(?:ative)?|no|none|absent)\))"
    rf"|[ \t]?(?P<minus>[-−])(?=[ \t]*(?:$|[\n\r,;]))",
    re.I,
)
_ANSWER_MAYBE = re.compile(r"[ \t]*(?:[:=][ \t]*)?(?P<cue>\(\?\)|\[\?\]|\+/[-−–]|±|\?(?!\w))")
_SIGN_BEFORE = re.compile(
    r"(?:(?P<no>\([-−–]\)|\[[-−–]\])[ \t]?|(?P<maybe>\+/[-−–]|±|\(\?\)|(?:(?<=\s)|(?<=^)|(?<=[(,/;]))\?)[ \t]?|"
    r"(?P<box>\[ ?\])[ \t])$"
)
_MINUS_BEFORE = re.compile(r"(?:(?<=[\s(,;/])|(?<=^))(?P<no>[-−])$|[,;:(][ \t]*(?P<spaced>[-−])[ \t]$")
_ANSWER = re.compile(r"[\"'(]*(?P<no>no|none|denies|never|negative|absent|nope)\b", re.I)
_ANSWER_YES = re.compile(r"[\"'(]*(?:yes|yeah|present|positive)\b", re.I)
_CONFIRMED = re.compile(
    r"\b(?:confirmed|proven|verified|established)\b(?<!not confirmed)(?<!be confirmed)(?<!to confirmed)", re.I
)
_PATIENT = re.compile(r"\b(?:patient|proband|index case|propositus|proposita)\b(?!['’]s)", re.I)

_SECTIONS: dict[str, CircumstanceKind] = {"family": "family", "instructions": "hypothetical", "past": "historical"}
_ORDER: dict[CircumstanceKind, int] = {"negated": 0, "family": 1, "hypothetical": 2, "historical": 3, "uncertain": 4}


def qualify(note: str, mentions: Sequence[Mention], document: Document | None = None) -> list[Mention]:
    """Set status, contexts and section of each mention.

    Args:
        note: The note that the offsets of the mentions count in.
        mentions: In any order; a mention that crosses a sentence end is judged where it begins. Contexts that it
            already has are kept.
        document: Sentences and sections, when the caller has them already.

    Returns:
        The mentions in the order given. A mention whose place lies outside the note comes back as it is.
    """
    document = Document.of(note) if document is None else document
    sentences: dict[int, _Sentence] = {}
    result = []
    for mention in mentions:
        number = document.sentence_at(mention.start)
        if number is None or mention.end > len(note):
            result.append(mention)
            continue
        sentence = sentences.get(number)
        if sentence is None:
            sentence = sentences[number] = _Sentence(document, number)
        result.append(_qualified(note, mention, sentence, document))
    return result


class _Sentence:
    """Scopes of one sentence, found once for all its mentions."""

    def __init__(self, document: Document, number: int) -> None:
        note = document.note
        self.start, self.end = document.sentences[number]
        self.scopes: list[Scope] = []
        texts = texts_of(note, self.start, self.end)
        if not (CUES.keys().isdisjoint(texts) and STARTERS.isdisjoint(texts)):
            tokens = tokens_of(note, self.start, self.end)
            self.scopes = scopes(note, self.start, self.end, tokens) + relatives(tokens)
        self.next = document.sentences[number + 1] if number + 1 < len(document.sentences) else None


def _qualified(note: str, mention: Mention, sentence: _Sentence, document: Document) -> Mention:
    found = list(mention.contexts)
    found += [
        circumstance
        for circumstance in _from_scopes(mention, sentence.scopes)
        if circumstance.kind != "historical" or is_over(note, mention, circumstance, sentence.start)
    ]
    if any(circumstance.kind == "uncertain" for circumstance in found) and _CONFIRMED.search(
        note, mention.end, sentence.end
    ):
        found = [circumstance for circumstance in found if circumstance.kind != "uncertain"]
    found += _from_signs(note, mention, sentence)
    found += inside(note, mention)
    section = document.section_at(mention.start)
    if section is not None:
        found += _from_section(note, mention, section, sentence)
    if not found and section is None and mention.status == "present":
        return mention  # most are said plainly
    contexts = _tidy(_settled(found))
    return msgspec.structs.replace(
        mention,
        status=_status(contexts),
        contexts=contexts,
        section=section.title if section is not None else mention.section,
    )


def _status(contexts: Sequence[Circumstance]) -> Status:
    kinds = {circumstance.kind for circumstance in contexts}
    if kinds & {"family", "hypothetical", "uncertain"}:
        return "unknown"
    if "negated" in kinds:
        return "excluded"
    return "unknown" if "historical" in kinds else "present"


def _settled(found: list[Circumstance]) -> list[Circumstance]:
    """Of a negation and what it negates, the one that holds: "no risk of X" is a risk, "no concern for X" is no X."""
    negated = [c.start for c in found if c.kind == "negated"]
    if not negated:
        return found
    first = min(negated)
    if any(c.kind == "hypothetical" and c.start > first for c in found):
        return [c for c in found if c.kind != "negated"]
    return [c for c in found if c.kind != "uncertain" or c.start < first or c.end > first + 60]


def _tidy(found: Sequence[Circumstance]) -> tuple[Circumstance, ...]:
    """One circumstance of each kind: the first in the text."""
    first: dict[CircumstanceKind, Circumstance] = {}
    for circumstance in found:
        held = first.get(circumstance.kind)
        if held is None or circumstance.start < held.start:
            first[circumstance.kind] = circumstance
    return tuple(sorted(first.values(), key=lambda circumstance: _ORDER[circumstance.kind]))


def _from_scopes(mention: Mention, scopes: Sequence[Scope]) -> list[Circumstance]:
    parts = mention.parts or ((mention.start, mention.end),)
    return [
        Circumstance(kind=scope.kind, start=scope.cue_start, end=scope.cue_end)
        for scope in scopes
        if any(
            scope.start <= start < scope.end and not (start < scope.cue_end and scope.cue_start < end)
            for start, end in parts
        )
    ]


def _from_signs(note: str, mention: Mention, sentence: _Sentence) -> list[Circumstance]:
    """Check-lists: "X: no", "X (-)", "-X", "+/- X", "X?", and a question that the next sentence answers."""
    start, end = sentence.start, sentence.end
    answer = _ANSWER_NO.match(note, mention.end, end)
    if answer is not None:
        name = answer.lastgroup or "no"
        return [Circumstance(kind="negated", start=answer.start(name), end=answer.end(name))]
    maybe = _ANSWER_MAYBE.match(note, mention.end, end)
    if maybe is not None:
        if maybe["cue"] == "?" and sentence.next is not None:
            reply = _ANSWER.match(note, *sentence.next)
            if reply is not None:
                return [Circumstance(kind="negated", start=reply.start("no"), end=reply.end("no"))]
            if _ANSWER_YES.match(note, *sentence.next):
                return []
        return [Circumstance(kind="uncertain", start=maybe.start("cue"), end=maybe.end("cue"))]
    if mention.start == start:
        return []
    window = note[max(start, mention.start - 6) : mention.start]
    offset = mention.start - len(window)
    sign = _SIGN_BEFORE.search(window)
    if sign is not None and (sign["maybe"] != "?" or sign.start() > 0 or offset == start):
        kind: CircumstanceKind = "negated" if sign["no"] else "uncertain"
        return [Circumstance(kind=kind, start=offset + sign.start(), end=offset + len(window.rstrip()))]
    minus = _MINUS_BEFORE.search(window)
    if minus is not None and offset + minus.start(minus.lastgroup or "no") > start:
        name = minus.lastgroup or "no"
        return [Circumstance(kind="negated", start=offset + minus.start(name), end=offset + minus.end(name))]
    return []


def _from_section(note: str, mention: Mention, section: Section, sentence: _Sentence) -> list[Circumstance]:
    if mention.start < section.title_end:
        return []
    kind: CircumstanceKind | None = _SECTIONS.get(section.kind)
    if section.title.casefold() == "pertinent negatives":
        kind = "negated"
    if kind is None:
        return []
    heading = Circumstance(kind=kind, start=section.start, end=section.title_end)
    if kind == "historical" and not is_over(note, mention, heading, sentence.start):
        return []
    if kind == "family" and _PATIENT.search(note, max(sentence.start, section.title_end), mention.start):
        return []
    return [heading]
