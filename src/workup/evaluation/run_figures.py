"""What the plots of a run show: is its confidence worth anything, and for whom is it right?

Computed from the attempts, like everything else. Confidence is the probability that an answer came with, stated by a
model or counted over its samples; what is right is the benchmark's first score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from workup.case import Case
from workup.errors import UserError
from workup.evaluation.attempt import Attempt
from workup.evaluation.calibration import Bin, brier, calibration_error, deferral, reliability, risk_coverage
from workup.evaluation.judges.judge import Judge
from workup.evaluation.run_store import RunStore
from workup.evaluation.scoring import benchmark_of, data_of
from workup.evaluation.stats import LEVEL, RESAMPLES, Interval
from workup.knowledge.arrays import Array

BINS = 10
LEAST = 5
"""Fewest cases of a subgroup that is shown."""
MOST_VALUES = 12
"""A fact with more values than this is an identifier, or a number, and makes no subgroups."""
POINTS = 100

Curve = tuple[tuple[float, float], ...]


class Subgroup(msgspec.Struct, frozen=True):
    """The cases that share a value of a fact.

    Attributes:
        fact: The fact, as the data call it.
        value: Its value.
        n: Cases.
        mean: Mean score.
        interval: 95 % interval, bootstrap over cases.
    """

    fact: str
    value: str
    n: int
    mean: float
    interval: Interval


class RunFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures behind the plots of one run.

    Attributes:
        name: Reasoner and model.
        score: Name of the score.
        n: Attempts with a confidence.
        silent: Attempts without an answer, or with one that came without a confidence; in no curve.
        table: Reliability: stated against observed, bins of equal mass.
        ece: Expected calibration error in points (0-100); None without confidences.
        brier: Mean squared difference of confidence and score; None without confidences.
        risk_coverage: Share answered and error among them, the most confident first.
        aurc: Mean error over all coverages.
        deferral: Share handed on, least confident first, and the score of machine and expert together.
        overall: All cases, as a subgroup.
        subgroups: By every fact of the cases that has few values.
    """

    name: str
    score: str
    n: int
    silent: int
    table: tuple[Bin, ...] = ()
    ece: float | None = None
    brier: float | None = None
    risk_coverage: Curve = ()
    aurc: float | None = None
    deferral: Curve = ()
    overall: Subgroup | None = None
    subgroups: tuple[Subgroup, ...] = ()


def figures_of(
    folder: Path, *, data: Sequence[Path] = (), judge: Judge | None = None, score: str | None = None, seed: int = 0
) -> RunFigures:
    """The figures of a run.

    Args:
        folder: The run.
        data: Where the benchmark's files are now; by default where they were.
        judge: Who judges answers in words.
        score: Name of the score; by default the benchmark's first.
        seed: Seed of the intervals.

    Raises:
        UserError: It is no run, its data have changed, or it has no such score.
        DataError: Something cannot be read.
    """
    with RunStore(folder) as store:
        manifest = store.manifest
        benchmark = benchmark_of(manifest, judge)
        scorers = {scorer.name: scorer for scorer in benchmark.scorers()}
        scorer = scorers.get(score) if score else next(iter(scorers.values()), None)
        if scorer is None:
            raise UserError(
                f"there is no score to draw; there are {', '.join(scorers)}" if scorers else "nothing scores an "
                "attempt of this benchmark without a judge; name one: --judge WHO"
            )  # fmt: skip
        cases = {case.id: case for case in benchmark.read(data_of(manifest, data)) if isinstance(case, Case)}
        tried = list(store.attempts())
    at = [cases[attempt.key.case_id] for attempt in tried]
    values = np.array([scorer.score(case, attempt).total for case, attempt in zip(at, tried, strict=True)])
    model = manifest["model"]
    name = f"{manifest['reasoner']} / {model}" if model else str(manifest["reasoner"])
    return figures(name, scorer.name, at, tried, values, seed=seed)


def figures(
    name: str, score: str, cases: Sequence[Case], attempts: Sequence[Attempt], values: Array, *, seed: int = 0
) -> RunFigures:
    """The figures of attempts that were scored.

    Args:
        name: What is called so in the plots.
        score: Name of the score.
        cases: Case of each attempt.
        attempts: The attempts.
        values: Score of each attempt, best 1.
        seed: Seed of the intervals.
    """
    stated = np.array([_confidence(attempt) for attempt in attempts])
    known = ~np.isnan(stated) if len(stated) else np.zeros(0, dtype=bool)
    overall = _subgroup("all", "cases", values, seed) if len(values) else None
    found = RunFigures(
        name=name,
        score=score,
        n=int(known.sum()),
        silent=int((~known).sum()),
        overall=overall,
        subgroups=tuple(_subgroups(cases, values, seed)),
    )
    # One confidence for all says nothing about any.
    if len(np.unique(stated[known])) < 2:
        return found
    confidence, right = stated[known], values[known].clip(0.0, 1.0)
    table = _table(confidence, right)
    coverage, risk = risk_coverage(confidence, right)
    shares, together = deferral(confidence, right)
    return msgspec.structs.replace(
        found,
        table=table,
        ece=calibration_error(table),
        brier=brier(confidence, right),
        risk_coverage=_thinned(coverage, risk),
        aurc=float(risk.mean()),
        deferral=_thinned(shares, together),
    )


def _confidence(attempt: Attempt) -> float:
    """The probability that the answer came with; NaN without one, which 0 stands for."""
    answer = attempt.reasoning.answer if attempt.reasoning else None
    return answer.probability if answer is not None and answer.probability > 0 else float("nan")


def _table(confidence: Array, right: Array) -> tuple[Bin, ...]:
    """Bins of equal mass; one for each confidence where there are few, as counted votes give."""
    values = np.unique(confidence)
    if len(values) > BINS:
        return reliability(confidence, right, bins=BINS)
    return tuple(
        bin for value in values for bin in reliability(confidence[confidence == value], right[confidence == value], 1)
    )


def _thinned(x: Array, y: Array) -> Curve:
    chosen = np.unique(np.linspace(0, len(x) - 1, min(POINTS, len(x))).round().astype(int))
    return tuple((float(x[i]), float(y[i])) for i in chosen)


def _subgroups(cases: Sequence[Case], values: Array, seed: int) -> list[Subgroup]:
    facts: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, case in enumerate(cases):
        told = {"sex": case.sex if case.sex != "unknown" else None, **case.provenance}
        for fact, value in told.items():
            if isinstance(value, str | int | bool) and value != "":
                facts[fact][str(value)].append(place)
    found = []
    for fact, groups in facts.items():
        shown = {value: places for value, places in groups.items() if len(places) >= LEAST}
        if 1 < len(groups) <= MOST_VALUES:
            found += [_subgroup(fact, value, values[places], seed) for value, places in sorted(shown.items())]
    return found


def _subgroup(fact: str, value: str, values: Array, seed: int) -> Subgroup:
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return Subgroup(fact, value, len(values), float(values.mean()), (float(low), float(high)))
