"""For each finding and disease: which annotation of the disease explains the finding, and where that is written.

The likelihood ratio of a finding sums over all terms of a disease's profile. The term with the largest share is
what a reader is shown, with the annotation rows behind it and the common ancestor through which they meet.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

import msgspec
import numpy as np

from workup.knowledge import Knowledge
from workup.knowledge.annotations import Annotations, frequency_words
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoning import Evidence

Relation = Literal["exact", "narrower", "broader", "related", "none"]

# Terms that meet only in an ancestor which this share of all diseases has are not related.
_MOST_COMMON_ANCESTOR = 0.25
_MOST_LENDERS = 20
_MOST_ROWS_SHOWN = 4
_COLUMNS = 9
# About 1.5 kB each.
_REMEMBERED_ROWS = 8192


class Match(msgspec.Struct, frozen=True, gc=False):
    """How a finding meets a disease.

    Attributes:
        term: Term of the disease, -1 if nothing in the disease explains the finding.
        ancestor: Most informative common ancestor of both, -1 if none.
        relation: How the disease's term relates to the finding.
        owner: Disease whose annotation it is: the disease itself, or the entry it is borrowed from.
    """

    term: int
    ancestor: int
    relation: Relation
    owner: int


NO_MATCH = Match(-1, -1, "none", -1)


class Rows:
    """Annotation rows by disease and term, as evidence.

    A case asks for a few hundred single entries, which Python reads from a view of an array several times faster
    than numpy does from the array itself.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        annotations = knowledge.annotations
        rows = np.flatnonzero(annotations.phenotype_mask())
        self._terms = len(knowledge.ontology)
        keys = annotations.disease[rows].astype(np.int64) * self._terms + annotations.term[rows]
        order = np.argsort(keys, kind="stable")
        self._sorted = keys[order]
        self._keys = self._sorted.data
        # Where each disease starts, so that a search looks at a few dozen rows only.
        self._starts = np.searchsorted(self._sorted, np.arange(len(knowledge.diseases) + 1) * self._terms).data
        self._release = f"phenotype.hpoa {knowledge.meta.versions['phenotype.hpoa']}"
        self._table = _table(annotations, rows[order]).ravel().data
        self._examined = annotations.examined[rows[order]].data
        self._cited = annotations.references.indices.data
        self._frequencies = annotations.frequency.arrays("")[".blob"].data
        self._stated: dict[bytes, tuple[str, float]] = {}
        self.id = lru_cache(maxsize=None)(knowledge.ontology.id)
        self.label = lru_cache(maxsize=None)(knowledge.ontology.label)
        self._row = lru_cache(maxsize=_REMEMBERED_ROWS)(self._describe)
        self._disease_id = lru_cache(maxsize=None)(knowledge.diseases.ids.__getitem__)
        self._reference = lru_cache(maxsize=None)(annotations.reference_names.__getitem__)

    def has(self, disease: int, term: int) -> bool:
        """Whether a row states the term of the disease."""
        return self.first((disease,), term) == disease

    def first(self, diseases: Sequence[int], term: int) -> int:
        """The first of some diseases of which a row states the term, -1 if none."""
        keys, starts, terms = self._keys, self._starts, self._terms
        for disease in diseases:
            key, end = disease * terms + term, starts[disease + 1]
            place = bisect_left(keys, key, starts[disease], end)
            if place < end and keys[place] == key:
                return disease
        return -1

    def has_all(self, diseases: Array, terms: Array) -> Array:
        """:meth:`has` for arrays of pairs, of any one shape."""
        keys = diseases.astype(np.int64) * self._terms + terms
        found: Array = np.searchsorted(self._sorted, keys, side="right") > np.searchsorted(self._sorted, keys)
        return found

    def _places(self, disease: int, term: int) -> list[int]:
        """Where the rows are that state the term of the disease, in the order of the file."""
        keys, key, last = self._keys, disease * self._terms + term, self._starts[disease + 1]
        start = end = bisect_left(keys, key, self._starts[disease], last)
        while end < last and keys[end] == key:
            end += 1
        return list(range(start, end))

    def _describe(self, place: int) -> Evidence:
        row, disease, term, line, negated, cited, citations, start, end = self._table[
            place * _COLUMNS : place * _COLUMNS + _COLUMNS
        ].tolist()
        label = self.label(term)
        words, share = self._frequency(row, start, end)
        if citations == 1:
            reference = self._reference(self._cited[cited])
        else:
            reference = ";".join([self._reference(name) for name in self._cited[cited : cited + citations]])
        return Evidence(
            kind="annotation",
            source=f"{self._release}, line {line}",
            quote=f"{'NOT ' if negated else ''}{label}, {words}, {reference}",
            supported=True,
            values={
                "disease": self._disease_id(disease),
                "term": self.id(term),
                "term_label": label,
                "frequency": words,
                "frequency_value": share,
                "reference": reference,
                "line": line,
            },
        )

    def _frequency(self, row: int, start: int, end: int) -> tuple[str, float]:
        """The frequency of a row in words and as a share; the file has a few thousand different ones."""
        text = self._frequencies[start:end].tobytes()
        found = self._stated.get(text)
        if found is None:
            annotations = self.knowledge.annotations
            share = float(annotations.affected[row]) / max(float(annotations.examined[row]), 1.0)
            found = self._stated[text] = frequency_words(text.decode()), round(share, 4)
        return found

    def evidence(self, disease: int, term: int, values: dict[str, Any]) -> tuple[Evidence, ...]:
        """The rows of one disease and term, each with ``values`` added to its own.

        Rows with a count come first, the largest study before the others.
        """
        places = self._places(disease, term)
        if len(places) > 1:
            examined = self._examined
            places = sorted(places, key=lambda place: -examined[place])[:_MOST_ROWS_SHOWN]
        found = [self._row(place) for place in places]
        if not values:
            return tuple(found)
        return tuple(
            [
                Evidence(
                    kind="annotation", source=own.source, quote=own.quote, supported=True, values=own.values | values
                )
                for own in found
            ]
        )

    def meeting(self, disease: int, term: int, relation: Relation, ancestor: int) -> tuple[Evidence, ...]:
        """The same, where a finding of the patient meets the term through an ancestor."""
        values = {
            "relation": relation,
            "ancestor": self.id(ancestor),
            "ancestor_label": self.label(ancestor),
            "borrowed_from": "",
        }
        return self.evidence(disease, term, values)


