"""What was found in a note: one mention, with the words it rests on.

All offsets are character positions of the note as given (Python string indices, end exclusive); they are never
positions in a cleaned or lower-cased copy.

>>> note = "No seizures; short stature."
>>> mention = Mention(start=3, end=11, id="HP:0001250", label="Seizure", method="name", status="excluded",
...     contexts=(Circumstance(kind="negated", start=0, end=2),))
>>> mention.words(note)
'seizures'
"""

from __future__ import annotations

from typing import Literal

import msgspec

from workup.case import Status

Method = Literal["name", "abbreviation", "lay", "measurement", "retrieval", "model", "user"]
CircumstanceKind = Literal["negated", "family", "hypothetical", "historical", "uncertain"]


class Circumstance(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What qualifies a mention, and the words that say so.

    Attributes:
        kind: ``negated`` (looked for and absent), ``family`` (somebody else has it), ``hypothetical`` (a plan, a
            condition, a risk), ``historical`` (over before this illness), ``uncertain`` (suspected, possible).
        start: Where the cue begins; a section heading can be a cue.
        end: Where it ends.
    """

    kind: CircumstanceKind
    start: int
    end: int


class Mention(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One place of a note that speaks of one finding.

    Attributes:
        start: First character.
        end: One past the last character.
        parts: The stretches that carry the words when the mention is discontinuous ("hands and feet are small");
            empty when ``start`` to ``end`` is the mention.
        id: HPO id of the finding.
        label: Its label.
        method: How it was found.
        score: Confidence in the mapping, 0-1.
        status: What it says of the patient now: ``present``, ``excluded``, or ``unknown`` when it speaks of somebody
            else, of a plan or of a suspicion, or of what is over (see :func:`is_past`).
        contexts: What qualifies it.
        section: Heading of the section it stands in, as written; None outside any.
        reason: Why this term, in words, when the words alone do not show it: a threshold and its source, say.
    """

    start: int
    end: int
    parts: tuple[tuple[int, int], ...] = ()
    id: str
    label: str
    method: Method
    score: float = 1.0
    status: Status = "present"
    contexts: tuple[Circumstance, ...] = ()
    section: str | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a mention needs 0 <= start < end, not {self.start}, {self.end}")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"score {self.score} is outside 0-1")

    def words(self, note: str) -> str:
        """The words of the note, the parts of a discontinuous mention joined by an ellipsis."""
        return " … ".join(note[start:end] for start, end in self.parts or ((self.start, self.end),))


def is_past(mention: Mention) -> bool:
    """Whether the mention is the patient's own and over: present once, not now.

    >>> past = (Circumstance(kind="historical", start=0, end=7),)
    >>> is_past(Mention(start=8, end=16, id="HP:0001250", label="Seizure", method="name", status="unknown",
    ...     contexts=past))
    True
    """
    return mention.status == "unknown" and {circumstance.kind for circumstance in mention.contexts} == {"historical"}
