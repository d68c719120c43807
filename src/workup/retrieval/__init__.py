"""Finding passages: words (BM25), meaning (dense), both, and queries that a model rewrites first."""

from __future__ import annotations

from workup.retrieval.bm25 import BM25
from workup.retrieval.retriever import Hit, Retriever, rank_fusion

__all__ = ["BM25", "Hit", "Retriever", "rank_fusion"]
