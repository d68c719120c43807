"""``workup systems``: the published systems and how far each one is."""

from __future__ import annotations

import click

from workup.systems.records import KINDS, STATUSES


@click.command("systems")
@click.option("--status", type=click.Choice(STATUSES), help="Only systems of this status.")
@click.option("--kind", type=click.Choice(KINDS), help="Only systems of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(status: str | None, kind: str | None, as_json: bool) -> None:
    """List the published systems this project implements, with their status."""
    import msgspec

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
