"""A note with its marks, as the reports show it: which words were read as which finding, and what that weighs.

The text itself is never changed: pieces are cut at character offsets of the note, and only what would act on a
screen (controls, direction overrides) is made visible or left out when a piece is shown.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workup.case import Case, Status
from workup.reasoning import Reasoning
from workup.report import wording
from workup.report.view import Link, anchor_of
from workup.report.wording import clean
from workup.text.extract import reading_of
from workup.text.findings import place, status_of
from workup.text.mention import Mention
from workup.text.words_found import how_found

MOST_SHOWN = 60_000
"""Characters of a note that a page shows; of a longer one the beginning and the surroundings of the marks."""

_BEGINNING = 2000
_AROUND = 300
WEIGHED = 3
"""Leading diseases for which a page says beside the finding what it weighs."""


@dataclass(frozen=True, slots=True)
class Place:
    """One mention: where it stands, what it says and how it was found."""

    number: int
    parts: tuple[tuple[int, int], ...]
    status: Status
    words: str
    where: str
    how: str
    cues: tuple[tuple[int, int], ...] = ()
    shown: bool = False

    @property
    def start(self) -> int:
        """First character."""
        return self.parts[0][0]

    @property
    def anchor(self) -> str:
        """Id of the mark on the page; empty when the page leaves it out."""
        return f"mark-{self.number}" if self.shown else ""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a finding weighs for the disease at place ``number`` of the differential."""

    number: int
    ratio: str
    anchor: str


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with the places that it was read from and what it weighs.

    ``why_not`` says why it does not count; empty when it does.
    """

    number: int
    id: str
    name: str
    term: Link
    system: str
    onset: str
    status: Status
    places: tuple[Place, ...]
    weights: tuple[Weight, ...] = ()
    why_not: str = ""

    @property
    def anchor(self) -> str:
        """Id of the row on the page."""
        return f"finding-{self.number}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the note: plain, a cue, or part of a mark.

    Attributes:
        text: What to show.
        status: Of the finding marked; empty for text that is not.
        row: The finding that the mark leads to.
        place: The mention.
        first: Whether the mention begins here, and its id stands here.
        last: Whether it ends here, and its number stands here.
        also: Other mentions that end here.
        begins: Ids of other mentions that begin here.
        overlapped: Whether another mention holds these words too.
        cue: Whether these words decide the status of a mention.
        gap: Whether part of the note was left out here.
    """

    text: str
    status: str = ""
    row: FindingRow | None = None
    place: Place | None = None
    first: bool = False
    last: bool = False
    also: tuple[FindingRow, ...] = ()
    begins: tuple[str, ...] = ()
    overlapped: bool = False
    cue: bool = False
    gap: bool = False


@dataclass(frozen=True, slots=True)
class NoteView:
    """The note of a case as a page shows it."""

    pieces: tuple[Piece, ...]
    rows: tuple[FindingRow, ...]
    marks: int
    hidden_marks: int
    left_out: int
    share: str
    long: bool


def note_view(case: Case, reasoning: Reasoning, detailed: int) -> NoteView | None:
    """The note with its marks; None when the case has no text, or none that anything was read from."""
    note = case.text
    if not note or not note.strip():
        return None
    rows = read_findings(reasoning, note, case, detailed)
    if not any(row.places for row in rows) and not any(issue.field == "text" for issue in reasoning.issues):
        return None
    windows = _windows(note, [place for row in rows for place in row.places])
    rows = [replace(row, places=tuple(_shown(place, windows) for place in row.places)) for row in rows]
    shown = sum(place.shown for row in rows for place in row.places)
    marked = _union(part for row in rows for place in row.places for part in place.parts)
    letters = sum(not sign.isspace() for sign in note) or 1
    covered = sum(not sign.isspace() for start, end in marked for sign in note[start:end])
    return NoteView(
        pieces=tuple(_pieces(note, rows, windows)),
        rows=tuple(rows),
        marks=shown,
        hidden_marks=sum(len(row.places) for row in rows) - shown,
        left_out=len(note) - sum(end - start for start, end in windows),
        share=wording.percent(covered / letters),
        long=len(note) > 2500,
    )


