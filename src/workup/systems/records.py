"""The catalogue of published systems and their claims: data, read from the JSON files of this folder."""

from __future__ import annotations

from collections import Counter
from functools import cache
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Literal, TypeVar, get_args

import msgspec

from workup.errors import DataError, UserError

Kind = Literal[
    "agent",  # one model or several, acting in turns
    "audit",  # a protocol that looks for weaknesses
    "benchmark",  # items and scores
    "dialogue",  # a conversation with a patient is the task
    "engine",  # computation without a language model
    "imaging",  # regions, measurements or prototypes in images
    "retrieval",  # finding and weighing passages
    "reward",  # what a rollout is rewarded for
    "signals",  # time series and wearables
    "survey",  # a review of others' work
    "synthesis",  # making training items
    "training",  # how a model is taught
]
Status = Literal["planned", "partial", "works"]
Need = Literal["data", "training", "images", "app", "model", "slow"]
Tier = Literal["ci", "slow"]
Value = float | int | bool | str | None

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
LAST_SYSTEM = 76

CATALOGUE = Path(__file__).parent / "catalogue.json"
CLAIMS = Path(__file__).parent / "claims"
# Figures that a paper prints and nobody releases as a file, and made-up files for rules that come without data; as an
# input they are named ``shipped:FILE``.
SHIPPED = Path(__file__).parent / "shipped"
OURS = "shipped:"


def shipped(data: Path, name: str) -> Path:
    """An input that ships with the package, or the one of that name in the folder ``shipped`` of the user's data."""
    own = data / "shipped" / name
    return own if own.is_file() else SHIPPED / name


_T = TypeVar("_T")


class System(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One published system (or our own engine, "00").

    Attributes:
        id: Two digits.
        title: Name of the system or short title of its paper.
        paper: Where it was published (preprint number, venue); empty when our notes give no identifier.
        kind: What sort of system it is.
        summary: One sentence on what it does.
        status: ``planned`` (nothing yet), ``partial`` or ``works``.
        entry_points: What implements it, as ``GROUP:NAME`` of an entry point; empty when planned.
    """

    id: str
    title: str
    kind: Kind
    summary: str
    status: Status
    paper: str = ""
    entry_points: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.status == "planned") == bool(self.entry_points):
            raise ValueError(f"system {self.id}: entry points are listed exactly when it is not planned")


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An expected range: every limit that is given must be met.

    >>> Bound(at_least=26).holds(26.0), Bound(above=0).holds(0.0)
    (True, False)
    """

    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    def __post_init__(self) -> None:
        limits = [limit for limit in (self.at_least, self.at_most, self.above, self.below) if limit is not None]
        if not limits or not all(map(isfinite, limits)):
            raise ValueError("a bound needs at least one limit, and finite ones")

    def holds(self, value: float) -> bool:
        """Whether ``value`` lies within every limit."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        signs = (("≥", self.at_least), ("≤", self.at_most), (">", self.above), ("<", self.below))
        return ", ".join(f"{sign} {limit:g}" for sign, limit in signs if limit is not None)


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One sentence that can be checked by a measurement.

    Attributes:
        id: Name of the claim, unique within its system; measurements answer under it.
        sentence: What is claimed, with the unit of the expected value.
        source: Where the sentence and the expected value come from.
        expected: The value or :class:`Bound`; None when nothing is expected and the value is only reported.
        measurement: ``MODULE.NAME`` of the measurement, MODULE being one in
            :mod:`workup.systems.measurements`.
        inputs: Path below the data folder (or ``shipped:FILE``) -> SHA-256 (see
            :func:`workup.systems.reproduction.digest`) of the
            file or folder on which the expected value was measured.
        tolerance: Largest absolute difference from an expected number, in its unit.
        needs: What must be available for the measurement to run.
        baseline: Another claim of this system, which gives the figure of a conventional method on the same cases;
            needed where the claim is about what a reasoner or a model reaches.
        difference: Another claim, which measures the difference to the baseline paired by case; empty for none.
        better: Which way is better, for the sentence that says whether the baseline is beaten; empty for neither.
        tier: ``ci`` claims are measured in every run, ``slow`` ones only on request.
    """

    id: str
    sentence: str
    source: str
    expected: float | int | bool | str | Bound | None
    measurement: str
    inputs: dict[str, str]
    tolerance: float = 0.0
    needs: tuple[Need, ...] = ("data",)
    tier: Tier = "ci"
    baseline: str = ""
    difference: str = ""
    better: Literal["higher", "lower", ""] = "higher"

    def __post_init__(self) -> None:
        for path in self.inputs:
            # The claims file must not make us read outside the folder the user named.
            if not path or PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise ValueError(f"claim {self.id}: input {path!r} is not a path below the data folder")
        if not isfinite(self.tolerance) or self.tolerance < 0:
            raise ValueError(f"claim {self.id}: the tolerance must be a finite number >= 0")
        number = isinstance(self.expected, int | float) and not isinstance(self.expected, bool)
        if self.tolerance and not number:
            raise ValueError(f"claim {self.id}: only an expected number has a tolerance")


def _read(path: Path, kind: type[_T]) -> list[_T]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[kind])  # type: ignore[valid-type]
    except msgspec.MsgspecError as error:
        raise DataError(str(error), path=path.name) from error


def _unique(ids: list[str], path: Path) -> None:
    if repeated := [name for name, count in Counter(ids).items() if count > 1]:
        raise DataError(f"the same id more than once: {', '.join(repeated)}", path=path.name)


@cache
def catalogue() -> tuple[System, ...]:
    """Every system in the order of its id: "00", our own engine, to "76".

    Raises:
        DataError: An id is missing or repeated, or a record is not valid.

    >>> catalogue()[3].title
    'ArgMed-Agents'
    """
    systems = _read(CATALOGUE, System)
    ids = [system.id for system in systems]
    _unique(ids, CATALOGUE)
    expected = [f"{number:02d}" for number in range(LAST_SYSTEM + 1)]
    if sorted(ids) != expected:
        raise DataError(f"differs from 00..{LAST_SYSTEM}: {sorted({*ids} ^ {*expected})}", path=CATALOGUE.name)
    return tuple(sorted(systems, key=lambda system: system.id))


def find(number: str) -> System:
    """The system with that number, with or without the leading zero.

    Raises:
        UserError: There is none.
    """
    for system in catalogue():
        if system.id == number.zfill(2):
            return system
    raise UserError(f"no system {number!r}; they are numbered 00 to {LAST_SYSTEM}: see `workup systems`")


def claims(number: str) -> tuple[Claim, ...]:
    """Claims of one system; empty when it has no claims file yet.

    Raises:
        UserError: There is no such system.
        DataError: The claims file is not valid.
    """
    path = CLAIMS / f"{find(number).id}.json"
    if not path.is_file():
        return ()
    records = _read(path, Claim)
    _unique([claim.id for claim in records], path)
    known = {claim.id for claim in records}
    for claim in records:
        for named in filter(None, (claim.baseline, claim.difference)):
            if named not in known or named == claim.id:
                raise DataError(f"{claim.id} names {named}, which is no other claim", path=path.name)
    return tuple(records)
