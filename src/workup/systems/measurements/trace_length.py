"""System 11: does the length of a reasoning model's trace warn of a wrong answer?

Read from ``11-deepseek-r1/r1_medqa_zero_shot_labels.jsonl``: one line per item with ``answer_idx``,
``predicted_answer`` and ``completion_tokens``; and from MedQA rows that the small language model is asked.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.audits.length import at_threshold, best_threshold, length_audit
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.floors import first_option
from workup.systems.records import Tier

QUESTIONS = "49-multimedqa/medqa_test_300.jsonl"
# Items and longest reply of the run with the small model.
SMALL, LONGEST = 30, 128
RUN = "11-deepseek-r1/r1_medqa_zero_shot_labels.jsonl"
# The paper's 5,000 characters are about as many tokens as this.
LIMIT = 1000
# What a user might ask of the answers that are not sent to a reviewer.
WANTED = 0.97


@measurement("trace_length.audit")
def audit(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The length audit of the recorded run."""
    rows = [msgspec.json.decode(line) for line in (data / RUN).read_bytes().splitlines() if line.strip()]
    lengths = np.array([row["completion_tokens"] for row in rows], dtype=np.float64)
    wrong = np.array([row["predicted_answer"] != row["answer_idx"] for row in rows])
    found = length_audit(lengths, wrong)
    names = ("accuracy", "mean-right", "mean-wrong", "median-right", "median-wrong", "correlation", "auroc")
    if found is None:
        return {name: Measurement(value=None, n=0) for name in (*names, "short", "long", "cross-fitted")}
    short, chosen = at_threshold(lengths, wrong, LIMIT), best_threshold(lengths, wrong, target=WANTED)
    n = found.n
    return {
        "accuracy": Measurement(value=found.accuracy, n=n, interval=found.accuracy_interval),
        "mean-right": Measurement(value=found.mean_right, n=n),
        "mean-wrong": Measurement(value=found.mean_wrong, n=n),
        "median-right": Measurement(value=found.median_right, n=n),
        "median-wrong": Measurement(value=found.median_wrong, n=n),
        "correlation": Measurement(value=found.correlation, n=n),
        "auroc": Measurement(value=found.auroc, n=n, interval=found.auroc_interval),
        "short": Measurement(value=short.accuracy, n=short.answered, interval=short.interval),
        "long": Measurement(value=short.accuracy_above, n=n - short.answered),
        "cross-fitted": Measurement(
            value=chosen.accuracy,
            n=chosen.answered,
            interval=chosen.interval,
            note=f"at {chosen.at_most:.0f} tokens (median of 5 folds), {100 * chosen.coverage:.1f} % answered",
        ),
    }


@measurement("trace_length.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The first option on the questions of the small run."""
    from workup.benchmarks.medqa import MedQA
    from workup.evaluation.runner import drawn

    found = [one for one in MedQA().read([data / QUESTIONS]) if isinstance(one, Case)]
    names = drawn(found, SMALL, 0)
    return {"small-first-option": first_option([case for case in found if case.id in names])}


@measurement("trace_length.small")
def small(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The audit of a run of the small language model, from the run's folder; shows that it works, and no more."""
    from workup import models, registry
    from workup.evaluation.audits.length_of_run import lengths_of_run
    from workup.evaluation.runner import Plan, run
    from workup.models.model import Sampling

    with models.load("smollm2") as model, tempfile.TemporaryDirectory() as folder:
        plan = Plan(
            benchmark=registry.load("benchmarks", "medqa")(), data=(data / QUESTIONS,), model=model, limit=SMALL,
            reasoner=registry.load("reasoners", "chain-of-thought")(), sampling=Sampling(max_tokens=LONGEST),
        )  # fmt: skip
        run(plan, Path(folder) / "run")
        found = lengths_of_run(Path(folder) / "run")
    tokens = found.units["tokens"].audit
    note = f"mean {tokens.mean_right or 0:.0f} tokens right, {tokens.mean_wrong or 0:.0f} wrong; {found.cut} cut"
    return {
        "small-traces": Measurement(value=tokens.n, n=tokens.n, note=note),
        "small-accuracy": Measurement(value=tokens.accuracy, n=tokens.n, interval=tokens.accuracy_interval),
        "small-auroc": Measurement(value=tokens.auroc, n=tokens.n, interval=tokens.auroc_interval),
    }
