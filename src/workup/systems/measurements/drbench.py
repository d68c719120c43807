"""System 34: published confusion tables, ROUGE-L, simulated twins of the tasks with their baselines, real MedQA."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.drbench import DrBench, TaskMetric, TaskScore
from workup.benchmarks.n2c2_plan import LABELS
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.labels import from_confusion
from workup.evaluation.overlap import rouge
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
    """An oracle and conventional baselines on the simulated tasks; the baselines learn from other notes."""
    seeds = msgspec.json.decode((SHIPPED / "drbench_twins.json").read_bytes())
    train, test = _cases(seeds["train"], seeds["notes"]), _cases(seeds["test"], seeds["notes"])
    answers = {
        "six-tasks": Measurement(value=len({case.provenance["task"] for case in test}), n=len(test)),
        "oracle": Measurement(
            value=min(TaskScore().score(case, _said(case, right_answer(case) or "")).total for case in test),
            n=len(test),
            note="simulated; the lowest of all scores",
        ),
    }
    for task, figure in (("soap", "accuracy"), ("plan", "macro-F1"), ("mednli", "accuracy")):
        known, asked = _of(train, task), _of(test, task)
        ((common, _),) = Counter(right_answer(case) or "" for case in known).most_common(1)
        given = {"majority": [common] * len(asked), "tfidf": _learned(known, asked)}
        if task == "mednli":
            given["hypothesis-only"] = _learned(
                [_hypothesis(one) for one in known], [_hypothesis(one) for one in asked]
            )
        for name, labels in given.items():
            answers[f"{task}-{name}"] = _figure(TaskMetric(task, figure), asked, labels)
        low, high = answers[f"{task}-tfidf"].interval or (0, 0), answers[f"{task}-majority"].interval or (0, 0)
        answers[f"{task}-beats-majority"] = Measurement(
            value=100 * (low[0] - high[1]),
            n=len(asked),
            note="simulated; lower end of TF-IDF less upper end of majority",
        )
    asked = _of(test, "emrqa")
    answers["emrqa-lexical"] = _figure(TaskMetric("emrqa", "accuracy"), asked, [_likest_line(case) for case in asked])
    asked = _of(test, "summary")
    copied = [(case.text or "").removeprefix("Assessment:\n") for case in asked]
    answers["summary-copied"] = _figure(TaskMetric("summary", "rougeL"), asked, copied)
    answers["summary-copied-f1"] = _figure(TaskMetric("summary", "problem f1"), asked, copied)
    return answers


@measurement("drbench.fresh")
def fresh(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The same baselines on notes of five seeds that had no part in writing the templates."""
    seeds = msgspec.json.decode((SHIPPED / "drbench_twins.json").read_bytes())
    train = _cases(seeds["train"], seeds["notes"])
    answers = {}
    for task, figure in (("soap", "accuracy"), ("plan", "macro-F1")):
        known, values, n = _of(train, task), [], 0
        scores = LabelScores(known, list(asking.question_of(known[0]).options), 1.0)
        for seed in seeds["fresh"]:
            asked = _of(_cases(seed, seeds["notes"]), task)
            values.append(_figure(TaskMetric(task, figure), asked, _given(scores, asked)).value)
            n += len(asked)
        found = [float(value) for value in values if isinstance(value, float)]
        answers[f"{task}-fresh"] = Measurement(
            value=max(found), n=n, note="simulated; highest of " + ", ".join(f"{value:.3f}" for value in found)
        )
    return answers


def _of(some: list[Case], task: str) -> list[Case]:
    return [case for case in some if case.provenance["task"] == task]


def _learned(known: list[Case], asked: list[Case]) -> list[str]:
    """Labels given by TF-IDF with logistic regression."""
    return _given(LabelScores(known, list(asking.question_of(asked[0]).options), 1.0), asked)


def _given(scores: LabelScores, asked: list[Case]) -> list[str]:
    labels = list(asking.question_of(asked[0]).options)
    return [labels[int(scores(case.blinded(), asking.question_of(case)).argmax())] for case in asked]


def _hypothesis(case: Case) -> Case:
    return msgspec.structs.replace(case, text=(case.text or "").partition("\n")[2])


def _likest_line(case: Case) -> str:
    """The line of the note that shares most words with the question, less those words: search without a model."""
    asked = {word.strip("?.,:").lower() for word in asking.question_of(case).text.split()}
    lines = [line.split() for line in (case.text or "").splitlines()]
    best = max(lines, key=lambda line: sum(word.strip("?.,:").lower() in asked for word in line))
    return " ".join(word for word in best if word.strip("?.,:").lower() not in asked)


def _said(case: Case, words: str) -> Attempt:
    question = asking.question_of(case)
    if question.options:
        return _attempt(case, chosen(question, words, 0.0))
    return _attempt(case, Answer(level="text", text=words))


def _figure(metric: TaskMetric, asked: list[Case], words: list[str]) -> Measurement:
    found = metric.estimate(asked, [_said(case, one) for case, one in zip(asked, words, strict=True)])
    return Measurement(value=found.value, n=found.n, interval=found.interval, note="simulated notes")


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


@measurement("drbench.rouge")
def rouge_pairs(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Largest difference of our ROUGE-L from that of the reference package on random pairs."""
    made = msgspec.json.decode((SHIPPED / "rouge_l_pairs.json").read_bytes())
    worst = max(abs(rouge(one, other)["rougeL"].f1 - value) for one, other, value in made["pairs"])
    return {"rouge-l": Measurement(value=worst, n=len(made["pairs"]), note=made["note"])}
