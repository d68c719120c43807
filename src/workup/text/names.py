"""The dictionary: every name of every finding, as sets of word stems that load in an instant.

Names come from the ontology (labels and synonyms, each trusted by its scope). To them are added names that the
ontology implies: where many terms have both "broad X" and "wide X" among their exact names, "wide Y" is taken for
another name of "broad Y", unless it is a name of some other term already. Nothing but the ontology is read.

A name is stored under its rarest stem, so that a sentence only has to ask for the names of the stems it has.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import tempfile
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from workup.knowledge.arrays import Array, Lists, Store, Strings
from workup.knowledge.hpo import Ontology, Synonym
from workup.text.equivalents import ALONE, DENIALS, EQUIVALENT, PREFERRED
from workup.text.vocabulary import STOP
from workup.text.words import HYPHEN, stem, words

Key = tuple[str, ...]

# What a name is worth as evidence that the term is meant (0-100). The order is that of the scopes in the OBO format;
# the sizes are ours.
TRUST_LABEL = 100
TRUST = {"exact": 95, "narrow": 80, "related": 65, "broad": 50}
TRUST_IMPLIED = 70
NOT_A_NAME = frozenset({"abbreviation", "obsolete_synonym"})
# Two expressions stand for each other when this many terms have both in otherwise equal names, and these are at least
# this share of the terms that have the rarer one.
LEAST_TERMS = 3
LEAST_SHARE = 0.10
# Words that a name may do without, if the names of many terms show it.
_EMPTY = frozenset(
    {"morpholog", "serum", "circul", "involv", "reg", "mellit", "palatin", "structur", "eminent", "spontane"}
)
# The last word of "persistent fetal circulation" is what the name is about.
_NOUNS_THAT_STAY = frozenset({"circul", "serum"})
_MOST_WORDS = 7
_CODE = ("text/equivalents.py", "text/names.py", "text/vocabulary.py", "text/words.py")
# A laboratory result is reported without these: "high creatinine" is an elevated circulating creatinine concentration.
_CARRIERS = frozenset({"circul", "concentr", "level", "serum", "plasm", "blood"})
_UP = ("increas", "elevat", "high")
_DOWN = ("decreas", "reduc", "reduct", "low")
LAY = 1
IMPLIED = 2
# Names a finding only in the plural: "urinary tract infections" are recurrent ones, a single infection is not.
PLURAL = 4
# A name with one of these is only what the ontology itself writes; "no seizures" is nobody's absence seizure.
NEGATING = frozenset(stem(word) for word in ("no", "not", "non", "without", "never", "none", "nor", "lack", "lacking"))
_ABNORMAL = stem("abnormality")
# Letters that differ between British and American spelling.
_TWO_WAYS = re.compile("ae|oe|our|is|lys|leuc|sulph|re|grey")
_ABNORMALITIES = frozenset(
    stem(word)
    for word in ("abnormality", "anomaly", "malformation", "defect", "disorder", "disease", "problem", "impairment",
                 "disturbance", "deficit")
)  # fmt: skip
# A name says them only for emphasis: "conspicuously happy disposition".
_EMPHASIS = frozenset({"abnormally", "conspicuously", "excessively", "markedly", "unusually"})
_AGAIN = re.compile(r"\b(?:recurr|repeat|frequent|repetit)", re.IGNORECASE)
# What says in other words that something comes again, or is about the tendency itself.
_AGAIN_TOO = re.compile(
    r"\b(?:episod|intermittent|multiple|chronic|prone|increased|susceptib|often|history|periodic|relaps|many)",
    re.IGNORECASE,
)


def key_of(text: str) -> Key:
    """Stems of the words of a name in order, without words that carry no meaning.

    >>> key_of("Abnormality of the nose")
    ('abnorm', 'nose')
    """
    found = [word.text for word in words(text)]
    kept = [word for word in found if word not in STOP]
    return tuple(stem(word) for word in kept or found)


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
        self._common = np.bincount(self.tokens.indices, minlength=len(self.stems)).tolist()
        self.postings = lru_cache(maxsize=None)(self._postings)
        self._deletions = store.array("deletion.hash")
        self._deleted = store.array("deletion.stem")
        self._long = store.strings("long")
        self._real = store.array("real.hash")
        self._surface = store.strings("name.surface")
        self.nearest_stem = lru_cache(maxsize=16384)(self._nearest_stem)
        self._sorted = sorted(self.stems)
        self.facts = lru_cache(maxsize=32768)(self._facts)
        self.surface = lru_cache(maxsize=16384)(self._surface.__getitem__)

    @classmethod
    @lru_cache(maxsize=2)
    def of(cls, ontology: Ontology) -> Names:
        """The dictionary of an ontology, compiled at first use and kept beside it.

        When the folder of the ontology cannot be written, it lives as long as this process.
        """
        folder = ontology.folder / f"text-{_fingerprint()}"
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
        own = np.uint32(_hash(word))
        place = int(np.searchsorted(self._real, own))
        if place < len(self._real) and self._real[place] == own:
            return None
        hashes = np.array([_hash(part) for part in _deletions(word)], dtype=np.uint32)
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


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    digest = hashlib.sha256()
    for name in _CODE:
        digest.update((files("workup") / name).read_bytes())
    return digest.hexdigest()[:16]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def _deletions(word: str) -> set[str]:
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}


def _one_letter_apart(one: str, other: str) -> bool:
    """Whether one letter was changed, left out, added, or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _sources(ontology: Ontology) -> Iterable[tuple[Synonym, int, int]]:
    """Each name, what it is worth, and whether it is a lay one."""
    wanted = {term for term in range(len(ontology)) if ontology.branch_of(term) == "phenotype"}
    for term in sorted(wanted):
        yield Synonym(ontology.label(term), term, "exact", "plain"), TRUST_LABEL, 0
    for synonym in ontology.synonyms():
        bare = synonym.text.replace("-", "")
        short = len(bare) <= 6 and bare.isupper()
        if synonym.term not in wanted or synonym.kind in NOT_A_NAME or short:
            continue
        kind = LAY if synonym.kind == "layperson" else 0
        if _AGAIN.search(ontology.label(synonym.term)) and not (
            _AGAIN.search(synonym.text) or _AGAIN_TOO.search(synonym.text)
        ):
            if not is_plural(synonym.text.split()[-1]):
                continue
            kind |= PLURAL
        yield synonym, TRUST[synonym.scope], kind


