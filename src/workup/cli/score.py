"""``workup score DIR``: scores of a run, computed again from its attempts."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("score")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--data", multiple=True, type=click.Path(path_type=Path), help="Where its files are now. Repeatable.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(folder: Path, data: tuple[Path, ...], seed: int, as_json: bool) -> None:
    """Score a run again from its attempts, without running anything."""
    import msgspec

    from workup.cli.tables import show_scores
    from workup.evaluation.scoring import save, score_run

    scores = score_run(folder, data=data, seed=seed)
    save(scores)
    if as_json:
        click.echo(msgspec.json.encode(scores))
    else:
        show_scores(scores)
