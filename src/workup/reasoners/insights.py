"""Insights from a person's days: trends with their numbers first, and only then a label.

Paper: From classification to clinical insights (system 39); its conditions in names of ours:

    direct     the table, and the label
    trends     describe the trend of each stream, relate them to the condition, then the label (chain of thought)
    explained  the same with what each stream means
    criteria   the same with the criteria of a depressive episode in words

    reply    "Steps fell from 9,100 in the first week to 6,200 in the last ... Answer: yes"
    steps    one a line, each number with its stream, what the data say and whether it is right

The figures that may be cited are computed and shown (``figures``), since counting is what models do badly. A label from
28 days of a phone is no screening: the steps are the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

import msgspec

from workup.case import Form
from workup.errors import Issue
from workup.evaluation.number_grounding import Traced, trace_numbers
from workup.models.model import Message
from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.method import Method, Task
from workup.reasoning import Evidence, Reasoning, Step
from workup.signals.globem import STREAMS, Person
from workup.signals.tables import figures_in_words, person_of, table, weekly
from workup.text.document import Document

Condition = Literal["direct", "trends", "explained", "criteria"]

DIRECT = """\
The case is a table of a person's days. Answer with one line: "Answer: " and then {wanted}."""
TRENDS = """\
The case is a table of a person's days; NaN is a day without a value. Describe the trend of each stream, and cite the \
numbers you rely on with their days or weeks. Relate the trends to the question. Then end with one line: "Answer: " \
and then {wanted}."""
WEEKLY = "\nEach row of the table is the mean of the seven days that begin with its date."
FOLLOW = """\
A clinician who read your text asks the question above about the same person. Answer it in words, and cite the numbers \
of the table you rely on with their days or weeks. Say so when the table does not tell."""
CITE = "\nCite only numbers of the table and of the figures above."
# In words of ours, after the ICD-11 description of a depressive episode.
CRITERIA = """\
A depressive episode: low mood or loss of interest most of the day on nearly every day for two weeks, with several of \
these: poor concentration, feelings of worthlessness, hopelessness, thoughts of death, changed sleep, changed \
appetite, restlessness or slowing, little energy. Phones and watches show only some of it."""


class InsightsOptions(BudgetOptions, frozen=True, kw_only=True):
    """What is shown.

    Attributes:
        condition: Which prompt.
        figures: Whether the computed figures stand beside the table.
        rows: Whether a row is a day or the mean of a week, which a small model can read sooner.
        followups: Questions of a clinician, asked one after another on the same conversation.
    """

    condition: Condition = "trends"
    figures: bool = True
    rows: Literal["daily", "weekly"] = "daily"
    followups: tuple[str, ...] = ()


class Insights(Method[InsightsOptions]):
    """Asks once; each sentence becomes a step whose numbers were checked."""

    name = "insights"
    options = InsightsOptions
    prompts = asking.prompts(direct=DIRECT, trends=TRENDS, cite=CITE, criteria=CRITERIA, weekly=WEEKLY, follow=FOLLOW)
    refuses: ClassVar[Mapping[Form, str]] = {"retrieval": "it reads days, and searches nothing"}

    def work(self, task: Task[InsightsOptions]) -> Reasoning:
        """Show table and figures, read the label, check the numbers."""
        options = task.options
        person = person_of(task.case.text or "")
        if person is None:
            return task.abstains("the case holds no table of days; `docs/wearables.md` shows one")
        data = []
        if options.figures:
            data.append(asking.marked("result", figures_in_words(person)))
        if options.condition in ("explained", "criteria"):
            known = (f"- {STREAMS[name].title}: {STREAMS[name].meaning}" for name in person.streams)
            data.append(asking.marked("passage", "\n".join(known)))
        told = DIRECT if options.condition == "direct" else TRENDS + (CITE if options.figures else "")
        if options.condition == "criteria":
            told = f"{CRITERIA}\n{told}"
        weeks = options.rows == "weekly"
        if weeks:
            told += WEEKLY
            task.case = msgspec.structs.replace(task.case, text=table(weekly(person)))
        messages = task.messages(told, data=data)
        (reply,) = task.ask(messages)
        task.best = task.read(reply)
        steps, wrong = checked(reply, person, weeks=weeks)
        said = reply
        for question in options.followups:
            task.screen(question, "a follow-up question")
            asked = f"{asking.marked('question', question)}\n\n{FOLLOW}"
            turns = (Message(role="assistant", content=said), Message(role="user", content=asked))
            messages = (*messages, *turns)
            (said,) = task.ask(messages)
            more, mistaken = checked(said, person, weeks=weeks)
            steps += [msgspec.structs.replace(step, claim=f"{question} {step.claim}") for step in more[:1]] + more[1:]
            wrong += mistaken
            reply = f"{reply}\n\n{question}\n{said}"
        if wrong:
            task.issues["numbers"] = Issue(
                message=f"{wrong} of the numbers in the text differ from the data",
                remedy="read them with the data behind them",
                code="numbers",
            )
        return task.reasoning(task.best, text=reply, steps=steps)


def checked(text: str, person: Person, *, weeks: bool = False) -> tuple[list[Step], int]:
    """Sentences as steps, each number with what the data say; and how many numbers are wrong.

    Args:
        text: What was written about the person.
        person: The person's days.
        weeks: Whether the means of weeks were shown, so that they may be cited.
    """
    traced = _traced(text, person, weeks)
    steps = []
    for start, end in Document.of(text).sentences:
        own = [one for one in traced if start <= one.start < end]
        words = text[start:end]
        if words.lower().startswith("answer:"):
            continue
        steps.append(Step(kind="claim", claim=words, evidence=tuple(_evidence(one, text) for one in own)))
    return steps, sum(one.outcome == "wrong" for one in traced)


def _traced(text: str, person: Person, weeks: bool) -> list[Traced]:
    """Every number with what the days say of it; where weeks were shown, with what these say, if they bear it out."""
    days = trace_numbers(text, person)
    if not weeks:
        return days
    shown = trace_numbers(text, weekly(person))
    return [week if week.outcome == "right" else day for day, week in zip(days, shown, strict=True)]


def _evidence(one: Traced, text: str) -> Evidence:
    said = text[one.start : one.end]
    if one.outcome == "unchecked" or one.truth is None:
        return Evidence(kind="measurement", source="nothing in the text says of what", quote=said)
    stream = STREAMS[one.stream]
    return Evidence(
        kind="measurement",
        source=f"{stream.title}, {one.about}",
        quote=said,
        supported=one.outcome == "right",
        values={"stream": one.stream, "about": one.about, "value": round(one.truth, 4), "unit": stream.unit},
    )
