"""Votes among several replies to one question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from workup.reasoning import Answer, Step


def ballot(answer: Answer) -> tuple[str, ...]:
    """What makes two answers one vote: the set of options, or the first of a list of diagnoses, spelling aside.

    >>> ballot(Answer(level="list", text="", ids=("Marfan  Syndrome", "Gout")))
    ('marfan syndrome',)
    """
    names = [" ".join(name.split()).casefold() for name in answer.ids or (answer.text,)]
    return tuple(names[:1] if answer.level in ("list", "text") else sorted(names))


def vote(answers: Sequence[Answer | None]) -> tuple[int, float]:
    """The answer with most votes.

    Ties go to the one seen first. An answer that could not be read votes for nothing, but counts in the share.

    Returns:
        Place of the first answer that says what was elected (-1 when none could be read), and its share of the votes.

    >>> a, b = (Answer(level="option", text=key, ids=(key,)) for key in "AB")
    >>> vote([None, b, a, b]), vote([a, b]), vote([None])
    ((1, 0.5), (0, 0.5), (-1, 0.0))
    """
    ballots = [ballot(answer) if answer else None for answer in answers]
    votes = Counter(given for given in ballots if given is not None)
    if not votes:
        return -1, 0.0
    # most_common keeps the order in which equals were first seen.
    elected, count = votes.most_common(1)[0]
    return ballots.index(elected), count / len(answers)


def elect(replies: Sequence[str], answers: Sequence[Answer | None]) -> tuple[Answer | None, str]:
    """The elected answer, with its share of the votes as probability, and the reply it was read from."""
    place, share = vote(answers)
    answer = answers[place] if place >= 0 else None
    if answer is None:
        return None, replies[0] if replies else ""
    return msgspec.structs.replace(answer, probability=share), replies[place]


def samples(what: str, replies: Sequence[str], answers: Sequence[Answer | None]) -> list[Step]:
    """A step for each reply: what it answers, and its words."""
    return [
        Step(
            kind="claim",
            claim=f"{what} {number} of {len(replies)} answers "
            f"{', '.join(answer.ids) or answer.text if answer else 'nothing that can be read'}: {reply}",
        )
        for number, (reply, answer) in enumerate(zip(replies, answers, strict=True), 1)
    ]
