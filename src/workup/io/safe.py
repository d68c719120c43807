"""Opening, limiting and decoding files that nobody has checked, and writing files that are never half there.

Every reader of the package goes through this module, so that a hostile or broken file ends in one
:class:`~workup.errors.DataError` that says what to do, and never in a crash, a hang or a full memory.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import io
import os
import secrets
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from workup.errors import DataError

MAX_DOCUMENT = 256 * 1024**2
"""Largest document read as a whole, in bytes after decompression."""

MAX_LINE = 64 * 1024**2
"""Largest single line of a streamed file, in bytes after decompression."""

# A deflate stream cannot shrink by more than about 1,030 times and JSON text shrinks by 5 to 50 times. Beyond
# this ratio (once MAX_DOCUMENT is passed) the content can only be a bomb.
MAX_RATIO = 400

STDIN = "stdin"

_UNPACK = "unpack it first"
_MAGIC = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "save the sheet as CSV"),
    (b"BZh", "compressed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "compressed with xz", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "compressed with zstandard", _UNPACK),
    (b"%PDF", "a PDF", "copy the findings into a text file, one per line"),
    (b"\x89PNG", "a PNG image", "give the findings as text"),
    (b"\xff\xd8\xff", "a JPEG image", "give the findings as text"),
    (b"\x7fELF", "a program", "check the path"),
)
_WIDE = (
    # UTF-32 LE starts with the mark of UTF-16 LE, so it is looked for first.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class LineTooLong(Exception):
    """One line of a streamed file is over the limit; reading can go on after it."""


class Source:
    """An open input: decompressed, without byte order mark, readable by line or as a whole.

    Attributes:
        path: What to call it in messages.
    """

    def __init__(self, stream: IO[bytes], path: str, compressed: IO[bytes] | None = None) -> None:
        self.path = path
        self._stream = stream
        self._compressed = compressed
        self._waiting: list[tuple[int, bytes]] = []
        self._number = 0
        self._size = 0

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; standard input stays open."""
        for stream in (self._stream, self._compressed):
            if stream is not None and self.path != STDIN:
                stream.close()

    def peek_line(self) -> bytes:
        """Return the next line that is not blank, without consuming it; ``b""`` at the end."""
        return self._peek(0)

    def peek_second(self) -> bytes:
        """Return the line after :meth:`peek_line`, without consuming either; ``b""`` at the end."""
        return self._peek(1)

    def _peek(self, wanted: int) -> bytes:
        seen = 0
        position = 0
        while True:
            while position < len(self._waiting):
                line = self._waiting[position][1]
                position += 1
                if line.strip():
                    if seen == wanted:
                        return line
                    seen += 1
            # A document on one giant line must still be readable as a document: hand out its beginning.
            if self._waiting and not self._waiting[-1][1].endswith(b"\n"):
                return b""
            line = self._raw_line(MAX_LINE)
            if not line:
                return b""
            self._waiting.append((self._number, line))

    def lines(self, limit: int | None = None) -> Iterator[tuple[int, bytes | LineTooLong]]:
        """Yield (line number from 1, line) for each line that is not blank, holding one at a time.

        A line over ``limit`` bytes (by default :data:`MAX_LINE`) is passed over and yielded as
        :class:`LineTooLong`.
        """
        limit = MAX_LINE if limit is None else limit
        waiting, self._waiting = self._waiting, []
        # The beginning of an over-long line may have been peeked at; its rest is still in the stream.
        for number, line in waiting:
            if len(line) > limit or (len(line) >= MAX_LINE and not line.endswith(b"\n")):
                self._skip_line(line)
                yield number, LineTooLong()
            elif line.strip():
                yield number, line
        while line := self._raw_line(limit + 1):
            if len(line) > limit and not line.endswith(b"\n"):
                self._skip_line(line)
                yield self._number, LineTooLong()
            elif line.strip():
                yield self._number, line

    def read(self, limit: int | None = None) -> bytes:
        """Return everything that is left, refusing more than ``limit`` bytes (:data:`MAX_DOCUMENT`).

        Raises:
            DataError: It is larger.
        """
        limit = MAX_DOCUMENT if limit is None else limit
        parts = [line for _, line in self._waiting]
        self._waiting = []
        size = sum(map(len, parts))
        while size <= limit and (part := self._guarded(min(limit + 1 - size, 1 << 20), whole=True)):
            parts.append(part)
            size += len(part)
        if size > limit:
            raise DataError(
                f"is larger than {_megabytes(limit)} MB when read",
                path=self.path,
                remedy="split it into cases and write one per line (JSONL), which is read case by case",
                code="too_large",
            )
        return b"".join(parts)

    def _raw_line(self, limit: int) -> bytes:
        line = self._guarded(limit, whole=False)
        if line:
            self._number += 1
        return line

    def _skip_line(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._guarded(1 << 20, whole=False)

    def _guarded(self, limit: int, *, whole: bool) -> bytes:
        """Read a line or a block, turning every fault of the stream into a DataError."""
        try:
            part = self._stream.read(limit) if whole else self._stream.readline(limit)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"is a damaged gzip file ({error})",
                path=self.path,
                remedy="copy or download it again",
                code="gzip",
            ) from error
        except OSError as error:
            raise _os_error(error, self.path) from error
        before = self._size
        self._size += len(part)
        # Asking for the position costs a system call, so only when another MAX_DOCUMENT has gone by. Standard
        # input may have no position.
        if (
            self._compressed is not None
            and self._size // MAX_DOCUMENT != before // MAX_DOCUMENT
            and self._compressed.seekable()
        ):
            packed = max(self._compressed.tell(), 1)
            if self._size / packed > MAX_RATIO:
                raise DataError(
                    f"unpacks to over {self._size // packed} times its size, as no real data does",
                    path=self.path,
                    remedy="do not use this file; ask where it comes from",
                    code="gzip_bomb",
                )
        return part


