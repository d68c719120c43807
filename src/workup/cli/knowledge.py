"""``workup knowledge``: what the knowledge base holds, and building it."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec


@click.group("knowledge")
def command() -> None:
    """Build the knowledge base or say what is in it."""


@command.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def info(as_json: bool) -> None:
    """Say what the knowledge base was built from and where it is kept."""
    from workup.knowledge import Knowledge

    _show(Knowledge.load(), as_json)


@command.command("build")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of artefacts; default: the cache.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def build(out: Path | None, as_json: bool) -> None:
    """Build the knowledge base, if it is not built yet, and say what is in it."""
    from workup.knowledge import Knowledge

    _show(Knowledge.load(out), as_json)


def _show(knowledge: object, as_json: bool) -> None:
    from workup.knowledge import Knowledge
    from workup.knowledge.base import CITATIONS

    assert isinstance(knowledge, Knowledge)
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
            click.echo(f"{key}:" if value else f"{key}: none")
            for name, part in value.items():
                click.echo(f"  {name}: {part}")
        else:
            click.echo(f"{key.replace('_', ' ')}: {value}")
    if knowledge.temporary:
        click.echo("The cache folder cannot be written; set WORKUP_CACHE to keep the knowledge base.")
