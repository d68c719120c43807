"""Greedy token matching: BERTScore with any embedding of tokens.

Each token of the one text is matched with the likest of the other (cosine). Precision is the mean over the tokens of
the given text, recall over those of the reference. The score depends on the embedding, which is named with every
figure; even weak answers score above 0.8 with the usual models: 0.01 more says nothing without its interval.

Source: Zhang et al. 2020 (arXiv 1904.09675), without importance weights and without rescaling.

>>> words = ["fever", "and", "rash"]
>>> matched("fever and rash", "rash and", lambda text: np.eye(3)[[words.index(word) for word in text.split()]])
Overlap(precision=1.0, recall=0.6666666666666666, f1=0.8)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workup.evaluation.labels import f_score
from workup.evaluation.overlap import Overlap
from workup.knowledge.arrays import Array

EmbedTokens = Callable[[str], Array]
"""From a text to the vectors of its tokens, tokens x dimensions."""


def matched(reference: str, given: str, embed: EmbedTokens) -> Overlap:
    """Precision, recall and F1 of greedy matching; all 0 when one text has no tokens.

    Raises:
        ValueError: The embedding gives something else than finite vectors of one length.
    """
    wanted, had = _unit(embed(reference)), _unit(embed(given))
    if not len(wanted) or not len(had):
        return Overlap(0.0, 0.0, 0.0)
    alike = had @ wanted.T
    precision, recall = float(alike.max(axis=1).mean()), float(alike.max(axis=0).mean())
    # Cosines can be negative; a mean below zero is no overlap.
    return Overlap(precision, recall, f_score(precision, recall) if precision > 0 and recall > 0 else 0.0)


def _unit(vectors: Array) -> Array:
    found = np.asarray(vectors, dtype=np.float64)
    if found.size == 0:
        return np.zeros((0, 1))
    if found.ndim != 2 or not np.isfinite(found).all():
        raise ValueError("an embedding of tokens is a table of finite numbers, tokens x dimensions")
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    unit: Array = np.divide(found, lengths, out=np.zeros_like(found), where=lengths > 0)
    return unit
