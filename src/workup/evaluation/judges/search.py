"""Judging a claim by what a search finds: the bounded loop of MedR-Bench's Reasoning Evaluator, over a local corpus.

Three documents are found for the claim; the judge says Correct, Wrong, or asks for another search, at most four times.
What is found is added to what was found before, and the path is kept with the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from workup.retrieval.retriever import Retriever

DOCUMENTS = 3
MORE_SEARCHES = 4


class Passage(msgspec.Struct, frozen=True):
    """A passage that was found."""

    id: str
    text: str


class Again(msgspec.Struct, frozen=True):
    """The judge asks for another search."""

    query: str


class Found(msgspec.Struct, frozen=True):
    """How a claim was judged.

    Attributes:
        verdict: The verdict; None when the judge was still searching at the end, or could not be read.
        passages: Everything that was found, in order.
        queries: What was searched for.
    """

    verdict: str | None
    passages: tuple[Passage, ...]
    queries: tuple[str, ...]

    @property
    def path(self) -> str:
        """The searches and what they found, in one line."""
        read = ", ".join(passage.id for passage in self.passages)
        return f"searched {' | '.join(self.queries)}; read {read or 'nothing'}"


Decide = Callable[[tuple[Passage, ...], bool], str | Again | None]


def bounded_search(
    retriever: Retriever,
    texts: Mapping[str, str],
    query: str,
    decide: Decide,
    *,
    documents: int = DOCUMENTS,
    more: int = MORE_SEARCHES,
) -> Found:
    """Search, let the judge decide or ask again, and stop after a fixed number of searches.

    Args:
        retriever: Searches the corpus.
        texts: Words of each document.
        query: The first query.
        decide: Given what was found and whether this was the last search: a verdict, None, or another query.
        documents: New documents that each search adds.
        more: Searches after the first.
    """
    passages: list[Passage] = []
    queries: list[str] = []
    for search in range(more + 1):
        queries.append(query)
        known = {passage.id for passage in passages}
        hits = [hit for hit in retriever.search(query, documents + len(known)) if hit.id not in known][:documents]
        passages += [Passage(hit.id, texts[hit.id]) for hit in hits]
        last = search == more
        decision = decide(tuple(passages), last)
        if not isinstance(decision, Again):
            return Found(decision, tuple(passages), tuple(queries))
        query = decision.query
        if query in queries:
            # The same search would find nothing new.
            break
    return Found(None, tuple(passages), tuple(queries))
