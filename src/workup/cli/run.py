"""``workup run BENCHMARK REASONER``: measure a reasoner; the same command again resumes."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workup.cli.reasoning_options import parsed_options
from workup.errors import UserError

if TYPE_CHECKING:
    from workup.evaluation.runner import Plan

REGIMES = ("full", "lpo", "lpo-strict", "temp", "unknown")
INTERRUPTED = 130
# Settings of a benchmark without a runner of its own.
GENERAL = {
    *("model", "base_url", "given", "temperature", "max_tokens", "epochs", "workers", "max_cost", "max_failures"),
    *("limit", "seed", "around", "environment_model", "beside", "beside_given"),
}
_MOST_SHOWN = 20
# Settings that are called otherwise on the command line.
_OPTIONS = {
    "regimes": "regime",
    "given": "option",
    "around": "environment",
    "beside": "baseline",
    "beside_given": "baseline-option",
}


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
@click.option("--model", metavar="NAME", help="Language model, for reasoners that use one.")
@click.option("--base-url", metavar="URL", help="Where an openai/ model is served.")
@click.option("--option", "given", multiple=True, metavar="KEY=VALUE", help="Option of the reasoner. Repeatable.")
@click.option(
    "--environment",
    "around",
    multiple=True,
    metavar="KEY=VALUE",
    help="Setting of whom the reasoner can ask, e.g. patient=instruct. Repeatable.",
)
@click.option("--environment-model", metavar="NAME", help="Model that plays whom it can ask; without it, --model.")
@click.option("--temperature", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Of the model.")
@click.option("--max-tokens", type=click.IntRange(min=1), default=1024, show_default=True, help="Longest reply.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True, help="Times each case is tried.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Attempts at once.")
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Stop when this much is spent.")
@click.option("--max-failures", type=click.IntRange(min=1), metavar="N", help="Stop when this many attempts failed.")
@click.option(
    "--baseline",
    "beside",
    metavar="NAME",
    help="Conventional method on the same cases, beside a model; none for none. Default: by the kind of answer.",
)
@click.option("--baseline-option", "beside_given", multiple=True, metavar="KEY=VALUE", help="Its option. Repeatable.")
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
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use N cases: the first ones (rare-disease, text-to-hpo), else ones drawn by the seed.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the intervals.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    benchmark: str,
    reasoner: str,
    more: tuple[Path, ...],
    first: tuple[Path, ...],
    out: Path,
    as_json: bool,
    **settings: Any,
) -> None:
    """Run the reasoner REASONER (for texts: the extractor) on the benchmark BENCHMARK.

    Examples: workup run rare-disease phenotype --data cases.jsonl.gz --out run-1;
    workup run medqa chain-of-thought --data test.jsonl --model openai/NAME --base-url URL --limit 100 --out run-2

    Everything is kept as it is found: stopped at any instant, the same command goes on where it was.
    """
    from workup import registry
    from workup.knowledge.releases import pinned_only

    data = (*first, *more)
    for path in data:
        if not path.exists():
            raise UserError(f"{path} does not exist; give files of cases after --data")
    chosen = registry.load("benchmarks", benchmark)
    # A benchmark with a runner of its own says which settings it takes.
    own = hasattr(chosen, "run")
    settings = _taken(ctx, benchmark, chosen.options if own else GENERAL, settings)
    try:
        with pinned_only():
            if own:
                _run_own(chosen, reasoner, data, out, as_json, settings)
            else:
                made = chosen() if isinstance(chosen, type) else chosen
                _run_general(ctx, made, reasoner, data, out, as_json, settings)
    except KeyboardInterrupt:
        click.echo(f"Stopped. What was finished is in {out}; the same command goes on from there.", err=True)
        ctx.exit(INTERRUPTED)


def _run_own(
    chosen: Any, reasoner: str, data: tuple[Path, ...], out: Path, as_json: bool, settings: dict[str, Any]
) -> None:
    import msgspec

    for path in data:
        if not path.is_file():
            raise UserError(f"{path} is not a file; give files of cases after --data")
    settings["warn"] = lambda message: click.echo(message, err=True)
    result = _with_progress(lambda progress: chosen.run(reasoner, data, out, progress=progress, **settings))
    if as_json:
        click.echo(msgspec.json.encode(result))
    elif hasattr(chosen, "summary"):
        tables, closing = chosen.summary(result)
        _show_summary(tables, closing, out)
    else:
        _show(result, out)


def _run_general(
    ctx: click.Context,
    benchmark: Any,
    reasoner: str,
    data: tuple[Path, ...],
    out: Path,
    as_json: bool,
    settings: dict[str, Any],
) -> None:
    import msgspec

    from workup import models, registry
    from workup.cli.tables import show_scores
    from workup.evaluation.beside import BASELINE
    from workup.evaluation.runner import Plan, run
    from workup.evaluation.scoring import save, score_run
    from workup.models.model import Sampling

    name = settings["model"]
    if name is None and settings["base_url"] is not None:
        raise UserError("--base-url needs --model openai/NAME")
    plan = Plan(
        benchmark=benchmark,
        data=data,
        reasoner=registry.load("reasoners", reasoner)(),
        options=parsed_options(settings["given"]),
        model=models.load(name, base_url=settings["base_url"]) if name else None,
        sampling=Sampling(temperature=settings["temperature"], max_tokens=settings["max_tokens"]),
        seed=settings["seed"],
        epochs=settings["epochs"],
        limit=settings["limit"],
        environment=parsed_options(settings["around"], "--environment"),
        environment_model=models.load(other) if (other := settings["environment_model"]) else None,
    )
    conventional = _baseline(plan, settings)
    with _attempts_bar(plan) as show:
        outcome = run(
            plan,
            out,
            workers=settings["workers"],
            max_cost=settings["max_cost"],
            max_failures=settings["max_failures"],
            progress=show,
        )
    if conventional is not None and outcome.done and not outcome.stopped:
        _run_beside(conventional, out / BASELINE, settings)
    for issue in outcome.unread[:_MOST_SHOWN]:
        click.echo(f"Error: {issue}", err=True)
    if len(outcome.unread) > _MOST_SHOWN:
        click.echo(f"... and {len(outcome.unread) - _MOST_SHOWN} more records that could not be read", err=True)
    if outcome.stopped:
        click.echo(f"Stopped: {outcome.stopped}. The same command goes on from there.", err=True)
    if outcome.failed:
        click.echo(f"{outcome.failed} attempts failed; the same command tries them again.", err=True)
    if not outcome.done and not outcome.failed:
        raise UserError("nothing was run: no case was found in the data")
    scores = score_run(out, seed=plan.seed)
    save(scores)
    if as_json:
        click.echo(msgspec.json.encode(scores))
    else:
        show_scores(scores)
        click.echo(f"Everything is in {out}.")
    if outcome.unread or outcome.failed or outcome.stopped:
        ctx.exit(2)


def _run_beside(plan: Plan, folder: Path, settings: dict[str, Any]) -> None:
    """Run the baseline; one that nobody named and that cannot be used here is told, and ends nothing."""
    from workup.errors import WorkupError
    from workup.evaluation.runner import run

    new = not folder.exists()
    try:
        with _attempts_bar(plan) as show:
            beside = run(plan, folder, workers=settings["workers"], progress=show)
    except WorkupError as error:
        if settings["beside"] is not None:
            raise
        if new:
            shutil.rmtree(folder, ignore_errors=True)
        click.echo(f"No baseline: {error}", err=True)
        return
    if beside.failed:
        click.echo(f"{beside.failed} attempts of the baseline failed; the same command tries them again.", err=True)


def _baseline(plan: Any, settings: dict[str, Any]) -> Any:
    """The conventional method on the same cases; None where none is asked for."""
    import msgspec

    from workup import registry
    from workup.benchmarks.benchmark import Interactive
    from workup.evaluation.beside import NONE, default_baseline

    name, options = settings["beside"], parsed_options(settings["beside_given"], "--baseline-option")
    if name is None and options:
        raise UserError("--baseline-option needs --baseline NAME")
    if name is None and plan.model is not None:
        name, options = default_baseline(plan.benchmark.header, plan.data)
    if name is None or name == NONE:
        return None
    # Whoever plays the patient plays it for both.
    around = (plan.environment_model or plan.model) if isinstance(plan.benchmark, Interactive) else None
    return msgspec.structs.replace(
        plan,
        reasoner=registry.load("reasoners", name)(),
        options=options,
        model=None,
        environment_model=around,
    )


@contextmanager
def _attempts_bar(plan: Plan | None = None) -> Iterator[Callable[[Any], None]]:
    """Show attempts, time, time left (for a plan) and running cost, when standard error is a terminal."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import (
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from workup.case import Case
    from workup.evaluation.runner import read

    # Only where somebody watches: the data are read once more for it.
    total = plan.epochs * sum(isinstance(item, Case) for item in read(plan)) if plan else None
    columns = (SpinnerColumn(), TextColumn("attempts"), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"))
    beside_it = (TimeRemainingColumn(), TextColumn("{task.fields[beside]}"))
    with Progress(*columns, *beside_it, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("attempts", total=total, beside="")

        def show(progress: Any) -> None:
            beside = [f"{progress.failed} failed"] if progress.failed else []
            beside += [f"{progress.cost:.4f} USD"] if progress.cost else []
            bar.update(task, completed=progress.done, beside=", ".join(beside))

        yield show


def _taken(ctx: click.Context, benchmark: str, taken: Collection[str], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that a benchmark takes; one that was given on the command line and is not taken is an error."""
    for name in sorted(settings.keys() - taken):
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            option = "--" + _OPTIONS.get(name, name.replace("_", "-"))
            raise UserError(f"the benchmark {benchmark} has no {option}; see workup run --help")
    return {name: value for name, value in settings.items() if name in taken}


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
    for words in (result.get("baseline") or {}).get("words", ()):
        click.echo(words)
    for note, count in result["notes"].items():
        click.echo(f"{count} cases {note}.")
    if result["seconds_per_case"] is not None:
        click.echo(f"{1000 * result['seconds_per_case']:.1f} ms per case with evidence for the top 50.")
    click.echo(
        f"Score {result['score']}, {result['candidates']} diseases ranked, seed {result['seed']}. "
        f"Knowledge base: {result['versions']['release']}. Everything is in {out}."
    )
