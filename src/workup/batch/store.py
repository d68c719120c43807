"""A batch's output on disk: merged in input order, and after a kill at any instant either not there or whole.

Beside ``results.jsonl`` stands the folder ``results.jsonl.run``::

    run.json         what the run was started with
    results.part     the lines so far; becomes results.jsonl at the very end
    issues.jsonl     errors and warnings, in the order of the input
    journal.jsonl    one line per merged shard: where its lines end, and the seconds each took
    ahead/           shards that were finished before an earlier one
    lock             held while a process works here

A shard counts once its line in the journal is whole; whatever lies beyond the ends that the last line gives is cut off
when the run goes on.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from workup.batch.shards import Outcome, Shard
from workup.errors import DataError, Issue, UserError
from workup.io import write_atomic
from workup.io.lock import take

_MANIFEST = "run.json"
_PART = "results.part"
_ISSUES = "issues.jsonl"
_JOURNAL = "journal.jsonl"
_AHEAD = "ahead"
_LOCK = "lock"


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal.

    Attributes:
        shard: Index of the shard.
        digest: SHA-256 of its input.
        cases: Number of cases in it.
        results: Where its lines end in the results, bytes.
        issues: Where its issues end, bytes.
        done: Cases with a line so far.
        errors: Errors so far.
        warnings: Warnings so far.
        seconds: Time each of its lines took.
    """

    shard: int
    digest: str
    cases: int
    results: int
    issues: int
    done: int
    errors: int
    warnings: int
    seconds: tuple[float, ...]


_NOTHING = Entry(-1, "", 0, 0, 0, 0, 0, 0, ())


