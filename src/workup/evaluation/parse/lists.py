"""Ranked lists: numbered, bulleted, JSON, one a line or one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workup.evaluation.parse.marks import FIELDS, last_mark, without_latex
from workup.evaluation.parse.objects import json_found
from workup.evaluation.parse.parsed import Found
from workup.evaluation.parse.refusal import refusal

_NUMBERED = re.compile(
    r"^(?P<indent>[ ]{0,12})[*_#> ]{0,4}(?:(?:diagnosis|rank|no\.?|top)[ ]?)?\(?\d{1,3}(?:[.):、]|"
    r"[ ]-|(?<=#\d)[ ]|(?<=#\d\d)[ ])[*_]{0,2}\s{0,4}(?=\S)(?P<item>.{1,500})$",
    re.M | re.I,
)
_BULLET = re.compile(r"^(?P<indent>[ ]{0,12})(?:[-*+•◦–—]|[a-hA-H][.)])[ ]{1,4}(?P<item>\S.{0,500})$", re.M)
_INLINE = re.compile(r"(?:^|(?<=[\s;,.]))\(?(\d{1,2})[.)][ ]{1,2}(?=\D)")
_SENTENCE = re.compile(
    r"\b(?:diagnosis|diagnoses|answer|cause|condition|disease|explanation)\b[^.:\n]{0,60}?(?:\bis\b|\bare\b|:|"
    r"=)\s{0,3}+(?!(?:caused|carried|spread|transmitted|characteri[sz]ed|defined|diagnosed|treated|managed)\b)"
    r"(?P<item>[^.\n]{2,200})",
    re.I,
)
_TRAILING = re.compile(r"\s*(?:\([^()]{0,300}\)|\[[^\[\]]{0,100}\])?[\s*_.,;]*$")
_DETAIL = re.compile(
    r"(?:\*\*|__)?(?:\s*\([^()]{0,300}\)(?=\s*(?:$|[:;,.–—-]))|\s*(?::(?!\d)|\s[-–—]{1,2}\s|\s—|—\s|;|\.\s)).*$", re.S
)
_LEAD = re.compile(
    r"^(?:the most likely diagnosis is|(?:second |third |next |least )?most likely|least likely|probable|possible|"
    r"(?:and )?(?:then|next|finally|lastly)|(?:second|third|fourth|fifth)(?: diagnosis| choice)?(?=:)|"
    r"first(?=[ :,]+(?!degree|bite|seizure|branch|trimester))|followed by)[ :,]+",
    re.I,
)
_FILLER = re.compile(
    r"^(?:here (?:is|are)|sure|certainly|okay|ok|based on|the (?:following|differential)|my differential|"
    r"differential|diagnos[ie]s|top \d|ranked|"
    r"note|disclaimer|in summary|these|this|i |please|explanation|reasoning|final answer|answer)\b",
    re.I,
)


# A line of its own that ends the reasoning: "Answer: gout", "**Final diagnosis:** gout".
_ANNOUNCED = re.compile(
    r"^[ \t*_#>]{0,6}(?:(?:my|the|final|most likely|likely|working|primary|principal) ){0,2}(?:answer|diagnosis)"
    r"[ \t*_]{0,4}[:：][ \t*_]{0,4}(?P<item>[^\s:][^\n:]{0,199})$",
    re.IGNORECASE | re.MULTILINE,
)


def ranked(text: str, *, at_most: int | None = None) -> Found:
    """The names of a ranked list, best first, each once."""
    mark = last_mark(text)
    if mark is not None:
        if isinstance(mark.value, list):
            return _found([_name_of(part) for part in mark.value], mark.start, mark.end, "json", at_most)
        inside = ranked_words(mark.text, at_most=at_most)
        return Found(
            inside.value, mark.start, mark.end, mark.kind if inside.value else f"{inside.why} in the {mark.kind}"
        )
    found = json_found(text)
    if isinstance(found.value, list):
        return _found([_name_of(part) for part in found.value], found.start, found.end, "JSON", at_most)
    if isinstance(found.value, dict):
        lists = [value for value in found.value.values() if isinstance(value, list)]
        if len(lists) == 1:
            return _found([_name_of(part) for part in lists[0]], found.start, found.end, "JSON", at_most)
    return ranked_words(text, at_most=at_most)


def ranked_words(text: str, *, at_most: int | None = None) -> Found:
    """The same, of words without marks: the list, or the last line that announces an answer which no list names.

    >>> ranked_words("1. She has a fever.\\n2. Her toe is red.\\nAnswer: Gout").value
    ('Gout',)
    >>> ranked_words("1. Gout\\n2. Measles\\nFinal answer: Gout").value
    ('Gout', 'Measles')
    """
    listed = _listed(text, at_most)
    announced = list(_ANNOUNCED.finditer(text))
    if not announced or refusal(text.lower()):
        return listed
    names = [name for name in _parts(announced[-1]["item"]) if name]
    known = {name.casefold() for name in listed.value} if isinstance(listed.value, tuple) else set()
    # Before it stand the reasons, which may be numbered too; a list that holds the answer is the answer at length.
    if not names or names[0].casefold() in known or _inline(announced[-1]["item"]):
        return listed
    return _found(names, *announced[-1].span("item"), "announced", at_most)


def _listed(text: str, at_most: int | None) -> Found:
    for pattern, why in ((_NUMBERED, "numbered"), (_BULLET, "bullets")):
        items = list(pattern.finditer(text))
        if items:
            level = min(len(item["indent"]) for item in items)
            items = [item for item in items if len(item["indent"]) == level]
            if len(items) == 1 and (inline := _inline(items[0]["item"])):
                first = _name(items[0]["item"][: inline[0].start()])
                rest = _between(items[0]["item"], inline)
                return _found([first, *rest], items[0].start(), items[0].end(), "numbered", at_most)
            return _found([_name(item["item"]) for item in items], items[0].start(), items[-1].end(), why, at_most)
    inline = _inline(text)
    if len(inline) >= 2:
        return _found(_between(text, inline), inline[0].start(), len(text), "numbered", at_most)
    if refusal(text.lower()):
        return Found(None, why="refusal")
    lines = [line for line in (part.strip() for part in text.splitlines()) if line]
    if len(lines) > 1 and all(len(line) <= 120 for line in lines):
        names = [_name(line) for line in lines if not _FILLER.match(line) and not line.endswith((":", "?"))]
        return _found(names, 0, len(text), "lines", at_most)
    if sentence := _SENTENCE.search(text):
        return _found(_parts(sentence["item"]), *sentence.span("item"), "sentence", at_most)
    if len(lines) == 1 and len(lines[0]) <= 500 and not re.search(r"[.!?]\s+\S", lines[0]):
        return _found(_parts(lines[0]), 0, len(text), "one line", at_most)
    return Found(None, why="no list")


def _inline(text: str) -> list[re.Match[str]]:
    """Numbers that count up within a line."""
    found: list[re.Match[str]] = []
    for match in _INLINE.finditer(text):
        if not found or int(match.group(1)) == int(found[-1].group(1)) + 1:
            found.append(match)
    return found


def _between(text: str, marks: list[re.Match[str]]) -> list[str]:
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return [_name(text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]


def _parts(line: str) -> list[str]:
    return [_name(part) for part in re.split(r"\s*(?:[,;、，]|\s>\s)\s*(?:and |or )?", line)]


def _name_of(part: object) -> str:
    if isinstance(part, dict):
        for field in ("name", "disease", "condition", "label", *FIELDS):
            if isinstance(part.get(field), str):
                return _name(part[field])
        return ""
    return _name(part) if isinstance(part, str) else ""


def _name(item: str) -> str:
    # A name is short; a longer item begins with one.
    plain = without_latex(item[:500]).strip()
    bold = re.match(r"(\*\*|__)([^*_]{1,200})\1", plain)
    if bold:
        plain = bold.group(2)
    plain = _LEAD.sub("", _DETAIL.sub("", _LEAD.sub("", plain)))
    return _TRAILING.sub("", plain).strip(" \t*_`\"'")


def _found(names: Iterable[str], start: int, end: int, why: str, at_most: int | None) -> Found:
    seen: dict[str, str] = {}
    for name in names:
        if name and re.search(r"\w", name):
            seen.setdefault(name.casefold(), name)
    kept = tuple(seen.values())[:at_most]
    return Found(kept, start, end, why) if kept else Found(None, why="no list")
