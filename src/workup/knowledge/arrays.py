"""Storing arrays and strings so that they load by memory map.

An artefact is a folder of ``.npy`` files. A column of strings is one blob of UTF-8 plus offsets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Strings(Sequence[str]):
    """Read-only column of strings over a memory-mapped blob."""

    def __init__(self, blob: Array, offsets: Array) -> None:
        self._blob = blob
        self._offsets = offsets
        # Slicing a view of bytes costs a third of slicing an array.
        self._bytes = np.ascontiguousarray(blob).data

    @classmethod
    def pack(cls, values: Sequence[str]) -> Strings:
        """Pack strings into one blob."""
        encoded = [value.encode() for value in values]
        offsets = np.zeros(len(encoded) + 1, dtype=np.int64)
        np.cumsum([len(value) for value in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), dtype=np.uint8), offsets)

    def arrays(self, name: str) -> dict[str, Array]:
        """The two arrays to store, under names derived from ``name``."""
        return {f"{name}.blob": self._blob, f"{name}.offsets": self._offsets}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        start, end = self._offsets[index : index + 2].tolist()
        return str(self._bytes[start:end], "utf-8")

    def __iter__(self) -> Iterator[str]:
        blob = self._blob.tobytes()
        bounds = self._offsets.tolist()
        if blob.isascii():
            # A byte is a character: decoded once, then cut.
            text = blob.decode("ascii")
            return iter([text[start:end] for start, end in pairwise(bounds)])
        return iter([blob[start:end].decode() for start, end in pairwise(bounds)])


class Coded(Sequence[str]):
    """Read-only column of strings of which few differ: a code per row, and the distinct strings.

    >>> column = Coded(np.array([0, 1, 0]), Strings.pack(["1/2", "HP:0040282"]))
    >>> list(column), column[2]
    (['1/2', 'HP:0040282', '1/2'], '1/2')
    """

    def __init__(self, codes: Array, distinct: Strings) -> None:
        self.codes = codes
        self.distinct = list(distinct)

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self.distinct[code] for code in self.codes[index].tolist()]
        return self.distinct[int(self.codes[index])]


class Lists:
    """Rows of integers of unequal length (compressed rows): ``rows[i]`` is an array."""

    def __init__(self, indices: Array, offsets: Array) -> None:
        self.indices = indices
        self.offsets = offsets

    @classmethod
    def pack(cls, rows: Sequence[Sequence[int] | Array]) -> Lists:
        """Pack integer sequences."""
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        flat = np.fromiter((item for row in rows for item in row), dtype=np.int32, count=int(offsets[-1]))
        return cls(flat, offsets)

    def arrays(self, name: str) -> dict[str, Array]:
        """The two arrays to store, under names derived from ``name``."""
        return {f"{name}.indices": self.indices, f"{name}.offsets": self.offsets}

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> Array:
        part: Array = self.indices[self.offsets[row] : self.offsets[row + 1]]
        return part


def narrow(values: Array) -> Array:
    """Natural numbers in the fewest bytes that hold all of them.

    Widen them before computing: numpy lets what is too large for its type overflow silently.

    >>> narrow(np.array([3, 19161])).dtype
    dtype('uint16')
    """
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def flat_rows(offsets: Array, rows: Array) -> tuple[Array, Array]:
    """Where the entries of some compressed rows lie, one row after the other, and how many each row has.

    >>> flat_rows(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 3, 4, 0, 1]), array([3, 2]))
    """
    starts = offsets[rows]
    lengths = offsets[rows + 1] - starts
    ends = np.cumsum(lengths)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
    return places, lengths


def code_digest(names: Iterable[str]) -> bytes:
    """Hash of some files of this package, as part of the name of what they compile.

    To be taken when the code is imported: a process that goes on while the package is upgraded compiles what its own
    code makes of the files, and must not leave it under the new code's name.
    """
    digest = hashlib.sha256()
    for name in names:
        digest.update((files("workup") / name).read_bytes())
    return digest.digest()


class Store:
    """A folder of arrays, opened by memory map on first use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._opened: dict[str, Array] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._opened or (self.folder / f"{name}.npy").is_file()

    def array(self, name: str) -> Array:
        """Open one array read-only."""
        found = self._opened.get(name)
        if found is None:
            found = self._opened[name] = self._open(name)
        return found

    def _open(self, name: str) -> Array:
        loaded: Array = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        # A plain view: indexing a numpy.memmap costs several times as much as indexing an array.
        return loaded.view(np.ndarray)

    def strings(self, name: str) -> Strings:
        """Open a column of strings."""
        return Strings(self.array(f"{name}.blob"), self.array(f"{name}.offsets"))

    def lists(self, name: str) -> Lists:
        """Open rows of integers."""
        return Lists(self.array(f"{name}.indices"), self.array(f"{name}.offsets"))

    def write(self, arrays: dict[str, Array]) -> None:
        """Write arrays into the folder."""
        for name, array in arrays.items():
            self._opened.pop(name, None)
            np.save(self.folder / f"{name}.npy", array, allow_pickle=False)
