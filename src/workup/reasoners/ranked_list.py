"""Ranked list: not one answer but the likeliest few, best first, whether options are given or not.

Paper: "Single answer is not enough" (system 42); five diagnoses as in DiagnosisArena (system 35).

    reply    1. Measles
             2. Rubella
    answer   ids ("Measles", "Rubella"); with options ("A", "C")
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from workup.case import Form, Question
from workup.reasoners import asking
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoning import Answer, Reasoning, Step

DIAGNOSES = """\
List the {length} most likely diagnoses, the likeliest first: one a line, numbered "1.", "2." and so on, each with \
nothing but its name."""
OPTIONS = """\
Rank the options, the likeliest answer first: one a line, numbered "1.", "2." and so on, each with the letter of the \
option and nothing else. Rank {length} of them."""

_NUMBERED = re.compile(r"^\W*\d{1,2}\s*[.):、．]\s*(.+)$")


class RankedListOptions(Options, frozen=True, kw_only=True):
    """How many entries."""

    length: Annotated[int, Meta(ge=1, le=50)] = 5


class RankedList(Method[RankedListOptions]):
    """Asks once for a list; an entry named twice counts where it was named first."""

    name = "ranked-list"
    prompts = asking.prompts(diagnoses=DIAGNOSES, options=OPTIONS)
    options = RankedListOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "which options are right is a set, not a ranking",
        "number": "a number is not ranked",
        "text": "a long answer in words is not ranked",
        "correction": "a correction is not ranked",
    }

    def work(self, task: Task[RankedListOptions]) -> Reasoning:
        """Ask, and read line by line."""
        question, length = task.question, task.options.length
        if question.options:
            length = min(length, len(question.options))
            prompt = OPTIONS
        else:
            prompt = DIAGNOSES
        (reply,) = task.ask(task.messages(prompt.replace("{length}", str(length))))
        answer = self._options(task, question, reply) if question.options else task.read(reply)
        if answer is not None:
            answer = msgspec.structs.replace(answer, ids=answer.ids[:length])
        steps = [
            Step(kind="claim", claim=f"{rank}. {entry}") for rank, entry in enumerate(answer.ids if answer else (), 1)
        ]
        return task.reasoning(answer, text=reply, steps=steps)

    def _options(self, task: Task[RankedListOptions], question: Question, reply: str) -> Answer | None:
        """The options in the order of the numbered lines, or the one answer of a reply that is no list."""
        lines = [found.group(1) for line in reply.splitlines() if (found := _NUMBERED.match(line.strip()))]
        read = [answer for line in lines if (answer := task.read(line, question)) is not None]
        keys = tuple(dict.fromkeys(answer.ids[0] for answer in read if answer.ids))
        if not keys:
            return task.read(reply, question)
        return msgspec.structs.replace(read[0], ids=keys)
