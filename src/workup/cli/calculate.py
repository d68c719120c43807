"""``workup calculate NAME KEY=VALUE...``: a clinical calculator on one patient's values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workup.errors import UserError

if TYPE_CHECKING:
    from workup.knowledge.calculators import Calculator, Result


@click.command("calculate")
@click.argument("name", required=False)
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--assume-absent", is_flag=True, help="In scores, what is not given is absent or normal.")
@click.option("--upstream-compatible", is_flag=True, help="Compute as MedCalc-Bench's published answers do.")
@click.option("--schema", "as_schema", is_flag=True, help="Print the JSON schema of the inputs.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(
    name: str | None,
    values: tuple[str, ...],
    assume_absent: bool,
    upstream_compatible: bool,
    as_schema: bool,
    as_json: bool,
) -> None:
    """Compute the calculator NAME; without NAME list them, without values show what NAME takes.

    A value has the unit of the formula, or its own: creatinine="88 umol/L".
    """
    import msgspec

    from workup.knowledge.calculators import calculate, calculators, find, schema

    if name is None:
        _list(calculators(), as_json=as_json)
        return
    calculator = find(name)
    if as_schema:
        click.echo(msgspec.json.format(msgspec.json.encode(schema(calculator))))
        return
    if not values and not assume_absent:
        _describe(calculator)
        return
    result = calculate(
        calculator.name,
        assume_absent=assume_absent,
        upstream_compatible=upstream_compatible,
        **_pairs(values),
    )
    if as_json:
        click.echo(msgspec.json.encode(result))
    else:
        _show(calculator, result)


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in values:
        key, mark, value = pair.partition("=")
        if not mark or not key.strip() or not value.strip():
            raise UserError(f"{pair!r} is no KEY=VALUE")
        if key.strip() in found:
            raise UserError(f"{key.strip()} is given twice")
        found[key.strip()] = value.strip()
    return found


def _list(known: dict[str, Calculator], *, as_json: bool) -> None:
    import msgspec

    from workup.knowledge.calculators import AREAS
    from workup.systems.render import table

    if as_json:
        rows = [
            {"name": one.name, "title": one.title, "area": one.area, "purpose": one.purpose, "unit": one.unit}
            for one in known.values()
        ]
        click.echo(msgspec.json.encode(rows))
        return
    table(
        ["name", "area", "what it is", "what for"],
        [(one.name, AREAS[one.area], one.title, one.purpose) for one in known.values()],
    )


def _describe(calculator: Calculator) -> None:
    from workup.knowledge.calculators.render import input_in_words
    from workup.systems.render import table

    click.echo(f"{calculator.title}: {calculator.purpose}")
    click.echo(f"Formula: {calculator.formula}")
    click.echo(f"Unit: {calculator.unit or 'none'}. Source: {calculator.citation}.")
    table(
        ["input", "what it is", "takes"],
        [(name, one.text, input_in_words(one)) for name, one in calculator.inputs.items()],
    )


def _show(calculator: Calculator, result: Result) -> None:
    value = f"{result.value:.6g}" if isinstance(result.value, float) else str(result.value)
    unit = "" if result.unit in ("date", "weeks, days") else f" {result.unit}"
    click.echo(f"{calculator.title}: {value}{unit}".rstrip() + (f" ({result.meaning})" if result.meaning else ""))
    for part in result.parts:
        click.echo(f"  {part.value:10.6g}  {part.text}" + (f" [{part.reason}]" if part.reason else ""))
    click.echo(f"Source: {result.citation}")
    for issue in result.issues:
        click.echo(f"Note: {issue}", err=True)
    click.echo("For research and for review by a clinician; not a medical device.")
