"""Stand-in for the reader of answers until it is merged."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workup.case import Question
from workup.reasoning import Answer, Level


class Parsed(msgspec.Struct, frozen=True):
    """What was read."""

    value: Any
    start: int = 0
    end: int = 0
    policy: str = "lenient"
    why: str = ""


def answer(text: str, question: Question, policy: str = "lenient") -> Parsed:
    """Read an answer."""
    said = text.rpartition("Answer:")[2].strip()
    value: Any = said or None
    if question.options:
        keys = {key.casefold(): key for key in question.options}
        found = [keys[word.casefold()] for word in re.findall(r"\w+", said) if word.casefold() in keys]
        value = (tuple(found) if question.form == "choices" else found[0]) if found else None
    elif question.form == "diagnosis":
        value = tuple(re.sub(r"^\d+\.\s*", "", line) for line in said.splitlines() if line.strip()) or None
    return Parsed(value)


def to_answer(parsed: Parsed, question: Question) -> Answer | None:
    """As an answer."""
    if parsed.value is None:
        return None
    ids = parsed.value if isinstance(parsed.value, tuple) else (str(parsed.value),)
    levels: dict[str, Level] = {"choice": "option", "choices": "option", "label": "label", "diagnosis": "list"}
    return Answer(level=levels.get(question.form, "text"), text=", ".join(ids), ids=ids)
