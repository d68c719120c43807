"""A run on disk: attempts and model replies in one SQLite file, written as they come.

``run.json`` holds what the run was started with, ``attempts.sqlite`` one row an attempt and one a model reply. An
attempt is committed before it counts as done, and a reply before the reasoner sees it, so that a run killed at any
instant goes on without losing, repeating or paying again for anything that was finished.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from workup.errors import DataError, UserError
from workup.evaluation.attempt import Attempt
from workup.io import write_atomic
from workup.io.lock import hold
from workup.models.model import GREEDY, Message, Model, Reply, Sampling, ToolSpec
from workup.models.request import Request
from workup.reasoning import Usage

MANIFEST = "run.json"
ATTEMPTS = "attempts.sqlite"
LOCK = ".lock"
FORMAT = "1"

_TABLES = """
create table if not exists attempts (
  key text primary key, case_id text not null, epoch integer not null, failed integer not null, attempt blob not null
) without rowid;
create table if not exists replies (
  number integer primary key, attempt text not null, request text not null, occurrence integer not null,
  asked blob not null, reply blob not null, unique (attempt, request, occurrence)
);
"""


class RunStore:
    """The attempts of one run. Use as a context manager; one process at a time may write.

    Attributes:
        folder: The run's folder.
        manifest: What the run was started with.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any] | None = None) -> None:
        """Open a run.

        Args:
            folder: Where it is kept.
            manifest: What it is started with, any JSON; the folder is created, or must hold a run with the same. None
                opens an existing run for reading.

        Raises:
            UserError: The folder holds another run, or files that are not a run's, or another process writes to it.
            DataError: It cannot be read or written.
        """
        self.folder = folder
        self._lock = threading.Lock()
        self._held: IO[bytes] | None = None
        try:
            if manifest is None:
                self.manifest = _read_manifest(folder)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                _refuse_foreign(folder)  # before anything is written into it, a lock too
                self._held = hold(folder / LOCK)
                if self._held is None:
                    raise UserError(f"another process is writing to {folder}; wait for it, or choose another folder")
                self.manifest = _agreed(folder, manifest)
            self._database = _connect(folder / ATTEMPTS, write=manifest is not None)
        except OSError as error:
            self._release()
            raise DataError(
                f"cannot be used: {error.strerror or error}", path=str(folder), remedy="choose another folder"
            ) from error
        except BaseException:
            self._release()
            raise

    def done(self, key: str) -> bool:
        """Whether an attempt was finished without an error; one that failed is tried again."""
        with self._lock:
            row = self._database.execute("select failed from attempts where key = ?", (key,)).fetchone()
        return row is not None and not row[0]

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt; it is on disk when this returns."""
        key = attempt.key.digest()
        values = (key, attempt.key.case_id, attempt.key.epoch, int(bool(attempt.error)), msgspec.json.encode(attempt))
        with self._lock, self._database:
            self._database.execute("insert or replace into attempts values (?, ?, ?, ?, ?)", values)

    def attempts(self) -> Iterator[Attempt]:
        """All attempts, by case id and epoch, one at a time.

        Raises:
            DataError: One is damaged.
        """
        decoder = msgspec.json.Decoder(Attempt)
        # A cursor of its own, so that writing may go on.
        query = "select key, attempt from attempts order by case_id, epoch, key"
        for key, data in self._database.cursor().execute(query):
            yield self._decode(decoder, key, data)

    def of_case(self, case_id: str) -> list[Attempt]:
        """The attempts at one case."""
        decoder = msgspec.json.Decoder(Attempt)
        with self._lock:
            rows = self._database.execute(
                "select key, attempt from attempts where case_id = ? order by epoch, key", (case_id,)
            ).fetchall()
        return [self._decode(decoder, key, data) for key, data in rows]

    def _decode(self, decoder: msgspec.json.Decoder[Attempt], key: str, data: bytes) -> Attempt:
        try:
            return decoder.decode(data)
        except msgspec.MsgspecError as error:
            raise DataError(
                f"is not an attempt of this version: {error}",
                path=str(self.folder / ATTEMPTS),
                record=key[:12],
                remedy="read the run with the version that wrote it",
            ) from error

    def counts(self) -> tuple[int, int]:
        """Finished attempts, and failed ones."""
        with self._lock:
            rows = dict(self._database.execute("select failed, count(*) from attempts group by failed").fetchall())
        return rows.get(0, 0), rows.get(1, 0)

    def reply(self, attempt: str, request: str, occurrence: int) -> Reply | None:
        """A reply that this attempt got before it was stopped."""
        with self._lock:
            row = self._database.execute(
                "select reply from replies where attempt = ? and request = ? and occurrence = ?",
                (attempt, request, occurrence),
            ).fetchone()
        return msgspec.json.decode(row[0], type=Reply) if row else None

    def keep_reply(self, attempt: str, request: Request, occurrence: int, reply: Reply) -> None:
        """Keep a reply; it is on disk when this returns."""
        values = (attempt, request.digest(), occurrence, msgspec.json.encode(request), msgspec.json.encode(reply))
        with self._lock, self._database:
            self._database.execute(
                "insert or replace into replies (attempt, request, occurrence, asked, reply) values (?, ?, ?, ?, ?)",
                values,
            )

    def replies(self, attempt: str | None = None) -> Iterator[tuple[str, Request, Reply]]:
        """Every model call that was answered: key of the attempt, what was asked, what came back."""
        query = "select attempt, asked, reply from replies"
        values: tuple[str, ...] = ()
        if attempt is not None:
            query, values = f"{query} where attempt = ?", (attempt,)
        for key, asked, reply in self._database.cursor().execute(f"{query} order by number", values):
            yield key, msgspec.json.decode(asked, type=Request), msgspec.json.decode(reply, type=Reply)

    def __enter__(self) -> RunStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(sqlite3.Error):
            self._database.close()
        self._release()

    def _release(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


class KeptModel:
    """A model whose replies within one attempt are kept, so that resuming the attempt asks nothing twice.

    Attributes:
        name: Name of the model.
        usage: What the attempt cost so far, replies from an earlier start included.
    """

    def __init__(self, model: Model, store: RunStore, attempt: str) -> None:
        self.name = model.name
        self.usage = Usage()
        self._model = model
        self._store = store
        self._attempt = attempt
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def generate(
        self,
        messages: tuple[Message, ...] | list[Message],
        *,
        tools: tuple[ToolSpec, ...] = (),
        n: int = 1,
        sampling: Sampling = GREEDY,
        prefix: str | None = None,
        schema: dict[str, Any] | None = None,
        logprobs: int = 0,
    ) -> Reply:
        """See :meth:`workup.models.model.Model.generate`."""
        request = Request(
            messages=tuple(messages),
            tools=tuple(tools),
            n=n,
            sampling=sampling,
            prefix=prefix,
            schema=schema,
            logprobs=logprobs,
        )
        digest = request.digest()
        with self._lock:
            # The same words may be asked twice within an attempt, and are two calls.
            occurrence = self._asked[digest]
            self._asked[digest] += 1
        reply = self._store.reply(self._attempt, digest, occurrence)
        if reply is None:
            reply = self._model.generate(
                messages,
                tools=tools,
                n=n,
                sampling=sampling,
                prefix=prefix,
                schema=schema,
                logprobs=logprobs,
            )
            self._store.keep_reply(self._attempt, request, occurrence, reply)
        with self._lock:
            self.usage = add(self.usage, reply.usage)
        return reply


def add(first: Usage, second: Usage) -> Usage:
    """The sum of two usages."""
    return Usage(
        seconds=first.seconds + second.seconds,
        calls=first.calls + second.calls,
        input_tokens=first.input_tokens + second.input_tokens,
        output_tokens=first.output_tokens + second.output_tokens,
        cost_usd=first.cost_usd + second.cost_usd,
    )


def _connect(path: Path, *, write: bool) -> sqlite3.Connection:
    try:
        if write:
            database = sqlite3.connect(path, check_same_thread=False)
            database.execute("pragma journal_mode = wal")
            # A commit survives the end of the process, whatever ends it; only a power cut may undo the last ones.
            database.execute("pragma synchronous = normal")
            database.executescript(_TABLES)
        else:
            database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            database.execute("select 1 from attempts limit 1")
        return database
    except sqlite3.Error as error:
        raise DataError(
            f"is no record of attempts ({error})", path=str(path), remedy="give the folder of a run"
        ) from error


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except FileNotFoundError as error:
        raise UserError(f"{folder} holds no run; a run's folder has a {MANIFEST}") from error
    except msgspec.MsgspecError as error:
        raise DataError(f"cannot be read: {error}", path=str(path), remedy="give the folder of a run") from error
    if manifest.get("format") != FORMAT:
        raise UserError(
            f"{folder} was written by another version of workup (format {manifest.get('format')!r}, not {FORMAT!r}); "
            "use that version, or choose another folder"
        )
    return manifest


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder of somebody else's files."""
    others = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    if others and MANIFEST not in others:
        raise UserError(f"{folder} holds other files ({others[0]}, ...); choose an empty or a new folder")


def _agreed(folder: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of the folder, after making sure that it says the same."""
    wanted: dict[str, Any] = msgspec.json.decode(msgspec.json.encode({"format": FORMAT, **manifest}))
    if not (folder / MANIFEST).is_file():
        _refuse_foreign(folder)
        write_atomic(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(wanted)) + b"\n")
        return wanted
    found = _read_manifest(folder)
    other = sorted(key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key))
    if other == ["workup"]:
        raise UserError(
            f"{folder} holds a run of another version of workup ({found.get('workup')}, this is {wanted['workup']}), "
            "which may answer otherwise; use that version, or choose another folder"
        )
    if other:
        raise UserError(
            f"{folder} holds a run with another {', '.join(other)}; choose another folder, or repeat the command it "
            "was started with"
        )
    return found
