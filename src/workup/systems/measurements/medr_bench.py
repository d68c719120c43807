"""System 38: three judged runs, their scores counted again from the verdicts; and the five settings.

Read from ``38-medr-bench/reasoning_eval_labels.json``: step labels, hits and scores of 100 cases by run, and from the
two files of cases.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medr_bench import StepScores, step_scores, step_verdicts
from workup.benchmarks.medr_staged import TESTS, MedRStaged
from workup.case import Case
from workup.evaluation.scoring import RunScores
from workup.evaluation.verdicts import mean_ratio
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

LABELS = "38-medr-bench/reasoning_eval_labels.json"
DIAGNOSES = "38-medr-bench/diagnosis_40_cases.json"
TREATMENTS = "38-medr-bench/treatment_40_cases.json"
# Cases, and tokens of a reply, of the run with the small model.
FEW, LONGEST = 5, 64
# Score -> its field in the released files.
_FIELDS = {"efficiency": "efficiency", "factuality": "factulity", "completeness": "recall"}


@measurement("medr_bench.judged_runs")
def judged_runs(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Mean scores of every run, and how many released scores of single cases differ from ours."""
    runs = msgspec.json.decode((data / LABELS).read_bytes(), type=dict[str, dict[str, Any]])
    answers: dict[str, Measurement] = {}
    other = cases = 0
    for run, content in runs.items():
        released = list(content["cases"].values())
        ours = [step_scores(step_verdicts(case)) for case in released]
        judge, _, model = run.partition("|")
        for name in _FIELDS:
            found = mean_ratio(name, [getattr(scores, name) for scores in ours], judge=judge)
            answers[f"{judge}-on-{model}-{name}"] = Measurement(
                value=found.value, n=found.n, interval=found.interval, note="; ".join(found.notes)
            )
        cases += len(released)
        other += sum(_differ(case, scores) for case, scores in zip(released, ours, strict=True))
    return {**answers, "cases-that-differ": Measurement(value=other, n=cases)}


def _differ(case: dict[str, Any], scores: StepScores) -> bool:
    return any(abs(getattr(scores, name).value - case[field]) > 1e-9 for name, field in _FIELDS.items())


@measurement("medr_bench.staged")
def staged(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The tests of every diagnosis case: kept back at first, and told to a doctor who names each."""
    cases = [one for one in MedRStaged().read([data / DIAGNOSES]) if isinstance(one, Case)]
    kept = heard = tests = 0
    for case in cases:
        own: list[str] = case.extensions[TESTS]
        met = MedRStaged().environment(case, {"rounds": 1}, model=None, seed=0)
        told = met.reset().text
        kept += bool(own) and not any(test in told for test in own)
        answered = met.step("; ".join(own)).text if own else ""
        heard += sum(test in answered for test in own)
        tests += len(own)
    return {
        "tests-kept-back": Measurement(value=kept, n=len(cases)),
        "tests-told-on-request": Measurement(value=heard / tests if tests else None, n=tests),
    }


@measurement("medr_bench.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A doctor who orders the same tests for everybody, on the first cases and in one turn."""
    from workup import registry
    from workup.evaluation.runner import Plan, run
    from workup.evaluation.scoring import score_run

    with tempfile.TemporaryDirectory() as folder:
        few = Path(folder) / "few.json"
        content = msgspec.json.decode((data / DIAGNOSES).read_bytes(), type=dict[str, Any])
        few.write_bytes(msgspec.json.encode(dict(list(content.items())[:FEW])))
        plan = Plan(
            benchmark=MedRStaged(), data=(few,), environment={"rounds": 1},
            reasoner=registry.load("reasoners", "fixed-tests")(),
            options={"training": str(data / DIAGNOSES), "reader": "medr-bench-staged"},
        )  # fmt: skip
        run(plan, Path(folder) / "run")
        found = score_run(Path(folder) / "run").estimates
    return {
        f"panel-{part}": Measurement(value=one.value, n=one.n, interval=one.interval)
        for part, one in zip(("f1", "precision", "recall"), found, strict=False)
    }


@measurement("medr_bench.settings")
def settings(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The five settings with the small language model on the first cases; shows that they run to their end."""
    from workup import models, registry
    from workup.evaluation.runner import Plan, run
    from workup.evaluation.scoring import score_run
    from workup.models.model import Sampling

    answers: dict[str, Measurement] = {}
    with models.load("smollm2") as model, tempfile.TemporaryDirectory() as folder:

        def ended(name: str, benchmark: str, reasoner: str, path: str, **environment: int) -> RunScores:
            few = Path(folder) / f"{name}.json"
            content = msgspec.json.decode((data / path).read_bytes(), type=dict[str, Any])
            few.write_bytes(msgspec.json.encode(dict(list(content.items())[:FEW])))
            plan = Plan(
                benchmark=registry.load("benchmarks", benchmark)(), data=(few,), model=model, environment=environment,
                reasoner=registry.load("reasoners", reasoner)(), sampling=Sampling(max_tokens=LONGEST),
            )  # fmt: skip
            outcome = run(plan, Path(folder) / name)
            scores = score_run(Path(folder) / name)
            note = f"{scores.usage.calls} calls, {scores.counts}"
            answers[f"small-{name}"] = Measurement(value=outcome.done, n=outcome.done + outcome.failed, note=note)
            return scores

        one = ended("one-turn", "medr-bench-staged", "ask-then-diagnose", DIAGNOSES, rounds=1)
        for part, estimate in zip(("f1", "precision", "recall"), one.estimates, strict=False):
            answers[f"small-requests-{part}"] = Measurement(
                value=estimate.value, n=estimate.n, interval=estimate.interval, note="; ".join(estimate.notes)
            )
        ended("free-turn", "medr-bench-staged", "ask-then-diagnose", DIAGNOSES, rounds=4)
        ended("oracle", "medr-bench", "direct", DIAGNOSES)
        ended("treatment", "medr-bench", "direct", TREATMENTS)
    return answers
