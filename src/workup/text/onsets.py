"""When a finding began: "since age 2", "began at 6 months", "for 3 weeks".

>>> note = "At 6 months he developed seizures; ataxia began at age 3."
>>> [(found.age, note[found.start:found.end]) for found in find(note, 0, len(note), None)]
[('P6M', 'At 6 months'), ('P3Y', 'at age 3')]
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import msgspec

from workup.text.ages import AGE, before, days, duration
from workup.text.document import Document
from workup.text.mention import Mention

_CLASSES = {
    "birth": "HP:0003577",
    "neonatal period": "HP:0003623",
    "newborn period": "HP:0003623",
    "infancy": "HP:0003593",
    "early infancy": "HP:0003593",
    "childhood": "HP:0011463",
    "early childhood": "HP:0011463",
    "adolescence": "HP:0003621",
    "adulthood": "HP:0003581",
}
"""HPO onset class by the words of a note; ages of the classes as HPO defines them (Onset, HP:0003674)."""

_NAMES = "|".join(sorted(_CLASSES, key=len, reverse=True))
_AT = re.compile(
    rf"\b(?P<lead>since|from|at|by|around|about|in|when (?:he|she) was|with (?:an )?onset (?:at|in))"
    rf"[ ]+(?:about[ ]|around[ ]|approximately[ ]|~[ ]?)?"
    rf"(?:(?:the[ ])?(?:age[ ](?:of[ ])?|aged[ ]|first[ ]))?(?:about[ ]|around[ ])?"
    rf"(?:{AGE}(?P<tail>[ ](?:of[ ](?:age|life)|old))?|(?P<bare>\d{{1,2}})(?![\w%/:-]|[.,]\d)|(?:early[ ]|"
    rf"late[ ])?(?P<name>{_NAMES})\b)",
    re.I,
)
_FOR = re.compile(
    rf"\b(?:for|over|x|during)[ ]+(?:the[ ](?:past|last)[ ]|about[ ]|the[ ]|at least[ ]|more than[ ]|"
    rf"approximately[ ])?{AGE}(?![ ](?:old|of age))"
    rf"|\b(?P<ago>{AGE.replace('count', 'n').replace('unit', 'u')})[ ]ago\b"
    rf"|\b(?P<hx>{AGE.replace('count', 'm').replace('unit', 'v')})[ -](?:history|hx|h/o)\b",
    re.I,
)
_AGE = re.compile(AGE, re.I)
_HINT = re.compile(
    r"(?<![a-z])(?:years?|yrs?|y|months?|mos?|mths?|weeks?|wks?|days?|"
    r"hours?|hrs?|age|aged|when (?:he|she) was|birth|infancy|childhood|"
    r"adulthood|adolescence|period|ago)(?![a-z])|\d[ymwdh]\b",
    re.I,
)
_BEGIN = re.compile(
    r"\b(?:onset|began|begun|begin|beginning|started|starting|since|first|developed|presented|appeared|noticed|"
    r"noted|manifested)\b",
    re.I,
)
_WHEN = re.compile(_BEGIN.pattern + r"|\b(?:history|hx|for|ago|x)\b", re.I)
_NOT_ONSET = re.compile(
    r"\b(?:treated|taking|takes|took|therapy|medication|married|worked|works|lived|smok\w+|walk(?:ed|ing)?|sat|"
    r"spoke|talked|died|surgery|underwent|born|followed|follow-up|seen|examined|evaluated|last)\b",
    re.I,
)
_SPLIT = re.compile(
    r"[;]|,?\s+(?:and|but|while|whereas)\s+(?=(?:he|she|the|his|her|has|had|was|developed|began)\b)", re.I
)


class Onset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When something began.

    Attributes:
        age: In the formats of :attr:`workup.case.Finding.onset`.
        start: First character of the words that say so.
        end: One past the last.
    """

    age: str
    start: int
    end: int


def find(note: str, start: int, end: int, now: str | None) -> list[Onset]:
    """Onsets that the text from ``start`` to ``end`` names, in order; ``now`` is the patient's age."""
    if _HINT.search(note, start, end) is None:
        return []
    found: list[Onset] = []
    for match in _AT.finditer(note, start, end):
        if match["name"]:
            if (
                match["lead"].lower() == "at"
                and match["name"].lower() == "birth"
                and not _BEGIN.search(note, start, end)
            ):
                continue
            age: str | None = _CLASSES[match["name"].lower()]
        elif match["bare"]:
            if "age" not in match[0].lower() and "was" not in match["lead"].lower():
                continue
            age = f"P{int(match['bare'])}Y"
        else:
            aged = (
                "age" in match[0].lower()
                or match["tail"]
                or match["lead"].lower() in ("since", "at", "when he was", "when she was")
            )
            age = duration(match) if aged else None
        if age is not None:
            found.append(Onset(age, match.start(), match.end()))
    if now is not None:
        for match in _FOR.finditer(note, start, end):
            inner = _AGE.search(note, match.start(), match.end())
            elapsed = days(duration(inner)) if inner is not None else None
            age = before(now, elapsed) if elapsed is not None else None
            if age is not None and not any(other.start < match.end() and match.start() < other.end for other in found):
                found.append(Onset(age, match.start(), match.end()))
    return sorted(found, key=lambda onset: onset.start)


def of_illness(note: str, now: str | None, document: Document) -> Onset | None:
    """Onset of the illness: the first age or time at which something is said to begin; None if nothing is."""
    for start, end in document.sentences:
        if _HINT.search(note, start, end) is None or _WHEN.search(note, start, end) is None:
            continue
        section = document.section_at(start)
        if section is not None and section.kind in ("family", "social", "medication", "birth", "past", "development"):
            continue
        for onset in find(note, start, end, now):
            near = note[max(start, onset.start - 60) : min(end, onset.end + 60)]
            if not _NOT_ONSET.search(near):
                return onset
    return None


def of_mentions(note: str, mentions: Sequence[Mention], now: str | None, document: Document) -> dict[int, Onset]:
    """Onset of each mention that stands in a clause with one, by its place in ``mentions``.

    An onset that opens its clause dates what follows it; any other dates what stands before it in the clause.
    Mentions that are not the patient's get none.
    """
    by_sentence: dict[int, list[int]] = {}
    for place, mention in enumerate(mentions):
        number = document.sentence_at(mention.start)
        if number is not None and mention.status == "present":
            by_sentence.setdefault(number, []).append(place)
    result: dict[int, Onset] = {}
    for number, places in by_sentence.items():
        start, end = document.sentences[number]
        if _HINT.search(note, start, end) is None:
            continue
        bounds = [start, *(match.end() for match in _SPLIT.finditer(note, start, end)), end]
        for left, right in itertools.pairwise(bounds):
            dated = find(note, left, right, now)
            if not dated:
                continue
            opening = dated[0] if note[left : dated[0].start].strip(" ,\n\t") == "" else None
            for place in places:
                mention = mentions[place]
                if not left <= mention.start < right:
                    continue
                after = next((onset for onset in dated if onset is not opening and onset.start >= mention.end), None)
                # "3-week history of vomiting": the time stands before what it dates.
                back = [onset for onset in dated if onset.end <= mention.start]
                if after is not None:
                    result[place] = after
                elif back and (
                    back[-1] is opening
                    or note[back[-1].start : back[-1].end].lower().endswith(("history", "hx", "h/o"))
                    or _BEGIN.search(note, back[-1].end, mention.start)
                ):
                    result[place] = back[-1]
    return result
