"""Draft, check, and revise or widen, up to n times.

    draft 1  "Answer: B"   check: "the rash is not explained"   -> revise
    draft 2  "Answer: A"   check: nothing to object             -> done, accepted

What a draft is (words, a pair of choices, a differential), who checks it and whether the next one is a revision or
comes of a wider search, the method says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")
Objection = TypeVar("Objection")


class Refined(msgspec.Struct, Generic[T], frozen=True):
    """How it ended.

    Attributes:
        drafts: Every draft, the first one first.
        accepted: Whether the last one was accepted; else the limit was reached, or nothing new came.
    """

    drafts: tuple[T, ...]
    accepted: bool

    @property
    def last(self) -> T:
        """The last draft."""
        return self.drafts[-1]


def refine(
    draft: T,
    check: Callable[[T, int], Objection | None],
    revise: Callable[[T, Objection, int], T | None],
    *,
    most: int,
    check_last: bool = True,
) -> Refined[T]:
    """Check a draft and make the next one of what is objected, until nothing is.

    Args:
        draft: The first draft.
        check: What is to be objected to a draft, None for nothing; told the number of the draft, from 1.
        revise: The next draft, or None when there is none; told the number of the draft it replaces.
        most: Most revisions.
        check_last: Whether the draft after the last revision is checked too, which tells if it is accepted.

    >>> refine(1, lambda n, turn: None if n > 2 else "too small", lambda n, why, turn: n + 1, most=5).drafts
    (1, 2, 3)
    """
    drafts = [draft]
    while True:
        turn = len(drafts)
        if turn > most and not check_last:
            return Refined(tuple(drafts), False)
        objection = check(drafts[-1], turn)
        if objection is None:
            return Refined(tuple(drafts), True)
        after = revise(drafts[-1], objection, turn) if turn <= most else None
        if after is None:
            return Refined(tuple(drafts), False)
        drafts.append(after)
