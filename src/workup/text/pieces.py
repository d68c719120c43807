"""The words of a sentence as stems of the dictionary: broken and joined words, "micro- and retrognathia", slips.

For example, "micro- and retrognathia" has the stems of micrognathia (in two parts) and of retrognathia, and "normal"
is the stem of an abnormality, so that "normal ears" is found as the finding that it denies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import product

import msgspec

from workup.text.names import Names
from workup.text.vocabulary import AND, DENYING, NORMAL, STOP
from workup.text.words import HYPHEN, SUSPENDED, Word, stem

COST_TYPO = 0.15
COST_HEADING = 0.15
NORMALLY = "normal"
"""Text of the pieces that a word like "normal" is."""

_UNWELL = ("abnormality", "impairment")
_LEAST_TYPED = 7
# Digits within a word, and the letters that a scanner takes for them.
_MISREAD = {"0": "o", "1": "li", "5": "s"}
_MOST_MISREAD = 3
# Words and pairs of words whose stems are kept.
_KEPT = 1 << 16


class Piece(msgspec.Struct, frozen=True, gc=False):
    """One stem at one place of a sentence: words ``first`` to ``last``, and the characters that carry it."""

    stem: int
    first: int
    last: int
    parts: tuple[tuple[int, int], ...]
    cost: float = 0.0
    text: str = ""


class Pieces:
    """Finds the stems of sentences.

    Args:
        names: The dictionary.
        typos: Accept one wrong letter in words of seven letters and more.
    """

    def __init__(self, names: Names, *, typos: bool = True) -> None:
        self.names = names
        self.typos = typos
        # "Normal hearing" denies its abnormality, or its impairment if that is what the ontology has.
        self._abnormal = [names.stems[word] for word in map(stem, _UNWELL) if word in names.stems]
        self._word = lru_cache(maxsize=_KEPT)(self._of_word)
        self._joined = lru_cache(maxsize=_KEPT)(self._of_two)

    def of(self, row: Sequence[Word]) -> list[Piece]:
        """The stems of a sentence in order."""
        pieces: list[Piece] = []
        before: Word | None = None
        end = len(row) - 1
        for i, word in enumerate(row):
            text, joint = word.text, word.joint
            if text in NORMAL and not (before and before.text in DENYING):
                # "Normal ears" denies the abnormality of the ears.
                own = ((word.start, word.end),)
                pieces += [Piece(unwell, i, i, own, 0.0, NORMALLY) for unwell in self._abnormal]
            numbers, cost = self._word(text)
            if numbers:
                own = ((word.start, word.end),)
                for number in numbers:
                    pieces.append(Piece(number, i, i, own, cost))
            if before is not None and joint <= HYPHEN:
                joined = self._joined(before.text, text, joint == HYPHEN)
                if joined is not None:
                    pieces.append(Piece(joined, i - 1, i, ((before.start, word.end),), 0.0, before.text + text))
            if i + 1 < end and joint != SUSPENDED and row[i + 1].joint == SUSPENDED:
                pieces += self._completed(row, i)
            before = word
        return pieces

    def of_heading(self, heading: Iterable[Word]) -> list[Piece]:
        """The stems of a heading, which stand at no place of the sentence below it."""
        return [
            Piece(number, -1, -1, (), COST_HEADING)
            for word in heading
            if (number := self.names.stems.get(stem(word.text))) is not None
        ]

    def _of_word(self, text: str) -> tuple[tuple[int, ...], float]:
        """The stems of one word, and what they cost."""
        number = self.names.stems.get(stem(text))
        if number is not None:
            return ((number,) if text not in STOP else (), 0.0)
        if text in self.names.compounds:
            return self.names.compounds[text], 0.0
        if self.typos and len(text) >= _LEAST_TYPED:
            near = self._misread(text)
            if near is None and text.isalpha():
                near = self.names.nearest_stem(text)
            if near is not None:
                return (near,), COST_TYPO
        return (), 0.0

    def _misread(self, text: str) -> int | None:
        """The stem of a word that a scanner misread: "se1zures", "hyp0tonia", "rnicrocephaly"."""
        places = [i for i, sign in enumerate(text) if sign in _MISREAD]
        if len(places) > _MOST_MISREAD or not (places or "rn" in text):
            return None
        ways: Iterable[str] = (text.replace("rn", "m"),)
        if places:
            ways = ("".join(signs) for signs in product(*(_MISREAD.get(sign, sign) for sign in text)))
        found = {self.names.stems.get(stem(way)) for way in ways} - {None}
        return found.pop() if len(found) == 1 else None

    def _of_two(self, one: str, two: str, hyphen: bool) -> int | None:
        """The stem of a word that is written in two."""
        text = one + two
        if (hyphen or len(text) >= 8) and self.names.begins(text, len(one) + 1):
            return self.names.stems.get(stem(text))
        return None

    def _completed(self, row: Sequence[Word], i: int) -> list[Piece]:
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
                    return [Piece(number, i, i, ((row[i].start, row[i].end), (end, word.end)), 0.0, text)]
        return []
