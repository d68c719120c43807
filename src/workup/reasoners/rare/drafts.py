"""How a host's list of diagnoses and a checker's verdict are read, and how names become disease ids.

    ## **Marfan syndrome** (Rank #1/5)
    Lens and aorta together point to it [E1, E5].

Only such headings name a diagnosis, so that a word in bold is not taken for a disease. A name stands for a disease when
the knowledge base has the very name, spelling and order of words aside; nothing is taken for the nearest.
"""

from __future__ import annotations

import re
from collections.abc import Collection

import msgspec

from workup.evaluation.judges.names import DiagnosisNames

LONGEST = 5

_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*)?(?:\*\*)?[ \t]*(?P<name>[^\n]{2,200}?)[ \t]*(?:\*\*)?[ \t]*"
    r"[(\[][ \t]*Rank[ \t]*#?[ \t]*(?P<rank>\d{1,2})[ \t]*(?:/[ \t]*\d{1,2})?[ \t]*[)\]][ \t]*(?:\*\*)?[ \t]*:?[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_BOLD = re.compile(r"\*\*([^*\n]{2,200})\*\*")
_ID = re.compile(r"\b(OMIM|ORPHA|DECIPHER):(\d{1,7})\b")
_BRACKETED = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_JUDGED = re.compile(r"\b(in)?correct\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|n't|isn't|never)\W+(?:\w+\W+)?correct\b", re.IGNORECASE)


class Named(msgspec.Struct, frozen=True):
    """One diagnosis of a list.

    Attributes:
        name: As it was written.
        words: The reasons that follow it.
    """

    name: str
    words: str


def read_list(text: str) -> tuple[Named, ...] | None:
    """The diagnoses of a host's list, by the rank that each heading states; None when there is no such heading.

    >>> read_list("## **Gout** (Rank #2/5)\\nToe.\\n## **Measles (rubeola)** (Rank #1/5)\\nSpots [E1].")
    (Named(name='Measles (rubeola)', words='Spots [E1].'), Named(name='Gout', words='Toe.'))
    >>> read_list("**Note**: nothing fits.")
    """
    found = list(_HEADING.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    ranked = [
        (int(match["rank"]), Named(match["name"].strip("*# \t"), text[match.end() : end].strip()))
        for match, end in zip(found, ends, strict=False)
        if match["name"].strip("*# \t")
    ]
    ranked.sort(key=lambda pair: pair[0])
    return _distinct([named for _, named in ranked])


def read_bold(text: str) -> tuple[Named, ...] | None:
    """The list as upstream reads it: whatever is in bold is a disease.

    >>> read_bold("**Note**: it is **Gout**.")
    (Named(name='Note', words=': it is'), Named(name='Gout', words='.'))
    """
    found = list(_BOLD.finditer(text))
    ends = [*(match.start() for match in found[1:]), len(text)]
    return _distinct(
        [Named(match[1].strip(), text[match.end() : end].strip()) for match, end in zip(found, ends, strict=False)]
    )


def _distinct(named: list[Named]) -> tuple[Named, ...] | None:
    first: dict[str, Named] = {}
    for one in named:
        if one.name:
            first.setdefault(one.name.casefold(), one)
    return tuple(first.values())[:LONGEST] or None


def read_verdict(text: str) -> bool | None:
    """Whether the first line says Correct or Incorrect; None when it says neither, or both.

    >>> read_verdict("DIAGNOSIS ASSESSMENT: Correct\\nIt would be incorrect to ..."), read_verdict("Incorrect.")
    (True, False)
    >>> read_verdict("Correct or Incorrect? Hard to say.")
    """
    line = next((line for line in text.splitlines() if line.strip()), "")
    said = {match[1] is None for match in _JUDGED.finditer(line)}
    if said == {True} and _NOT.search(line):
        return False
    return said.pop() if len(said) == 1 else None


def read_verdict_upstream(text: str) -> bool | None:
    """The verdict as upstream reads it: wrong when the letters "incorrect" stand anywhere, else right.

    >>> read_verdict_upstream("DIAGNOSIS ASSESSMENT: Correct. It would be incorrect to doubt it.")
    False
    """
    return "incorrect" not in text.casefold()


def disease_of(name: str, names: DiagnosisNames, among: Collection[str] = ()) -> str | None:
    """The one disease that a name stands for; None when there is none, or several.

    An id in the name counts first; then the name, the name without what stands in brackets, and what stands there.

    Args:
        name: As it was written, e.g. ``Marfan syndrome (MFS)``.
        names: Names of the knowledge base.
        among: Diseases that came up; of several with the name, the one that did.
    """
    diseases = names.knowledge.diseases
    for prefix, number in _ID.findall(name):
        place = diseases.index(f"{prefix}:{number}")
        if place is not None:
            return diseases.ids[int(diseases.entity[place])]
    inside = [first or second for first, second in _BRACKETED.findall(name)]
    for form in (_BRACKETED.sub(" ", name), name, *inside):
        if found := names.entries(form):
            likely = found & set(among) if len(found) > 1 else found
            return likely.pop() if len(likely) == 1 else None
    return None
