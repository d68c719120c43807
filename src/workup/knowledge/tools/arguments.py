"""Checking a call before anything runs: does the tool exist, are its arguments there, known and of the right type?

    {"name": "get_pregnancy_info", "arguments": {"drug": "X", "limit": true}}
    ->  needs drug_name; has no parameter drug (it has drug_name, limit, skip); limit must be integer, not boolean

JSON's types are kept apart: ``true`` is no integer. Upstream (TxAgent's ``ToolUniverse``) takes a boolean for one, as
Python does, and looks no deeper than the first level; ``upstream_compatible`` does the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import msgspec

from workup.errors import UserError
from workup.knowledge.tools.tool import Tool

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
_LONGEST = 200


def unknown_tool(name: str, known: Mapping[str, Tool]) -> str:
    """What to say of a call of a tool that does not exist, with near names.

    >>> unknown_tool("finish", {})
    'there is no tool named finish'
    """
    near = get_close_matches(name, known, n=3)
    return f"there is no tool named {name[:100]}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def problems(tool: Tool, arguments: Mapping[str, Any], *, upstream_compatible: bool = False) -> list[str]:
    """Everything that is wrong with the arguments of a call, in words for whoever made it; empty when nothing is.

    Args:
        tool: The tool.
        arguments: The arguments.
        upstream_compatible: Take a boolean for an integer or a number, and do not look inside arrays and objects.

    >>> from workup.knowledge.tools.tool import schema
    >>> tool = Tool(name="t", description="", parameters=schema("n", q=("string", "What."), n=("integer", "How many.")))
    >>> problems(tool, {"n": True})
    ['needs the parameter q (string)', 'n must be integer, not boolean']
    >>> problems(tool, {"q": "x", "n": True}, upstream_compatible=True)
    []
    """
    found = [
        f"needs the parameter {name} ({_named(tool.properties.get(name))})"
        for name in tool.required
        if name not in arguments
    ]
    known = tool.properties
    if not tool.parameters.get("additionalProperties"):
        has = f"it has {', '.join(known)}" if known else "it has none"
        found += [f"has no parameter {str(name)[:100]} ({has})" for name in arguments if name not in known]
    for name, value in arguments.items():
        if name not in known or not isinstance(known[name], dict):
            continue
        if not _fits(value, known[name].get("type"), upstream_compatible):
            found.append(f"{name} must be {_named(known[name])}, not {_kind(value)}")
    if not found and not upstream_compatible and (inner := _inside(tool, arguments)):
        found.append(inner)
    return found


def _named(parameter: Any) -> str:
    wanted = parameter.get("type") if isinstance(parameter, dict) else None
    return " or ".join(map(str, wanted)) if isinstance(wanted, list) else str(wanted or "any")


def _kind(value: Any) -> str:
    return "null" if value is None else _NAMES.get(type(value), type(value).__name__)


def _fits(value: Any, wanted: Any, upstream_compatible: bool) -> bool:
    if isinstance(wanted, list):
        return any(_fits(value, one, upstream_compatible) for one in wanted)
    if wanted == "null":
        return value is None
    types = _TYPES.get(wanted) if isinstance(wanted, str) else None
    if types is None:
        return True
    if isinstance(value, bool) and bool not in types and not upstream_compatible:
        return False
    # JSON has one kind of number: 3.0 is an integer.
    whole = wanted == "integer" and isinstance(value, float) and value.is_integer() and not upstream_compatible
    return isinstance(value, types) or whole


def _inside(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """What the whole schema says against the arguments (ranges, items, patterns); empty when nothing."""
    from workup.models.schema import Validator

    try:
        _, complaint = Validator(tool.parameters).read(msgspec.json.encode(arguments).decode())
    except UserError:
        # A schema that cannot be used says nothing against a value.
        return ""
    except (TypeError, OverflowError, UnicodeError, RecursionError, msgspec.MsgspecError) as error:
        return f"the arguments are no JSON: {error}"
    return complaint[:_LONGEST]
