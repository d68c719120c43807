"""System 49: the human and majority baselines of PubMedQA, and what the loaders read.

Read from ``49-multimedqa``: the labels of the 500 test questions with both human readings, test rows and MedQA rows.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.medqa import MedQA
from workup.benchmarks.pubmedqa import LABELS, PubMedQA
from workup.case import Case
from workup.evaluation.calibration import deferral
from workup.evaluation.labels import label_figures, wilson
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.floors import first_option
from workup.systems.records import Tier

FOLDER = "49-multimedqa"
HUMAN = f"{FOLDER}/pubmedqa_human_labels_test500.json"
# A model of 135 million parameters on one thread; its answers are short.
SMALL, SAMPLES, LONGEST = 50, 5, 48
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


@measurement("multimedqa.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The first option on the items of the small model."""
    found = [one for one in MedQA().read([data / FOLDER / "medqa_test_300.jsonl"]) if isinstance(one, Case)]
    return {"small-first-option": first_option(found[:SMALL])}


@measurement("multimedqa.small")
def small(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Self-consistency and letter likelihood with the small language model, which shows that they run, and no more."""
    from workup import models
    from workup.models.model import Sampling
    from workup.reasoner import Context
    from workup.reasoners.letter_likelihood import LetterLikelihood
    from workup.reasoners.self_consistency import SelfConsistency

    found = [one for one in MedQA().read([data / FOLDER / "medqa_test_300.jsonl"]) if isinstance(one, Case)]
    cases = found[:SMALL]
    right: dict[str, list[bool]] = {"voted": [], "likeliest": []}
    confidence = []
    with models.load("smollm2") as model:
        for seed, case in enumerate(cases):
            ctx = Context(model=model, sampling=Sampling(max_tokens=LONGEST), seed=seed, options={"samples": SAMPLES})
            votes = SelfConsistency().reason(case.blinded(), ctx).answer
            likely = LetterLikelihood().reason(case.blinded(), Context(model=model, seed=seed)).answer
            gold = case.reference.answer if case.reference else None
            for name, answer in (("voted", votes), ("likeliest", likely)):
                right[name].append(answer is not None and answer.ids[:1] == (gold,))
            confidence.append(votes.probability if votes else 0.0)
    shares, together = deferral(np.array(confidence), np.array(right["voted"], dtype=np.float64))
    half = int(np.searchsorted(shares, 0.5))
    return {
        "small-voted": _share(right["voted"]),
        "small-likeliest": _share(right["likeliest"]),
        "small-deferral": Measurement(value=float(together[half]), n=len(cases), note="half of the cases handed on"),
    }


def _share(right: list[bool]) -> Measurement:
    return Measurement(value=float(np.mean(right)), n=len(right), interval=wilson(sum(right), len(right)))
