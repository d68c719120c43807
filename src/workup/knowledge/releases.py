"""Releases of the knowledge beside the pinned one, and which of them is in use.

``workup knowledge update`` keeps the files of each fetched release in the cache folder::

    releases/2025-11-24/      hp.obo, phenotype.hpoa, genes_to_phenotype.txt, phenotype_to_genes.txt, release.json
    knowledge-0123456789abcdef/    the artefact made of them
    in-use.json               {"version": "2025-11-24"}; without this file the pinned release is in use

The last is replaced in one step, so that at any instant one whole release is in use. Evaluations never look at it:
:meth:`workup.knowledge.Knowledge.load` opens the pinned release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workup.errors import DataError, UserError
from workup.knowledge import base

PINNED = "pinned"
FILES = (*base.SOURCES, "phenotype_to_genes.txt")
RECORD = "release.json"

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One fetched release.

    Attributes:
        version: Date of the release, as ``phenotype.hpoa`` states it.
        source: Where it was fetched.
        fetched: When, in UTC.
        files: SHA-256 of each file.
    """

    version: str
    source: str
    fetched: str
    files: dict[str, str]


def version_text(text: str) -> str:
    """A version as it is written here, from how it may be typed.

    Raises:
        UserError: It is neither a date nor ``pinned``.

    >>> version_text("v2025-11-24"), version_text("pinned")
    ('2025-11-24', 'pinned')
    """
    plain = text.strip().removeprefix("v")
    if plain != PINNED and not _VERSION.fullmatch(plain):
        raise UserError(f"{text!r} is no version; versions are dates such as 2025-01-16, or {PINNED}")
    return plain


def releases_folder(cache: Path | None = None) -> Path:
    """Folder that holds the fetched releases."""
    return (cache or base.cache_folder()) / "releases"


def stated_version(folder: Path) -> str:
    """The version that ``phenotype.hpoa`` of a folder states, ``unknown`` if none."""
    with (folder / "phenotype.hpoa").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if not line.startswith("#"):
                break
            key, _, value = line[1:].partition(":")
            if key.strip() in ("version", "date"):
                return value.strip().strip('"')
    return "unknown"


def pinned_version() -> str:
    """The version of the pinned files."""
    return stated_version(base.source_folder())


def installed(cache: Path | None = None) -> list[Release]:
    """The fetched releases that are whole, oldest first."""
    found = []
    for record in sorted(releases_folder(cache).glob(f"[0-9]*/{RECORD}")):
        try:
            release = msgspec.json.decode(record.read_bytes(), type=Release)
        except (OSError, msgspec.MsgspecError):
            # Half a folder: shown to nobody, and replaced by the next update.
            continue
        if release.version == record.parent.name and all((record.parent / name).is_file() for name in FILES):
            found.append(release)
    return found


def source_of(version: str, cache: Path | None = None) -> Path:
    """Folder of a release's files.

    Raises:
        UserError: It is not here; lists what is.
    """
    if version == PINNED:
        return base.source_folder()
    folder = releases_folder(cache) / version
    have = [release.version for release in installed(cache)]
    if version not in have:
        raise UserError(
            f"release {version} is not here; there are {', '.join([*have, PINNED])}; "
            f"to fetch it: workup knowledge update --release {version}; "
            "to go on without it: workup knowledge use pinned"
        )
    return folder


_evaluating = 0


@contextmanager
def pinned_only() -> Iterator[None]:
    """Within it the pinned release is in use, whatever the user chose: what evaluations run in."""
    global _evaluating
    _evaluating += 1
    try:
        yield
    finally:
        _evaluating -= 1


def in_use(cache: Path | None = None) -> str:
    """Version of the release in use, or ``pinned``.

    Raises:
        UserError: The file that says so is damaged.
    """
    if _evaluating:
        return PINNED
    path = _pointer(cache)
    try:
        return str(msgspec.json.decode(path.read_bytes(), type=dict[str, str])["version"])
    except (FileNotFoundError, NotADirectoryError):
        return PINNED
    except (OSError, msgspec.MsgspecError, KeyError) as error:
        raise UserError(
            f"{path} does not say which release is in use; choose one: workup knowledge use VERSION|pinned"
        ) from error


def use(version: str, cache: Path | None = None) -> None:
    """Put a release in use, in one step.

    Raises:
        UserError: It is not here.
        DataError: The cache folder cannot be written.
    """
    from workup.io.safe import write_atomic

    source_of(version, cache)
    path = _pointer(cache)
    if version == PINNED:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(
                f"cannot be removed ({error.strerror})", path=str(path), remedy="ask for the permission"
            ) from error
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"cannot be made ({error.strerror})", path=str(path.parent), remedy="set WORKUP_CACHE to another folder"
        ) from error
    write_atomic(path, msgspec.json.encode({"version": version}) + b"\n")


def _pointer(cache: Path | None) -> Path:
    return (cache or base.cache_folder()) / "in-use.json"


@contextmanager
def update_lock(cache: Path | None = None) -> Iterator[None]:
    """Hold the right to change the releases; the system takes it back when the process ends, however it ends.

    Raises:
        UserError: Another process holds it.
        DataError: The cache folder cannot be written.
    """
    from workup.io.lock import take

    path = (cache or base.cache_folder()) / "update.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a+b")
    except OSError as error:
        raise DataError(
            f"cannot be written: {error.strerror}", path=str(path), remedy="set WORKUP_CACHE to a folder that can be"
        ) from error
    with handle:
        if not take(handle):
            raise UserError("another update is running; wait for it, or stop it, and try again")
        yield
