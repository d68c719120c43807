"""How a reasoner came to its answer, as one self-contained web page: whatever it is that reasoned.

An argument, a debate, a dialogue, a tool call and a likelihood are all steps, so that one page shows them: who said
what in which round, what it attacks or answers, what it rests on, and whether a quotation was found where it is said to
stand. Like the diagnosis report the page loads and runs nothing, and all text is escaped.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workup.case import Case
from workup.models.model import Message
from workup.models.model import Reply as ModelReply
from workup.reasoning import Evidence, Reasoning, Step, StepKind
from workup.report import wording
from workup.report.argument_graph import graph_of
from workup.report.html import environment
from workup.report.wording import clean, ratio_in_words

LONG = 420
"""Characters of words that are shown unfolded."""
_MOST = 20_000

KINDS: Mapping[StepKind, str] = {
    "finding": "finding",
    "excluded": "excluded finding",
    "missing": "missing finding",
    "unexplained": "unexplained",
    "demographic": "age, sex, onset",
    "gene": "gene",
    "prior": "prior",
    "misfit": "does not fit",
    "specific": "more specific",
    "claim": "claim",
    "thought": "thought",
    "tool": "tool call",
    "passage": "passage",
    "question": "question",
    "reply": "reply",
    "opinion": "opinion",
    "vote": "vote",
    "argument": "argument",
    "draft": "draft",
    "verdict": "check",
    "decision": "decision",
}
_RELATIONS = {
    "attacks": "against",
    "supports": "for",
    "answers": "answers",
    "revises": "revises",
    "about": "about",
}
_SEVERITIES = {"error": "Not used", "warning": "Please check", "info": "Note"}
_CHECKS = {True: "found there", False: "not found there", None: "not checked"}


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """One piece of evidence: where it is, what it says, and whether that was found there."""

    id: str
    kind: str
    source: str
    href: str
    quote: str
    check: str
    supported: bool | None
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step as the page shows it."""

    anchor: str
    kind: StepKind
    kind_in_words: str
    by: str
    id: str
    label: str
    short: str
    words: str
    weight: str
    unread: bool
    links: tuple[tuple[str, str, str], ...]
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model: what it was asked and what it answered."""

    number: int
    asked: tuple[tuple[str, str], ...]
    answered: tuple[str, ...]


def render_trace(
    case: Case,
    reasoning: Reasoning,
    *,
    model: str = "",
    calls: Sequence[tuple[Sequence[Message], ModelReply]] = (),
) -> str:
    """Render the page.

    Args:
        case: The case; its reference, publication and provenance are not shown.
        reasoning: What came of it.
        model: The model that was used; empty without one.
        calls: What the model was asked, with its replies, in order.
    """
    context = _context(case, reasoning, model)
    context["calls"] = [_call(number, asked, reply) for number, (asked, reply) in enumerate(calls, 1)]
    return environment().get_template("trace.html.j2").render(context)


def _context(case: Case, reasoning: Reasoning, model: str) -> dict[str, Any]:
    anchors = {step.id: f"step-{number}" for number, step in enumerate(reasoning.steps, 1) if step.id}
    steps = [_step(step, number, anchors) for number, step in enumerate(reasoning.steps, 1)]
    accepted = _accepted(reasoning.steps)
    answer = reasoning.answer
    question = case.question
    return {
        "case": case,
        "reasoning": reasoning,
        "model": clean(model),
        "headline": _headline(reasoning),
        "computed": wording.has_posttest(reasoning),
        "order_differs": wording.order_differs(reasoning),
        "kicker": _kicker(reasoning),
        "chosen": set(answer.ids) if answer is not None else set(),
        "question": question,
        "asked": _words(question.text) if question else "",
        "text": _words(case.text or "")[:_MOST],
        "said": _words(reasoning.text)[:_MOST],
        "options": [(clean(key), clean(text)) for key, text in question.options.items()] if question else [],
        "rounds": _rounds(reasoning.steps, steps),
        "votes": _votes(reasoning.steps),
        "graph": graph_of(reasoning.steps, accepted),
        "arguments": _nested(reasoning.steps, anchors, accepted),
        "dialogue": any(step.kind == "reply" for step in reasoning.steps),
        "differential": [
            (
                wording.rank(item.rank),
                clean(item.label),
                clean(item.id),
                wording.page_of(item.id),
                wording.percent(item.probability),
                item.probability,
                [_step(step, number, anchors) for number, step in enumerate(item.contributions, 1)],
            )
            for item in reasoning.differential[:10]
        ],
        "sources": _sources(reasoning.steps),
        "unread": sum(step.unread for step in reasoning.steps),
        "issues": [(_SEVERITIES[issue.severity], issue) for issue in reasoning.issues],
        "versions": [(clean(name), clean(value)) for name, value in reasoning.versions.items()],
        "research_line": wording.RESEARCH_LINE,
        "long": LONG,
    }


def _headline(reasoning: Reasoning) -> str:
    answer = reasoning.answer
    if answer is None:
        return "No answer"
    keys = ", ".join(clean(key) for key in answer.ids)
    text = clean(answer.text)
    if answer.level == "option" and keys and keys != text:
        return f"{keys}. {text}"
    return (text or keys)[:300]


def _kicker(reasoning: Reasoning) -> str:
    answer = reasoning.answer
    if answer is None:
        return "Abstained" if reasoning.abstained else "The answer could not be read"
    return f"Answer of the reasoner “{clean(reasoning.reasoner)}”"


def step_views(steps: Sequence[Step]) -> list[StepView]:
    """Steps as a page shows them, without links between them."""
    return [_step(step, number, {}) for number, step in enumerate(steps, 1)]


def _step(step: Step, number: int, anchors: Mapping[str, str]) -> StepView:
    words = _words(step.claim)
    return StepView(
        anchor=f"step-{number}",
        kind=step.kind,
        kind_in_words=KINDS[step.kind],
        by=clean(step.by),
        id=clean(step.id),
        label=clean(step.label or ""),
        short=words if len(words) <= LONG else words[:LONG].rsplit(" ", 1)[0] + " …",
        words=words if len(words) > LONG else "",
        weight=ratio_in_words(step.weight) if step.weight else "",
        unread=step.unread,
        links=tuple((_RELATIONS[link.relation], clean(link.to), anchors.get(link.to, "")) for link in step.links),
        evidence=tuple(_evidence(item) for item in step.evidence),
    )


def _words(text: str) -> str:
    """Words on as many lines as they have, each without control characters."""
    return "\n".join(line for line in map(clean, text.splitlines())).strip()


def _evidence(item: Evidence) -> EvidenceView:
    return EvidenceView(
        id=clean(item.id),
        kind=item.kind,
        source=clean(item.source),
        href=wording.page_of(item.source.split(",")[0]),
        quote=_words(item.quote)[:1500],
        check=_CHECKS[item.supported],
        supported=item.supported,
        values=tuple((clean(key), _value(value)) for key, value in item.values.items()),
    )


def _value(value: object) -> str:
    """A value in words: the parts of a list, parted by commas."""
    parts = value if isinstance(value, list | tuple) else [value]
    return ", ".join(map(clean, parts))[:300]


def _rounds(steps: Sequence[Step], views: Sequence[StepView]) -> list[tuple[int, list[StepView]]]:
    """Steps of one turn together, in order; turn 0 is no round."""
    grouped = itertools.groupby(zip(steps, views, strict=True), key=lambda pair: pair[0].turn)
    return [(turn, [view for _, view in pairs]) for turn, pairs in grouped]


def _votes(steps: Sequence[Step]) -> tuple[list[int], list[tuple[str, list[str]]]] | None:
    """What each agent answered in each round; None unless at least two agents have an opinion with a label."""
    said: dict[str, dict[int, str]] = {}
    for step in steps:
        if step.kind == "opinion" and step.by:
            label = clean(step.label or "")
            said.setdefault(clean(step.by), {})[step.turn] = "unread" if step.unread else label
    if len(said) < 2 or not any(label for one in said.values() for label in one.values()):
        return None
    turns = sorted({turn for one in said.values() for turn in one})
    return turns, [(by, [one.get(turn, "–") or "–" for turn in turns]) for by, one in said.items()]


def _accepted(steps: Sequence[Step]) -> frozenset[str]:
    """Arguments of the chosen explanation: those that the last decision is said to rest on."""
    for step in reversed(steps):
        if step.kind == "decision" and (names := [link.to for link in step.links if link.relation == "supports"]):
            return frozenset(names)
    return frozenset()


def _nested(
    steps: Sequence[Step], anchors: Mapping[str, str], accepted: frozenset[str]
) -> list[tuple[str, str, str, bool, list[tuple[str, str]]]]:
    """Each argument with the arguments against it: id, words, anchor, whether accepted, attackers."""
    arguments = [step for step in steps if step.kind == "argument" and step.id]
    against: dict[str, list[tuple[str, str]]] = {}
    for step in arguments:
        for link in step.links:
            if link.relation == "attacks":
                against.setdefault(link.to, []).append((clean(step.id), anchors[step.id]))
    return [
        (
            clean(step.id),
            clean(step.label or step.claim)[:200],
            anchors[step.id],
            step.id in accepted,
            against.get(step.id, []),
        )
        for step in arguments
    ]


def _sources(steps: Sequence[Step]) -> list[EvidenceView]:
    """Everything that is cited by an id, once, in order of the ids' first use."""
    found = {item.id: item for step in steps for item in step.evidence if item.id}
    return [_evidence(item) for item in found.values()]


def _call(number: int, asked: Sequence[Message], reply: ModelReply) -> Call:
    answered = []
    for generation in reply.generations:
        calls = [f"{call.name}({call.arguments or call.raw})" for call in generation.tool_calls]
        answered.append(_words("\n".join([generation.text, *calls])) or "(nothing)")
    return Call(number, tuple((message.role, _words(message.content)) for message in asked), tuple(answered))
