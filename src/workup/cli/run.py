"""``workup run BENCHMARK REASONER``: measure a reasoner; the same command again resumes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from workup.errors import UserError

REGIMES = ("full", "lpo", "lpo-strict", "temp", "unknown")
INTERRUPTED = 130


def _regimes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(part.strip().lower() for part in value.split(",") if part.strip()))
    wrong = [name for name in chosen if name not in REGIMES]
    if wrong or not chosen:
        raise click.BadParameter(f"choose from {', '.join(REGIMES)}, separated by commas", ctx, param)
    return chosen


@click.command("run")
@click.argument("benchmark")
@click.argument("reasoner")
@click.argument("more", nargs=-1, type=click.Path(path_type=Path), metavar="")
@click.option(
    "--data",
    "first",
    metavar="FILE...",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Files of cases with their diagnoses, or of annotated texts.",
)
@click.option(
    "--regime",
    "regimes",
    default="full,lpo,temp,unknown",
    show_default=True,
    callback=_regimes,
    help=f"Leakage regimes, of: {', '.join(REGIMES)}.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the run; one that holds the same run is continued.",
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.option("--score", metavar="NAME", help="Score of the reasoner; without it, its default.")
@click.option(
    "--universe",
    type=click.Choice(("omim", "all")),
    default="omim",
    show_default=True,
    help="Rank the OMIM diseases, as published comparisons do, or all.",
)
@click.option(
    "--min-findings",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Leave out cases with fewer present findings.",
)
@click.option("--nested", is_flag=True, help="Texts: also count general findings inside longer names.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Use only the first N cases.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@click.pass_context
def command(
    ctx: click.Context,
    benchmark: str,
    reasoner: str,
    more: tuple[Path, ...],
    first: tuple[Path, ...],
    regimes: tuple[str, ...],
    out: Path,
    as_json: bool,
    score: str | None,
    universe: str,
    min_findings: int,
    nested: bool,
    limit: int | None,
    seed: int,
) -> None:
    """Run the reasoner REASONER (for texts: the extractor) on the benchmark BENCHMARK.

    Example: workup run rare-disease phenotype --data cases.jsonl.gz --out run-1

    Ranks are kept as they are found: stopped at any instant, the same command goes on where it was.
    """
    import msgspec

    from workup import registry

    data = (*first, *more)
    for path in data:
        if not path.is_file():
            raise UserError(f"{path} is not a file; give files of cases after --data")
    options: dict[str, Any] = {
        "regimes": regimes,
        "score": score,
        "universe": universe,
        "min_findings": min_findings,
        "nested": nested,
        "limit": limit,
        "seed": seed,
    }
    chosen = registry.load("benchmarks", benchmark)
    options = _taken(ctx, benchmark, chosen, options)
    options["warn"] = lambda message: click.echo(message, err=True)
    try:
        result = _with_progress(lambda progress: chosen.run(reasoner, data, out, progress=progress, **options))
    except KeyboardInterrupt:
        click.echo(f"Stopped. The ranks found so far are in {out}; the same command goes on from there.", err=True)
        ctx.exit(INTERRUPTED)
    if as_json:
        click.echo(msgspec.json.encode(result))
    elif hasattr(chosen, "summary"):
        tables, closing = chosen.summary(result)
        _show_summary(tables, closing, out)
    else:
        _show(result, out)


def _taken(ctx: click.Context, benchmark: str, chosen: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The options that a benchmark takes; one that was given on the command line and is not taken is an error."""
    taken = getattr(chosen, "options", None)
    if taken is None:
        return options
    for name in sorted(options.keys() - taken):
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            option = "--" + {"regimes": "regime"}.get(name, name.replace("_", "-"))
            raise UserError(f"the benchmark {benchmark} has no {option}; see workup run --help")
    return {name: value for name, value in options.items() if name in taken}


def _show_summary(tables: list[tuple[str, list[str], list[list[str]]]], closing: list[str], out: Path) -> None:
    from workup.systems.render import table

    for title, columns, rows in tables:
        click.echo(title)
        table(columns, rows)
        click.echo()
    for line in closing:
        click.echo(line)
    click.echo(f"Everything is in {out}.")


def _with_progress(call: Callable[[Callable[[int, int], None]], dict[str, Any]]) -> dict[str, Any]:
    if not sys.stderr.isatty():
        return call(lambda done, total: None)
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("ranking", total=None)
        return call(lambda done, total: bar.update(task, completed=done, total=total))


def _show(result: dict[str, Any], out: Path) -> None:
    from workup.evaluation.rank_report import tables
    from workup.systems.render import table

    for title, columns, rows in tables(result):
        click.echo(title)
        table(columns, rows)
        click.echo()
    for note, count in result["notes"].items():
        click.echo(f"{count} cases {note}.")
    if result["seconds_per_case"] is not None:
        click.echo(f"{1000 * result['seconds_per_case']:.1f} ms per case with evidence for the top 50.")
    click.echo(
        f"Score {result['score']}, {result['candidates']} diseases ranked, seed {result['seed']}. "
        f"Everything is in {out}."
    )
