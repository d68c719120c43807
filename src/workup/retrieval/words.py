"""Words of a text as an index takes them: any script, lower case, without stop words, stemmed.

English goes through the steps of Lucene's English analyser (Unicode word boundaries, possessives, lower case, its 33
stop words, Porter's stemmer), which the published BM25 figures of R2MED were made with. Scripts written without spaces
(Han, Kana, Thai, Lao, Khmer, Burmese) become single characters and overlapping pairs; Arabic loses its vowel marks and
the article, and its spelling variants become one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Protocol

from workup.errors import MissingExtra

_STOP = """a an and are as at be but by for if in into is it no not of on or such that the their then there these they
this to was will with"""
STOP_WORDS = frozenset(_STOP.split())
_ASCII = re.compile(r"[a-z0-9_]+(?:(?<=[a-z])['.](?=[a-z])[a-z0-9_]+|(?<=[0-9])[.,;'](?=[0-9])[a-z0-9_]+)*")
# Scripts without spaces between words: Thai, Lao, Burmese, Khmer, Kana, Han.
_UNSPACED = "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6\u1000-\u102a\u1780-\u17b3"
_CJK = f"{_UNSPACED}\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK += "\U00020000-\U0003ffff"
_ARABIC_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640]")
_ARABIC_SPELLING = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه"})
_ARABIC_ARTICLE = re.compile("^(?:وال|بال|كال|فال|لل|ال)(?=..)")


class SnowballStemmer(Protocol):
    """Takes endings off words."""

    def stemWord(self, word: str) -> str:  # noqa: N802 - the name in PyStemmer
        """The stem of a word."""
        ...


@cache
def _unicode_pattern() -> re.Pattern[str]:
    # Python's \w leaves out combining marks, which would cut words of most Indian scripts into letters.
    marks: list[str] = []
    for code in range(0x0300, 0xFE30):
        if unicodedata.category(chr(code)) in ("Mn", "Mc"):
            if marks and ord(marks[-1][-1]) == code - 1:
                marks[-1] = f"{marks[-1][0]}-{chr(code)}"
            else:
                marks.append(chr(code))
    word = rf"(?:(?![{_CJK}])[\w{''.join(marks)}])"
    letter = r"[^\W\d_]"
    return re.compile(rf"[{_CJK}]+|{word}+(?:(?<={letter})['.](?={letter}){word}+|(?<=\d)[.,;'](?=\d){word}+)*")


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(f"[{_CJK}]")


def words(text: str) -> list[str]:
    """The words of a text in order, lower case, stop words included, nothing stemmed.

    >>> words("Crohn's disease, 1.5 mg")
    ["crohn's", 'disease', '1.5', 'mg']
    >>> words("糖尿病")
    ['糖', '糖尿', '尿', '尿病', '病']
    """
    if text.isascii():
        return _ASCII.findall(text.lower())
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    folded = _ARABIC_MARKS.sub("", folded).translate(_ARABIC_SPELLING)
    found: list[str] = []
    for token in _unicode_pattern().findall(folded):
        if _runs().match(token):
            for i, character in enumerate(token):
                found.append(character)
                if i + 1 < len(token):
                    found.append(token[i : i + 2])
        else:
            found.append(token)
    return found


class Analyser:
    """Turns words into the terms of an index.

    Attributes:
        name: What it does, for tables and saved indexes.
    """

    def __init__(self, language: str = "english") -> None:
        """Choose how words are stemmed.

        Args:
            language: ``english`` for Porter's stemmer and the English stop words, another language of Snowball for its
                stemmer, or ``none``. Words of other scripts are never stemmed as English.

        Raises:
            MissingExtra: A stemmer is wanted and the extra ``retrieval`` is not installed.
            ValueError: Snowball does not know the language.
        """
        self.language = language
        self.name = f"words-1 {language}"
        self._stemmer = _stemmer(language)
        self._stop = STOP_WORDS if language == "english" else frozenset[str]()

    def term(self, word: str) -> str:
        """The term of a word; empty for a stop word.

        >>> analyser = Analyser("english")
        >>> [analyser.term(word) for word in ("crohn's", "the", "Diseases".lower(), "糖尿")]
        ['crohn', '', 'diseas', '糖尿']
        """
        if self._stop and word.endswith("'s"):
            word = word[:-2]
        if word in self._stop:
            return ""
        if "\u0600" <= word[:1] <= "\u06ff":
            return _ARABIC_ARTICLE.sub("", word)
        if self._stemmer is None or not word[:1].isalpha() or (self.language == "english" and not word.isascii()):
            return word
        return self._stemmer.stemWord(word)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order.

        >>> Analyser().terms("The patient's seizures were treated")
        ['patient', 'seizur', 'were', 'treat']
        """
        return [term for word in words(text) if (term := self.term(word))]


def _stemmer(language: str) -> SnowballStemmer | None:
    if language == "none":
        return None
    try:
        import Stemmer
    except ImportError as error:
        raise MissingExtra("retrieval", "searching texts by their words") from error
    try:
        found: SnowballStemmer = Stemmer.Stemmer("porter" if language == "english" else language)
    except KeyError as error:
        known = ", ".join(sorted(Stemmer.algorithms()))
        raise ValueError(f"no stemmer for {language!r}; there are {known}, and none") from error
    return found
