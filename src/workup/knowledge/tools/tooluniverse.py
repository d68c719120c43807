"""Tool specifications in the format that ToolUniverse releases: JSON lists, read unchanged from any folder.

    {"name": "get_pregnancy_info_by_drug_name", "description": "...", "label": ["FDADrugLabel", ...],
     "type": "FDADrugLabel", "fields": {"search_fields": {...}, "return_fields": [...]},
     "parameter": {"type": "object", "properties": {"drug_name": {"type": "string", "required": true}, ...}}}

Whether a parameter must be given stands inside it, and for some tools in a list beside ``parameter``; ``properties`` is
null where there are none. A model sees name, description and parameters, nothing of the back end. What is behind a tool
is decided by its ``type`` (:mod:`workup.knowledge.tools.backends`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workup.benchmarks.rows import Row, rows
from workup.errors import DataError, Issue
from workup.knowledge.tools.tool import Run, Tool

# They steer the agent that calls them. `RequireClarification` and `DirectResponse` come with other releases.
SPECIAL = frozenset({"Finish", "Tool_RAG", "CallAgent", "DirectResponse", "RequireClarification"})
_SPELT = {"float": "number", "int": "integer", "str": "string", "bool": "boolean", "list": "array", "dict": "object"}
_KEPT = ("description", "items", "enum", "minimum", "maximum", "default", "pattern")


def parameters_of(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON schema of a specification's parameters.

    Raises:
        ValueError: They are not described as they should be.

    >>> parameters_of({"parameter": {"type": "object", "properties": {"id": {"type": "string", "required": True}}}})
    {'type': 'object', 'properties': {'id': {'type': 'string'}}, 'required': ['id'], 'additionalProperties': False}
    """
    parameter = spec.get("parameter")
    if not isinstance(parameter, Mapping):
        raise ValueError("parameter is no object")
    listed = parameter.get("properties") or {}
    if not isinstance(listed, Mapping):
        raise ValueError("parameter.properties is no object")
    required: list[str] = []
    for place in (spec.get("required"), parameter.get("required")):
        if isinstance(place, list):
            required += [name for name in place if name in listed and name not in required]
    properties = {}
    for name, one in listed.items():
        if not isinstance(one, Mapping):
            raise ValueError(f"the parameter {name} is no object")
        properties[str(name)] = _clean(one)
        if one.get("required") is True and name not in required:
            required.append(name)
    # In the order of the parameters, so that two spellings of one tool are equal.
    ordered = [name for name in properties if name in required]
    return {"type": "object", "properties": properties, "required": ordered, "additionalProperties": False}


def _clean(one: Mapping[str, Any]) -> dict[str, Any]:
    """A parameter as JSON schema: without ``required: true``, at every depth."""
    found: dict[str, Any] = {}
    kind = one.get("type")
    if isinstance(kind, str):
        found["type"] = _SPELT.get(kind, kind)
    elif isinstance(kind, list):
        found["type"] = [_SPELT.get(str(each), str(each)) for each in kind]
    for key in _KEPT:
        if key in one:
            value = one[key]
            found[key] = _clean(value) if isinstance(value, Mapping) and key == "items" else value
    inner = one.get("properties")
    if isinstance(inner, Mapping) and all(isinstance(each, Mapping) for each in inner.values()):
        found["properties"] = {str(name): _clean(each) for name, each in inner.items()}
        found["required"] = [str(name) for name, each in inner.items() if each.get("required") is True]
    return found


def tool_of(spec: Mapping[str, Any], run: Run | None = None, source: str = "", *, remote: bool = False) -> Tool:
    """A tool of a released specification.

    Raises:
        ValueError: The specification is broken; says where.
    """
    name, description = spec.get("name"), spec.get("description")
    if not isinstance(name, str) or not name.strip():
        raise ValueError("it has no name")
    if not isinstance(description, str):
        raise ValueError("it has no description")
    labels = spec.get("label")
    return Tool(
        name=name,
        description=description,
        parameters=parameters_of(spec),
        run=run,
        source=source,
        special=name in SPECIAL,
        remote=remote,
        labels=tuple(map(str, labels)) if isinstance(labels, list) else (),
        spec=dict(spec),
    )


def read_specs(path: Path) -> tuple[list[dict[str, Any]], list[Issue]]:
    """Every specification of a file or of a folder's JSON files, the first of each name, and what was left out.

    A specification that repeats an earlier one to the letter is left out without a word.

    Raises:
        DataError: The path cannot be read.
    """
    specs: dict[str, dict[str, Any]] = {}
    issues: list[Issue] = []
    for row in _rows(_files(path)):
        if isinstance(row, Issue):
            issues.append(row)
            continue
        spec = dict(row.values)
        try:
            name = tool_of(spec).name
        except ValueError as error:
            issues.append(row.error(f"is no tool: {error}", "name", "correct the specification").issue)
            continue
        if name not in specs:
            specs[name] = spec
        elif specs[name] != spec:
            issues.append(row.error(f"is a second, different tool named {name}", "name", "rename one of them").issue)
    return list(specs.values()), issues


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    if not (found := sorted(one for one in path.rglob("*.json") if one.is_file())):
        raise DataError("holds no .json file", path=str(path), remedy="name the folder of the released tool files")
    return found


def _rows(files: Sequence[Path]) -> Iterator[Row | Issue]:
    for file in files:
        try:
            yield from rows(file)
        except DataError as error:
            if len(files) == 1:
                raise
            yield error.issue
