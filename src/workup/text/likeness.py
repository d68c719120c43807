"""Which of a few texts a question is about: the share of its words that each of them holds.

    question  "Have you had chills, fever or night sweats?"
    texts     "Patient complains of fever."  1.0, by the part "fever"   "Her pulse is 90/min."  0.0

For a handful of short texts and without any index; :mod:`workup.retrieval` searches many.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

from workup.retrieval.words import words
from workup.text.words import stem

# Set on every second case of the sample of iMedQA, see docs/dialogue.md; the figures there are of the others.
CUT = 0.5
MOST = 3
_NEAR = 0.75

# Words of questions that say nothing of what is asked about.
_WORDS = """
a about all also am an and any anything are as at be been being but by can case could did do does doctor ever
else experience experienced experiencing for from get got had has have having he her hers him his how i if in
is it its kind may me might more much my noticed notice of on or other our patient patients please say she
should so some something such tell that the their them then there these they this those to us was we were what
when where whether which while who why will with would you your yours
"""
_EMPTY = frozenset(_WORDS.split())
_PARTS = re.compile(r"[,;:/?.]|\b(?:and|or)\b", re.I)


def terms(text: str) -> list[str]:
    """Stems of the words that say what is asked about, in order.

    >>> terms("Have you noticed any pains in your right knee?")
    ['pain', 'right', 'knee']
    """
    return [stem(word) for word in words(text) if word not in _EMPTY]


class Matcher:
    """Finds the texts that share most of a question's words.

    A word weighs ``ln((1 + n) / (1 + n_word)) + 1``, so that what stands in every fact weighs least and a word of no
    fact most: "a history of diabetes" is not answered by "a history of hypertension".

    >>> Matcher(["Patient complains of fever.", "Her pulse is 90/min."]).best("Is there any fever?")
    [(0, 1.0)]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._sets = [frozenset(terms(text)) for text in texts]
        self._texts_with = Counter(term for found in self._sets for term in found)

    def _weight(self, term: str) -> float:
        return math.log((1 + len(self._sets)) / (1 + self._texts_with[term])) + 1

    def shares(self, question: str) -> list[float]:
        """Share of the question's weight that each text holds, 0-1."""
        asked = dict.fromkeys(terms(question))
        whole = sum(map(self._weight, asked))
        if not whole:
            return [0.0] * len(self._sets)
        return [sum(self._weight(term) for term in asked if term in found) / whole for found in self._sets]

    def best(self, question: str, cut: float = CUT, most: int = MOST) -> list[tuple[int, float]]:
        """Places and shares of at most ``most`` texts from ``cut`` up that come near the best, in their order.

        Each part of a question counts by itself; of texts that hold a part alike, the one that holds more of the whole.

        >>> Matcher(["Patient complains of fever."]).best("Have you had chills, fever or night sweats?")
        [(0, 1.0)]
        """
        whole = self.shares(question)
        parts = [self.shares(part) for part in dict.fromkeys(_PARTS.split(question))]
        shares = [max(column) for column in zip(whole, *parts, strict=True)]
        top = max(shares, default=0.0)
        near = [place for place, share in enumerate(shares) if share >= max(cut, _NEAR * top) and share > 0]
        near = sorted(sorted(near, key=lambda place: (-shares[place], -whole[place]))[:most])
        return [(place, shares[place]) for place in near]