class Store:
    """The output of one batch; use as a context manager.

    Attributes:
        out: The file of results.
        folder: What is kept beside it.
        last: The last line of the journal.
        finished: Whether the results are already complete under their name.
    """

    def __init__(self, out: Path, identity: dict[str, Any]) -> None:
        """Open or begin a run.

        Args:
            out: The file of results.
            identity: Everything that the results depend on besides the cases; JSON values.

        Raises:
            UserError: Another process works on it, or what is there belongs to another run or to something else.
            DataError: The files cannot be written or read.
        """
        self.out = out
        self.folder = out.with_name(f"{out.name}.run")
        self.last = _NOTHING
        self.finished = False
        self._digests: list[str] = []
        self._streams: list[IO[bytes]] = []
        if out.exists() and not (self.folder / _MANIFEST).is_file():
            raise UserError(f"{out} exists and no run is kept beside it; name another file, or remove it first")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.folder / _LOCK, out)
            try:
                self._open(identity)
            except BaseException:
                self._close()
                raise
        except OSError as error:
            raise DataError(
                f"cannot be used: {error.strerror or error}", path=str(self.folder), remedy="name another file"
            ) from error

    def _open(self, identity: dict[str, Any]) -> None:
        manifest = self.folder / _MANIFEST
        if manifest.is_file():
            self._compare(manifest, identity)
        else:
            write_atomic(manifest, msgspec.json.format(msgspec.json.encode(identity)) + b"\n")
        self._read_journal()
        part = self.folder / _PART
        if self.out.exists() and part.exists():
            raise UserError(f"{self.out} was put there by somebody else while its run was unfinished; move it away")
        self.finished = self.out.exists()
        if self.finished and self.out.stat().st_size != self.last.results:
            raise UserError(
                f"{self.out} was changed since it was written; name another file, or remove it and {self.folder}"
            )
        (self.folder / _AHEAD).mkdir(exist_ok=True)
        self._sweep()
        if not self.finished:
            self._results = self._append(part, self.last.results)
            self._issues = self._append(self.folder / _ISSUES, self.last.issues)
            self._journal = self._append(self.folder / _JOURNAL, None)
            self._merge_ahead()

    def _compare(self, manifest: Path, identity: dict[str, Any]) -> None:
        try:
            before = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise UserError(f"{manifest} is damaged; remove {self.folder} and {self.out}") from error
        # Through JSON, so that tuples and lists compare equal.
        now = msgspec.json.decode(msgspec.json.encode(identity), type=dict[str, Any])
        if other := sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key)):
            shown = "; ".join(f"{key} {before.get(key)!r} there, {now.get(key)!r} here" for key in other)
            raise UserError(
                f"{self.out} holds another run ({shown}); name another file, or repeat the command it was started with"
            )

    def _read_journal(self) -> None:
        path = self.folder / _JOURNAL
        if not path.is_file():
            return
        decoder = msgspec.json.Decoder(Entry)
        whole = 0
        with path.open("rb") as lines:
            for line in lines:
                # The last line is cut off when the process was killed while writing it.
                if not line.endswith(b"\n"):
                    break
                try:
                    entry = decoder.decode(line)
                except msgspec.MsgspecError as error:
                    raise UserError(f"{path} is damaged; remove {self.folder} and {self.out}") from error
                self._digests.append(entry.digest)
                self.last = entry
                whole += len(line)
        if whole < path.stat().st_size:
            with path.open("r+b") as stream:
                stream.truncate(whole)

    def _sweep(self) -> None:
        """Remove what a kill left of atomic writes, and outcomes that were merged already."""
        for path in (self.folder / _AHEAD).iterdir():
            if not path.name.isdigit() or int(path.name) <= self.last.shard:
                path.unlink(missing_ok=True)
        for path in self.folder.glob(".*.tmp"):
            path.unlink(missing_ok=True)

    def _append(self, path: Path, end: int | None) -> IO[bytes]:
        stream = path.open("ab")
        self._streams.append(stream)
        if end is not None:
            if stream.tell() < end:
                raise UserError(f"{path} is shorter than it was; remove {self.folder} and {self.out}")
            stream.truncate(end)
            stream.seek(end)
        return stream

    @property
    def merged(self) -> int:
        """Number of shards merged so far."""
        return self.last.shard + 1

    def has(self, shard: Shard) -> bool:
        """Whether the shard is done.

        Raises:
            UserError: It is, but with other cases: the input has changed.
        """
        if shard.index < self.merged:
            before = self._digests[shard.index]
        elif (outcome := self._ahead(shard.index)) is not None:
            before = outcome.digest
        elif self.finished:
            raise UserError(
                f"the input has more cases than when {self.out} was finished; name another file for all of them"
            )
        else:
            return False
        if before != shard.digest:
            raise UserError(
                f"the input has changed since {self.out} was begun; put the earlier input back, or name another file"
            )
        return True

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome, and merge it with all that waited for it, if it is the next one."""
        if outcome.index != self.merged:
            write_atomic(self._ahead_path(outcome.index), msgspec.msgpack.encode(outcome))
            return
        self._merge(outcome)
        self._merge_ahead()

    def _merge_ahead(self) -> None:
        while (outcome := self._ahead(self.merged)) is not None:
            self._merge(outcome)
            self._ahead_path(outcome.index).unlink()

    def _merge(self, outcome: Outcome) -> None:
        issues = b"".join(msgspec.json.encode(issue) + b"\n" for issue in outcome.issues)
        errors = sum(issue.severity == "error" for issue in outcome.issues)
        last = self.last
        entry = Entry(
            shard=outcome.index,
            digest=outcome.digest,
            cases=outcome.cases,
            results=last.results + len(outcome.results),
            issues=last.issues + len(issues),
            done=last.done + len(outcome.seconds),
            errors=last.errors + errors,
            warnings=last.warnings + len(outcome.issues) - errors,
            seconds=outcome.seconds,
        )
        self._results.write(outcome.results)
        self._issues.write(issues)
        _through(self._results)
        _through(self._issues)
        # Last of all: it says that the others are complete.
        self._journal.write(msgspec.json.encode(entry) + b"\n")
        _through(self._journal)
        self._digests.append(entry.digest)
        self.last = entry

    def _ahead_path(self, index: int) -> Path:
        return self.folder / _AHEAD / f"{index:08d}"

    def _ahead(self, index: int) -> Outcome | None:
        try:
            return msgspec.msgpack.decode(self._ahead_path(index).read_bytes(), type=Outcome)
        except FileNotFoundError:
            return None

    def finish(self) -> None:
        """Give the complete results their name."""
        if not self.finished:
            os.replace(self.folder / _PART, self.out)
            self.finished = True

    def issues(self) -> Iterator[Issue]:
        """The issues of all merged shards, in input order."""
        path = self.folder / _ISSUES
        if path.is_file():
            decoder = msgspec.json.Decoder(Issue)
            with path.open("rb") as lines:
                for line in lines:
                    yield decoder.decode(line)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        empty = kind is not None and self.merged == 0 and not any((self.folder / _AHEAD).iterdir())
        if empty:
            # Nothing was found out, perhaps because of a wrong option: leave no run that would refuse the right one.
            shutil.rmtree(self.folder, ignore_errors=True)
        self._close()

    def _close(self) -> None:
        for stream in self._streams:
            with suppress(OSError):
                stream.close()
        self._lock.close()


def _through(stream: IO[bytes]) -> None:
    stream.flush()
    os.fsync(stream.fileno())


def _locked(path: Path, out: Path) -> IO[bytes]:
    """Hold the lock as long as the returned file is open; the system lets go of it when the process is killed.

    Raises:
        UserError: Another process holds it.
    """
    while True:
        stream = path.open("a+b")
        if not take(stream):
            stream.seek(0)
            holder = stream.read(20).decode(errors="replace").strip()
            stream.close()
            raise UserError(
                f"another process{f' ({holder})' if holder else ''} is writing {out}; wait for it, or name another file"
            )
        # The one before may have removed the file between our opening and our locking of it.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                stream.truncate(0)
                stream.write(str(os.getpid()).encode())
                stream.flush()
                return stream
        stream.close()
        path.parent.mkdir(parents=True, exist_ok=True)
