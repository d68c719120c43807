"""Is a right answer right whatever form it is asked in? The same questions as letter, as words and as a list.

Source: "Single answer is not enough" (system 42): of the questions that are right in any form, the share that is right
in every form; the later version of the paper reports 35-100 % over 15 models.

>>> robust = format_robustness({"letter": {"1": True, "2": True}, "list": {"1": True, "2": False}})
>>> robust.all_of_any, robust.any_right, robust.pairs["letter > list"]
(0.5, 2, 1)
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workup.evaluation.labels import ratio, wilson
from workup.evaluation.stats import Interval


class FormatRobustness(msgspec.Struct, frozen=True):
    """Answers in several forms.

    Attributes:
        n: Questions asked in every form.
        accuracy: Share right in each form, 0-1.
        any_right: Questions right in at least one form.
        all_right: Questions right in every form.
        all_of_any: The ratio of the two; 0 when none is right in any.
        interval: Its Wilson interval; None when none is right in any.
        pairs: How many questions are right in the first form and wrong in the second.
    """

    n: int
    accuracy: dict[str, float]
    any_right: int
    all_right: int
    all_of_any: float
    interval: Interval | None
    pairs: dict[str, int]


def format_robustness(right: Mapping[str, Mapping[str, bool]]) -> FormatRobustness:
    """Compare forms on the questions that every one of them has.

    Args:
        right: For each form, whether each question was answered right, by its id.

    Raises:
        ValueError: There are fewer than two forms.
    """
    if len(right) < 2:
        raise ValueError("two forms at least are compared")
    shared = sorted(set.intersection(*(set(answers) for answers in right.values())))
    table = {form: [answers[name] for name in shared] for form, answers in right.items()}
    rows = list(zip(*table.values(), strict=True))
    any_right, all_right = sum(map(any, rows)), sum(map(all, rows))
    return FormatRobustness(
        n=len(shared),
        accuracy={form: ratio(sum(answers), len(shared)) for form, answers in table.items()},
        any_right=any_right,
        all_right=all_right,
        all_of_any=ratio(all_right, any_right),
        interval=wilson(all_right, any_right) if any_right else None,
        pairs={
            f"{one} > {other}": sum(a and not b for a, b in zip(table[one], table[other], strict=True))
            for one in table
            for other in table
            if one != other
        },
    )
