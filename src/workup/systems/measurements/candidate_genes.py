"""System 00: what a list of candidate genes does to the rank of the right disease.

Each development patient whose causal gene is known gets that gene mixed among random genes of the knowledge base
(seeded by the patient's id), or a list of random genes without it. Patients and data as in ``phenotype_engine``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from workup.benchmarks.rare_disease import Entry, RareDisease, Regime
from workup.case import Case
from workup.evaluation.metrics import rank_figures
from workup.evaluation.ranks import expected_rank
from workup.evaluation.stats import paired_publication_bootstrap
from workup.knowledge import Knowledge
from workup.knowledge.arrays import Array
from workup.reasoners.phenotype.genes import gene_evidence
from workup.systems.measurements import Measurement, measurement, phenotype_engine
from workup.systems.records import Tier

SEED = 0
# Random genes beside the causal one; the last list is without the causal one.
LISTS = {"list-1": 0, "list-10": 9, "list-51": 50, "list-200": 199}
HARM = "list-51-without"
REGIMES: tuple[Regime, ...] = ("full", "temp")
# Few enough for every run.
SAMPLE = 300
_AT_ONCE = 64


class Ranked(msgspec.Struct, frozen=True):
    """A patient's rank of the right disease by list; ``none`` is the rank without any."""

    publication: str
    temp: bool
    ranks: dict[str, float]


def lists_of(case: Case, genes: Sequence[str], lists: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The gene lists of a patient, by name; the causal gene stands at no fixed place."""
    causal = set(case.reference.genes) if case.reference else set()
    others = [gene for gene in genes if gene not in causal]
    for name in lists:
        draw = random.Random(f"{SEED}:{case.id}:{name}")
        if name == HARM:
            chosen = draw.sample(others, LISTS["list-51"] + 1)
        else:
            chosen = [*sorted(causal)[:1], *draw.sample(others, LISTS[name])]
        draw.shuffle(chosen)
        yield name, tuple(chosen)


def rank_lists(benchmark: RareDisease, cases: Sequence[Case], lists: Sequence[str]) -> Iterator[Ranked]:
    """Rank every patient without genes and with each list."""
    engine, diseases = benchmark.engine, benchmark.knowledge.diseases
    genes = sorted(diseases.gene_names)
    entries = [entry for group in benchmark.plan(cases, REGIMES).groups for entry in group if entry.targets.in_kb]
    for start in range(0, len(entries), _AT_ONCE):
        part = entries[start : start + _AT_ONCE]
        scores = engine.scores_batch([engine.patient(entry.case.blinded()) for entry in part])
        for entry, row in zip(part, scores, strict=True):
            ranks = {"none": expected_rank(row, entry.targets.exact)}
            for name, chosen in lists_of(entry.case, genes, lists):
                ranks[name] = expected_rank(row + _weights(benchmark, entry, chosen), entry.targets.exact)
            yield Ranked(entry.publication, "temp" in entry.regimes, ranks)


def _weights(benchmark: RareDisease, entry: Entry, genes: tuple[str, ...]) -> Array:
    """What the engine adds to the scores of a patient who comes with these genes."""
    case = msgspec.structs.replace(entry.case.blinded(), candidate_genes=genes)
    found = gene_evidence(benchmark.engine.profiles, case, benchmark.engine.parameters.genes)
    if found is None:
        raise ValueError("a list without genes")
    return found.weights


def eligible(cases: Sequence[Case], knowledge: Knowledge) -> list[Case]:
    """Patients whose causal gene is known, and known to the knowledge base."""
    index = knowledge.diseases.gene_index
    return [
        c for c in cases if c.reference and c.reference.genes and index(sorted(set(c.reference.genes))[0]) is not None
    ]


def summarise(ranked: Sequence[Ranked], lists: Sequence[str], prefix: str) -> dict[str, Measurement]:
    """Figures without and with each list, and the paired differences, by regime."""
    found: dict[str, Measurement] = {}
    for regime in REGIMES:
        chosen = [item for item in ranked if regime == "full" or item.temp]
        publications = [item.publication for item in chosen]
        for name in ("none", *lists):
            ranks = np.array([item.ranks[name] for item in chosen])
            figures = rank_figures(ranks, publications, seed=SEED)
            for key in ("top1", "top10", "macro_top1"):
                found[f"{prefix}-{regime}-{name}-{key.replace('_', '-')}"] = Measurement(
                    value=getattr(figures, key) if figures else None,
                    n=len(chosen),
                    interval=figures.ci[key] if figures else None,
                )
            if name == "none" or figures is None:
                continue
            without = np.array([item.ranks["none"] for item in chosen])
            for depth in (1, 10):
                lead = paired_publication_bootstrap(ranks <= depth, without <= depth, publications, seed=SEED)
                low, high = (100.0 * end for end in lead.micro_interval)
                found[f"{prefix}-{regime}-{name}-change-top{depth}"] = Measurement(
                    value=100.0 * lead.micro,
                    n=len(chosen),
                    interval=(low, high),
                    note=f"{lead.only_a} gained, {lead.only_b} lost, {lead.publications} publications",
                )
                found[f"{prefix}-{regime}-{name}-least-change-top{depth}"] = Measurement(
                    value=low, n=len(chosen), interval=(low, high), note=f"change {100.0 * lead.micro:.1f} points"
                )
    return found


@cache
def _benchmark() -> RareDisease:
    return RareDisease.of("phenotype", phenotype_engine.knowledge())


def _cases(data: Path) -> list[Case]:
    return eligible(phenotype_engine.cases_of(data / phenotype_engine.PATIENTS), _benchmark().knowledge)


@measurement("candidate_genes.sample")
def sample(data: Path, tier: Tier) -> dict[str, Measurement]:
    """A seeded sample of the patients, with 51 genes, and with 51 of which none is theirs."""
    cases = _cases(data)
    chosen = random.Random(SEED).sample(cases, min(SAMPLE, len(cases)))
    lists = ("list-51", HARM)
    return summarise(list(rank_lists(_benchmark(), chosen, lists)), lists, "genes-sample")


@measurement("candidate_genes.lists")
def lists(data: Path, tier: Tier) -> dict[str, Measurement]:
    """All patients, all lists."""
    names = (*LISTS, HARM)
    return summarise(list(rank_lists(_benchmark(), _cases(data), names)), names, "genes")
