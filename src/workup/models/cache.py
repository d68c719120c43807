"""Replies kept on disk under the content of their request, so that nothing is paid for twice.

One SQLite file. A reply is there in full or not at all, also after a kill; threads and processes may share the file.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from pathlib import Path

import msgspec

from workup.errors import DataError
from workup.models.model import Reply
from workup.models.request import Request

FILE = "model-replies.sqlite"
_WAIT = 30.0


class ReplyCache:
    """Replies by request. Thread-safe."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        """Open the cache in a folder, made if need be; only its owner may read the file.

        Raises:
            DataError: The folder cannot be written, or the file there is something else.
        """
        self.path = Path(folder) / FILE
        self._lock = threading.Lock()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._base = sqlite3.connect(self.path, timeout=_WAIT, check_same_thread=False, isolation_level=None)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply BLOB NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise self._damaged(error) from error

    @staticmethod
    def key(identity: str, request: Request) -> str:
        """Digest of the request together with everything else the reply depends on."""
        return hashlib.sha256(f"{identity}\n{request.digest()}".encode()).hexdigest()

    def get(self, key: str) -> Reply | None:
        """Return the reply, or None. One that this version cannot read counts as missing."""
        try:
            with self._lock:
                row = self._base.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            raise self._damaged(error) from error
        if row is None:
            return None
        try:
            return msgspec.json.decode(row[0], type=Reply)
        except (msgspec.MsgspecError, TypeError):
            return None

    def put(self, key: str, reply: Reply) -> None:
        """Keep a reply."""
        try:
            with self._lock:
                self._base.execute("INSERT OR REPLACE INTO replies VALUES (?, ?)", (key, msgspec.json.encode(reply)))
        except sqlite3.Error as error:
            raise self._damaged(error) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()

    def _damaged(self, error: Exception) -> DataError:
        return DataError(
            f"cannot be used as a cache of replies ({error})",
            path=str(self.path),
            remedy="choose another folder, or delete the file: it holds nothing but copies",
        )
