"""``workup systems``: the published systems and how far each one is."""

from __future__ import annotations

from pathlib import Path

import click

from workup.systems.records import KINDS, STATUSES


@click.command("systems")
@click.option("--status", type=click.Choice(STATUSES), help="Only systems of this status.")
@click.option("--kind", type=click.Choice(KINDS), help="Only systems of this kind.")
@click.option("--map", "as_map", is_flag=True, help="Map of the field: what implements, proves and measures what.")
@click.option("--matrix", "as_matrix", is_flag=True, help="What can be measured: modality x answer x language.")
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="With --map: write it as a page.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(
    status: str | None, kind: str | None, as_map: bool, as_matrix: bool, html: Path | None, as_json: bool
) -> None:
    """List the published systems this project implements, with their status."""
    import msgspec

    if as_matrix:
        if status or kind or as_map or html:
            raise click.UsageError("--matrix stands alone, or with --json")
        _matrix(as_json)
        return
    if as_map or html:
        if status or kind:
            raise click.UsageError("--map shows all systems; leave --status and --kind out")
        _map(html, as_json)
        return

    from workup.systems.records import catalogue
    from workup.systems.render import table

    chosen = [
        system
        for system in catalogue()
        if (status is None or system.status == status) and (kind is None or system.kind == kind)
    ]
    if as_json:
        click.echo(msgspec.json.encode(chosen))
        return
    table(
        ["no", "status", "kind", "system", "what it does"],
        [(system.id, system.status, system.kind, system.title, system.summary) for system in chosen],
    )


def _map(html: Path | None, as_json: bool) -> None:
    import msgspec

    from workup.io import write_atomic
    from workup.systems.coverage import HEADINGS, coverage, map_page, map_rows
    from workup.systems.render import table

    cells = coverage()
    if html:
        write_atomic(html, map_page(cells).encode())
    if as_json:
        click.echo(msgspec.json.encode(cells))
    elif not html:
        table(list(HEADINGS), map_rows(cells))


def _matrix(as_json: bool) -> None:
    import msgspec

    from workup.systems.matrix import HEADINGS, matrix, matrix_rows
    from workup.systems.render import table

    places = matrix()
    if as_json:
        click.echo(msgspec.json.encode(places))
    else:
        table(list(HEADINGS), matrix_rows(places))
