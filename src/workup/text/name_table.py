"""Compiles the dictionary: labels and synonyms of an ontology, and the names it implies, into arrays.

compile_names(ontology)  # {"name.term": [...], "name.trust": [...], ...}, opened by workup.text.names.Names
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from workup.knowledge.arrays import Array, Lists, Strings
from workup.knowledge.hpo import Ontology, Synonym
from workup.text.equivalents import ALONE, DENIALS, PREFERRED
from workup.text.implied import implied as implied_names
from workup.text.implied import inherited, interchangeable
from workup.text.name_keys import ABNORMAL, Key, key_of
from workup.text.words import HYPHEN, stem, words

# What a name is worth as evidence that the term is meant (0-100). The order is that of the scopes in the OBO format;
# the sizes are ours.
TRUST_LABEL = 100
TRUST = {"exact": 95, "narrow": 80, "related": 65, "broad": 50}
TRUST_IMPLIED = 70
NOT_A_NAME = frozenset({"abbreviation", "obsolete_synonym"})
# A laboratory result is reported without these: "high creatinine" is an elevated circulating creatinine concentration.
_CARRIERS = frozenset({"circul", "concentr", "level", "serum", "plasm", "blood"})
_UP = ("increas", "elevat", "high")
_DOWN = ("decreas", "reduc", "reduct", "low")
LAY = 1
IMPLIED = 2
# Names a finding only in the plural: "urinary tract infections" are recurrent ones, a single infection is not.
PLURAL = 4
# A name says them only for emphasis: "conspicuously happy disposition".
_EMPHASIS = frozenset({"abnormally", "conspicuously", "excessively", "markedly", "unusually"})
_AGAIN = re.compile(r"\b(?:recurr|repeat|frequent|repetit)", re.IGNORECASE)
# What says in other words that something comes again, or is about the tendency itself.
_AGAIN_TOO = re.compile(
    r"\b(?:episod|intermittent|multiple|chronic|prone|increased|susceptib|often|history|periodic|relaps|many)",
    re.IGNORECASE,
)


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
    implied = inherited(exact, owners, ancestors)
    for key, term in implied:
        owners[frozenset(key)].add(term)
    implied += implied_names(exact, owners, interchangeable(exact), ancestors)
    again: dict[int, set[Key]] = defaultdict(set)
    for key, term in implied:
        owners[frozenset(key)].add(term)
        if ABNORMAL in key:
            again[term].add(key)
    # "Renal malformations": the organ's adjective, and another word for an abnormality.
    implied += implied_names(again, owners, {}, ancestors, only=(ABNORMAL,))
    for key, term in implied:
        best.setdefault((frozenset(key), term), (TRUST_IMPLIED, IMPLIED, key))
    names = sorted(
        (place[1], key, trust, kind, " ".join(sorted(surfaces.get(place, ()))))
        for place, (trust, kind, key) in best.items()
    )
    prose = {word.text for term in range(len(ontology)) for word in words(ontology.definition(term))}
    return _pack(names, spoken, compounds, prose)


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
    deleted = sorted((hash_of(part), i) for i, word in enumerate(long) for part in deletions(word))
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
        "real.hash": np.array(sorted({hash_of(word) for word in prose | spoken}), dtype=np.uint32),
        **Strings.pack(long).arrays("long"),
        "deletion.hash": np.array([value for value, _ in deleted], dtype=np.uint32),
        "deletion.stem": np.array([i for _, i in deleted], dtype=np.int32),
    }


def hash_of(text: str) -> int:
    """A number of 32 bits for a word, the same in every process."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "little")


def deletions(word: str) -> set[str]:
    """A word and what is left of it without one letter: words that share one differ by a letter at most.

    >>> sorted(deletions("rash"))
    ['ash', 'rah', 'ras', 'rash', 'rsh']
    """
    return {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}
