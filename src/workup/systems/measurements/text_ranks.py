"""System 00, end to end: where the engine puts diseases when it reads a note, against the codes of the same patient.

No data set at hand holds a narrative, its codes and the true disease. So two things are measured:

* *Simulated narratives of real patients*: published patients of TEMP (:mod:`workup.systems.measurements.next_steps`)
  whose codes :mod:`workup.simulate.notes` tells in sentences, with doubts, relatives and denials put in. Codes and true
  disease are real; the wording is ours, so that this is the least that reading loses, and not what it loses on notes.
* *Real narratives* of RAG-HPO and ID-68 with the codes of their annotators. The wording is real; the true disease is
  in neither file, so the disease that leads from the codes takes its place: agreement, not correctness.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.next_steps import eligible
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.benchmarks.text_to_hpo import read
from workup.case import Case
from workup.evaluation.ranks import expected_rank
from workup.evaluation.stats import grouped_means
from workup.knowledge.arrays import Array
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.reasoners.phenotype.engine import Engine
from workup.simulate.notes import NoteSimulator
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.phenotype_engine import PATIENTS, cases_of, knowledge
from workup.systems.measurements.text_findings import FOLDER, RESAMPLES, TOP, coded_findings
from workup.systems.records import Tier
from workup.text.extract import read_text

SEED = 0
NARRATIVES = 250
LEAST_FINDINGS = 3
REAL = (("raghpo", "raghpo_cases_dev.jsonl"), ("id68", "id68_dev.jsonl"))


def _from_text(text: str, id: str, engine: Engine) -> Case:
    """What is read of a text, as a case without it."""
    case = read_text(Case(id=id, text=text), engine.knowledge).case
    return msgspec.structs.replace(case, text=None, extensions={})


def _first(scores: Array) -> set[int]:
    return set(np.argsort(-scores, kind="stable")[:TOP].tolist())


@measurement("text_ranks.simulated")
def simulated(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rank of the true disease from a simulated narrative beside that from the codes it was written from."""
    benchmark = RareDisease.of("phenotype", knowledge())
    engine = benchmark.engine
    plan = benchmark.plan(cases_of(data / PATIENTS), ["temp"])
    known = [entry for group in plan.groups for entry in group if "temp" in entry.regimes]
    entries: list[Entry] = eligible(benchmark, known, seed=SEED, least=LEAST_FINDINGS)[:NARRATIVES]
    notes = NoteSimulator(engine.knowledge).write((entry.case.blinded() for entry in entries), SEED)
    rows: list[tuple[float, float, float]] = []
    for entry, note in zip(entries, notes, strict=True):
        text = _from_text(note.case.text or "", entry.case.id, engine)
        scores = [engine.scores(engine.patient(case, suggest=False)) for case in (entry.case.blinded(), text)]
        codes, said = (expected_rank(one, entry.targets.exact) for one in scores)
        rows.append((codes, said, len(_first(scores[0]) & _first(scores[1])) / TOP))
    if not rows:
        return {}
    codes, said, shared = np.array(rows, dtype=np.float64).T
    columns = {
        "text-simulated-codes-top10": 100 * (codes <= TOP),
        "text-simulated-top10": 100 * (said <= TOP),
        "text-simulated-top10-change": 100 * (said <= TOP) - 100.0 * (codes <= TOP),
        "text-simulated-top1-change": 100 * (said <= 1) - 100.0 * (codes <= 1),
        "text-simulated-reciprocal-rank-change": 1 / said - 1 / codes,
        "text-simulated-overlap": shared,
    }
    means = grouped_means(np.column_stack(list(columns.values())), [entry.publication for entry in entries], seed=SEED)
    note_ = f"{means.publications} publications; rank as good {np.mean(said <= codes):.1%}"
    return {
        claim: Measurement(
            value=float(means.micro[place]),
            n=means.cases,
            interval=(float(means.micro_interval[0, place]), float(means.micro_interval[1, place])),
            note=note_,
        )
        for place, claim in enumerate(columns)
    }


@measurement("text_ranks.real")
def real(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The differential from a real narrative beside that from the codes of its annotators, all documents."""
    engine = PhenotypeReasoner().engine(Context())
    answers: dict[str, Measurement] = {}
    for name, file in REAL:
        rows: list[tuple[float, float, float]] = []
        for document in read(data / FOLDER / file)[0]:
            text = _from_text(document.text, document.id, engine)
            # Age and sex are read from the text on both sides; only the findings differ.
            codes = msgspec.structs.replace(text, findings=coded_findings(document, engine.knowledge))
            if not codes.with_status("present"):
                continue
            coded, said = (engine.scores(engine.patient(case, suggest=False)) for case in (codes, text))
            rank = 1 + int((said > said[int(np.argmax(coded))]).sum())
            rows.append((len(_first(coded) & _first(said)) / TOP, rank <= TOP, 1 / rank))
        if not rows:
            continue
        table = np.array(rows, dtype=np.float64)
        drawn = np.random.default_rng(SEED).integers(0, len(table), size=(RESAMPLES, len(table)))
        ends = np.percentile(table[drawn].mean(axis=1), [2.5, 97.5], axis=0)
        for place, what in enumerate(("overlap", "top10", "mean-reciprocal-rank")):
            answers[f"text-codes-{name}-{what}"] = Measurement(
                value=float(table[:, place].mean()),
                n=len(table),
                interval=(float(ends[0, place]), float(ends[1, place])),
            )
    return answers
