"""System 00, the phenotype engine: its figures on real rare-disease patients.

The patients are read from ``phenopackets/phenopackets_dev.jsonl.gz`` below the data folder, or whatever sample lies
there in that layout, and from ``phenopackets/raw``.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec
import numpy as np

from workup.case import Case, Reference, Variant
from workup.knowledge import Knowledge
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import Tier

if TYPE_CHECKING:
    from workup.benchmarks.rare_disease import Plan
    from workup.reasoners.phenotype.engine import Patient

PATIENTS = "phenopackets/phenopackets_dev.jsonl.gz"
EXTERNAL = "phenopackets/external_dev.jsonl.gz"
RAW = "phenopackets/raw"
SEED = 0
# Few enough for every run; the tests check more.
CHECKED_PATIENTS = 50


@cache
def knowledge() -> Knowledge:
    """The pinned knowledge base, opened once."""
    return Knowledge.load()


@cache
def cases_of(path: Path) -> tuple[Case, ...]:
    """The cases of a file, read once."""
    from workup.io import read_cases

    return read_cases(path).cases


@cache
def _plan(path: Path) -> Plan:
    """Which case belongs to which regime; that rests on the annotations alone, so that all scores share it."""
    from workup.benchmarks.rare_disease import RareDisease

    return RareDisease.of("phenotype", knowledge()).plan(cases_of(path), ["full", "lpo", "temp"])


@cache
def _patients(path: Path) -> dict[int, Patient]:
    """The patients of a file that a score has ranked, for the next score."""
    return {}


def _only(plan: Plan, regime: str, every: int) -> Plan:
    """The part of a plan that belongs to one regime, of every so many publications one (by hash)."""
    groups = [
        tuple(
            msgspec.structs.replace(entry, regimes=tuple(kept for kept in entry.regimes if kept == regime))
            for entry in group
            if crc32(entry.publication.encode()) % every == 0
        )
        for group in plan.groups
    ]
    groups = [group for group in groups if group]
    return msgspec.structs.replace(plan, groups=tuple(groups))


@cache
def _ranks(path: Path, score: str, regime: str, every: int = 1) -> tuple[tuple[str, float, float], ...]:
    """``(publication, rank, probability of the first answer given a known disease)`` of every case of a regime."""
    from workup.benchmarks.rare_disease import RareDisease

    benchmark = RareDisease.of("phenotype", knowledge(), score)
    return tuple(
        (rank.publication, rank.rank("exact"), rank.answer_posterior / (1.0 - rank.unknown))
        for group in benchmark.ranks(_only(_plan(path), regime, every), known_patients=_patients(path))
        for rank in group
    )


def _figures(path: Path, score: str, regime: str) -> dict[str, Measurement]:
    """Top-1, top-3 and top-10 in per cent with their intervals."""
    from workup.evaluation.metrics import rank_figures

    ranks = _ranks(path, score, regime)
    figures = rank_figures([rank for _, rank, _ in ranks], [publication for publication, _, _ in ranks], seed=SEED)
    if figures is None:
        return {key: Measurement(value=None, n=0) for key in ("top1", "top3", "top10", "macro_top1")}
    return {
        key: Measurement(value=getattr(figures, key), n=len(ranks), interval=figures.ci[key])
        for key in ("top1", "top3", "top10", "macro_top1")
    }


def _lead(path: Path, other: str, regime: str, every: int = 1) -> Measurement:
    """Lower end of the interval of our macro top-1 minus another score's, in points."""
    from workup.evaluation.stats import paired_publication_bootstrap

    ours, theirs = (_ranks(path, score, regime, every) for score in ("translation-mixture", other))
    if not ours:
        return Measurement(value=None, n=0)
    difference = paired_publication_bootstrap(
        np.array([rank <= 1 for _, rank, _ in ours]),
        np.array([rank <= 1 for _, rank, _ in theirs]),
        [publication for publication, _, _ in ours],
        seed=SEED,
    )
    low, high = (100.0 * end for end in difference.macro_interval)
    return Measurement(
        value=low,
        n=len(ours),
        interval=(low, high),
        note=f"difference {100 * difference.macro:.1f} points over {difference.publications} publications",
    )


