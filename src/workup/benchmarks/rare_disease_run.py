"""A whole run of the rare-disease benchmark: read, rank, keep every rank, report.

The folder of a run holds ``run.json`` (what it was started with), ``ranks.jsonl`` (one line per case and regime,
written as they are found), the same of the baseline in ``baseline``, and once all ranks are there ``result.json``,
``tables.md``, ``cmc.svg`` and ``reliability.svg``.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

import workup
from workup.benchmarks.rare_disease import DEFAULT_REGIMES, RareDisease, Regime, engine_options
from workup.case import Case
from workup.errors import MissingExtra, UserError
from workup.evaluation import rank_report
from workup.evaluation.beside import BASELINE, BY_BENCHMARK, NONE
from workup.evaluation.ranks import CaseRank
from workup.evaluation.store import RankStore
from workup.io import read_cases, write_atomic
from workup.knowledge import Knowledge
from workup.reasoner import Context
from workup.reasoners.phenotype.profiles import Universe

TIMED_CASES = 200
TIMED_LIMIT = 50

Progress = Callable[[int, int], None]


def run(
    reasoner: str,
    data: Sequence[Path],
    out: Path,
    *,
    regimes: Sequence[Regime] = DEFAULT_REGIMES,
    score: str | None = None,
    universe: Universe = "omim",
    min_findings: int = 0,
    limit: int | None = None,
    seed: int = 0,
    beside: str | None = None,
    knowledge: Knowledge | None = None,
    progress: Progress = lambda done, total: None,
    warn: Callable[[str], None] = lambda message: None,
) -> dict[str, Any]:
    """Run the benchmark, or go on with the run in ``out``.

    Args:
        reasoner: Name of the reasoner.
        data: Files of cases.
        out: Folder of the run.
        regimes: Regimes to report.
        score: Score of the reasoner, None for its default.
        universe: What is ranked: the OMIM diseases, as published comparisons do, or all.
        min_findings: Leave out cases with fewer present findings.
        limit: Use at most this many cases, the first ones.
        seed: Seed of the intervals.
        beside: Score that ranks the same cases beside, in the folder ``baseline``; None for Phrank (which needs no
            tuning, and is what published engines are compared with), ``none`` for none.
        knowledge: The knowledge base, None for the pinned release, whatever release is in use.
        progress: Told the number of ranks done and the total.
        warn: Told what could not be done, in one line.

    Returns:
        The content of ``result.json``. Figures are percentages, ``mrr``, ``auroc`` and ``brier`` 0-1, ``ece``
        points, ``seconds_per_case`` wall time of one case with evidence for the top 50.

    Raises:
        UserError: The call is wrong, or the folder holds another run.
        DataError: A file cannot be read, or the folder not be written.
    """
    knowledge = knowledge or Knowledge.load()
    benchmark = RareDisease.of(reasoner, knowledge, score, universe)
    chosen = benchmark.engine.score.name
    versions = {"workup": workup.__version__, **knowledge.versions}
    results = [read_cases(path) for path in data]
    options: dict[str, Any] = {
        "benchmark": RareDisease.name,
        "reasoner": reasoner,
        "score": chosen,
        "universe": universe,
        "regimes": sorted(set(regimes)),
        "min_findings": min_findings,
        "limit": limit,
        "seed": seed,
        "data": [{"name": path.name, "sha256": _digest(path)} for path in data],
        "versions": versions,
        "code": code_digest(),
    }
    cases = [case for result in results for case in result.cases]
    plan = benchmark.plan(cases, regimes, min_findings=min_findings, limit=limit)
    notes = dict(plan.notes)
    if unread := sum(issue.severity == "error" for result in results for issue in result.issues):
        notes["could not be read, left out"] = unread
    if not plan.total:
        raise UserError("no case of the data belongs to a regime that was asked for; see --regime and --min-findings")

    with RankStore(out, options) as store:
        progress(len(store.done), plan.total)
        for ranks in benchmark.ranks(plan, lambda index, regime: (index, regime) in store.done):
            store.append(ranks)
            progress(len(store.done), plan.total)
        found = list(store.done.values())

        ranked = dict(store.done)
    baseline = None
    other = beside or BY_BENCHMARK[RareDisease.name].options["score"]
    if other not in (NONE, chosen):
        floor = RareDisease.of(reasoner, knowledge, other, universe)
        with RankStore(out / BASELINE, {**options, "score": floor.engine.score.name}) as store:
            for ranks in floor.ranks(plan, lambda index, regime: (index, regime) in store.done):
                store.append(ranks)
            baseline = rank_report.against(
                ranked, dict(store.done), regimes, (chosen, floor.engine.score.name), seed=seed
            )

    used = [entry.case for group in plan.groups for entry in group]
    result = {
        "benchmark": RareDisease.name,
        "reasoner": reasoner,
        "score": chosen,
        "universe": universe,
        "candidates": len(benchmark.engine.profiles.candidates),
        "seed": seed,
        "cases": len(used),
        **rank_report.summarise(found, regimes, seed=seed),
        "baseline": baseline,
        "seconds_per_case": seconds_per_case(reasoner, knowledge, used, score, seed, universe),
        "notes": notes,
        "versions": versions,
    }
    try:
        draw(out, found, regimes)
    except MissingExtra as error:
        warn(f"no plots: {error}")
    write_atomic(out / "tables.md", rank_report.markdown(result))
    # Last, so that a folder with a result has everything that belongs to it.
    write_atomic(out / "result.json", msgspec.json.format(msgspec.json.encode(result)) + b"\n")
    return result


def draw(out: Path, ranks: Sequence[CaseRank], regimes: Sequence[str]) -> None:
    """Draw the plots of a run into its folder.

    Raises:
        MissingExtra: The drawing packages are not installed.
    """
    from workup.evaluation import plots

    write_atomic(out / "cmc.svg", plots.match_curves(rank_report.curves(ranks, regimes)))
    calibration = rank_report.calibration_of(ranks)
    if calibration is not None:
        write_atomic(out / "reliability.svg", plots.reliability_diagram(calibration.table))


def seconds_per_case(
    reasoner: str,
    knowledge: Knowledge,
    cases: Sequence[Case],
    score: str | None,
    seed: int,
    universe: Universe = "omim",
) -> float | None:
    """Mean wall time of one case through the public reasoner, with evidence for the top 50.

    At most 200 cases, evenly spread, one at a time; the first is done twice and its first time not counted,
    since it opens files.
    """
    from workup import registry

    chosen = registry.load("reasoners", reasoner)()
    options = engine_options(score, universe)
    context = Context(knowledge=knowledge, limit=TIMED_LIMIT, seed=seed, options=options)
    step = max(1, -(-len(cases) // TIMED_CASES))
    sample = [case.blinded() for case in cases[::step]]
    if not sample:
        return None
    chosen.reason(sample[0], context)
    started = time.perf_counter()
    for case in sample:
        chosen.reason(case, context)
    return round((time.perf_counter() - started) / len(sample), 6)


def code_digest() -> str:
    """Hash of the code that ranks depend on, so that a run is not continued with other code."""
    digest = hashlib.sha256()
    root = Path(str(files("workup")))
    for pattern in (
        "benchmarks/*.py",
        "evaluation/ranks.py",
        "knowledge/*.py",
        "reasoners/**/*.py",
        "reasoners/**/*.pyx",
    ):
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
