"""Tables and values as text: for a person at a terminal, or plain for a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workup.systems.records import Bound, Value

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {
    "holds": "green",
    "works": "green",
    "fails": "bold red",
    "measured": "cyan",
    "partial": "yellow",
    "waits": "yellow",
    "no-data": "yellow",
    "planned": "dim",
}


def value(number: Value | Bound) -> str:
    """A value in few characters.

    >>> value(0.1234567), value(True), value(None), value(Bound(at_least=26))
    ('0.1235', 'yes', '-', '≥ 26')
    """
    if number is None:
        return "-"
    if isinstance(number, bool):
        return "yes" if number else "no"
    return f"{number:.4g}" if isinstance(number, float) else str(number)


def expectation(expected: Value | Bound, tolerance: float = 0.0) -> str:
    """An expected value with its tolerance.

    >>> expectation(19.1, 0.3)
    '19.1 ± 0.3'
    """
    return f"{value(expected)} ± {tolerance:g}" if tolerance else value(expected)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], console: Console | None = None) -> None:
    """Write rows as a drawn table on a terminal, else as tab-separated lines under a line of column names.

    Args:
        columns: Column names.
        rows: Cells; one that is a status is coloured.
        console: A rich console to draw on; None draws on standard output if that is a terminal.
    """
    if console is None and not sys.stdout.isatty():
        for row in (columns, *rows):
            # A tab or a line break inside a cell would look like another cell or row.
            print("\t".join(" ".join(cell.split()) for cell in row))
        return
    from rich import box
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        # Text, not markup: a cell may hold square brackets.
        drawn.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
    (console or RichConsole()).print(drawn)