def is_plural(word: str) -> bool:
    """Whether a word looks like a plural.

    >>> is_plural("infections"), is_plural("infection"), is_plural("stenosis")
    (True, False, False)
    """
    return len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))


def compile_names(ontology: Ontology) -> dict[str, Array]:
    """Compile the dictionary of an ontology into arrays for :class:`Names`."""
    best: dict[tuple[frozenset[str], int], tuple[int, int, Key]] = {}
    surfaces: dict[tuple[frozenset[str], int], set[str]] = defaultdict(set)
    exact: dict[int, set[Key]] = defaultdict(set)
    bare: dict[frozenset[str], dict[int, Key]] = defaultdict(dict)
    spoken: set[str] = set()
    compounds: dict[str, Key] = {}
    for synonym, trust, kind in _sources(ontology):
        key = key_of(synonym.text)
        if not key or (len(key) > 1 and len(set(key)) == 1):
            # "Tooth within a tooth" is more than the word tooth.
            continue
        found = words(synonym.text)
        spoken.update(word.text for word in found)
        for one, two in pairwise(found):
            if two.joint == HYPHEN or len(one.text) + len(two.text) >= 9:
                compounds.setdefault(one.text + two.text, (stem(one.text), stem(two.text)))
        if synonym.scope == "exact" and not kind & PLURAL:
            exact[synonym.term].add(key)
            without = key_of(" ".join(word.text for word in found if word.text not in _EMPHASIS))
            if without != key and len(without) > 1:
                bare[frozenset(without)].setdefault(synonym.term, without)
            plain = tuple(word for word in key if word not in _CARRIERS)
            for ways in (_UP, _DOWN):
                said = set(plain).intersection(ways)
                if plain != key and len(plain) > 1 and len(said) == 1:
                    for way in ways:
                        changed = tuple(way if word in said else word for word in plain)
                        bare[frozenset(changed)].setdefault(synonym.term, changed)
        place = (frozenset(key), synonym.term)
        if len(key) == 1:
            surfaces[place].add(next(word.text for word in found if stem(word.text) == key[0]))
        if place not in best or best[place][0] < trust:
            best[place] = (trust, kind, key)
    owners: dict[frozenset[str], set[int]] = defaultdict(set)
    for words_of, term in best:
        owners[words_of].add(term)
    for words_of, claims in sorted(bare.items(), key=lambda item: sorted(item[0])):
        if words_of not in owners and len(claims) == 1:
            [(term, key)] = claims.items()
            best[words_of, term] = (TRUST_IMPLIED, IMPLIED, key)
            owners[words_of].add(term)
    for written, named in ALONE:
        key, terms = key_of(written), owners.get(frozenset(key_of(named)), set())
        if len(terms) == 1 and frozenset(key) not in owners:
            [term] = terms
            best[frozenset(key), term] = (TRUST_IMPLIED, IMPLIED, key)
            if len(key) == 1:
                surfaces[frozenset(key), term].add(written)
            owners[frozenset(key)].add(term)
    for written, named in PREFERRED:
        words_of, terms = frozenset(key_of(written)), owners.get(frozenset(key_of(named)), set())
        for old in [old for old in owners[words_of] if terms and old not in terms]:
            trust, kind, key = best.pop((words_of, old))
            for term in terms:
                best[words_of, term] = (trust, kind, key)
                surfaces[words_of, term] |= surfaces.pop((words_of, old), set())
        owners[words_of] |= terms
    for written, named in DENIALS:
        key, terms = key_of(written), owners.get(frozenset(key_of(named)), set())
        if len(terms) == 1 and frozenset(key) not in owners:
            best[frozenset(key), next(iter(terms))] = (TRUST["exact"], 0, key)
    ancestors = ontology.ancestors
    implied = _inherited(exact, owners, ancestors)
    for key, term in implied:
        owners[frozenset(key)].add(term)
    implied += _implied(exact, owners, interchangeable(exact), ancestors)
    again: dict[int, set[Key]] = defaultdict(set)
    for key, term in implied:
        owners[frozenset(key)].add(term)
        if _ABNORMAL in key:
            again[term].add(key)
    # "Renal malformations": the organ's adjective, and another word for an abnormality.
    implied += _implied(again, owners, {}, ancestors, only=(_ABNORMAL,))
    for key, term in implied:
        best.setdefault((frozenset(key), term), (TRUST_IMPLIED, IMPLIED, key))
    names = sorted(
        (place[1], key, trust, kind, " ".join(sorted(surfaces.get(place, ()))))
        for place, (trust, kind, key) in best.items()
    )
    prose = {word.text for term in range(len(ontology)) for word in words(ontology.definition(term))}
    return _pack(names, spoken, compounds, prose)


