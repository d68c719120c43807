"""The words of a note, folded for comparison, each with its place in the note as given.

A note comes as people and scanners write it: decomposed accents, ligatures, full-width letters, soft hyphens, words
broken at the end of a line. Everything here works on a folded copy and keeps, for each folded character, where it
stands in the note, so that offsets are always those of the note.

>>> [word.text for word in words("Micro-\\ncephaly; ﬂoppy")]
['micro', 'cephaly', 'floppy']
>>> stem("hypotonic") == stem("hypotonia"), stem("oesophageal") == stem("esophagus"), stem("feet") == stem("foot")
(True, True, True)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from workup.text.vocabulary import ABBREVIATED, IRREGULAR

# How a word is joined to the one before it.
SPACE, HYPHEN, SUSPENDED, COMMA, SLASH, BRACKET, COLON, BREAK = range(8)

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
# Letters from Hebrew and Arabic to Thai and Georgian, and those of East Asia: beside them Latin letters begin a word of
# their own, as such scripts write none or attach small words ("seizures" between Japanese, "and" before it in Arabic).
_OTHER = "\u0590-\u1cff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\ufb1d-\ufefc\U00020000-\U0003ffff"
_OTHER_SCRIPT = re.compile(f"[{_OTHER}]")
_WORD_OF_MIXED = re.compile(rf"[^\W_{_OTHER}]+(?:'[^\W_{_OTHER}]+)*|(?:(?=\w)[{_OTHER}])+")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_QUOTES = "\u2018\u2019\u02bc\u00b4`"
_REPLACED = {ord(c): "-" for c in _DASHES} | {ord(c): "'" for c in _QUOTES}


class Word(msgspec.Struct, frozen=True, gc=False):
    """One word of a note.

    Attributes:
        text: Folded: lower case, without accents.
        start: First character in the note.
        end: One past its last character there.
        joint: How it is joined to the word before it, e.g. :data:`COMMA`.
        upper: Whether the note writes it in capitals (a plural s aside), as abbreviations are.
    """

    text: str
    start: int
    end: int
    joint: int
    upper: bool


class Folded(msgspec.Struct, frozen=True):
    """A folded copy of a note.

    Attributes:
        text: Lower case, compatibility forms and accents resolved, invisible characters left out.
        starts: For each character, where what it stands for begins in the note.
        ends: Where it ends, accents that follow included.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold(note: str) -> Folded:
    """Fold a note for comparison, keeping the places of its characters.

    >>> folded = fold("Cafe\\u0301")
    >>> folded.text, folded.starts[3], folded.ends[3]
    ('cafe', 3, 5)
    """
    if note.isascii():
        return Folded(note.lower(), range(len(note)), range(1, len(note) + 1))
    unusual = {character: _plain(character) for character in set(note) if not character.isascii()}
    if all(len(plain) == 1 for plain in unusual.values()):
        # Nothing moves: nearly every note.
        text = note.translate({ord(c): plain for c, plain in unusual.items()}).lower()
        if len(text) == len(note):
            return Folded(text, range(len(note)), range(1, len(note) + 1))
    text_parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for place, character in enumerate(note):
        plain = character.lower() if character.isascii() else unusual[character]
        if not plain and ends and ends[-1] == place and unicodedata.category(character) in ("Mn", "Me"):
            # An accent belongs to the letter before it.
            ends[-1] = place + 1
        text_parts.append(plain)
        starts += [place] * len(plain)
        ends += [place + 1] * len(plain)
    return Folded("".join(text_parts), starts, ends)


# What a pattern that ignores case takes for s, k and i.
_ODD_LETTERS = {0x17F: "s", 0x212A: "k", 0x130: "i", 0x131: "i"}


def small_letters(text: str) -> str:
    """A text in the small letters in which a pattern that ignores case compares it, each at its place.

    >>> small_letters("Age İ"), len(small_letters("İ"))
    ('age i', 1)
    """
    return text.lower() if text.isascii() else text.translate(_ODD_LETTERS).lower()


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    """What a character that is not ASCII is compared as; empty for accents and invisible ones."""
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return ""
    parts = unicodedata.normalize("NFKD", character.translate(_REPLACED)).casefold()
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


@lru_cache(maxsize=4096)
def _joint(between: str) -> int:
    """How words are joined that have this between them."""
    bare = between.strip()
    if not bare:
        return BREAK if between.count("\n") > 1 and re.search(r"\n\s*\n", between) else SPACE
    if bare == "-":
        # A hyphen at the end of a line may break a word; one before a space is left hanging ("micro- and").
        if between == "-" or (between[0] == "-" and "\n" in between):
            return HYPHEN
        return SUSPENDED if between[0] == "-" else COMMA
    if any(c in bare for c in ".;!?|\u2022\u00b7*"):
        return BREAK
    if ":" in bare:
        return COLON
    if any(c in bare for c in "()[]{}"):
        return BRACKET
    if "/" in bare:
        return SLASH
    return COMMA if any(c in bare for c in ",-&") else SPACE


