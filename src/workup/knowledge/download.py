"""Fetching the files of a release: which there are, and their bytes, with limits on everything.

The official releases are those of the GitHub repository ``obophenotype/human-phenotype-ontology``: a tag such as
``v2025-11-24`` with the files attached. GitHub's interface lists them (``releases/latest``, ``releases/tags/TAG``)::

    {"tag_name": "v2025-11-24",
     "assets": [{"name": "hp.obo", "size": 10021952, "digest": "sha256:...",
                 "browser_download_url": "https://github.com/.../releases/download/v2025-11-24/hp.obo"}, ...]}

Another source is the base of such a listing, or a plain folder (a mirror inside a hospital, a stick) with the four
files and, if it has one, ``SHA256SUMS``.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec

from workup.errors import DataError
from workup.knowledge.releases import FILES

OFFICIAL = "https://api.github.com/repos/obophenotype/human-phenotype-ontology"
# The same releases without the listing, for when its hourly limit of calls is used up.
OFFICIAL_FILES = "https://github.com/obophenotype/human-phenotype-ontology/releases"
HOSTS = frozenset(
    {"api.github.com", "github.com", "objects.githubusercontent.com", "release-assets.githubusercontent.com"}
)
_MOST_LISTING = 8 * 1024**2

Progress = Callable[[str, int, int | None], None]
_T = TypeVar("_T")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a download may take.

    Attributes:
        seconds: For one file, retries apart.
        idle: Longest wait for the next bytes, in seconds.
        attempts: How often a file is tried.
        pause: Seconds before the second attempt; doubled before each further one.
        bytes: Largest file. The largest of release 2025-01-16 has 63 MB.
    """

    seconds: float = 900.0
    idle: float = 30.0
    attempts: int = 3
    pause: float = 2.0
    bytes: int = 512 * 1024**2


class Asset(msgspec.Struct, frozen=True):
    """A file to fetch: where, and what is known of it beforehand."""

    url: str
    size: int | None = None
    sha256: str | None = None


class Listing(msgspec.Struct, frozen=True):
    """The files of one release; ``version`` is empty when the source does not announce it."""

    version: str
    assets: dict[str, Asset]


class _Passing(Exception):
    """A failure that may not happen again."""


