"""Scores of a run, computed from its attempts: now, later, again, or on the recorded outputs of others."""

from __future__ import annotations

import inspect
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

import workup
from workup import registry
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case
from workup.errors import DataError, UserError
from workup.evaluation.attempt import Attempt
from workup.evaluation.beside import (
    FLOOR,
    LEARNS_HERE,
    NO_BASELINE,
    ONLY_FLOOR,
    SAYS_RIGHT,
    UNSCORED,
    baseline_folder,
    best,
    conventional,
    learns_here,
    verdict,
)
from workup.evaluation.compare import PairedTest, compare, cost_per_right_answer, paired_test
from workup.evaluation.judges.judge import Judge
from workup.evaluation.pareto import Point, front
from workup.evaluation.run_store import RunStore, add
from workup.evaluation.runner import digest
from workup.evaluation.score import Estimate
from workup.evaluation.scorers import why_none
from workup.io import write_atomic
from workup.reasoning import Usage
from workup.simulate.labelling import is_simulated, kind_of_data

RESULT = "result.json"


UNANSWERED = ("unparsed", "abstained", "failed")


class RunScores(msgspec.Struct, frozen=True, kw_only=True):
    """A run and its scores.

    Attributes:
        folder: Where it is kept.
        manifest: What it was started with.
        estimates: The benchmark's metrics, the headline first.
        scores: Score of each case by scorer: the mean over its attempts.
        counts: Attempts: all, failed, abstained, unparsed.
        usage: What all of them cost.
        clusters: Source of each case (publication or cohort), where the benchmark names one.
        judge: Who judged; empty where answers are compared.
        simulated: How many of its cases are simulated.
        baseline: The conventional method that ran beside; None without one.
        against: The run against it in the headline score, paired by case.
        words: What that shows, in sentences; of a model without a baseline, that it has none.
        missing: Attempts that the run was to make and has not made: it goes on, was stopped, or was killed.
    """

    folder: str
    manifest: dict[str, Any]
    estimates: tuple[Estimate, ...]
    scores: dict[str, dict[str, float]]
    counts: dict[str, int]
    usage: Usage
    clusters: dict[str, str]
    judge: str = ""
    simulated: int = 0
    baseline: RunScores | None = None
    against: PairedTest | None = None
    words: tuple[str, ...] = ()
    missing: int = 0

    @property
    def unfinished(self) -> str:
        """A sentence about what is missing; empty where nothing is."""
        if not self.missing:
            return ""
        planned = self.missing + self.counts.get("attempts", 0)
        return (
            f"{self.name} is not finished: {self.missing} of {planned} attempts are missing, and its figures are of "
            "the others alone; the same `workup run` command goes on."
        )

    @property
    def data(self) -> str:
        """What a table has to say of the data: ``simulated``, or how many cases are; empty when none is."""
        return kind_of_data(self.simulated, max((len(values) for values in self.scores.values()), default=0))

    @property
    def name(self) -> str:
        """Reasoner and model, as a row of a table is called."""
        model = self.manifest.get("model", "")
        return f"{self.manifest['reasoner']} / {model}" if model else str(self.manifest["reasoner"])


def benchmark_named(name: str, judge: Judge | None = None) -> Benchmark:
    """A registered benchmark, with its judge.

    Raises:
        UserError: Nothing is registered under that name, or it takes no judge.
    """
    made = registry.load("benchmarks", name)
    if judge is not None:
        if not isinstance(made, type) or "judge" not in inspect.signature(made).parameters:
            raise UserError(f"the benchmark {name} takes no judge: its answers are compared, not judged")
        judged: Benchmark = made(judge=judge)
        return judged
    benchmark: Benchmark = made() if isinstance(made, type) else made
    return benchmark


def benchmark_of(manifest: Mapping[str, Any], judge: Judge | None = None) -> Benchmark:
    """The benchmark that a run was made on.

    Raises:
        UserError: It is not installed, its reader has changed since, or it takes no judge.
    """
    benchmark = benchmark_named(manifest["benchmark"], judge)
    if benchmark.header.version != manifest["benchmark_version"]:
        raise UserError(
            f"the run was made with version {manifest['benchmark_version']} of {benchmark.header.name}, "
            f"this is version {benchmark.header.version}; run again"
        )
    return benchmark