def read_findings(
    reasoning: Reasoning, note: str, case: Case | None = None, detailed: int = WEIGHED
) -> list[FindingRow]:
    """The findings of a reasoning with their places in the note, by first place; those without any come last."""
    used = {finding.id: finding for finding in reasoning.findings}
    mentions = list(reasoning.mentions)
    if not mentions and case is not None and (kept := reading_of(case)) is not None:
        mentions = list(kept.mentions)
    by_id: dict[str, list[Mention]] = {}
    for mention in mentions:
        if all(end <= len(note) for _, end in (*mention.parts, (mention.start, mention.end))):
            by_id.setdefault(mention.id, []).append(mention)
    names = wording.labels_of(reasoning)
    rows: list[FindingRow] = []
    for name in dict.fromkeys((*by_id, *used)):
        members = by_id.get(name, [])
        finding = used.get(name)
        status = finding.status if finding else status_of(members)
        places = [_place(note, mention) for mention in sorted(members, key=lambda one: (one.start, one.end))]
        if finding is not None and not places:
            places = [
                Place(0, ((start, end),), finding.status, note[start:end], place(note, start), "")
                for start, end in finding.spans
                if 0 <= start < end <= len(note)
            ]
        rows.append(
            FindingRow(
                number=0,
                id=name,
                name=names.get(name) or clean(members[0].label if members else name),
                term=Link.of(name),
                system=clean(finding.system or "") if finding else "",
                onset=finding.onset or "" if finding else "",
                status=status,
                places=tuple(places),
                weights=tuple(_weights(reasoning, name, min(detailed, WEIGHED))),
                why_not="" if finding else _why_not(status),
            )
        )
    rows.sort(key=lambda row: (not row.places, row.places[0].parts if row.places else (), row.name))
    numbers = iter(range(1, 1 + sum(len(row.places) for row in rows)))
    return [
        replace(row, number=i, places=tuple(replace(place, number=next(numbers)) for place in row.places))
        for i, row in enumerate(rows, start=1)
    ]


def _place(note: str, mention: Mention) -> Place:
    parts = mention.parts or ((mention.start, mention.end),)
    return Place(
        number=0,
        parts=tuple(part for part in parts if 0 <= part[0] < part[1]) or ((mention.start, mention.end),),
        status=mention.status,
        words=mention.words(note),
        where=place(note, mention.start),
        how=how_found(note, mention),
        cues=tuple((cue.start, cue.end) for cue in mention.contexts if 0 <= cue.start < cue.end <= len(note)),
    )


def _why_not(status: Status) -> str:
    if status == "unknown":
        return "not counted: not said of the patient for certain"
    return "not counted: see “To look at”"


def _weights(reasoning: Reasoning, name: str, count: int) -> Iterable[Weight]:
    for number, hypothesis in enumerate(reasoning.differential[:count], start=1):
        for step in hypothesis.contributions:
            if step.finding == name and (anchor := anchor_of(number, step)):
                yield Weight(number, wording.ratio_in_short(step.weight), anchor)
                break


def _windows(note: str, places: Sequence[Place]) -> list[tuple[int, int]]:
    """The stretches of the note that are shown, in order and apart from each other."""
    if len(note) <= MOST_SHOWN:
        return [(0, len(note))]
    windows = [(0, _BEGINNING)]
    total = _BEGINNING
    for one in sorted(places, key=lambda one: one.parts):
        start, end = max(one.start - _AROUND, 0), min(one.parts[-1][1] + _AROUND, len(note))
        if end - start > MOST_SHOWN // 4:
            continue
        if start <= windows[-1][1]:
            total += max(end - windows[-1][1], 0)
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        else:
            total += end - start
            windows.append((start, end))
        if total >= MOST_SHOWN:
            break
    return windows


