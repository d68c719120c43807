"""The cases to look at first: pairs that did not do what they must, sure and wrong answers, unsound reasons.

Each keeps the words and the steps of both sides, so that the page can show them beside each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from workup.evaluation.audits.flips import Flips
from workup.evaluation.audits.material import Material, Record, origin_of
from workup.evaluation.audits.reasons import Reasons
from workup.evaluation.audits.variant import Edit, stem
from workup.reasoning import Reasoning, Step

PER_KIND = 2
SURE_AND_WRONG = 3
_LONGEST = 6_000
_MOST_STEPS = 12


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two cases that are shown beside each other.

    Attributes:
        case: Its id.
        text: The words of the case.
        options: Its options.
        edits: What was changed in the words, where they say it now: start, end and what stood there before.
        answer: The answer as given.
        right: Whether it is right.
        confidence: As stated.
        steps: What was said on the way, the first ones.
        said: Words of a model.
    """

    case: str
    text: str
    options: dict[str, str] = {}
    edits: tuple[tuple[int, int, str], ...] = ()
    answer: str
    right: bool | None
    confidence: float | None = None
    steps: tuple[Step, ...] = ()
    said: str = ""


class Worst(msgspec.Struct, frozen=True, kw_only=True):
    """One case to look at.

    Attributes:
        kind: ``did not flip``, ``did not hold``, ``sure and wrong`` or ``right for wrong reasons``.
        perturbation: What was changed; empty for nothing.
        why: What is wrong, in a sentence.
        sides: The original, and the variant where there is one.
        truth: What is right for the original.
    """

    kind: str
    perturbation: str = ""
    why: str
    sides: tuple[Side, ...]
    truth: str


def worst(found: Material, flipped: Flips | None, reasons: Reasons | None) -> tuple[Worst, ...]:
    """The worst cases, the same ones each time."""
    chosen: list[Worst] = []
    counts: dict[tuple[str, str], int] = {}
    for pair in flipped.violations if flipped else ():
        kind = "did not flip" if pair.origin.expectation == "must-flip" else "did not hold"
        key = (kind, pair.origin.perturbation)
        counts[key] = counts.get(key, 0) + 1
        if counts[key] > PER_KIND:
            continue
        why = "the answer had to change and did not" if kind == "did not flip" else "the answer had to stay and did not"
        sides = (_side(pair.original), _side(pair.variant, pair.origin.edits))
        one = Worst(kind=kind, perturbation=pair.origin.perturbation, why=why, sides=sides, truth=_truth(pair.original))
        chosen.append(one)
    wrong = [record for record in found.records if not record.right and record.confidence is not None]
    for record in sorted(wrong, key=lambda record: (-(record.confidence or 0.0), record.case.id))[:SURE_AND_WRONG]:
        why = f"wrong, and {100 * (record.confidence or 0.0):.0f} % sure"
        chosen.append(Worst(kind="sure and wrong", why=why, sides=(_side(record),), truth=_truth(record)))
    unsound = {one.case: one.why for one in reasons.judged if one.right and not one.sound} if reasons else {}
    for record in [record for record in found.records if record.case.id in unsound][:SURE_AND_WRONG]:
        kind, why = "right for wrong reasons", unsound[record.case.id]
        chosen.append(Worst(kind=kind, why=why, sides=(_side(record),), truth=_truth(record)))
    return tuple(chosen)


def _side(record: Record, edits: Sequence[Edit] = ()) -> Side:
    case, reasoning = record.case, record.attempt.reasoning
    field, text = stem(case)
    own = sorted((edit for edit in edits if edit.field == field), key=lambda one: (one.start, one.end))
    shift, places = 0, []
    for edit in own:
        start = edit.start + shift
        places.append((start, start + len(edit.after), edit.before))
        shift += len(edit.after) - len(edit.before)
    origin = origin_of(case)
    judged = origin is None or origin.expectation in ("must-hold", "control") or bool(origin.expected)
    answer = record.why or "no answer"
    if reasoning is not None and reasoning.answer is not None:
        answer = ", ".join(reasoning.answer.ids[:1]) or reasoning.answer.text
        words = case.question.options.get(answer, "") if case.question else ""
        answer = f"{answer}. {words}" if words and words != answer else answer
    return Side(
        case=case.id,
        text=text[:_LONGEST],
        options=dict(case.question.options) if case.question else {},
        edits=tuple(places),
        answer=answer,
        right=record.right if judged else None,
        confidence=record.confidence,
        steps=_steps(reasoning)[:_MOST_STEPS] if reasoning else (),
        said=reasoning.text[:_LONGEST] if reasoning else "",
    )


def _steps(reasoning: Reasoning) -> tuple[Step, ...]:
    """What was said, or else what weighs most for the first hypothesis."""
    if reasoning.steps or not reasoning.differential:
        return reasoning.steps
    own = reasoning.differential[0].contributions
    return tuple(sorted(own, key=lambda step: -abs(step.weight)))


def _truth(record: Record) -> str:
    reference, question = record.case.reference, record.case.question
    if reference is None:
        return "not known"
    answer = reference.answer or next(iter((*reference.labels, *reference.diagnoses)), "not known")
    words = question.options.get(answer, "") if question else ""
    return f"{answer}. {words}" if words and words != answer else answer
