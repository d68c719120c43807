"""Passages: parts of documents, each with its place, so that whatever is quoted can be looked up.

>>> [text for _, _, text in cut("One. Two. Three.", longest=10)]
['One. Two.', 'Three.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from workup.reasoning import Evidence
from workup.retrieval.documents import Document

LONGEST = 1000
"""Longest passage, in characters."""

_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")


class Passage(msgspec.Struct, frozen=True):
    """A passage.

    Attributes:
        document: Id of the document in the corpus.
        source: Where to look: file and record.
        start: Offset of its first character in the text of the document.
        end: Offset after its last.
        text: The characters from ``start`` to ``end``.
        title: Title of the document, if it has one.
    """

    document: str
    source: str
    start: int
    end: int
    text: str
    title: str = ""

    def evidence(self, score: float) -> Evidence:
        """The passage as evidence, with the score that it was found by."""
        values = {"document": self.document, "start": self.start, "end": self.end, "score": round(score, 6)}
        return Evidence(kind="passage", source=self.place, quote=self.text, supported=True, values=values)

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"{self.source}, characters {self.start}-{self.end}"


def passages(document: Document, longest: int = LONGEST) -> Iterator[Passage]:
    """The passages of a document, in order."""
    for start, end, piece in cut(document.text, longest):
        yield Passage(document.id, document.source, start, end, piece, document.title)


def cut(text: str, longest: int = LONGEST) -> Iterator[tuple[int, int, str]]:
    """Passages of a text with their offsets: whole paragraphs, or as many whole sentences of one as fit.

    A single sentence that is longer is cut where it has to be. ``text[start:end]`` is the passage.
    """
    for paragraph in _PARAGRAPH.finditer(text):
        start = paragraph.start()
        last = start + len(paragraph.group().rstrip())
        while start < last:
            end = last
            if last - start > longest:
                ends = [found.start() for found in _SENTENCE_END.finditer(text, start, start + longest + 1)]
                end = next((end for end in reversed(ends) if start < end <= start + longest), start + longest)
            yield start, end, text[start:end]
            start = end
            while start < last and text[start].isspace():
                start += 1
