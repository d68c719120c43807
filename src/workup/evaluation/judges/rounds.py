"""A person as judge of a run, in rounds: what was not in the table yet is written to the next one.

``ratings.csv`` goes to the rater and comes back filled in, ``ratings.key.json`` stays here. What to judge may depend on
what was judged before (a step is checked for facts only when it is called reasoning), so that a second table,
``ratings-2.csv``, may follow the first.
"""

from __future__ import annotations

from pathlib import Path

from workup.errors import Issue, UserError
from workup.evaluation.judges.judge import Sheet
from workup.evaluation.judges.person import PersonJudge, write_form
from workup.evaluation.verdicts import Verdict


class PersonRounds:
    """Says what a person filled in, in one table or several.

    Attributes:
        name: ``person:`` and the name of the first table.
        tables: The tables there are, in order.
        missing: Sheets that are in none of them, by digest.
    """

    def __init__(self, table: Path) -> None:
        """Read the tables.

        Args:
            table: The first one; it need not exist yet.

        Raises:
            UserError: It is no CSV file.
            DataError: One cannot be read, or does not belong to its key.
        """
        if table.suffix.lower() != ".csv":
            raise UserError(f"--judge person:{table}: name a .csv file, which a person can fill in")
        self.name = f"person:{table.stem}"
        self.tables: list[Path] = []
        self.missing: dict[str, Sheet] = {}
        self._first = table
        self._rounds: list[PersonJudge] = []
        while (path := self._table(len(self.tables) + 1)).exists():
            self._rounds.append(PersonJudge(table.stem, path, _key(path)))
            self.tables.append(path)

    def _table(self, number: int) -> Path:
        return self._first if number == 1 else self._first.with_stem(f"{self._first.stem}-{number}")

    @property
    def issues(self) -> list[Issue]:
        """Cells that hold none of the allowed verdicts."""
        return [issue for one in self._rounds for issue in one.issues]

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """The person's verdicts; an item that is in no table, or was left empty, is unread."""
        for one in self._rounds:
            if one.knows(sheet):
                return one.judge(sheet)
        self.missing.setdefault(sheet.digest(), sheet)
        return [sheet.verdict(item, None, self.name, "not in a table yet") for item in sheet.items]

    def write_next(self, seed: int = 0) -> tuple[Path, int] | None:
        """Write the table of what is missing; None when nothing is.

        Args:
            seed: Seed of the order of its rows.

        Returns:
            The table and the number of its rows.
        """
        sheets = [sheet for sheet in self.missing.values() if sheet.items]
        if not sheets:
            return None
        path = self._table(len(self.tables) + 1)
        return path, write_form(path, _key(path), sheets, seed=seed)


def _key(table: Path) -> Path:
    return table.with_name(f"{table.stem}.key.json")
