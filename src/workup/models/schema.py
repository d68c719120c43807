"""Replies that must be JSON of a given shape: checking them, and the repairs that need no guess.

Servers take a schema and may ignore it without a word, so every reply is checked here, whoever wrote it.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from workup.errors import UserError

_FENCE = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\n?(.*?)(?:```|\Z)", re.DOTALL)
_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_LONGEST_COMPLAINT = 300
_MOST_STARTS = 20
_DECODER = json.JSONDecoder()


class Validator:
    """Checks replies against one JSON schema (draft 2020-12 unless the schema names another).

    >>> check = Validator({"type": "object", "required": ["age"], "properties": {"age": {"type": "integer"}}})
    >>> check.read('{"age": 4}')
    ({'age': 4}, '')
    >>> check.read('{"age": "four"}')
    (None, "at age: 'four' is not of type 'integer'")
    """

    def __init__(self, schema: dict[str, Any]) -> None:
        """Prepare the check.

        Raises:
            UserError: It is no JSON schema, or refers to one elsewhere: nothing is ever fetched.
        """
        import jsonschema
        import referencing

        kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
        try:
            kind.check_schema(schema)
        except (jsonschema.SchemaError, RecursionError) as error:
            raise UserError(f"not a JSON schema: {getattr(error, 'message', error)}") from error
        # An empty registry of schemas, since the default one downloads what a schema refers to.
        self._check = kind(schema, registry=referencing.Registry())

    def read(self, text: str) -> tuple[Any, str]:
        """Return the value and no complaint, or None and what is wrong with the text in one line."""
        try:
            value = msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            return None, f"not JSON: {error}"
        return self._judge(value)

    def _judge(self, value: Any) -> tuple[Any, str]:
        import jsonschema
        import referencing.exceptions

        try:
            error = jsonschema.exceptions.best_match(self._check.iter_errors(value))
        except referencing.exceptions.Unresolvable as failure:
            raise UserError(f"the JSON schema refers to {failure.ref!r}, which is not in it") from failure
        except RecursionError:
            return None, "nests too deeply"
        if error is None:
            return value, ""
        place = ".".join(map(str, error.absolute_path))
        complaint = f"at {place}: {error.message}" if place else str(error.message)
        return None, complaint[:_LONGEST_COMPLAINT]

    def repair(self, text: str) -> tuple[Any, str] | None:
        """Find valid JSON amid words around it; return the value and its text, or None.

        Taken off are a block of thinking, a code fence and words before and after. Nothing inside the JSON is changed,
        as that would be a guess at what was meant.

        >>> Validator({"type": "object"}).repair('Sure! ```json\\n{"a": 1}\\n``` Anything else?')
        ({'a': 1}, '{"a": 1}')
        """
        text = _THINKING.sub("", text)
        candidates = [*(match.group(1) for match in _FENCE.finditer(text)), text]
        for candidate in candidates[:_MOST_STARTS]:
            for start in _starts(candidate):
                try:
                    value, end = _DECODER.raw_decode(candidate, start)
                except (ValueError, RecursionError):
                    continue
                found = candidate[start:end]
                value, complaint = self.read(found)
                if not complaint:
                    return value, found
        return None


def _starts(text: str) -> list[int]:
    """Where a JSON object or list may begin; few, as each costs a try."""
    return [match.start() for match in re.finditer(r"[{\[]", text)][:_MOST_STARTS]


def complain(complaint: str) -> str:
    """The words with which a reply is asked for again."""
    return (
        f"Your reply does not meet the JSON schema that was asked for ({complaint}). "
        "Write the reply again: only JSON that meets the schema, without any other words."
    )
