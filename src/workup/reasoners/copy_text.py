"""The words of the case, copied: what a summary or a note has to beat.

The baselines "transcript-copy-and-paste" and "lead" of work on summaries (ACI-Bench, Yim et al. 2023, has the first).
Nothing is left out and nothing invented, so that it covers everything and shortens nothing.

    case      "[doctor] what brings you in ?\\n[patient] i have had a cough for two days . it is dry ."
    reply     all of it; with lead=2, the first two lines or sentences
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.method import Method, Task, all_but
from workup.reasoners.options import Options
from workup.reasoning import Answer, Reasoning

_ENDS = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[。！？])|\n+")


class CopyTextOptions(Options, frozen=True, kw_only=True):
    """How much is copied.

    Attributes:
        lead: So many lines or sentences from the beginning; None for all.
    """

    lead: Annotated[int, Meta(ge=1)] | None = None


class CopyText(Method[CopyTextOptions]):
    """Replies with the words of the case, or of its question where that is all."""

    name = "copy-text"
    needs = ()
    options = CopyTextOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but("text", why="it copies a text")

    def work(self, task: Task[CopyTextOptions]) -> Reasoning:
        """Copy."""
        text = (task.case.text or "").strip() or asking.described(task.case) or task.question.text
        if task.options.lead is not None:
            text = leading(text, task.options.lead)
        return task.reasoning(Answer(level="text", text=text), text=text)


def leading(text: str, count: int) -> str:
    r"""The first lines or sentences of a text.

    >>> leading("He has a cough. It is dry. No fever.", 2), leading("[doctor] hi\n[patient] hello\n[doctor] so", 2)
    ('He has a cough. It is dry.', '[doctor] hi\n[patient] hello')
    """
    end, start = len(text), 0
    for found in _ENDS.finditer(text):
        if text[start : found.start()].strip():
            count -= 1
            if not count:
                end = found.start()
                break
        start = found.end()
    return text[:end].strip()
