"""``workup compare DIR DIR...``: runs on the same cases, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from workup.cli.judging import judge_options


@click.command("compare")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DIR DIR...")
@click.option("--metric", metavar="NAME", help="Score to compare; default: the benchmark's headline.")
@click.option("--against", metavar="DIR", help="Compare every run with this one; default: every pair.")
@click.option("--by-source", is_flag=True, help="Resample sources (publications, cohorts) instead of cases.")
@judge_options
@click.option(
    "--plots", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER", help="Draw Pareto and differences."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the bootstraps.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(
    folders: tuple[Path, ...],
    metric: str | None,
    against: str | None,
    by_source: bool,
    plots: Path | None,
    seed: int,
    as_json: bool,
    **judging: Any,
) -> None:
    """Compare runs of one benchmark, paired by case, with correction for the number of comparisons.

    Where every run has a model, the conventional baselines beside them (workup run --baseline) join the table. The
    last lines say of each model whether it beats the best run without one.
    """
    import msgspec

    from workup.cli.judging import judge_from
    from workup.cli.tables import show_comparison
    from workup.evaluation.scoring import compare_runs, score_run

    runs = [score_run(folder, seed=seed, judge=judge_from(judging, folder)) for folder in folders]
    found = compare_runs(runs, metric=metric, against=against, by_source=by_source, seed=seed)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        show_comparison(found)
    if plots is not None:
        from workup.evaluation.run_plots import draw_comparison

        for path in draw_comparison(found, plots):
            click.echo(f"Drawn: {path}", err=True)
