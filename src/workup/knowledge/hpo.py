"""The Human Phenotype Ontology: terms, ancestors, rewrites of old ids, names.

Read from ``hp.obo``, e.g.::

    [Term]
    id: HP:0001250
    name: Seizure
    alt_id: HP:0002125
    synonym: "Epileptic seizure" EXACT []
    is_a: HP:0012638 ! Abnormal nervous system physiology

Terms are held by index, in the order of their ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from workup.knowledge.arrays import Array, Lists, Store, Strings, narrow
from workup.knowledge.hpo_names import Names, compile_names, fold

ROOT = 1
PHENOTYPE_ROOT = 118
# Branches that are not phenotypes; a term below one of them belongs in another field of the case.
BRANCHES: dict[int, str] = {
    PHENOTYPE_ROOT: "phenotype",
    5: "inheritance",
    12823: "modifier",
    31797: "course",
    40279: "frequency",
    32443: "history",
    32223: "blood group",
}
BRANCH_NAMES = ("other", *BRANCHES.values())
Branch = Literal["other", "phenotype", "inheritance", "modifier", "course", "frequency", "history", "blood group"]

# How a synonym's meaning compares with the term's, as OBO states it (OBO flat file format 1.4, "synonym").
SCOPES = ("exact", "narrow", "broad", "related")
# Types of synonym that the ontology declares; anything else is plain.
KINDS = ("plain", "layperson", "abbreviation", "uk_spelling", "plural_form", "obsolete_synonym")

# How an old id became a current one, the strongest first.
HOPS = ("alternative id", "replaced", "considered")

_ID = re.compile(r"^\s*HP[:_](\d{7})\s*$", re.IGNORECASE)


def number(text: str) -> int | None:
    """The number in an HPO id, or None if ``text`` is not one.

    >>> number("HP:0001250"), number("hp_0001250"), number("Seizure")
    (1250, 1250, None)
    """
    match = _ID.match(text)
    return int(match[1]) if match else None


def identifier(value: int) -> str:
    """The HPO id of a number.

    >>> identifier(1250)
    'HP:0001250'
    """
    return f"HP:{value:07d}"


class Resolution(msgspec.Struct, frozen=True):
    """What an id or label stands for in this release.

    Attributes:
        terms: Indices of the terms; empty when unknown, several when a newer term was replaced by its known
            ancestors.
        how: ``exact``, ``alternative id``, ``replaced``, ``considered``, ``label``, ``synonym``, ``newer`` or
            ``unknown``.
    """

    terms: tuple[int, ...]
    how: str


class Synonym(msgspec.Struct, frozen=True):
    """Another name of a term, and how far to trust it.

    Attributes:
        text: The name.
        term: Index of the term.
        scope: How the name's meaning compares with the term's, one of :data:`SCOPES`.
        kind: What sort of name it is, one of :data:`KINDS`.
    """

    text: str
    term: int
    scope: str
    kind: str


class _Stanza(msgspec.Struct):
    id: int
    name: str = ""
    definition: str = ""
    parents: list[int] = []
    alternatives: list[int] = []
    synonyms: list[tuple[str, int, int]] = []
    replaced_by: list[int] = []
    consider: list[int] = []
    obsolete: bool = False


def _code(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else 0


def _stanzas(lines: Iterable[str]) -> Iterator[_Stanza]:
    current: _Stanza | None = None
    in_term = False
    for line in lines:
        if line.startswith("["):
            if current is not None:
                yield current
            current, in_term = None, line.startswith("[Term]")
            continue
        if not in_term:
            continue
        key, _, value = line.rstrip("\n").partition(": ")
        if key == "id":
            term = number(value)
            if term is None:
                in_term = False
            else:
                current = _Stanza(term)
            continue
        if current is None:
            continue
        if key == "name":
            current.name = value
        elif key == "synonym":
            end = value.index('"', 1)
            scope, kind, *_ = *value[end + 1 :].partition("[")[0].split(), "", ""
            current.synonyms.append((value[1:end], _code(SCOPES, scope.lower()), _code(KINDS, kind)))
        elif key == "def":
            current.definition = value[1 : value.rindex('"')]
        elif key == "is_obsolete":
            current.obsolete = value == "true"
        else:
            into = {
                "is_a": current.parents,
                "alt_id": current.alternatives,
                "replaced_by": current.replaced_by,
                "consider": current.consider,
            }.get(key)
            # "HP:1234567 {source=...} ! label": the id is the first word.
            target = number((value.split() or [""])[0]) if into is not None else None
            if into is not None and target is not None:
                into.append(target)
    if current is not None:
        yield current


def compile_ontology(lines: Iterable[str], newer: Mapping[int, Sequence[int]] | None = None) -> dict[str, Array]:
    """Parse ``hp.obo`` into the arrays of an :class:`Ontology`.

    Args:
        lines: Lines of the file.
        newer: Terms of later releases, by number, with the numbers of their nearest ancestors in earlier ones.

    Returns:
        Arrays by name, for :meth:`workup.knowledge.arrays.Store.write`.
    """
    stanzas = list(_stanzas(lines))
    terms = sorted((s for s in stanzas if not s.obsolete), key=lambda s: s.id)
    index = {term.id: i for i, term in enumerate(terms)}
    parents = [sorted(index[p] for p in term.parents if p in index) for term in terms]

    ancestors: list[set[int] | None] = [None] * len(terms)

    def closure(start: int) -> set[int]:
        # Explicit stack: the ontology is up to 16 levels deep today, but nothing promises that.
        stack = [start]
        while stack:
            term = stack[-1]
            waiting = [p for p in parents[term] if ancestors[p] is None]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            if ancestors[term] is None:
                found = {term}
                for parent in parents[term]:
                    found |= ancestors[parent] or set()
                ancestors[term] = found
        return ancestors[start] or set()

    closures = [sorted(closure(i)) for i in range(len(terms))]
    depth = np.zeros(len(terms), dtype=np.int16)
    for term in sorted(range(len(terms)), key=lambda i: len(closures[i])):
        # Shortest path to the root; an ancestor's closure is always smaller, so parents come first.
        if parents[term]:
            depth[term] = 1 + min(int(depth[p]) for p in parents[term])

    branch = np.zeros(len(terms), dtype=np.uint8)
    for code, root in enumerate(BRANCHES, start=1):
        if root in index:
            branch[[i for i, anc in enumerate(closures) if index[root] in set(anc)]] = code

    rewrites: dict[int, tuple[int, str]] = {}
    for stanza in stanzas:
        for alternative in stanza.alternatives:
            rewrites[alternative] = (stanza.id, "alternative id")
    for stanza in stanzas:
        if stanza.obsolete and (stanza.replaced_by or stanza.consider):
            how = "replaced" if stanza.replaced_by else "considered"
            rewrites[stanza.id] = ((stanza.replaced_by or stanza.consider)[0], how)
    resolved = sorted((old, new, how) for old in rewrites for new, how in [_follow(old, rewrites)] if new in index)
    known = {old: [index[n] for n in above if n in index] for old, above in sorted((newer or {}).items())}
    known = {old: above for old, above in known.items() if above}
    tops = [i for i, above in enumerate(parents) if index.get(PHENOTYPE_ROOT) in above]
    synonyms = [(*synonym, i) for i, term in enumerate(terms) for synonym in term.synonyms]
    return {
        "hpo.number": np.array([term.id for term in terms], dtype=np.int32),
        "hpo.depth": depth,
        "hpo.branch": branch,
        "hpo.top": np.array(tops, dtype=np.int32),
        "hpo.system": narrow(_systems(tops, Lists.pack(parents), Lists.pack(closures))),
        "hpo.rewrite.from": np.array([old for old, _, _ in resolved], dtype=np.int32),
        "hpo.rewrite.to": np.array([index[new] for _, new, _ in resolved], dtype=np.int32),
        "hpo.synonym.term": np.array([i for *_, i in synonyms], dtype=np.int32),
        "hpo.synonym.scope": np.array([scope for _, scope, _, _ in synonyms], dtype=np.uint8),
        "hpo.synonym.kind": np.array([kind for _, _, kind, _ in synonyms], dtype=np.uint8),
        "hpo.rewrite.how": np.array([HOPS.index(how) for _, _, how in resolved], dtype=np.uint8),
        "hpo.newer.from": np.array(list(known), dtype=np.int32),
        **Lists.pack(list(known.values())).arrays("hpo.newer"),
        **Strings.pack([text for text, *_ in synonyms]).arrays("hpo.synonym"),
        **Strings.pack([term.name for term in terms]).arrays("hpo.label"),
        **Strings.pack([term.definition for term in terms]).arrays("hpo.definition"),
        **Lists.pack(parents).arrays("hpo.parents"),
        **Lists.pack(closures).arrays("hpo.ancestors"),
        **compile_names([term.name for term in terms], [text for text, *_ in synonyms], [i for *_, i in synonyms]),
    }


def _systems(tops: list[int], parents: Lists, closure: Lists) -> Array:
    """Place of each term's body system among ``tops``; one beyond the last where it lies in none."""
    inside = np.zeros((len(tops) + 1, len(parents)), dtype=bool)
    descendants = _descendants(closure)
    for row, top in zip(inside, tops, strict=False):
        row[descendants[top]] = True
    # Votes of the parents; a term has the vote of itself, which all its systems get.
    votes = inside.astype(np.int32)
    child = np.repeat(np.arange(len(parents)), np.diff(parents.offsets))
    for row, own in zip(votes, inside, strict=True):
        row += np.where(own, np.bincount(child, own[parents.indices], len(parents)), 0).astype(np.int32)
    votes[-1] = votes[:-1].max(axis=0, initial=0) == 0
    # The first of equal ones.
    places: Array = votes.argmax(axis=0)
    return places