def open_source(path: str | os.PathLike[str]) -> Source:
    """Open a regular file, or standard input for ``-``, decompressing gzip whatever its name.

    UTF-16 and UTF-32 with a byte order mark are turned into UTF-8; a UTF-8 mark is taken off.

    Raises:
        DataError: It is missing, not readable, not a regular file, binary, or compressed otherwise.
    """
    name = os.fspath(path)
    if name == "-":
        stream: IO[bytes] = sys.stdin.buffer
        name = STDIN
    else:
        stream = _open_regular(name)
    try:
        return _prepare(stream, name)
    except BaseException:
        if name != STDIN:
            stream.close()
        raise


def source_of(data: bytes, path: str) -> Source:
    """A :class:`Source` over bytes in memory, with the same checks as a file."""
    return _prepare(io.BytesIO(data), path)


def _open_regular(name: str) -> IO[bytes]:
    try:
        # Before opening, because opening a device can already act on it (rewind a tape) or hang (a FIFO).
        _refuse_special(os.stat(name).st_mode, name)
        # Again on what was opened, as the name may mean something else by now; O_NONBLOCK never waits.
        descriptor = os.open(name, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        stream = os.fdopen(descriptor, "rb")
        try:
            _refuse_special(os.fstat(descriptor).st_mode, name)
        except DataError:
            stream.close()
            raise
    except OSError as error:
        raise _os_error(error, name) from error
    except ValueError as error:  # a NUL or a lone surrogate in the name
        raise DataError(
            "is not a possible file name", path=ascii(name), remedy="check the path", code="name"
        ) from error
    return stream


def _refuse_special(mode: int, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        kind, remedy = "a folder, not a file", "name a file in it"
    elif stat.S_ISFIFO(mode):
        kind, remedy = "a pipe, not a file", "give '-' as the path and pipe the data to standard input"
    elif stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        kind, remedy = "a device, not a file", "give the path of a file, or '-' for standard input"
    else:
        kind, remedy = "not a regular file", "give the path of a file"
    raise DataError(f"is {kind}", path=name, remedy=remedy, code="not_a_file")


def _os_error(error: OSError, name: str) -> DataError:
    known = {
        errno.ENOENT: ("does not exist", "check the path", "missing"),
        errno.ENOTDIR: ("does not exist", "check the path", "missing"),
        errno.EACCES: ("may not be read", "ask for permission to read it", "permission"),
        errno.EPERM: ("may not be read", "ask for permission to read it", "permission"),
        errno.ELOOP: ("is a symbolic link that leads back to itself", "remove the link", "link_loop"),
        errno.ENAMETOOLONG: ("is too long a file name", "check the path", "name"),
    }
    message, remedy, code = known.get(
        error.errno or 0, (f"cannot be read ({error.strerror or error})", "check the disk or drive", "io")
    )
    return DataError(message, path=name, remedy=remedy, code=code)


def _prepare(stream: IO[bytes], path: str) -> Source:
    buffered: io.BufferedReader[Any] = (
        cast("io.BufferedReader[Any]", stream)
        if hasattr(stream, "peek")
        else io.BufferedReader(cast(io.RawIOBase, stream))
    )
    compressed: IO[bytes] | None = None
    try:
        head = buffered.peek(8)[:8]
        if head.startswith(b"\x1f\x8b"):
            compressed = buffered
            buffered = io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=compressed)))
            head = buffered.peek(8)[:8]
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(
            f"is a damaged gzip file ({error})", path=path, remedy="copy or download it again", code="gzip"
        ) from error
    except OSError as error:
        raise _os_error(error, path) from error
    if head.startswith(b"\x1f\x8b"):
        raise DataError("is compressed twice", path=path, remedy=_UNPACK, code="binary")
    for magic, what, remedy in _MAGIC:
        if head.startswith(magic):
            raise DataError(f"is {what}, not text", path=path, remedy=remedy, code="binary")
    for mark, encoding in _WIDE:
        if head.startswith(mark):
            data = Source(buffered, path, compressed).read()
            try:
                return Source(io.BytesIO(data.decode(encoding).encode()), path)
            except UnicodeError as error:
                raise DataError(
                    f"starts like {encoding.upper()} text but is not ({error})",
                    path=path,
                    remedy="save it as UTF-8",
                    code="encoding",
                ) from error
    source = Source(buffered, path, compressed)
    if head.startswith(codecs.BOM_UTF8):
        buffered.read(len(codecs.BOM_UTF8))
    return source


