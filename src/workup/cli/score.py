"""``workup score DIR``: scores of a run, computed again from its attempts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workup.cli.judging import judge_options

if TYPE_CHECKING:
    from workup.evaluation.judges.kept import KeptJudge
    from workup.evaluation.judges.person import Agreement


@click.command("score")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--data", multiple=True, type=click.Path(path_type=Path), help="Where its files are now. Repeatable.")
@judge_options
@click.option("--agree-with", metavar="WHO", help="A second judge of the same items: how far both agree (kappa).")
@click.option("--plots", is_flag=True, help="Draw calibration, risk-coverage, deferral and subgroups into DIR.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: Path,
    data: tuple[Path, ...],
    agree_with: str | None,
    plots: bool,
    seed: int,
    as_json: bool,
    **judging: Any,
) -> None:
    """Score a run again from its attempts, without running anything."""
    import msgspec

    import workup
    from workup.cli.judging import judge_from, tell_of_judging
    from workup.cli.tables import show_agreement, show_scores
    from workup.errors import UserError
    from workup.evaluation.scoring import RESULT, save, score_run

    judge = judge_from(judging, folder)
    if agree_with is not None and judge is None:
        raise UserError("--agree-with compares two judges; name the first: --judge WHO")
    scores = score_run(folder, data=data, seed=seed, judge=judge)
    other = judge_from(judging, folder, who=agree_with) if agree_with else None
    agreed = _agreement(judge, other) if judge and other else {}
    # Another order of the rows for the second rater.
    waiting = [tell_of_judging(one, seed=seed + place) for place, one in enumerate((judge, other)) if one is not None]
    if save(scores) is None:
        click.echo(
            f"Scored by workup {workup.__version__}, run by {scores.manifest['workup']}: {RESULT} is left as it was.",
            err=True,
        )
    if as_json:
        told = {**msgspec.to_builtins(scores), "agreement": msgspec.to_builtins(agreed)} if agreed else scores
        click.echo(msgspec.json.encode(told))
    else:
        show_scores(scores)
        if judge and other:
            show_agreement(agreed, judge.name, other.name)
    if plots:
        from workup.evaluation.run_figures import figures_of
        from workup.evaluation.run_plots import draw_run

        for path in draw_run(figures_of(folder, data=data, judge=judge), folder):
            click.echo(f"Drawn: {path}", err=True)
    if any(waiting):
        ctx.exit(2)


def _agreement(judge: KeptJudge, other: KeptJudge) -> dict[str, Agreement]:
    """Agreement of the judge with another on every sheet that was asked for."""
    from workup.evaluation.judges.person import agreements

    sheets = dict(judge.sheets)
    return agreements(
        {digest: judge.judge(sheet) for digest, sheet in sheets.items()},
        {digest: other.judge(sheet) for digest, sheet in sheets.items()},
        {digest: sheet.task for digest, sheet in sheets.items()},
    )
