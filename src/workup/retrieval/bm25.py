"""BM25 over an index of words: built in one pass, searched by adding up columns of weights.

The weight of a term in a document, in Lucene's form (Robertson and Zaragoza 2009, with an idf that is never negative)::

    log(1 + (N - df + 0.5) / (df + 0.5)) * tf / (tf + k1 * (1 - b + b * length / mean length))

Defaults are those of the published BM25 figures of R2MED (and of Anserini): k1 0.9, b 0.4. Lucene itself rounds the
length of a document to one byte; this index does not.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.errors import DataError, UserError
from workup.io import write_atomic
from workup.knowledge.arrays import Array
from workup.retrieval.retriever import Hit
from workup.retrieval.words import Analyser, words

K1, B = 0.9, 0.4
FORMAT = 1
# Documents counted at once: enough for numpy to be quick, few enough to stay small.
_CHUNK = 20_000
_FILES = ("offsets", "documents", "counts", "lengths")


class BM25:
    """An index of documents by their words.

    Attributes:
        name: ``bm25`` and its parameters.
        ids: Id of each document.
        vocabulary: Number of each term.
    """

    def __init__(
        self,
        ids: Sequence[str],
        vocabulary: dict[str, int],
        postings: dict[str, Array],
        analyser: Analyser,
        k1: float = K1,
        b: float = B,
    ) -> None:
        """Take a finished index; use :meth:`build`, :meth:`load` or :meth:`add`.

        Args:
            ids: Id of each document.
            vocabulary: Number of each term, 0 on.
            postings: ``offsets`` (terms + 1,), and by term ``documents`` and ``counts``; ``lengths`` (documents,).
            analyser: Makes terms of words.
            k1: How soon repetition of a term stops to count, above 0.
            b: How much long documents are held back, 0-1.
        """
        if not (k1 >= 0 and 0 <= b <= 1):
            raise ValueError(f"k1 {k1} must not be negative and b {b} must lie in 0-1")
        self.name = f"bm25(k1={k1:g},b={b:g},{analyser.language})"
        self.ids = ids
        self.vocabulary = vocabulary
        self.analyser = analyser
        self.k1, self.b = k1, b
        self._postings = postings

    @classmethod
    def build(
        cls, passages: Iterable[tuple[str, str]], analyser: Analyser | None = None, k1: float = K1, b: float = B
    ) -> BM25:
        """Index documents, each an id and its words.

        Raises:
            UserError: Two documents have the same id.

        >>> index = BM25.build([("a", "fever and rash"), ("b", "fever"), ("c", "cough")])
        >>> [hit.id for hit in index.search("fever with rashes")]
        ['a', 'b']
        """
        analyser = analyser or Analyser()
        numbers = _Numbers(analyser)
        ids: list[str] = []
        chunks: list[tuple[Array, Array, Array]] = []
        lengths = array("I")
        stream, owners = array("i"), 0

        def close(first: int) -> None:
            owner = np.repeat(np.arange(first, len(ids), dtype=np.int64), np.asarray(lengths[first:], dtype=np.int64))
            term = np.frombuffer(stream, dtype=np.int32).astype(np.int64)
            span = max(len(ids) - first, 1)
            keys, counts = np.unique(term * span + (owner - first), return_counts=True)
            documents = (keys % span + first).astype(np.int32)
            chunks.append(((keys // span).astype(np.int32), documents, np.minimum(counts, 65535).astype(np.uint16)))

        for name, text in passages:
            found = [number for word in words(text) if (number := numbers[word]) >= 0]
            stream.extend(found)
            lengths.append(len(found))
            ids.append(name)
            if len(ids) - owners == _CHUNK:
                close(owners)
                stream, owners = array("i"), len(ids)
        close(owners)
        if len(set(ids)) != len(ids):
            twice = next(name for name, times in Counter(ids).items() if times > 1)
            raise UserError(f"two documents have the id {twice!r}; give each its own")
        postings = _merged(chunks, len(numbers.terms))
        postings["lengths"] = np.asarray(lengths, dtype=np.int32)
        return cls(ids, numbers.terms, postings, analyser, k1, b)

    def add(self, passages: Iterable[tuple[str, str]]) -> BM25:
        """An index of these documents as well; this one stays as it is.

        The new documents alone are read; weights follow from the counts of all, so that the result equals an index
        built of all at once.

        Raises:
            UserError: Two documents have the same id.
        """
        new = BM25.build(passages, self.analyser, self.k1, self.b)
        if shared := set(self.ids) & set(new.ids):
            raise UserError(f"the index already has a document {min(shared)!r}; give each its own id")
        vocabulary = dict(self.vocabulary)
        numbers = np.array([vocabulary.setdefault(term, len(vocabulary)) for term in new.vocabulary], dtype=np.int32)
        order = np.argsort(numbers[new._terms()], kind="stable") if len(numbers) else np.empty(0, dtype=np.int64)
        chunks = [
            (self._terms(), np.asarray(self._postings["documents"]), np.asarray(self._postings["counts"])),
            (
                numbers[new._terms()][order] if len(numbers) else np.empty(0, dtype=np.int32),
                (new._postings["documents"] + len(self.ids))[order],
                new._postings["counts"][order],
            ),
        ]
        postings = _merged(chunks, len(vocabulary))
        postings["lengths"] = np.concatenate([self._postings["lengths"], new._postings["lengths"]])
        return BM25([*self.ids, *new.ids], vocabulary, postings, self.analyser, self.k1, self.b)

    def _terms(self) -> Array:
        """Term of each posting."""
        sizes = np.diff(self._postings["offsets"])
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def save(self, folder: Path) -> None:
        """Keep the index in a folder; the description is written last, so that a stopped save is no index.

        Raises:
            DataError: The folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "index.json").unlink(missing_ok=True)
            for name in _FILES:
                np.save(folder / f"{name}.npy", self._postings[name], allow_pickle=False)
            described = {
                "format": FORMAT,
                "analyser": self.analyser.name,
                "language": self.analyser.language,
                "k1": self.k1,
                "b": self.b,
                "ids": list(self.ids),
                "terms": list(self.vocabulary),
            }
            write_atomic(folder / "index.json", msgspec.json.encode(described))
        except OSError as error:
            raise DataError(
                f"cannot be written: {error.strerror}", path=str(folder), remedy="choose another"
            ) from error

    @classmethod
    def load(cls, folder: Path) -> BM25:
        """Open a saved index; its arrays are mapped, not read.

        Raises:
            DataError: There is none, or another version made it.
        """
        try:
            described: dict[str, Any] = msgspec.json.decode((folder / "index.json").read_bytes())
            postings = {name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in _FILES}
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise DataError("holds no finished index", path=str(folder), remedy="build it again") from error
        analyser = Analyser(str(described.get("language", "english")))
        if described.get("format") != FORMAT or described.get("analyser") != analyser.name:
            raise DataError("holds an index of another version", path=str(folder), remedy="build it again")
        vocabulary = {term: number for number, term in enumerate(described["terms"])}
        sizes = (len(postings["offsets"]) - 1, len(postings["lengths"]), len(postings["documents"]))
        if sizes != (len(vocabulary), len(described["ids"]), len(postings["counts"])):
            raise DataError("holds parts of different indexes", path=str(folder), remedy="build it again")
        return cls(described["ids"], vocabulary, postings, analyser, described["k1"], described["b"])

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def _weights(self) -> Array:
        """Weight of each posting, float32."""
        offsets, lengths = self._postings["offsets"], np.asarray(self._postings["lengths"], dtype=np.float64)
        found = np.diff(offsets)
        rarity = np.log1p((len(self.ids) - found + 0.5) / (found + 0.5))
        mean = lengths.mean() if len(lengths) and lengths.any() else 1.0
        room = (self.k1 * (1 - self.b + self.b * lengths / mean)).astype(np.float32)
        counts = np.asarray(self._postings["counts"], dtype=np.float32)
        weights = counts / (counts + room[self._postings["documents"]])
        weights *= np.repeat(rarity.astype(np.float32), found)
        result: Array = weights
        return result

    @cached_property
    def _order(self) -> Array:
        """Place of each document among all ids in descending order."""
        place = np.empty(len(self.ids), dtype=np.int64)
        place[sorted(range(len(self.ids)), key=lambda i: self.ids[i], reverse=True)] = np.arange(len(self.ids))
        return place

    def scores(self, query: str) -> Array:
        """Score of every document, ``(documents,)``, float32; 0 where no term matches."""
        totals = np.zeros(len(self.ids), dtype=np.float32)
        offsets, documents, weights = self._postings["offsets"], self._postings["documents"], self._weights
        for term, times in Counter(self.analyser.terms(query)).items():
            number = self.vocabulary.get(term)
            if number is not None:
                start, end = int(offsets[number]), int(offsets[number + 1])
                # A document is in the list of a term once, so that nothing is added twice.
                totals[documents[start:end]] += times * weights[start:end]
        return totals

    def search(self, query: str, depth: int = 100) -> list[Hit]:
        """The best documents that share a term with the query; a term that is repeated counts again."""
        if depth < 1 or not len(self.ids):
            return []
        totals = self.scores(query)
        floor = np.float32(0)
        if depth < len(totals):
            floor = np.partition(totals, len(totals) - depth)[len(totals) - depth]
        # Everything as good as the last one is kept until ties are broken.
        near = np.flatnonzero((totals >= floor) & (totals > 0))
        chosen = near[np.lexsort((self._order[near], -totals[near]))][:depth]
        return [Hit(self.ids[i], float(totals[i])) for i in chosen.tolist()]


