"""What comes out of reading an answer: a value or the reason why there is none."""

from __future__ import annotations

from typing import Any

import msgspec


class Parsed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that was read, or not.

    Attributes:
        value: The answer; None when it could not be read. Never a guess.
        start: Where in the raw text it was read: offset of the first character.
        end: Offset behind the last character; equal to ``start`` when nothing was read.
        policy: Name of the policy it was read by.
        why: The rule that read it, or the reason why nothing was read: ``empty``, ``refusal``,
            ``ambiguous: A, B``, ``no option named``, ...
    """

    value: Any | None
    start: int
    end: int
    policy: str
    why: str

    @property
    def ok(self) -> bool:
        """Whether an answer was read."""
        return self.value is not None


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number with the unit as it was written; an empty unit when there is none."""

    value: float
    unit: str = ""


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sentence is wrong and what it should say.

    Attributes:
        sentence: Number of the sentence as written; empty when the text was called correct.
        text: The corrected sentence; empty when none was given.
    """

    sentence: str = ""
    text: str = ""


class Found(msgspec.Struct, frozen=True):
    """A reading inside the library: offsets count in the cleaned text."""

    value: Any | None
    start: int = 0
    end: int = 0
    why: str = ""
