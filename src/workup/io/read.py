"""Reading cases from any file, folder or text: the format is told by the content."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import msgspec

from workup.case import Case
from workup.errors import DataError, Issue, UserError
from workup.io.clean import Notes, refuse_many
from workup.io.listing import read_list
from workup.io.note import SUFFIXES as _TEXT_SUFFIXES
from workup.io.note import decode_loosely, is_no_list, looks_like_note, read_note
from workup.io.parquet import is_parquet, read_parquet
from workup.io.records import KINDS, Kind, ReadResult, RecordReader
from workup.io.safe import (
    MAX_LINE,
    STDIN,
    LineTooLong,
    Source,
    decode_json,
    decode_text,
    open_source,
    source_of,
)
from workup.io.table import read_table, sniff_delimiter

Layout = Literal["json", "jsonl", "table", "list", "note"]
LAYOUTS: tuple[Layout, ...] = ("json", "jsonl", "table", "list", "note")
FORMATS: tuple[str, ...] = (*LAYOUTS, *KINDS)
"""Values of ``format``: a layout of the file, or the kind of its JSON records."""

SUFFIXES = (
    *(".json", ".jsonl", ".ndjson", ".parquet", ".phenopacket"),
    *(".list", ".hpo", ".csv", ".tsv", ".tab"),
    *_TEXT_SUFFIXES,
)
"""Files of a folder that are read, each also with ``.gz`` after it; not those called README."""

_JSONL_SUFFIXES = (".jsonl", ".ndjson")
_TABLE_SUFFIXES = (".csv", ".tsv", ".tab")
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def read_cases(path: str | os.PathLike[str], *, format: str | None = None) -> ReadResult:
    """Read all cases of a file, a folder or, for ``-``, standard input.

    Args:
        path: A file (gzip or not), a folder (every file in it and below with one of :data:`SUFFIXES`, in
            sorted order), or ``-``.
        format: One of :data:`FORMATS`, to override what the content says.

    Returns:
        Cases and issues. In a batch a bad record is an issue of severity ``error``, named by its line number
        (JSONL, tables, lists), its position from 1 (JSON lists) or its id.

    Raises:
        DataError: Nothing can be read from it; names path, record, field and remedy.
        UserError: ``format`` is not known.
    """
    cases: list[Case] = []
    issues: list[Issue] = []
    for item in iter_cases(path, format=format):
        if isinstance(item, Case):
            cases.append(item)
        else:
            issues.append(item)
    return ReadResult(tuple(cases), tuple(issues))


def iter_cases(path: str | os.PathLike[str], *, format: str | None = None) -> Iterator[Case | Issue]:
    """Yield cases and issues as they are read; JSONL in flat memory, one line at a time.

    Arguments and errors are those of :func:`read_cases`; errors come with the first ``next()``, except
    that of an unknown ``format``.
    """
    return flat(iter_records(path, format=format))


def iter_records(path: str | os.PathLike[str], *, format: str | None = None) -> Iterator[ReadResult]:
    """The same record by record, so that it is known which case an issue is about.

    A table is one record, however many patients it has.
    """
    layout, kind = _format(format)
    name = os.fspath(path)
    if name != "-" and _is_folder(name):
        return _folder(name, layout, kind)
    return _file(name, layout, kind)


def flat(records: Iterable[ReadResult]) -> Iterator[Case | Issue]:
    """Cases and issues one by one, those of a record after its cases."""
    for record in records:
        yield from record.cases
        yield from record.issues


def cases_from_text(text: str, *, name: str = "text", format: str | None = None) -> ReadResult:
    """Read cases from a text: findings as typed on a command line, a note, or the content of any file.

    Args:
        text: The text.
        name: What to call it in messages, and the case.
        format: One of :data:`FORMATS`, to override what the content says.

    >>> case = cases_from_text("HP:0001250,-HP:0000252,Seizure").cases[0]
    >>> [(finding.id, finding.status) for finding in case.findings]
    [('HP:0001250', 'present'), ('HP:0000252', 'excluded'), ('Seizure', 'present')]
    """
    # Command lines can hold bytes that are not UTF-8, which Python keeps as lone surrogates.
    source = source_of(text.encode(errors="replace"), name)
    cases: list[Case] = []
    issues: list[Issue] = []
    for item in flat(_read(source, *_format(format), "", name)):
        if isinstance(item, Case):
            cases.append(item)
        else:
            issues.append(item)
    return ReadResult(tuple(cases), tuple(issues))


def _format(name: str | None) -> tuple[Layout | None, Kind | None]:
    if name is None:
        return None, None
    if name in LAYOUTS:
        return name, None
    if name in KINDS:
        return None, name
    near = get_close_matches(name, FORMATS, n=3) or FORMATS
    raise UserError(f"no format named {name!r}; try {', '.join(near)}")


def _is_folder(name: str) -> bool:
    try:
        return os.path.isdir(name)
    except ValueError:
        return False


def _folder(name: str, layout: Layout | None, kind: Kind | None) -> Iterator[ReadResult]:
    if not os.access(name, os.R_OK | os.X_OK):
        raise DataError("may not be read", path=name, remedy="ask for permission to read it", code="permission")
    found: list[str] = []
    passed_over = 0
    for folder, inner, files in os.walk(name):  # symbolic links to folders are not followed, so no loops
        inner[:] = sorted(entry for entry in inner if not entry.startswith("."))
        for file in sorted(files):
            if not file.startswith("."):
                name_only = file.lower().removesuffix(".gz")
                readable = name_only.endswith(SUFFIXES) and not name_only.startswith("readme.")
                found += [os.path.join(folder, file)] if readable else []
                passed_over += not readable
    if not found:
        raise DataError(
            "is a folder without any file of cases",
            path=name,
            remedy=f"files of cases end in {', '.join(SUFFIXES)}",
            code="empty",
        )
    for file in sorted(found):
        try:
            yield from _file(file, layout, kind)
        except DataError as error:
            yield ReadResult(issues=(error.issue,))
    if passed_over:
        passed = Issue(
            message=f"{passed_over} files whose names do not end like files of cases were passed over",
            remedy="name such a file itself to read it",
            severity="info",
            code="not_used",
            path=name,
        )
        yield ReadResult(issues=(passed,))


def _file(name: str, layout: Layout | None, kind: Kind | None) -> Iterator[ReadResult]:
    if name != "-" and is_parquet(name):
        yield from read_parquet(Path(name), kind)
        return
    with open_source(name) as source:
        base = Path(name).name.removesuffix(".gz") if name != "-" else STDIN
        suffix = Path(base).suffix.lower()
        # A name that is not UTF-8 cannot stand in JSON.
        stem = Path(base).stem.encode(errors="replace").decode()
        yield from _read(source, layout, kind, suffix, stem)


def _read(source: Source, layout: Layout | None, kind: Kind | None, suffix: str, stem: str) -> Iterator[ReadResult]:
    first = source.peek_line()
    if not first:
        raise DataError("is empty", path=source.path, remedy="write a case into it", code="empty")
    chosen = layout
    layout = layout or _layout(source, first, suffix, json_wanted=kind is not None)
    if layout == "jsonl":
        yield from _lines(source, kind, stem)
    elif layout == "json":
        yield from _document(source, kind, stem)
    else:
        notes = Notes(source.path)
        data = source.read()
        text = decode_text(data, source.path) if layout == "table" else decode_loosely(data, notes)
        if layout == "table" and (chosen or suffix in _TABLE_SUFFIXES or not looks_like_note(text)):
            cases = read_table(text, notes, stem)
        elif layout == "note" or (chosen is None and looks_like_note(text)):
            cases = [read_note(text, notes, stem)]
        else:
            doubtful = chosen is None and (suffix in _TEXT_SUFFIXES or stem == STDIN)
            cases = [_list_or_note(text, notes, stem, doubtful)]
        yield _of_possible_size(cases, notes)


def _of_possible_size(cases: list[Case], notes: Notes) -> ReadResult:
    """The cases without those that have more findings than one patient can; these become issues.

    Raises:
        DataError: The only case has.
    """
    kept = []
    for case in cases:
        try:
            refuse_many(len(case.findings), notes.path, case.id if len(cases) > 1 else "")
        except DataError as error:
            if len(cases) == 1:
                raise
            notes.issues.append(error.issue)
        else:
            kept.append(case)
    return ReadResult(tuple(kept), tuple(notes.issues))


def _list_or_note(text: str, notes: Notes, stem: str, doubtful: bool) -> Case:
    """A list of findings, or the note that it turns out to be where that is doubtful."""
    before = len(notes.issues)
    try:
        case = read_list(text, notes, stem)
    except DataError:
        if not doubtful or not any(map(str.isalpha, text)):
            raise
        case = None
    if case is None or (doubtful and is_no_list(text, case)):
        del notes.issues[before:]  # they are about lines of a list
        case = read_note(text, notes, stem)
    return case


def _layout(source: Source, first: bytes, suffix: str, *, json_wanted: bool) -> Layout:
    start = first.lstrip()[:1]
    # A note may begin with "[Name removed]" or "[** date **]"; a list of cases cannot.
    inner = first.lstrip()[1:].lstrip()[:1]
    bracketed = start == b"[" and suffix in ("", *_TEXT_SUFFIXES) and (inner.isalpha() or inner == b"*")
    if (start in (b"{", b"[") and not bracketed) or json_wanted:
        if suffix in _JSONL_SUFFIXES:
            return "jsonl"
        # Pretty-printed JSON has an incomplete first line, so the second line never starts a new object.
        second = source.peek_second().lstrip()
        return "jsonl" if start == b"{" and second[:1] == b"{" else "json"
    if suffix in _JSONL_SUFFIXES:
        return "jsonl"
    line = first
    if line.lstrip().startswith(b"#"):
        line = source.peek_second() or first
    text = line[:10_000].decode(errors="replace").strip()
    if sniff_delimiter(text) is not None:
        return "table"
    # A table of findings without header must not be taken for a list: its columns would become findings.
    several = any(sign in text for sign in ",;\t")
    return "table" if suffix in _TABLE_SUFFIXES and several else "list"


def _lines(source: Source, kind: Kind | None, stem: str) -> Iterator[ReadResult]:
    reader = RecordReader(source.path, stem, kind)
    for number, line in source.lines():
        try:
            if isinstance(line, LineTooLong):
                raise DataError(
                    f"is a line of over {MAX_LINE // 1024**2} MB",
                    path=source.path,
                    record=str(number),
                    remedy="write one case a line, with signals and images in files of their own",
                    code="too_large",
                )
            cases, issues = reader.read(line, str(number))
        except DataError as error:
            yield ReadResult(issues=(error.issue,))
        else:
            yield ReadResult(tuple(cases), tuple(issues))


def _document(source: Source, kind: Kind | None, stem: str) -> Iterator[ReadResult]:
    data = source.read()
    decode_text(data, source.path)
    reader = RecordReader(source.path, stem, kind)
    parts = _parts(data, source.path)
    if parts is None:
        cases, issues = reader.read(data)
        yield ReadResult(tuple(cases), tuple(issues))
        return
    if not parts:
        raise DataError("holds an empty list of cases", path=source.path, remedy="add cases", code="empty")
    for number, part in enumerate(parts, 1):
        try:
            cases, issues = reader.read(bytes(part), str(number))
        except DataError as error:
            yield ReadResult(issues=(error.issue,))
        else:
            yield ReadResult(tuple(cases), tuple(issues))


def _parts(data: bytes, path: str) -> list[msgspec.Raw] | None:
    """The members of a JSON list, or of ``{"cases": [...]}``; None for a single record."""
    if data.lstrip()[:1] == b"[":
        parts: list[msgspec.Raw] = decode_json(data, path, decoder=_RAW_LIST)
        return parts
    if b'"cases"' not in data:
        return None
    try:
        cases = decode_json(data, path, decoder=_RAW_OBJECT).get("cases")
        return None if cases is None else _RAW_LIST.decode(cases)
    except msgspec.ValidationError:
        return None
