"""How a mention was found and where it stands, in words for a person; shared by the review and the reports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workup.text.findings import quote
from workup.text.mention import Mention

METHODS = {
    "name": "by its name",
    "abbreviation": "by its abbreviation",
    "lay": "by an everyday name",
    "measurement": "by a measurement",
    "retrieval": "by words of similar meaning",
    "model": "by a language model",
    "user": "by you",
}
KINDS = {
    "negated": "negated",
    "family": "about a relative",
    "hypothetical": "a plan or a condition",
    "historical": "in the past",
    "uncertain": "uncertain",
}
_AROUND = 160
_BREAK = re.compile(r"[.!?。！？؟।]\s+|\n")


def how_found(note: str, mention: Mention) -> str:
    """How and why a term was taken from the note, in one line.

    >>> from workup.text.mention import Circumstance
    >>> mention = Mention(start=3, end=11, id="HP:0001250", label="Seizure", method="name", status="excluded",
    ...     contexts=(Circumstance(kind="negated", start=0, end=2),))
    >>> how_found("No seizures.", mention)
    'found by its name; excluded: negated by “No”'
    """
    parts = [f"found {METHODS.get(mention.method, mention.method)}" if mention.method != "user" else "set by you"]
    if mention.score < 1.0:
        parts[0] += f" (confidence {mention.score:.2f})"
    if mention.reason:
        parts.append(mention.reason)
    cues = [f"{KINDS.get(one.kind, one.kind)} by {quote(note[one.start : one.end])}" for one in mention.contexts]
    if cues:
        parts.append(f"{mention.status}: {', '.join(cues)}")
    return "; ".join(parts)


def in_sentence(note: str, mention: Mention) -> list[tuple[str, bool]]:
    """The sentence around a mention, shortened when it is long, in pieces that are words of the mention or not.

    >>> mention = Mention(start=13, end=21, id="HP:0001250", label="Seizure", method="name")
    >>> in_sentence("Was well. No seizures. Walks.", mention)
    [('No ', False), ('seizures', True), ('.', False)]
    """
    begin = max(mention.start - _AROUND, 0)
    end = min(mention.end + _AROUND, len(note))
    left, right = note[begin : mention.start], note[mention.end : end]
    breaks = [match.end() for match in _BREAK.finditer(left)]
    cut_left, cut_right = begin > 0, end < len(note)
    if breaks:
        left, cut_left = left[breaks[-1] :], False
    if following := _BREAK.search(right):
        right, cut_right = right[: following.end()].rstrip(), False
    elif note[mention.end - 1 : mention.end] in "\n":
        right = ""
    pieces = [(f"… {left}" if cut_left else left, False)]
    pieces += list(_pieces(note, mention))
    pieces.append((f"{right} …" if cut_right else right, False))
    return [piece for piece in pieces if piece[0]]


def _pieces(note: str, mention: Mention) -> Iterator[tuple[str, bool]]:
    position = mention.start
    for start, end in mention.parts or ((mention.start, mention.end),):
        if start > position:
            yield note[position:start], False
        yield note[start:end], True
        position = end
    if position < mention.end:
        yield note[position : mention.end], False
