"""A figure of an audit: one row of its table, with n, interval and how that was made.

>>> rate("negation", "must_flip", [True, True, False, True], ["1", "2", "3", "4"]).value
0.75
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import msgspec

from workup.evaluation.compare import RESAMPLES, paired_bootstrap
from workup.evaluation.labels import wilson
from workup.evaluation.stats import Interval


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One row.

    Attributes:
        section: Audit or perturbation, as gates name it.
        measure: What is measured.
        group: Subgroup; empty for all.
        value: The value; None when there was nothing to measure.
        n: Pairs, cases, claims or numbers behind it.
        clusters: Independent cases behind it.
        interval: 95 % interval.
        method: How the interval was made.
        p: p value, where there is a test.
        note: What a reader must know.
    """

    section: str
    measure: str
    group: str = ""
    value: float | None
    n: int
    clusters: int = 0
    interval: Interval | None = None
    method: str = ""
    p: float | None = None
    note: str = ""


def rate(
    section: str,
    measure: str,
    hits: Sequence[bool],
    clusters: Sequence[Hashable],
    *,
    group: str = "",
    note: str = "",
    seed: int = 0,
) -> Figure:
    """A share with its interval: Wilson's where every case counts once, else a bootstrap over clusters."""
    n, independent = len(hits), len(set(clusters))
    if n == 0:
        return Figure(section=section, measure=measure, group=group, value=None, n=0, note=note)
    found = sum(hits)
    if independent == n or found in (0, n):
        # All alike: a bootstrap would know no uncertainty. Each cluster then counts once.
        share = found / n
        interval = wilson(round(share * independent), independent)
        method = "Wilson" if independent == n else f"Wilson over {independent} cases"
    else:
        interval, _ = paired_bootstrap([float(hit) for hit in hits], list(clusters), seed=seed)
        method = f"bootstrap over {independent} cases, {RESAMPLES} resamples, seed {seed}"
    return Figure(
        section=section,
        measure=measure,
        group=group,
        value=found / n,
        n=n,
        clusters=independent,
        interval=interval,
        method=method,
        note=note,
    )


def mean(
    section: str,
    measure: str,
    values: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    group: str = "",
    note: str = "",
    seed: int = 0,
    share: bool = False,
) -> Figure:
    """A mean with its bootstrap interval over clusters.

    ``share`` says that the values are differences of rights and wrongs. Where these are all alike a bootstrap would
    know no uncertainty; the rule of three (3 / n on either side) then says what n cases can show.

    >>> mean("knowledge", "gain", [0.0] * 100, range(100), share=True).interval
    (-0.03, 0.03)
    """
    if not values:
        return Figure(section=section, measure=measure, group=group, value=None, n=0, note=note)
    independent = len(set(clusters))
    if share and len(set(values)) == 1:
        around = 3 / independent
        return Figure(
            section=section,
            measure=measure,
            group=group,
            value=values[0],
            n=len(values),
            clusters=independent,
            interval=(values[0] - around, values[0] + around),
            method=f"rule of three over {independent} cases",
            note=note,
        )
    interval, p_value = paired_bootstrap(list(values), list(clusters), seed=seed)
    return Figure(
        section=section,
        measure=measure,
        group=group,
        value=sum(values) / len(values),
        n=len(values),
        clusters=independent,
        interval=interval,
        method=f"bootstrap over {independent} cases, {RESAMPLES} resamples, seed {seed}",
        p=p_value,
        note=note,
    )
