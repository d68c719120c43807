"""The names of the terms of the Human Phenotype Ontology: looked up, and looked for when misspelled.

A name is a label or a synonym, folded to small letters, digits and single spaces, e.g. ``focal onset seizure``.
Whoever asks for one name must not wait until 41,000 of them are made, so they are kept as they are compared: as
one run of bytes, in the order of their hashes, with a count of each one's characters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

import numpy as np

from workup.knowledge.arrays import Array, Store, narrow

LEAST_SIMILARITY = 0.75
# How many names are compared at once: enough to be worth a call, and few enough to stay in the processor's cache.
_TOGETHER = 500
# Places of a text that one number holds, so that a carry is left over in it.
_WORD = 63
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789\n"
_FOLDED = bytes(code if code in _KEPT else 32 for code in range(256))
# Digits are counted as one character, since few names have any.
_GROUPS = (" ", "0123456789", *"abcdefghijklmnopqrstuvwxyz")
_GROUP_OF = np.zeros(256, dtype=np.uint8)
for _place, _group in enumerate(_GROUPS):
    _GROUP_OF[list(_group.encode())] = _place


def fold(text: str) -> str:
    """A name regardless of case, punctuation and whatever is not ASCII.

    >>> fold("Focal-onset  Seizure (left)")
    'focal onset seizure left'
    """
    return re.sub(r"[^a-z0-9]+", " ", text.casefold()).strip()


def _fold_all(texts: Sequence[str]) -> list[str]:
    """:func:`fold` of texts without line breaks, which names of terms are; a quarter of the time for 40,000.

    >>> _fold_all(["Focal-onset seizure", "(Mild)"])
    ['focal onset seizure', 'mild']
    """
    if not texts:
        return []
    # Bytes, and a table for all of them at once; what is not ASCII folds to a space like any other sign.
    plain = "\n".join(texts).casefold().encode("ascii", "replace").translate(_FOLDED)
    return [text.strip() for text in re.sub(rb"  +", b" ", plain).decode("ascii").split("\n")]


def compile_names(labels: Sequence[str], synonyms: Sequence[str], owners: Sequence[int]) -> dict[str, Array]:
    """The arrays of :class:`Names`.

    Args:
        labels: Label of each term.
        synonyms: Further names.
        owners: Term of each further name.
    """
    named = term_of_name(labels, synonyms, owners)
    hashes = np.array([_hash(name) for name in named], dtype=np.uint64)
    order = np.argsort(hashes)
    names = [name.encode() for name in named]
    names = [names[place] for place in order.tolist()]
    terms = np.fromiter(named.values(), dtype=np.int32, count=len(named))
    lengths = np.array([len(name) for name in names], dtype=np.int64)
    text = np.frombuffer(b"".join(names), dtype=np.uint8)
    groups = _GROUP_OF[text] + np.repeat(np.arange(len(names)) * len(_GROUPS), lengths)
    counts = np.bincount(groups, minlength=len(names) * len(_GROUPS)).reshape(len(names), len(_GROUPS))
    return {
        "hpo.name.hash": hashes[order],
        "hpo.name.term": terms[order],
        "hpo.name.blob": text,
        "hpo.name.length": narrow(lengths),
        "hpo.name.counts": np.ascontiguousarray(narrow(counts).T),
    }


def term_of_name(labels: Sequence[str], synonyms: Sequence[str], owners: Sequence[int]) -> dict[str, int]:
    """Term of each folded name; of a synonym its complement (``~term``), so that a label is known from it.

    The first of equal synonyms counts, the last of equal labels, and a label before any synonym.

    >>> term_of_name(["Seizure", "Fever"], ["Fits", "fever"], [0, 0])
    {'fever': 1, 'fits': -1, 'seizure': 0}
    """
    names = dict(zip(_fold_all(synonyms)[::-1], (~np.asarray(owners[::-1], dtype=np.int64)).tolist(), strict=True))
    names.update(zip(_fold_all(labels), range(len(labels)), strict=True))
    return names


def _hash(name: str) -> int:
    """64 bits: that two of a million names share them happens once in 40 million ontologies."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


