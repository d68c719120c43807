"""Does a reasoning show what it decided, and does "no decision survives" warn of an error?

Paper: arXiv 2403.06294 (ArgMed-Agents, system 03). *Predictability* is the share of answers that a rule or a model can
tell from the record of the reasoning alone: without the case, and without the steps that state the choice. *Error
detection* is how often the first thought was wrong where no decision survived.

    record   A1 generator: topiramate ... · A3 generator: kidney stones ... (attacks A1) · A5 generator: propranolol ...
    guess    B, propranolol: A1 is defeated; right when B was answered
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import msgspec

from workup.case import Case, Question
from workup.evaluation import parse
from workup.evaluation.labels import wilson
from workup.evaluation.score import Estimate
from workup.models.model import GREEDY, Model, Sampling
from workup.reasoning import Reasoning, Step

# What states the choice, and so would give it away.
_STATES = ("decision", "vote")
ASKED = "Which option was decided for in the record above?"
EVALUATE = """\
The dialogue above is all that is known of how a question was settled. Say which option it settles on. Reply with \
one line and nothing else: "Answer: " and then {wanted}."""
CITATION = "arXiv 2403.06294"


def record_of(reasoning: Reasoning) -> str:
    """The steps in words, without those that state the choice."""
    return "\n".join(_said(step) for step in _shown(reasoning))


def guess_by_rule(reasoning: Reasoning, question: Question) -> str | None:
    """The option that the record speaks for, by rule.

    An option is out when the step that brought it up is attacked by one that nothing defeats. Of those left, the one
    that most steps name is guessed, and among equals the one that was brought up first.
    """
    from workup.reasoners.blocks.argumentation import Framework

    steps = _shown(reasoning)
    named = {step.id for step in steps if step.id}
    attacks = [
        (step.id, link.to) for step in steps for link in step.links if link.relation == "attacks" and link.to in named
    ]
    framework = Framework(named, attacks)
    defeated = {one for one in named if set(framework.attackers(one)) & framework.grounded}
    votes: Counter[str] = Counter()
    raised: dict[str, Step] = {}
    for step in steps:
        for key in _named(step.claim, question):
            votes[key] += 1
            raised.setdefault(key, step)
    left = [key for key, step in raised.items() if step.id not in defeated]
    return max(left, key=lambda key: votes[key], default=None)


def guess_by_model(
    reasoning: Reasoning, question: Question, model: Model, *, sampling: Sampling = GREEDY
) -> str | None:
    """The option that a model reads out of the record; None when its reply names none.

    Raises:
        ModelError: The model failed.
    """
    from workup.reasoners import asking

    asked = msgspec.structs.replace(question, text=ASKED)
    messages = asking.messages(
        Case(id="record", question=asked), asked, EVALUATE, data=[asking.marked("dialogue", record_of(reasoning))]
    )
    answer = parse.to_answer(parse.answer(model.generate(messages, sampling=sampling).text, asked), asked)
    return answer.ids[0] if answer and answer.ids else None


def predictability(reasonings: Sequence[Reasoning], guesses: Sequence[str | None]) -> Estimate:
    """Share of answers that were guessed; no guess is a wrong one, and cases without an answer are left out.

    Args:
        reasonings: What was answered.
        guesses: A guess for each, of :func:`guess_by_rule` or :func:`guess_by_model`.
    """
    pairs = [
        (reasoning.answer.ids[:1], guess)
        for reasoning, guess in zip(reasonings, guesses, strict=True)
        if reasoning.answer is not None
    ]
    notes = (f"{len(reasonings) - len(pairs)} of {len(reasonings)} without an answer are left out",)
    return _share("predictability", [ids == (guess,) for ids, guess in pairs], notes)


def error_detection(undecided: Sequence[bool], wrong: Sequence[bool]) -> tuple[Estimate, Estimate]:
    """How often the first thought was wrong where no decision survived, and the converse.

    It is a signal with a measured precision, and no theorem.

    Args:
        undecided: Whether no decision survived.
        wrong: Whether the first decision that was argued for was wrong.

    Returns:
        P(wrong | no decision) and P(no decision | wrong).

    >>> [estimate.value for estimate in error_detection([True, True, False, False], [True, False, True, True])]
    [0.5, 0.3333333333333333]
    """
    both = list(zip(undecided, wrong, strict=True))
    return (
        _share("error given no decision", [error for none, error in both if none]),
        _share("no decision given error", [none for none, error in both if error]),
    )


def _share(metric: str, hits: Sequence[bool], notes: tuple[str, ...] = ()) -> Estimate:
    if not hits:
        return Estimate(metric=metric, value=None, n=0, citation=CITATION, notes=notes)
    return Estimate(
        metric=metric,
        value=sum(hits) / len(hits),
        n=len(hits),
        interval=wilson(sum(hits), len(hits)),
        method="Wilson",
        citation=CITATION,
        notes=notes,
    )


def _shown(reasoning: Reasoning) -> list[Step]:
    return [step for step in reasoning.steps if step.kind not in _STATES]


def _said(step: Step) -> str:
    attacked = [link.to for link in step.links if link.relation == "attacks"]
    who = " ".join(part for part in (step.id, step.by) if part)
    tail = f" (speaks against {', '.join(attacked)})" if attacked else ""
    return f"{who}: {step.claim}{tail}" if who else f"{step.claim}{tail}"


def _named(claim: str, question: Question) -> list[str]:
    """Keys of the options that words name, by text or as an answer."""
    found = [
        key
        for key, text in question.options.items()
        if re.search(rf"(?<!\w){re.escape(text.casefold())}(?!\w)", claim.casefold())
    ]
    answer = parse.to_answer(parse.answer(claim, question), question)
    return found or [key for key in (answer.ids if answer else ()) if key in question.options]
