"""Tools over ICD-10-CM: what a code means and where it stands, and the codes for some words.

icd10cm_code(code="E11.22")   -> title, chapter and blocks above, codes below, what is excluded
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workup.errors import UserError
from workup.knowledge.icd10cm import ICD10CM, Code, packaged_release
from workup.knowledge.tools.tool import Found, NoSource, Sources, Tool, schema
from workup.reasoning import Evidence


@lru_cache(maxsize=2)
def _read(path: str, state: tuple[int, int]) -> ICD10CM:
    return ICD10CM.read(Path(path))


def codes_of(sources: Sources) -> ICD10CM:
    """The classification of some sources: the file that was named, else the packaged release.

    Raises:
        NoSource: There is neither.
        DataError: The file cannot be used.
    """
    if sources.icd10cm:
        path = Path(sources.icd10cm)
        state = (path.stat().st_size, path.stat().st_mtime_ns) if path.is_file() else (0, 0)
        return _read(sources.icd10cm, state)
    try:
        return ICD10CM.packaged()
    except UserError as error:
        raise NoSource(str(error)) from error


def tools(sources: Sources) -> list[Tool]:
    """Look-up and search."""
    source = Path(sources.icd10cm).name if sources.icd10cm else f"simple-icd-10-cm {packaged_release()}".rstrip()
    return [
        Tool(
            name="icd10cm_code",
            description="What an ICD-10-CM code means: its title, the chapter and blocks above it, the codes below, "
            "what it includes and excludes, and seventh characters.",
            parameters=schema(code=("string", "The code, e.g. E11.22, or a block such as E08-E13.")),
            run=lambda arguments: look_up(codes_of(sources), arguments),
            source=source,
            labels=("ICD", "code", "classification"),
        ),
        Tool(
            name="icd10cm_search",
            description="ICD-10-CM codes for a disease or finding in words.",
            parameters=schema(
                "limit",
                words=("string", "Disease or finding."),
                limit=("integer", "How many.", {"minimum": 1, "maximum": 50}),
            ),
            run=lambda arguments: search(codes_of(sources), arguments),
            source=source,
            labels=("ICD", "code", "classification"),
        ),
    ]


def _evidence(book: ICD10CM, code: Code) -> Evidence:
    return Evidence(
        kind="ontology",
        source=f"{book.release}, {code.code}",
        quote=code.title,
        supported=True,
        values={"code": code.code},
    )


def look_up(book: ICD10CM, arguments: Mapping[str, Any]) -> Found:
    """One code."""
    code = book.find(arguments["code"])
    below = [f"{one} {book.codes[one].title}" for one in book.children.get(code.code, [])]
    notes = {
        "includes": code.includes,
        "excludes1": code.excludes1,
        "excludes2": code.excludes2,
        "code_first": code.first,
        "code_also": code.also,
        "seventh_characters": book.seventh(code),
    }
    value: dict[str, Any] = {
        "code": code.code,
        "title": code.title,
        "above": [f"{one.code} {one.title}" for one in book.above(code)],
        "below": below,
        **{name: note for name, note in notes.items() if note},
    }
    if code.billable is not None:
        value["billable"] = code.billable
    return Found(value, (_evidence(book, code),))


def search(book: ICD10CM, arguments: Mapping[str, Any]) -> Found:
    """Codes for some words."""
    found = book.search(arguments["words"], arguments.get("limit", 10))
    value = [{"code": code.code, "title": code.title} for code in found]
    return Found(value, tuple(_evidence(book, code) for code in found))
