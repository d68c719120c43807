"""Find the findings that a note names: dictionary, inflection, word order, coordination, one-letter slips.

A sentence is a row of words; a name of the dictionary is a set of stems. Every name whose stems all occur in a sentence
is a candidate, and what stands between its words decides: words without meaning and grades cost little, another
finding's words cost a lot unless the sentence lists things ("small hands and feet", "low-set, dysplastic ears"),
and words in another order need something that allows it ("the hands were small", "hypoplasia of the thumbs"). Of
candidates that share words the one that explains most words wins.

For example::

    recogniser = Recogniser.of(Knowledge.load())
    recogniser.mentions("Small hands and feet.")    # Small hand, and Short foot in two parts
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from workup.knowledge import Knowledge
from workup.knowledge.hpo import Ontology
from workup.text.abbreviations import CLINICAL, definitions
from workup.text.mention import Circumstance, Mention, Method
from workup.text.names import IMPLIED, LAY, PLURAL, Names, is_plural
from workup.text.vocabulary import AMBIGUOUS, AND, COPULA, FILLER, NORMAL, PARTS, PERIODS, STOP
from workup.text.words import (
    BRACKET,
    BREAK,
    COLON,
    COMMA,
    HYPHEN,
    SLASH,
    SPACE,
    SUSPENDED,
    Word,
    number_and_spelling,
    sentences,
    stem,
    words,
)

# What stands between the words of a name costs trust; a candidate that costs more than the limit is dropped.
COST_STOP = 0.01
COST_FILLER = 0.03
COST_OTHER = 0.30
COST_LIST = 0.12
COST_LISTED_WORD = 0.04
COST_BRACKET = 0.15
COST_ORDER = 0.05
COST_BARE_ORDER = 0.20
COST_TYPO = 0.15
COST_HEADING = 0.15
COST_LIMIT = 0.45
MOST_LISTED = 3
LEAST_SCORE = 0.40
# Beyond this many words a sentence is cut: nothing is named across such a distance.
MOST_WORDS = 120
# "Anemic" speaks of anemia; "dystonic", "cyanosed", "obese", "deaf" likewise.
_ADJECTIVES = ("ic", "ous", "sed", "ted", "ese", "eaf", "ind", "lind", "iced", "tensive")
_NOUNS = ("ia", "y", "is", "ism", "ness", "tion", "ice", "ion", "us", "ema", "etes", "sion", "ea")
_NESTED_LEAST = 0.6
# Something named this surely inside a list is an item of its own.
_WHOLE_LEAST = 0.6
_SEPARATING = (COMMA, SLASH, SUSPENDED)
# Words that deny: in the name of a finding only where the ontology has it so, and the note too, word for word.
NORMALLY = "normal"
_UNWELL = ("abnormality", "impairment")
_UNWELL_LABEL = re.compile("abnormal|impair", re.IGNORECASE)
# "In the upper normal range" says nothing of anything upper.
_SIDES_OF_NORMAL = frozenset(("upper", "lower", "high", "low"))
# Between "normal" and what it is said of.
_COST_NORMAL = 0.25
_DENYING = frozenset(("no", "not", "non", "without", "never", "none", "nor", "lack", "lacks", "lacking", "absence"))
# A name before one of these is part of another name: "the leukemia inhibitory factor", "hepatitis B virus".
_NOT_FINDINGS = frozenset(
    (
        "gene", "genes", "locus", "loci", "region", "regions", "factor", "factors", "receptor", "receptors", "protein",
        "proteins", "virus", "viruses", "viral", "vaccine", "vaccines", "vaccination", "vaccinations", "immunization",
        "antigen", "antigens", "antibody", "antibodies", "cells",
    )
)  # fmt: skip
# What comes after these is said of something else: "normal growth except for delay in speech".
_PARTING = frozenset(("except", "excepting", "apart", "besides", "but", "although", "though", "despite", "whereas"))
_ENDS_NAME = (
    STOP | _PARTING | AND | COPULA | {"until", "yet", "after", "before", "since", "when", "but", "so", "or", "nor"}
)
# Nouns that are followed by what they are of, and the words that say so.
_HEADS = (
    "abnormality", "abnormalities", "anomaly", "anomalies", "malformation", "malformations", "defect", "defects",
    "disorder", "disorders", "disease", "diseases", "retardation", "delay", "problem", "problems", "deformity",
    "deformities",
)  # fmt: skip
_LINKS = frozenset(("of", "in", "to", "affecting", "involving", "with"))
_ABSENT = _DENYING | {"absent", "absences"}


class Options(msgspec.Struct, frozen=True):
    """What a recogniser does beyond exact names.

    Attributes:
        typos: Accept one wrong letter in words of seven letters and more.
        implied: Use the names that the ontology implies.
        headings: Read "EARS: low-set" as "low-set ears".
        nested: Also report a more general finding named inside a longer name ("renal agenesis" within "unilateral renal
            agenesis"), as some annotated corpora do.
        least_score: Mentions below this are dropped.
    """

    typos: bool = True
    implied: bool = True
    headings: bool = True
    nested: bool = False
    least_score: float = LEAST_SCORE


class _Piece(msgspec.Struct, frozen=True):
    """One stem at one place of a sentence: words ``first`` to ``last``, and the characters that carry it."""

    stem: int
    first: int
    last: int
    parts: tuple[tuple[int, int], ...]
    cost: float = 0.0
    text: str = ""


class _Candidate(msgspec.Struct, frozen=True):
    name: int
    pieces: tuple[_Piece, ...]
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


def _places(pieces: Sequence[_Piece]) -> frozenset[int]:
    """The words that pieces are."""
    return frozenset(i for piece in pieces for i in range(piece.first, piece.last + 1))


class Recogniser:
    """Finds the names of findings in text.

    Attributes:
        ontology: Where the names come from.
        names: The compiled dictionary.
    """

    def __init__(self, ontology: Ontology, names: Names, options: Options | None = None) -> None:
        self.ontology = ontology
        self.names = names
        self.options = options or Options()
        # "Normal hearing" denies its abnormality, or its impairment if that is what the ontology has.
        self._abnormal = [names.stems[word] for word in map(stem, _UNWELL) if word in names.stems]
        self._abbreviations = {
            short: term for short, (label, _) in CLINICAL.items() for term in ontology.resolve(label).terms[:1]
        }

    @classmethod
    def of(cls, source: Ontology | Knowledge, options: Options | None = None) -> Recogniser:
        """A recogniser for an ontology or a knowledge base; the dictionary is compiled at first use and kept."""
        ontology = source.ontology if isinstance(source, Knowledge) else source
        return _made(ontology, options or Options())

    def mentions(self, note: str, bounds: Sequence[tuple[int, int]] | None = None) -> list[Mention]:
        """Find what a note names, in the order of the note.

        Args:
            note: The text.
            bounds: Start and end of each sentence, in order; no mention crosses one. Default: a plain splitter.

        Returns:
            Mentions as ``present``, for others to say who and whether; only what is called normal is ``excluded``.
        """
        bounds = sentences(note) if bounds is None else bounds
        rows = _rows(words(note), bounds)
        found: list[Mention] = []
        heading: list[Word] = []
        for row in rows:
            heading = _heading(row, note) or ([] if _starts_block(row, note) else heading)
            found += self._in_row(row, heading if self.options.headings else [])
        found += self._abbreviated(note, rows, found)
        return sorted(self._not_outdone(found), key=lambda m: (m.start, m.end, m.id))

    def _not_outdone(self, found: list[Mention]) -> list[Mention]:
        """Without what is called normal in general ("ears normal") beside a finding of that kind ("low-set ears")."""
        if not any(mention.contexts for mention in found):
            return found
        resolve = self.ontology.resolve
        named = [resolve(mention.id).terms[0] for mention in found if not mention.contexts]
        above = {term for one in named for term in (one, *self.ontology.ancestors(one))}
        return [mention for mention in found if not mention.contexts or resolve(mention.id).terms[0] not in above]

    def _in_row(self, row: list[Word], heading: list[Word]) -> list[Mention]:
        pieces = self._pieces(row)
        above = {p.stem: p for p in self._heading_pieces(heading)} if heading else {}
        at: dict[int, list[_Piece]] = {}
        for piece in pieces:
            at.setdefault(piece.stem, []).append(piece)
        stems = frozenset(at) | frozenset(above)
        candidates: list[_Candidate] = []
        for anchor in stems:
            postings = self.names.postings(anchor)
            for name in postings.alone:
                candidates += self._alone(row, name, at.get(anchor, ()))
            for second in postings.seconds & stems:
                for rest, name in postings.groups[second]:
                    if rest <= stems:
                        candidates += self._arranged(row, name, anchor, rest, at, above, heading)
        if any(word.text in _ABSENT for word in row):
            candidates = [one for one in candidates if not self._denies(row, one, candidates)]
        return [self._mention(row, one) for one in self._chosen(candidates, row) if not _is_named_after(row, one)]

    def _denies(self, row: list[Word], one: _Candidate, candidates: list[_Candidate]) -> bool:
        """Whether what looks like a name with a negation in it ("no seizures", absence seizures) denies a finding."""
        denying = frozenset(i for i in one.places if row[i].text in _ABSENT)
        if not denying or len(one.places) == len(denying):
            return False
        if any(row[i].text in _DENYING for i in denying):
            after = row[max(one.places) + 1 : max(one.places) + 2]
            if after and after[0].joint in (SPACE, HYPHEN) and after[0].text not in _ENDS_NAME:
                # "No speech problems" is not "no speech".
                return True
            turned = any(a.first > b.first for a, b in pairwise(one.pieces)) or min(denying) != min(one.places)
            if int(self.names.kind[one.name]) & IMPLIED or turned or one.cost > COST_FILLER:
                return not self._is_written(row, one)
        rest = one.places - denying
        for other in candidates:
            places = other.places
            if other is not one and rest & places and not denying & places and rest <= places:
                return not self._is_written(row, one)
        return False

    def _is_written(self, row: list[Word], one: _Candidate) -> bool:
        """Whether the ontology itself has the name as the note writes it, in singular or plural."""
        first, last = min(one.places), max(one.places)
        texts = [word.text for word in row[first : last + 1]]
        term = int(self.names.term[one.name])
        ways = (texts, [*texts[:-1], number_and_spelling(texts[-1])])
        return any(term in self.ontology.resolve(" ".join(way)).terms for way in ways)

    def _chosen(self, candidates: list[_Candidate], row: list[Word]) -> list[_Candidate]:
        chosen = _select(candidates, self.ontology, self.names, row)
        return [*chosen, *_inside(chosen, candidates, self.ontology, self.names)] if self.options.nested else chosen

    def _pieces(self, row: list[Word]) -> list[_Piece]:
        """The stems of a sentence, broken and joined words and slips of one letter included."""
        known = self.names.stems
        compounds = self.names.compounds
        pieces: list[_Piece] = []
        for i, word in enumerate(row):
            own = (word.start, word.end)
            number = known.get(stem(word.text))
            if word.text in NORMAL and not (i and row[i - 1].text in _DENYING):
                # "Normal ears" denies the abnormality of the ears.
                pieces += [_Piece(unwell, i, i, (own,), 0.0, NORMALLY) for unwell in self._abnormal]
            if number is not None:
                if word.text not in STOP:
                    pieces.append(_Piece(number, i, i, (own,)))
            elif word.text in compounds:
                for part in compounds[word.text]:
                    pieces.append(_Piece(part, i, i, (own,)))
            elif self.options.typos and len(word.text) >= 7 and word.text.isalpha():
                near = self.names.nearest_stem(word.text)
                if near is not None:
                    pieces.append(_Piece(near, i, i, (own,), COST_TYPO))
            if i and word.joint in (HYPHEN, SPACE):
                text = row[i - 1].text + word.text
                joined = None
                if (word.joint == HYPHEN or len(text) >= 8) and self.names.begins(text, len(row[i - 1].text) + 1):
                    joined = known.get(stem(text))
                if joined is not None:
                    pieces.append(_Piece(joined, i - 1, i, ((row[i - 1].start, word.end),), 0.0, text))
            if word.joint != SUSPENDED and i + 2 < len(row) and row[i + 1].joint == SUSPENDED:
                pieces += self._completed(row, i)
        return pieces

    def _completed(self, row: list[Word], i: int) -> list[_Piece]:
        """ "micro-" of "micro- and retrognathia", completed with the end of the word that follows."""
        for j in range(i + 1, min(i + 4, len(row))):
            word = row[j]
            if word.text in AND:
                continue
            for cut in range(2, len(word.text) - 3):
                text = row[i].text + word.text[cut:]
                number = self.names.stems.get(stem(text))
                if number is not None:
                    end = word.end - (len(word.text) - cut)
                    return [_Piece(number, i, i, ((row[i].start, row[i].end), (end, word.end)), 0.0, text)]
        return []

    def _heading_pieces(self, heading: list[Word]) -> list[_Piece]:
        return [
            _Piece(number, -1, -1, (), COST_HEADING)
            for word in heading
            if (number := self.names.stems.get(stem(word.text))) is not None
        ]

    def _alone(self, row: list[Word], name: int, pieces: Sequence[_Piece]) -> list[_Candidate]:
        """The places where a name of a single word stands."""
        kind, trust, _, _ = self.names.facts(name)
        if kind & IMPLIED and not self.options.implied:
            return []
        if kind & PLURAL:
            pieces = [piece for piece in pieces if is_plural(row[piece.last].text)]
        surfaces = self.names.surface(name).split()
        return [
            _Candidate(name, (piece,), trust - piece.cost, piece.cost, False, False, _places((piece,)))
            for piece in pieces
            if trust - piece.cost >= self.options.least_score and (piece.cost or same_word(row, piece, surfaces))
        ]

    def _arranged(
        self,
        row: list[Word],
        name: int,
        anchor: int,
        rest: frozenset[int],
        at: dict[int, list[_Piece]],
        above: dict[int, _Piece],
        heading: Sequence[Word],
    ) -> list[_Candidate]:
        """The ways a name can be read in a sentence, one for each place of its rarest stem."""
        kind, trust, order, last = self.names.facts(name)
        if kind & IMPLIED and not self.options.implied:
            return []
        if kind & PLURAL and not _in_plural(row, at, last):
            return []
        found: list[_Candidate] = []
        for middle in at.get(anchor) or [above[anchor]]:
            chosen = [middle]
            for number in rest:
                here = at.get(number)
                if here:
                    chosen.append(here[0] if len(here) == 1 else _nearest(row, here, middle))
                else:
                    chosen.append(above[number])
            headed = [p for p in chosen if p.first < 0]
            placed = sorted((p for p in chosen if p.first >= 0), key=lambda p: (p.first, order[p.stem]))
            if not placed or len(headed) > 1:
                continue
            cost = sum(p.cost for p in chosen)
            listed = False
            reason = _gaps(row, placed, order)
            if reason is None and not headed and above and placed[0].stem in above and row[placed[0].first] in heading:
                # "NECK: loose skin, no webbing": too far for a sentence, but the neck is the heading.
                headed, placed = [above[placed[0].stem]], placed[1:]
                cost += headed[0].cost
                reason = _gaps(row, placed, order)
            if reason is None or not placed or (headed and not _is_phrase(row, placed)):
                continue
            cost += reason[0]
            listed = reason[1]
            score = trust - cost
            if any(p.text is NORMALLY for p in placed) and (
                headed
                or not _is_said_normal(row, placed)
                or cost > (COST_LIMIT if listed else _COST_NORMAL)
                or not _UNWELL_LABEL.search(self.ontology.label(int(self.names.term[name])))
            ):
                continue
            if cost <= COST_LIMIT and score >= self.options.least_score:
                over = _before_colon(row, placed)
                found.append(_Candidate(name, tuple(placed), score, cost, listed, bool(headed), _places(placed), over))
        return found

    def _mention(self, row: list[Word], chosen: _Candidate) -> Mention:
        spans = sorted({part for piece in chosen.pieces for part in piece.parts})
        parts = _merged(spans, row)
        term = int(self.names.term[chosen.name])
        kind = int(self.names.kind[chosen.name])
        well = next((piece for piece in chosen.pieces if piece.text is NORMALLY), None)
        contexts: tuple[Circumstance, ...] = ()
        if well is not None:
            contexts = (Circumstance(kind="negated", start=well.parts[0][0], end=well.parts[0][1]),)
        method: Method = "lay" if kind & LAY else "name"
        return Mention(
            start=parts[0][0],
            end=parts[-1][1],
            parts=tuple(parts) if len(parts) > 1 else (),
            id=self.ontology.id(term),
            label=self.ontology.label(term),
            method=method,
            score=round(max(0.0, min(1.0, chosen.score)), 3),
            status="excluded" if contexts else "present",
            contexts=contexts,
            reason="read with the heading it stands under" if chosen.heading else "",
        )

    def _abbreviated(self, note: str, rows: list[list[Word]], found: list[Mention]) -> list[Mention]:
        """Abbreviations that the note defines itself, else unambiguous clinical ones."""
        defined = definitions(note, rows)
        by_end: dict[int, list[Mention]] = {}
        for mention in found:
            by_end.setdefault(mention.end, []).append(mention)
        meaning: dict[str, Mention | None] = {}
        for short, long_start, long_end in defined:
            inside = [m for m in by_end.get(long_end, ()) if m.start >= long_start - 1]
            best = max(inside, key=lambda m: m.end - m.start, default=None)
            meaning.setdefault(short, best)
        taken = {place for m in found for s, e in (m.parts or ((m.start, m.end),)) for place in range(s, e)}
        more: list[Mention] = []
        for row in rows:
            for word in row:
                if not word.upper or word.start in taken:
                    continue
                short = note[word.start : word.end]
                short = short[:-1] if short[-1] == "s" else short
                if short in meaning:
                    known = meaning[short]
                    if known is None:
                        continue
                    identifier, label, reason = known.id, known.label, f"defined in the note as {known.words(note)}"
                elif (term := self._abbreviations.get(short)) is not None:
                    identifier, label, reason = self.ontology.id(term), self.ontology.label(term), CLINICAL[short][1]
                else:
                    continue
                more.append(
                    Mention(
                        start=word.start,
                        end=word.end,
                        id=identifier,
                        label=label,
                        method="abbreviation",
                        score=0.9 if short in meaning else 0.8,
                        reason=reason,
                    )
                )
        return more


@lru_cache(maxsize=4)
def _made(ontology: Ontology, options: Options) -> Recogniser:
    # Opening the dictionary takes longer than reading a page.
    return Recogniser(ontology, Names.of(ontology), options)


def names(knowledge: Knowledge, *, nested: bool = False) -> Callable[[str], list[Mention]]:
    """The extractor ``names``: a function from a note to its mentions, nothing around them read."""
    return Recogniser.of(knowledge, Options(nested=nested)).mentions


def _rows(found: list[Word], bounds: Sequence[tuple[int, int]]) -> list[list[Word]]:
    """The words of each sentence; very long ones are cut into overlapping pieces."""
    rows: list[list[Word]] = []
    at = 0
    for start, end in bounds:
        while at < len(found) and found[at].start < start:
            at += 1
        first = at
        while at < len(found) and found[at].end <= end:
            at += 1
        row = found[first:at]
        for cut in range(0, len(row), MOST_WORDS):
            rows.append(row[cut : cut + MOST_WORDS])
    return rows


def _nearest(row: list[Word], pieces: Sequence[_Piece], middle: _Piece) -> _Piece:
    """Of several places of a stem the nearest, if two are as near one that no comma parts.

    The mouth is wide in "a wide mouth, widely spaced teeth".
    """

    def distance(piece: _Piece) -> tuple[int, bool, bool]:
        after = piece if piece.first > middle.first else middle
        return abs(piece.first - middle.first), row[after.first].joint not in (SPACE, HYPHEN), after is middle

    return min(pieces, key=distance)


def _heading(row: list[Word], note: str) -> list[Word]:
    """Words before a colon at the start of a line, in capitals or all that stands before the colon."""
    before = note[: row[0].start].rstrip(" \t")
    if before and before[-1] not in "\n\r":
        return []
    for i, word in enumerate(row[1:7], start=1):
        if word.joint == COLON:
            return row[:i]
        if word.joint == BREAK:
            break
    return []


def _starts_block(row: list[Word], note: str) -> bool:
    before = note[: row[0].start]
    return before.rstrip(" \t").endswith(("\n", "\r"))


def _in_plural(row: list[Word], at: dict[int, list[_Piece]], number: int) -> bool:
    """Whether a sentence has a stem in the plural."""
    return any(is_plural(row[piece.last].text) for piece in at.get(number, ()))


def _before_colon(row: list[Word], placed: list[_Piece]) -> int:
    """How many words of a name stand before a colon that the name reaches across."""
    last = placed[-1].first
    colon = next((i for i in range(last, placed[0].last, -1) if row[i].joint == COLON), 0)
    return sum(1 for piece in placed if piece.last < colon)


def _gaps(row: list[Word], placed: list[_Piece], order: dict[int, int]) -> tuple[float, bool] | None:
    """What the arrangement costs and whether it reads across a list; None when the words do not belong together."""
    cost = 0.0
    listed = False
    # "Kidney anomalies" are anomalies of the kidney.
    turned = any(order[a.stem] > order[b.stem] and row[b.last].text not in _HEADS for a, b in pairwise(placed))
    linked = False
    gapless = True
    for one, two in pairwise(placed):
        if two.first <= one.last:
            if two.first == one.first and two.last == one.last:
                continue
            return None
        between = row[one.last + 1 : two.first]
        joints = [word.joint for word in row[one.last + 1 : two.first + 1]]
        if BREAK in joints or any(word.text in _PARTING for word in between):
            return None
        if COLON in joints:
            if not turned and joints.count(COLON) > 0 and one.first > 3:
                return None
            cost += COST_HEADING
        if BRACKET in joints:
            cost += COST_BRACKET
        ands = [i for i, word in enumerate(between) if word.text in AND]
        comma = any(joint in _SEPARATING for joint in joints)
        if (ands or comma) and any(word.text in PERIODS for word in between):
            # "Late childhood and puberty" is no late puberty.
            return None
        if (ands or comma) and {row[p.first].text for p in placed}.intersection(w.text for w in between):
            # "Cleft lip and possibly cleft palate" are two items.
            return None
        content = 0
        for word in between:
            if word.text in AND:
                continue
            if word.text in STOP or word.text == "not":
                cost += COST_STOP
                linked = linked or word.text in COPULA or word.text in ("of", "in", "to", "on")
            elif word.text in FILLER:
                cost += COST_FILLER
            else:
                content += 1
        if between:
            gapless = False
        if not content and not ands and not comma:
            # "Mild to moderate delay" is both.
            listed = listed or _is_range(row, one.last, between)
            continue
        if not content:
            if not ands and not linked and not turned and not row[one.last].text.isdigit():
                # "Branchial clefts, lip pits": a comma alone separates rather than binds, but for "2,3 syndactyly".
                return None
            cost += 0.08 if ands else COST_OTHER / 2  # "cleft lip and palate"
            if comma and not ands and turned and not (linked and between):
                return None
            continue
        if not ands and not comma:
            if content > 1 or len(placed) < 2:
                return None
            cost += COST_OTHER
            continue
        opens = joints[0] in _SEPARATING or (bool(between) and between[0].text in AND)
        closes = joints[-1] in _SEPARATING or between[-1].text in AND
        if content > MOST_LISTED or not (opens or closes) or any(word.text in _DENYING for word in between):
            # "Excess skin with no webbing or pits" has no pits of the skin.
            return None
        if row[one.last].text.endswith(_HEADS) and (not between or between[0].text not in _LINKS):
            # "Malformations, fistulae, mixed hearing loss" is not an abnormality of hearing; "of eye and hearing" is.
            return None
        listed = True
        cost += COST_LIST + COST_LISTED_WORD * content
    if listed and turned and not linked:
        return None
    if turned:
        cost += COST_ORDER if linked or len(placed) > 2 else COST_BARE_ORDER if gapless else COST_OTHER
    return cost, listed


def _is_named_after(row: list[Word], one: _Candidate) -> bool:
    """Whether a name only tells which gene, virus or vaccine is meant, with a letter or number between at most."""
    after = row[max(one.places) + 1 : max(one.places) + 3]
    if after and len(after[0].text) == 1 and len(after) > 1 and after[0].text != "a":
        after = after[1:]
    return bool(after) and after[0].joint in (SPACE, HYPHEN) and after[0].text in _NOT_FINDINGS


def _is_phrase(row: list[Word], placed: list[_Piece]) -> bool:
    """Whether the words of a name are a phrase of their own, not part of one that means something else.

    Under the heading "FACE", "small" is a small face in "small, round" and not in "small space between the teeth".
    """
    before, after = row[: placed[0].first + 1][-2:], row[placed[-1].last + 1 : placed[-1].last + 2]
    tied = [(before[0], before[1])] if len(before) == 2 else []
    tied += [(word, word) for word in after]
    return all(joint.joint not in (SPACE, HYPHEN) or _is_light(word) for word, joint in tied)


def _is_light(word: Word) -> bool:
    return word.text in _ENDS_NAME or word.text in FILLER or word.text in _DENYING


def _is_range(row: list[Word], before: int, between: list[Word]) -> bool:
    """Whether a grade is followed by another one: "mild to moderate"."""
    return len(between) == 2 and between[0].text == "to" and between[1].text in FILLER and row[before].text in FILLER


def _is_said_normal(row: list[Word], placed: list[_Piece]) -> bool:
    """Whether the word "normal" is said of the other pieces of a name, and of all that they name.

    Not in "output was normal, the chest ...", where it looks back, nor in "normal skeletal development", where the
    noun it belongs to comes later.
    """
    well = next(piece.first for piece in placed if piece.text is NORMALLY)
    last = placed[-1].last
    if well and row[well - 1].text in _SIDES_OF_NORMAL:
        return False
    if last == well:
        return True
    if well and row[well - 1].text in COPULA:
        return False
    after = row[last + 1] if last + 1 < len(row) else None
    return after is None or after.joint not in (SPACE, HYPHEN) or after.text in _ENDS_NAME or after.text in FILLER


def same_word(row: Sequence[Word], piece: _Piece, surfaces: Sequence[str]) -> bool:
    """Whether a word of the note may stand for a name of a single word.

    One word has no company that tells what is meant, so that a shared stem is not enough: "negative" is not
    negativism, and a spine is not spinning. It must be the same word in another number or spelling, or the
    adjective of a medical noun.
    """
    text = piece.text or "".join(word.text for word in row[piece.first : piece.last + 1])
    if text in AMBIGUOUS:
        return False
    plain = number_and_spelling(text)
    if any(plain == number_and_spelling(surface) for surface in surfaces):
        return True
    if any(surface in (text + "ing", text + text[-1] + "ing") for surface in surfaces):
        return text not in AMBIGUOUS and text not in PARTS
    if any(surface in (text + "ness", text[:-1] + "iness") for surface in surfaces):
        return text not in PARTS  # pale, drowsy
    return len(text) >= 5 and text.endswith(_ADJECTIVES) and any(surface.endswith(_NOUNS) for surface in surfaces)


def _merged(spans: list[tuple[int, int]], row: list[Word]) -> list[tuple[int, int]]:
    """Stretches of characters; those with nothing but meaningless words between them are one.

    A "not" between them stays outside, so that it is read as the denial it is: "the hands were not small".
    """
    merged = [spans[0]]
    for start, end in spans[1:]:
        last = merged[-1]
        between = [w for w in row if w.start >= last[1] and w.end <= start]
        if start <= last[1] or all((w.text in STOP or w.text in FILLER) and w.text not in _DENYING for w in between):
            merged[-1] = (last[0], max(last[1], end))
        else:
            merged.append((start, end))
    return merged


def _ends_in_item(row: list[Word], candidate: _Candidate, whole: set[frozenset[int]]) -> bool:
    """Whether a name's last words are an item of their own: "weak lower limbs and hyperreflexia"."""
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


def _takes_from_phrase(row: list[Word], candidate: _Candidate, phrases: Sequence[tuple[int, int]]) -> bool:
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
        linked = row[one + 1].text in _LINKS  # "malformed nose with flattened tip"
        for first, last in phrases:
            if (last == one and first < places[0] and not linked) or (first == two and last > places[-1]):
                return True
    return False


def _select(candidates: list[_Candidate], ontology: Ontology, names: Names, row: list[Word]) -> list[_Candidate]:
    """The candidates that explain the words best, no two for the same words."""
    ranked = sorted(
        candidates,
        key=lambda c: (-c.weight, -c.score, int(ontology.depth[int(names.term[c.name])]), c.name),
    )
    chosen: list[_Candidate] = []
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


def _inside(
    chosen: list[_Candidate], candidates: list[_Candidate], ontology: Ontology, names: Names
) -> list[_Candidate]:
    """Findings named word for word inside the chosen ones."""
    more: list[_Candidate] = []
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
