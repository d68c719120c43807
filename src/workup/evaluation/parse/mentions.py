"""Where options are named in a text: by their key, by their words, by their place ("the second option").

A single letter is a key only where it cannot be a word or a part of a name: not in "A patient", "Vitamin B",
"C. difficile" or "B-cell".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

_W = r"A-Za-z0-9_\u00c0-\u024f\u0370-\u052f"
_LETTER = re.compile(rf"(?<![{_W}°])(?<![{_W}]-)(?<![A-Za-z]\.)[A-Za-z](?![{_W}])(?!-[{_W}])(?!'[a-z])")
_DIGITS = re.compile(rf"(?<![{_W}.,-])\d{{1,3}}(?![{_W}%])(?![.,]\d)")
# What makes the letter after it a part of a name.
_NAMES = re.compile(
    r"(?:vitamins?|hepatitis|types?|groups?|class|grades?|stages?|factors?|proteins?|influenza|immunoglobulin|ig|"
    r"complement|strep|streptococc\w{2,3}|categor(?:y|ies)|levels?|phases?|figures?|fig\.|tables?|appendix|child-pugh|"
    r"child|pugh|cohorts?|arms?|patients?|drugs?|trials?|troponin|interleukin|apolipoprotein|apo|ha?emophilia|"
    r"amphotericin|toxin|ciclosporin|cyclosporin|penicillin|polymyxin|nephropathy|wave|plan|case|mutation|allele|"
    r"chain|cells?|blood|genotype|antigen|ward|unit|bundle|line|lines|zone|criteri(?:on|a)|schedule|part|section|n/|"
    r"hospital|doctor|dr\.?|protein|coenzyme|cytochrome|lipoprotein|hemoglobin|haemoglobin|\d ?°?)[ (]{0,2}$",
    re.I,
)
# What may follow a letter that is meant as a key; any other word makes it an article, a pronoun or an initial.
_FOLLOWERS = (
    r"(?:is|are|was|were|would|will|can|could|may|might|should|must|does|do|did|has|seems|appears|because|since|as|and|"
    r"or|nor|but|not|over|rather|instead|fits|makes|for|due|given|which|that|if|than|then|to|on|in|with|by|from|at|"
    r"only|alone|also|both|no|yes|true|false|correct|incorrect|right|wrong|here|again|definitely|clearly|et|ou|est|y|"
    r"o|es|car|porque|und|oder|ist)\b"
)
_AFTER = re.compile(
    rf"[ ]{{1,3}}(?:{_FOLLOWERS}|[^{_W}\s]|[A-Z](?![{_W}'])|[^\x00-\x7f])|[ ]{{0,3}}(?:\n|$)|[^\s]", re.I
)
_INITIAL = re.compile(r"\. ?(?!because\b|since\b|the\b|this\b|it\b|as\b|and\b)[a-z]{3,}")
_SURE = re.compile(r"\b(?:options?|choices?|answers?|letter|opci[oó]n|r[eé]ponse|respuesta)[ :(*\"']{1,4}$", re.I)
# A number keeps its sign, its comparison, its decimals and its per cent: 5 is not in -5, 1.5, <5 or 5 %.
_PARTS = re.compile(
    r"(?P<than>[<>≤≥]=?)?[ ]?(?P<sign>(?<!\w)[+-])?(?P<digits>\d{1,30}(?:[.,/]\d{1,30}){0,9})(?P<cent>[ ]?%)?|\w+"
)
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ORDINAL = re.compile(
    rf"\b({'|'.join(_ORDINALS)}|1st|2nd|3rd|4th|5th|6th|last|final) (?:option|choice|answer choice|alternative)\b"
)


class Mention(msgspec.Struct, frozen=True):
    """An option named in the text.

    Attributes:
        start: Offset of the first character.
        end: Offset behind the last one.
        key: Key of the option.
        sure: Whether it can be nothing else. A lower-case letter, say, counts only where an answer is announced.
        words: Whether the option's text was named, not its key.
    """

    start: int
    end: int
    key: str
    sure: bool = True
    words: bool = False


class Options:
    """Options and how they may be named."""

    def __init__(self, options: Mapping[str, str], *, keys_as_words: bool = False) -> None:
        self.keys = tuple(options)
        self.texts = dict(options)
        self.letters: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        patterns: list[tuple[re.Pattern[str], str]] = []
        taken: dict[str, set[str]] = {}
        for key, text in options.items():
            plain = key.strip()
            if len(plain) == 1 and plain.isascii() and plain.isalpha() and not keys_as_words:
                self.letters[plain.lower()] = key
            elif plain.isdigit() and not keys_as_words:
                self.numbers[plain.lstrip("0") or "0"] = key
            else:
                taken.setdefault(plain.lower(), set()).add(key)
            for name in _spellings(text):
                taken.setdefault(name.lower(), set()).add(key)
        # A text that two options share names neither.
        self.names = {name: keys.copy().pop() for name, keys in taken.items() if len(keys) == 1 and name}
        for name, key in self.names.items():
            if pattern := _words(name):
                patterns.append((pattern, key))
        self._patterns = patterns

    def mentions(self, text: str, low: str) -> list[Mention]:
        """Every mention, in order, none within another; ``low`` is the text in lower case."""
        found = [
            Mention(match.start(), match.end(), key, words=True, sure=_has_letters(match.group()))
            for pattern, key in self._patterns
            for match in pattern.finditer(low)
            if not _joined(low, match.start(), match.end())
        ]
        for match in _ORDINAL.finditer(low):
            if key := self._at(match.group(1)):
                found.append(Mention(match.start(), match.end(), key))
        if self.letters:
            for match in _LETTER.finditer(text):
                if key := self.letters.get(match.group().lower()):
                    sure = _surely_key(text, match)
                    if sure is not None:
                        found.append(Mention(match.start(), match.end(), key, sure=sure))
        for match in _DIGITS.finditer(text) if self.numbers else ():
            if key := self.numbers.get(match.group().lstrip("0") or "0"):
                sure = bool(_SURE.search(text[max(0, match.start() - 20) : match.start()]))
                found.append(Mention(match.start(), match.end(), key, sure=sure))
        return _outermost(found)

    def exact(self, low: str) -> str | None:
        """The key of the option whose key or whole text this is."""
        plain = _bare(low)
        if key := self.letters.get(plain) or self.numbers.get(plain):
            return key
        if key := self.names.get(" ".join(low.split()).strip(" .;,")) or self.names.get(plain):
            return key
        same = {key for name, key in self.names.items() if _bare(name) == plain}
        return same.pop() if len(same) == 1 else None

    def _at(self, word: str) -> str | None:
        if word in ("last", "final"):
            return self.keys[-1] if word == "last" else None
        place = _ORDINALS.index(word) if word in _ORDINALS else int(word[0]) - 1
        return self.keys[place] if place < len(self.keys) else None


def _spellings(text: str) -> Sequence[str]:
    plain = " ".join(text.split()).strip(" .;,")
    return (plain,)


def _words(name: str) -> re.Pattern[str] | None:
    parts = list(_PARTS.finditer(name)) if len(name) <= 2000 else []
    if not parts:
        return None
    pattern, before = "", None
    for part in parts:
        if before is not None:
            # "10 mg" is also written "10mg".
            unit = before["digits"] and not part["digits"]
            pattern += r"[\W_]{0,4}" if unit else r"[\W_]{1,4}?" if part["digits"] else r"[\W_]{1,4}"
        pattern += _figure(part, first=before is None) if part["digits"] else re.escape(part.group())
        before = part
    # "12" is not named in the range "12-24".
    return re.compile(pattern + (r"(?!-\d)" if before is not None and before["digits"] else ""))


def _figure(part: re.Match[str], *, first: bool) -> str:
    than = rf"{re.escape(part['than'])}[ ]?" if part["than"] else ""
    bare = "" if than or part["sign"] or not first else r"(?<![<>≤≥+-])(?<![<>≤≥=] )"
    own = re.escape((part["sign"] or "") + part["digits"])
    return rf"{than}{bare}(?<!\d)(?<!\d[.,/]){own}(?![.,/]?\d)" + (r"[ ]?%" if part["cent"] else r"(?![ ]?%)")


def _joined(low: str, start: int, end: int) -> bool:
    """Whether a match is part of a longer word; scripts without spaces have no word boundaries."""
    before, after = low[start - 1 : start], low[end : end + 1]
    return (_alphabetic(before) and _alphabetic(low[start])) or (_alphabetic(after) and _alphabetic(low[end - 1]))


def _alphabetic(sign: str) -> bool:
    return sign.isalnum() and not "\u3040" <= sign <= "\u9fff"


def _has_letters(words: str) -> bool:
    letters = sum(sign.isalpha() for sign in words)
    measured = letters >= 2 and words[0].isdigit()  # "10 mg"
    return letters >= 3 or measured or any("\u3040" <= sign <= "\u9fff" for sign in words)


def _bare(low: str) -> str:
    """Words and figures alone.

    >>> _bare("(il-6)"), _bare("> 1.5 mg/dl"), _bare("-5")
    ('il 6', '>1.5 mg dl', '-5')
    """
    return " ".join(re.sub(r"\s", "", part.group()) for part in _PARTS.finditer(low))


def _surely_key(text: str, match: re.Match[str]) -> bool | None:
    """Whether a letter must be a key (True), may be one where an answer is announced (False), or cannot be (None)."""
    start, end = match.span()
    letter, before, after = match.group(), text[max(0, start - 20) : start], text[end : end + 24]
    if _SURE.search(before) and not re.match(r" [a-z]{3,}", after):
        return True
    enclosed = text[start - 1 : start] in ("(", "[", "$", "*") and text[end : end + 1] in (")", "]", "$", "*")
    if _NAMES.search(before) and not enclosed:
        return None
    if _INITIAL.match(after) and not enclosed:
        return None
    if not _AFTER.match(after):
        # "b" before a word is no English word, so an announced answer may be meant.
        return None if letter in "aAiI" or letter.isupper() else False
    if (re.match(r"/[A-Za-z]", after) and before[-1:].isalpha()) or re.search(r"[nN]/$", before):
        return None
    if letter == "I" and re.match(r" (?!is\b)", after):
        return None
    if letter == "A" and re.match(r" (?:few|lot|more|most|long|low|high|in|no)\b", after):
        return None
    if letter.islower():
        return bool(_SURE.search(before))
    return True


def _outermost(found: list[Mention]) -> list[Mention]:
    """The longest of mentions that overlap."""
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda one: (one.start, one.start - one.end)):
        if kept and mention.start < kept[-1].end:
            if mention.end - mention.start > kept[-1].end - kept[-1].start:
                kept[-1] = mention
            continue
        kept.append(mention)
    return kept
