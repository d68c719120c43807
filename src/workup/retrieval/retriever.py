"""What a retriever is, and how the rankings of several become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import msgspec

# Constant of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, SIGIR).
FUSION = 60.0


class Hit(msgspec.Struct, frozen=True):
    """A document that was found.

    Attributes:
        id: Its id.
        score: Its score; only comparable within one ranking.
    """

    id: str
    score: float


@runtime_checkable
class Retriever(Protocol):
    """Searches a fixed set of documents. Thread-safe.

    Attributes:
        name: What it is, for tables.
    """

    name: str

    def search(self, query: str, depth: int = 100) -> list[Hit]:
        """The best documents, best first, equal scores by id, descending; fewer when fewer match."""
        ...


def best_first(hits: Iterable[Hit], depth: int) -> list[Hit]:
    """Hits by score, best first, equal scores by id, descending, as trec_eval orders them."""
    by_name = sorted(hits, key=lambda hit: hit.id, reverse=True)
    return sorted(by_name, key=lambda hit: -hit.score)[:depth]


def rank_fusion(
    rankings: Sequence[Sequence[Hit]],
    depth: int = 100,
    constant: float = FUSION,
    weights: Sequence[float] | None = None,
) -> list[Hit]:
    """Reciprocal rank fusion: a document's score is the sum of ``1 / (constant + rank)`` over the rankings it is in.

    Args:
        rankings: Hits, best first.
        depth: How many documents to return.
        constant: What is added to each rank.
        weights: How much each ranking counts; None for all the same. One of weight 0 brings nothing in.

    >>> words, meaning = [Hit("a", 9.0), Hit("b", 8.0)], [Hit("b", 0.7), Hit("c", 0.6)]
    >>> [hit.id for hit in rank_fusion([words, meaning])]
    ['b', 'a', 'c']
    >>> [hit.id for hit in rank_fusion([words, meaning], weights=[1, 0])]
    ['a', 'b']
    """
    scores: dict[str, float] = {}
    for ranking, weight in zip(rankings, weights or [1.0] * len(rankings), strict=True):
        for rank, hit in enumerate(ranking if weight else (), 1):
            scores[hit.id] = scores.get(hit.id, 0.0) + weight / (constant + rank)
    return best_first((Hit(name, score) for name, score in scores.items()), depth)


class Hybrid:
    """Several retrievers over the same documents, their rankings fused.

    Attributes:
        name: The names of its parts.
    """

    def __init__(self, parts: Sequence[Retriever], *, depth: int = 100, constant: float = FUSION) -> None:
        """Fuse ``parts``.

        Args:
            parts: The retrievers.
            depth: How deep each is asked.
            constant: Of the fusion.
        """
        self.name = "rrf(" + "+".join(part.name for part in parts) + ")"
        self.parts = tuple(parts)
        self.depth = depth
        self.constant = constant

    def search(self, query: str, depth: int = 100) -> list[Hit]:
        """The best documents of the fused rankings."""
        asked = max(depth, self.depth)
        return rank_fusion([part.search(query, asked) for part in self.parts], depth, self.constant)
