"""Search by meaning: the cosine of a query's vector with every document's. Exact; made for up to 1e5 documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol

import numpy as np

from workup.errors import UserError
from workup.knowledge.arrays import Array
from workup.retrieval.retriever import Hit, best_first

_CHUNK = 1024


class TextEncoder(Protocol):
    """Turns texts into vectors of length 1."""

    name: str

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors, ``(texts, dimensions)``."""
        ...


class Dense:
    """Documents by their vectors.

    Attributes:
        name: ``dense`` and the encoder.
        ids: Id of each document.
        vectors: Their vectors, ``(documents, dimensions)``, float32, of length 1.
    """

    def __init__(self, ids: Sequence[str], vectors: Array, encoder: TextEncoder) -> None:
        """Take finished vectors; use :meth:`build`.

        Raises:
            UserError: Two documents have the same id.
        """
        if len(ids) != len(vectors):
            raise ValueError(f"{len(ids)} ids for {len(vectors)} vectors")
        if len(set(ids)) != len(ids):
            twice = next(name for i, name in enumerate(ids) if name in ids[:i])
            raise UserError(f"two documents have the id {twice!r}; give each its own")
        self.name = f"dense({encoder.name})"
        self.ids = ids
        self.vectors = vectors
        self.encoder = encoder

    @classmethod
    def build(cls, passages: Iterable[tuple[str, str]], encoder: TextEncoder) -> Dense:
        """Encode documents, each an id and its words."""
        stream = iter(passages)
        ids: list[str] = []
        parts: list[Array] = []
        while chunk := list(islice(stream, _CHUNK)):
            ids += [name for name, _ in chunk]
            parts.append(encoder.encode([text for _, text in chunk]).astype(np.float32))
        return cls(ids, np.concatenate(parts) if parts else np.zeros((0, 1), dtype=np.float32), encoder)

    def search(self, query: str, depth: int = 100) -> list[Hit]:
        """The nearest documents; every document is near to some degree."""
        if not len(self.ids) or depth < 1:
            return []
        scores = self.vectors @ self.encoder.encode([query])[0].astype(np.float32)
        floor = np.partition(scores, len(scores) - depth)[len(scores) - depth] if depth < len(scores) else -np.inf
        near = np.flatnonzero(scores >= floor).tolist()
        return best_first((Hit(self.ids[i], float(scores[i])) for i in near), depth)
