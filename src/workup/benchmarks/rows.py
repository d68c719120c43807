"""Rows of released files: JSON lines, JSON lists and objects, CSV and TSV, read safely and one by one.

Every benchmark reads through this module, so that a broken row is listed with file, record and remedy, and the rest
goes on. Nothing in a data file is ever executed or unpickled.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from workup.case import Case
from workup.errors import DataError, Issue
from workup.io.parquet import iter_rows
from workup.io.safe import LineTooLong, decode_json, decode_text, open_source
from workup.simulate.labelling import is_simulated, says_simulated

_ANY = msgspec.json.Decoder()
_WHOLE = re.compile(r"(\d{1,15})(?:\.0*)?", re.ASCII)
# Longest question that makes sense; a longer one is a file in the wrong place.
MAX_FIELD = 4 * 1024**2
# Longest text of a list or dict; released ones have some 20,000 characters.
_MAX_LITERAL = 1_000_000
# So many unreadable records one after another are another kind of file, and listing them all would fill the memory.
MOST_UNREADABLE = 10_000


class Row(msgspec.Struct, frozen=True):
    """One record of a file.

    Attributes:
        path: The file.
        record: Line number from 1, position in a list from 1, or key in an object.
        values: The fields.
    """

    path: str
    record: str
    values: Mapping[str, Any]

    def text(self, field: str, *, empty: bool = False) -> str:
        """A field that must be text.

        Raises:
            DataError: It is missing, no text, or (unless ``empty``) blank.
        """
        value = self.values.get(field)
        if not isinstance(value, str):
            what = "is missing" if field not in self.values else f"is {type(value).__name__}, not text"
            raise self.error(what, field, f"its fields: {', '.join(map(str, list(self.values)[:12]))}")
        if not value.strip() and not empty:
            raise self.error("is empty", field, "fill it in or leave the record out")
        if len(value) > MAX_FIELD:
            raise self.error(f"has {len(value)} characters", field, "check the file; this is no single field")
        return value

    def options(self, field: str = "options") -> dict[str, str]:
        """Answer options by key, from an object or a list (which gets A, B, C, ...).

        A table holds them as the text of one, in JSON or as Python prints it.

        Raises:
            DataError: There are fewer than two, or one is no text.
        """
        value = self.values.get(field)
        if isinstance(value, str):
            value = literal(value)
        if isinstance(value, list):
            value = {chr(ord("A") + i): option for i, option in enumerate(value)}
        if not isinstance(value, dict) or len(value) < 2:
            raise self.error("holds no options", field, "must be an object of at least two options by letter")
        wrong = [key for key, option in value.items() if not isinstance(option, str)]
        if wrong:
            raise self.error(f"option {wrong[0]} is no text", field, "must be text")
        return {str(key): option for key, option in value.items()}

    def whole(self, field: str) -> int:
        """A field that must be a whole number from 0: a number, or its text (spreadsheets write ``7.0``).

        Raises:
            DataError: It is missing or something else.
        """
        value = self.values.get(field)
        found = _WHOLE.fullmatch(str(value).strip()) if isinstance(value, int | float | str) else None
        if found is None or isinstance(value, bool):
            what = "is missing" if field not in self.values else f"is {str(value)[:40]!r}, no whole number from 0"
            raise self.error(what, field, "give a whole number, or leave the record out")
        return int(found[1])

    def key(self, field: str) -> str:
        """A field that identifies something: text, or a whole number as text.

        Raises:
            DataError: It is missing, empty or something else.
        """
        value = self.values.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(self.whole(field))
        return self.text(field).strip()

    def one_of(self, field: str, allowed: Sequence[str]) -> str:
        """A field that must be one of some values.

        Raises:
            DataError: It is none of them.
        """
        value = self.text(field)
        if value not in allowed:
            raise self.error(f"is {value!r}", field, f"must be one of {', '.join(allowed)}")
        return value

    def error(self, message: str, field: str = "", remedy: str = "correct it, or leave the record out") -> DataError:
        """An error that names this record."""
        return DataError(message, path=self.path, record=self.record, field=field, remedy=remedy)


def literal(text: str) -> object:
    """What a cell says in JSON or as Python prints it; nothing of it is run. None when it is neither.

    >>> literal('["Gout"]'), literal("{'A': 'Gout'}"), literal("__import__('os')")
    (['Gout'], {'A': 'Gout'}, None)
    """
    if len(text) > _MAX_LITERAL:
        return None
    for read in (_ANY.decode, ast.literal_eval):
        try:
            value: object = read(text)
        except (msgspec.DecodeError, UnicodeError, ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        return value
    return None


def json_object(path: Path) -> dict[str, Any]:
    """A file that holds one JSON object.

    Raises:
        DataError: It cannot be read or holds something else.
    """
    with open_source(path) as source:
        data = source.read()
    value = decode_json(data, str(path), decoder=_ANY)
    if not isinstance(value, dict):
        raise DataError(f"holds a {type(value).__name__}, not a JSON object", path=str(path), remedy="check the file")
    return value


def rows(path: Path, *, columns: Sequence[str] = ()) -> Iterator[Row | Issue]:
    """The rows of a file, in order; a row that cannot be read is an issue.

    ``.csv`` and ``.tsv`` have a header line, and any file may be packed (``.csv.gz``). A JSON file holds a list of
    objects, an object of objects (the key becomes the record) or one object a line. ``.parquet`` needs the extra
    ``data``.

    Args:
        path: The file.
        columns: Names of the columns of a table that has no header line.

    Raises:
        DataError: The file itself cannot be read.
        MissingExtra: It is a Parquet file and the extra ``data`` is not installed.
    """
    suffix = _suffix(path)
    if suffix in (".csv", ".tsv"):
        yield from _table(path, columns)
        return
    if suffix == ".parquet":
        yield from _parquet(path)
        return
    with open_source(path) as source:
        first = source.peek_line()
        whole = first.lstrip()[:1] == b"[" or (first.lstrip()[:1] == b"{" and not _is_object(first))
        if not whole:
            for number, line in source.lines():
                yield _line(str(path), str(number), line)
            return
        data = source.read()
    value = decode_json(data, str(path), decoder=_ANY)
    if isinstance(value, list):
        for number, entry in enumerate(value, 1):
            yield _row(str(path), str(number), entry)
    else:
        yield from _members(path, value)


def _suffix(path: Path) -> str:
    """What kind of file it is: its ending, or the one before ``.gz``."""
    ends = [end.lower() for end in path.suffixes]
    return ends[-2] if len(ends) > 1 and ends[-1] == ".gz" else ends[-1] if ends else ""


def _members(path: Path, value: dict[str, Any]) -> Iterator[Row | Issue]:
    # One object alone is one record, unless its members are the records.
    if value and all(isinstance(member, dict) for member in value.values()):
        for key, member in value.items():
            yield _row(str(path), key, member)
    else:
        yield _row(str(path), "1", value)


def _is_object(line: bytes) -> bool:
    """Whether the line is a record on its own, and not the beginning (or all) of an object of records."""
    try:
        value = _ANY.decode(line)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return isinstance(value, dict) and not (value and all(isinstance(member, dict) for member in value.values()))


def _line(path: str, record: str, line: bytes | LineTooLong) -> Row | Issue:
    try:
        if isinstance(line, LineTooLong):
            raise DataError("is too long a line", path=path, record=record, remedy="one record a line")
        return _row(path, record, decode_json(line, path, record=record, decoder=_ANY))
    except DataError as error:
        return msgspec.structs.replace(error.issue, record=error.issue.record or record)


def _row(path: str, record: str, value: object) -> Row | Issue:
    if isinstance(value, dict):
        return Row(path, record, value)
    return DataError(
        f"is a {type(value).__name__}, not an object", path=path, record=record, remedy="one object a record"
    ).issue


def _parquet(path: Path) -> Iterator[Row | Issue]:
    # Guarded against damage and bombs as the readers of cases are.
    for number, values in enumerate(iter_rows(path), 1):
        yield Row(str(path), str(number), values)


def _table(path: Path, columns: Sequence[str]) -> Iterator[Row | Issue]:
    with open_source(path) as source:
        text = decode_text(source.read(), str(path))
    delimiter = "\t" if _suffix(path) == ".tsv" else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = list(columns) or [name.strip() for name in next(reader, [])]
        # Spreadsheets leave columns without a name behind; they hold nothing.
        named = [name for name in header if name]
        if len(set(named)) != len(named):
            twice = next(name for name in named if named.count(name) > 1)
            raise DataError(f"has two columns named {twice!r}", path=str(path), remedy="rename one")
        for cells in reader:
            record = str(reader.line_num)
            if not cells:
                continue
            if len(cells) != len(header):
                yield DataError(
                    f"has {len(cells)} cells for {len(header)} columns",
                    path=str(path),
                    record=record,
                    remedy="quote cells that hold the delimiter",
                ).issue
                continue
            yield Row(str(path), record, {name: cell for name, cell in zip(header, cells, strict=True) if name})
    except csv.Error as error:
        raise DataError(f"is no table: {error}", path=str(path), remedy="save it as CSV again") from error


def cases(paths: Sequence[Path], read: Callable[[Row], Case], *, columns: Sequence[str] = ()) -> Iterator[Case | Issue]:
    """Cases of the rows of some files; a second record with the same id is listed and left out.

    Args:
        paths: Files, in order.
        read: Makes a case of a row; raises :class:`~workup.errors.DataError` when it cannot. A row that says of itself
            that it is simulated makes a case that says so.
        columns: Names of the columns of tables that have no header line.
    """
    # The place only: a row holds its whole text.
    seen: dict[str, tuple[str, str]] = {}
    for path in paths:
        unreadable = 0
        for row in rows(path, columns=columns):
            if unreadable >= MOST_UNREADABLE:
                raise DataError(
                    f"has {unreadable} records one after another that cannot be read",
                    path=str(path),
                    record=row.record,
                    remedy="check that this is the file of this benchmark",
                )
            if isinstance(row, Issue):
                unreadable += 1
                yield row
                continue
            try:
                case = read(row)
            except DataError as error:
                issue = error.issue
                unreadable += 1
                yield msgspec.structs.replace(
                    issue, path=issue.path or row.path, record=issue.record or row.record, severity="error"
                )
                continue
            unreadable = 0
            if (first := seen.get(case.id)) is not None:
                yield row.error(
                    f"has the id {case.id!r} of record {first[1]} of {first[0]}", "id", "give each record its own"
                ).issue
                continue
            seen[case.id] = (row.path, row.record)
            if says_simulated(row.values) and not is_simulated(case.provenance):
                case = msgspec.structs.replace(case, provenance={**case.provenance, "simulated": True})
            yield case
