"""``workup knowledge``: what the knowledge base holds, and building it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from workup.errors import UserError

if TYPE_CHECKING:
    from workup.knowledge import Knowledge


@click.group("knowledge")
def command() -> None:
    """Build the knowledge base or say what is in it."""


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def info(as_json: bool) -> None:
    """Say what the knowledge base was built from and where it is kept."""
    _show(open_knowledge(), as_json)


@command.command("build")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of artefacts; default: the cache.")
@click.option("--force", is_flag=True, help="Build it again, even if it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def build(out: Path | None, force: bool, as_json: bool) -> None:
    """Build the knowledge base, if it is not built yet, and say what is in it."""
    if force:
        _remove(artefact_folder(out))
    knowledge = open_knowledge(out)
    if knowledge.temporary:
        raise UserError(f"nothing was kept: {_cache(out)} cannot be written; give --out or set WORKUP_CACHE")
    _show(knowledge, as_json)


def artefact_folder(cache: Path | None = None) -> Path:
    """Folder of this release's artefact, whether it is built or not.

    Raises:
        UserError: The ontology files are not installed.
    """
    from workup.knowledge.base import artefact_name, source_folder

    return _cache(cache) / artefact_name(source_folder())


def open_knowledge(cache: Path | None = None) -> Knowledge:
    """Open the knowledge base; say on standard error when it must be built first, and where it is kept.

    Args:
        cache: Folder of artefacts; default: the user's cache.

    Raises:
        UserError: The artefact is damaged; says how to build it again.
    """
    from workup.knowledge import Knowledge

    folder = artefact_folder(cache)
    missing = not (folder / "meta.json").is_file()
    if missing:
        click.echo("Building the knowledge base (needed once; about 10 s) ...", err=True)
    try:
        knowledge = Knowledge.load(cache)
        # Opening the tables finds what was deleted or cut off since they were built.
        _ = knowledge.ontology, knowledge.annotations, knowledge.diseases
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        reason = str(error).partition("\n")[0]
        raise UserError(
            f"the knowledge base in {folder} is damaged ({reason}); build it again: workup knowledge build --force"
        ) from error
    if missing and knowledge.temporary:
        click.echo(
            f"It is temporary: {_cache(cache)} cannot be written, so each run builds it again. "
            "Set WORKUP_CACHE to a folder that can be written.",
            err=True,
        )
    elif missing:
        click.echo(f"Built in {knowledge.meta.seconds:.0f} s and kept in {knowledge.folder}", err=True)
    return knowledge


def _cache(cache: Path | None) -> Path:
    from workup.knowledge.base import cache_folder

    return cache or cache_folder()


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{folder} cannot be removed: {error.strerror or error}") from error


def _show(knowledge: Knowledge, as_json: bool) -> None:
    from workup.knowledge.base import CITATIONS

    size = sum(path.stat().st_size for path in knowledge.folder.iterdir())
    diseases = knowledge.diseases
    facts = {
        "folder": str(knowledge.folder),
        "temporary": knowledge.temporary,
        "megabytes": round(size / 1e6, 1),
        "build_seconds": knowledge.meta.seconds,
        "versions": knowledge.versions,
        "terms": len(knowledge.ontology),
        "diseases": len(diseases),
        "omim": int((diseases.source == 0).sum()),
        "rows": len(knowledge.annotations),
        "rows_skipped": knowledge.meta.skipped,
        "sources": knowledge.meta.sources,
        "citations": CITATIONS,
    }
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(facts)).decode())
        return
    for key, value in facts.items():
        if isinstance(value, dict):
            click.echo(f"{key.replace('_', ' ')}:" if value else f"{key.replace('_', ' ')}: none")
            for name, part in value.items():
                click.echo(f"  {name}: {part}")
        else:
            click.echo(f"{key.replace('_', ' ')}: {value}")
