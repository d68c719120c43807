"""Files that grow by a line at a time, so that what is done survives the end of the process."""

from __future__ import annotations

import os
from pathlib import Path


def whole_lines(path: Path) -> list[bytes]:
    r"""The lines of such a file; one that a kill left half written is cut off the file, so that the next can follow.

    Args:
        path: The file; without it there are no lines.

    Raises:
        OSError: It cannot be read or shortened.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "kept.jsonl"
    ...     _ = path.write_bytes(b'{"n": 1}\n{"n": 2}\n{"n"')
    ...     whole_lines(path), path.stat().st_size
    ([b'{"n": 1}', b'{"n": 2}'], 18)
    """
    if not path.is_file():
        return []
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
    # By the byte alone: a text may hold other signs that end lines.
    return data[:whole].split(b"\n")[:-1]
