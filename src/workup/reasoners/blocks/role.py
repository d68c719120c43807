"""An agent's role: what it is told to do, how its reply is read, and what stands in for a reply that cannot be read.

    Role("critic", "Is the draft right? Answer YES or NO.", read=yes_or_no, fallback=True)
    reply    "I would say YES."   ->  Heard(value=True, read=True)
    reply    "asdf"               ->  Heard(value=True, read=False), counted under "critic"

The words that a role is told are ours; whatever a case, a document or another agent says goes in as data between marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from workup.case import Question
from workup.errors import Issue
from workup.evaluation import parse
from workup.models.model import Message
from workup.reasoning import Evidence, Link, Step, StepKind

if TYPE_CHECKING:
    from workup.reasoners.method import Task

T = TypeVar("T")


class Heard(msgspec.Struct, Generic[T], frozen=True):
    """What a role said.

    Attributes:
        by: The role.
        value: What was read; the role's fallback when nothing could be.
        text: The words.
        read: Whether the value was read from the words.
    """

    by: str
    value: T
    text: str
    read: bool

    def step(
        self,
        kind: StepKind,
        claim: str = "",
        *,
        turn: int = 0,
        id: str = "",
        links: Sequence[Link] = (),
        evidence: Sequence[Evidence] = (),
    ) -> Step:
        """What was said as a step of the reasoning; the words themselves when no ``claim`` is given."""
        return Step(
            kind=kind,
            claim=claim or self.text.strip() or "(said nothing)",
            by=self.by,
            turn=turn,
            id=id,
            links=tuple(links),
            evidence=tuple(evidence),
            unread=not self.read,
        )


class Role(Generic[T]):
    """One agent of a method. Shared between threads: it holds no state.

    Attributes:
        name: Who it is, as a reader sees it.
        instruction: What it is told, in words of ours; ``{wanted}`` becomes what the question's form asks for.
        read: Reads a reply; None when it says nothing that was asked for.
        fallback: What stands in for a reply that cannot be read.
    """

    def __init__(self, name: str, instruction: str, read: Callable[[str], T | None], fallback: T) -> None:
        self.name = name
        self.instruction = instruction
        self.read = read
        self.fallback = fallback

    def ask(
        self,
        task: Task[Any],
        *,
        data: Sequence[str] = (),
        before: Sequence[Message] = (),
        question: Question | None = None,
        read: Callable[[str], T | None] | None = None,
        temperature: float | None = None,
    ) -> Heard[T]:
        """Ask once.

        Args:
            task: The case, and the model that plays the role.
            data: Parts between marks that stand before the case (:func:`workup.reasoners.asking.marked`).
            before: Earlier turns.
            question: What is asked in place of the case's question.
            read: A reader for this call, e.g. one that knows which ids may be named.
            temperature: How freely to draw; None for as the context says.
        """
        return self.ask_many(task, 1, data=data, before=before, question=question, read=read, temperature=temperature)[
            0
        ]

    def ask_many(
        self,
        task: Task[Any],
        n: int,
        *,
        data: Sequence[str] = (),
        before: Sequence[Message] = (),
        question: Question | None = None,
        read: Callable[[str], T | None] | None = None,
        temperature: float | None = None,
    ) -> list[Heard[T]]:
        """Draw ``n`` replies to the same words; see :meth:`ask`."""
        messages = task.messages(self.instruction, question=question, before=before, data=data)
        return [self.hear(task, text, read) for text in task.ask(messages, n=n, temperature=temperature)]

    def hear(self, task: Task[Any], text: str, read: Callable[[str], T | None] | None = None) -> Heard[T]:
        """Read words as this role's reply; one that cannot be read is counted in the task's issues."""
        value = (read or self.read)(text)
        if value is None:
            task.unread[self.name] = count = task.unread.get(self.name, 0) + 1
            what = "reply" if count == 1 else "replies"
            task.issues[f"unread:{self.name}"] = Issue(
                message=f"{count} {what} of the {self.name} could not be read; a fallback stands in",
                code="unread",
                severity="info",
            )
            return Heard(self.name, self.fallback, text, False)
        return Heard(self.name, value, text, True)


def object_of(kind: type[T]) -> Callable[[str], T | None]:
    """A reader of JSON objects of one type, in fences or among words; None when there is none.

    >>> object_of(dict[str, int])('Here: {"a": 1}')
    {'a': 1}
    """

    def read(text: str) -> T | None:
        value = parse.json_value(text).value
        if value is None:
            return None
        try:
            return msgspec.convert(value, kind, strict=False)
        except msgspec.ValidationError:
            return None

    return read


def yes_or_no(text: str) -> bool | None:
    """Read yes or no; None for anything else, "maybe" included.

    >>> yes_or_no("Yes, it is."), yes_or_no("I know it."), yes_or_no("No.")
    (True, None, False)
    """
    return {"yes": True, "no": False}.get(str(parse.yes_no_maybe(text).value))
