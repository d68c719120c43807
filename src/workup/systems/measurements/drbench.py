"""System 34: published confusion tables, ROUGE-L, simulated twins of the tasks with their baselines, real MedQA."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.drbench import DrBench, TaskMetric
from workup.benchmarks.n2c2_plan import LABELS
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.labels import from_confusion
from workup.reasoners import asking
from workup.reasoners.method import chosen
from workup.reasoners.tfidf_logistic import LabelScores
from workup.reasoners.training import right_answer
from workup.reasoning import Answer, Reasoning
from workup.simulate.clinical_twins import write_twins
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

MEDQA = "49-multimedqa/medqa_test_300.jsonl"


def _attempt(case: Case, answer: Answer) -> Attempt:
    key = AttemptKey(benchmark="drbench", version="1", case_id=case.id, case=case.digest(), reasoner="baseline")
    return Attempt(key=key, reasoning=Reasoning(reasoner="baseline", answer=answer))


def _cases(seed: int, count: int) -> list[Case]:
    with tempfile.TemporaryDirectory() as folder:
        read = list(DrBench().read(write_twins(Path(folder), seed, count)))
    if lost := [one for one in read if not isinstance(one, Case)]:
        raise ValueError(f"{len(lost)} records could not be read, the first: {lost[0]}")
    return [one for one in read if isinstance(one, Case)]


@measurement("drbench.twins")
def twins(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Majority and TF-IDF with logistic regression on simulated SOAP lines and plan relations."""
    seeds = msgspec.json.decode((SHIPPED / "drbench_twins.json").read_bytes())
    train, test = _cases(seeds["train"], seeds["notes"]), _cases(seeds["test"], seeds["notes"])
    answers = {"six-tasks": Measurement(value=len({case.provenance["task"] for case in test}), n=len(test))}
    for task, figure in (("soap", "accuracy"), ("plan", "macro-F1")):
        known = [case for case in train if case.provenance["task"] == task]
        asked = [case for case in test if case.provenance["task"] == task]
        labels = list(asking.question_of(asked[0]).options)
        ((common, _),) = Counter(right_answer(case) or "" for case in known).most_common(1)
        scores = LabelScores(known, labels, 1.0)
        metric = TaskMetric(task, figure)
        given = {
            "majority": [chosen(asking.question_of(case), common, 0.0) for case in asked],
            "tfidf": [
                chosen(
                    asking.question_of(case),
                    labels[int(scores(case.blinded(), asking.question_of(case)).argmax())],
                    0.0,
                )
                for case in asked
            ],
        }
        for name, some in given.items():
            found = metric.estimate(asked, [_attempt(case, one) for case, one in zip(asked, some, strict=True)])
            answers[f"{task}-{name}"] = Measurement(
                value=found.value, n=found.n, interval=found.interval, note="simulated notes"
            )
        low, high = answers[f"{task}-tfidf"].interval or (0, 0), answers[f"{task}-majority"].interval or (0, 0)
        answers[f"{task}-beats-majority"] = Measurement(
            value=100 * (low[0] - high[1]),
            n=len(asked),
            note="simulated; lower end of TF-IDF less upper end of majority",
        )
    return answers


@measurement("drbench.matrices")
def matrices(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Macro-F1 of the published confusion tables, by this benchmark's own metric."""
    table = msgspec.json.decode((SHIPPED / "n2c2_2022_track3.json").read_bytes(), type=dict[str, Any])
    answers = {}
    for name in ("bert-base", "pubmedbert"):
        gold, given = from_confusion(table["runs"][name], table["labels"])
        value = TaskMetric("plan", "macro-F1").value(list(zip(gold, given, strict=True)))
        answers[f"macro-f1-{name}"] = Measurement(value=value, n=len(gold), note=", ".join(LABELS))
    return answers


@measurement("drbench.medqa")
def medqa(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many real MedQA questions are read as the closed-book task."""
    read = list(DrBench().read([data / MEDQA]))
    closed = [one for one in read if isinstance(one, Case) and one.provenance["task"] == "medqa closed"]
    return {"medqa-read": Measurement(value=len(closed), n=len(read))}