class Fetcher:
    """Fetches from one source; use it as a context manager.

    Args:
        source: Base address of a listing or of a plain folder, or the path of a local folder; None for the
            official releases, which alone are held to the hosts of :data:`HOSTS`.
        limits: What it may take.
    """

    def __init__(self, source: str | None = None, limits: Limits | None = None) -> None:
        self.source = (source or OFFICIAL).rstrip("/")
        self.limits = limits or Limits()
        self._official = source is None
        self._local = Path(self.source) if source and not re.match(r"https?://", source) else None
        self._client = httpx.Client(
            follow_redirects=True,
            max_redirects=5,
            timeout=httpx.Timeout(self.limits.idle, connect=min(20.0, self.limits.idle)),
            headers={"User-Agent": "workup", "Accept-Encoding": "identity"},
            # Called for every hop of a redirect too.
            event_hooks={"request": [self._allow]},
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _allow(self, request: httpx.Request) -> None:
        if self._official and (request.url.host not in HOSTS or request.url.scheme != "https"):
            raise self._error(
                str(request.url), "is not an address of the official releases; nothing was fetched from it"
            )

    def listing(self, release: str | None = None) -> Listing:
        """What there is to fetch.

        Args:
            release: A version; None for the newest.

        Raises:
            DataError: The source cannot be reached, or lists no such release, or not all of its files.
        """
        if self._local is not None:
            if not self._local.is_dir():
                raise self._error(self.source, "is neither an address (http, https) nor a folder")
            return Listing("", {name: Asset(str(self._local / name)) for name in FILES})
        url = f"{self.source}/releases/" + (f"tags/v{release}" if release else "latest")
        try:
            data = self._small(url)
        except _Refused as error:
            if self._official and error.status in (403, 429):
                base = f"{OFFICIAL_FILES}/" + (f"download/v{release}" if release else "latest/download")
                return Listing("", {name: Asset(f"{base}/{name}") for name in FILES})
            if not self._official and error.status == 404:
                sums = self._sums()
                return Listing("", {n: Asset(f"{self.source}/{n}", None, sums.get(n)) for n in FILES})
            what = f"has no release {release}" if release and error.status == 404 else f"answers {error.status}"
            raise self._error(url, what) from error
        try:
            return _listed(msgspec.json.decode(data))
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as error:
            raise self._error(url, "does not answer with a list of releases") from error

    def _sums(self) -> dict[str, str]:
        try:
            text = self._small(f"{self.source}/SHA256SUMS").decode(errors="replace")
        except _Refused:
            return {}
        found = re.findall(r"^([0-9a-fA-F]{64})[ \t]+\*?(\S+)[ \t]*$", text, re.MULTILINE)
        return {name: digest.lower() for digest, name in found}

    def _small(self, url: str) -> bytes:
        """A short document."""

        def once() -> bytes:
            parts: list[bytes] = []
            self._stream(Asset(url), _MOST_LISTING, parts.append, lambda done, total: None)
            return b"".join(parts)

        return self._patiently(url, once)

    def fetch(self, name: str, asset: Asset, target: Path, progress: Progress = lambda name, done, total: None) -> str:
        """Fetch one file and check it against what the listing says.

        Returns:
            Its SHA-256.

        Raises:
            DataError: It cannot be had in full, in time, or is not what was announced.
            OSError: It cannot be written.
        """
        if self._local is not None:
            return self._copy(name, Path(asset.url), target)

        def once() -> str:
            digest = hashlib.sha256()
            with target.open("wb") as out:

                def take(block: bytes) -> None:
                    out.write(block)
                    digest.update(block)

                size = self._stream(asset, self.limits.bytes, take, lambda done, total: progress(name, done, total))
            if asset.size is not None and size != asset.size:
                raise _Passing(f"is cut off: {size} bytes of {asset.size}")
            if asset.sha256 and digest.hexdigest() != asset.sha256:
                raise _Passing("does not have the checksum that the release states")
            return digest.hexdigest()

        try:
            return self._patiently(asset.url, once)
        except _Refused as error:
            raise self._error(asset.url, f"answers {error.status}") from error

    def _copy(self, name: str, origin: Path, target: Path) -> str:
        try:
            if origin.stat().st_size > self.limits.bytes:
                raise self._error(str(origin), f"is larger than {self.limits.bytes} bytes")
        except OSError as error:
            raise self._error(str(origin), f"cannot be read ({error.strerror})") from error
        shutil.copyfile(origin, target)
        with target.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    def _patiently(self, url: str, once: Callable[[], _T]) -> _T:
        for attempt in range(1, self.limits.attempts + 1):
            try:
                return once()
            except _Passing as error:
                if attempt == self.limits.attempts:
                    tried = f" (tried {attempt} times)" if attempt > 1 else ""
                    raise self._error(url, f"{error}{tried}") from error
                time.sleep(self.limits.pause * 2 ** (attempt - 1))
        raise AssertionError("unreachable: there is at least one attempt")

    def _stream(
        self, asset: Asset, most: int, take: Callable[[bytes], object], told: Callable[[int, int | None], None]
    ) -> int:
        """Hand the body of an answer on block by block; returns its size."""
        begun, size = time.monotonic(), 0
        try:
            with self._client.stream("GET", asset.url) as answer:
                if answer.status_code >= 500 or answer.status_code in (408, 425):
                    raise _Passing(f"answers {answer.status_code}")
                if answer.status_code != 200:
                    raise _Refused(answer.status_code)
                if "html" in answer.headers.get("content-type", ""):
                    raise self._error(asset.url, "is a web page, not the file")
                announced = answer.headers.get("content-length")
                total = asset.size or (int(announced) if announced and announced.isdecimal() else None)
                if total is not None and total > most:
                    raise self._error(asset.url, f"has {total} bytes, more than the {most} that a release may have")
                for block in answer.iter_bytes():
                    size += len(block)
                    if size > most:
                        raise self._error(asset.url, f"has more than the {most} bytes that a release may have")
                    if time.monotonic() - begun > self.limits.seconds:
                        raise _Passing(f"is too slow: not there after {self.limits.seconds:g} s")
                    take(block)
                    told(size, total)
        except httpx.TimeoutException as error:
            raise _Passing(f"is too slow: no answer for {self.limits.idle:g} s") from error
        except httpx.RemoteProtocolError as error:
            raise _Passing(f"is cut off ({error})") from error
        except httpx.TooManyRedirects as error:
            raise self._error(asset.url, "leads from one address to the next without end") from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise self._error(asset.url, f"is not an address ({error})") from error
        except httpx.TransportError as error:
            host = urlsplit(asset.url).hostname
            raise _Passing(f"cannot be reached ({error or type(error).__name__}; host {host})") from error
        except httpx.DecodingError as error:
            raise _Passing(f"is damaged on the way ({error})") from error
        return size

    def _error(self, url: str, reason: str) -> DataError:
        remedy = "check the network and the address, or try again later; the release in use was not changed"
        return DataError(reason, path=url, remedy=remedy, code="download")


class _Refused(Exception):
    """The server answered that it will not give it."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


def _listed(answer: dict[str, Any]) -> Listing:
    version = re.sub(r"^v", "", str(answer["tag_name"]))
    by_name = {str(asset["name"]): asset for asset in answer["assets"]}
    if missing := [name for name in FILES if name not in by_name]:
        raise DataError(
            f"lacks {', '.join(missing)}",
            path=f"release {version}",
            remedy="name another one with --release; the release in use was not changed",
            code="download",
        )
    assets = {}
    for name in FILES:
        asset = by_name[name]
        kind, _, digest = str(asset.get("digest") or "").partition(":")
        size = asset.get("size")
        assets[name] = Asset(
            str(asset["browser_download_url"]),
            size if isinstance(size, int) else None,
            digest.lower() if kind == "sha256" and digest else None,
        )
    return Listing(version, assets)
