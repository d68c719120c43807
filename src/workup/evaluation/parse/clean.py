"""The words a model meant as its answer, with a map back to the raw text.

Full-width letters, circled letters and ligatures become plain ones (NFKC), invisible characters, special tokens and
reasoning blocks go, and what follows the end of the model's turn is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property

_SUPERSCRIPTS = {ord(digit): str(value) for value, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_PLAIN = {
    "‘": "'",
    "’": "'",
    "ʼ": "'",
    "′": "'",
    "“": '"',
    "”": '"',
    "„": '"',
    "−": "-",
    "‐": "-",
    "‑": "-",
    "‒": "-",
    "–": "-",
    "⁄": "/",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x0b": "\n",
    "\x0c": "\n",
    "\x85": "\n",
    "\t": " ",
}
# The number of marks is bounded: putting a long run of them in order takes quadratic time.
_CHUNK = re.compile(r"[\x20-\x7e\n]+(?![\u0300-\u036f])|.[\u0300-\u036f\u3099\u309a]{0,8}", re.S)


class View:
    """A text with, for every character, where it stood in the raw text.

    Attributes:
        text: The characters.
        starts: Offset of each character in the raw text.
        ends: Offset behind it.
    """

    def __init__(self, text: str, starts: list[int], ends: list[int]) -> None:
        self.text = text
        self.starts = starts
        self.ends = ends

    @cached_property
    def low(self) -> str:
        """The text in lower case, character for character."""
        # The only letter that becomes longer in lower case.
        return self.text.replace("İ", "I").lower()

    def keep(self, spans: Iterable[tuple[int, int]]) -> View:
        """Only the characters of these spans, in order."""
        text: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        for start, end in spans:
            text.append(self.text[start:end])
            starts += self.starts[start:end]
            ends += self.ends[start:end]
        return View("".join(text), starts, ends)

    def drop(self, spans: Iterable[tuple[int, int]]) -> View:
        """All but the characters of these spans, which are in order and do not overlap."""
        kept, at = [], 0
        for start, end in spans:
            kept.append((at, start))
            at = end
        return self.keep([*kept, (at, len(self.text))]) if at else self

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """The span of the raw text that a span of this text was read from."""
        if start < end <= len(self.starts):
            return self.starts[start], self.ends[end - 1]
        return 0, 0


def view(raw: str) -> View:
    """Plain characters: NFKC, no invisible or control characters, ASCII digits, quotes and minus signs.

    >>> view("Ｂ\\u200b²").text
    'B^2'
    """
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for match in _CHUNK.finditer(raw):
        chunk, start, end = match.group(), match.start(), match.end()
        if (chunk.isascii() and chunk.isprintable()) or ("\n" in chunk and len(chunk) > 1):
            text.append(chunk)
            starts += range(start, end)
            ends += range(start + 1, end + 1)
            continue
        plain = _plain(chunk, raw[start - 1] if start else "")
        text.append(plain)
        starts += [start] * len(plain)
        ends += [end] * len(plain)
    return View("".join(text), starts, ends)


def _plain(chunk: str, before: str) -> str:
    if chunk in _PLAIN or chunk == "\n":
        return _PLAIN.get(chunk, chunk)
    if ord(chunk[0]) in _SUPERSCRIPTS:
        # The second digit of an exponent needs no second sign.
        return ("" if before and ord(before) in _SUPERSCRIPTS else "^") + _SUPERSCRIPTS[ord(chunk[0])]
    category = unicodedata.category(chunk[0])
    if category in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return ""
    if category == "Nd":
        return str(unicodedata.digit(chunk[0]))
    plain = unicodedata.normalize("NFKC", chunk).translate({ord(key): value for key, value in _PLAIN.items()})
    # One and a half: the digit before and the fraction are two numbers that add up.
    return f" {plain}" if category == "No" and "/" in plain and before.isdigit() else plain
