"""The frame of a note: its sentences and sections, as offsets into the note as given.

>>> note = "Seen by Dr. Lee. Height 98.5 cm,\\nno seizures.\\nFAMILY HISTORY\\nMother has migraine"
>>> document = Document.of(note)
>>> [note[start:end] for start, end in document.sentences]
['Seen by Dr. Lee.', 'Height 98.5 cm,\\nno seizures.', 'FAMILY HISTORY', 'Mother has migraine']
>>> document.section_at(note.index("migraine")).kind
'family'
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right

import msgspec

from workup.text.cues import word_set
from workup.text.sections import Section, find_sections, lines_of

LONGEST_SENTENCE = 1000
"""Characters; what goes on longer is not a sentence and is cut at a semicolon, a comma or a blank."""

_WRAP_WIDTH = 40  # a block whose longest line is shorter than this is a list, not wrapped prose

_TITLES = word_set(
    """
    dr mr mrs ms prof st vs e.g eg i.e ie al approx ca cf fig figs dept resp ref incl esp no nr pt
    """
)
_SHORTENED = word_set(
    """
    etc yr yrs mo mos wk wks hr hrs min sec a.m p.m am pm y.o yo b.i.d t.i.d q.d p.o i.v i.m s.c jr sr inc ltd u.s u.k
    ph.d m.d hx dx tx rx fx sx ft lb lbs oz in cm mm kg mg ml dl temp wt ht bil bilat lt rt
    """
)
_STOP = re.compile(
    r"(?P<run>[.!?…]+)[\"')\]’”»]*(?=\s|$)"  # before white space
    r"|[。！？．]+|[؟۔।॥]+"  # scripts that need no white space
    r"|(?<=[a-z]{3})[.](?=[A-Z][a-z]+[\s,])"  # a lost blank: "fever.No cough"
    r"|(?=[•▪◦‣●■])"
)
# What every stop begins with.
_STOP_SIGN = re.compile(r"[.!?…。！？．؟۔।॥•▪◦‣●■]")
_WORD_BEFORE = re.compile(r"[^\s(\[\"',;:/]+$")
_BULLET = re.compile(r"[ \t]*(?:[-*•▪◦‣●■–—>][ \t]+|\d{1,2}[.)][ \t]|[a-z][)][ \t]|\[[ xX]?\]|\([ xX]\)|#{1,6}[ \t])")
_NUMBERED = re.compile(r"[ \t]*\d{1,2}$")
_GLUE = re.compile(
    r"(?:[,(&/–-]|\b(?:and|or|of|with|the|a|an|no|not|in|on|at|to|for|by|from|without|is|was|were|are|has|had|have|"
    r"his|her|their|but|that|which|who|as|dr\.|mr\.|mrs\.))[ \t]*$",
    re.I,
)
_FIRST_WORD = re.compile(r"[ \t]*(\S+)")


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note with its sentences and sections.

    Attributes:
        note: The text as given.
        sentences: (start, end) of each sentence in order; they never overlap, begin or end with white space, or are
            empty, and everything that is not white space lies in one. A heading belongs to the sentence on its line.
        sections: Sections in order.
    """

    note: str
    sentences: tuple[tuple[int, int], ...]
    sections: tuple[Section, ...]

    @classmethod
    def of(cls, note: str) -> Document:
        """Find sentences and sections; any text is accepted, in time that grows linearly with it."""
        lines = lines_of(note)
        sections = find_sections(note, lines)
        sentences: list[tuple[int, int]] = []
        for start, end in _blocks(note, lines, sections):
            _split(note, start, end, sentences)
        return cls(note, tuple(sentences), tuple(sections))

    def sentence_at(self, position: int) -> int | None:
        """Number of the sentence that holds a character; None in the white space between."""
        number = bisect_right(self.sentences, (position, sys.maxsize)) - 1
        return number if number >= 0 and position < self.sentences[number][1] else None

    def section_at(self, position: int) -> Section | None:
        """Section that holds a character; None outside any."""
        number = bisect_right(self.sections, position, key=_section_start) - 1
        if number >= 0 and position < self.sections[number].end:
            return self.sections[number]
        return None


def _section_start(section: Section) -> int:
    return section.start


