"""A clinical table with a schema that keeps apart what a rule may read and what it must not.

::

    Column("heart_rate", "beats a minute at arrival")
    Column("vasopressor", "given within the hour", role="afterwards")   # known only later: no rule may read it
    Column("shock", role="target")

Only columns of role ``input`` reach the proposers, the models and the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np

from workup.errors import DataError
from workup.features.rules import is_name
from workup.knowledge.arrays import Array

Role = Literal["input", "afterwards", "target"]


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One column.

    Attributes:
        name: A word of letters, digits and ``_``, as rules write it.
        description: What it holds, with its unit.
        role: ``input``; ``afterwards`` for what is known only after the outcome or because of it; ``target``.
    """

    name: str
    description: str = ""
    role: Role = "input"


class Part(msgspec.Struct, frozen=True):
    """Rows for one use (training, validation or test).

    Attributes:
        values: Input columns, ``(rows, inputs)``, float64; NaN for missing.
        target: 0 or 1 of each row, int64.
    """

    values: Array
    target: Array

    def with_column(self, column: Array) -> Part:
        """The same rows with one more input."""
        return Part(np.column_stack([self.values, column]), self.target)


class Table:
    """Rows under a schema.

    Attributes:
        inputs: Columns that rules may read, in order.
        forbidden: Names that they must not read.
        rows: All rows, inputs and target only.

    >>> columns = [Column("hr"), Column("sbp"), Column("shock", role="target")]
    >>> table = Table(columns, np.array([[120.0, 80.0, 1.0], [70.0, 120.0, 0.0]]))
    >>> table.names, table.rows.target.tolist()
    (('hr', 'sbp'), [1, 0])
    """

    def __init__(self, columns: Sequence[Column], values: Array) -> None:
        """Take the values of all columns, ``(rows, columns)``.

        Raises:
            DataError: A name cannot stand in a rule or is there twice, there is not just one target, the target is not
                0 or 1, a value is infinite, or the sizes differ.
        """
        names = [column.name for column in columns]
        values = np.asarray(values, dtype=np.float64)
        for name in names:
            if not is_name(name) or names.count(name) > 1:
                raise DataError(
                    "cannot be the name of a column", field=name, remedy="use one word, once, not x1 or min"
                )
        targets = [place for place, column in enumerate(columns) if column.role == "target"]
        if len(targets) != 1 or values.ndim != 2 or values.shape[1] != len(names):
            raise DataError(f"{len(targets)} targets in {len(names)} columns of an array {values.shape}")
        target = values[:, targets[0]]
        if not np.isin(target, (0.0, 1.0)).all():
            raise DataError("is not 0 or 1 in every row", field=names[targets[0]], remedy="leave such rows out")
        if np.isinf(values).any():
            raise DataError("holds an infinite value", remedy="write NaN for missing")
        kept = [place for place, column in enumerate(columns) if column.role == "input"]
        self.inputs = tuple(columns[place] for place in kept)
        self.forbidden = frozenset(column.name for column in columns if column.role != "input")
        self.rows = Part(values[:, kept], target.astype(np.int64))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(column.name for column in self.inputs)

    def part(self, rows: Array) -> Part:
        """Some of the rows."""
        return Part(self.rows.values[rows], self.rows.target[rows])


def stratified(target: Array, shares: Sequence[float], random: np.random.Generator) -> list[Array]:
    """Row numbers of parts that hold about the same share of each class.

    Args:
        target: Class of each row.
        shares: Relative sizes of the parts.
        random: Draws the order.

    >>> parts = stratified(np.array([0, 0, 0, 0, 1, 1, 1, 1]), (1, 1), np.random.default_rng(0))
    >>> [len(part) for part in parts], sorted(np.concatenate(parts).tolist())
    ([4, 4], [0, 1, 2, 3, 4, 5, 6, 7])
    """
    ends = np.cumsum(shares) / np.sum(shares)
    found: list[list[int]] = [[] for _ in shares]
    for value in np.unique(target):
        order = random.permutation(np.flatnonzero(target == value))
        cuts = np.round(ends * len(order)).astype(int)
        for part, piece in zip(found, np.split(order, cuts[:-1]), strict=True):
            part += piece.tolist()
    return [np.array(sorted(part), dtype=np.int64) for part in found]
