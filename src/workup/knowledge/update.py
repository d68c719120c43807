"""Bringing the knowledge up to date without ever being without any.

A release is fetched into a folder of its own, checked, compiled beside the artefact in use, tried on a patient, and
only then put in use, by replacing one small file. Stopped at any instant, the release in use stays what it was.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from workup.case import Case, Finding
from workup.errors import DataError, UserError
from workup.knowledge import base, releases, verify
from workup.knowledge.base import Knowledge
from workup.knowledge.download import Fetcher, Limits, Progress
from workup.knowledge.releases import FILES, PINNED, RECORD, Release, releases_folder, source_of

# The patient that a new release is tried on has this many findings of one disease, which must then lead.
_PROBE_FINDINGS = 6
_PROBE_RANK = 10


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What an update did.

    Attributes:
        version: The release now in use.
        before: The one that was.
        fetched: Whether it was fetched now (else it was here already).
        counts: What it holds and what the one before held.
    """

    version: str
    before: str
    fetched: bool
    counts: dict[str, tuple[int, int]] = {}


def update(
    *,
    source: str | None = None,
    release: str | None = None,
    cache: Path | None = None,
    limits: Limits | None = None,
    say: Callable[[str], None] = lambda step: None,
    progress: Progress = lambda name, done, total: None,
) -> Update:
    """Fetch a release, check it, build it and put it in use.

    Args:
        source: Where from; None for the official releases (see :mod:`workup.knowledge.download`).
        release: A version; None for the newest, which must not be older than the one in use.
        cache: Folder of artefacts.
        limits: What the download may take.
        say: Told each step, in a few words.
        progress: Told the name, the bytes so far and the bytes in all (None: not known) of the file being fetched.

    Raises:
        UserError: Another update is running.
        DataError: The release cannot be had or used; the one in use stays.
    """
    folder = releases_folder(cache)
    with releases.update_lock(cache):
        before = releases.in_use(cache)
        current = releases.pinned_version() if before == PINNED else before
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _sweep(folder)
            with Fetcher(source, limits) as fetcher:
                say("looking for the release")
                listing = fetcher.listing(release)
                known = {found.version: found for found in releases.installed(cache)}
                if listing.version in known:
                    _refuse_older(listing.version, current, release)
                    _open(listing.version, cache)
                    releases.use(listing.version, cache)
                    return Update(version=listing.version, before=before, fetched=False)
                scratch = Path(tempfile.mkdtemp(prefix=".fetching-", dir=folder))
                try:
                    digests = {}
                    for name in FILES:
                        say(f"fetching {name}")
                        digests[name] = fetcher.fetch(name, listing.assets[name], scratch / name, progress)
                        # A web page in place of the first file is no reason to fetch the other three.
                        verify.check_beginning(scratch / name)
                    say("checking the files")
                    facts = verify.read_facts(scratch)
                    old = _size_of(before, cache)
                    version = verify.check_release(facts, old, listing.version or (release or ""))
                    _refuse_older(version, current, release)
                    if version in known and known[version].files != digests:
                        raise DataError(
                            "is here already, with other content",
                            path=f"release {version}",
                            remedy=f"to replace it, put another one in use and delete {folder / version}",
                            code="release",
                        )
                    record = Release(
                        version=version,
                        source=fetcher.source,
                        fetched=datetime.now(UTC).isoformat(timespec="seconds"),
                        files=digests,
                    )
                    (scratch / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record)) + b"\n")
                    say("building")
                    artefact = (cache or base.cache_folder()) / base.artefact_name(scratch)
                    if not (artefact / "meta.json").is_file():
                        base.build(artefact, scratch)
                    say("trying it on a patient")
                    check_ranking(Knowledge.open(artefact))
                    if version not in known:
                        # Whatever lies there was never a whole release.
                        shutil.rmtree(folder / version, ignore_errors=True)
                        scratch.rename(folder / version)
                finally:
                    shutil.rmtree(scratch, ignore_errors=True)
            releases.use(version, cache)
        except OSError as error:
            raise DataError(
                f"cannot be written ({error.strerror or error})",
                path=str(folder),
                remedy="make room, or set WORKUP_CACHE to another folder; the release in use was not changed",
                code="write",
            ) from error
    counts = {what: (old.counts.get(what, 0), count) for what, count in facts.counts.items()}
    return Update(version=version, before=before, fetched=True, counts=counts)