def score_run(folder: Path, *, data: Sequence[Path] = (), seed: int = 0, judge: Judge | None = None) -> RunScores:
    """Score a run again from its attempts.

    Args:
        folder: The run.
        data: Where the benchmark's files are now; by default where they were.
        seed: Seed of the intervals.
        judge: Who judges answers in words.

    Raises:
        UserError: It is no run, or its data have changed.
        DataError: Something cannot be read.
    """
    with RunStore(folder) as store:
        manifest = store.manifest
        paths = data_of(manifest, data)
        cases = {case.id: case for case in benchmark_of(manifest, judge).read(paths) if isinstance(case, Case)}
        scores = _complete(score_attempts(folder, manifest, cases, store.attempts(), seed=seed, judge=judge), cases)
    beside = baseline_folder(folder)
    if beside is None:
        if conventional(manifest):
            return scores
        return msgspec.structs.replace(scores, words=(*scores.words, NO_BASELINE))
    with RunStore(beside) as store:
        other = score_attempts(beside, store.manifest, cases, store.attempts(), seed=seed, judge=judge)
        other = _complete(other, cases)
    return _with_baseline(scores, other, seed)


def _complete(scores: RunScores, cases: Mapping[str, Case]) -> RunScores:
    """The scores with the number of attempts that are missing, and a sentence where there are any."""
    limit = scores.manifest.get("limit")
    planned = min(len(cases), limit if limit is not None else len(cases)) * int(scores.manifest.get("epochs", 1))
    missing = max(0, planned - scores.counts.get("attempts", 0))
    counted = msgspec.structs.replace(scores, missing=missing)
    return msgspec.structs.replace(counted, words=(counted.unfinished,)) if missing else counted


def _with_baseline(scores: RunScores, other: RunScores, seed: int) -> RunScores:
    """A run with its baseline, and what the pairs show."""
    headline = next(iter(scores.scores), None)
    if headline is None or headline not in other.scores:
        return msgspec.structs.replace(scores, baseline=other, words=(*scores.words, *other.words, UNSCORED))
    test = paired_test(scores.name, other.name, scores.scores[headline], other.scores[headline], seed=seed)
    words = [] if test is None else [verdict(test, measure="" if _is_rights(headline, scores, other) else headline)]
    if other.manifest["reasoner"] == FLOOR and not other.manifest.get("option_files"):
        form = benchmark_named(scores.manifest["benchmark"]).header.form
        words.append(SAYS_RIGHT if form == "correction" else ONLY_FLOOR)
    elif learns_here(other.manifest):
        words.append(LEARNS_HERE)
    told = (*scores.words, *other.words, *words)
    return msgspec.structs.replace(scores, baseline=other, against=test, words=told)


def _is_rights(name: str, *runs: RunScores) -> bool:
    """Whether a score is a share of right answers, of which the words speak plainly."""
    values = {value for run in runs for value in run.scores[name].values()}
    return name in ("right", "accuracy") or values <= {0.0, 1.0}


def cases_of(manifest: Mapping[str, Any], names: Collection[str], *, data: Sequence[Path] = ()) -> dict[str, Case]:
    """Cases of a run's data by id, read again; the run itself holds none.

    Raises:
        UserError: The data are not there any more, or have changed.
    """
    read = benchmark_of(manifest).read(data_of(manifest, data))
    return {case.id: case for case in read if isinstance(case, Case) and case.id in names}


