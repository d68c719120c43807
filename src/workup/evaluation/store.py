"""A run's folder: ranks appended as they are found, so that a run stopped at any instant can go on.

``run.json`` holds what the run was started with; ``ranks.jsonl`` one line per case and regime. The last line
may be cut off when the process was killed while writing; it is dropped and done again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from workup.errors import DataError, UserError
from workup.evaluation.ranks import CaseRank
from workup.io import write_atomic
from workup.io.appended import whole_lines

MANIFEST = "run.json"
RANKS = "ranks.jsonl"


class RankStore:
    """The ranks of one run, on disk.

    Use as a context manager: leaving it, also by Ctrl-C, writes everything through to the disk.

    Attributes:
        folder: The run's folder.
        done: Ranks found so far by ``(index of the case, regime)``, in the order of the file.
    """

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        """Open or create the folder.

        Args:
            folder: Where the run is kept.
            options: Everything that the ranks depend on; any JSON.

        Raises:
            UserError: The folder holds a run with other options, or files that are not a run's.
            DataError: The folder cannot be written, or its ranks cannot be read.
        """
        self.folder = folder
        self.done: dict[tuple[int, str], CaseRank] = {}
        manifest = folder / MANIFEST
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if manifest.is_file():
                self._compare(manifest, options)
            # What a kill leaves of an atomic write begins with a dot.
            elif any(not entry.name.startswith(".") for entry in folder.iterdir()):
                raise UserError(f"{folder} holds other files; choose an empty or a new folder for the run")
            else:
                write_atomic(manifest, msgspec.json.format(msgspec.json.encode(options)) + b"\n")
            self._read()
            self._stream: IO[bytes] = (folder / RANKS).open("ab")
        except OSError as error:
            raise DataError(
                f"cannot be used: {error.strerror}", path=str(folder), remedy="choose another folder"
            ) from error

    def _compare(self, manifest: Path, options: dict[str, Any]) -> None:
        try:
            before = msgspec.json.decode(manifest.read_bytes(), type=dict[str, Any])
        except msgspec.MsgspecError as error:
            raise UserError(f"{manifest} cannot be read; choose another folder for the run") from error
        # Through JSON, so that tuples and lists compare equal.
        now = msgspec.json.decode(msgspec.json.encode(options), type=dict[str, Any])
        other = sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))
        if other:
            raise UserError(
                f"{self.folder} holds a run with another {', '.join(other)}; choose another folder, "
                "or repeat the command it was started with"
            )

    def _read(self) -> None:
        path = self.folder / RANKS
        decoder = msgspec.json.Decoder(CaseRank)
        for number, line in enumerate(whole_lines(path), 1):
            try:
                rank = decoder.decode(line)
            except msgspec.MsgspecError as error:
                raise DataError(
                    f"is not a rank: {error}",
                    path=str(path),
                    record=str(number),
                    remedy="choose another folder and run again",
                ) from error
            self.done[rank.index, rank.regime] = rank

    def append(self, ranks: Iterable[CaseRank]) -> None:
        """Add ranks and hand them to the system, so that they survive the end of this process."""
        for rank in ranks:
            self._stream.write(msgspec.json.encode(rank) + b"\n")
            self.done[rank.index, rank.regime] = rank
        self._stream.flush()

    def __enter__(self) -> RankStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