class Names:
    """All names of all terms, over memory-mapped arrays; a name is a place in the order of the hashes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # One reasoner after another asks for the same name.
        self.close = lru_cache(maxsize=1024)(self._close)

    def meaning(self, name: str) -> int | None:
        """Term of a folded name, ``~term`` if it is a synonym of it; None if nothing has that name."""
        hashes, wanted = self._store.array("hpo.name.hash"), np.uint64(_hash(name))
        place = int(np.searchsorted(hashes, wanted))
        if place == len(hashes) or hashes[place] != wanted:
            return None
        return self._meaning(place)

    def _meaning(self, place: int) -> int:
        return int(self._store.array("hpo.name.term")[place])

    @cached_property
    def _starts(self) -> Array:
        """Where each name begins among the bytes."""
        lengths = self._store.array("hpo.name.length")
        return np.cumsum(lengths, dtype=np.int64) - lengths

    @cached_property
    def _lengths(self) -> Array:
        """Length of each name, wide enough to be added to another."""
        return self._store.array("hpo.name.length").astype(np.float32)

    def _close(self, text: str, limit: int) -> tuple[int, ...]:
        """Meanings of the names that ``difflib.get_close_matches`` finds, most similar first.

        What two names share of each character bounds their similarity from above, and so does their longest common
        subsequence, so that only the most promising ones are compared in full.

        Args:
            text: A folded name.
            limit: How many names at most, at least 1.
        """
        if not text:
            return ()
        blob, lengths = self._store.array("hpo.name.blob"), self._store.array("hpo.name.length")
        matcher = SequenceMatcher()
        matcher.set_seq2(text)
        best: list[tuple[float, str, int]] = []

        def least() -> float:
            return best[-1][0] if len(best) == limit else LEAST_SIMILARITY

        for places, bounds in self._promising(text):
            places = places[bounds >= least()]
            if len(places) == 0:
                break
            common = longest_common(text, blob, self._starts[places], lengths[places])
            bounds = 2.0 * common / (self._lengths[places] + np.float64(len(text)))
            for turn in np.argsort(-bounds, kind="stable").tolist():
                if bounds[turn] < least():
                    break
                place = int(places[turn])
                start = int(self._starts[place])
                name = blob[start : start + int(lengths[place])].tobytes().decode("ascii")
                matcher.set_seq1(name)
                ratio = matcher.ratio()
                if ratio >= LEAST_SIMILARITY:
                    best = sorted([*best, (ratio, name, place)], reverse=True)[:limit]
        return tuple(self._meaning(place) for *_, place in best)

    def _promising(self, text: str) -> Iterator[tuple[Array, Array]]:
        """Names that share enough characters with a text, and bounds of their similarity, the most promising first."""
        lengths, counts = self._store.array("hpo.name.length"), self._store.array("hpo.name.counts")
        # As wide as the lengths: a name shares no more than it has.
        shared = np.zeros(len(lengths), dtype=lengths.dtype)
        own = np.bincount(_GROUP_OF[np.frombuffer(text.encode(), dtype=np.uint8)], minlength=len(_GROUPS))
        own = np.minimum(own, np.iinfo(counts.dtype).max).astype(counts.dtype)
        # Of two arrays numpy takes the minimum in a tenth of the time that it needs for an array and a number.
        most, part = np.empty_like(counts[0]), np.empty_like(counts[0])
        for group in np.flatnonzero(own).tolist():
            most.fill(own[group])
            shared += np.minimum(counts[group], most, out=part)
        places = np.flatnonzero(shared >= (self._lengths + len(text)) * np.float32(LEAST_SIMILARITY / 2))
        bounds = 2.0 * shared[places] / (self._lengths[places] + np.float64(len(text)))
        order = np.argsort(-bounds, kind="stable")
        for start in range(0, len(order), _TOGETHER):
            some = order[start : start + _TOGETHER]
            yield places[some], bounds[some]


def longest_common(text: str, blob: Array, starts: Array, lengths: Array) -> Array:
    """Length of the longest common subsequence of a text and each of some names.

    One bit for each place of the text, all names at once (Hyyro, "Bit-parallel LCS-length computation revisited",
    2004).

    Args:
        text: Some ASCII characters, one at least.
        blob: Bytes of names.
        starts: Where each name begins among them.
        lengths: Length of each name.

    >>> longest_common("aba", np.frombuffer(b"bcabb", np.uint8), np.array([0, 3]), np.array([3, 2])).tolist()
    [2, 1]
    """
    words = -(-len(text) // _WORD)
    matching = np.zeros((words, 256), dtype=np.uint64)
    for place, code in enumerate(text.encode()):
        matching[place // _WORD, code] |= np.uint64(1 << place % _WORD)
    # The longest first, so that those that still have characters are always the first ones.
    order = np.argsort(-lengths.astype(np.int64), kind="stable")
    steps = np.arange(int(lengths.max(initial=0)))
    left = np.searchsorted(-lengths[order].astype(np.int64), -steps)
    # What lies beyond a name's end is read too, and not used.
    characters = blob.take(starts[order] + steps[:, np.newaxis], mode="clip")
    whole, top = np.uint64((1 << _WORD) - 1), np.uint64(_WORD)
    common = np.zeros(len(order), dtype=np.int64)
    carried: Array | None = None
    for word, matching_places in enumerate(matching, start=1):
        masks = matching_places.take(characters)
        open_places = np.full(len(order), whole)
        for step, size in enumerate(left.tolist()):
            these = open_places[:size]
            mask = masks[step, :size]
            mask &= these
            after = these + mask
            these -= mask
            if carried is not None:
                after += carried[step, :size]
            if word < words:
                np.right_shift(after, top, out=mask)
                after &= whole
            these |= after
        common += _WORD - np.bitwise_count(open_places & whole).astype(np.int64)
        carried = masks
    found = np.empty_like(common)
    found[order] = common
    return found
