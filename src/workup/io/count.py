"""How many records an input has, without reading it all: for telling how long a batch will take."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable
from pathlib import Path

from workup.errors import WorkupError
from workup.io.parquet import is_parquet, row_count
from workup.io.read import SUFFIXES

_SAMPLE = 8 * 1024**2


def estimate_records(paths: Iterable[str]) -> int | None:
    """About how many cases some files and folders hold; None when it cannot be told (standard input).

    Parquet files say it; of JSONL files the first 8 MB are read; any other file counts as one case.
    """
    total = 0
    for path in paths:
        if path == "-":
            return None
        try:
            total += sum(map(_in_file, _files(path)))
        except (OSError, EOFError, ValueError, zlib.error, WorkupError):
            # Whatever is wrong with it, reading it will say so.
            return None
    return total or None


def _files(path: str) -> list[Path]:
    if not os.path.isdir(path):
        return [Path(path)]
    return [
        Path(folder) / name
        for folder, _, names in os.walk(path)
        for name in names
        if name.lower().removesuffix(".gz").endswith(SUFFIXES) and not name.lower().startswith("readme.")
    ]


def _in_file(path: Path) -> int:
    size = path.stat().st_size
    if is_parquet(path):
        return row_count(path)
    if Path(path.name.lower().removesuffix(".gz")).suffix not in (".jsonl", ".ndjson"):
        return 1
    with path.open("rb") as raw:
        packed = raw.peek(2)[:2] == b"\x1f\x8b"
        sample = gzip.GzipFile(fileobj=raw).read(_SAMPLE) if packed else raw.read(_SAMPLE)
        read = raw.tell()
    lines = sample.count(b"\n") + (not sample.endswith(b"\n"))
    # To the very end only when the sample held everything.
    return lines if len(sample) < _SAMPLE else round(lines * size / max(read, 1))
