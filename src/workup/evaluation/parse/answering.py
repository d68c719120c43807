"""From the words of a model to the answer of a question."""

from __future__ import annotations

from workup.case import Question
from workup.evaluation.parse.parsed import Correction, Parsed
from workup.evaluation.parse.policies import POLICIES
from workup.evaluation.parse.reading import choice, choices, correction, label, number, ranked_list
from workup.evaluation.parse.thinking import spoken
from workup.reasoning import Answer

# Gold of a text without an error, as the correction benchmarks write it.
NO_ERROR = "CORRECT"


def answer(text: str, question: Question, *, policy: str = "lenient") -> Parsed:
    """Read the answer to a question, by the form that the question asks for.

    Args:
        text: Raw words of a model.
        question: What was asked.
        policy: One of :data:`POLICIES`. One that does not read this form gives way to ``lenient``, which
            the result names.

    >>> answer("Answer: B", Question("Which?", {"A": "Yes", "B": "No"})).value
    'B'
    """
    form = question.form
    kind = {"diagnosis": "ranked_list", "retrieval": "ranked_list", "rationale": "label"}.get(form, form)
    if policy in POLICIES and kind not in (*POLICIES[policy].kinds, "text"):
        policy = "lenient"
    if form == "choices":
        return choices(text, question.options, policy=policy)
    if form == "choice" and question.options:
        return choice(text, question.options, policy=policy)
    if form in ("label", "rationale") and question.options:
        return label(text, question.options, policy=policy)
    if form in ("diagnosis", "retrieval"):
        return ranked_list(text, policy=policy)
    if form == "number":
        unit = question.extensions.get("unit")
        return number(text, unit=unit if isinstance(unit, str) else None, policy=policy)
    if form == "correction":
        return correction(text, policy=policy)
    said, why = spoken(text)
    words = said.text.strip()
    start = said.text.index(words) if words else 0
    return Parsed(words or None, *said.raw(start, start + len(words)), policy, why or "text")


def to_answer(parsed: Parsed, question: Question) -> Answer | None:
    """What was read as an :class:`~workup.reasoning.Answer`; None when nothing was.

    Keys of options and labels, numbers, sentence numbers (``CORRECT`` for none) and names of diagnoses become ``ids``,
    which is what scorers compare; long answers are kept as ``text``.

    >>> question = Question("Which?", {"A": "Aspirin", "B": "Heparin"})
    >>> to_answer(answer("B", question), question).ids
    ('B',)
    """
    value = parsed.value
    if value is None:
        return None
    if isinstance(value, Correction):
        return Answer(level="label", text=value.text, ids=(value.sentence or NO_ERROR,))
    if isinstance(value, float):
        written = f"{value:.15g}"
        return Answer(level="number", text=written, ids=(written,))
    if question.form in ("diagnosis", "retrieval"):
        return Answer(level="list", text="; ".join(value), ids=tuple(value))
    if question.form in ("choice", "choices") and question.options:
        keys = (value,) if isinstance(value, str) else tuple(value)
        return Answer(level="option", text="; ".join(question.options[key] for key in keys), ids=keys)
    if question.form in ("label", "rationale") and question.options:
        return Answer(level="label", text=question.options[value], ids=(value,))
    return Answer(level="text", text=str(value))
