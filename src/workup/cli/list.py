"""``workup list KIND``: what is registered, without importing any of it."""

from __future__ import annotations

import click

from workup import registry


@click.command("list")
@click.argument("kind", type=click.Choice(registry.KINDS))
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(kind: str, as_json: bool) -> None:
    """List the names registered as KIND and where each is defined."""
    import msgspec

    targets = {name: registry.target(kind, name) for name in registry.names(kind)}
    if as_json:
        click.echo(msgspec.json.encode([{"name": name, "target": targets[name]} for name in targets]))
        return
    width = max(map(len, targets), default=0)
    for name, target in targets.items():
        click.echo(f"{name:<{width}}  {target}")
