"""Arabic in answers: option letters, digits, and spellings that mean the same.

Option letters come in the order alef, ba, jim, dal, ha (some sources: alef, ba, ta, tha) and stand for A, B, C, D, E.
Diacritics, tatweel and marks of direction say nothing; forms of alef, ya and alef maqsura, ta marbuta and ha are
written for one another (dossier of system 65).

>>> folded("الإجابةُ: بـ").text
'الاجابه: B'
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

import msgspec

from workup.evaluation.parse.parsed import Parsed

LETTERS: Mapping[str, str] = {"ا": "A", "ب": "B", "ج": "C", "ت": "C", "د": "D", "ث": "D", "ه": "E"}
"""Option letters after folding. Jim and ta, dal and tha never stand in one set of options."""

_ARABIC = re.compile(r"[\u0621-\u064a]")
_SPELLINGS = {
    **dict.fromkeys("أإآٱ", "ا"),
    "ى": "ي",
    "ة": "ه",
    "،": ",",
    "؛": ";",
    "؟": "?",
}
# Not a part of a word, and not "Dr": that needs an announcement or the beginning of a line before it.
_ALONE = re.compile(r"(?<![\u0621-\u064a\w])[ابجتدثه](?![\u0621-\u064a\w])")
_ANNOUNCED = re.compile(
    r"(?:[:(\[\"*]|\b(?:الاجابه|الخيار|الجواب|الحرف|هو|هي|answer|option))[ (\[\"*]{0,3}$", re.I | re.M
)
_AFTER_STOP = re.compile(r"\. *([^\n]*)")
_NUMBERED = re.compile(
    r"\W*(?:(?:(?:الاجابه|الجواب)(?: (?:الصحيحه|الصحيح))?(?: (?:هي|هو))?|answer)\W{0,3})?"
    r"(?:(?:الخيار|الاختيار|رقم|option)\W{0,2}(?:رقم )?)?(\d)\W*",
    re.I,
)


class Folded(msgspec.Struct, frozen=True):
    """A text in one spelling.

    Attributes:
        text: The text.
        places: Offset in the source of each of its characters.
    """

    text: str
    places: tuple[int, ...]


def is_arabic(options: Mapping[str, str]) -> bool:
    """Whether options are written in Arabic and keyed by Latin letters."""
    return all(len(key) == 1 and key.isascii() and key.isalpha() for key in options) and any(
        _ARABIC.search(text) for text in options.values()
    )


def folded(text: str, options: Sequence[str] = ()) -> Folded:
    """Text in one spelling, with option letters that stand alone as Latin ones.

    Args:
        text: The text.
        options: Options in one spelling; a dal with a full stop before anything else is "Dr".
    """
    kept: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        category = unicodedata.category(letter)
        if letter == "ـ" or category == "Cf" or (category == "Mn" and "\u064b" <= letter <= "\u0670"):
            continue
        plain = str(unicodedata.digit(letter)) if category == "Nd" else _SPELLINGS.get(letter, letter)
        kept.append(plain)
        places.append(place)
    spelt = "".join(kept)

    def latin(found: re.Match[str]) -> str:
        if found.group() == "د" and (after := _AFTER_STOP.match(spelt, found.end())):
            known = not after[1] or any(after[1].startswith(option.strip()) for option in options if option.strip())
            if not known and not _ANNOUNCED.search(spelt, max(0, found.start() - 40), found.start()):
                return found.group()
        return LETTERS[found.group()]

    return Folded(_ALONE.sub(latin, spelt), tuple(places))


def arabic_choice(text: str, options: Mapping[str, str], read: Callable[[str, Mapping[str, str]], Parsed]) -> Parsed:
    """Read a choice among Arabic options.

    Args:
        text: Raw words.
        options: Options in Arabic, keyed by Latin letters.
        read: Reads a choice in a text of one spelling.
    """
    spelt = {key: folded(option).text for key, option in options.items()}
    plain = folded(text, tuple(spelt.values()))
    found = read(plain.text, spelt)
    if found.value is None and (number := _NUMBERED.fullmatch(plain.text)):
        # A number alone can only be the place of an option, unless options are numbers.
        keys = list(options)
        place = int(number[1]) - 1
        if 0 <= place < len(keys) and not any(option.strip().isdigit() for option in options.values()):
            start, end = number.span(1)
            found = Parsed(keys[place], start, end, found.policy, "number of the option")
    if found.end > found.start:
        return msgspec.structs.replace(found, start=plain.places[found.start], end=plain.places[found.end - 1] + 1)
    return found
