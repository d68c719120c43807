"""Passages of a corpus, each with its place in the source, and the check of what is quoted from them.

A corpus is a file, read as :mod:`workup.retrieval.documents` says: records, plain text, PDF or PubMed XML. Long texts
are cut into passages at paragraphs and sentences (:mod:`workup.retrieval.passages`). A whole folder, kept on disk, is
:mod:`workup.retrieval.index`.
"""

from __future__ import annotations

import re
from pathlib import Path

from workup.errors import DataError, Issue, UserError
from workup.evaluation.runner import digest
from workup.reasoners.lexical import Bm25
from workup.reasoning import Evidence
from workup.retrieval.documents import FIELDS, documents
from workup.retrieval.passages import LONGEST, Passage, cut, passages

__all__ = ["LONGEST", "Corpus", "Passage", "cut", "quotations"]

_QUOTED = re.compile(r'"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»|「([^」\n]+)」|„([^“”\n]+)[“”]')
# Shorter ones are terms, not quotations: about three words, or half as many characters in scripts without spaces.
_LEAST_QUOTED = 12


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
            for item in documents(path):
                if isinstance(item, Issue):
                    self.unread.append(item)
                else:
                    self.passages.extend(passages(item))
        except (DataError, OSError) as error:
            raise UserError(f"the corpus cannot be used: {error}") from error
        if not self.passages:
            raise UserError(
                f"the corpus cannot be used: {path.name} holds no record with a field {' or '.join(FIELDS)}"
            )
        self._index = Bm25([f"{passage.title} {passage.text}" for passage in self.passages])

    def search(self, query: str, count: int) -> list[tuple[Passage, float]]:
        """The best passages with their scores, best first; fewer when fewer have a word in common with the query."""
        return [(self.passages[place], score) for place, score in self._index.best(query, count)]


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
