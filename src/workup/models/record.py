"""The record of every call, and its simplest form: a file of JSON lines that ``replay/`` reads.

A record holds the whole request and reply, and is therefore as sensitive as the case. Keys are never part of it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from workup.errors import DataError
from workup.models.model import Reply
from workup.models.request import Request

CALLS = "calls.jsonl"
"""Name of the record in a run's folder."""


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One attempt at one request.

    Attributes:
        model: Name of the model.
        key: Digest of the request (:meth:`Request.digest`).
        request: What was asked.
        reply: What came back, as it came: before any repair; None when the attempt failed.
        error: Why it failed, in one line; empty when it did not.
        retryable: Whether trying again could help.
        tried: Number of the attempt at this request, from 1; 0 for a reply from the cache.
        seconds: How long it took.
    """

    model: str
    key: str
    request: Request
    reply: Reply | None = None
    error: str = ""
    retryable: bool = False
    tried: int = 1
    seconds: float = 0.0


@runtime_checkable
class Recorder(Protocol):
    """Takes down calls. Thread-safe; a run's store is one."""

    def record(self, call: Call) -> None:
        """Keep one call."""
        ...


class JsonlRecorder:
    """Appends calls to a file, each written through in one piece.

    What a kill leaves half written is the last line at most, and :func:`read_calls` passes it over.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open the file, which only its owner may read, for appending.

        Args:
            path: The file; a folder gets a :data:`CALLS` in it.

        Raises:
            DataError: It cannot be written.
        """
        target = Path(path)
        if target.is_dir():
            target = target / CALLS
        self.path = target
        self._lock = threading.Lock()
        try:
            self._descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            size = os.fstat(self._descriptor).st_size
            # A half line left by a kill must not swallow the next one.
            self._torn = size > 0 and os.pread(self._descriptor, 1, size - 1) != b"\n"
        except OSError as error:
            raise DataError(
                f"cannot be written: {error.strerror}", path=str(target), remedy="choose another file"
            ) from error

    def record(self, call: Call) -> None:
        """Append one call."""
        line = msgspec.json.encode(call) + b"\n"
        with self._lock:
            if self._torn:
                line = b"\n" + line
                self._torn = False
            rest = memoryview(line)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> JsonlRecorder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_calls(path: str | os.PathLike[str]) -> Iterator[Call]:
    """Yield the recorded calls of a file or of a run's folder, in the order in which they were recorded.

    Raises:
        DataError: The file is missing, or a line other than the last is not a call.
    """
    from workup.io.safe import LineTooLong, open_source

    target = Path(path)
    if target.is_dir():
        target = target / CALLS
    decoder = msgspec.json.Decoder(Call)
    problem: DataError | None = None
    with open_source(target) as source:
        for number, line in source.lines():
            if problem is not None:
                raise problem
            try:
                if isinstance(line, LineTooLong):
                    raise ValueError("the line is too long")
                yield decoder.decode(line)
            except (msgspec.MsgspecError, ValueError, RecursionError) as error:
                problem = DataError(
                    f"is not a recorded call: {error}",
                    path=str(target),
                    record=f"line {number}",
                    remedy="take the file that a run recorded, unchanged",
                )
                # A last line without its end is what a kill leaves.
                if not isinstance(line, LineTooLong) and not line.endswith(b"\n"):
                    problem = None
    if problem is not None:
        raise problem
