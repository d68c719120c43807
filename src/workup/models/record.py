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

_BLOCK = 1 << 16


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

    What a kill leaves half written is the last line at most. It is dropped when the file is next opened, and
    :func:`read_calls` passes it over. One process at a time may write to a file.
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
            _drop_half_line(self._descriptor)
        except OSError as error:
            raise DataError(
                f"cannot be written: {error.strerror}", path=str(target), remedy="choose another file"
            ) from error

    def record(self, call: Call) -> None:
        """Append one call."""
        line = msgspec.json.encode(call) + b"\n"
        with self._lock:
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


def _drop_half_line(descriptor: int) -> None:
    """Shorten a file to the end of its last whole line."""
    end = size = os.fstat(descriptor).st_size
    while end > 0:
        start = max(end - _BLOCK, 0)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)


def read_calls(path: str | os.PathLike[str]) -> Iterator[Call]:
    """Yield the recorded calls of a file or of a run's folder, in the order in which they were recorded.

    Raises:
        DataError: The file is missing, or a line other than the last is not a call.
    """
    from workup.io.safe import LineTooLong, open_source

    target = Path(path)
    if target.is_dir():
        if not (target / CALLS).exists():
            yield from _calls_of_run(target)
            return
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


def _calls_of_run(folder: Path) -> Iterator[Call]:
    """The calls that ``workup run`` kept in its folder; only what was answered, as the reasoner got it."""
    from workup.evaluation.run_store import MANIFEST, RunStore

    if not (folder / MANIFEST).is_file():
        raise DataError(
            f"holds neither {CALLS} nor a run", path=str(folder), remedy="name the folder of a run, or a file of calls"
        )
    with RunStore(folder) as store:
        for _, request, reply in store.replies():
            yield Call(model=reply.model, key=request.digest(), request=request, reply=reply)
