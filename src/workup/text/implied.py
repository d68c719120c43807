"""Names that the ontology implies: another expression in the place of one that its own synonyms show to mean the same.

Where many terms have both "broad X" and "wide X" among their exact names, "wide Y" is taken for another name of "broad
Y", unless it is a name of some other term already. A narrower finding inherits the other names of a broader one: a
schwannoma is also called a neurinoma, so a vestibular schwannoma is a vestibular neurinoma.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import combinations

from workup.knowledge.arrays import Array
from workup.text.equivalents import EQUIVALENT
from workup.text.name_keys import ABNORMAL, NEGATING, Key, key_of
from workup.text.words import stem

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
_ABNORMALITIES = frozenset(
    stem(word)
    for word in ("abnormality", "anomaly", "malformation", "defect", "disorder", "disease", "problem", "impairment",
                 "disturbance", "deficit")
)  # fmt: skip


def inherited(
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
        if not set(one) & set(two) and ABNORMAL not in (*one, *two):
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


def implied(
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
