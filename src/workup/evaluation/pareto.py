"""Cost, time and accuracy of several methods on the same items, and which of them nothing beats."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from workup.evaluation.stats import Interval


class Point(msgspec.Struct, frozen=True):
    """One method.

    Attributes:
        name: The method, with its model.
        accuracy: Share of right answers, 0-1.
        cost: Mean cost of an item, in US dollars; None when it is not known.
        seconds: Mean time of an item; None when it was not recorded.
        n: Items.
        interval: 95 % interval of the accuracy.
        tokens: Mean tokens of an item, read and written; None when they were not recorded.
    """

    name: str
    accuracy: float
    cost: float | None
    seconds: float | None
    n: int
    interval: Interval | None = None
    tokens: float | None = None


def front(points: Sequence[Point]) -> list[Point]:
    """The points that no other one beats: none is at least as accurate and cheaper, or as cheap and more accurate.

    Points without a cost are left out.

    Returns:
        The front, cheapest first.

    >>> cheap, middle, dear = (Point(n, a, c, None, 9) for n, a, c in (("a", .3, 1), ("b", .2, 2), ("c", .5, 3)))
    >>> [point.name for point in front([dear, middle, cheap])]
    ['a', 'c']
    """
    best, kept = -1.0, []
    for point in sorted(
        (point for point in points if point.cost is not None), key=lambda one: (one.cost, -one.accuracy, one.name)
    ):
        if point.accuracy > best:
            kept.append(point)
            best = point.accuracy
    return kept
