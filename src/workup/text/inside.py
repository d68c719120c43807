"""Cues within the words of a mention: "no telangiectasia", "palate intact", "Romberg negative".

A recogniser's mention is a name of the term, and whatever negative word stands in it belongs to the name ("absent
speech"). A mention that a person or a model marked in the note may contain the cue; it negates unless the label of the
term speaks of absence itself.

>>> note = "palate intact, absent anus"
>>> cleft = Mention(start=0, end=13, id="HP:0000175", label="Cleft palate", method="user")
>>> anus = Mention(start=15, end=26, id="HP:0002023", label="Anal atresia", method="user")
>>> [len(inside(note, cleft)), len(inside(note, anus))]
[1, 0]
"""

from __future__ import annotations

import re

from workup.text.mention import Circumstance, Mention

_NAMED = frozenset(("name", "abbreviation", "lay", "measurement", "retrieval"))
_NO = re.compile(
    r"\b(?:no|not|without|denies|denied|negative|neg|never|nor|w/o)\b|(?:^|(?<=[\s,;]))[-−](?=\s?[A-Za-z])", re.I
)
_ABSENT = re.compile(r"\b(?:absent|absence)\b", re.I)
_NORMAL = re.compile(
    r"\b(?:normal|normally|nl|wnl|within normal limits|intact|unremarkable|symmetric|symmetrical|symmetrically|midline|"
    r"typical|typically|healthy|eomi|perrla?|ncat|nad|appropriate|appropriately|straight|supple|regular|clear|"
    r"spontaneously|patent|equal|equally|full range|full strength|good|strong|adequate|preserved|average|"
    r"proportionate|proportional|"
    r"well[- ](?:formed|developed|aligned|proportioned)|nonfocal|non-focal|nondysmorphic|non-dysmorphic|descended|"
    r"normocephalic|normotensive|normotonic|atraumatic|anicteric|single uvula|(?:two|2) palmar creases|"
    r"sclerae? (?:is |are )?white|white sclerae?|downgoing|5/5)\b"
    r"|(?<![\d+])2\+(?!\d)",
    re.I,
)
_ABNORMAL = re.compile(
    r"\b(?:abnormal|abnormally|not normal|not intact|asymmetric|irregular|unclear)\b|(?<![\d/])[0-4](?:-[0-4])?/5\b",
    re.I,
)
_ANOMALY = re.compile(r"\b(?:anomal|abnormal|defect|malform|deformit)", re.I)
_LACKING = re.compile(
    r"\b(?:absen\w*|no|not|non|lack\w*|without|inab\w*|unable|poor\w*|reduc\w*|decreas\w*|aplas\w*|agenes\w*|"
    r"atre\w*|hypo\w*|"
    r"impair\w*|loss|delay\w*|limit\w*|never|negative|defic\w*|insuffic\w*|failure|difficult\w*|"
    r"an?(?:odontia|reflexia|hidrosis|osmia|uria|phasia|phonia|lacrima|krimia|mimia|praxia|glossia|dactyly)|"
    r"cryptorchidism|"
    r"alopecia|nonverbal|mut\w*|normal\w*|intact|symmetric\w*|typical|regular|midline|white|straight|clear)\b",
    re.I,
)


def inside(note: str, mention: Mention) -> list[Circumstance]:
    """The negation within the words of a mention, if any."""
    if mention.method in _NAMED:
        return []
    parts = mention.parts or ((mention.start, mention.end),)
    if any(_ABNORMAL.search(note, start, end) for start, end in parts):
        return []
    label = mention.label
    for start, end in parts:
        cue = _NO.search(note, start, end)
        if cue is None and (absent := _ABSENT.search(note, start, end)) is not None:
            rest = (note[start : absent.start()] + note[absent.end() : end]).casefold()
            cue = absent if _same_words(rest, label) else None
        if cue is None:
            cue = _NORMAL.search(note, start, end)
        if cue is not None and (not _LACKING.search(label) or _ANOMALY.search(note, cue.end(), end)):
            return [Circumstance(kind="negated", start=cue.start(), end=cue.end())]
        if cue is not None and cue[0].casefold() not in label.casefold() and _NORMAL.fullmatch(cue[0]):
            return [Circumstance(kind="negated", start=cue.start(), end=cue.end())]
    return []


def _same_words(words: str, label: str) -> bool:
    stems = {word[:5] for word in re.findall(r"[a-z]{3,}", label.casefold())}
    return bool(stems) and stems <= {word[:5] for word in re.findall(r"[a-z]{3,}", words)}
