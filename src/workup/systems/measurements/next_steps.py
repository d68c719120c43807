"""System 00, what to do next: whether questions and two-disease explanations help real patients.

The patients are those of :mod:`workup.systems.measurements.phenotype_engine` whose publication the annotations do not
cite (TEMP), from ``phenopackets/phenopackets_dev.jsonl.gz`` below the data folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from workup.benchmarks.next_steps import (
    ORDERS,
    Asked,
    Merged,
    Order,
    Rule,
    eligible,
    interview,
    merged_and_single,
)
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.evaluation.stats import grouped_means
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.phenotype_engine import PATIENTS, cases_of, knowledge
from workup.systems.records import Tier

SEED = 1
# The first of the shuffled patients; TRUST was chosen on the 300 after the first 200.
REPORTED = 200
REPORTED_QUICKLY = 60


@cache
def _patients(path: Path) -> tuple[RareDisease, tuple[Entry, ...]]:
    benchmark = RareDisease.of("phenotype", knowledge())
    plan = benchmark.plan(cases_of(path), ["temp"])
    return benchmark, tuple(entry for group in plan.groups for entry in group if "temp" in entry.regimes)


@cache
def _asked(path: Path, order: Order, rule: Rule, count: int) -> tuple[Asked, ...]:
    benchmark, entries = _patients(path)
    chosen = eligible(benchmark, entries, seed=SEED)[:count]
    return tuple(interview(benchmark, entry, order, rule=rule) for entry in chosen)


def _difference(ours: Sequence[Asked], theirs: Sequence[Asked]) -> Measurement:
    """Mean difference of the reciprocal rank of the true disease, on the same patients."""
    if not ours:
        return Measurement(value=None, n=0)
    values = np.array([[1.0 / a.after - 1.0 / b.after] for a, b in zip(ours, theirs, strict=True)])
    means = grouped_means(values, [one.publication for one in ours])
    return Measurement(
        value=float(means.micro[0]),
        n=len(ours),
        interval=(float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0])),
        note=f"{means.publications} publications",
    )


def _more_yes(ours: Sequence[Asked], theirs: Sequence[Asked]) -> Measurement:
    """Lower end of the interval of the answers "yes" that one order gets more than another, a patient."""
    if not ours:
        return Measurement(value=None, n=0)
    values = np.array([[float(a.yes - b.yes)] for a, b in zip(ours, theirs, strict=True)])
    means = grouped_means(values, [one.publication for one in ours])
    low, high = float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0])
    return Measurement(value=low, n=len(ours), interval=(low, high), note=f"difference {means.micro[0]:.2f}")


def _figures(asked: Sequence[Asked]) -> str:
    after = np.array([one.after for one in asked])
    before = np.array([one.before for one in asked])
    return (
        f"reciprocal rank {(1 / before).mean():.3f} before, {(1 / after).mean():.3f} after; top-1 "
        f"{(before <= 1).mean():.1%} before, {(after <= 1).mean():.1%} after; "
        f"top-10 {(before <= 10).mean():.1%} before, "
        f"{(after <= 10).mean():.1%} after; {np.mean([one.yes for one in asked]):.2f} answers yes"
    )


def questions(data: Path, rule: Rule, count: int) -> dict[str, tuple[str, Measurement]]:
    """For each order its figures, and by how much the best order beats it."""
    path = data / PATIENTS
    ours = _asked(path, "best", rule, count)
    return {
        order: (_figures(theirs), _difference(ours, theirs))
        for order in ORDERS
        if (theirs := _asked(path, order, rule, count))
    }


@measurement("next_steps.quick_questions")
def quick_questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The best order against the most-frequent-first one on a few patients."""
    path = data / PATIENTS
    best, other = (_asked(path, order, "closed", REPORTED_QUICKLY) for order in ("best", "frequent"))
    return {"questions-quick": _difference(best, other), "questions-quick-yes": _more_yes(best, other)}


@measurement("next_steps.questions")
def all_questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The best order against a random and the most-frequent-first order, under both rules."""
    found: dict[str, Measurement] = {}
    for rule in ("closed", "open"):
        results = questions(data, "closed" if rule == "closed" else "open", REPORTED)
        for order in ("random", "frequent"):
            if order in results:
                found[f"questions-{rule}-over-{order}"] = results[order][1]
    ours = _asked(data / PATIENTS, "best", "closed", REPORTED)
    found["questions-yes-over-random"] = _more_yes(ours, _asked(data / PATIENTS, "random", "closed", REPORTED))
    found["questions-yes-over-frequent"] = _more_yes(ours, _asked(data / PATIENTS, "frequent", "closed", REPORTED))
    return found


def _share(values: Sequence[bool], groups: Sequence[str]) -> Measurement:
    if not values:
        return Measurement(value=None, n=0)
    means = grouped_means(np.array(values, dtype=np.float64)[:, None], groups)
    low, high = (100.0 * float(end) for end in means.micro_interval[:, 0])
    return Measurement(value=100.0 * float(means.micro[0]), n=len(values), interval=(low, high))


@measurement("next_steps.two_diseases")
def two_diseases(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Merged and single patients of the half that no threshold was set on."""
    merged, alone = merged_and_single(*_patients(data / PATIENTS), which=1)
    groups = [one.publication for one in merged]

    def share(what: str) -> Measurement:
        return _share([bool(getattr(one, what)) for one in merged], groups)

    lead = _lead(merged)
    return {
        "pairs-both-found-single": share("single"),
        "pairs-both-found": share("first_ten"),
        "pairs-exact": share("exact"),
        "pairs-shown": share("shown"),
        "pairs-over-single": lead,
        "pairs-false-alarms": _share(alone, [str(place) for place in range(len(alone))]),
    }


def _lead(merged: Sequence[Merged]) -> Measurement:
    if not merged:
        return Measurement(value=None, n=0)
    values = np.array([[float(one.first_ten) - float(one.single)] for one in merged])
    means = grouped_means(values, [one.publication for one in merged])
    low, high = (100.0 * float(end) for end in means.micro_interval[:, 0])
    return Measurement(value=low, n=len(merged), interval=(low, high))
