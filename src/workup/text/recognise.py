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
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import islice
from operator import attrgetter

import msgspec

from workup.knowledge import Knowledge
from workup.knowledge.hpo import Ontology
from workup.text.abbreviations import CLINICAL, definitions
from workup.text.arrangement import (
    COST_LIMIT,
    before_colon,
    is_phrase,
    is_said_normal,
    same_word,
)
from workup.text.choosing import ABSENT, Candidate, denies, inside, is_named_after, places_of, select
from workup.text.mention import Circumstance, Mention, Method
from workup.text.name_table import IMPLIED, LAY, PLURAL, is_plural
from workup.text.names import Names
from workup.text.pieces import COST_HEADING, NORMALLY, Piece, Pieces
from workup.text.readings import Reading, Readings
from workup.text.vocabulary import DENYING, FILLER, STOP
from workup.text.words import BREAK, COLON, Word, sentences, words

LEAST_SCORE = 0.40
# Beyond this many words a sentence is cut: nothing is named across such a distance.
MOST_WORDS = 120
_UNWELL_LABEL = re.compile("abnormal|impair", re.IGNORECASE)
# Between "normal" and what it is said of.
_COST_NORMAL = 0.25
_START = attrgetter("start")


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
        self._pieces = Pieces(names, typos=self.options.typos)
        self._readings = Readings(names, implied=self.options.implied, least=self.options.least_score)
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
        named = {resolve(mention.id).terms[0] for mention in found if not mention.contexts}
        above = named.union(*(self.ontology.ancestors(one).tolist() for one in named))
        return [mention for mention in found if not mention.contexts or resolve(mention.id).terms[0] not in above]

    def _in_row(self, row: list[Word], heading: list[Word]) -> list[Mention]:
        pieces = self._pieces.of(row)
        above = {p.stem: p for p in self._pieces.of_heading(heading)} if heading else {}
        alone, readings = self._readings.of(row, pieces, above, heading)
        candidates = [one for name, places in alone for one in self._alone(row, name, places)]
        candidates += [one for reading in readings if (one := self._candidate(row, reading)) is not None]
        if not ABSENT.isdisjoint([word.text for word in row]):
            candidates = [one for one in candidates if not denies(row, one, candidates, self.ontology, self.names)]
        return [self._mention(row, one) for one in self._chosen(candidates, row) if not is_named_after(row, one)]

    def _chosen(self, candidates: list[Candidate], row: list[Word]) -> list[Candidate]:
        chosen = select(candidates, self.ontology, self.names, row)
        return [*chosen, *inside(chosen, candidates, self.ontology, self.names)] if self.options.nested else chosen

    def _alone(self, row: list[Word], name: int, pieces: Sequence[Piece]) -> list[Candidate]:
        """The places where a name of a single word stands."""
        kind, trust, surfaces = self.names.single(name)
        if kind & IMPLIED and not self.options.implied:
            return []
        if kind & PLURAL:
            pieces = [piece for piece in pieces if is_plural(row[piece.last].text)]
        return [
            Candidate(name, (piece,), trust - piece.cost, piece.cost, False, False, places_of((piece,)))
            for piece in pieces
            if trust - piece.cost >= self.options.least_score and (piece.cost or same_word(row, piece, surfaces))
        ]

    def _candidate(self, row: list[Word], reading: Reading) -> Candidate | None:
        """A reading as a candidate; None if the words around it speak against it."""
        name, placed, cost, gap, listed, headed = reading
        if headed and not is_phrase(row, placed):
            return None
        if any(piece.text is NORMALLY for piece in placed) and (
            headed
            or not is_said_normal(row, placed)
            or cost > (COST_LIMIT if listed else _COST_NORMAL)
            or not _UNWELL_LABEL.search(self.ontology.label(int(self.names.term[name])))
        ):
            return None
        over = before_colon(row, placed) if gap >= COST_HEADING else 0  # what a colon costs
        score = int(self.names.trust[name]) / 100 - cost
        return Candidate(name, placed, score, cost, listed, headed, places_of(placed), over)

    def _mention(self, row: list[Word], chosen: Candidate) -> Mention:
        spans = sorted({part for piece in chosen.pieces for part in piece.parts})
        parts = merged(spans, row)
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


def _heading(row: list[Word], note: str) -> list[Word]:
    """Words before a colon at the start of a line, in capitals or all that stands before the colon."""
    before = _before_blanks(note, row[0].start)
    if before and note[before - 1] not in "\n\r":
        return []
    for i, word in enumerate(row[1:7], start=1):
        if word.joint == COLON:
            return row[:i]
        if word.joint == BREAK:
            break
    return []


def _starts_block(row: list[Word], note: str) -> bool:
    before = _before_blanks(note, row[0].start)
    return before > 0 and note[before - 1] in "\n\r"


def _before_blanks(note: str, place: int) -> int:
    """Where the blanks begin that stand before a place."""
    while place and note[place - 1] in " \t":
        place -= 1
    return place


def merged(spans: list[tuple[int, int]], row: list[Word]) -> list[tuple[int, int]]:
    """Stretches of characters; those with nothing but meaningless words between them are one.

    A "not" between them stays outside, so that it is read as the denial it is: "the hands were not small".
    """
    merged = [spans[0]]
    for start, end in spans[1:]:
        last = merged[-1]
        if start <= last[1] or _is_light(row, last[1], start):
            merged[-1] = (last[0], max(last[1], end))
        else:
            merged.append((start, end))
    return merged


def _is_light(row: list[Word], start: int, end: int) -> bool:
    """Whether no word from ``start`` to ``end`` has a meaning of its own."""
    for word in islice(row, bisect_left(row, start, key=_START), None):
        if word.end > end:
            break
        if not (word.text in STOP or word.text in FILLER) or word.text in DENYING:
            return False
    return True
