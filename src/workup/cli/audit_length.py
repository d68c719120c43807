"""``workup audit length RUN``: does the length of a trace warn of a wrong answer, in a recorded run?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workup.cli.tables import interval
from workup.errors import MissingExtra

if TYPE_CHECKING:
    from workup.evaluation.audits.length import LengthAudit
    from workup.evaluation.audits.length_of_run import RunLengths

NAME = "length"
FIGURES, PLOT = "length.json", "length.svg"


def audit_length(run: Path, data: tuple[Path, ...], out: Path | None, *, as_json: bool) -> None:
    """Measure, write figures and plot, and show the tables.

    Raises:
        UserError: It is no run, or nothing says right from wrong without a judge.
        DataError: Something cannot be read or written.
    """
    import msgspec

    from workup.evaluation.audits.length_of_run import lengths_of_run
    from workup.io.safe import write_atomic

    found = lengths_of_run(run, data=data)
    target = out or run / "audit"
    target.mkdir(parents=True, exist_ok=True)
    write_atomic(target / FIGURES, msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    written = [target / FIGURES]
    try:
        from workup.evaluation.plots import risk_coverage_curves

        curves = {f"by {unit}": one.curve for unit, one in found.units.items()}
        title = f"Shortest traces first: {found.name}"
        write_atomic(target / PLOT, risk_coverage_curves(curves, title=title).encode())
        written.append(target / PLOT)
    except MissingExtra as error:
        click.echo(f"No plot: {error}", err=True)
    if as_json:
        click.echo(msgspec.json.encode(found))
    else:
        _show(found)
    click.echo(f"Written: {', '.join(map(str, written))}", err=True)


def _show(found: RunLengths) -> None:
    from workup.systems.render import table

    click.echo(f"{found.name}: length of the trace against error ({found.score}).")
    rows = [_row(unit, one.audit) for unit, one in found.units.items()]
    if found.cut:
        rows += [_row(f"{unit}, uncut traces", one.uncut) for unit, one in found.units.items() if one.uncut]
    # Strata by what the model wrote; the other units are in the file.
    rows += [_row(f"tokens, {name}", one) for name, one in found.units["tokens"].strata.items()]
    table(
        ["length in", "n", "right", "mean right", "mean wrong", "median right", "median wrong", "r", "AUROC for error",
         "95 % interval", "p (Mann-Whitney)", "AURC"],
        rows,
    )  # fmt: skip
    click.echo()
    limits = [
        [unit, f"{at.at_most:g}", f"{100 * at.coverage:.0f} %", _number(at.accuracy), interval(at.interval),
         _number(at.accuracy_above)]
        for unit, one in found.units.items()
        for at in one.at
    ]  # fmt: skip
    table(["length in", "answered up to", "answered", "right among them", "95 % interval", "right above"], limits)
    click.echo()
    for unit, one in found.units.items():
        chosen = one.chosen
        if chosen.answered:
            click.echo(
                f"Recommended threshold for {found.target:.0%} right, in {unit}: {chosen.at_most:g}; on cases it was "
                f"not chosen on {_number(chosen.accuracy)} {interval(chosen.interval)} right, "
                f"{chosen.coverage:.0%} answered."
            )
        else:
            click.echo(f"No threshold in {unit} reaches {found.target:.0%} right.")
    if found.cut:
        click.echo(f"{found.cut} traces were cut at the token limit: long for that reason, see the rows without them.")
    if found.left_out:
        click.echo(f"{found.left_out} attempts failed and have no trace.")
    click.echo("A correlate, no cause: hard questions have long traces.")


def _row(name: str, one: LengthAudit) -> list[str]:
    return [
        name, str(one.n), _number(one.accuracy), *(_number(value, 1) for value in (
            one.mean_right, one.mean_wrong, one.median_right, one.median_wrong)),
        _number(one.correlation), _number(one.auroc), interval(one.auroc_interval), _number(one.mann_whitney_p),
        _number(one.aurc),
    ]  # fmt: skip


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
