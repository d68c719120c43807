"""Which of the names that could be read in a sentence are meant: no two for the same words, no denial taken for one.

"Cleft lip and palate" could be read as a cleft lip, a cleft palate, and both as one; the candidates that explain most
words win. "No seizures" denies and is no absence seizure; "hypoplastic thumb, and heart defect" has no defect of the
thumb, which is the noun of a phrase of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from workup.knowledge.hpo import Ontology
from workup.text.arrangement import COST_FILLER, ENDS_NAME, LINKS
from workup.text.name_table import IMPLIED
from workup.text.names import Names
from workup.text.pieces import Piece
from workup.text.vocabulary import AND, DENYING, FILLER, STOP
from workup.text.words import COLON, COMMA, HYPHEN, SPACE, Word, number_and_spelling

_NESTED_LEAST = 0.6
# Something named this surely inside a list is an item of its own.
_WHOLE_LEAST = 0.6
# A name before one of these is part of another name: "the leukemia inhibitory factor", "hepatitis B virus".
_NOT_FINDINGS = frozenset(
    (
        "gene", "genes", "locus", "loci", "region", "regions", "factor", "factors", "receptor", "receptors", "protein",
        "proteins", "virus", "viruses", "viral", "vaccine", "vaccines", "vaccination", "vaccinations", "immunization",
        "antigen", "antigens", "antibody", "antibodies", "cells",
    )
)  # fmt: skip
ABSENT = DENYING | {"absent", "absences"}


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """A way to read a name in a sentence."""

    name: int
    pieces: tuple[Piece, ...]
    score: float
    cost: float
    listed: bool
    heading: bool
    places: frozenset[int]
    above: int = 0

    @property
    def weight(self) -> int:
        """Number of words explained, those of a heading aside."""
        return len(self.places) - self.above


def places_of(pieces: Sequence[Piece]) -> frozenset[int]:
    """The words that pieces are."""
    return frozenset(i for piece in pieces for i in range(piece.first, piece.last + 1))


def denies(row: list[Word], one: Candidate, candidates: list[Candidate], ontology: Ontology, names: Names) -> bool:
    """Whether what looks like a name with a negation in it ("no seizures", absence seizures) denies a finding."""
    denying = frozenset(i for i in one.places if row[i].text in ABSENT)
    if not denying or len(one.places) == len(denying):
        return False
    if any(row[i].text in DENYING for i in denying):
        after = row[max(one.places) + 1 : max(one.places) + 2]
        if after and after[0].joint in (SPACE, HYPHEN) and after[0].text not in ENDS_NAME:
            # "No speech problems" is not "no speech".
            return True
        turned = any(a.first > b.first for a, b in pairwise(one.pieces)) or min(denying) != min(one.places)
        if int(names.kind[one.name]) & IMPLIED or turned or one.cost > COST_FILLER:
            return not _is_written(row, one, ontology, names)
    rest = one.places - denying
    for other in candidates:
        places = other.places
        if other is not one and rest & places and not denying & places and rest <= places:
            return not _is_written(row, one, ontology, names)
    return False


def _is_written(row: list[Word], one: Candidate, ontology: Ontology, names: Names) -> bool:
    """Whether the ontology itself has the name as the note writes it, in singular or plural."""
    first, last = min(one.places), max(one.places)
    texts = [word.text for word in row[first : last + 1]]
    term = int(names.term[one.name])
    ways = (texts, [*texts[:-1], number_and_spelling(texts[-1])])
    return any(term in ontology.resolve(" ".join(way)).terms for way in ways)


def is_named_after(row: list[Word], one: Candidate) -> bool:
    """Whether a name only tells which gene, virus or vaccine is meant, with a letter or number between at most."""
    after = row[max(one.places) + 1 : max(one.places) + 3]
    if after and len(after[0].text) == 1 and len(after) > 1 and after[0].text != "a":
        after = after[1:]
    return bool(after) and after[0].joint in (SPACE, HYPHEN) and after[0].text in _NOT_FINDINGS


def _ends_in_item(row: list[Word], candidate: Candidate, whole: set[frozenset[int]]) -> bool:
    """Whether a name's last words are an item of their own: "weak lower limbs and hyperreflexia"."""
    if max(candidate.places) - min(candidate.places) < len(candidate.places):
        return False  # nothing stands between its words
    places = sorted(candidate.places)
    cut = next((i for i in range(len(places) - 1, 0, -1) if places[i] != places[i - 1] + 1), 0)
    if not cut:
        return False
    first = places[cut]
    parted = row[first].joint == COMMA or row[first - 1].text in AND
    return parted and frozenset(places[cut:]) in whole


