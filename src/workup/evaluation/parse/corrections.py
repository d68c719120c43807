"""CORRECT, or the number of the wrong sentence and what it should say (MedRECT, MEDEC)."""

from __future__ import annotations

import re

from workup.evaluation.parse.marks import last_mark
from workup.evaluation.parse.parsed import Correction, Found
from workup.evaluation.parse.refusal import refusal

_STRICT = re.compile(r"\s*(?:(?P<right>CORRECT)[.!]?|(?P<n>\d{1,3})\s?:\s{0,3}(?P<text>\S[^\n]{0,4000}))\s*")
_LINE = re.compile(
    r"^[ *_>#-]{0,6}(?:(?:error in |incorrect |wrong |the )?sentence\s{0,2}#?|第|文)?\s{0,2}(?P<n>\d{1,3})(?:文|"
    r"番)?[*_]{0,2}\s?[:.)]\s{0,3}[*_]{0,2}\s{0,3}(?P<text>\S[^\n]{0,4000})$",
    re.I | re.M,
)
_RIGHT_LINE = re.compile(
    r"^[ *_>#\"'(]{0,6}(?:(?:final )?answer\s{0,2}[:=]\s{0,3}[*_]{0,2})?(?:correct|正しい|正解|誤りなし|"
    r"no errors?)[ *_.!\"')]{0,6}$",
    re.I | re.M,
)
_SENTENCE = re.compile(
    r"(?:sentence|文)\s{0,2}#?(?P<n>\d{1,3})[^\n:]{0,160}?(?:should (?:be|read|say)(?: instead)?|:|->|"
    r"→)[\s:]{0,3}[\"']?(?P<text>\S[^\n]{0,4000})",
    re.I,
)
_WORD = re.compile(r"\bCORRECT\b")
_HIGHEST = 50


def strict_correction(text: str) -> Found:
    """The asked form alone: ``CORRECT`` or ``n: sentence``."""
    match = _STRICT.fullmatch(text)
    return _of(match, "strict form") if match else Found(None, why="not in the form asked for")


def lenient_correction(text: str) -> Found:
    """The asked form, else the last line of that form, else a sentence said to need another wording."""
    mark = last_mark(text)
    if mark is not None:
        found = lenient_correction(mark.text) if mark.kind != "json" else strict_correction(mark.text)
        return Found(found.value, mark.start, mark.end, mark.kind if found.value else f"{found.why} in the {mark.kind}")
    if match := _STRICT.fullmatch(text):
        return _of(match, "strict form")
    lines = [match for match in _LINE.finditer(text) if int(match["n"]) <= _HIGHEST]
    right = list(_RIGHT_LINE.finditer(text))
    if right and lines:
        return Found(None, why="ambiguous: CORRECT, " + lines[-1]["n"])
    if right:
        return Found(Correction(), *right[-1].span(), "a line")
    if lines:
        if len({match["n"] for match in lines}) > 1:
            return Found(None, why="ambiguous: " + ", ".join(dict.fromkeys(match["n"] for match in lines)))
        return _of(lines[-1], "a line")
    if match := _SENTENCE.search(text):
        return _of(match, "a sentence")
    return Found(None, why="refusal" if refusal(text.lower()) else "no correction")


def loose_correction(text: str) -> Found:
    """The three stages of MedRECT: strict; a line that begins with 1-50; the word CORRECT anywhere."""
    if match := _STRICT.fullmatch(text.strip()):
        return _of(match, "stage 1")
    for match in _LINE.finditer(text):
        if 1 <= int(match["n"]) <= _HIGHEST:
            return _of(match, "stage 2")
    if word := _WORD.search(text):
        return Found(Correction(), *word.span(), "stage 3")
    if (match := _SENTENCE.search(text)) and 1 <= int(match["n"]) <= _HIGHEST:
        return _of(match, "stage 3")
    return Found(None, why="no correction")


def _of(match: re.Match[str], why: str) -> Found:
    start, end = match.span()
    if match.groupdict().get("right"):
        return Found(Correction(), start, end, why)
    return Found(Correction(str(int(match["n"])), match["text"].strip(" \"'*")), start, end, why)