def decode_text(data: bytes, path: str, *, record: str = "") -> str:
    """Decode UTF-8, refusing binary content and other encodings.

    Raises:
        DataError: Names the byte offset and the remedy.

    >>> decode_text("Ménière".encode("latin-1"), "a.txt")
    Traceback (most recent call last):
    ...
    workup.errors.DataError: a.txt: is not UTF-8: byte 0xe9 at offset 1 -> convert it, ...
    """
    if b"\x00" in data:
        raise DataError(
            f"is binary: a NUL byte at offset {data.index(0)}",
            path=path,
            record=record,
            remedy="check that this is the right file, or save it as UTF-8 text",
            code="binary",
        )
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"is not UTF-8: byte 0x{data[error.start]:02x} at offset {error.start}",
            path=path,
            record=record,
            remedy="convert it, e.g. if it is Latin-1: iconv -f latin1 -t utf-8 OLD > NEW",
            code="encoding",
        ) from error


def decode_json(data: bytes, path: str, *, record: str = "", decoder: msgspec.json.Decoder[Any]) -> Any:
    """Decode strict JSON: no NaN, no Infinity, no runaway nesting.

    Args:
        data: The JSON as UTF-8.
        path: Named in errors.
        record: Named in errors.
        decoder: What to decode into.

    Raises:
        msgspec.ValidationError: Valid JSON of another shape than the decoder's; only with a typed decoder.
        DataError: Not JSON, for any reason.
    """
    try:
        return decoder.decode(data)
    except RecursionError as error:
        message, remedy, code = "nests too deeply to be a case", "check how the file was made", "nesting"
        cause: Exception = error
    except UnicodeDecodeError as error:
        decode_text(data, path, record=record)
        message, remedy, code = "holds broken characters", "save it as UTF-8", "encoding"
        cause = error
    except msgspec.ValidationError as error:
        if decoder.type is not Any:
            raise
        message, remedy, code = f"holds a number out of range ({error})", "correct the number", "json"
        cause = error
    except msgspec.DecodeError as error:
        decode_text(data, path, record=record)
        message, remedy, code = _why_not_json(data, str(error))
        cause = error
    raise DataError(message, path=path, record=record, remedy=remedy, code=code) from cause


def _why_not_json(data: bytes, complaint: str) -> tuple[str, str, str]:
    reason = complaint.removeprefix("JSON is malformed: ")
    if not data.strip():
        return "is empty", "write a case into it", "empty"
    if "truncated" in reason:
        return (
            f"is not complete JSON: it ends after {len(data)} bytes in the middle of a value",
            "export or copy it again",
            "json",
        )
    digits = "".join(sign for sign in reason.rpartition("(byte ")[2] if sign.isdigit())
    offset = int(digits) if digits else 0
    if data[offset : offset + 3] == b"NaN" or data[offset : offset + 9].lstrip(b"-").startswith(b"Inf"):
        return (
            f"is not JSON: NaN or Infinity at byte {offset}",
            "write null, or leave the field out",
            "not_finite",
        )
    return f"is not JSON: {reason}", "correct it there, or export it again", "json"


def write_atomic(path: str | os.PathLike[str], data: bytes | str) -> None:
    """Write a file so that it is either there in full or not changed at all.

    The data goes to a temporary file in the same folder, which then takes the place of ``path``. A symbolic
    link is followed, permissions of an existing file are kept.

    Raises:
        DataError: The target cannot be written; no partial file is left behind.
    """
    name = os.fspath(path)
    content = data.encode() if isinstance(data, str) else data
    temporary: Path | None = None
    try:
        target = Path(os.path.realpath(name))
        mode: int | None = None
        if target.exists():
            mode = target.stat().st_mode
            if not stat.S_ISREG(mode):
                raise DataError(
                    "is not a regular file, so it cannot be replaced",
                    path=name,
                    remedy="name a file to write to",
                    code="not_a_file",
                )
        # With the process's own umask, which `tempfile` would override by 0600.
        beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(6)}.tmp")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        temporary = beside
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
        temporary = None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DataError(
            f"cannot be written ({reason})",
            path=name,
            remedy="choose a folder that exists, that you may write to and that has room",
            code="write",
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def _megabytes(size: int) -> int:
    return max(size // 1024**2, 1)