def choose(version: str, cache: Path | None = None) -> str:
    """Put a release that is here in use; returns the one that was.

    Raises:
        UserError: It is not here, or an update is running.
        DataError: It cannot be opened.
    """
    with releases.update_lock(cache):
        try:
            before = releases.in_use(cache)
        except UserError:
            before = "unknown"
        source_of(version, cache)
        if version != PINNED:
            _open(version, cache)
        releases.use(version, cache)
    return before


def _open(version: str, cache: Path | None) -> None:
    check_ranking(Knowledge.load(cache, version))


def _size_of(version: str, cache: Path | None) -> verify.Facts:
    """What a release holds; of the pinned one, when that release went missing."""
    try:
        folder = source_of(version, cache)
    except UserError:
        folder = source_of(PINNED, cache)
    return verify.read_facts(folder, [name for name in FILES if (folder / name).is_file()])


def _refuse_older(version: str, current: str, release: str | None) -> None:
    """An older release is only installed when it was asked for by name."""
    if release is None and version < current:
        raise DataError(
            f"is older than {current}, which is in use",
            path=f"release {version}",
            remedy=f"if you want it, name it: --release {version}; the release in use was not changed",
            code="downgrade",
        )


def _sweep(folder: Path) -> None:
    """Remove what updates that were killed left behind; the lock says that none is running."""
    for scratch in folder.glob(".fetching-*"):
        with contextlib.suppress(OSError):
            shutil.rmtree(scratch)


def probe_case(knowledge: Knowledge) -> tuple[Case, str]:
    """A patient with findings of one disease, and that disease's id.

    The disease is the OMIM entry with the most findings that few others have.
    """
    from workup.reasoners.phenotype.profiles import Profiles

    profiles = Profiles(knowledge, "omim")
    frequency = profiles.candidate_frequency
    rare = frequency.copy()
    # A term counts the more the fewer diseases have it.
    rare.data = np.where(frequency.data >= 0.5, 1.0, 0.1) / np.maximum(profiles.direct_count, 1.0)[frequency.indices]
    best = int(np.argmax(np.asarray(rare.sum(axis=1))))
    part = slice(int(frequency.indptr[best]), int(frequency.indptr[best + 1]))
    terms = frequency.indices[part][np.argsort(-rare.data[part], kind="stable")][:_PROBE_FINDINGS]
    findings = tuple(Finding(knowledge.ontology.id(term)) for term in terms.tolist())
    return Case(id="probe", findings=findings), knowledge.diseases.ids[int(profiles.candidates[best])]


def check_ranking(knowledge: Knowledge) -> None:
    """Rank a patient with the findings of a disease: it must be among the first, and all numbers be numbers.

    Raises:
        DataError: It is not, or the artefact cannot be opened.
    """
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    try:
        case, disease = probe_case(knowledge)
        result = PhenotypeReasoner().reason(case, Context(knowledge=knowledge, limit=_PROBE_RANK))
    except (ValueError, KeyError, IndexError, msgspec.MsgspecError) as error:
        raise verify.damage("the release", f"gives an artefact that cannot be used ({error})") from error
    sums = [abs(sum(step.weight for step in h.contributions) - h.score) for h in result.differential]
    if disease not in {h.id for h in result.differential} or max(sums, default=1.0) > 1e-6:
        raise verify.damage("the release", f"does not rank a patient with the findings of {disease} as it should")
