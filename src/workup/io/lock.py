"""Holding a file for one process: the system lets go of it when the process ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def hold(path: Path) -> IO[bytes] | None:
    """Open and lock a file, which is created if need be; None when another process has it.

    The lock lasts as long as the returned file is open.

    Raises:
        OSError: The file cannot be opened.
    """
    stream = path.open("a+b")
    if take(stream):
        return stream
    stream.close()
    return None


def take(stream: IO[bytes]) -> bool:
    """Lock an open file for this process alone; False when another one has it."""
    try:
        if os.name == "nt":
            import msvcrt

            # Far behind any text, which others must be able to read.
            stream.seek(1 << 20)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
            stream.seek(0)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