def _blocks(note: str, lines: list[tuple[int, int]], sections: list[Section]) -> list[tuple[int, int]]:
    """Stretches in which sentences are looked for: lines, joined where a line end stands inside a sentence."""
    cuts = {section.start for section in sections}
    lone = {section.title_end for section in sections}
    blocks: list[tuple[int, int]] = []
    open_start = -1
    previous: tuple[int, int] | None = None
    width = 0
    widths = _paragraph_widths(note, lines)
    for (start, end), paragraph in zip(lines, widths, strict=True):
        if paragraph == 0:
            if previous is not None:
                blocks.append((open_start, previous[1]))
            previous = None
            continue
        width = paragraph
        if previous is None:
            open_start = start
        elif not _continues(note, previous, (start, end), width, lone):
            blocks.append((open_start, previous[1]))
            open_start = start
        previous = (start, end)
    if previous is not None:
        blocks.append((open_start, previous[1]))
    if not cuts:
        return blocks
    # Headings begin a block even in the middle of a line.
    ordered = sorted(cuts)
    parted = []
    number = 0
    for start, end in blocks:
        while number < len(ordered) and ordered[number] <= start:
            number += 1
        while number < len(ordered) and ordered[number] < end:
            if note[start : ordered[number]].strip(" \t#*_=->•0123456789.)"):
                parted.append((start, ordered[number]))
                start = ordered[number]
            number += 1
        parted.append((start, end))
    return parted


def _paragraph_widths(note: str, lines: list[tuple[int, int]]) -> list[int]:
    """Length of the longest line of the paragraph that each line stands in; 0 for a blank line."""
    widths: list[int] = []
    run = 0
    longest = 0
    for start, end in lines:
        if end > start and not note[start:end].isspace():
            run += 1
            longest = max(longest, end - start)
            continue
        widths += [longest] * run + [0]
        run = longest = 0
    return widths + [longest] * run


def _continues(note: str, previous: tuple[int, int], line: tuple[int, int], width: int, title_ends: set[int]) -> bool:
    """Whether a line end stands inside a sentence (wrapped prose, OCR) rather than after an item of a list."""
    start, end = line
    tail = note[max(previous[0], previous[1] - 24) : previous[1]].rstrip()
    if not tail or tail[-1] in ".!?:;…。！？؟" or _BULLET.match(note, start, end):
        return False
    if any(previous[1] - back in title_ends for back in range(4)):
        return False
    first = _FIRST_WORD.match(note, start, min(end, start + 200))
    if first is None:
        return False
    if _GLUE.search(tail):
        return True
    word = first[1]
    wrapped = width >= _WRAP_WIDTH and (previous[1] - previous[0]) + 1 + len(word) > width - 4
    if word[0].islower():
        return wrapped or note.count(" ", previous[0], previous[1]) >= 3
    return wrapped and width < 400


def _split(note: str, start: int, end: int, sentences: list[tuple[int, int]]) -> None:
    begin = done = start
    for sign in _STOP_SIGN.finditer(note, start, end):
        match = _STOP.match(note, sign.start(), end) if sign.start() >= done else None
        if match is None:
            continue
        stop = done = match.end()
        if match["run"] is not None and not _ends_sentence(note, begin, match, end):
            continue
        _add(note, begin, stop, sentences)
        begin = stop
    _add(note, begin, end, sentences)


def _ends_sentence(note: str, begin: int, match: re.Match[str], end: int) -> bool:
    run = match["run"]
    after = match.end()
    while after < end and note[after].isspace():
        after += 1
    following = note[after] if after < end else ""
    if len(run) > 1 and run[0] in ".…" and not run.strip(".…"):
        return not (following.islower() or following.isdigit())
    if run != ".":
        return run != "…" or not following.islower()
    window = note[max(begin, match.start() - 24) : match.start()]
    before = _WORD_BEFORE.search(window)
    word = before[0].casefold() if before else ""
    if word in _TITLES:
        return word in ("no", "pt") and not following.isdigit()
    if word in _SHORTENED:
        return following.isupper() and word not in ("lt", "rt")
    if len(word) == 1 and word.isalpha():
        # An initial ("J. Smith", "S. aureus"), unless it closes a sentence such as "hepatitis B."
        return not following or not following.isalpha() or (before is not None and before[0].islower())
    return not (_NUMBERED.fullmatch(window) and match.start() - begin <= 4)


def _add(note: str, start: int, end: int, sentences: list[tuple[int, int]]) -> None:
    while start < end and note[start].isspace():
        start += 1
    while end > start and note[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_SENTENCE:
        cut = -1
        for mark in ("; ", ", ", " ", "\n"):
            cut = note.rfind(mark, start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
            if cut >= 0:
                break
        stop = cut + 1 if cut >= 0 else start + LONGEST_SENTENCE
        _add(note, start, stop, sentences)
        start = stop
        while start < end and note[start].isspace():
            start += 1
    if end > start:
        sentences.append((start, end))
