"""Every way in which a name of the dictionary can be read in one sentence, good or bad.

A name whose stems all occur in a sentence can be read at each place of its rarest stem, with the other stems where they
are nearest; one of them may stand in the heading above. What stands between its words decides whether they belong
together, and what that costs (:mod:`workup.text.arrangement`).

For example, in "Small hands and feet." the name "small foot" is read in the words "small" and "feet", across "hands
and".

This is what reading a page spends most of its time on, so it is also compiled (``kernels.pyx``); the code here says
what that gives, and works without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from workup.knowledge.arrays import Array
from workup.text import arrangement
from workup.text.arrangement import COST_LIMIT, LIGHT, PARTING, gaps, in_plural, nearest
from workup.text.compiled import kernels
from workup.text.name_table import IMPLIED, PLURAL, is_plural
from workup.text.names import Names
from workup.text.pieces import COST_HEADING, Piece
from workup.text.vocabulary import AND, COPULA, DENYING, FILLER, PERIODS, STOP
from workup.text.words import Word

# Words whose classes are kept.
_KEPT = 1 << 16


class Reading(NamedTuple):
    """One way to read a name of several stems.

    Attributes:
        name: Which.
        pieces: Its stems in the sentence, in the order of the sentence.
        cost: What their arrangement and spelling cost.
        gap: What of that the words between them cost.
        listed: Whether the name reaches across a list.
        headed: Whether one of its stems stands in the heading.
    """

    name: int
    pieces: tuple[Piece, ...]
    cost: float
    gap: float
    listed: bool
    headed: bool


class Readings:
    """Finds the readings of sentences.

    Args:
        names: The dictionary.
        implied: Use the names that the ontology implies.
        least: Readings with a score below are left out.
    """

    def __init__(self, names: Names, *, implied: bool, least: float) -> None:
        self.names = names
        self.implied = implied
        self.least = least
        self._finder = None
        tables = _tables(names)
        # Nothing in the ontology has so many words; a dictionary of somebody's own may.
        if kernels is not None and int(np.diff(tables[2]).max(initial=0)) < _MOST_STEMS:
            self._finder = kernels.Finder(tables, _COSTS, _LISTED, implied, least)

    def of(
        self, row: list[Word], pieces: list[Piece], above: dict[int, Piece], heading: Sequence[Word]
    ) -> tuple[list[tuple[int, list[Piece]]], list[Reading]]:
        """The readings in one sentence.

        Args:
            row: Its words.
            pieces: Their stems.
            above: The stems of the heading above it.
            heading: The words of that heading.

        Returns:
            Names of one stem, each with the places of that; and the readings of names of several, in any order.
        """
        if self._finder is None:
            return self._by_python(row, pieces, above, heading)
        # A heading on the line itself is the beginning of the sentence.
        own = len(heading) if heading and row and heading[0] == row[0] else 0
        texts = [word.text for word in row]
        joints = [word.joint for word in row]
        alone, found = self._finder.find(
            texts, joints, list(map(classes_of, texts)), pieces, list(above.values()) if above else [], own
        )
        return alone, list(map(Reading._make, found))

    def _by_python(
        self, row: list[Word], pieces: list[Piece], above: dict[int, Piece], heading: Sequence[Word]
    ) -> tuple[list[tuple[int, list[Piece]]], list[Reading]]:
        at: dict[int, list[Piece]] = {}
        for piece in pieces:
            at.setdefault(piece.stem, []).append(piece)
        stems = frozenset(at) | frozenset(above)
        alone: list[tuple[int, list[Piece]]] = []
        found: list[Reading] = []
        for anchor in stems:
            postings = self.names.postings(anchor)
            if anchor in at:
                alone += [(name, at[anchor]) for name in postings.alone]
            groups = postings.groups
            for second in postings.seconds & stems:
                for rest, name in groups[second]:
                    if rest <= stems:
                        found += self._of_name(row, name, anchor, rest, at, above, heading)
        return alone, found

    def _of_name(
        self,
        row: list[Word],
        name: int,
        anchor: int,
        rest: frozenset[int],
        at: dict[int, list[Piece]],
        above: dict[int, Piece],
        heading: Sequence[Word],
    ) -> list[Reading]:
        """The ways a name can be read in a sentence, one for each place of its rarest stem."""
        kind, trust, order, last = self.names.facts(name)
        if kind & IMPLIED and not self.implied:
            return []
        if kind & PLURAL and not in_plural(row, at, last):
            return []
        found: list[Reading] = []
        for middle in at.get(anchor) or [above[anchor]]:
            chosen = [middle]
            for number in rest:
                here = at.get(number)
                if here:
                    chosen.append(here[0] if len(here) == 1 else nearest(row, here, middle))
                else:
                    chosen.append(above[number])
            headed = [p for p in chosen if p.first < 0] if above else []
            placed = _in_order([p for p in chosen if p.first >= 0] if headed else chosen, order)
            if not placed or len(headed) > 1:
                continue
            cost = 0.0
            for piece in chosen:
                cost += piece.cost
            reason = gaps(row, placed, order)
            if reason is None and not headed and above and placed[0].stem in above and row[placed[0].first] in heading:
                # "NECK: loose skin, no webbing": too far for a sentence, but the neck is the heading.
                headed, placed = [above[placed[0].stem]], placed[1:]
                cost += headed[0].cost
                reason = gaps(row, placed, order)
            if reason is None or not placed:
                continue
            gap, listed = reason
            cost += gap
            if cost <= COST_LIMIT and trust - cost >= self.least:
                found.append(Reading(name, tuple(placed), cost, gap, listed, bool(headed)))
        return found


def _in_order(pieces: list[Piece], order: dict[int, int]) -> list[Piece]:
    """Pieces as the sentence has them; those at one place as the name has them."""
    if len(pieces) == 2:  # most names
        one, two = pieces
        first = one.first < two.first or (one.first == two.first and order[one.stem] < order[two.stem])
        return pieces if first else [two, one]
    return sorted(pieces, key=lambda piece: (piece.first, order[piece.stem]))


# As the compiled code takes them.
_COSTS = (
    arrangement.COST_STOP,
    arrangement.COST_FILLER,
    arrangement.COST_OTHER,
    arrangement.COST_LIST,
    arrangement.COST_LISTED_WORD,
    arrangement.COST_BRACKET,
    arrangement.COST_ORDER,
    arrangement.COST_BARE_ORDER,
    COST_HEADING,
    arrangement.COST_AND,
    COST_LIMIT,
)
_LISTED = arrangement.MOST_LISTED
# Stems of a name for which the compiled search has room.
_MOST_STEMS = 64


def _tables(names: Names) -> tuple[Array, ...]:
    """The arrays of the dictionary as the compiled code takes them."""
    wanted = (
        (names.anchored.offsets, np.int64),
        (names.anchored.indices, np.int32),
        (names.tokens.offsets, np.int64),
        (names.tokens.indices, np.int32),
        (names.kind, np.uint8),
        (names.trust, np.uint8),
        (names.common, np.int64),
    )
    return tuple(np.ascontiguousarray(array, dtype=kind) for array, kind in wanted)


@lru_cache(maxsize=_KEPT)
def classes_of(text: str) -> int:
    """What a word is to the arrangement of a name, in the bits that ``kernels.pyx`` names."""
    empty = text in STOP or text == "not"
    facts = (
        text in AND,
        empty,
        text in FILLER,
        text in LIGHT,
        empty and (text in COPULA or text in arrangement.JOINING),
        text in PARTING,
        text in PERIODS,
        text in DENYING,
        text in arrangement.LINKS,
        text == "to",
        text.isdigit(),
        text.endswith(arrangement.HEADS),
        text in arrangement.HEADS,
        is_plural(text),
    )
    return sum(fact << place for place, fact in enumerate(facts))