class _Numbers(dict[str, int]):
    """Number of the term of each word met; -1 for a stop word. Each word is analysed once."""

    def __init__(self, analyser: Analyser) -> None:
        super().__init__()
        self.analyser = analyser
        self.terms: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        term = self.analyser.term(word)
        number = self.terms.setdefault(term, len(self.terms)) if term else -1
        self[word] = number
        return number


def _merged(chunks: Sequence[tuple[Array, Array, Array]], terms: int) -> dict[str, Array]:
    """Postings of chunks, each sorted by term and document, as one list by term."""
    sizes = [np.bincount(chunk[0], minlength=terms) for chunk in chunks]
    offsets = np.zeros(terms + 1, dtype=np.int64)
    np.cumsum(sum(sizes, np.zeros(terms, dtype=np.int64)), out=offsets[1:])
    documents = np.empty(int(offsets[-1]), dtype=np.int32)
    counts = np.empty(int(offsets[-1]), dtype=np.uint16)
    filled = offsets[:-1].copy()
    for (term, document, count), size in zip(chunks, sizes, strict=True):
        starts = np.cumsum(size) - size
        place = filled[term] + np.arange(len(term)) - starts[term]
        documents[place], counts[place] = document, count
        filled += size
    return {"offsets": offsets, "documents": documents, "counts": counts}