def words(note: str) -> list[Word]:
    """The words of a note in order."""
    folded = fold(note)
    found: list[Word] = []
    before = 0
    text, starts, ends = folded.text, folded.starts, folded.ends
    moved = not isinstance(starts, range)
    joint = BREAK
    pattern = _WORD_OF_MIXED if not text.isascii() and _OTHER_SCRIPT.search(text) else _WORD
    for match in pattern.finditer(text):
        start, end = first, last = match.span()
        if moved:
            start, end = starts[first], ends[last - 1]
        if before:
            between = text[before:first]
            joint = SPACE if between == " " or not between else _joint(between)
        raw, word = note[start:end], match[0]
        # Nearly every word is in small letters as it is, which is quicker to see than that it is not in capitals.
        upper = raw != word and (raw.isupper() or (len(raw) > 2 and raw[-1] == "s" and raw[:-1].isupper()))
        found.append(Word(word, start, end, joint, upper))
        before = last
    return found


_STOPPER = re.compile(r"[.!?]+[\"')\]]*(?=\s)|\n")
_LIST_MARK = re.compile(r"\s*(?:[-*\u2022\u00b7]|\(?\d{1,2}[.)])\s|\s*[A-Z][A-Z /&]{2,40}:")
# A line this short that is followed by a capital was ended on purpose, not wrapped.
_SHORT_LINE = 50


def sentences(note: str) -> list[tuple[int, int]]:
    """Split a note into stretches that no mention may cross: a plain splitter for when no better one is given.

    It ends a sentence at a full stop followed by space (not after an initial or a common abbreviation), at a blank
    line, before a list mark or a heading, and at the end of a short line that is followed by a capital letter.

    Returns:
        Start and end of each sentence, in order; white space around them is left out.

    >>> note = "Seizures since 2 y. Dr. Smith saw\\nno ptosis.\\n\\nHypotonia"
    >>> [note[a:b] for a, b in sentences(note)]
    ['Seizures since 2 y.', 'Dr. Smith saw\\nno ptosis.', 'Hypotonia']
    """
    cuts = [0]
    line = 0
    for match in _STOPPER.finditer(note):
        end = match.end()
        rest = note[end : end + 60]
        if match[0] == "\n":
            after = rest.lstrip(" \t\r")
            length = match.start() - line
            line = end
            purposeful = length < _SHORT_LINE and after[:1].isupper()
            if not (after[:1] in ("", "\n") or purposeful or _LIST_MARK.match(rest)):
                continue
        elif match[0] == ".":
            word = re.search(r"([\w.]+)$", note[max(0, match.start() - 12) : match.start()])
            before = word[1].lower() if word else ""
            initial = len(before) == 1 and before.isalpha() and note[match.start() - 1].isupper()
            if (before in ABBREVIATED and rest.lstrip()[:1] != "") or initial:
                continue
            if rest.lstrip()[:1].islower():
                continue
        cuts.append(end)
    cuts.append(len(note))
    found = []
    for start, end in pairwise(cuts):
        piece = note[start:end]
        if piece.strip():
            found.append((start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())))
    return found


