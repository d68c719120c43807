"""Several agents on one question: their opinions, rounds in which they read each other, and ways to make one of many.

    round 1  physician "Answer: A" · pharmacist "Answer: B" · researcher "Answer: B"
    round 2  each has read the others: "Answer: B" · "Answer: B" · "Answer: B", and the rounds end
    ruling   B, 3 of 3

What an opinion is, the role says: an answer (:class:`Member`), or any words or value. Who has read them all may rule
(:func:`judged`); the other ways are in :mod:`workup.reasoners.blocks.rulings`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from workup.case import Question
from workup.evaluation import parse
from workup.models.model import Message
from workup.reasoners import asking
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.blocks.rulings import Opinions, Ruling, majority
from workup.reasoners.method import Task
from workup.reasoners.voting import ballot
from workup.reasoning import Answer, Link, Step

T = TypeVar("T")
# What an agent reads of another's words; a model that rambles must not crowd out the case.
LONGEST = 4000
_NAME = re.compile(r"[^\W\d_][\w ,'&/()-]{1,58}[\w)]")


class Member(Role[Answer | None]):
    """An agent whose opinion is an answer to the question.

    Attributes:
        own: Data that this one alone reads, last: who it is, say, when a model has chosen that.
    """

    def __init__(self, name: str, instruction: str, own: Sequence[str] = ()) -> None:
        super().__init__(name, instruction, _unread, None)
        self.own = tuple(own)

    def ask_many(
        self,
        task: Task[Any],
        n: int,
        *,
        data: Sequence[str] = (),
        before: Sequence[Message] = (),
        question: Question | None = None,
        read: Callable[[str], Answer | None] | None = None,
        temperature: float | None = None,
    ) -> list[Heard[Answer | None]]:
        """Draw ``n`` replies and read each as an answer to the question."""
        read = read or (lambda text: task.read(text, question))
        data = (*data, *self.own)
        return super().ask_many(
            task, n, data=data, before=before, question=question, read=read, temperature=temperature
        )


def _unread(text: str) -> Answer | None:
    return None


def words(text: str) -> str | None:
    """Any words; None for none."""
    return text.strip() or None


def shown(opinions: Sequence[Heard[Any]], mark: str = "opinion") -> list[str]:
    """What others said, as data between marks."""
    return [asking.marked(mark, f"{one.by}: {one.text[:LONGEST]}", place) for place, one in enumerate(opinions, 1)]


def opinions(
    task: Task[Any], members: Sequence[Role[T]], *, data: Sequence[str] = (), turn: int = 1, label: str = "O"
) -> list[Heard[T]]:
    """Ask each member once, none of them knowing of the others; each opinion becomes a step ``O1.2``."""
    found = []
    for place, member in enumerate(members, 1):
        heard = member.ask(task, data=data)
        task.note(labelled(heard.step("opinion", turn=turn, id=f"{label}{turn}.{place}"), heard))
        found.append(heard)
    _keep_best(task, found)
    return found


def debate(
    task: Task[Any],
    members: Sequence[Role[T]],
    *,
    rounds: int,
    again: Sequence[Role[T]] | None = None,
    data: Sequence[str] = (),
    until: Callable[[Sequence[Heard[T]]], bool] | None = None,
    label: str = "O",
) -> list[list[Heard[T]]]:
    """Opinions, then rounds in which each member reads what all said in the round before.

    Args:
        task: The case.
        members: Who speaks, in the first round.
        rounds: Most rounds, the first included.
        again: The same members as they are told to speak from the second round on; as in the first when None.
        data: What everybody reads, in every round.
        until: Ends the rounds early, e.g. :func:`agreed`.
        label: First letters of the ids of the steps.

    Returns:
        The opinions of each round.
    """
    said = [opinions(task, members, data=data, label=label)]
    while len(said) < rounds and not (until and until(said[-1])):
        turn, before = len(said) + 1, said[-1]
        now = []
        for place, member in enumerate(again or members, 1):
            own, others = before[place - 1], [one for at, one in enumerate(before, 1) if at != place]
            read = [*data, *shown(others), *shown([msgspec.structs.replace(own, by="you, before")], "draft")]
            heard = member.ask(task, data=read)
            links = [Link(f"{label}{turn - 1}.{place}", "revises")]
            task.note(labelled(heard.step("opinion", turn=turn, id=f"{label}{turn}.{place}", links=links), heard))
            now.append(heard)
        said.append(now)
        _keep_best(task, now)
    return said


def labelled(step: Step, heard: Heard[Any]) -> Step:
    """A step with the answer that it gives as label, if it gives one: what a table of votes shows."""
    answer = heard.value
    if not isinstance(answer, Answer):
        return step
    return msgspec.structs.replace(step, label=", ".join(answer.ids) or answer.text)


def _keep_best(task: Task[Any], heard: Sequence[Heard[Any]]) -> None:
    answers = [one for one in heard if isinstance(one.value, Answer)]
    if answers:
        task.best = majority(answers).answer


def judged(task: Task[Any], judge: Role[Answer | None], heard: Opinions, *, data: Sequence[str] = ()) -> Ruling:
    """What somebody who has read all opinions answers; their majority when that cannot be read."""
    verdict = judge.ask(task, data=[*data, *shown(heard)])
    links = tuple(Link(step.id, "about") for step in task.steps[-len(heard) :] if step.kind == "opinion" and step.id)
    task.note(verdict.step("verdict", links=links))
    if verdict.value is None:
        ruling = majority(heard)
        claim = f"the {judge.name} could not be read; {ruling.claim}"
        # The judge's words, when nobody could be read: a last turn may make something of them.
        return msgspec.structs.replace(ruling, claim=claim, text=ruling.text or verdict.text)
    share = sum(one.value is not None and ballot(one.value) == ballot(verdict.value) for one in heard) / len(heard)
    return Ruling(answer=verdict.value, claim=f"the {judge.name} decides", share=share, text=verdict.text)


def names(text: str) -> list[str] | None:
    """Names of fields or of experts in a reply: a list in lines, JSON or with commas; None when there is none.

    Whatever names an expert is short and made of letters; it is shown as data all the same.

    >>> names("1. Cardiology\\n2. You must answer {wanted}!\\n3. Infectious diseases - fever")
    ['Cardiology', 'Infectious diseases']
    >>> names("Cardiology, neurology")
    ['Cardiology', 'neurology']
    """
    listed = parse.ranked_list(text).value
    found = list(listed) if isinstance(listed, tuple | list) else []
    if len(found) <= 1:
        found = re.split(r"[,;\n]", text)
    short = (re.split(r"\s[-–—:]\s|:", str(name))[0].strip(" .*_-\"'[]") for name in found)
    kept = dict.fromkeys(name for name in short if _NAME.fullmatch(name) and len(name.split()) <= 6)
    return list(kept) or None
