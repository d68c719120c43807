"""System 36: cross-examination on simulated pairs of note and summary, and real visits beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.aci_bench import AciBench
from workup.case import Case
from workup.evaluation.cross_examination import Asked, CrossScores, FactExaminer, conciseness, cross_scores, examine
from workup.knowledge import Knowledge
from workup.simulate.disease_patients import PatientOptions, PatientSimulator
from workup.simulate.notes import NoteOptions, NoteSimulator
from workup.simulate.summaries import FAULTS, Fault, summarise
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

_PLAN: dict[str, int] = msgspec.json.decode((SHIPPED / "simulations.json").read_bytes())["36"]
_MEANT: dict[Fault, str] = {"omission": "coverage", "contradiction": "conformity", "invention": "consistency"}
_VISITS = 10


@measurement("cross_examination.formulas")
def formulas(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The four scores on recorded answers, against values worked out by hand."""
    original = [Asked("1", "YES", "YES"), Asked("2", "NO", "YES"), Asked("3", "YES", "IDK"), Asked("4", "YES", "YES")]
    made = [Asked("5", "YES", "YES"), Asked("6", "YES", "IDK"), Asked("7", "IDK", "YES")]
    found = cross_scores([*original, Asked("8", "IDK", "NO")], made, "a b c d", "a b c")
    expected = (0.75, 0.75, 0.5, 25.0)
    given = (found.coverage, found.conformity, found.consistency, found.conciseness)
    return {
        "cross-formulas": Measurement(value=given == expected, n=4),
        "conciseness-example": Measurement(value=round(conciseness("word " * 67, "word " * 46), 4), n=1),
    }


@measurement("cross_examination.faults")
def faults(data: Path, tier: Tier) -> dict[str, Measurement]:
    """By how much each planted fault lowers the score meant for it, and whether that is its largest effect."""
    scores = _scored()
    answers = {}
    for fault, meant in _MEANT.items():
        falls = {
            name: np.array([getattr(good, name) - getattr(bad, name) for good, bad in zip(*pair, strict=True)])
            for name in ("coverage", "conformity", "consistency")
            if (pair := (scores["faithful"], scores[fault]))
        }
        own = falls[meant]
        lowered = int((own > 0).sum())
        rest = ", ".join(f"{name} {values.mean():.3f}" for name, values in falls.items())
        answers[f"fault-{fault}"] = Measurement(
            value=lowered / len(own), n=len(own), note=f"mean falls: {rest}; simulated notes"
        )
    faithful = [one.overall for one in scores["faithful"]]
    answers["faithful-overall"] = Measurement(value=float(np.mean(faithful)), n=len(faithful), note="simulated notes")
    return answers


@cache
def _scored() -> dict[Fault, list[CrossScores]]:
    knowledge = Knowledge.load()
    seed, n = _PLAN["seed"], _PLAN["n"]
    patients = PatientSimulator(knowledge, PatientOptions(excluded=0.5, fewest=4)).draw(n, seed)
    notes = list(NoteSimulator(knowledge, NoteOptions()).write(patients, seed))
    examiner = FactExaminer(knowledge)
    return {
        fault: [
            examine(note.case.text or "", summarise(note, fault, knowledge, seed), examiner, n=100, m=100)
            for note in notes
        ]
        for fault in FAULTS
    }


@measurement("cross_examination.visits")
def visits(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many visits of ACI-Bench are read, and how the clinicians' own notes fare."""
    folder = data / "dialog-aci-bench"
    files = [path for name in ("train.jsonl", "valid.jsonl") if (path := folder / name).is_file()]
    read = list(AciBench().read(files))
    cases = [one for one in read if isinstance(one, Case)]
    examiner = FactExaminer(Knowledge.load())
    found = [
        examine(case.text or "", (case.reference.answer or "") if case.reference else "", examiner)
        for case in cases[:_VISITS]
    ]
    mean = float(np.mean([one.overall for one in found])) if found else None
    return {
        "visits-read": Measurement(value=len(cases), n=len(read)),
        "visits-own-note": Measurement(
            value=mean, n=len(found), note="the reader is made for notes, and reads conversations less well"
        ),
    }
