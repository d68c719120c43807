"""``workup reproduce NN --data DIR``: measure the claims of a published system."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from workup.systems.reproduction import Report, Result


@click.command("reproduce")
@click.argument("system", metavar="NN")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of the claims' inputs.")
@click.option("--slow", is_flag=True, help="Also measure the slow tier.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, system: str, data: Path, slow: bool, as_json: bool) -> None:
    """Measure the claims of system NN on the files below --data.

    A value is compared with the expected one only when the input is the very file the expectation was
    measured on. The exit code is 0 when no claim fails and at least one was measured, 1 otherwise, 2 for a
    wrong call.
    """
    import msgspec

    # Read when numpy is first imported. On small arrays more threads only wait for each other, for minutes when other
    # programs run, and sums may differ in the last bit.
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")

    from workup.systems.reproduction import reproduce

    report = _with_progress(system, data, slow) if sys.stderr.isatty() else reproduce(system, data, slow=slow)
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        _show(report)
    ctx.exit(0 if report.ok else 1)


def _with_progress(system: str, data: Path, slow: bool) -> Report:
    from rich.console import Console

    from workup.systems.reproduction import reproduce

    with Console(stderr=True).status("reading the claims") as status:
        return reproduce(system, data, slow=slow, progress=lambda name: status.update(f"measuring {name}"))


def _show(report: Report) -> None:
    from workup.systems.render import expectation, table, value

    def measured(result: Result) -> str:
        text = value(result.measured)
        if result.interval is None:
            return text
        return f"{text} [{value(result.interval[0])}, {value(result.interval[1])}]"

    def remark(result: Result) -> str:
        return f"waits for {', '.join(result.waits_for)}" if result.waits_for else result.note

    beside = any(result.baseline for result in report.claims)
    click.echo(f"{report.system} {report.title}: {report.status}")
    table(
        ["status", "claim", "expected", "measured", *(["baseline"] if beside else []), "n", "sentence", "note"],
        [
            (
                result.status,
                result.id,
                expectation(result.expected, result.tolerance),
                measured(result),
                *([value(result.baseline.value) if result.baseline else ""] if beside else []),
                value(result.n),
                result.sentence,
                remark(result),
            )
            for result in report.claims
        ],
    )
    for result in report.claims:
        if result.baseline is not None:
            click.echo(result.baseline.words)
    click.echo(f"Knowledge base: {report.knowledge}, whatever release is in use.")
