"""The letter, asked for in a last turn: what a method says in many words is put into the form of an answer.

MedAgentsBench (arXiv 2503.07459) does so for every method, which compares methods rather than readers of replies. A
reply that can be read says the same without a further call, so that by default only the others are asked again.

    reply   "All of it points to measles, I would say."
    asked   <opinion> ... </opinion> ... what answer does the opinion above arrive at?
    reply   "Answer: A"
"""

from __future__ import annotations

from typing import Any, Literal

from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.panel import LONGEST, Member
from workup.reasoners.method import Task
from workup.reasoning import Answer

FORMAT = """\
What answer does the opinion above arrive at? Reply with one line and nothing else: "Answer: " and then {wanted}."""
CLERK = Member("clerk", FORMAT)


class FinalTurnOptions(BudgetOptions, frozen=True, kw_only=True):
    """When the last turn takes place: for no reply, for those that cannot be read, or (as published) for all."""

    final_turn: Literal["never", "unread", "always"] = "unread"


def settled(task: Task[Any], text: str, when: str, answer: Answer | None = None) -> Answer | None:
    """The answer of a reply, read from it or asked for once more.

    Args:
        task: The case.
        text: The reply.
        when: The option.
        answer: What was read from the reply; read here when None.
    """
    answer = answer or task.read(text)
    if when == "never" or (when == "unread" and answer is not None) or not text.strip():
        return answer
    heard = CLERK.ask(task, data=[asking.marked("opinion", text[-LONGEST:])])
    task.note(heard.step("reply"))
    return heard.value or answer
