"""Counting verdicts: the one function behind every score that a judge's verdicts add up to.

A judge (a rule, a model, a person, a recording) looks at a list of items, a reasoning step, a reference finding, an
item of a rubric, and says a verdict on each. A score of a case is a ratio over its verdicts::

    value = sum of ``earned`` over the items / sum of ``possible`` over the items

A verdict that could not be read is ``None``. It counts on neither side and is reported: it never silently means "no".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from workup.evaluation.labels import ratio
from workup.evaluation.score import Estimate, Score
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a judge said of one item.

    Attributes:
        item: What was judged: the text of a step, of a reference finding, of a criterion, or its id.
        verdict: The verdict; None when it could not be read.
        kind: Which list the item belongs to, where a case has several.
        points: What the item is worth; negative for a fault.
        judge: Who judged: name and version of a rule, model, person or recording.
        why: The judge's reason.
    """

    item: str
    verdict: str | None
    kind: str = ""
    points: float = 1.0
    judge: str = ""
    why: str = ""


Worth = Callable[[Verdict], float]


class Ratio(msgspec.Struct, frozen=True):
    """The ratio of one case.

    Attributes:
        value: ``earned / possible``.
        earned: Sum over the items.
        possible: Sum over the items.
        items: Items that a verdict could be read of.
        unread: Items whose verdict could not be read; they are on neither side.
    """

    value: float
    earned: float
    possible: float
    items: int
    unread: int


def count(verdicts: Sequence[Verdict], earned: Worth, possible: Worth, *, empty: float = 0.0) -> Ratio:
    """Count the verdicts of one case.

    Args:
        verdicts: The judge's verdicts.
        earned: What an item contributes to the numerator.
        possible: What it contributes to the denominator.
        empty: The value when nothing is possible.

    >>> steps = [Verdict(item="1", verdict="yes"), Verdict(item="2", verdict="no"), Verdict(item="3", verdict=None)]
    >>> count(steps, says("yes"), always)
    Ratio(value=0.5, earned=1.0, possible=2.0, items=2, unread=1)
    """
    read = [verdict for verdict in verdicts if verdict.verdict is not None]
    top, bottom = sum(map(earned, read), 0.0), sum(map(possible, read), 0.0)
    return Ratio(
        value=top / bottom if bottom else empty,
        earned=top,
        possible=bottom,
        items=len(read),
        unread=len(verdicts) - len(read),
    )


def says(*words: str) -> Worth:
    """1 for an item with one of these verdicts, else 0."""
    return lambda verdict: float(verdict.verdict in words)


def always(verdict: Verdict) -> float:
    """1 for every item."""
    return 1.0


def points_if(*words: str) -> Worth:
    """The points of an item with one of these verdicts, else 0; a fault that was found takes points away."""
    return lambda verdict: verdict.points if verdict.verdict in words else 0.0


def points_to_win(verdict: Verdict) -> float:
    """The points of an item, if there are any to win."""
    return max(verdict.points, 0.0)


def as_score(ratio_of_case: Ratio, name: str) -> Score:
    """The ratio as the score of an attempt."""
    notes = (f"{ratio_of_case.unread} verdicts could not be read",) if ratio_of_case.unread else ()
    return Score(total=ratio_of_case.value, parts={name: ratio_of_case.value}, notes=notes)


def mean_ratio(
    metric: str,
    ratios: Sequence[Ratio],
    *,
    clip: bool = False,
    judge: str = "",
    citation: str = "",
    seed: int = 0,
    resamples: int = RESAMPLES,
    names: Sequence[str] = (),
) -> Estimate:
    """Mean of the ratios of the cases, with a bootstrap interval over cases.

    Args:
        metric: Its name.
        ratios: One per case.
        clip: Clip the mean, not the cases, to 0-1 (HealthBench).
        judge: Who judged; figures of different judges are never comparable.
        citation: Where the definition comes from.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap samples.
        names: The case of each ratio, where a case has several; they are drawn together.

    >>> mean_ratio("efficiency", [Ratio(1.0, 2, 2, 2, 0), Ratio(0.5, 1, 2, 2, 0)]).value
    0.75
    """
    notes = [f"judge: {judge}"] if judge else []
    if unread := sum(one.unread for one in ratios):
        read = sum(one.items for one in ratios)
        notes.append(
            f"{unread} of {read + unread} verdicts could not be read ({100 * ratio(unread, read + unread):.1f} %)"
        )
    if not ratios:
        return Estimate(metric=metric, value=None, n=0, citation=citation, notes=tuple(notes))
    values = np.array([one.value for one in ratios])
    draws = CaseDraws(names or [str(place) for place in range(len(values))])
    means = draws.means(values, seed=seed, resamples=resamples)
    value = float(values.mean())
    if clip:
        means, value = means.clip(0.0, 1.0), min(max(value, 0.0), 1.0)
    low, high = np.percentile(means, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Estimate(
        metric=metric,
        value=value,
        n=len(values),
        interval=(float(low), float(high)),
        method=f"percentile bootstrap over cases, {resamples} resamples, seed {seed}",
        citation=citation,
        notes=tuple(notes),
    )
