"""Cloze items from a textbook without a model: a sentence without one term, and terms of other leaves to choose from.

A term is a word with a capital letter in the middle of a sentence that stands in few leaves. Its distractors are terms
of the same shape (ending or length alike) that do not stand in the leaf at all, so that the leaf answers
the item by exact look-up.

    sentence  The Glianorex synthesizes notably Equilibron and Neurostabilin.
    item      The Glianorex synthesizes notably ____ and Neurostabilin.   A. Gastrulin  B. Equilibron ...
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from workup.simulate.fictional_organ import LETTERS
from workup.text.headings import Section

GAP = "____"
GENERATOR = "workup cloze 1"
_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÀ-Ý])")
# In the middle of a sentence: what stands before is a letter, a digit or a comma, and a space.
_TERM = re.compile(r"(?<=[a-zà-ÿ0-9,] )[A-ZÀ-Ý][a-zà-ÿ]{5,}(?!\w|[-’'])")
_ASKED = {"en": "Which term fills the gap? ", "fr": "Quel terme manque ? "}


def cloze_items(
    leaves: Sequence[Section], language: str, *, seed: int = 0, spread: float = 0.2
) -> list[dict[str, Any]]:
    """At most one item a leaf and term, in the layout of the benchmark ``glianorex``.

    Args:
        leaves: Sections of the book.
        language: ``en`` or ``fr``.
        seed: Of the choice of distractors and letters.
        spread: Largest share of the leaves that a term may stand in; commoner ones, as the organ's name, fill no gap.
    """
    draw = random.Random(f"cloze {language} {seed}")
    terms = [frozenset(_TERM.findall(leaf.text)) for leaf in leaves]
    common = Counter(term for some in terms for term in some)
    usable = {term for term, count in common.items() if count <= max(1, spread * len(leaves))}
    made: list[tuple[int, str, str, list[str]]] = []
    for place, leaf in enumerate(leaves):
        done: set[str] = set()
        foreign = sorted(usable - {*_WORD.findall(leaf.text)})
        for sentence in _SENTENCE.split(leaf.text.replace("\n", " ")):
            if not 40 <= len(sentence) <= 400:
                continue
            for term in _TERM.findall(sentence):
                # What is left of the term ("Equilibron-like") would give it away.
                if term not in usable - done or term.casefold() in _gapped(sentence, term).casefold():
                    continue
                done.add(term)
                likeness = {other: (other[-2:] != term[-2:], abs(len(other) - len(term))) for other in foreign}
                others = sorted(foreign, key=likeness.__getitem__)
                if len(others) >= 3:
                    made.append((place, sentence.strip(), term, draw.sample(others[:8], 3)))
    keys = [place % len(LETTERS) for place in range(len(made))]
    draw.shuffle(keys)
    rows, numbers = [], defaultdict[int, int](int)
    for (place, sentence, term, wrong), key in zip(made, keys, strict=True):
        numbers[place] += 1
        options = list(wrong)
        options.insert(key, term)
        rows.append(
            {
                "id": f"{language}-{place + 1}-{numbers[place]}",
                "question": _ASKED[language] + _gapped(sentence, term),
                "options": dict(zip(LETTERS, options, strict=True)),
                "answer": term,
                "answer_idx": LETTERS[key],
                "language": language,
                "generator": GENERATOR,
                "leaves": [" > ".join(leaves[place].path)],
                "sentence": sentence,
            }
        )
    return rows


def _gapped(sentence: str, term: str) -> str:
    return re.sub(rf"(?<!\w){term}(?!\w|-)", GAP, sentence)
