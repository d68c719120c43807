"""The right tool among hundreds: search by what a tool is for.

A tool's document is its name in words, its description, its keywords and its parameters. TxAgent embeds the whole JSON
of a specification with an encoder trained for it; here words (BM25) find it, or meaning (a small offline encoder), or
both fused. Tools that steer an agent are never found.

    "does it harm the unborn child"  ->  get_pregnancy_info_by_drug_name, get_teratogenic_effects_by_drug_name, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from workup.knowledge.tools.tool import Tool
from workup.retrieval import BM25, Hit, Retriever

How = Literal["bm25", "dense", "hybrid"]

_JOINED = re.compile(r"_+|(?<=[a-z])(?=[A-Z])")


def described(tool: Tool) -> str:
    """The document of a tool.

    >>> from workup.knowledge.tools.tool import schema
    >>> parameters = schema(drug=("string", "Its name."))
    >>> tool = Tool(name="get_dose", description="Doses.", labels=("DrugUse",), parameters=parameters)
    >>> described(tool)
    'get dose. Doses. Drug Use. drug: Its name.'
    """
    parts = [_apart(tool.name), tool.description.rstrip("."), " ".join(map(_apart, tool.labels))]
    parts += [
        f"{_apart(name)}: {one.get('description', '')}".rstrip(". ")
        for name, one in tool.properties.items()
        if isinstance(one, dict)
    ]
    return ". ".join(part for part in parts if part) + "."


def _apart(name: str) -> str:
    return _JOINED.sub(" ", name).strip()


def retriever(tools: Iterable[Tool], how: How = "bm25") -> Retriever:
    """A search over tools that can be called; ids are their names.

    Raises:
        MissingExtra: The extra ``retrieval`` is not installed.
        UserError: An encoder is wanted and its weights are not installed.
    """
    documents = [(tool.name, described(tool)) for tool in tools if not tool.special]
    if how == "bm25":
        return BM25.build(documents)
    from workup.retrieval.dense import Dense
    from workup.retrieval.encoder import MiniLM
    from workup.retrieval.retriever import Hybrid

    dense = Dense.build(documents, MiniLM())
    return dense if how == "dense" else Hybrid([BM25.build(documents), dense])


__all__ = ["Hit", "How", "described", "retriever"]
