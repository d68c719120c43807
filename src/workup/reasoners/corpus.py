"""Passages of a corpus, each with its place in the source, and the check of what is quoted from them.

A corpus is a file of records (JSON lines with ``text``, or ``contents``; ``id`` and ``title`` if there are any) or a
plain text, in which a blank line ends a paragraph. Long texts are cut into passages at paragraphs and sentences.

>>> [text for _, _, text in cut("One. Two. Three.", longest=10)]
['One. Two.', 'Three.']
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workup.benchmarks.rows import Row, rows
from workup.errors import DataError, Issue, UserError
from workup.evaluation.runner import digest
from workup.io.safe import decode_text, open_source
from workup.reasoners.lexical import Bm25
from workup.reasoning import Evidence

LONGEST = 1000
"""Longest passage, in characters."""

_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_QUOTED = re.compile(r'"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»|「([^」\n]+)」|„([^“”\n]+)[“”]')
# Shorter ones are terms, not quotations: about three words, or half as many characters in scripts without spaces.
_LEAST_QUOTED = 12
_FIELDS = ("text", "contents", "content", "passage")
_TABLES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")


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


class Corpus:
    """The passages of a file, searched by BM25.

    Attributes:
        name: Name of the file, without its folder.
        sha256: Its digest.
        passages: All passages, in order.
        unread: Records that could not be read.
    """

    def __init__(self, path: Path) -> None:
        """Read and index a file.

        Raises:
            UserError: It cannot be read, or holds no text.
        """
        self.name = path.name
        self.passages: list[Passage] = []
        self.unread: list[Issue] = []
        try:
            self.sha256 = digest(path)
            for item in _documents(path):
                if isinstance(item, Issue):
                    self.unread.append(item)
                    continue
                document, source, title, text = item
                self.passages.extend(
                    Passage(document, source, start, end, piece, title) for start, end, piece in cut(text)
                )
        except (DataError, OSError) as error:
            raise UserError(f"the corpus cannot be used: {error}") from error
        if not self.passages:
            raise UserError(
                f"the corpus cannot be used: {path.name} holds no record with a field {' or '.join(_FIELDS)}"
            )
        self._index = Bm25([f"{passage.title} {passage.text}" for passage in self.passages])

    def search(self, query: str, count: int) -> list[tuple[Passage, float]]:
        """The best passages with their scores, best first; fewer when fewer have a word in common with the query."""
        return [(self.passages[place], score) for place, score in self._index.best(query, count)]


def _documents(path: Path) -> Iterator[tuple[str, str, str, str] | Issue]:
    """Id, source, title and text of each document."""
    if path.suffix.lower() not in _TABLES:
        with open_source(path) as source:
            yield path.stem, path.name, "", decode_text(source.read(), str(path))
        return
    for row in rows(path):
        if isinstance(row, Issue):
            yield row
            continue
        text = next((value for field in _FIELDS if isinstance(value := row.values.get(field), str)), None)
        if text is None or not text.strip():
            yield row.error("has no text", "text", f"give it a field {' or '.join(_FIELDS)}").issue
            continue
        yield _identifier(row), f"{path.name}, record {row.record}", str(row.values.get("title") or ""), text


def _identifier(row: Row) -> str:
    value = row.values.get("id", row.values.get("_id"))
    return str(value) if isinstance(value, str | int) else row.record


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


def quotations(reply: str, passages: list[Passage]) -> list[tuple[str, Evidence]]:
    """Every quotation in a reply, with the passage that it was found in, or marked as unsupported.

    White space and letter case aside, a quotation must stand in a passage as it is.

    >>> passage = Passage("d1", "corpus.txt", 10, 37, "Measles begins with a fever.")
    >>> reply = 'It "begins with a  fever", then "begins with a rash".'
    >>> [(words, evidence.supported) for words, evidence in quotations(reply, [passage])]
    [('begins with a  fever', True), ('begins with a rash', False)]
    """
    found = []
    for match in _QUOTED.finditer(reply):
        words = next(group for group in match.groups() if group)
        if len(words) < (_LEAST_QUOTED if words.isascii() else _LEAST_QUOTED // 2):
            continue
        found.append((words, _supported(words, passages)))
    return found


def _supported(words: str, passages: list[Passage]) -> Evidence:
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words.strip(" .,;…").split()), re.IGNORECASE)
    for passage in passages:
        if pattern.pattern and (match := pattern.search(passage.text)):
            start, end = passage.start + match.start(), passage.start + match.end()
            return Evidence(
                kind="passage",
                source=f"{passage.source}, characters {start}-{end}",
                quote=words,
                supported=True,
                values={"document": passage.document, "start": start, "end": end},
            )
    return Evidence(kind="passage", source="none of the passages that were given", quote=words, supported=False)