def score_attempts(
    folder: Path,
    manifest: Mapping[str, Any],
    cases: Mapping[str, Case],
    attempts: Iterable[Attempt],
    *,
    seed: int = 0,
    judge: Judge | None = None,
) -> RunScores:
    """Score attempts at cases.

    Raises:
        DataError: An attempt is at a case that is not there.
    """
    benchmark = benchmark_of(manifest, judge)
    tried: list[Attempt] = []
    at: list[Case] = []
    counts: Counter[str] = Counter()
    usage = Usage()
    for attempt in attempts:
        case = cases.get(attempt.key.case_id)
        if case is None or case.digest() != attempt.key.case:
            raise DataError(
                "is no case of these data, or has changed",
                path=str(folder),
                record=attempt.key.case_id,
                remedy="give the data that the run was made on",
            )
        tried.append(attempt)
        at.append(case)
        counts["attempts"] += 1
        if reason := why_none(attempt):
            counts[reason] += 1
        usage = add(usage, attempt.usage)
    scores: dict[str, dict[str, float]] = {}
    for scorer in benchmark.scorers():
        by_case: dict[str, list[float]] = defaultdict(list)
        for case, attempt in zip(at, tried, strict=True):
            by_case[case.id].append(scorer.score(case, attempt).total)
        scores[scorer.name] = {name: sum(values) / len(values) for name, values in by_case.items()}
    return RunScores(
        folder=str(folder),
        manifest=dict(manifest),
        estimates=tuple(metric.estimate(at, tried, seed=seed) for metric in benchmark.metrics()),
        scores=scores,
        counts=dict(counts),
        usage=usage,
        clusters={case.id: source for case in at if (source := case.publication or case.cohort)},
        judge=judge.name if judge else "",
        simulated=len({case.id for case in at if is_simulated(case.provenance)}),
    )


def data_of(manifest: Mapping[str, Any], data: Sequence[Path] = ()) -> list[Path]:
    """The files that a run was made on, after making sure that they are still the same.

    Args:
        manifest: What the run was started with.
        data: Where they are now; by default where they were.

    Raises:
        UserError: They are not there, or have changed.
    """
    recorded = manifest["data"]
    paths = list(data) or [Path(entry["path"]) for entry in recorded]
    if len(paths) != len(recorded):
        raise UserError(f"the run was made on {len(recorded)} files, {len(paths)} are given")
    for path, entry in zip(paths, recorded, strict=True):
        if not path.exists():
            raise UserError(f"{path} is not there any more; say where it is: --data FILE")
        if digest(path) != entry["sha256"]:
            raise UserError(f"{path} has changed since the run; give the file it was made on, or run again")
    return paths