def _inherited(
    exact: dict[int, set[Key]], owners: dict[frozenset[str], set[int]], ancestors: Callable[[int], Array]
) -> list[tuple[Key, int]]:
    """Names in which another name of a more general finding stands for the one the ontology uses.

    A schwannoma is also called a neurinoma, so a vestibular schwannoma is a vestibular neurinoma.
    """
    made: dict[frozenset[str], dict[int, Key]] = defaultdict(dict)
    for term in sorted(exact):
        for above in ancestors(term).tolist():
            if above == term or above not in exact:
                continue
            for old in sorted(exact[above]):
                for key in sorted(exact[term]):
                    if len(set(old)) == len(set(key)) or not set(old) < set(key) or len(key) > _MOST_WORDS:
                        continue
                    for new in sorted(exact[above]):
                        changed = _put(key, old, new)
                        if new != old and changed and not NEGATING.intersection(new) and _is_new(changed, owners):
                            made[frozenset(changed)].setdefault(term, changed)
    for term in sorted(exact):
        for changed in _crossed(exact[term]):
            # What comes second must be a finding by itself, a neurinoma and no bladder.
            if _is_new(changed, owners) and frozenset(changed[1:]) in owners:
                made[frozenset(changed)].setdefault(term, changed)
    return list(_unambiguous(made, ancestors))


def _crossed(keys: set[Key]) -> Iterable[Key]:
    """The first word of one name of two words with the second of another: "acoustic" and "neurinoma"."""
    pairs = sorted(key for key in keys if len(key) == 2)
    for one, two in combinations(pairs, 2):
        if not set(one) & set(two) and _ABNORMAL not in (*one, *two):
            yield one[0], two[1]
            yield two[0], one[1]


def _is_new(key: Key, owners: dict[frozenset[str], set[int]]) -> bool:
    return 2 <= len(set(key)) == len(key) and frozenset(key) not in owners


def _unambiguous(
    made: dict[frozenset[str], dict[int, Key]], ancestors: Callable[[int], Array]
) -> Iterable[tuple[Key, int]]:
    """The names that one term claims, and abnormalities that several do if one is more general than the others.

    "Kidney anomaly" could be an abnormality of the kidney or of its shape; the former is right either way.
    """
    for name, claims in sorted(made.items(), key=lambda item: sorted(item[0])):
        shared = set(claims)
        if len(shared) > 1 and not name & _ABNORMALITIES:
            continue
        for term in claims:
            shared.intersection_update(ancestors(term).tolist())
        if shared:
            [term] = shared
            yield claims[term], term


