"""JSON in a model's words: in fences, between sentences, in Python's spelling; never repaired by guessing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from workup.evaluation.parse.parsed import Found

_TOKEN = re.compile(r"""["'{}\[\]]""")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,400})(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?(?![\w.])")
_SPACE = re.compile(r"(?:\s|//[^\n]*+|/\*.{0,1000}?\*/)*", re.S)
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_WORD = re.compile(r"[A-Za-z]{4,5}\b")
_CLOSING = {"{": "}", "[": "]"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_JSON_START = re.compile(r"""\s*(?:["'{}\[\]\d-]|true|false|null|$)""")
# Enough for anything a model writes; keeps the work linear on hostile input.
_ATTEMPTS, _DEPTH = 64, 64


class _Unreadable(ValueError):
    """Not JSON, or only the beginning of it."""


def json_found(text: str, schema: Mapping[str, Any] | type | None = None) -> Found:
    """The last JSON object of a text; the last array when there is no object.

    Args:
        text: Cleaned text.
        schema: What it must fit: a type that msgspec can convert to, or a JSON schema (``type``, ``properties``,
            ``required``, ``items``, ``enum``, ``additionalProperties``).
    """
    why = "no JSON"
    candidates: list[tuple[bool, int, int, Any]] = []
    attempts = 0
    queue, cut_off = top_level(text)
    while queue and attempts < _ATTEMPTS:
        start, end, children = queue.pop()
        attempts += 1
        try:
            value, stop = _value(text, start, 0)
            if stop != end:
                raise _Unreadable
        except _Unreadable:
            queue += children
            why = "JSON that cannot be read"
            continue
        problem = mismatch(value, schema)
        if problem:
            why = f"JSON that does not fit: {problem}"
            continue
        candidates.append((isinstance(value, dict), start, end, value))
    if candidates:
        _, start, end, value = max(candidates, key=lambda one: one[:2])
        return Found(value, start, end, "JSON")
    return Found(None, why="JSON cut off" if cut_off and why == "no JSON" else why)


def top_level(text: str) -> tuple[list[tuple[int, int, list[Any]]], bool]:
    """Balanced brackets in one pass: outermost spans with what they hold, and whether JSON was cut off."""
    stack: list[tuple[str, int, list[Any]]] = []
    closed: list[tuple[int, int, list[Any]]] = []
    at = 0
    while mark := _TOKEN.search(text, at):
        sign, at = mark.group(), mark.end()
        if sign in "{[":
            stack.append((sign, mark.start(), []))
        elif sign in "}]":
            if stack and _CLOSING[stack[-1][0]] == sign:
                _, start, children = stack.pop()
                (stack[-1][2] if stack else closed).append((start, at, children))
        elif stack:
            # An apostrophe within a word opens no string.
            if sign == "'" and not re.match(r"[\s{\[,:(]", text[mark.start() - 1]):
                continue
            end = _string_end(text, mark.start())
            if end > 0:
                at = end
            elif sign == '"':
                break
    cut_off = False
    for sign, start, children in stack:
        if _JSON_START.match(text, start + 1) and (sign == "{" or text[start + 1 : start + 2] not in ("", " ")):
            cut_off = True
            break
        closed += children
    return sorted(closed, key=lambda span: span[0]), cut_off


_STRING = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*+"', re.S),
    "'": re.compile(r"'(?:[^'\\\n]|\\.)*+'", re.S),
}


def _string_end(text: str, start: int) -> int:
    match = _STRING[text[start]].match(text, start)
    return match.end() if match else -1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEPTH:
        raise _Unreadable
    at = _skip(text, at)
    sign = text[at : at + 1]
    if sign == "{":
        return _object(text, at, depth)
    if sign == "[":
        return _array(text, at, depth)
    if sign in ('"', "'") and sign:
        end = _string_end(text, at)
        if end < 0:
            raise _Unreadable
        return _unescape(text[at + 1 : end - 1]), end
    if match := _NUMBER.match(text, at):
        number = msgspec.json.decode(match.group())
        if isinstance(number, float) and number in (float("inf"), float("-inf")):
            raise _Unreadable
        return number, match.end()
    if (match := _WORD.match(text, at)) and match.group() in _WORDS:
        return _WORDS[match.group()], match.end()
    raise _Unreadable


def _object(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] not in ('"', "'") or not text[at : at + 1]:
            raise _Unreadable
        key, at = _value(text, at, depth + 1)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise _Unreadable
        found[key], at = _value(text, at + 1, depth + 1)
        at = _comma(text, at, "}")
    return found, at + 1


def _array(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        value, at = _value(text, at, depth + 1)
        found.append(value)
        at = _comma(text, at, "]")
    return found, at + 1


def _comma(text: str, at: int, closing: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        raise _Unreadable
    return at


def _unescape(inside: str) -> str:
    def plain(match: re.Match[str]) -> str:
        sign = match.group(1)
        if sign[0] == "u" and len(sign) == 5:
            return chr(int(sign[1:], 16))
        return _ESCAPES.get(sign, sign)

    if "\\" not in inside:
        return inside
    found = re.sub(r"\\(u[0-9a-fA-F]{4}|.)", plain, inside, flags=re.S)
    # Two escapes may be the halves of one character; half a character alone is none.
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def mismatch(value: Any, schema: Mapping[str, Any] | type | None, place: str = "$") -> str:
    """Why a value does not fit a schema; empty when it does.

    >>> mismatch({"a": "x"}, {"type": "object", "properties": {"a": {"type": "number"}}})
    '$.a is not of type number'
    """
    if schema is None:
        return ""
    if not isinstance(schema, Mapping):
        try:
            msgspec.convert(value, schema)
        except msgspec.ValidationError as error:
            return str(error)
        return ""
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else list(kinds or ())
    is_flag = isinstance(value, bool)
    if allowed and not any(
        isinstance(value, _TYPES.get(kind, (object,))) and (not is_flag or kind == "boolean") for kind in allowed
    ):
        return f"{place} is not of type {' or '.join(allowed)}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place} is none of the values allowed"
    if isinstance(value, dict):
        known = schema.get("properties", {})
        for key in schema.get("required", ()):
            if key not in value:
                return f"{place} has no {key}"
        for key, part in value.items():
            if key in known:
                if problem := mismatch(part, known[key], f"{place}.{key}"):
                    return problem
            elif schema.get("additionalProperties") is False:
                return f"{place} has a field {key} that is not allowed"
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for number, part in enumerate(value):
            if problem := mismatch(part, schema["items"], f"{place}[{number}]"):
                return problem
    return ""