def save(scores: RunScores) -> Path | None:
    """Write the scores beside the run; returns the file.

    None where another version of this package ran it: what that one found is not overwritten.
    """
    if scores.manifest["workup"] != workup.__version__:
        return None
    path = Path(scores.folder) / RESULT
    write_atomic(path, msgspec.json.format(msgspec.json.encode(scores)) + b"\n")
    return path


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Several runs on the same benchmark.

    Attributes:
        metric: The score that is compared.
        runs: Figures of each run, in the order given.
        tests: Paired tests.
        front: Names of the runs that none beats in cost and score.
        cost_per_right: US dollars for a right answer, by run.
        unanswered: Attempts without an answer, by run and reason: unparsed, abstained, failed.
        judge: Who judged; empty where answers are compared.
        data: ``simulated``, or how many cases are; empty when none is.
        words: Each model against the best conventional run, in sentences.
    """

    metric: str
    runs: tuple[Point, ...]
    tests: tuple[PairedTest, ...]
    front: tuple[str, ...]
    cost_per_right: dict[str, float | None]
    unanswered: dict[str, dict[str, int]] = {}
    judge: str = ""
    data: str = ""
    words: tuple[str, ...] = ()


def compare_runs(
    runs: Sequence[RunScores],
    *,
    metric: str | None = None,
    against: str | None = None,
    by_source: bool = False,
    seed: int = 0,
) -> Comparison:
    """Compare runs case by case.

    Args:
        runs: Scored runs of one benchmark. Where all of them have a model, their baselines join them.
        metric: Name of a scorer; by default the benchmark's headline.
        against: Name (or folder) of the run to compare the others with; None for every pair.
        by_source: Resample sources instead of cases, where the benchmark names them.
        seed: Seed of the bootstraps.

    Raises:
        UserError: The runs cannot be compared.
    """
    named = named_runs(runs)
    runs = [run for _, run in named]
    if len(runs) < 2:
        raise UserError("give at least two runs to compare")
    kinds = {(run.manifest["benchmark"], run.manifest["benchmark_version"]) for run in runs}
    if len(kinds) > 1:
        raise UserError(f"the runs are of different benchmarks: {', '.join(sorted(name for name, _ in kinds))}")
    judges = {run.judge for run in runs}
    if len(judges) > 1:
        raise UserError(f"figures of different judges are not comparable: {', '.join(sorted(judges))}")
    chosen = metric or next(iter(runs[0].scores), None)
    if chosen is None or any(chosen not in run.scores for run in runs):
        have = sorted(set.intersection(*(set(run.scores) for run in runs)))
        raise UserError(f"no score {chosen!r} in every run; there are {', '.join(have) or 'none'}")
    names = [name for name, _ in named]
    folders = {run.folder: name for run, name in zip(runs, names, strict=True)}
    if against is not None and against not in names:
        against = folders.get(against) or folders.get(str(Path(against)))
        if against is None:
            raise UserError(f"--against must be one of {', '.join(names)}")
    table = {name: run.scores[chosen] for name, run in zip(names, runs, strict=True)}
    clusters: dict[str, Hashable] = {case: source for run in runs for case, source in run.clusters.items()}
    points = tuple(_point(name, run, chosen) for name, run in zip(names, runs, strict=True))
    return Comparison(
        metric=chosen,
        runs=points,
        tests=tuple(compare(table, clusters if by_source else None, against=against, seed=seed)),
        front=tuple(point.name for point in front(points)),
        cost_per_right={name: _cost(run, chosen) for name, run in zip(names, runs, strict=True)},
        unanswered={
            name: {reason: run.counts[reason] for reason in UNANSWERED if run.counts.get(reason)}
            for name, run in zip(names, runs, strict=True)
        },
        judge=runs[0].judge,
        data=next((run.data for run in runs if run.data), ""),
        words=(
            *(run.unfinished for run in runs if run.missing),
            *_verdicts(runs, names, table, clusters if by_source else None, chosen, seed),
        ),
    )


def named_runs(runs: Sequence[RunScores]) -> list[tuple[str, RunScores]]:
    """The runs by the names that they have in a comparison, with the baselines that join them."""
    found = _with_their_baselines(runs)
    return list(zip(_names(found), found, strict=True))


def _with_their_baselines(runs: Sequence[RunScores]) -> list[RunScores]:
    """The runs, and where none of them is without a model, the baselines beside them, each once."""
    found = list(runs)
    if any(conventional(run.manifest) for run in runs):
        return found
    known = set()
    for run in runs:
        if run.baseline is None:
            continue
        key = run.baseline.manifest["reasoner"], msgspec.json.encode(run.baseline.manifest["options"], order="sorted")
        if key not in known:
            known.add(key)
            found.append(run.baseline)
    return found


def _verdicts(
    runs: Sequence[RunScores],
    names: Sequence[str],
    table: Mapping[str, Mapping[str, float]],
    clusters: Mapping[str, Hashable] | None,
    metric: str,
    seed: int,
) -> Iterator[str]:
    """Each model against the best run without one."""
    plain = [name for name, run in zip(names, runs, strict=True) if conventional(run.manifest)]
    models = [name for name in names if name not in plain]
    if not models:
        return
    opponent = best(table, plain)
    if opponent is None:
        yield NO_BASELINE
        return
    measure = "" if _is_rights(metric, *runs) else metric
    for test in compare({name: table[name] for name in (*models, opponent)}, clusters, against=opponent, seed=seed):
        yield verdict(test, measure=measure)


def _names(runs: Sequence[RunScores]) -> list[str]:
    """A name for each run; those with the same reasoner and model are told apart by their folders."""
    names = [run.name for run in runs]
    return [
        name if names.count(name) == 1 else f"{name} ({Path(run.folder).name})"
        for name, run in zip(names, runs, strict=True)
    ]


def _point(name: str, run: RunScores, metric: str) -> Point:
    values = run.scores[metric]
    n, attempts = len(values), max(run.counts.get("attempts", 0), 1)
    headline = next((estimate for estimate in run.estimates if estimate.metric == metric), None)
    return Point(
        name=name,
        # A mean may be clipped (HealthBench), which its interval is then too.
        accuracy=headline.value if headline and headline.value is not None else sum(values.values()) / n if n else 0.0,
        cost=run.usage.cost_usd / attempts,
        seconds=run.usage.seconds / attempts,
        n=n,
        interval=headline.interval if headline else None,
        tokens=(run.usage.input_tokens + run.usage.output_tokens) / attempts,
    )


def _cost(run: RunScores, metric: str) -> float | None:
    values = run.scores[metric]
    share = run.usage.cost_usd / max(len(values), 1)
    return cost_per_right_answer([share] * len(values), [value == 1.0 for value in values.values()])
