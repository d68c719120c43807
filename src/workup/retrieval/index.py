"""A folder of documents, searched: cut into passages, indexed by words and by meaning, kept on disk and up to date.

    folder   guidelines/*.pdf, notes/*.txt, pubmed.xml.gz, records.jsonl       (any of :data:`documents.KINDS`)
    index    manifest.json, parts/DIGEST.json (passages of one file), parts/DIGEST.npy (their vectors), words/ (BM25)
    search   "dose in renal impairment", year from 2015  ->  passage, "guideline.pdf, page 3, characters 120-640", score

A file is read and encoded again only when its content changed; the passages and vectors of the others are kept. The
result equals an index made of the folder at once. The manifest is written last, so that a stopped update leaves the old
index in place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from workup.errors import DataError, Issue, UserError
from workup.io import write_atomic
from workup.retrieval.bm25 import BM25
from workup.retrieval.dense import Dense, TextEncoder
from workup.retrieval.documents import KINDS, Document, Fact, documents, suffix_of
from workup.retrieval.passages import LONGEST, Passage, passages
from workup.retrieval.retriever import Hit, rank_fusion

FORMAT = 1
How = Literal["words", "meaning", "both"]
_DEPTH = 100


class Kept(msgspec.Struct, frozen=True):
    """A passage of an index.

    Attributes:
        id: Its id in the index: file and number.
        passage: The passage.
        facts: What is known of its document.
    """

    id: str
    passage: Passage
    facts: dict[str, Fact] = {}


class _File(msgspec.Struct, frozen=True):
    """A file of the folder as it was read: its digest, and what names its part."""

    digest: str
    part: str


class _Part(msgspec.Struct, frozen=True):
    """The passages of one file, and what of it could not be read."""

    documents: list[Document]
    issues: list[Issue]


class _Manifest(msgspec.Struct, frozen=True):
    format: int
    encoder: str
    longest: int
    files: dict[str, _File]


class FolderIndex:
    """The passages of a folder.

    Attributes:
        issues: What could not be read.
        changed: Files that the last update read, by what became of them: added, changed, removed.
    """

    def __init__(
        self, folder: Path, where: Path, *, encoder: TextEncoder | None = None, longest: int = LONGEST
    ) -> None:
        """Open the index of a folder, bringing it up to date.

        Args:
            folder: The folder, or a single file.
            where: Folder in which the index is kept; made if need be.
            encoder: What makes vectors, for search by meaning; None to do without.
            longest: Longest passage, in characters.

        Raises:
            UserError: The folder holds nothing that can be read.
            DataError: The index cannot be written.
        """
        if not folder.exists():
            raise DataError("does not exist", path=str(folder), remedy="name a folder of documents")
        self.folder = folder
        self.where = where
        self.encoder = encoder
        self.longest = longest
        self.issues: list[Issue] = []
        self.changed: dict[str, list[str]] = {"added": [], "changed": [], "removed": []}
        try:
            (where / "parts").mkdir(parents=True, exist_ok=True)
            self._update()
        except OSError as error:
            raise DataError(f"cannot be written: {error.strerror}", path=str(where), remedy="choose another") from error
        if not self.passages:
            raise UserError(f"{folder} holds nothing that can be searched; files may end in {', '.join(KINDS)}")

    def _update(self) -> None:
        before = self._manifest()
        files: dict[str, _File] = {}
        self.passages: list[Kept] = []
        vectors = []
        for name, path in self._files():
            digest = _sha256(path)
            # What a file becomes depends on its name as well, as places name it.
            key = hashlib.sha256(f"{FORMAT} {name} {digest}".encode()).hexdigest()[:32]
            old = before.files.get(name)
            if old is None or old.digest != digest:
                self.changed["changed" if old else "added"].append(name)
            files[name] = _File(digest, key)
            part = self._part(key, path, name)
            self.issues += part.issues
            own = [(passage, one.facts) for one in part.documents for passage in passages(one, self.longest)]
            self.passages += [
                Kept(f"{name}#{number}", passage, {**facts, "file": name})
                for number, (passage, facts) in enumerate(own)
            ]
            if self.encoder is not None:
                vectors.append(self._encoded(key, [passage for passage, _ in own]))
        self._vectors = np.concatenate(vectors) if vectors else None
        self.changed["removed"] = sorted(set(before.files) - set(files))
        manifest = _Manifest(FORMAT, self.encoder.name if self.encoder else before.encoder, self.longest, files)
        if manifest != before:
            self._words = BM25.build((kept.id, _said(kept.passage)) for kept in self.passages)
            self._words.save(self.where / "words")
            write_atomic(self.where / "manifest.json", msgspec.json.encode(manifest))
            self._sweep({file.part for file in files.values()})
        else:
            self._words = self._opened()

    def _opened(self) -> BM25:
        try:
            found = BM25.load(self.where / "words")
        except DataError:
            found = None
        if found is None or list(found.ids) != [kept.id for kept in self.passages]:
            found = BM25.build((kept.id, _said(kept.passage)) for kept in self.passages)
            found.save(self.where / "words")
        return found

    def _manifest(self) -> _Manifest:
        try:
            return msgspec.json.decode((self.where / "manifest.json").read_bytes(), type=_Manifest)
        except (OSError, msgspec.MsgspecError):
            return _Manifest(0, "", 0, {})

    def _files(self) -> list[tuple[str, Path]]:
        if not self.folder.is_dir():
            return [(self.folder.name, self.folder)]
        found = []
        for path in sorted(self.folder.rglob("*")):
            name = path.relative_to(self.folder)
            hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not hidden and suffix_of(path) in KINDS and not path.is_relative_to(self.where):
                found.append((name.as_posix(), path))
        return found

    def _part(self, key: str, path: Path, name: str) -> _Part:
        kept = self.where / "parts" / f"{key}.json"
        try:
            return msgspec.json.decode(kept.read_bytes(), type=_Part)
        except (OSError, msgspec.MsgspecError):
            pass
        read: list[Document] = []
        issues: list[Issue] = []
        try:
            for one in documents(path, name):
                (issues if isinstance(one, Issue) else read).append(one)  # type: ignore[arg-type]
        except DataError as error:
            issues.append(error.issue)
        part = _Part(read, issues)
        write_atomic(kept, msgspec.json.encode(part))
        return part

    def _encoded(self, key: str, own: Sequence[Passage]) -> Any:
        assert self.encoder is not None
        mark = hashlib.sha256(f"{self.encoder.name} {self.longest}".encode()).hexdigest()[:8]
        kept = self.where / "parts" / f"{key}-{mark}.npy"
        try:
            found = np.load(kept, allow_pickle=False)
            if len(found) == len(own):
                return found
        except (OSError, ValueError):
            pass
        made = Dense.build(((str(number), _said(one)) for number, one in enumerate(own)), self.encoder).vectors
        if not own:
            # Of the right width also when a file has no passage.
            made = self.encoder.encode([""])[:0].astype(np.float32)
        scratch = kept.with_suffix(".part.npy")
        np.save(scratch, made, allow_pickle=False)
        scratch.replace(kept)
        return made

    def _sweep(self, parts: set[str]) -> None:
        """Remove parts of files that are no longer there as they were."""
        for path in (self.where / "parts").iterdir():
            if path.name[:32] not in parts:
                path.unlink(missing_ok=True)

    @cached_property
    def _by_id(self) -> dict[str, Kept]:
        return {kept.id: kept for kept in self.passages}

    @cached_property
    def _meaning(self) -> Dense:
        if self.encoder is None or self._vectors is None:
            raise UserError("this index has no vectors; make it with an encoder to search by meaning")
        return Dense([kept.id for kept in self.passages], self._vectors, self.encoder)

    def __len__(self) -> int:
        return len(self.passages)

    def search(
        self, query: str, depth: int = 10, *, how: How = "words", where: Mapping[str, Any] | None = None
    ) -> list[tuple[Kept, float]]:
        """The best passages with their scores, best first.

        Args:
            query: What to look for.
            depth: How many.
            how: By words, by meaning, or both with their rankings fused.
            where: Facts that the document must have: a value, a list of values, or ``{"from": a, "to": b}``; the fact
                ``file`` is the name of the file.

        Raises:
            UserError: Search by meaning is asked of an index without vectors.
        """
        asked = max(depth, _DEPTH) if not where else len(self.passages)
        rankings: list[list[Hit]] = []
        if how in ("words", "both"):
            rankings.append(self._words.search(query, asked))
        if how in ("meaning", "both"):
            rankings.append(self._meaning.search(query, asked))
        hits = rankings[0] if len(rankings) == 1 else rank_fusion(rankings, asked)
        found = [(self._by_id[hit.id], hit.score) for hit in hits]
        return [(kept, score) for kept, score in found if has(kept.facts, where or {})][:depth]


def has(facts: Mapping[str, Fact], where: Mapping[str, Any]) -> bool:
    """Whether a document has the facts that are asked for.

    >>> has({"year": 2015, "kind": "guideline"}, {"year": {"from": 2010, "to": 2020}, "kind": ["guideline", "review"]})
    True
    >>> has({"year": 2015}, {"year": {"from": 2016}}), has({}, {"year": 2015})
    (False, False)
    """
    return all(field in facts and _meets(facts[field], wanted) for field, wanted in where.items())


def _meets(value: Fact, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        low, high = wanted.get("from"), wanted.get("to")
        try:
            return (low is None or value >= low) and (high is None or value <= high)
        except TypeError:
            return False
    if isinstance(wanted, list | tuple):
        return value in wanted
    return bool(value == wanted)


def _said(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        # The reader says what is wrong with it.
        return "unreadable"
