"""The dictionary: every name of every finding, as sets of word stems that load in an instant.

Names come from the ontology (labels and synonyms, each trusted by its scope) and from what it implies
(:mod:`workup.text.implied`); :mod:`workup.text.name_table` compiles them. A name is stored under its rarest stem, so
that a sentence only has to ask for the names of the stems it has.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from workup.knowledge.arrays import Array, Store, code_digest
from workup.knowledge.hpo import Ontology
from workup.text.name_table import compile_names, deletions, hash_of
from workup.text.words import stem

# A change of these makes another dictionary.
_CODE = ("equivalents", "implied", "name_keys", "name_table", "names", "vocabulary", "words")
_COMPILED_BY = code_digest(f"text/{name}.py" for name in _CODE)
# Letters that differ between British and American spelling.
_TWO_WAYS = re.compile("ae|oe|our|is|lys|leuc|sulph|re|grey")


class Postings(NamedTuple):
    """Names under a stem: those of this stem alone, and the others by a second stem that each needs.

    Attributes:
        alone: Names that are this stem.
        seconds: The keys of ``groups``.
        groups: For each second stem all other stems of each name, and its number.
    """

    alone: tuple[int, ...]
    seconds: frozenset[int]
    groups: dict[int, list[tuple[frozenset[int], int]]]


class Names:
    """The compiled dictionary, over memory-mapped arrays.

    Attributes:
        stems: Number of each stem.
        term: Term of each name.
        trust: What each name is worth, 0-100.
        kind: Bits :data:`LAY` and :data:`IMPLIED`.
        tokens: Stems of each name in order.
        anchored: Names by their rarest stem.
        common: In how many places of names each stem stands.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.stems = {text: number for number, text in enumerate(store.strings("stem"))}
        self.term = store.array("name.term")
        self.trust = store.array("name.trust")
        self.kind = store.array("name.kind")
        self.tokens = store.lists("name.tokens")
        self.anchored = store.lists("anchored")
        self.compounds = dict(
            zip(store.strings("compound"), map(tuple, store.array("compound.parts").tolist()), strict=True)
        )
        self.common = np.bincount(self.tokens.indices, minlength=len(self.stems))
        self._common = self.common.tolist()
        self.postings = lru_cache(maxsize=None)(self._postings)
        self._deletions = store.array("deletion.hash")
        self._deleted = store.array("deletion.stem")
        self._long = store.strings("long")
        self._real = store.array("real.hash")
        self._surface = store.strings("name.surface")
        self.nearest_stem = lru_cache(maxsize=16384)(self._nearest_stem)
        self._sorted = sorted(self.stems)
        self.facts = lru_cache(maxsize=32768)(self._facts)
        self.single = lru_cache(maxsize=16384)(self._single)

    @classmethod
    @lru_cache(maxsize=2)
    def of(cls, ontology: Ontology) -> Names:
        """The dictionary of an ontology, compiled at first use and kept beside it.

        When the folder of the ontology cannot be written, it lives as long as this process.
        """
        folder = ontology.folder / f"text-{_COMPILED_BY.hex()[:16]}"
        if not (folder / "done").is_file():
            try:
                scratch = Path(tempfile.mkdtemp(prefix=".text-", dir=ontology.folder))
            except OSError:
                return cls(_in_memory(compile_names(ontology)))
            try:
                Store(scratch).write(compile_names(ontology))
                (scratch / "done").touch()
                # Another process may have finished the same work first; its result is as good.
                with contextlib.suppress(OSError):
                    scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return cls(Store(folder))

    def __len__(self) -> int:
        return len(self.term)

    def begins(self, text: str, letters: int) -> bool:
        """Whether a stem may begin with the first letters of a text; True for what is spelled in two ways."""
        start = text[:letters]
        place = bisect_left(self._sorted, start)
        return (place < len(self._sorted) and self._sorted[place].startswith(start)) or bool(_TWO_WAYS.search(start))

    def _facts(self, name: int) -> tuple[int, float, dict[int, int], int]:
        """Kind of a name, its trust (0-1), the place of each stem in it, and its last stem."""
        tokens = self.tokens[name].tolist()
        order = {number: i for i, number in reversed(list(enumerate(tokens)))}
        return int(self.kind[name]), int(self.trust[name]) / 100, order, tokens[-1]

    def _single(self, name: int) -> tuple[int, float, tuple[str, ...]]:
        """Kind of a name of a single word, its trust (0-1), and the words that the ontology writes for it."""
        return int(self.kind[name]), int(self.trust[name]) / 100, tuple(self._surface[name].split())

    def _postings(self, anchor: int) -> Postings:
        """Names under a stem, by the rarest of the other stems each needs, so that few have to be looked at."""
        common = self._common
        alone: list[int] = []
        groups: dict[int, list[tuple[frozenset[int], int]]] = {}
        for name in self.anchored[anchor].tolist():
            rest = frozenset(self.tokens[name].tolist()) - {anchor}
            if rest:
                groups.setdefault(min(rest, key=common.__getitem__), []).append((rest, name))
            else:
                alone.append(name)
        return Postings(tuple(alone), frozenset(groups), groups)

    def _nearest_stem(self, word: str) -> int | None:
        """Stem of the one long word of the dictionary that differs by one letter.

        None if there is none or several, or if the word is one that the ontology's own prose uses, which is no slip.
        """
        own = np.uint32(hash_of(word))
        place = int(np.searchsorted(self._real, own))
        if place < len(self._real) and self._real[place] == own:
            return None
        hashes = np.array([hash_of(part) for part in deletions(word)], dtype=np.uint32)
        low = np.searchsorted(self._deletions, hashes, side="left")
        high = np.searchsorted(self._deletions, hashes, side="right")
        places = {p for a, b in zip(low.tolist(), high.tolist(), strict=True) for p in range(a, b)}
        near = {
            self.stems[stem(known)]
            for known in {self._long[int(self._deleted[p])] for p in places}
            if known[0] == word[0] and _one_letter_apart(known, word)
        }
        return near.pop() if len(near) == 1 else None


def _in_memory(arrays: dict[str, Array]) -> Store:
    store = Store(Path("."))
    store._opened.update(arrays)
    return store


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out, added, or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
