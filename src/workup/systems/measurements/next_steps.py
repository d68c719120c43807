"""System 00, what to do next: whether questions and two-disease explanations help real patients.

The patients are those of :mod:`workup.systems.measurements.phenotype_engine` whose publication the annotations do not
cite (TEMP), from ``phenopackets/phenopackets_dev.jsonl.gz`` below the data folder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from workup.benchmarks.next_steps import (
    MOST_QUESTIONS,
    ORDERS,
    QUESTIONS,
    TOP,
    Asked,
    Merged,
    Order,
    Rule,
    Standing,
    eligible,
    half,
    interview,
    merged_and_single,
)
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.evaluation.stats import GroupedMeans, grouped_means
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.phenotype_engine import PATIENTS, cases_of, knowledge
from workup.systems.records import Tier

SEED = 2
REPORTED = 200
REPORTED_QUICKLY = 60
PAIRS = 200
PAIRS_QUICKLY = 20
# Fixed numbers of questions that are reported.
ASKED = (3, 5, 10, 20)
CLAIMED = 10
OTHERS: tuple[Order, ...] = ("random", "frequent")
Moment = Callable[[Asked], Standing]


@cache
def _patients(path: Path) -> tuple[RareDisease, tuple[Entry, ...]]:
    benchmark = RareDisease.of("phenotype", knowledge())
    plan = benchmark.plan(cases_of(path), ["temp"])
    return benchmark, tuple(entry for group in plan.groups for entry in group if "temp" in entry.regimes)


@cache
def _asked(path: Path, order: Order, rule: Rule, matched: bool, count: int) -> tuple[Asked, ...]:
    """Interviews of the patients of the half of the publications that nothing was set on."""
    benchmark, entries = _patients(path)
    chosen = eligible(benchmark, [entry for entry in entries if half(entry) == 1], seed=SEED)[:count]
    # One interview serves the figures after three answers and those after so many questions.
    answers, most = (QUESTIONS, MOST_QUESTIONS) if matched or count < REPORTED else (None, MOST_QUESTIONS)
    if rule == "closed":
        answers, most = None, CLAIMED
    return tuple(
        interview(benchmark, entry, order, rule=rule, answers=answers, most=most, matched=matched, seed=SEED)
        for entry in chosen
    )


def _differences(ours: Sequence[Asked], theirs: Sequence[Asked], moment: Moment) -> GroupedMeans:
    """Paired: reciprocal rank, log probability, top-1, top-10 and answers "yes"."""
    pairs = [(moment(one), moment(other)) for one, other in zip(ours, theirs, strict=True)]
    values = [
        [
            1.0 / one.rank - 1.0 / other.rank,
            one.log_probability - other.log_probability,
            float(one.rank <= 1) - float(other.rank <= 1),
            float(one.rank <= TOP) - float(other.rank <= TOP),
            float(one.yes - other.yes),
        ]
        for one, other in pairs
    ]
    return grouped_means(np.array(values), [one.publication for one in ours])


def _lower(means: GroupedMeans, column: int, unit: str) -> Measurement:
    """Lower end of the interval of a difference."""
    low, high = (float(end) for end in means.micro_interval[:, column])
    note = f"{unit}: mean difference {means.micro[column]:.3f}; {means.publications} publications"
    return Measurement(value=low, n=means.cases, interval=(low, high), note=note)


def _over(name: str, ours: Sequence[Asked], theirs: Sequence[Asked], moment: Moment) -> dict[str, Measurement]:
    """The lower ends for reciprocal rank and log probability."""
    if not ours:
        return {f"{name}{end}": Measurement(value=None, n=0) for end in ("", "-log")}
    means = _differences(ours, theirs, moment)
    return {name: _lower(means, 0, "reciprocal rank"), f"{name}-log": _lower(means, 1, "log probability")}


def _compared(data: Path, rule: Rule, matched: bool, count: int, moment: Moment, name: str) -> dict[str, Measurement]:
    """Our order against the others at one moment of the interviews."""
    path = data / PATIENTS
    ours = _asked(path, "best", rule, matched, count)
    found: dict[str, Measurement] = {}
    for other in OTHERS:
        found |= _over(f"{name}-over-{other}", ours, _asked(path, other, rule, matched, count), moment)
    return found


def after_answers(one: Asked) -> Standing:
    """After three answered questions."""
    return one.after_answers(QUESTIONS)


def after_questions(count: int) -> Moment:
    """After so many questions."""
    return lambda one: one.after_questions(count)


def figures(data: Path, rule: Rule, matched: bool, moment: Moment, count: int = REPORTED) -> dict[str, str]:
    """A line for each order: what was reached, and how much less than by ours (for the documentation)."""
    path = data / PATIENTS
    ours = _asked(path, "best", rule, matched, count)
    lines: dict[str, str] = {}
    for order in ORDERS:
        theirs = _asked(path, order, rule, matched, count)
        at = [moment(one) for one in theirs]
        ranks = np.array([one.rank for one in at])
        probability = np.mean([one.log_probability for one in at])
        counts = [np.mean([getattr(one, what) for one in at]) for what in ("asked", "answered", "yes")]
        text = (
            f"reciprocal rank {(1 / ranks).mean():.3f}, log probability {probability:.2f}, "
            f"top-1 {(ranks <= 1).mean():.1%}, top-10 {(ranks <= TOP).mean():.1%}; "
            f"asked {counts[0]:.1f}, answered {counts[1]:.2f}, yes {counts[2]:.2f}"
        )
        if order != "best":
            means = _differences(ours, theirs, moment)
            for column, what in enumerate(("reciprocal rank", "log probability", "top-1", "top-10")):
                low, high = means.micro_interval[:, column]
                text += f"; {what} {means.micro[column]:+.3f} [{low:+.3f}, {high:+.3f}]"
        lines[order] = text
    return lines


@measurement("next_steps.quick_questions")
def quick_questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Three answered questions on a few patients: how many more of ours are answered yes."""
    path = data / PATIENTS
    found = _compared(data, "open", False, REPORTED_QUICKLY, after_answers, "questions-quick")
    best, other = (_asked(path, order, "open", False, REPORTED_QUICKLY) for order in ("best", "random"))
    yes = _lower(_differences(best, other, after_answers), 4, "answers yes") if best else Measurement(value=None, n=0)
    return {
        "questions-quick-over-random-log": found["questions-quick-over-random-log"],
        "questions-quick-yes": yes,
    }


