"""A retriever over passages by its name, as command lines and options give it: ``bm25``, ``dense`` or ``hybrid``."""

from __future__ import annotations

from collections.abc import Sequence

from workup.errors import UserError
from workup.retrieval.bm25 import BM25
from workup.retrieval.retriever import Hybrid, Retriever
from workup.retrieval.words import Analyser

KINDS = ("bm25", "dense", "hybrid")
MOST_DENSE = 100_000
"""Most passages that are searched by their vectors, all of which are compared."""


def retriever_over(passages: Sequence[tuple[str, str]], kind: str = "bm25", language: str = "english") -> Retriever:
    """Index passages, each an id and its words.

    Args:
        passages: What is searched.
        kind: By words (``bm25``), by meaning (``dense``, with the small encoder), or both, their rankings fused.
        language: How words are stemmed, see :class:`~workup.retrieval.words.Analyser`.

    Raises:
        UserError: There is no such kind or language, or too many passages for it.
        MissingExtra: It needs the extra ``retrieval`` or the encoder.

    >>> retriever_over([("a", "fever"), ("b", "cough")], "bm25", "none").search("cough")[0].id
    'b'
    """
    if kind not in KINDS:
        raise UserError(f"no retriever {kind!r}; there are {', '.join(KINDS)}")
    try:
        analyser = Analyser(language)
    except ValueError as error:
        raise UserError(str(error)) from error
    if kind == "bm25":
        return BM25.build(passages, analyser)
    if len(passages) > MOST_DENSE:
        raise UserError(f"{len(passages)} passages are too many for {kind}; use bm25, or at most {MOST_DENSE}")
    from workup.retrieval.dense import Dense
    from workup.retrieval.encoder import MiniLM

    dense = Dense.build(passages, MiniLM())
    return dense if kind == "dense" else Hybrid([BM25.build(passages, analyser), dense])
