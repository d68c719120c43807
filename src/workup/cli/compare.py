"""``workup compare DIR DIR...``: runs on the same cases, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workup.cli.judging import judge_options
from workup.errors import UserError

if TYPE_CHECKING:
    from workup.evaluation.elo import Rating
    from workup.evaluation.scoring import RunScores

_MOST_SHOWN = 10


@click.command("compare")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="DIR DIR...")
@click.option("--metric", metavar="NAME", help="Score to compare; default: the benchmark's headline.")
@click.option("--against", metavar="DIR", help="Compare every run with this one; default: every pair.")
@click.option("--by-source", is_flag=True, help="Resample sources (publications, cohorts) instead of cases.")
@judge_options
@click.option(
    "--plots", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER", help="Draw Pareto and differences."
)
@click.option("--elo", is_flag=True, help="Also rate the runs: on each case the higher score wins.")
@click.option(
    "--pairs",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Rate by verdicts on pairs instead (columns case, a, b, winner); no run is needed.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the bootstraps.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(
    folders: tuple[Path, ...],
    metric: str | None,
    against: str | None,
    by_source: bool,
    plots: Path | None,
    elo: bool,
    pairs: Path | None,
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

    if pairs is not None:
        _rate(pairs, seed, as_json)
        if not folders:
            return
    if not folders:
        raise UserError("give the folders of runs to compare")
    runs = [score_run(folder, seed=seed, judge=judge_from(judging, folder)) for folder in folders]
    found = compare_runs(runs, metric=metric, against=against, by_source=by_source, seed=seed)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        show_comparison(found)
        if elo:
            from workup.evaluation.elo import by_score, ratings

            _show_ratings(ratings(by_score(_scores(runs, found.metric)), seed=seed))
    if plots is not None:
        from workup.evaluation.run_plots import draw_comparison

        for path in draw_comparison(found, plots):
            click.echo(f"Drawn: {path}", err=True)


def _scores(runs: list[RunScores], metric: str) -> dict[str, dict[str, float]]:
    """Score of each case by run, baselines as they stand in the table."""
    from workup.evaluation.scoring import named_runs

    return {name: run.scores[metric] for name, run in named_runs(runs)}


def _rate(pairs: Path, seed: int, as_json: bool) -> None:
    """Ratings from a file of verdicts on pairs."""
    import msgspec

    from workup.evaluation.elo import ratings, read_games

    games, issues = read_games(pairs)
    for issue in issues[:_MOST_SHOWN]:
        click.echo(f"Error: {issue}", err=True)
    found = ratings(games, seed=seed)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _show_ratings(found)


def _show_ratings(found: list[Rating]) -> None:
    from workup.cli.tables import interval
    from workup.systems.render import table

    table(
        ["rating", "points", "95 % interval", "games", "won"],
        [
            [one.name, f"{one.rating:.0f}", interval(one.interval, 1.0, 0), str(one.games), f"{one.won:g}"]
            for one in found
        ],
    )
    click.echo(
        "Bradley-Terry on the scale of Elo (1000 is the mean, 400 points are odds of ten to one); a tie is half."
    )