@measurement("next_steps.questions")
def all_questions(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Our order against a random and the most-frequent-first order, by each protocol."""
    found = _compared(data, "open", False, REPORTED, after_answers, "questions-answered")
    found |= _compared(data, "open", True, REPORTED, after_answers, "questions-matched")
    return found | _compared(data, "open", False, REPORTED, after_questions(CLAIMED), f"questions-open-{CLAIMED}")


@measurement("next_steps.questions_lpo")
def questions_lpo(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Three answers, one patient of each publication, which is left out of the annotations (LPO)."""
    benchmark, _ = _patients(data / PATIENTS)
    plan = benchmark.plan(cases_of(data / PATIENTS), ["lpo"])
    entries = [one for group in plan.groups for one in group if "lpo" in one.regimes and half(one) == 1]
    asked: dict[tuple[Order, bool], list[Asked]] = {
        (order, matched): [] for order in ("best", *OTHERS) for matched in (False, True)
    }
    for entry in eligible(benchmark, entries, seed=SEED, most=1)[:REPORTED]:
        engine = benchmark.engine.without(benchmark.dropped_rows(entry.publication).tolist())
        for (order, matched), interviews in asked.items():
            interviews.append(interview(benchmark, entry, order, matched=matched, seed=SEED, engine=engine))
    found: dict[str, Measurement] = {}
    for matched, name in ((False, "answered"), (True, "matched")):
        for other in OTHERS:
            ours, theirs = asked["best", matched], asked[other, matched]
            found |= _over(f"questions-lpo-{name}-over-{other}", ours, theirs, after_answers)
    return found


def _share(values: Sequence[bool], groups: Sequence[str]) -> Measurement:
    if not values:
        return Measurement(value=None, n=0)
    means = grouped_means(np.array(values, dtype=np.float64)[:, None], groups)
    low, high = (100.0 * float(end) for end in means.micro_interval[:, 0])
    return Measurement(value=100.0 * float(means.micro[0]), n=len(values), interval=(low, high))


@measurement("next_steps.quick_two_diseases")
def quick_two_diseases(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A few merged pairs of patients of the half that no threshold was set on."""
    merged, alone = merged_and_single(*_patients(data / PATIENTS), which=1, seed=SEED, count=PAIRS_QUICKLY)
    groups = [one.publication for one in merged]
    return {
        "pairs-quick-found": _share([one.first_ten for one in merged], groups),
        "pairs-quick-false-alarms": _share([shown for _, shown in alone], [group for group, _ in alone]),
    }


@measurement("next_steps.two_diseases")
def two_diseases(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Merged and single patients of the half that no threshold was set on."""
    merged, alone = merged_and_single(*_patients(data / PATIENTS), which=1, seed=SEED, count=PAIRS)
    groups = [one.publication for one in merged]
    shown = [one for one in merged if one.shown]
    named = [one.publication for one in shown]
    return {
        "pairs-both-found-single": _share([one.single for one in merged], groups),
        "pairs-both-found": _share([one.first_ten for one in merged], groups),
        "pairs-exact": _share([one.exact for one in merged], groups),
        "pairs-shown": _share([one.shown for one in merged], groups),
        "pairs-shown-one-right": _share([one.named >= 1 for one in shown], named),
        "pairs-shown-both-right": _share([one.named == 2 for one in shown], named),
        "pairs-over-single": _lead(merged),
        "pairs-false-alarms": _share([shown for _, shown in alone], [group for group, _ in alone]),
    }


def _lead(merged: Sequence[Merged]) -> Measurement:
    if not merged:
        return Measurement(value=None, n=0)
    values = np.array([[float(one.first_ten) - float(one.single)] for one in merged])
    means = grouped_means(values, [one.publication for one in merged])
    low, high = (100.0 * float(end) for end in means.micro_interval[:, 0])
    return Measurement(value=low, n=len(merged), interval=(low, high))