def _table(annotations: Annotations, rows: Array) -> Array:
    """What a row is described by, side by side in memory, ``(len(rows), _COLUMNS)``.

    The columns are: row, disease, term, line, negated, first citation and their number, start and end of the frequency
    among all frequencies. A case describes a few hundred rows; reading each column where it is stored would have
    the processor wait for memory nine times for each.
    """
    table = np.empty((len(rows), _COLUMNS), dtype=np.int32)
    cited, stated = annotations.references.offsets, annotations.frequency.arrays("")[".offsets"]
    columns = (
        rows,
        annotations.disease[rows],
        annotations.term[rows],
        annotations.line[rows],
        annotations.negated[rows],
        cited[rows],
        cited[rows + 1] - cited[rows],
        stated[rows],
        stated[rows + 1],
    )
    for place, column in enumerate(columns):
        table[:, place] = column
    return table


class Matcher:
    """Finds the annotation that explains each finding best, for many diseases at once."""

    def __init__(self, mixture: TranslationMixture) -> None:
        self.mixture = mixture
        self.knowledge = mixture.model.knowledge
        self.rows = Rows(self.knowledge)
        self._information = mixture.model.information_content.tolist()
        self._least_information = -math.log(_MOST_COMMON_ANCESTOR)
        # About 2 kB each.
        self.ancestors = lru_cache(maxsize=8192)(self._find_ancestors)
        self._by_information = lru_cache(maxsize=1024)(self._sort_ancestors)
        self._lenders = lru_cache(maxsize=4096)(self._find_lenders)
        self._owner = lru_cache(maxsize=16384)(self._find_owner)
        self._relation = lru_cache(maxsize=32768)(self._find_relation)
        # 150 kB each.
        self._translation = lru_cache(maxsize=128)(mixture.translation)

    def matches(self, findings: tuple[int, ...], candidates: Array) -> list[list[Match]]:
        """Best match of every finding with every candidate.

        Args:
            findings: Term indices.
            candidates: Candidate positions, ``(k,)``.

        Returns:
            For each candidate one match per finding.
        """
        if not findings or not len(candidates):
            return [[] for _ in candidates]
        mixture = self.mixture
        exact, blur = mixture.exact, mixture.blur
        starts, ends = exact.indptr[candidates], exact.indptr[candidates + 1]
        lengths = ends - starts
        offsets = np.zeros(len(candidates) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        places = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        terms = exact.indices[places]
        shares = self._shares(findings, terms, exact.data[places], blur.data[places])
        diseases = mixture.model.candidates[candidates]
        bounds = offsets.tolist()
        # -1 where the disease has no term at all.
        best = np.full((len(candidates), len(findings)), -1, dtype=np.int64)
        for position, (start, end) in enumerate(pairwise(bounds)):
            if start < end:
                best[position] = terms[start + shares[:, start:end].argmax(axis=1)]
        own = self.rows.has_all(np.broadcast_to(diseases[:, None], best.shape), best)
        return [
            [self._match(*pair, disease) for pair in zip(findings, chosen, owns, strict=True)]
            for disease, chosen, owns in zip(diseases.tolist(), best.tolist(), own.tolist(), strict=True)
        ]

    def _shares(self, findings: tuple[int, ...], terms: Array, exact: Array, blur: Array) -> Array:
        """What each profile term adds to the likelihood ratio of each finding, ``(findings, len(terms))``."""
        background = self.mixture.background
        shares = np.empty((len(findings), len(terms)))
        double = blur.astype(np.float64)
        for finding, share in zip(findings, shares, strict=True):
            # Clipping is never needed; it spares numpy a copy of the result.
            np.take(self._translation(finding), terms, out=share, mode="clip")
            share *= double
            if background.share[finding] > 0:
                same = np.flatnonzero(terms == finding)
                share[same] += exact[same] / background.share[finding]
        return shares

    def _match(self, finding: int, term: int, own: bool, disease: int) -> Match:
        if term < 0:
            return NO_MATCH
        ancestor, relation = self._relation(finding, term)
        if relation == "none":
            return NO_MATCH
        owner = disease if own else self._owner(disease, term)
        return Match(term, ancestor, relation, owner) if owner >= 0 else NO_MATCH

    def _find_ancestors(self, term: int) -> frozenset[int]:
        return frozenset(self.knowledge.ontology.ancestors(term).tolist())

    def _sort_ancestors(self, term: int) -> list[int]:
        """The term and its ancestors, the most informative first."""
        return sorted(self.ancestors(term), key=lambda a: (self._information[a], a), reverse=True)

    def _find_relation(self, finding: int, term: int) -> tuple[int, Relation]:
        if term == finding:
            return term, "exact"
        above = self.ancestors(term)
        if finding in above:
            return finding, "narrower"
        # All terms meet in the root at the latest.
        ancestor = next(a for a in self._by_information(finding) if a in above)
        if self._information[ancestor] < self._least_information:
            return -1, "none"
        return (term, "broader") if term in self.ancestors(finding) else (ancestor, "related")

    def _find_owner(self, disease: int, term: int) -> int:
        """The nearest entry that a disease borrows the term from, -1 if none."""
        return self.rows.first(self._lenders(disease), term)

    def _find_lenders(self, disease: int) -> tuple[int, ...]:
        found: dict[int, None] = {}
        for matrix in self.mixture.neighbours.values():
            part = slice(int(matrix.indptr[disease]), int(matrix.indptr[disease + 1]))
            nearest = np.argsort(-matrix.data[part], kind="stable")[:_MOST_LENDERS]
            found.update(dict.fromkeys(matrix.indices[part][nearest].tolist()))
        return tuple(found)