@measurement("phenotype_engine.ranking")
def ranking(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Figures of the TEMP and LPO regimes."""
    from workup.evaluation.calibration import calibration_error, reliability

    path = data / PATIENTS
    found: dict[str, Measurement] = {}
    for score in ("resnik", "phrank"):
        for key, value in _figures(path, score, "temp").items():
            found[f"temp-{score}-{key.replace('_', '-')}"] = value
    ours = _figures(path, "translation-mixture", "temp")
    found |= {
        "temp-micro-top1": ours["top1"],
        "temp-micro-top10": ours["top10"],
        "temp-macro-top1": ours["macro_top1"],
        "temp-macro-over-phrank": _lead(path, "phrank", "temp"),
        "temp-macro-over-phenodigm": _lead(path, "phenodigm", "temp"),
    }
    temp = _ranks(path, "translation-mixture", "temp")
    stated = np.array([probability for _, _, probability in temp])
    right = np.array([rank <= 1 for _, rank, _ in temp])
    error = calibration_error(reliability(stated, right)) if len(temp) else None
    found["calibration-ece"] = Measurement(value=error, n=len(temp))
    return found


@measurement("phenotype_engine.left_out")
def left_out(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Figures of the regime in which the case's publication is left out."""
    path = data / PATIENTS
    ours = _figures(path, "translation-mixture", "lpo")
    return {
        "lpo-micro-top1": ours["top1"],
        "lpo-macro-top1": ours["macro_top1"],
        "lpo-macro-over-phrank": _lead(path, "phrank", "lpo"),
        **{f"lpo-phrank-{key.replace('_', '-')}": one for key, one in _figures(path, "phrank", "lpo").items()},
    }


@measurement("phenotype_engine.left_out_sample")
def left_out_sample(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The lead on every fourth publication: what can be measured in every run."""
    return {"lpo-sample-over-phrank": _lead(data / PATIENTS, "phrank", "lpo", every=4)}


@measurement("phenotype_engine.left_out_phenodigm")
def left_out_phenodigm(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The same against PhenoDigm, whose similarities change with every publication left out."""
    return {"lpo-macro-over-phenodigm": _lead(data / PATIENTS, "phenodigm", "lpo")}


@measurement("phenotype_engine.cross_fitted")
def cross_fitted(data: Path, tier: Tier) -> dict[str, Measurement]:
    """TEMP figures with weights fitted on folds that share no publication and no gold disease."""
    from workup.benchmarks.rare_disease import RareDisease
    from workup.evaluation.calibration import calibration_error, reliability
    from workup.evaluation.metrics import rank_figures
    from workup.evaluation.stats import paired_publication_bootstrap
    from workup.reasoners.phenotype.engine import Engine
    from workup.reasoners.phenotype.fitting import MixtureFitter

    path = data / PATIENTS
    plan = RareDisease.of("phenotype", knowledge()).plan(cases_of(path), ["temp"])
    cases = [entry.case for group in plan.groups for entry in group if "temp" in entry.regimes]
    publications = [entry.publication for group in plan.groups for entry in group if "temp" in entry.regimes]
    if not cases:
        return {}
    found = MixtureFitter(Engine(knowledge()), cases).cross_fit()
    figures = rank_figures(found.ranks, publications, seed=SEED)
    theirs = np.array([rank <= 1 for _, rank, _ in _ranks(path, "phrank", "temp")])
    lead = paired_publication_bootstrap(found.ranks <= 1, theirs, publications, seed=SEED)
    low, high = (100.0 * end for end in lead.macro_interval)
    error = calibration_error(reliability(found.stated, found.ranks <= 1))
    measured = {
        f"temp-cross-fitted-{key.replace('_', '-')}": Measurement(
            value=getattr(figures, key), n=len(cases), interval=figures.ci[key] if figures else None
        )
        for key in ("top1", "top10", "macro_top1", "macro_top10")
    }
    measured["temp-cross-fitted-over-phrank"] = Measurement(value=low, n=len(cases), interval=(low, high))
    measured["calibration-cross-fitted-ece"] = Measurement(value=error, n=len(cases))
    return measured


@measurement("phenotype_engine.external")
def external(data: Path, tier: Tier) -> dict[str, Measurement]:
    """FULL figures on the LIRICAL and PhenoBrain cases."""
    from workup.benchmarks.rare_disease import RareDisease
    from workup.evaluation.metrics import rank_figures

    cases = cases_of(data / EXTERNAL)
    found = {}
    for name, score in itertools.product(("lirical385", "phenobrain873"), (None, "phrank")):
        benchmark = RareDisease.of("phenotype", knowledge(), score)
        chosen = [case for case in cases if case.provenance.get("set") == name]
        plan = benchmark.plan(chosen, ["full"])
        ranks = [rank for group in benchmark.ranks(plan) for rank in group]
        figures = rank_figures([r.rank("exact") for r in ranks], [r.publication for r in ranks], seed=SEED)
        for key in ("top1", "top10"):
            value = None if figures is None else getattr(figures, key)
            interval = None if figures is None else figures.ci[key]
            found[f"{name}-full-{f'{score}-' if score else ''}{key}"] = Measurement(
                value=value, n=len(ranks), interval=interval
            )
    return found


@measurement("phenotype_engine.evidence")
def evidence(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Largest difference between a hypothesis' score and the sum of its contributions."""
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    reasoner, context = PhenotypeReasoner(), Context(knowledge=knowledge())
    chosen = _sample(cases_of(data / PATIENTS))
    worst = 0.0
    for case in chosen:
        for hypothesis in reasoner.reason(case.blinded(), context).differential:
            total = sum(step.weight for step in hypothesis.contributions)
            worst = max(worst, abs(total - hypothesis.score))
    return {"evidence-sums": Measurement(value=worst if chosen else None, n=len(chosen), note="first 50 hypotheses")}


@measurement("phenotype_engine.blinding")
def blinding(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Whether rankings stay byte-identical when everything a reasoner must not see is given to another patient."""
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    reasoner, context = PhenotypeReasoner(), Context(knowledge=knowledge())
    chosen = _sample(cases_of(data / PATIENTS))
    others = list(chosen)
    random.Random(SEED).shuffle(others)

    def ranking_of(case: Case) -> bytes:
        return msgspec.json.encode(reasoner.reason(case.blinded(), context).differential)

    same = [ranking_of(case) == ranking_of(_disguised(case, other)) for case, other in zip(chosen, others, strict=True)]
    return {"blinding": Measurement(value=all(same) if same else None, n=len(same))}


def _sample(cases: Sequence[Case]) -> list[Case]:
    return random.Random(SEED).sample(list(cases), min(CHECKED_PATIENTS, len(cases)))


def _disguised(case: Case, other: Case) -> Case:
    """A case with the hidden fields of another one."""
    hidden = other.reference or Reference()
    return msgspec.structs.replace(
        case,
        id=other.id,
        title=other.title,
        publication=other.publication,
        cohort=other.cohort,
        provenance=other.provenance,
        extensions={"hint": list(hidden.diagnoses)},
        reference=msgspec.structs.replace(hidden, variants=(*hidden.variants, Variant(gene="NF1"))),
    )


@measurement("phenotype_engine.raw_reports")
def raw_reports(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Number of raw phenopackets that give a report in every format."""
    from workup.io import read_cases
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner
    from workup.report import FORMATS, write_report

    reasoner, context = PhenotypeReasoner(), Context(knowledge=knowledge(), limit=10)
    files = sorted((data / RAW).glob("*.json"))
    written = 0
    with TemporaryDirectory() as folder:
        for file in files:
            for case in read_cases(file).cases:
                reasoning = reasoner.reason(case.blinded(), context)
                paths = write_report(case, reasoning, folder, FORMATS, stem=file.stem)
                written += bool(reasoning.differential) and all(path.stat().st_size > 0 for path in paths)
    return {"raw-reports": Measurement(value=written if files else None, n=len(files))}