def _implied(
    exact: dict[int, set[Key]],
    owners: dict[frozenset[str], set[int]],
    swaps: Iterable[tuple[Key, Key]],
    ancestors: Callable[[int], Array],
    only: Key | None = None,
) -> list[tuple[Key, int]]:
    """Names made by putting one expression for another (for ``only`` that one, if given), and their terms."""
    by_first: dict[str, list[tuple[Key, Key]]] = defaultdict(list)
    for written, named in EQUIVALENT:
        if (new := key_of(written)) != (old := key_of(named)) and only in (None, old):
            by_first[min(old)].append((old, new))
    for one, two in swaps:
        for old, new in ((one, two), (two, one)):
            # What may be left out is not put in.
            if old:
                by_first[min(old)].append((old, new))
    made: dict[frozenset[str], dict[int, Key]] = defaultdict(dict)
    for term in sorted(exact):
        for key in sorted(exact[term]):
            if not 2 <= len(key) <= _MOST_WORDS:
                continue
            for first in dict.fromkeys(key):
                for old, new in by_first.get(first, ()):
                    changed = _put(key, old, new)
                    if NEGATING.intersection(new) or (not new and key[-1] in old and key[-1] in _NOUNS_THAT_STAY):
                        continue
                    if changed and _is_new(changed, owners):
                        made[frozenset(changed)].setdefault(term, changed)
    return list(_unambiguous(made, ancestors))


def _put(key: Key, old: Key, new: Key) -> Key | None:
    """The name with one expression for another, at the place of its first word; None if it has not the old one."""
    if not set(old) <= set(key):
        return None
    at = min(key.index(word) for word in old)
    rest = [word for word in key[:at] if word not in old]
    return (*rest, *new, *(word for word in key[at:] if word not in old))


def interchangeable(exact: dict[int, set[Key]]) -> dict[tuple[Key, Key], int]:
    """Pairs of expressions (one or two stems each) that the exact names of many terms use for each other.

    Args:
        exact: Exact names of each term.

    Returns:
        For each pair the number of terms.
    """
    count: Counter[tuple[Key, Key]] = Counter()
    used: Counter[str] = Counter()
    for keys in exact.values():
        used.update({word for key in keys for word in key})
        pairs = set()
        for one, two in combinations(sorted(keys), 2):
            a, b = set(one), set(two)
            if a != b and a & b and len(a - b) <= 2 and len(b - a) <= 2:
                old = tuple(w for w in one if w not in b)
                new = tuple(w for w in two if w not in a)
                pairs.add((old, new) if old < new else (new, old))
        count.update(pairs)

    def rarer(pair: tuple[Key, Key]) -> int:
        return min(min(used[word] for word in side) for side in pair if side)

    return {
        pair: n
        for pair, n in sorted(count.items())
        if n >= LEAST_TERMS
        and (n >= LEAST_SHARE * rarer(pair) if all(pair) else _EMPTY.issuperset((*pair[0], *pair[1])))
    }


def _pack(
    names: list[tuple[int, Key, int, int, str]], spoken: set[str], compounds: dict[str, Key], prose: set[str]
) -> dict[str, Array]:
    frequency = Counter(word for _, key, *_ in names for word in set(key))
    stems = sorted(frequency)
    number = {word: i for i, word in enumerate(stems)}
    tokens = [[number[word] for word in key] for _, key, *_ in names]
    anchored: list[list[int]] = [[] for _ in stems]
    for name, (_, key, *_) in enumerate(names):
        anchored[number[min(key, key=lambda word: (frequency[word], word))]].append(name)
    joined = sorted((text, key) for text, key in compounds.items() if all(word in number for word in key))
    long = sorted(word for word in spoken if len(word) >= 7 and word.isalpha() and stem(word) in number)
    deletions = sorted((_hash(part), i) for i, word in enumerate(long) for part in _deletions(word))
    return {
        **Strings.pack(stems).arrays("stem"),
        **Strings.pack([text for text, _ in joined]).arrays("compound"),
        "compound.parts": np.array([[number[w] for w in key] for _, key in joined], dtype=np.int32).reshape(-1, 2),
        "name.term": np.array([term for term, *_ in names], dtype=np.int32),
        "name.trust": np.array([trust for _, _, trust, _, _ in names], dtype=np.uint8),
        "name.kind": np.array([kind for _, _, _, kind, _ in names], dtype=np.uint8),
        **Lists.pack(tokens).arrays("name.tokens"),
        **Lists.pack(anchored).arrays("anchored"),
        **Strings.pack([surface for *_, surface in names]).arrays("name.surface"),
        "real.hash": np.array(sorted({_hash(word) for word in prose | spoken}), dtype=np.uint32),
        **Strings.pack(long).arrays("long"),
        "deletion.hash": np.array([value for value, _ in deletions], dtype=np.uint32),
        "deletion.stem": np.array([i for _, i in deletions], dtype=np.int32),
    }
