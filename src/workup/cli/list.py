"""``workup list KIND``: what is registered, without importing any of it."""

from __future__ import annotations

import click

from workup import registry


@click.command("list")
@click.argument("kind", type=click.Choice(registry.KINDS))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(kind: str, as_json: bool) -> None:
    """List what is registered as KIND: what it does, what it needs, and where it was published."""
    import msgspec

    from workup.about import about
    from workup.systems.render import table

    entries = [about(kind, name) for name in registry.names(kind)]
    if as_json:
        click.echo(msgspec.json.encode(entries))
        return
    rows = [[entry.name, entry.summary or entry.target, ", ".join(entry.needs), entry.paper] for entry in entries]
    table(["name", "what it does", "needs", "paper"], rows)
