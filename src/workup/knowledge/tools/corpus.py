"""Search in the documents that the user supplies, with the place of every passage.

    corpus_search(query="dose in renal impairment", from_year=2015)
    ->  [{"text": "...", "source": "guideline.pdf, page 3, characters 120-640", "score": 7.1}, ...]

The index is kept in the cache and brought up to date when the process first searches.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workup.errors import Issue
from workup.knowledge.tools.tool import Found, NoSource, Sources, Tool, schema
from workup.retrieval.index import FolderIndex

_LOCK = threading.Lock()
_OPEN: dict[str, FolderIndex] = {}


def index_of(path: str) -> FolderIndex:
    """The index of a folder or file; opened once a process.

    Raises:
        UserError: It holds nothing that can be read.
        DataError: It does not exist, or the cache cannot be written.
    """
    from workup.knowledge.base import cache_folder

    whole = str(Path(path).resolve())
    with _LOCK:
        if whole not in _OPEN:
            where = cache_folder() / "corpora" / hashlib.sha256(whole.encode()).hexdigest()[:16]
            _OPEN[whole] = FolderIndex(Path(path), where)
        return _OPEN[whole]


def tools(sources: Sources) -> list[Tool | Issue]:
    """The search tool, and what of the corpus could not be read."""
    issues: list[Tool | Issue] = []
    source = ""
    if sources.corpus:
        index = index_of(sources.corpus)
        issues += index.issues
        source = f"{Path(sources.corpus).name}, {len(index)} passages"
    return [
        Tool(
            name="corpus_search",
            description="Searches the documents at hand (guidelines, articles, notes) and gives passages word for "
            "word, each with its place.",
            parameters=schema(
                "limit",
                "from_year",
                "to_year",
                "file",
                query=("string", "What to look for, in a few words."),
                limit=("integer", "How many passages.", {"minimum": 1, "maximum": 50}),
                from_year=("integer", "Earliest year of publication."),
                to_year=("integer", "Latest year of publication."),
                file=("string", "Only this file."),
            ),
            run=lambda arguments: search(sources, arguments),
            source=source,
            labels=("literature", "guideline", "document"),
            seconds=120.0,
        ),
        *issues,
    ]


def search(sources: Sources, arguments: Mapping[str, Any]) -> Found:
    """Search the corpus."""
    if not sources.corpus:
        raise NoSource("no documents are given; name a folder or file of text, records, PDF or PubMed XML")
    where: dict[str, Any] = {}
    years = {"from": arguments.get("from_year"), "to": arguments.get("to_year")}
    if any(value is not None for value in years.values()):
        where["year"] = years
    if arguments.get("file"):
        where["file"] = arguments["file"]
    found = index_of(sources.corpus).search(arguments["query"], arguments.get("limit", 5), where=where)
    value = [
        {"text": kept.passage.text, "source": kept.passage.place, "score": round(score, 3)} for kept, score in found
    ]
    return Found(value, tuple(kept.passage.evidence(score) for kept, score in found))