_SPELLINGS = (
    (re.compile(r"(?<=[a-z])ae(?=[a-z])|^ae(?=[a-z]{4})"), "e"),
    (re.compile(r"(?<=[a-z])oe(?=[a-z])|^oe(?=[a-z]{4})"), "e"),
    (re.compile(r"(?<=[a-z]{3})our(?=$|s$|ed$|ing$|al$|less$)"), "or"),
    (re.compile(r"is(?=ed$|ing$|ation$|ations$|e$|es$)"), "iz"),
    (re.compile(r"lys(?=ed$|ing$|e$)"), "lyz"),
    (re.compile(r"leuc(?=o|a)"), "leuk"),
    (re.compile(r"sulph"), "sulf"),
    (re.compile(r"(?<=[a-z][tb])re$"), "er"),
    (re.compile(r"^grey"), "gray"),
)
# Ending, what replaces it, least number of letters that must remain. The first that fits is used.
_ENDINGS: tuple[tuple[str, str, int], ...] = (
    ("ifications", "if", 3), ("ification", "if", 3), ("ifying", "if", 3), ("ified", "if", 3), ("ify", "if", 3),
    ("ivities", "iv", 3), ("ivity", "iv", 3), ("icity", "", 4), ("ability", "abl", 3), ("ibility", "ibl", 3),
    ("ality", "", 4), ("arity", "ar", 4), ("osity", "os", 3), ("ically", "ic", 3), ("istic", "ist", 4),
    ("ousness", "ous", 3), ("iveness", "iv", 3), ("fulness", "ful", 3), ("ness", "", 3),
    ("ational", "", 4), ("ations", "", 4), ("ation", "", 4), ("ating", "", 4), ("ated", "", 4), ("ative", "", 4),
    ("ments", "", 5), ("mental", "", 5), ("ment", "", 5),
    ("encies", "ent", 3), ("ency", "ent", 3), ("ences", "ent", 3), ("ence", "ent", 3), ("ancies", "ant", 3),
    ("ancy", "ant", 3), ("ances", "ant", 3), ("ance", "ant", 3),
    ("leptic", "leps", 0), ("otic", "os", 3), ("osis", "os", 3), ("osed", "os", 3), ("etic", "es", 3),
    ("esis", "es", 3),
    ("astic", "as", 3), ("asia", "as", 3), ("asis", "as", 3), ("ectatic", "ectas", 0), ("ectasia", "ectas", 0),
    ("ectasis", "ectas", 0), ("plegic", "pleg", 0), ("ysis", "ys", 3), ("ytic", "ys", 3),
    ("itis", "itis", 2), ("itic", "itis", 3), ("eal", "", 4), ("ial", "", 4), ("ical", "ic", 3), ("ular", "ul", 4),
    ("ally", "al", 4), ("ibly", "ibl", 4), ("ably", "abl", 4),
    ("ings", "", 3), ("ing", "", 3), ("ions", "", 3), ("ion", "", 3), ("edly", "", 4), ("ed", "", 3),
    ("ible", "ibl", 3), ("able", "abl", 3), ("ous", "", 4), ("ive", "iv", 3),
    ("ism", "", 5), ("ity", "", 3), ("iae", "", 4), ("ia", "", 4), ("ic", "", 4), ("al", "", 4), ("ar", "", 5),
    ("ary", "", 5),
    ("um", "", 4), ("us", "", 4), ("ies", "", 4), ("y", "", 4), ("e", "", 4), ("a", "", 4), ("ly", "", 5),
)  # fmt: skip
_LY = re.compile(r"(?<![ayi])ly$")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What is common to the inflections, the spellings and the noun and adjective of a medical word.

    Rules, no dictionary: British spellings become American, plurals singular (Latin and Greek ones too), and endings
    that turn an adjective into a noun or back are cut off. It is a key for comparison, not a word.

    >>> stem("anaemic") == stem("anemia"), stem("stenoses") == stem("stenotic"), stem("rotated") == stem("rotation")
    (True, True, True)
    """
    if word.endswith("'s"):
        word = word[:-2]
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or not word[-1].isalpha():
        return word
    if word.endswith("ae"):
        word = word[:-1]
    word = _singular(word)
    if len(word) > 4:
        for pattern, replacement in _SPELLINGS:
            word = pattern.sub(replacement, word)
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 5:
        return word
    if len(word) >= 7 and _LY.search(word):
        word = word[:-2]
    for ending, replacement, least in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            if ending == "y" and word[-2] in "aeou":
                return word
            root = word[: len(word) - len(ending)] + replacement
            if ending in ("ing", "ings", "ed") and len(root) > 3 and root[-1] == root[-2] and root[-1] in "bdgmnprt":
                return root[:-1]
            return root
    return word


@lru_cache(maxsize=16384)
def number_and_spelling(word: str) -> str:
    """The word in the singular and in American spelling, its ending kept.

    >>> number_and_spelling("anaemias"), number_and_spelling("haemorrhage")
    ('anemia', 'hemorrhage')
    """
    word = _singular(word.removesuffix("'s")) if len(word) > 3 else word
    if len(word) > 4:
        for pattern, replacement in _SPELLINGS:
            word = pattern.sub(replacement, word)
    return word


def _singular(word: str) -> str:
    if word.endswith(("oses", "eses", "yses", "ases")) and len(word) > 6 and not word.endswith(("nases", "eases")):
        return word[:-2] + "is"
    if word.endswith("mata") and len(word) > 6:
        return word[:-2]
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")) and len(word) > 5:
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is", "ias")):
        return word[:-1]
    if word.endswith("ias") and len(word) > 5:
        return word[:-1]
    if word.endswith("i") and len(word) > 5:
        return word[:-1] + "us"
    return word
