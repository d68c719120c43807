"""The functions that read one kind of answer each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from workup.evaluation.parse import policies
from workup.evaluation.parse.arabic import arabic_choice, is_arabic
from workup.evaluation.parse.choosing import choose
from workup.evaluation.parse.corrections import lenient_correction, loose_correction, strict_correction
from workup.evaluation.parse.dates import Order, calendar_date
from workup.evaluation.parse.entailment import CONTRADICTED, families
from workup.evaluation.parse.entailment import verdict as entailment_verdict
from workup.evaluation.parse.lists import ranked
from workup.evaluation.parse.mentions import Options
from workup.evaluation.parse.numbers import quantity as read_quantity
from workup.evaluation.parse.objects import json_found, mismatch
from workup.evaluation.parse.parsed import Found, Parsed, Quantity
from workup.evaluation.parse.strictly import part, strict_choice, strict_date, strict_json, strict_list, strict_number
from workup.evaluation.parse.thinking import spoken
from workup.evaluation.parse.yes_no import NO, YES, meaning
from workup.evaluation.parse.yes_no import verdict as yes_no_verdict

_INVENTED = re.compile(
    r"(?:^|(?<=[.!?\n)\]] ))[ *#]{0,6}(?:next |new |another )?(?:question|q|problem|pregunta|frage|问题|質問|سؤال)"
    r"[ ]?\d{0,3}[ *]{0,3}[:：]",
    re.I | re.M,
)
# Parts of a reply that are looked at: a reply of thousands of invented questions is read at its beginning.
_PARTS = 20


def _read(raw: str, policy: str, kind: str, reader: Callable[[str, str], Found]) -> Parsed:
    """Clean a reply, read it part by part, and say where in the raw text the answer stands."""
    policies.check(policy, kind)
    said, why = spoken(raw)
    if why:
        return Parsed(None, 0, 0, policy, why)
    text, low = said.text, said.low
    bounds = [0, *[mark.start() for mark in _INVENTED.finditer(text)][:_PARTS], len(text)]
    found = Found(None, why="empty")
    at = 0
    for at, end in pairwise(bounds):
        if not text[at:end].strip():
            continue
        found = reader(text[at:end], low[at:end])
        # What follows a part that names nothing may be the question said again; what follows an answer is a question
        # that the model made up.
        if found.value is not None or not found.why.startswith(("no ", "not in")):
            break
    start, end = said.raw(found.start + at, found.end + at)
    return Parsed(found.value, start, end, policy, found.why)


def _upstream(raw: str, policy: str, found: Found) -> Parsed:
    return Parsed(found.value, found.start, found.end, policy, found.why)


def _is_yes_no(options: Mapping[str, str]) -> dict[str, str]:
    """Key of each verdict when the options are yes, no and perhaps maybe."""
    found: dict[str, str] = {}
    for key, text in options.items():
        verdict = meaning(text)
        if verdict is None or verdict in found:
            return {}
        found[verdict] = key
    return found if {YES, NO} <= set(found) else {}


def choice(text: str, options: Mapping[str, str], *, policy: str = "lenient") -> Parsed:
    """The option that a reply means.

    Args:
        text: Raw words of a model.
        options: Text of each option by its key.
        policy: One of :data:`POLICIES` that reads choices.

    Returns:
        With the key as value.

    Raises:
        UserError: There is no such policy.

    >>> options = {"A": "Aspirin", "B": "Heparin", "C": "Warfarin"}
    >>> choice("It is not A. I would give heparin.", options).value
    'B'
    >>> choice("A or B", options).why
    'ambiguous: A, B'
    """
    policies.check(policy, "choice")
    if policy in _RAW_RULES:
        return _upstream(text, policy, _RAW_RULES[policy](text, options))
    if is_arabic(options):
        return arabic_choice(text, options, lambda plain, spelt: _choice(plain, spelt, policy))
    return _choice(text, options, policy)


def _choice(text: str, options: Mapping[str, str], policy: str) -> Parsed:
    read = Options(options)
    if policy == "strict":
        return _read(text, policy, "choice", lambda plain, low: strict_choice(plain, read))
    verdicts = _is_yes_no(options)

    def lenient(plain: str, low: str) -> Found:
        found = choose(plain, low, read)
        if found.value is None and verdicts and not found.why.startswith("ambiguous"):
            said = yes_no_verdict(plain, low)
            key = verdicts.get(str(said.value))
            return Found(key, said.start, said.end, said.why) if key else found
        return found

    return _read(text, policy, "choice", lenient)


_RAW_RULES: dict[str, Callable[[str, Mapping[str, str]], Found]] = {
    "exact": policies.exact,
    "first-box": policies.first_box,
    "first-keyword": policies.first_keyword,
}


def choices(text: str, options: Mapping[str, str], *, policy: str = "lenient") -> Parsed:
    """Every option that a reply calls right.

    Returns:
        With a tuple of keys as value, in the order of the options; an empty tuple when the reply says that none is.

    >>> choices("Both A and C are correct; B is not.", {"A": "Fever", "B": "Rash", "C": "Cough"}).value
    ('A', 'C')
    """
    read = Options(options)
    if policy == "strict":
        return _read(text, policy, "choices", lambda plain, low: strict_choice(plain, read, many=True))
    return _read(text, policy, "choices", lambda plain, low: choose(plain, low, read, many=True))


def label(text: str, labels: Mapping[str, str] | Sequence[str], *, policy: str = "lenient") -> Parsed:
    """The one of a fixed set of labels that a reply ends in.

    Labels of entailment are read with their verbs, and judgments such as "the statement is not supported"; with two
    labels, denying one means the other.

    Args:
        text: Raw words of a model.
        labels: The labels, or their text by key.
        policy: One of :data:`POLICIES` that reads labels.

    Returns:
        With the label (or its key) as value.

    >>> label("The statement is not entailed.", ["Entailment", "Contradiction"]).value
    'Contradiction'
    """
    policies.check(policy, "label")
    options = dict(labels) if isinstance(labels, Mapping) else {name: name for name in labels}
    if policy == "first-keyword":
        return _upstream(text, policy, policies.first_keyword(text, options))
    read = Options(options, keys_as_words=True)
    if policy == "strict":
        return _read(text, policy, "label", lambda plain, low: strict_choice(plain, read))
    if covered := families(options):

        def entailment(plain: str, low: str) -> Found:
            found = entailment_verdict(plain, low, covered)
            if policy == "d-nlp" and found.why in ("undecided", "refusal") and len(covered) == 2:
                return Found(covered[CONTRADICTED], 0, len(plain), found.why)
            return found

        return _read(text, policy, "label", entailment)
    if verdicts := _is_yes_no(options):
        return _read(text, policy, "label", lambda plain, low: _keyed(yes_no_verdict(plain, low), verdicts))
    return _read(text, policy, "label", lambda plain, low: choose(plain, low, read))


def _keyed(found: Found, keys: Mapping[str, str]) -> Found:
    key = keys.get(str(found.value)) if found.value is not None else None
    return Found(
        key, found.start, found.end, found.why if key or found.value is None else f"{found.value} is not an option"
    )


def yes_no_maybe(text: str, *, policy: str = "lenient") -> Parsed:
    """``yes``, ``no`` or ``maybe``, said in English, French, Spanish, German, Chinese, Japanese or Arabic.

    >>> yes_no_maybe("There is no doubt: yes.").value, yes_no_maybe("答案是否定的").value
    ('yes', 'no')
    """

    def strict(plain: str, low: str) -> Found:
        start, end, said = part(plain)
        value = meaning(said)
        return Found(value, start, end, "strict form") if value else Found(None, why="not in the form asked for")

    return _read(text, policy, "yes_no_maybe", strict if policy == "strict" else yes_no_verdict)


def quantity(text: str, *, unit: str | None = None, policy: str = "lenient") -> Parsed:
    """The one quantity that a reply gives.

    Args:
        text: Raw words of a model.
        unit: The unit asked for. Grams, litres, metres, moles and times are converted; another unit is refused.
        policy: ``strict`` or ``lenient``.

    Returns:
        With a :class:`Quantity` as value.

    >>> quantity("The dose is 0.5 g.", unit="mg").value
    Quantity(value=500.0, unit='mg')
    """
    if policy == "strict":
        return _read(text, policy, "quantity", lambda plain, low: strict_number(plain, unit))
    return _read(text, policy, "quantity", lambda plain, low: read_quantity(plain, unit=unit))


def number(text: str, *, unit: str | None = None, policy: str = "lenient") -> Parsed:
    """The one number that a reply gives, as :func:`quantity` reads it; a range is not a number.

    >>> number("Score = 2 + 1 + 1 = 4").value, number("12-15").why
    (4.0, 'a range')
    """
    policies.check(policy, "number")
    found = quantity(text, unit=unit, policy=policy)
    return msgspec.structs.replace(found, value=found.value.value) if isinstance(found.value, Quantity) else found


def date(text: str, *, order: Order = "mdy", policy: str = "lenient") -> Parsed:
    """The one calendar date that a reply gives, as ISO 8601.

    Args:
        text: Raw words of a model.
        order: How 04/05/2023 is meant; dates with points are always day first.
        policy: ``strict`` or ``lenient``.

    >>> date("5 April 2023").value, date("2023-02-30").why
    ('2023-04-05', 'no such day')
    """
    if policy == "strict":
        return _read(text, policy, "date", lambda plain, low: strict_date(plain, order))
    return _read(text, policy, "date", lambda plain, low: calendar_date(plain, low, order))


def ranked_list(text: str, *, at_most: int | None = None, policy: str = "lenient") -> Parsed:
    """The names of a ranked list, best first, each once.

    Returns:
        With a tuple of names as value, at most ``at_most``.

    >>> ranked_list("1. **Lupus** (likely)\\n2. Sarcoidosis - nodes").value
    ('Lupus', 'Sarcoidosis')
    """
    if policy == "strict":
        return _read(text, policy, "ranked_list", lambda plain, low: strict_list(plain, at_most))
    return _read(text, policy, "ranked_list", lambda plain, low: ranked(plain, at_most=at_most))


def json_value(text: str, *, schema: Mapping[str, Any] | type | None = None, policy: str = "lenient") -> Parsed:
    """The last JSON object of a reply; the last array when there is no object.

    Python's spelling (single quotes, True, trailing commas) is read; JSON that was cut off is not completed.

    Args:
        text: Raw words of a model.
        schema: What it must fit: a type that msgspec converts to, or a JSON schema (``type``, ``properties``,
            ``required``, ``items``, ``enum``, ``additionalProperties``).
        policy: ``strict`` (nothing but JSON) or ``lenient``.

    >>> json_value("Here: {'a': True,}").value
    {'a': True}
    """

    def strict(plain: str, low: str) -> Found:
        found = strict_json(plain)
        problem = mismatch(found.value, schema) if found.value is not None else ""
        return Found(None, why=f"JSON that does not fit: {problem}") if problem else found

    return _read(
        text, policy, "json_value", strict if policy == "strict" else lambda plain, low: json_found(plain, schema)
    )


def correction(text: str, *, policy: str = "lenient") -> Parsed:
    """Which sentence is wrong and what it should say, or that none is.

    Returns:
        With a :class:`Correction` as value.

    >>> correction("3: The patient has type 1 diabetes.").value.sentence, correction("CORRECT").value.sentence
    ('3', '')
    """
    if policy == "medrect-loose":
        return _upstream(text, policy, loose_correction(text))
    reader = strict_correction if policy == "strict" else lenient_correction
    return _read(text, policy, "correction", lambda plain, low: reader(plain))
