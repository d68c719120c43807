"""What stands behind ToolUniverse's specifications here: local data of the same kind, or nothing, said openly.

    type FDADrugLabel                      a table of drug labels, searched and returned by the specification's fields
    type Monarch*                          the Human Phenotype Ontology and its disease annotations
    type OpenTarget                        kept answers of Open Targets, by operation and variables
    anything else                          no data source

With ``live=("openfda", ...)`` a tool of that service without local data asks it over the network
(:mod:`workup.knowledge.tools.live`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.rows import rows
from workup.errors import DataError, Issue, UserError
from workup.knowledge.tools import live, lookups
from workup.knowledge.tools.labels import section_evidence, table_of
from workup.knowledge.tools.tool import Found, NoSource, Run, Sources, Tool
from workup.knowledge.tools.tooluniverse import read_specs, tool_of
from workup.reasoning import Evidence

_OPERATION = re.compile(r"\bquery\s+(\w+)")


def tools(sources: Sources) -> list[Tool | Issue]:
    """The tools of the specifications that were given; none without any."""
    if not sources.specs:
        return []
    specs, issues = read_specs(Path(sources.specs))
    kept: list[Tool | Issue] = list(issues)
    for spec in specs:
        run, source, remote = behind(spec, sources)
        kept.append(tool_of(spec, run, source, remote=remote))
    return kept


def behind(spec: Mapping[str, Any], sources: Sources) -> tuple[Run | None, str, bool]:
    """The function behind a specification, what it answers from, and whether it uses the network."""
    kind = str(spec.get("type", ""))
    if kind.startswith("FDADrugLabel"):
        if not sources.labels and "openfda" in sources.live:
            return partial(live.openfda, spec), "api.fda.gov", True
        return partial(_label_fields, spec, sources), table_of(sources).digest if sources.labels else "", False
    if kind.startswith("Monarch"):
        if "monarch" in sources.live:
            return partial(live.monarch, spec), "api.monarchinitiative.org", True
        return partial(_monarch, spec, sources), "HPO annotations", False
    if kind == "OpenTarget":
        if not sources.open_targets and "opentargets" in sources.live:
            return partial(live.open_targets, spec), "api.platform.opentargets.org", True
        return partial(_kept_answer, spec, sources), sources.open_targets, False
    return None, "", False


def _label_fields(spec: Mapping[str, Any], sources: Sources, arguments: Mapping[str, Any]) -> Found:
    """Search labels by the specification's search fields, and give its return fields.

    All words must stand in one of the fields; openFDA joins them with AND as well.
    """
    table = table_of(sources)
    fields = spec.get("fields") or {}
    found = list(table.labels)
    asked = []
    for argument, searched in (fields.get("search_fields") or {}).items():
        if (value := arguments.get(argument)) in (None, ""):
            continue
        asked.append(f"{argument} {value}"[:100])
        names = all(field.startswith("openfda.") for field in searched)
        hits = table.named(str(value), searched) if names else table.holding(str(value), searched)
        found = [label for label in hits if label in found]
    if not asked:
        raise UserError(f"say what to look for: {', '.join(fields.get('search_fields') or {})}")
    wanted = fields.get("return_fields") or ["openfda.brand_name", "openfda.generic_name"]
    having = [label for label in found if any(label.text(field) for field in wanted)]
    if not having:
        what = "have none of " + ", ".join(wanted) if found else f"match {' and '.join(asked)}"
        raise UserError(f"none of the {len(found) or len(table.labels)} labels {what}")
    skip, limit = arguments.get("skip", 0), arguments.get("limit", 10)
    chosen = having[max(skip, 0) : max(skip, 0) + max(limit, 0)]
    value = [{field: list(label.fields[field]) for field in wanted if label.text(field)} for label in chosen]
    evidence = [section_evidence(label, field) for label in chosen for field in wanted if label.text(field)]
    return Found(value, tuple(evidence))


def _monarch(spec: Mapping[str, Any], sources: Sources, arguments: Mapping[str, Any]) -> Found:
    """Monarch's three tools, answered by ontology and annotations."""
    knowledge = sources.opened()
    offset, limit = max(arguments.get("offset", 0), 0), max(arguments.get("limit", 20), 0)
    if spec["type"] == "MonarchDiseasesForMultiplePheno":
        return lookups.diseases_with_all(knowledge, list(arguments["HPO_ID_list"]), offset, limit)
    if str(spec.get("tool_url", "")).startswith("/entity"):
        return lookups.term(knowledge, str(arguments["id"]))
    return lookups.terms_like(knowledge, str(arguments["query"]), offset, limit)


def _kept_answer(spec: Mapping[str, Any], sources: Sources, arguments: Mapping[str, Any]) -> Found:
    """An answer of Open Targets that was kept earlier."""
    if not sources.open_targets:
        raise NoSource("no answers of Open Targets are kept here")
    operation = operation_of(spec)
    variables = dict(arguments)
    path = Path(sources.open_targets)
    files = sorted(path.glob("*.json*")) if path.is_dir() else [path]
    state = tuple((str(file), file.stat().st_mtime_ns) for file in files if file.is_file())
    kept = _kept(state).get((operation, _variables(variables)))
    if kept is None:
        raise NoSource(f"no kept answer to {operation} for {msgspec.json.encode(variables).decode()}")
    value, place = kept
    proof = Evidence(
        kind="annotation",
        source=f"Open Targets, kept in {place}",
        quote=msgspec.json.encode(value).decode()[:600],
        supported=True,
        values={"operation": operation, "variables": variables},
    )
    return Found(value, (proof,))


def operation_of(spec: Mapping[str, Any]) -> str:
    """Name of the GraphQL operation of a specification.

    >>> operation_of({"query_schema": "query associatedTargets($efoId: String!) { disease }"})
    'associatedTargets'
    """
    found = _OPERATION.search(str(spec.get("query_schema", "")))
    return found[1] if found else str(spec.get("name", ""))


def _variables(variables: Mapping[str, Any]) -> str:
    return msgspec.json.encode(dict(variables), order="sorted").decode()


@lru_cache(maxsize=4)
def _kept(state: tuple[tuple[str, int], ...]) -> dict[tuple[str, str], tuple[Any, str]]:
    """Kept answers: ``{"operation": "...", "variables": {...}, "data": {...}}``, one a record."""
    found: dict[tuple[str, str], tuple[Any, str]] = {}
    for file, _ in state:
        for row in rows(Path(file)):
            if isinstance(row, Issue):
                raise DataError(row.message, path=row.path, record=row.record, remedy=row.remedy)
            operation, variables = row.values.get("operation"), row.values.get("variables")
            if not isinstance(operation, str) or not isinstance(variables, dict) or "data" not in row.values:
                raise row.error("is no kept answer", "operation", "write operation, variables and data")
            place = f"{Path(file).name}, record {row.record}"
            found.setdefault((operation, _variables(variables)), (row.values["data"], place))
    return found
