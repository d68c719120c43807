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
from workup.reasoning import Evidence
from workup.retrieval.documents import FIELDS, documents
from workup.retrieval.over import retriever_over
from workup.retrieval.passages import LONGEST, Passage, cut, passages
from workup.retrieval.retriever import Retriever

__all__ = ["LONGEST", "Corpus", "Passage", "cut", "quotations"]

_QUOTED = re.compile(r'"([^"\n]+)"|“([^”\n]+)”|«([^»\n]+)»|「([^」\n]+)」|„([^“”\n]+)[“”]')
# Shorter ones are terms, not quotations: about three words, or half as many characters in scripts without spaces.
_LEAST_QUOTED = 12


class Corpus:
    """The passages of a file, searched.

    Attributes:
        name: Name of the file, without its folder.
        sha256: Its digest.
        passages: All passages, in order.
        unread: Records that could not be read.
        retriever: Searches them; it knows a passage by its document and where it begins.
    """

    def __init__(self, path: Path, retriever: str = "bm25", language: str = "none") -> None:
        """Read and index a file.

        Args:
            path: The file.
            retriever: How to search: ``bm25``, ``dense`` or ``hybrid``.
            language: How words are stemmed; ``none`` needs nothing that is not installed.

        Raises:
            UserError: It cannot be read, holds no text, or there is no such retriever.
            MissingExtra: The retriever needs something that is not installed.
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
        # Two documents may have one name, as when two files were put together.
        self._places: dict[str, int] = {}
        for place, passage in enumerate(self.passages):
            name = f"{passage.document}:{passage.start}"
            self._places[f"{name}#{place}" if name in self._places else name] = place
        words = [(name, f"{one.title} {one.text}") for name, one in zip(self._places, self.passages, strict=True)]
        self.retriever: Retriever = retriever_over(words, retriever, language)

    def search(self, query: str, count: int) -> list[tuple[Passage, float]]:
        """The best passages with their scores, best first; by words, those without a word in common are left out."""
        return [(self.passages[self._places[hit.id]], hit.score) for hit in self.retriever.search(query, count)]

    @property
    def texts(self) -> dict[str, str]:
        """Words of each passage, by the name that the retriever knows it by."""
        return {name: self.passages[place].text for name, place in self._places.items()}


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
