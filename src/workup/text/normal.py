"""What an examination found well, said in words of its own: "tongue midline", "strength 5/5", "EOMI".

Such words deny one finding, and not its organ: a palate that is intact is not cleft, but may be high. Each row of the
table is an expression of the usual physical examination, the finding it denies, and why. "Normal ears" and the like
name the organ and are read by :mod:`workup.text.recognise`.

>>> [(row.label, row.reason) for row in ROWS if "palate" in row.words]
[('Cleft palate', 'an intact palate has no cleft')]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from workup.text.mention import Circumstance, Mention
from workup.text.words import small_letters

if TYPE_CHECKING:
    from workup.knowledge.hpo import Ontology

_WELL = r"(?:(?:is|are|was|were|appears?|appeared|grossly|all)_+)*(?:normal|intact|wnl|nl|unremarkable)"
_NORMAL = r"(?:normal|intact|nl)"


class Row(NamedTuple):
    """One expression.

    Attributes:
        words: One of these is in every text that it matches, in small letters.
        pattern: The expression; ``_`` is white space within a line.
        label: The finding that it denies.
        reason: Why.
    """

    words: tuple[str, ...]
    pattern: str
    label: str
    reason: str


ROWS: tuple[Row, ...] = (
    Row(
        ("palate",),
        r"palate_+(?:is_+|appears_+)?intact|intact_+(?:hard_+|soft_+)?palate",
        "Cleft palate", "an intact palate has no cleft",
    ),
    Row(
        ("eom", "ocular"),
        r"EOMI|"
        r"(?:EOMs?|extra-?ocular_+(?:movements?|motions?|muscles))_+(?:(?:is|are|were|"
        r"grossly)_+)*(?:intact|full|normal)",
        "Limited extraocular movements", "the eyes move in full",
    ),
    Row(
        ("perrl", "pupil"),
        r"PERRLA?|pupils_+(?:(?:are|were)_+)?equal,?_+(?:and_+)?(?:round[ \t,]+)?(?:and_+)?reactive",
        "Abnormal pupillary light reflex", "the pupils react to light",
    ),
    Row(
        ("face", "facies", "facial", "smile", "grimace"),
        r"(?:face|facies)_+(?:(?:is|was)_+)?symmetric(?:al)?\b|symmetric(?:al)?_+(?:face|smile|grimace)|"
        r"(?:smile|grimace)_+(?:(?:is|was)_+)?symmetric(?:al)?\b|facial_+symmetry",
        "Facial asymmetry", "the face is symmetric",
    ),
    Row(
        ("tongue",),
        r"tongue_+(?:(?:is|was|protrudes|in|at)_+)*(?:the_+)?midline",
        "Movement abnormality of the tongue", "the tongue is held in the midline",
    ),
    Row(
        ("uvula",),
        r"uvula_+(?:is_+)?single|single_+uvula",
        "Bifid uvula", "the uvula is single",
    ),
    Row(
        ("head", "skull", "normoceph"),
        rf"(?:head|skull)_+size_+{_WELL}|{_NORMAL}_+(?:head|skull)_+size|normocephal(?:ic|y)|"
        rf"HEAD:_*{_NORMAL}_+size(?:_*(?:/|and|,)_*shape)?|HEAD:_*{_NORMAL}_+shape_*(?:/|and|,)_*size",
        "Abnormality of skull size", "the head is of normal size",
    ),
    Row(
        ("head", "skull"),
        rf"(?:head|skull)_+shape_+{_WELL}|{_NORMAL}_+(?:head|skull)_+shape|normally_+shaped_+(?:head|skull)|"
        rf"HEAD:_*{_NORMAL}_+shape",
        "Abnormal calvaria morphology", "the head is of normal shape",
    ),
    Row(
        ("strength", "power"),
        r"(?:strength|power)_+(?:(?:is|was|of)_+)?(?:(?:full|normal)[ \t,]+)?(?:5/5|V/V)|"
        r"5/5_+(?:muscle_+)?(?:strength|power)|(?:full|normal)_+(?:muscle_+)?(?:strength|power)|"
        r"(?:strength|power)_+(?:is_+|was_+)?(?:full|normal)",
        "Muscle weakness", "strength is full",
    ),
    Row(
        ("tone",),
        rf"{_NORMAL}_+(?:muscle_+)?tone\b|(?:muscle_+)?tone_+{_WELL}",
        "Abnormal muscle tone", "tone is normal",
    ),
    Row(
        ("dtr", "reflex"),
        rf"(?:DTRs?|(?:deep_+)?(?:tendon_+)?reflexes)_+(?:(?:are|were|is|was)_+)?(?:2_?\+(?!\d)|{_WELL}|"
        r"symmetric)|(?<!\d)2\+_+(?:and_+symmetric_+)?(?:\w+_+)?(?:DTRs?|reflexes)|"
        rf"{_NORMAL}_+(?:deep_+)?(?:tendon_+)?reflexes",
        "Abnormal reflex", "2+ is the usual reflex",
    ),
    Row(
        ("palmar",),
        r"(?:two|2)_+palmar_+creases?|normal_+palmar_+creases|palmar_+creases_+(?:are_+)?normal",
        "Single transverse palmar crease", "a palm has two creases",
    ),
    Row(
        ("descended", "palpable"),
        r"test(?:es|icles)_+(?:(?:are|were|both|bilaterally)_+)*(?:fully_+)?(?:descended|palpable)|"
        r"(?<!un)descended_+test(?:es|icles)",
        "Cryptorchidism", "the testes are descended",
    ),
    Row(
        ("anus",),
        r"anus_+(?:(?:is|appears)_+)?patent|patent_+anus",
        "Anal atresia", "the anus is open",
    ),
    Row(
        ("omberg",),
        r"(?:negative|neg|normal|no)_+Rh?omberg|"
        r"Rh?omberg(?:'?s)?(?:_+(?:sign|test))?_+(?:(?:is|was)_+)?(?:negative|neg|normal|absent)|"
        r"(?<![\w/])[-–−]_*Rh?omberg",
        "Positive Romberg sign", "the test of Romberg is negative",
    ),
    Row(
        ("fnf", "ftn", "finger", "heel", "hts"),
        r"(?:FNF|FTN|finger[- ]?(?:to[- ])?(?:nose|finger)(?:[- ]?(?:to[- ])?finger)?|"
        rf"heel[- ](?:to[- ])?shin|HTS)(?:_+(?:test(?:ing)?|coordination))?_+{_WELL}|"
        rf"{_NORMAL}_+(?:FNF|FTN|finger[- ](?:to[- ])?nose|heel[- ](?:to[- ])?shin)",
        "Dysmetria", "pointing is sure",
    ),
    Row(
        ("tandem",),
        rf"{_NORMAL}_+tandem(?:_+(?:gait|walk(?:ing)?))?|tandem(?:_+(?:gait|walk(?:ing)?))?_+{_WELL}",
        "Impaired tandem gait", "walking heel to toe is sure",
    ),
    Row(
        ("spine",),
        r"spine_+(?:(?:is|was|appears)_+)?straight|straight_+spine",
        "Scoliosis", "the spine is straight",
    ),
    Row(
        ("icteric", "sclera"),
        r"anicteric|sclerae?_+(?:(?:is|are|were)_+)?white|white_+sclerae?",
        "Jaundice", "the sclerae are not yellow",
    ),
    Row(
        ("dysmorphic",),
        r"(?:non-?|not_+)dysmorphic(?:_+(?:face|facies|features))?",
        "Abnormal facial shape", "the face is not dysmorphic",
    ),
    Row(
        ("rate", "rrr"),
        r"regular_+rate_+and_+rhythm|\bRRR\b",
        "Arrhythmia", "the rhythm is regular",
    ),
    Row(
        ("clear",),
        r"(?:lungs?|chest)_+(?:(?:is|are|were|was)_+)?clear(?:_+to_+auscultation)?|clear_+to_+auscultation",
        "Abnormal breath sound", "breath sounds are clear",
    ),
)  # fmt: skip
_COMPILED = tuple(
    (row, re.compile(rf"(?<![\w-])(?:{row.pattern})(?!\w)".replace("_", r"[ \t]"), re.IGNORECASE)) for row in ROWS
)
_ANY = re.compile("|".join(sorted({word for row in ROWS for word in row.words})))
# No expression reaches over one of these.
_PARTING = ".;()\r\n"
_NEXT_PARTING = re.compile(r"[.;()\r\n]")
# What takes it back: "not intact", "except the left hand".
_NOT = re.compile(r"\b(?:not|non|never|isn't|aren't|if)[ \t-]*$", re.IGNORECASE)
_EXCEPT = re.compile(r"[ \t,(]*(?:except|apart from|but for|other than)\b", re.IGNORECASE)


def find(note: str, ontology: Ontology, known: Sequence[Mention] = ()) -> list[Mention]:
    """Find what an examination reports as well.

    Args:
        note: The text.
        ontology: Whose terms are denied; rows whose finding it does not know are left out.
        known: What was found otherwise. A finding that is named there, or a kind of it, is not denied here.

    Returns:
        Mentions with the status ``excluded``, in the order of the table.
    """
    said = _said(note)
    if not said:
        return []
    found: list[Mention] = []
    present: set[int] | None = None
    for row, pattern in _COMPILED:
        places = sorted({place for word in row.words for place in said.get(word, ())})
        matches = [match for start, end in places for match in pattern.finditer(note, start, end)]
        term = _term(ontology, row.label) if matches else None
        if term is None:
            continue
        if present is None:
            present = _with_ancestors(ontology, known)
        if term in present:
            continue
        for match in matches:
            start, end = match.span()
            if _NOT.search(note[max(0, start - 12) : start]) or _EXCEPT.match(note, end):
                continue
            found.append(
                Mention(
                    start=start,
                    end=end,
                    id=ontology.id(term),
                    label=ontology.label(term),
                    method="name",
                    score=0.8,
                    status="excluded",
                    contexts=(Circumstance(kind="negated", start=start, end=end),),
                    reason=row.reason,
                )
            )
    return found


def _said(note: str) -> dict[str, set[tuple[int, int]]]:
    """For each word of the table, the stretches of the note that have it: what lies between two parting signs."""
    small = small_letters(note)
    said: dict[str, set[tuple[int, int]]] = {}
    start = end = 0
    for match in _ANY.finditer(small):
        if match.start() >= end:
            start = max(end, *(note.rfind(sign, end, match.start()) + 1 for sign in _PARTING))
            parting = _NEXT_PARTING.search(note, match.start())
            end = parting.start() if parting else len(note)
        said.setdefault(match[0], set()).add((start, end))
    return said


@lru_cache(maxsize=256)
def _term(ontology: Ontology, label: str) -> int | None:
    terms = ontology.resolve(label).terms
    return terms[0] if terms else None


def _with_ancestors(ontology: Ontology, known: Sequence[Mention]) -> set[int]:
    """The findings named as present, and all more general ones."""
    named = [ontology.resolve(mention.id).terms for mention in known if not mention.contexts]
    return {above for terms in named for term in terms for above in ontology.ancestors(term).tolist()}


def without_general(named: Sequence[Mention], well: Sequence[Mention]) -> list[Mention]:
    """What was named, without the organs called normal by words that deny something more exact.

    "Palate intact" is no abnormality of the palate to the recogniser of names; here it is no cleft, and that is all.
    """
    return [
        mention
        for mention in named
        if not (mention.contexts and any(one.start < mention.end and mention.start < one.end for one in well))
    ]
