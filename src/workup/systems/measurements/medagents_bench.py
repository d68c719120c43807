"""System 19: the hard rule, the accuracy of the released runs and their front of cost against accuracy.

Read from ``19-medagentsbench``: the predictions of ten models on the whole test sets, and every released run on the
hard sets.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

from workup.benchmarks.medagents_bench import Answer, is_hard, pooled
from workup.evaluation.pareto import Point, front
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

FOLDER = "19-medagentsbench"
_NOT_MODELS = ("task", "realidx", "answer_idx")


@cache
def released(data: Path, only: frozenset[tuple[str, str]] | None = None) -> dict[str, Point]:
    """Every (model, method) of the released runs, pooled over the tasks of the file.

    Args:
        data: The data folder.
        only: Task and ``realidx`` of the items that count; all when None.
    """
    answers: dict[tuple[str, str], list[Answer]] = defaultdict(list)
    with (data / FOLDER / "test_hard_runs.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if only is not None and (row["task"], row["realidx"]) not in only:
                continue
            numbers = {
                field: float(row[field]) if row[field] else None
                for field in ("prompt_tokens", "completion_tokens", "cost", "time_elapsed")
            }
            answers[row["model"], row["method"]].append(
                Answer(
                    task=row["task"],
                    item=row["realidx"],
                    right=row["answer_idx"],
                    given=row["predicted_answer"],
                    tokens_in=numbers["prompt_tokens"],
                    tokens_out=numbers["completion_tokens"],
                    cost=numbers["cost"],
                    seconds=numbers["time_elapsed"],
                )
            )
    found = {}
    for (model, method), given in answers.items():
        if (point := pooled(f"{model} {method}", model, given)) is not None:
            found[point.name] = point
    return found


@measurement("medagents_bench.hard_items")
def hard_items(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many items of each task fewer than half of the ten models got right."""
    hard: dict[str, int] = defaultdict(int)
    seen: dict[str, int] = defaultdict(int)
    with (data / FOLDER / "zero_shot_predictions.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            given = [value for field, value in row.items() if field not in _NOT_MODELS]
            seen[row["task"]] += 1
            hard[row["task"]] += is_hard(given, row["answer_idx"])
    return {f"hard-{task}": Measurement(value=hard[task], n=seen[task]) for task in seen}


@measurement("medagents_bench.accuracy")
def accuracy(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Pooled accuracy of every released run on the hard items, in per cent."""
    return {
        _name(point): Measurement(
            value=round(100 * point.accuracy, 1),
            n=point.n,
            interval=point.interval and (100 * point.interval[0], 100 * point.interval[1]),
        )
        for point in released(data).values()
    }


@measurement("medagents_bench.front")
def cost_front(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The runs that none is both cheaper and at least as accurate than, cheapest first."""
    points = list(released(data).values())
    words = " -> ".join(f"{point.name} {100 * point.accuracy:.1f}" for point in front(points))
    return {"front": Measurement(value=words, n=len(points))}


def _name(point: Point) -> str:
    return "accuracy-" + point.name.lower().replace(" ", "-").replace("_", "-")
