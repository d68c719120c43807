"""A person as judge: a table to fill in, blinded and shuffled, and read back; and how far two people agree.

The table has one row an item: ``row`` (meaningless), ``task``, the texts to judge by, ``item``, ``allowed`` and an
empty ``verdict`` (and ``why``). It names neither case, system nor points. The key that says which row is which is
another file, which raters do not get. Both raters get the same rows in orders of their own when given other seeds.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.rows import rows
from workup.errors import DataError, Issue, UserError
from workup.evaluation.judges.judge import Sheet
from workup.evaluation.labels import kappa
from workup.evaluation.verdicts import Verdict
from workup.io import write_atomic

# A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which row is which item.

    Attributes:
        seed: Seed of the order.
        rows: ``row`` -> (digest of the sheet, id of the item, allowed verdicts).
    """

    seed: int
    rows: dict[str, tuple[str, str, tuple[str, ...]]]


def write_form(table: Path, key: Path, sheets: Sequence[Sheet], *, seed: int) -> int:
    """Write the table for a rater and the key to it.

    Args:
        table: The CSV file; the rater gets it.
        key: A JSON file; the rater does not get it.
        sheets: What is to be judged.
        seed: Seed of the order of the rows.

    Returns:
        Number of rows.

    Raises:
        UserError: A file is there already; what a person filled in is never written over.
    """
    for path in (table, key):
        if path.exists():
            raise UserError(f"{path} is there already; choose another name, what raters filled in is not written over")
    entries = [(sheet, item) for sheet in sheets for item in sheet.items]
    order = np.random.default_rng(seed).permutation(len(entries)).tolist()
    names = list(dict.fromkeys(name for sheet in sheets for name in sheet.context))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row", "task", *names, "item", "allowed", "verdict", "why"])
    known: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for number, place in enumerate(order, 1):
        sheet, item = entries[place]
        known[str(number)] = (sheet.digest(), item.id, sheet.verdicts)
        texts = [_cell(sheet.context.get(name, "")) for name in names]
        writer.writerow([number, sheet.task, *texts, _cell(item.text), " / ".join(sheet.verdicts), "", ""])
    write_atomic(key, msgspec.json.format(msgspec.json.encode(Key(seed, known))) + b"\n")
    # With a byte order mark, without which Excel takes UTF-8 for something else.
    write_atomic(table, b"\xef\xbb\xbf" + out.getvalue().encode())
    return len(entries)


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


class PersonJudge:
    """Says what a person filled in.

    Attributes:
        name: ``person:`` and the rater's name.
        issues: Cells that hold none of the allowed verdicts; they are unread, as empty ones are.
    """

    def __init__(self, rater: str, table: Path, key: Path) -> None:
        """Read a filled-in table.

        Raises:
            DataError: Table or key cannot be read, or do not belong together.
        """
        self.name = f"person:{rater}"
        self.issues: list[Issue] = []
        try:
            known = msgspec.json.decode(key.read_bytes(), type=Key)
        except (OSError, msgspec.DecodeError) as error:
            raise DataError("is no key", path=str(key), remedy="give the key written with the table") from error
        self._verdicts: dict[tuple[str, str], tuple[str | None, str]] = {}
        for row in rows(table):
            if isinstance(row, Issue):
                self.issues.append(row)
                continue
            entry = known.rows.get(str(row.values.get("row", "")).strip())
            if entry is None or "verdict" not in row.values:
                raise row.error("is no row of this key", "row", "give the table and the key written together")
            sheet, item, allowed = entry
            said = str(row.values["verdict"]).strip()
            verdict = {word.casefold(): word for word in allowed}.get(said.casefold())
            if said and verdict is None:
                self.issues.append(row.error(f"is {said!r}", "verdict", f"one of {', '.join(allowed)}").issue)
            self._verdicts[sheet, item] = (verdict, str(row.values.get("why", "")))

    def knows(self, sheet: Sheet) -> bool:
        """Whether the sheet is in the table, filled in or not."""
        digest = sheet.digest()
        return all((digest, item.id) in self._verdicts for item in sheet.items)

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """The person's verdicts; an item left empty is unread."""
        digest = sheet.digest()
        found = [self._verdicts.get((digest, item.id), (None, "not judged")) for item in sheet.items]
        return [
            sheet.verdict(item, verdict, self.name, why)
            for item, (verdict, why) in zip(sheet.items, found, strict=True)
        ]


class Agreement(msgspec.Struct, frozen=True):
    """Two raters on the same items.

    Attributes:
        n: Items that both judged.
        same: Share of the same verdicts, 0-1; None without items.
        kappa: Cohen's kappa; None without items, or when chance alone would make them agree.
        unread: Items that at least one did not judge.
    """

    n: int
    same: float | None
    kappa: float | None
    unread: int


def agreement(first: Sequence[Verdict], second: Sequence[Verdict]) -> Agreement:
    """Compare the verdicts of two judges on the same items.

    Raises:
        ValueError: They judged other items.

    >>> yes, no = Verdict(item="1", verdict="met"), Verdict(item="2", verdict="not met")
    >>> agreement([yes, no], [yes, no]).kappa
    1.0
    """
    if [one.item for one in first] != [other.item for other in second]:
        raise ValueError("the two judged other items")
    pairs = [
        (one.verdict, other.verdict)
        for one, other in zip(first, second, strict=True)
        if one.verdict is not None and other.verdict is not None
    ]
    return Agreement(
        n=len(pairs),
        same=sum(one == other for one, other in pairs) / len(pairs) if pairs else None,
        kappa=kappa([one for one, _ in pairs], [other for _, other in pairs]) if pairs else None,
        unread=len(first) - len(pairs),
    )


def agreements(
    first: Mapping[str, Sequence[Verdict]], second: Mapping[str, Sequence[Verdict]], tasks: Mapping[str, str]
) -> dict[str, Agreement]:
    """How far two judges agree, by task: verdicts of different tasks are different scales.

    Args:
        first: Verdicts of the one on each sheet, by the sheet's digest.
        second: Verdicts of the other on the same sheets.
        tasks: Task of each sheet.
    """
    found = {}
    for task in dict.fromkeys(tasks.values()):
        own = [sheet for sheet, its in tasks.items() if its == task]
        found[task] = agreement(
            [verdict for sheet in own for verdict in first[sheet]],
            [verdict for sheet in own for verdict in second[sheet]],
        )
    return found
