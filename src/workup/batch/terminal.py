"""``workup diagnose ... --out FILE.jsonl``: a batch from the command line, with progress and a summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import click

from workup import registry
from workup.batch.executors import executor_of
from workup.batch.run import Summary, run_batch
from workup.batch.shards import Plan
from workup.case import Case
from workup.errors import DataError, Issue, UserError
from workup.io.count import estimate_records
from workup.reasoner import Context

INTERRUPTED = 130


def diagnose_into(
    out: Path,
    items: Iterable[Case | Issue],
    *,
    paths: Sequence[str] = (),
    reasoner: str,
    context: Callable[[], Context],
    genes: str | None = None,
    formats: Sequence[str] = (),
    workers: int = 1,
    executor: str | None = None,
) -> None:
    """Diagnose all cases into a file; the same call goes on where an earlier one was stopped.

    Ends the program with 2 when a record was lost and with 130 after Ctrl-C.

    Args:
        out: File of results, ending in ``.jsonl`` or ``.jsonl.gz``.
        items: Cases and issues.
        paths: Where they come from, to say how long it will take.
        reasoner: Name of a registered reasoner.
        context: What the reasoner may use; called after the first record was read.
        genes: Candidate genes for every case, separated by commas.
        formats: Report files to write for each case, in the folder named like ``out`` without its ending.
        workers: Processes.
        executor: One of :data:`~workup.batch.executors.EXECUTORS`.

    Raises:
        UserError: The call is at fault.
        DataError: Nothing can be read or written.
    """
    chosen = executor_of(executor, workers)
    for path in paths:
        if Path(path).is_dir() and out.resolve().is_relative_to(Path(path).resolve()):
            raise UserError(f"--out {out} lies in {path} and would be read as cases; name a file elsewhere")
    reports = out.with_name(out.name.removesuffix(".gz").removesuffix(".jsonl"))
    if formats and reports.exists() and not reports.is_dir():
        raise UserError(f"the reports go into the folder {reports}, which is a file; name another --out")
    stream = iter(items)
    # A wrong path is told before anything is built or written.
    first = next(stream, None)
    if first is None:
        raise UserError("no case was found in the input")
    ctx = context()
    plan = Plan(
        reasoner=registry.target("reasoners", reasoner),
        limit=ctx.limit,
        seed=ctx.seed,
        options=ctx.options,
        genes=tuple(dict.fromkeys(filter(None, (part.strip() for part in (genes or "").replace(";", ",").split(","))))),
        knowledge=str(ctx.knowledge.folder) if ctx.knowledge else "",
        knowledge_digest=ctx.knowledge.meta.digest if ctx.knowledge else "",
        formats=tuple(formats),
        reports=str(reports) if formats else "",
        packed=out.suffix == ".gz",
    )
    done = 0
    try:
        with _progress(paths) as show:

            def count(cases: int) -> None:
                nonlocal done
                done = cases
                show(cases)

            summary = run_batch(_to_the_end(chain([first], stream)), out, plan, chosen, count)
    except KeyboardInterrupt:
        click.echo(f"Stopped after {_cases(done)}, which are kept; the same command goes on from there.", err=True)
        sys.exit(INTERRUPTED)
    _tell(summary)


def _to_the_end(items: Iterable[Case | Issue]) -> Iterator[Case | Issue]:
    """A file that breaks off in the middle is an issue like any other record: what came before it counts."""
    try:
        yield from items
    except DataError as error:
        yield error.issue


def _tell(summary: Summary) -> None:
    shown = {"error": 0, "warning": 0}
    for severity, word, total in (("error", "Error", summary.errors), ("warning", "Note", summary.warnings)):
        for issue in summary.issues:
            if issue.severity == severity:
                click.echo(f"{word}: {issue}", err=True)
                shown[severity] += 1
        if total > shown[severity]:
            click.echo(f"... and {total - shown[severity]} more in {summary.issues_path}", err=True)
    words = "had been diagnosed before" if summary.already else "diagnosed"
    click.echo(f"{_cases(summary.cases)} {words}: {summary.out}", err=True)
    if summary.errors:
        sys.exit(2)
    if not summary.cases:
        raise UserError("no case was found in the input")


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number:,} cases"


@contextmanager
def _progress(paths: Sequence[str]) -> Iterator[Callable[[int], None]]:
    """Show count, speed and time left, when standard error is a terminal."""
    from rich.console import Console

    terminal = Console(stderr=True)
    if not terminal.is_terminal:
        yield lambda cases: None
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    total = estimate_records(paths)
    with Progress(
        TextColumn("cases"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        # Some seconds of history, since results come a shard at a time.
        TimeRemainingColumn(),
        console=terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        speed_estimate_period=120,
    ) as bar:
        task = bar.add_task("cases", total=total)
        # An estimate that turns out too low would show 100 % with work left.
        yield lambda cases: bar.update(task, completed=cases, total=max(total, cases) if total else None)
