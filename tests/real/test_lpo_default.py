"""Leaving a publication out of the default score equals a knowledge base built from files without its rows."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.evaluation.ranks import expected_rank
from workup.io import read_cases
from workup.knowledge import Knowledge
from workup.knowledge.base import SOURCES, build, source_folder
from workup.reasoners.phenotype.engine import Engine

pytestmark = [pytest.mark.real, pytest.mark.slow]

SEED = 0
COMPARED = 50
# A build takes seconds, so that the cases come from few publications.
LEAST_CASES, MOST_CASES = 12, 25
# The artefact keeps columns and rows in single precision: 1e-7 of what a case sums up.
TOLERANCE = 5e-6


def built_without(rows: np.ndarray, knowledge: Knowledge, folder: Path) -> Knowledge:
    """The knowledge base built anew from the files, without the lines of some rows."""
    sources = folder / "sources"
    sources.mkdir(parents=True)
    for name in SOURCES:
        if name != "phenotype.hpoa":
            (sources / name).symlink_to(source_folder() / name)
    dropped = set(knowledge.annotations.line[rows].tolist())
    with (source_folder() / "phenotype.hpoa").open(encoding="utf-8") as lines:
        kept = [line for number, line in enumerate(lines, start=1) if number not in dropped]
    (sources / "phenotype.hpoa").write_text("".join(kept), encoding="utf-8")
    meta = build(folder / "artefact", sources)
    return Knowledge(folder / "artefact", meta)


def chosen_groups(benchmark: RareDisease, data_dir: Path) -> list[tuple[np.ndarray, list[Entry]]]:
    """Cases by publication with the rows that go with it, such that no disease loses its last row."""
    cases = read_cases(data_dir / "phenopackets" / "phenopackets_dev.jsonl.gz").cases
    annotations = benchmark.knowledge.annotations
    phenotype = annotations.phenotype_mask()
    groups = list(benchmark.plan(cases, ["lpo"]).groups)
    random.Random(SEED).shuffle(groups)
    found: list[tuple[np.ndarray, list[Entry]]] = []
    for group in groups:
        entries = [entry for entry in group if "lpo" in entry.regimes]
        if not LEAST_CASES <= len(entries) <= MOST_CASES:
            continue
        rows = benchmark.dropped_rows(group[0].publication)
        kept = phenotype.copy()
        kept[rows] = False
        if not phenotype[rows].any() or not np.isin(annotations.disease[rows], annotations.disease[kept]).all():
            continue
        found.append((rows, entries))
        if sum(len(entries) for _, entries in found) >= COMPARED:
            break
    return found


def test_leaving_out_equals_building_without(data_dir: Path, tmp_path: Path) -> None:
    knowledge = Knowledge.load()
    benchmark = RareDisease.of("phenotype", knowledge, "translation-mixture")
    compared, moved = 0, 0
    for number, (rows, entries) in enumerate(chosen_groups(benchmark, data_dir)):
        less = benchmark.engine.without(rows.tolist())
        rebuilt = Engine(built_without(rows, knowledge, tmp_path / str(number)), universe="omim")
        names = [knowledge.diseases.ids[disease] for disease in less.profiles.candidates.tolist()]
        place = {
            rebuilt.knowledge.diseases.ids[disease]: position
            for position, disease in enumerate(rebuilt.profiles.candidates.tolist())
        }
        assert place.keys() == set(names)
        order = np.array([place[name] for name in names])
        for entry in entries:
            case = entry.case.blinded()
            patched = less.scores(less.patient(case))
            anew = rebuilt.scores(rebuilt.patient(case))[order]
            np.testing.assert_allclose(patched, anew, rtol=0, atol=TOLERANCE)
            assert expected_rank(patched, entry.targets.exact) == expected_rank(anew, entry.targets.exact)
            whole = benchmark.engine.scores(benchmark.engine.patient(case))
            moved += not np.allclose(patched, whole, atol=TOLERANCE)
            compared += 1
    assert compared >= COMPARED
    assert moved == compared, "a publication made no difference, so that the comparison shows nothing"
