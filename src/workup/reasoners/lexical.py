"""Words in common: TF-IDF over any number of texts, in any script. BM25 is in :mod:`workup.retrieval.bm25`.

Letters are compared after compatibility normalisation and case folding. Chinese, Japanese and Thai, which put no spaces
between words, are cut into pairs of neighbouring characters.

>>> tokens("Fièvre à 39 °C, β-Blocker; 発熱あり")
['fièvre', 'à', '39', 'c', 'β', 'blocker', '発熱', '熱あ', 'あり']
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import sparse

from workup.knowledge.arrays import Array

_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_UNSPACED}]+|[^\W_{_UNSPACED}]+")
_FIRST_UNSPACED = re.compile(rf"[{_UNSPACED}]")


def tokens(text: str) -> list[str]:
    """Words of a text, in order."""
    found: list[str] = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if len(word) > 1 and _FIRST_UNSPACED.match(word):
            found.extend(word[i : i + 2] for i in range(len(word) - 1))
        else:
            found.append(word)
    return found


class _Counts:
    """How often each word stands in each text."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.vocabulary: dict[str, int] = {}
        rows, columns, counts = [], [], []
        for row, text in enumerate(texts):
            for word, count in Counter(tokens(text)).items():
                rows.append(row)
                columns.append(self.vocabulary.setdefault(word, len(self.vocabulary)))
                counts.append(count)
        shape = (len(texts), len(self.vocabulary))
        self.matrix = sparse.csr_array((np.array(counts, dtype=np.float64), (rows, columns)), shape=shape)
        # In how many texts each word stands.
        self.texts_with = np.bincount(np.array(columns, dtype=np.int64), minlength=shape[1]).astype(np.float64)

    def of(self, texts: Sequence[str]) -> sparse.csr_array:
        """Counts of the known words in other texts, ``(texts, words)``."""
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        for row, text in enumerate(texts):
            known = Counter(word for word in tokens(text) if word in self.vocabulary)
            rows.extend([row] * len(known))
            columns.extend(self.vocabulary[word] for word in known)
            counts.extend(known.values())
        shape = (len(texts), len(self.vocabulary))
        return sparse.csr_array((np.array(counts, dtype=np.float64), (rows, columns)), shape=shape)


class TfIdf:
    """Texts as unit vectors of term frequency times inverse document frequency.

    The inverse document frequency is ``ln((1 + n) / (1 + n_word)) + 1``, as in scikit-learn.

    >>> index = TfIdf(["fever and rash", "joint pain", "rash"])
    >>> index.similarities("a rash").round(2).tolist()
    [0.47, 0.0, 1.0]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = _Counts(texts)
        self._idf = np.log((1 + len(texts)) / (1 + self._counts.texts_with)) + 1
        self.vectors = self._unit(self._counts.matrix)

    def transform(self, texts: Sequence[str]) -> sparse.csr_array:
        """Vectors of other texts, ``(texts, words)``; words that were never seen count for nothing."""
        return self._unit(self._counts.of(texts))

    def similarities(self, text: str) -> Array:
        """Cosine of a text with every text of the index, 0-1."""
        return np.asarray((self.vectors @ self.transform([text]).T).todense(), dtype=np.float64)[:, 0]

    def _unit(self, counts: sparse.csr_array) -> sparse.csr_array:
        weighted = counts @ sparse.diags_array(self._idf)
        norms = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).reshape(-1))
        return sparse.csr_array(sparse.diags_array(1 / np.where(norms > 0, norms, 1.0)) @ weighted)
