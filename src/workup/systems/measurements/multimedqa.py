"""System 49: the human and majority baselines of PubMedQA, and what the loaders read.

Read from ``49-multimedqa``: the labels of the 500 test questions with both human readings, test rows and MedQA rows.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.medqa import MedQA
from workup.benchmarks.pubmedqa import LABELS, PubMedQA
from workup.case import Case
from workup.evaluation.labels import label_figures
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

FOLDER = "49-multimedqa"
HUMAN = f"{FOLDER}/pubmedqa_human_labels_test500.json"
READINGS = {"reasoning-free": "reasoning_free_pred", "reasoning-required": "reasoning_required_pred"}


@measurement("multimedqa.human")
def human(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy and macro-F1 of the majority label and of both human readings."""
    rows = msgspec.json.decode((data / HUMAN).read_bytes(), type=dict[str, dict[str, Any]])
    gold = [row["final_decision"] for row in rows.values()]
    commonest = Counter(gold).most_common(1)[0][0] if gold else ""
    given = {"majority": [commonest] * len(gold)}
    given |= {name: [row[field] for row in rows.values()] for name, field in READINGS.items()}
    answers = {}
    for name, labels in given.items():
        figures = label_figures(gold, labels, classes=LABELS)
        answers[f"{name}-accuracy"] = Measurement(
            value=figures.accuracy if figures else None,
            n=len(gold),
            interval=figures.accuracy_interval if figures else None,
        )
        answers[f"{name}-macro-f1"] = Measurement(value=figures.macro_f1 if figures else None, n=len(gold))
    return answers


@measurement("multimedqa.loaders")
def loaders(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many records of the released files become cases."""
    files = {
        "read-pubmedqa": (PubMedQA(), "pubmedqa_pqal_test250.json"),
        "read-medqa": (MedQA(), "medqa_test_300.jsonl"),
    }
    answers = {}
    for name, (benchmark, file) in files.items():
        found = list(benchmark.read([data / FOLDER / file]))
        answers[name] = Measurement(value=sum(isinstance(one, Case) for one in found), n=len(found))
    return answers
