"""Documents of a file: plain text, records, PDF, PubMed XML; a part that cannot be read is listed and the rest goes on.

    notes.txt, .md                     one document
    .jsonl .json .csv .tsv .parquet    a document a record: ``text`` (or ``contents``), ``id``, ``title``; what else is
                                       short and plain becomes a fact to filter by
    .pdf                               a document a page, "guideline.pdf, page 3" (extra ``agents``)
    .xml                               PubMed: a document an article, with PMID, labelled abstract, year and journal

A file of any other kind is read as plain text when it is named; a folder is searched for these.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import msgspec

from workup.benchmarks.rows import Row, rows
from workup.errors import DataError, Issue, MissingExtra
from workup.io.safe import MAX_DOCUMENT, decode_text, open_source

FIELDS = ("text", "contents", "content", "passage")
"""Fields of a record that may hold its text, the first that does."""
TABLES = (".jsonl", ".json", ".csv", ".tsv", ".parquet")
TEXTS = (".txt", ".md", ".text")
KINDS = (*TABLES, *TEXTS, ".pdf", ".xml")
"""Suffixes that a folder is searched for; a ``.gz`` may follow any but ``.pdf`` and ``.parquet``."""
_LONGEST_FACT = 200
_MOST_FACTS = 20

Fact = str | int | float | bool


class Document(msgspec.Struct, frozen=True):
    """A document.

    Attributes:
        id: Its id within the file.
        source: Where to look: file, and record, page or article in it.
        title: Its title, if it has one.
        text: Its words.
        facts: What else is known of it, to filter by: year, journal, kind, ...
    """

    id: str
    source: str
    title: str
    text: str
    facts: dict[str, Fact] = {}


def documents(path: Path, name: str = "") -> Iterator[Document | Issue]:
    """The documents of a file, by its suffix; any other suffix is plain text.

    Args:
        path: The file.
        name: What to call it; its name when empty.

    Raises:
        DataError: The file cannot be read at all.
        MissingExtra: It is a PDF and the extra ``agents`` is not installed.
    """
    name = name or path.name
    kind = suffix_of(path)
    if kind in TABLES:
        yield from _records(path, name)
    elif kind == ".pdf":
        yield from _pages(path, name)
    elif kind == ".xml":
        yield from _articles(path, name)
    else:
        with open_source(path) as source:
            yield Document(path.stem, name, "", decode_text(source.read(), str(path)))


def suffix_of(path: Path) -> str:
    """Suffix that says how a file is read, ``.gz`` aside.

    >>> suffix_of(Path("a.XML.gz")), suffix_of(Path("b.pdf"))
    ('.xml', '.pdf')
    """
    kinds = [suffix.lower() for suffix in path.suffixes]
    if kinds and kinds[-1] == ".gz":
        kinds.pop()
    return kinds[-1] if kinds else ""


def _records(path: Path, name: str) -> Iterator[Document | Issue]:
    for row in rows(path):
        if isinstance(row, Issue):
            yield row
            continue
        text = next((value for field in FIELDS if isinstance(value := row.values.get(field), str)), None)
        if text is None or not text.strip():
            yield row.error("has no text", "text", f"give it a field {' or '.join(FIELDS)}").issue
            continue
        title = str(row.values.get("title") or "")
        yield Document(_identifier(row), f"{name}, record {row.record}", title, text, _facts(row))


def _identifier(row: Row) -> str:
    value = row.values.get("id", row.values.get("_id"))
    return str(value) if isinstance(value, str | int) else row.record


def _facts(row: Row) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for field, value in row.values.items():
        if field in ("id", "_id", "title", *FIELDS) or len(facts) == _MOST_FACTS:
            continue
        if isinstance(value, str | int | float) and len(str(value)) <= _LONGEST_FACT:
            facts[str(field)] = value
    return facts


def _pages(path: Path, name: str) -> Iterator[Document | Issue]:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError as error:
        raise MissingExtra("agents", "reading PDF documents") from error
    if path.stat().st_size > MAX_DOCUMENT:
        raise DataError("is too large a PDF", path=str(path), remedy="split it")
    try:
        reader = PdfReader(path)
        if reader.is_encrypted:
            raise DataError("is encrypted", path=str(path), remedy="save it without a password")
        count = len(reader.pages)
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise DataError(f"is no readable PDF: {error}", path=str(path), remedy="save it again") from error
    title = str(reader.metadata.title or "") if reader.metadata else ""
    empty = 0
    for number in range(count):
        try:
            text = reader.pages[number].extract_text()
        except Exception as error:
            # A page of a broken PDF may fail in any way; the others are still of use.
            remedy = "save the PDF again, or as text"
            yield DataError(
                f"cannot be read: {type(error).__name__}", path=str(path), record=f"page {number + 1}", remedy=remedy
            ).issue
            continue
        text = text.encode("utf-8", "replace").decode()
        if text.strip():
            yield Document(f"{path.stem}-{number + 1}", f"{name}, page {number + 1}", title, text, {"page": number + 1})
        else:
            empty += 1
    if empty:
        message = f"{empty} of {count} pages hold no text"
        yield Issue(message=message, remedy="scanned pages need a text layer first", path=str(path), code="no_text")


def _articles(path: Path, name: str) -> Iterator[Document | Issue]:
    found = 0
    try:
        with open_source(path) as source:
            data = source.read()
        if b"<!ENTITY" in data:
            raise DataError("declares entities, which PubMed does not", path=str(path), remedy="do not use this file")
        for _, element in ElementTree.iterparse(_Reader(data), events=("end",)):
            if element.tag != "PubmedArticle":
                continue
            found += 1
            yield _article(element, path, name, found)
            element.clear()
    except ElementTree.ParseError as error:
        message = f"is no whole XML: {error}"
        if not found:
            raise DataError(message, path=str(path), remedy="download it again") from error
        yield DataError(message, path=str(path), record=f"article {found + 1}", remedy="download it again").issue
    if not found:
        raise DataError("holds no PubmedArticle", path=str(path), remedy="give PubMed's XML, or text")


class _Reader:
    """Bytes for the parser, a block at a time, so that articles are there before the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int = 1 << 16) -> bytes:
        part = self._data[self._at : self._at + size]
        self._at += len(part)
        return part


def _article(element: ElementTree.Element, path: Path, name: str, number: int) -> Document | Issue:
    def words(one: ElementTree.Element | None) -> str:
        return " ".join("".join(one.itertext()).split()) if one is not None else ""

    pmid = words(element.find("MedlineCitation/PMID")) or str(number)
    article = element.find("MedlineCitation/Article")
    title = words(article.find("ArticleTitle")) if article is not None else ""
    parts = []
    for part in article.iterfind("Abstract/AbstractText") if article is not None else ():
        label = part.get("Label", "")
        parts.append(f"{label}: {words(part)}" if label else words(part))
    text = "\n\n".join(part for part in parts if part) or title
    if not text:
        record = f"PMID {pmid}"
        return DataError("has neither title nor abstract", path=str(path), record=record, remedy="leave it out").issue
    facts: dict[str, Fact] = {"journal": words(article.find("Journal/Title")) if article is not None else ""}
    date = element.find("MedlineCitation/Article/Journal/JournalIssue/PubDate")
    year = words(date.find("Year")) or words(date.find("MedlineDate"))[:4] if date is not None else ""
    if year.isdigit():
        facts["year"] = int(year)
    return Document(pmid, f"PMID:{pmid}, {name}", title, text, {key: value for key, value in facts.items() if value})
