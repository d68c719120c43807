"""Cases in a Parquet file: one row a case, read some hundred rows at a time.

Two layouts, told by the columns:

* a text column ``case``: each value is the JSON of one case, in any of the kinds that a JSONL file may hold;
  other columns are not used;
* otherwise each row is such an object itself: its columns are the fields, nulls are left out, and findings are a
  nested column, ``findings: list<struct<id: string, label: string, status: string, ...>>`` for workup's own cases,
  ``observed`` and ``excluded`` for flattened phenopackets.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import DataError, MissingExtra
from workup.io.records import Kind, ReadResult, RecordReader

MAGIC = b"PAR1"
JSON_COLUMN = "case"
_ROWS_AT_ONCE = 256
# What one row group may claim to unpack to.
MAX_ROW_GROUP = 4 * 1024**3


def is_parquet(path: str | Path) -> bool:
    """Whether a regular file begins like a Parquet file."""
    try:
        # Opening a device can already act on it, and a pipe would hang.
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as stream:
            return stream.read(4) == MAGIC
    except (OSError, ValueError):
        return False


def row_count(path: Path) -> int:
    """Number of rows, from the file's footer.

    Raises:
        DataError: It is damaged.
        MissingExtra: pyarrow is not installed.
    """
    with _open(path) as file:
        return int(file.metadata.num_rows)


def read_parquet(path: Path, kind: Kind | None = None) -> Iterator[ReadResult]:
    """Yield the cases of each row, and what there is to say of it; a row that is none has an issue alone.

    Args:
        path: The file.
        kind: Kind of the records; told by their content without it.

    Raises:
        DataError: The file is damaged or too large to be real.
        MissingExtra: pyarrow is not installed.
    """
    # A name that is not UTF-8 cannot stand in JSON.
    reader = RecordReader(str(path), path.stem.encode(errors="replace").decode(), kind)
    for number, row in enumerate(iter_rows(path, only=JSON_COLUMN), 1):
        yield _row(row, str(number), reader)


def iter_rows(path: Path, *, only: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file, read some hundred at a time.

    Args:
        path: The file.
        only: A column that is read alone, where the file has it.

    Raises:
        DataError: The file is damaged or too large to be real.
        MissingExtra: pyarrow is not installed.
    """
    # Its absence is told by _open.
    with _open(path) as file:
        import pyarrow

        for group in range(file.metadata.num_row_groups):
            if file.metadata.row_group(group).total_byte_size > MAX_ROW_GROUP:
                raise DataError(
                    f"has a row group of over {MAX_ROW_GROUP // 1024**3} GB",
                    path=str(path),
                    remedy="write it again with smaller row groups",
                    code="too_large",
                )
        columns = [only] if only in file.schema_arrow.names else None
        batches = file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=columns)
        while True:
            try:
                batch = next(batches, None)
                rows = [] if batch is None else batch.to_pylist()
            # Text that is not UTF-8 is a ValueError.
            except (pyarrow.ArrowException, OSError, ValueError, OverflowError) as error:
                raise _damaged(path, error) from error
            if batch is None:
                return
            yield from rows


def _row(row: dict[str, Any], number: str, reader: RecordReader) -> ReadResult:
    try:
        cases, issues = reader.read(_json(row, number, reader), number)
    except DataError as error:
        return ReadResult(issues=(error.issue,))
    return ReadResult(tuple(cases), tuple(issues))


def _json(row: dict[str, Any], number: str, reader: RecordReader) -> bytes:
    if JSON_COLUMN in row and isinstance(row[JSON_COLUMN], str | bytes | None):
        text = row[JSON_COLUMN] or b""
        return text.encode(errors="replace") if isinstance(text, str) else text
    try:
        return msgspec.json.encode(_without_nulls(row.get(JSON_COLUMN, row)))
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise DataError(
            f"holds what a case cannot: {error}",
            path=reader.path,
            record=number,
            remedy="use text, numbers, lists and structs",
            code="wrong_type",
        ) from error


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(part) for key, part in value.items() if part is not None}
    if isinstance(value, list):
        return [_without_nulls(part) for part in value if part is not None]
    # A date is no age, and the reader of the record says so of the text.
    return value.isoformat() if isinstance(value, datetime.date) else value


def _open(path: Path) -> Any:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("data", "reading a Parquet file") from error
    try:
        return parquet.ParquetFile(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DataError:
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    return DataError(
        f"is a damaged Parquet file ({reason})", path=str(path), remedy="write or copy it again", code="parquet"
    )
