"""What a judge is given and what it returns.

>>> sheet = Sheet(task="diagnosis", case="p1", context={"reference": "Fabry disease"}, items=(Item("1", "Gout"),))
>>> sheet.verdicts
('2', '1', '0')
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import msgspec
import numpy as np

from workup.evaluation.verdicts import Verdict

Task = Literal[
    "diagnosis",  # is it the reference diagnosis (2), a broader category that includes it (1), or neither (0)?
    "criterion",  # does the answer meet the criterion of a rubric?
    "step",  # what does a step of a reasoning do?
    "fact",  # is what a step claims correct?
    "hit",  # does the output contain a step of the reference?
]
VERDICTS: dict[Task, tuple[str, ...]] = {
    "diagnosis": ("2", "1", "0"),
    "criterion": ("met", "not met"),
    "step": ("Reasoning", "Citation", "Repetition", "Redundancy"),
    "fact": ("Correct", "Wrong"),
    "hit": ("hit", "missed"),
}


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One thing to judge.

    Attributes:
        id: Its name within the sheet.
        text: Its words.
        kind: Which list it belongs to, where a case has several.
        points: What it is worth. A judge is not shown it.
    """

    id: str
    text: str
    kind: str = ""
    points: float = 1.0


class Sheet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a judge is given: items of one case, and what they are judged by.

    Attributes:
        task: What is asked of each item.
        case: Id of the case.
        context: Named texts to judge by, in the order to be read: ``case``, ``answer``, ``reference``. Nothing says
            whose answer it is.
        items: What is judged.
    """

    task: Task
    case: str
    context: dict[str, str]
    items: tuple[Item, ...]

    @property
    def verdicts(self) -> tuple[str, ...]:
        """The verdicts that a judge may say."""
        return VERDICTS[self.task]

    def digest(self) -> str:
        """SHA-256 of everything a judge sees, and of the case's id."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def verdict(self, item: Item, verdict: str | None, judge: str, why: str = "") -> Verdict:
        """A verdict on one of the items."""
        return Verdict(item=item.id, verdict=verdict, kind=item.kind, points=item.points, judge=judge, why=why)


@runtime_checkable
class Judge(Protocol):
    """Says a verdict on each item of a sheet.

    Attributes:
        name: Kind, name and version, as it stands in every table, e.g. ``rule:diagnosis-names@1``.
    """

    name: str

    def judge(self, sheet: Sheet) -> list[Verdict]:
        """One verdict for each item, in order; ``None`` where it cannot be read or was not given."""
        ...


@runtime_checkable
class RepeatedJudge(Judge, Protocol):
    """A judge that may say something else when asked again."""

    def opinions(self, sheet: Sheet) -> list[list[Verdict]]:
        """Every repetition's verdicts."""
        ...


def settle(opinions: Sequence[Sequence[Verdict]]) -> list[Verdict]:
    """The most frequent verdict on each item over repetitions; unread when two are equally frequent.

    >>> yes, no = Verdict(item="1", verdict="met"), Verdict(item="1", verdict="not met")
    >>> settle([[yes], [no], [yes]])[0].verdict, settle([[yes], [no]])[0].verdict
    ('met', None)
    """
    if len(opinions) == 1:
        return list(opinions[0])
    settled = []
    for column in zip(*opinions, strict=True):
        said = Counter(verdict.verdict for verdict in column if verdict.verdict is not None)
        ranked = said.most_common(2)
        winner = ranked[0][0] if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]) else None
        counts = ", ".join(f"{word} {times}" for word, times in sorted(said.items()))
        settled.append(msgspec.structs.replace(column[0], verdict=winner, why=f"{counts or 'none'} of {len(column)}"))
    return settled


class RepeatFigures(msgspec.Struct, frozen=True):
    """How much a judge differs from itself.

    Attributes:
        repeats: How often each sheet was judged.
        items: Items judged.
        differing: Items that did not get the same verdict every time.
        deviation: Standard deviation (n - 1) of the mean score over the repetitions; None for fewer than two.
    """

    repeats: int
    items: int
    differing: int
    deviation: float | None

    def __str__(self) -> str:
        spread = "" if self.deviation is None else f", standard deviation of the mean {self.deviation:.4f}"
        return f"{self.repeats} repetitions: {self.differing} of {self.items} items judged differently{spread}"


def repeat_figures(opinions: Sequence[Sequence[Sequence[Verdict]]], means: Sequence[float]) -> RepeatFigures:
    """Compare the repetitions of a judge.

    Args:
        opinions: Verdicts by case, repetition and item.
        means: Mean score of the run by repetition.

    >>> yes, no = Verdict(item="1", verdict="yes"), Verdict(item="1", verdict="no")
    >>> str(repeat_figures([[[yes], [no]]], [1.0, 0.0]))
    '2 repetitions: 1 of 1 items judged differently, standard deviation of the mean 0.7071'
    """
    columns = [column for case in opinions for column in zip(*case, strict=True)]
    return RepeatFigures(
        repeats=len(means),
        items=len(columns),
        differing=sum(len({verdict.verdict for verdict in column}) > 1 for column in columns),
        deviation=float(np.std(means, ddof=1)) if len(means) > 1 else None,
    )