def _shown(place: Place, windows: Sequence[tuple[int, int]]) -> Place:
    return replace(place, shown=any(start <= place.start and place.parts[-1][1] <= end for start, end in windows))


def _union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _pieces(note: str, rows: Sequence[FindingRow], windows: Sequence[tuple[int, int]]) -> Iterable[Piece]:
    marks = sorted(
        (
            (part, place, row, i == 0, i == len(place.parts) - 1)
            for row in rows
            for place in row.places
            if place.shown
            for i, part in enumerate(place.parts)
        ),
        key=lambda mark: (mark[0], mark[2].number),
    )
    cues = _union(cue for row in rows for place in row.places if place.shown for cue in place.cues)
    edges = {edge for (part, *_) in marks for edge in part} | {edge for cue in cues for edge in cue}
    previous = 0
    for begin, stop in windows:
        if begin > previous:
            yield Piece(f"{begin - previous:,} characters without a mark that is shown are left out here", gap=True)
        cuts = sorted({begin, stop, *(edge for edge in edges if begin < edge < stop)})
        active: list[tuple[tuple[int, int], Place, FindingRow, bool, bool]] = []
        upcoming = [mark for mark in marks if begin <= mark[0][0] and mark[0][1] <= stop]
        taken = 0
        for start, end in pairwise(cuts):
            while taken < len(upcoming) and upcoming[taken][0][0] <= start:
                active.append(upcoming[taken])
                taken += 1
            active = [mark for mark in active if mark[0][1] > start]
            yield _piece(note, start, end, active, cues)
        previous = stop
    if len(note) > previous:
        yield Piece(f"{len(note) - previous:,} characters at the end are left out", gap=True)


def _piece(
    note: str,
    start: int,
    end: int,
    active: Sequence[tuple[tuple[int, int], Place, FindingRow, bool, bool]],
    cues: Sequence[tuple[int, int]],
) -> Piece:
    # A mark that ends within a line end of two characters must not make two lines of it.
    text = visible(note[start + (start > 0 and note[start - 1 : start + 1] == "\r\n") : end])
    if not active:
        i = bisect_right(cues, (start, len(note))) - 1
        return Piece(text, cue=i >= 0 and start < cues[i][1])
    # The shortest mention is the most specific reading of these words; the others get their number after it.
    ordered = sorted(active, key=lambda mark: (mark[0][1] - mark[0][0], mark[1].number))
    part, chosen, row, is_first, is_last = ordered[0]
    return Piece(
        text,
        status=chosen.status,
        row=row,
        place=chosen,
        first=is_first and part[0] == start,
        last=is_last and part[1] == end,
        also=tuple(mark[2] for mark in ordered[1:] if mark[4] and mark[0][1] == end),
        begins=tuple(mark[1].anchor for mark in ordered[1:] if mark[3] and mark[0][0] == start),
        overlapped=len(active) > 1,
    )


def visible(text: str) -> str:
    """Text of a note as a page can show it: one kind of line end, and nothing that acts on the screen unseen.

    >>> visible("a\\r\\nb\\x1b[31m\\u202ec")
    'a\\nb␛[31mc'
    """
    shown = []
    for sign in text.replace("\r\n", "\n").replace("\r", "\n"):
        kind = unicodedata.category(sign)
        if sign in "\n\t" or kind not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            shown.append(sign)
        elif kind in ("Zl", "Zp") or sign == "\x85":
            shown.append("\n")
        elif kind == "Cs":
            shown.append("\ufffd")
        elif kind == "Cc":
            shown.append(chr(0x2400 + ord(sign)) if ord(sign) < 32 else "\u2421" if sign == "\x7f" else "\ufffd")
        # Persian, Indic and emoji spelling needs the joiners.
        elif sign in "\u200c\u200d":
            shown.append(sign)
    return "".join(shown)