def _follow(old: int, rewrites: dict[int, tuple[int, str]]) -> tuple[int, str]:
    """Follow rewrites over several hops; the weakest kind of hop names the whole."""
    seen, kind = {old}, HOPS[0]
    while old in rewrites:
        old, how = rewrites[old]
        kind = max(kind, how, key=HOPS.index)
        if old in seen:
            break
        seen.add(old)
    return old, kind


class Ontology:
    """The ontology, over memory-mapped arrays; terms are indices 0..n-1."""

    def __init__(self, store: Store) -> None:
        self.number = store.array("hpo.number")
        self.depth = store.array("hpo.depth")
        self.branch = store.array("hpo.branch")
        self.parents = store.lists("hpo.parents")
        self.closure = store.lists("hpo.ancestors")
        self._labels = store.strings("hpo.label")
        self._store = store
        # Reports name the same terms again and again.
        self._label = lru_cache(maxsize=None)(self._labels.__getitem__)
        self._id = lru_cache(maxsize=None)(lambda term: identifier(int(self.number[term])))
        self._names = Names(store)

    def __len__(self) -> int:
        return len(self.number)

    def ids(self) -> list[str]:
        """HPO ids in index order."""
        return list(self._ids)

    @cached_property
    def _ids(self) -> list[str]:
        # As :func:`identifier`, in half the time for all of them.
        return ("HP:%07d " * len(self) % tuple(self.number.tolist())).split()

    def id(self, term: int) -> str:
        """HPO id of a term."""
        return self._id(term)

    def label(self, term: int) -> str:
        """Primary label of a term."""
        return self._label(term)

    @cached_property
    def labels(self) -> list[str]:
        """Primary labels in index order."""
        return list(self._labels)

    def definition(self, term: int) -> str:
        """What the term means, in the ontology's words; empty when it says nothing."""
        return self._store.strings("hpo.definition")[term]

    def ancestors(self, term: int) -> Array:
        """Indices of the term and all its ancestors, ascending."""
        return self.closure[term]

    def index(self, text: str) -> int | None:
        """Index of a current id; None for anything else (see :meth:`resolve`)."""
        value = number(text)
        return None if value is None else self._position(value)

    def _position(self, value: int) -> int | None:
        return self._places.get(value)

    @cached_property
    def _places(self) -> dict[int, int]:
        return dict(zip(self.number.tolist(), range(len(self)), strict=True))

    def branch_of(self, term: int) -> str:
        """Which part of the ontology a term belongs to, one of :data:`BRANCH_NAMES`."""
        return BRANCH_NAMES[int(self.branch[term])]

    def is_finding(self, term: int) -> bool:
        """Whether a term says something about a patient: a phenotype, and not the root of them all."""
        return self._is_finding[term]

    @cached_property
    def exact_ids(self) -> dict[str, int]:
        """Indices of the current ids that say something about a patient, by id: most findings of most patients."""
        return {self._ids[term]: term for term, usable in enumerate(self._is_finding) if usable}

    @cached_property
    def _is_finding(self) -> list[bool]:
        phenotype = self.branch == BRANCH_NAMES.index("phenotype")
        found: list[bool] = (phenotype & (self.number != PHENOTYPE_ROOT)).tolist()
        return found

    @cached_property
    def children(self) -> Lists:
        """Direct children of each term."""
        child = np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.parents.offsets))
        return _invert(child, self.parents.indices, len(self))

    @cached_property
    def descendants(self) -> Lists:
        """Each term and everything below it."""
        return _descendants(self.closure)

    def synonyms(self) -> Iterator[Synonym]:
        """All other names of all terms, in the order of the terms."""
        for text, term, scope, kind in zip(
            self._store.strings("hpo.synonym"),
            self._store.array("hpo.synonym.term").tolist(),
            self._store.array("hpo.synonym.scope").tolist(),
            self._store.array("hpo.synonym.kind").tolist(),
            strict=True,
        ):
            yield Synonym(text, term, SCOPES[scope], KINDS[kind])

    @property
    def folder(self) -> Path:
        """Folder of the artefact, where what is made of the ontology can be kept too."""
        return self._store.folder

    def _rewritten(self, value: int) -> Resolution | None:
        """What an old id's number became; None if it is not an old one."""
        place = _find(self._store.array("hpo.rewrite.from"), value)
        if place is None:
            return None
        how = HOPS[self._store.array("hpo.rewrite.how")[place]]
        return Resolution((int(self._store.array("hpo.rewrite.to")[place]),), how)

    def resolve(self, text: str) -> Resolution:
        """What an id, label or synonym stands for.

        Old ids are followed over several hops; ids newer than this release become their nearest known
        ancestors; labels and synonyms match regardless of case and punctuation.
        """
        value = number(text)
        if value is None:
            found = self._names.meaning(fold(text))
            if found is None:
                return Resolution((), "unknown")
            return Resolution((found,), "label") if found >= 0 else Resolution((~found,), "synonym")
        place = self._position(value)
        if place is not None:
            return Resolution((place,), "exact")
        if (rewritten := self._rewritten(value)) is not None:
            return rewritten
        newer = _find(self._store.array("hpo.newer.from"), value)
        if newer is not None:
            return Resolution(tuple(self._store.lists("hpo.newer")[newer].tolist()), "newer")
        return Resolution((), "unknown")

    def near_names(self, text: str, limit: int = 3) -> list[str]:
        """Labels that look like ``text``, for an error message."""
        terms = dict.fromkeys(max(term, ~term) for term in self._names.close(fold(text), limit))
        return [f"{self.id(term)} {self.label(term)}" for term in terms]

    def system_label(self, term: int) -> str:
        """Body system in a clinician's words, e.g. ``Nervous system``.

        A term in several systems is given the one that most of its parents lie in, then the first by id.
        """
        return self._system_labels[self._systems[term]]

    @cached_property
    def _systems(self) -> list[int]:
        """Place of each term's system among the body systems; one beyond the last where it lies in none."""
        places: list[int] = self._store.array("hpo.system").tolist()
        return places

    @cached_property
    def _system_labels(self) -> list[str]:
        labels = []
        for top in self._store.array("hpo.top").tolist():
            words = self.label(top)
            for start in ("Abnormality of the ", "Abnormality of ", "Abnormal "):
                words = words.removeprefix(start)
            labels.append(words[:1].upper() + words[1:])
        return [*labels, "Other"]


def _find(numbers: Array, value: int) -> int | None:
    """Place of a number among ascending ones; None if it is not there."""
    place = int(np.searchsorted(numbers, np.int32(value)))
    return None if place == len(numbers) or numbers[place] != value else place


def _descendants(closure: Lists) -> Lists:
    term = np.repeat(np.arange(len(closure), dtype=np.int32), np.diff(closure.offsets))
    return _invert(term, closure.indices, len(closure))


def _invert(rows: Array, columns: Array, size: int) -> Lists:
    """Turn (row, column) pairs into, for each column, its rows ascending."""
    # Narrow, since numpy sorts 16 bits in half the time.
    order = np.argsort(narrow(columns), kind="stable")
    offsets = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(columns, minlength=size), out=offsets[1:])
    return Lists(rows[order], offsets)
