"""Drug interactions: a small hand-made set with citations, or a table that the user supplies in the same columns.

    drugs        with          severity         mechanism             effect     advice           citation
    simvastatin  itraconazole  contraindicated  CYP3A4 is inhibited.  Myopathy.  Do not combine.  Zocor, section 4

Several names in a cell are parted by ``|``: the row then holds for each pair. A table of one's own may do without the
mechanism. The set is far from complete: that a pair is not in it means nothing, and whoever asks is told so. Its rows
were written from knowledge of the labels, not copied; a row that its author was not certain of was taken out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import msgspec

from workup.benchmarks.rows import rows
from workup.errors import DataError, Issue

COLUMNS = ("drugs", "with", "severity", "effect", "advice", "citation")
SEVERITIES = ("contraindicated", "major", "moderate", "minor")


class Interaction(msgspec.Struct, frozen=True):
    """What is known of two drugs together.

    Attributes:
        drugs: The two, as they were asked for.
        severity: One of :data:`SEVERITIES`.
        effect: What happens.
        advice: What to do.
        citation: Who says so.
        place: Table and line.
        mechanism: Why it happens; empty when the table does not say.
    """

    drugs: tuple[str, str]
    severity: str
    effect: str
    advice: str
    citation: str
    place: str
    mechanism: str = ""


class Interactions:
    """A table of interactions.

    Attributes:
        name: File it was read from.
        issues: Rows that could not be used.
    """

    def __init__(self, path: Path) -> None:
        """Read a table.

        Raises:
            DataError: It cannot be read, or lacks a column.
        """
        self.name = path.name
        self.issues: list[Issue] = []
        self._rows: list[tuple[frozenset[str], frozenset[str], dict[str, str], str]] = []
        for row in rows(path):
            if isinstance(row, Issue):
                self.issues.append(row)
                continue
            try:
                values = {column: row.text(column) for column in COLUMNS}
                values["mechanism"] = row.text("mechanism", empty=True) if "mechanism" in row.values else ""
                row.one_of("severity", SEVERITIES)
            except DataError as error:
                self.issues.append(error.issue)
                continue
            one, other = (frozenset(_plain(name) for name in values[column].split("|")) for column in COLUMNS[:2])
            self._rows.append((one, other, values, f"{path.name}, line {row.record}"))
        if not self._rows:
            raise DataError(
                "holds no interaction", path=str(path), remedy=f"a table with the columns {', '.join(COLUMNS)}"
            )

    def __len__(self) -> int:
        return len(self._rows)

    def among(self, drugs: Sequence[str], also: Mapping[str, Sequence[str]] | None = None) -> list[Interaction]:
        """Interactions among some drugs, the worst first.

        Args:
            drugs: The drugs.
            also: Further names of each, such as the generic name of a brand.

        >>> [found.severity for found in small_set().among(["Simvastatin 40 mg", "itraconazole", "aspirin"])]
        ['contraindicated']
        """
        found = []
        names = {drug: (drug, *(also or {}).get(drug, ())) for drug in drugs}
        for first, second in combinations(names, 2):
            for one, other, values, place in self._rows:
                here, there = names[first], names[second]
                if (_in(one, here) and _in(other, there)) or (_in(one, there) and _in(other, here)):
                    severity, effect, advice, citation = (values[column] for column in COLUMNS[2:])
                    pair = (first, second)
                    found.append(Interaction(pair, severity, effect, advice, citation, place, values["mechanism"]))
        return sorted(found, key=lambda interaction: SEVERITIES.index(interaction.severity))


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace(",", " ").split())


def _in(names: frozenset[str], drug: Sequence[str]) -> bool:
    """Whether a drug, with or without a dose and a salt, is one of some names."""
    return any(f" {name} " in f" {_plain(one)} " for one in drug for name in names)


@cache
def small_set() -> Interactions:
    """The set that comes with this package."""
    return Interactions(Path(str(files("workup.knowledge") / "data" / "interactions.tsv")))
