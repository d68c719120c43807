"""What a simulated patient knows: the vignette sentence by sentence, and as facts that each say one thing.

vignette   "A man of 40 has a fever, cough and chills. His pulse is 90/min, and his lungs are clear."
context    "A man of 40 has a fever, cough and chills." · "His pulse is 90/min, and his lungs are clear."
facts      "A man of 40 has a fever, cough and chills." · "His pulse is 90/min" · "his lungs are clear."
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from workup.text.document import Document

# A piece of a sentence with one of these can stand alone.
_VERB = re.compile(
    r"\b(?:is|was|are|were|has|had|have|does|did|denie[sd]|reports?|reported|state[sd]?|shows?|showed|shown|reveals?|"
    r"revealed|demonstrates?|demonstrated|appears?|appeared|takes?|took|smokes?|smoked|drinks?|drank|complains?|"
    r"complained|presents?|presented|notes?|noted|describes?|described|measures?|lives?|works?|feels?|felt|began|"
    r"started|developed|underwent|weighs?)\b",
    re.I,
)
_BREAK = re.compile(r"\s*;\s*|,\s+(?:(?:and|but|while|whereas)\s+)?|\s+(?:and|but|while|whereas)\s+", re.I)
_NUMBER = re.compile(r"^\s*(?:\d{1,3}[.)]\s+)?(?:[-*•]\s+)?")
# "a man who is ill, has ..." goes on with its first part.
_HANGING = re.compile(r"\b(?:who|which|that|when|where|because|since|although|if|as)\b[^,;]*$", re.I)
_SUBJECT = re.compile(
    r"(?:the|a|an|his|her|their|he|she|they|it|there|this|these|no|both|physical|temperature|blood|pulse|heart|"
    r"respirat\w+|oxygen|weight|height|bmi|vital|laboratory|serum|urine)\b",
    re.I,
)


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is on record about one patient.

    Attributes:
        initial: What the doctor knows at the beginning.
        context: The vignette, a sentence each.
        facts: What it says, one thing each; empty when nobody has taken it apart yet.
    """

    initial: str
    context: tuple[str, ...]
    facts: tuple[str, ...] = ()


def sentences(text: str) -> tuple[str, ...]:
    """Sentences of a text, in order.

    >>> sentences("Dr. Lee saw her. Her pulse is 90.")
    ('Dr. Lee saw her.', 'Her pulse is 90.')
    """
    return tuple(" ".join(text[start:end].split()) for start, end in Document.of(text).sentences)


def facts_of(context: Iterable[str]) -> tuple[str, ...]:
    """What sentences say, one thing each, in their own words: clauses that can stand alone are taken apart.

    Nothing is lost but the words and marks between clauses. A list ("fever, cough and chills") stays one fact.

    >>> facts_of(["His pulse is 90/min, and his lungs are clear."])
    ('His pulse is 90/min', 'his lungs are clear.')
    >>> facts_of(["A man who smokes has fever, cough and chills."])
    ('A man who smokes has fever, cough and chills.',)
    """
    found: list[str] = []
    for sentence in context:
        start = 0
        for cut in _BREAK.finditer(sentence):
            before, after = sentence[start : cut.start()], sentence[cut.end() :]
            following = _BREAK.split(after, maxsplit=1)[0]
            alone = (
                _VERB.search(before)
                and not _HANGING.search(before)
                and _SUBJECT.match(following)
                and _VERB.search(following)
            )
            if alone:
                found.append(before)
                start = cut.end()
        found.append(sentence[start:])
    return tuple(fact.strip() for fact in found if fact.strip())


def unnumbered(fact: str) -> str:
    """A fact without its number or mark in the list.

    >>> unnumbered("12. Her pulse is 90."), unnumbered("1.5 mg daily"), unnumbered("- Sex: F")
    ('Her pulse is 90.', '1.5 mg daily', 'Sex: F')
    """
    return _NUMBER.sub("", fact).strip()


def first_of(context: Iterable[str] | str) -> str:
    """What is known at the beginning, where a record does not say: its first sentence.

    >>> first_of("A man is ill. He coughs."), first_of(["A man is ill.", "He coughs."])
    ('A man is ill.', 'A man is ill.')
    """
    parts = sentences(context) if isinstance(context, str) else tuple(context)
    return parts[0] if parts else ""
