"""Marks that set an answer apart: answer tags, boxes, JSON fields, ``####`` and courtesies of other formats."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from workup.evaluation.parse.objects import json_found

_TAG = re.compile(r"<(/?)(?:final_?)?(?:answer|solution|choice|label|verdict)>", re.I)
_BOX = re.compile(r"\\(?:boxed|fbox)\s{0,3}\{")
_HASHES = re.compile(r"^####[ ]{0,3}(?!#)(?!(?:final )?answer)(\S[^\n]{0,200})$", re.M | re.I)
_LATEX = re.compile(r"\\(?:text|mathrm|mathbf|textbf|textit|mbox|rm|bf|operatorname)\b|\\[,;:! ]|[{}$]")
FIELDS = (
    "final_answer",
    "answer",
    "answer_idx",
    "answer_choice",
    "choice",
    "option",
    "label",
    "prediction",
    "verdict",
    "diagnosis",
    "diagnoses",
    "differential",
    "result",
    "value",
    "response",
)
# A box is short; whoever opens a million of them must not cost a million times a million steps.
_BOX_LENGTH, _TAG_LENGTH = 1000, 20_000


class Mark(msgspec.Struct, frozen=True):
    """What stands in a mark.

    Attributes:
        start: Offset of what the mark holds.
        end: Offset behind it.
        kind: ``tag``, ``box``, ``json`` or ``hashes``.
        text: What it holds, without LaTeX; of JSON, the field when it is a string.
        value: The field of a JSON answer; None of other marks.
    """

    start: int
    end: int
    kind: str
    text: str
    value: Any = None


def marks(text: str) -> list[Mark]:
    """All marks in the order of the text.

    >>> [mark.text.strip() for mark in marks(r"<answer>B</answer> or \\boxed{\\text{C}}")]
    ['B', 'C']
    """
    found = _tags(text) + _boxes(text) + _json(text)
    found += [Mark(*match.span(1), "hashes", match.group(1)) for match in _HASHES.finditer(text)]
    return sorted(found, key=lambda mark: (mark.end, mark.start))


def last_mark(text: str) -> Mark | None:
    """The last mark that holds anything."""
    return next((mark for mark in reversed(marks(text)) if mark.text.strip() or mark.value is not None), None)


def without_latex(text: str) -> str:
    """The text without LaTeX commands and braces."""
    return _LATEX.sub(" ", text)


def _tags(text: str) -> list[Mark]:
    found: list[Mark] = []
    begun = -1
    for tag in _TAG.finditer(text):
        if tag.group(1):
            if begun >= 0 and tag.start() - begun <= _TAG_LENGTH:
                found.append(Mark(begun, tag.start(), "tag", without_latex(text[begun : tag.start()])))
            begun = -1
        else:
            begun = tag.end()
    if begun >= 0 and len(text) - begun <= _TAG_LENGTH:
        found.append(Mark(begun, len(text), "tag", without_latex(text[begun:])))
    # A tag may hold a box, which is read by itself.
    return [mark for mark in found if not _BOX.search(text[mark.start : mark.end])]


def _boxes(text: str) -> list[Mark]:
    found = []
    for box in _BOX.finditer(text):
        depth = 1
        for brace in re.compile(r"[{}]").finditer(text, box.end(), box.end() + _BOX_LENGTH):
            depth += 1 if brace.group() == "{" else -1
            if depth == 0:
                inside = text[box.end() : brace.start()]
                found.append(Mark(box.end(), brace.start(), "box", without_latex(inside)))
                break
    return found


def _json(text: str) -> list[Mark]:
    if "{" not in text:
        return []
    found = json_found(text)
    if not isinstance(found.value, dict):
        return []
    fields = {str(key).lower().replace(" ", "_").replace("-", "_"): value for key, value in found.value.items()}
    held = [fields[name] for name in FIELDS if isinstance(fields.get(name), str | int | float | list)]
    # ``true`` answers a question of yes and no, unless another field says more.
    for value in sorted(held, key=lambda one: isinstance(one, bool)):
        return [Mark(found.start, found.end, "json", value if isinstance(value, str) else str(value), value)]
    return []
