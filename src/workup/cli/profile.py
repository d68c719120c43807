"""``workup profile DIR DIR...``: runs on several benchmarks by what they are about, as a table and a radar plot."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("profile")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR DIR...")
@click.option("--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Draw the radar plot.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(folders: tuple[Path, ...], svg: Path | None, seed: int, as_json: bool) -> None:
    """Profile one or several models over runs on different benchmarks, by dimension (MEDIC's five).

    A dimension without a run is named as missing. The conventional baseline of each run stands beside it.
    """
    import msgspec

    from workup.cli.tables import interval
    from workup.evaluation.profile import profile, radar
    from workup.evaluation.scoring import score_run
    from workup.io import write_atomic
    from workup.systems.render import table

    found = profile([score_run(folder, seed=seed) for folder in folders])
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        rows = []
        for one in found.entries:
            value = "-" if one.value is None else f"{one.value:.3f}"
            beside = "-" if one.baseline is None else f"{one.baseline:.3f} ({one.baseline_name})"
            rows.append(
                [
                    *(one.who, one.dimension, one.benchmark, one.metric, value),
                    *(interval(one.interval, 1.0, 3), str(one.n), beside),
                ]
            )
        table(["model", "dimension", "benchmark", "metric", "value", "95 % interval", "n", "baseline"], rows)
        for who, missing in found.missing.items():
            if missing:
                click.echo(f"{who}: no run on {', '.join(missing)}.")
        for words in dict.fromkeys(words for one in found.entries for words in one.words):
            click.echo(words)
    if svg is not None:
        write_atomic(svg, radar(found))
        click.echo(f"Drawn: {svg}", err=True)
