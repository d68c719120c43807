"""System 38: three judged runs, their scores counted again from the verdicts.

Read from ``38-medr-bench/reasoning_eval_labels.json``: step labels, hits and scores of 100 cases by run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medr_bench import StepScores, step_scores, step_verdicts
from workup.evaluation.verdicts import mean_ratio
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

LABELS = "38-medr-bench/reasoning_eval_labels.json"
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
