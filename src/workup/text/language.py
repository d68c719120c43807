"""Whether a note is in English: findings named in another language may be found, but no word that denies them is.

"Sin convulsiones" and "לא hypotonia" are no seizures and no hypotonia, and are read as both; so a note of which much is
written otherwise is reported.

>>> [issue.code for issue in foreign("Niña de 3 años con microcefalia, sin convulsiones y sin ataxia.")]
['language']
>>> foreign("A 3-year-old girl with microcephaly and without seizures")
[]
"""

from __future__ import annotations

import re
import unicodedata

from workup.errors import Issue

_SHOWN_AT_LEAST = 0.10
"""Share of the letters, or of the words, that must speak for another language."""
_LEAST_WORDS = 3
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset(
    """
    the a an of and with was were is are has had no not in on at to for from by she he her his it this that patient
    """.split()  # noqa: SIM905
)
# Small words of French, Spanish, Portuguese, Italian, German and Dutch that are none in English notes.
_FOREIGN = frozenset(
    """
    le la les des du une un et avec sans pas dans chez aux est sont el los las y con sin por una del que se presenta
    os um uma com sem não na no seu dos il lo gli che di della non senza nel der die das den dem ein eine einer und mit
    ohne kein keine keinen nicht bei ist wurde von zu het een geen niet en met zonder van bij
    """.split()  # noqa: SIM905
) - {"no", "die"}


def foreign(note: str) -> list[Issue]:
    """An issue when much of a note is in another language or script, else none."""
    script = _other_letters(note)
    if script >= _SHOWN_AT_LEAST:
        what = f"{script:.0%} of the letters of the note are of a script that is not Latin"
    else:
        # Composed, so that an accent of its own parts no word.
        words = _WORD.findall(unicodedata.normalize("NFC", note[:20_000]).lower())
        other = sum(map(_FOREIGN.__contains__, words))
        if other < max(_LEAST_WORDS, _SHOWN_AT_LEAST * len(words)):
            return []
        if other <= sum(map(_ENGLISH.__contains__, words)):
            return []
        what = "the note seems not to be in English"
    return [
        Issue(
            message=f"{what}; findings may be missed, and those that are denied in it may count as present",
            remedy="translate the note, or check each finding with --confirm",
            code="language",
            field="text",
        )
    ]


def _other_letters(note: str) -> float:
    """Share of the letters that are of scripts other than the Latin and the Greek, whose letters stand in names."""
    if note.isascii():
        return 0.0
    opening = note[:20_000]
    letters = sum(map(str.isalpha, opening))
    others = sum(1 for sign in opening if sign > "\u03ff" and not "\u1d00" <= sign <= "\u2dff" and sign.isalpha())
    return others / letters if letters else 0.0