def _is_unbroken(row: list[Word], places: frozenset[int]) -> bool:
    """Whether nothing but words without meaning stands between the words of a name, and no comma."""
    first, last = min(places), max(places)
    return all(
        row[i].joint in (SPACE, HYPHEN) and (i in places or row[i].text in STOP or row[i].text in FILLER)
        for i in range(first + 1, last + 1)
    )


def _takes_from_phrase(row: list[Word], candidate: Candidate, phrases: Sequence[tuple[int, int]]) -> bool:
    """Whether a name that reaches across a list takes a word out of a phrase that has its own use for it.

    In "hypoplastic thumb, and heart defect" the thumb is the noun of its phrase and no defect; in "malformed ears, oral
    clefts" what is malformed is not the mouth. "Eye, ear and kidney anomalies" has three anomalies all the same.
    """
    places = sorted(candidate.places)
    for one, two in pairwise(places):
        if two == one + 1 and row[two].joint in (SPACE, HYPHEN):
            continue
        joints = {word.joint for word in row[one + 1 : two + 1]}
        if not candidate.listed and joints <= {SPACE, HYPHEN, COLON}:
            continue
        linked = row[one + 1].text in LINKS  # "malformed nose with flattened tip"
        for first, last in phrases:
            if (last == one and first < places[0] and not linked) or (first == two and last > places[-1]):
                return True
    return False


def select(candidates: list[Candidate], ontology: Ontology, names: Names, row: list[Word]) -> list[Candidate]:
    """The candidates that explain the words best, no two for the same words."""
    if len(candidates) < 2:
        return candidates
    ranked = sorted(
        candidates,
        key=lambda c: (-c.weight, -c.score, int(ontology.depth[int(names.term[c.name])]), c.name),
    )
    chosen: list[Candidate] = []
    whole = [c.places for c in candidates if not c.listed and c.score >= _WHOLE_LEAST]
    items = set(whole)
    phrases = [(min(places), max(places)) for places in items if len(places) > 1 and _is_unbroken(row, places)]
    for candidate in ranked:
        places = candidate.places
        if _ends_in_item(row, candidate, items) or (phrases and _takes_from_phrase(row, candidate, phrases)):
            continue
        if candidate.listed:
            # "Facial rash and edema" speaks of a rash of the face; the edema is another item of the list.
            between = frozenset(range(min(places), max(places))) - places
            if any(other <= between for other in whole):
                continue
        fits = True
        for other in chosen:
            shared = places & other.places
            if not shared:
                continue
            # Two findings may share words only where the sentence lists them: each must bring a word of its own.
            if not (candidate.listed or other.listed) or places <= other.places or other.places <= places:
                fits = False
                break
        if fits:
            chosen.append(candidate)
    return chosen


def inside(chosen: list[Candidate], candidates: list[Candidate], ontology: Ontology, names: Names) -> list[Candidate]:
    """Findings named word for word inside the chosen ones."""
    more: list[Candidate] = []
    terms = {int(names.term[c.name]) for c in chosen}
    for candidate in sorted(candidates, key=lambda c: (-len(c.places), -c.score, c.name)):
        places, term = candidate.places, int(names.term[candidate.name])
        if candidate.cost > COST_FILLER or candidate.heading or candidate.score < _NESTED_LEAST or term in terms:
            continue
        if any(
            places & other.places and term in ontology.ancestors(int(names.term[other.name]))
            for other in (*chosen, *more)
        ):
            more.append(candidate)
            terms.add(term)
    return more
