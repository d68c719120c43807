"""An audit measured again: is it the same table as the one that stood there before?

    accuracy over_baseline (who phenotype-options): -0.09 -> -0.08

The same cases, attempts, suite and code give the same bytes. What differs comes from another suite or another version,
and a reader must be told, since the figures of last month may have been acted upon.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import msgspec

_NAMES = ("who", "section", "measure", "group")
_MOST_SHOWN = 5


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """Two tables of one audit.

    Attributes:
        figures: Rows of the new table.
        moved: Rows in both whose cells differ, in words.
        gone: Rows of the former table alone.
        added: Rows of the new table alone.
    """

    figures: int
    moved: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the tables are equal."""
        return not (self.moved or self.gone or self.added)

    @property
    def words(self) -> str:
        """What a reader must know.

        >>> Again(figures=3).words
        'Measured again: the same table as before, 3 figures.'
        """
        if self.same:
            return f"Measured again: the same table as before, {self.figures} figures."
        parts = []
        for count, what, rows in (
            (len(self.moved), "differ", self.moved),
            (len(self.gone), "are gone", self.gone),
            (len(self.added), "are new", self.added),
        ):
            if count:
                more = f" and {count - _MOST_SHOWN} more" if count > _MOST_SHOWN else ""
                parts.append(f"{count} {what}: {'; '.join(rows[:_MOST_SHOWN])}{more}")
        return f"Measured again: of {self.figures} figures {', '.join(parts)}."


def compared(former: str, new: str) -> Again:
    """Compare two tables as ``audit.csv`` holds them, row by row.

    Args:
        former: The table that stood there.
        new: The table of today.

    >>> head = "who,section,measure,group,value\\n"
    >>> compared(head + "x,accuracy,accuracy,,0.5\\n", head + "x,accuracy,accuracy,,0.4\\n").moved
    ('x accuracy accuracy, value 0.5 -> 0.4',)
    """
    before, after = _rows(former), _rows(new)
    moved = []
    for key in before.keys() & after.keys():
        cells = [
            f"{name} {before[key].get(name) or 'none'} -> {value or 'none'}"
            for name, value in after[key].items()
            if before[key].get(name) != value
        ]
        if cells:
            moved.append(f"{_named(key)}, {', '.join(cells)}")
    return Again(
        figures=len(after),
        moved=tuple(sorted(moved)),
        gone=tuple(sorted(_named(key) for key in before.keys() - after.keys())),
        added=tuple(sorted(_named(key) for key in after.keys() - before.keys())),
    )


def _rows(text: str) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row.get(name) or "" for name in _NAMES): row for row in csv.DictReader(io.StringIO(text))}


def _named(key: Sequence[str]) -> str:
    return " ".join(part for part in key if part)
