"""What one attempt is worth, and what a run is worth.

A :class:`Score` belongs to one case and also serves as a reward. What is no sum over cases (F1, nDCG, AUROC) is an
:class:`Estimate` of a metric over a whole run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import msgspec

from workup.case import Case
from workup.evaluation.attempt import Attempt


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What one attempt is worth.

    Attributes:
        total: The score; what is best and worst is the scorer's to say.
        parts: What it is made of, by name.
        notes: Why, in words: "unparsed", "refused", "judge failed".
    """

    total: float
    parts: dict[str, float] = {}
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in (self.total, *self.parts.values())):
            raise ValueError("a score and its parts must be finite")


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A metric's value over a run.

    Attributes:
        metric: Its name.
        value: Its value; None when the run holds nothing to measure.
        n: Number of cases behind it.
        interval: Lower and upper end of the 95 % interval, where there is one.
        method: How the interval was made, e.g. ``Wilson`` or ``bootstrap, 2000 resamples, seed 0``.
        version: Version of the metric's definition.
        citation: Where the definition comes from.
        parts: Further figures by name (per class, per stratum).
        notes: What a reader must know.
    """

    metric: str
    value: float | None
    n: int
    interval: tuple[float, float] | None = None
    method: str = ""
    version: str = "1"
    citation: str = ""
    parts: dict[str, float] = {}
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        numbers = (self.value, *(self.interval or ()), *self.parts.values())
        if any(number is not None and not math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.metric}: a value is not finite")
        if self.n < 0:
            raise ValueError(f"{self.metric}: measured on {self.n} cases")


class Scorer(Protocol):
    """Scores one attempt at one case; pure."""

    name: str

    def score(self, case: Case, attempt: Attempt) -> Score:
        """The score of the attempt; an attempt that failed or could not be parsed gets one too."""
        ...


class Metric(Protocol):
    """Measures a run; pure."""

    name: str

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The metric over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        ...
