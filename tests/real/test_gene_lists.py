"""Gene lists on real patients: the right list helps, a wrong one does bounded harm, just as in the reasoner."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import numpy as np
import pytest

from workup.case import Case
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.systems.measurements import candidate_genes, phenotype_engine
from workup.systems.measurements.candidate_genes import HARM, LISTS, lists_of, rank_lists

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def patients(data_dir: Path) -> list[Case]:
    return candidate_genes._cases(data_dir)


def test_enough_patients_have_a_known_gene(patients: list[Case]) -> None:
    assert len(patients) > 3000


def test_the_lists(patients: list[Case]) -> None:
    genes = sorted(phenotype_engine.knowledge().diseases.gene_names)
    found = dict(lists_of(patients[0], genes, (*LISTS, HARM)))
    reference = patients[0].reference
    assert reference is not None
    assert {name: len(chosen) for name, chosen in found.items()} == {
        "list-1": 1,
        "list-10": 10,
        "list-51": 51,
        "list-200": 200,
        HARM: 51,
    }
    assert all(len(set(chosen)) == len(chosen) for chosen in found.values())
    assert all((min(reference.genes) in chosen) == (name != HARM) for name, chosen in found.items())
    assert found == dict(lists_of(patients[0], genes, (*LISTS, HARM)))


def test_ranks_are_those_of_the_reasoner(patients: list[Case]) -> None:
    """The measurement adds the weights itself; the reasoner must give the same ranks."""
    benchmark = candidate_genes._benchmark()
    chosen = random.Random(1).sample(patients, 12)
    ranked = list(rank_lists(benchmark, chosen, ("list-51",)))
    genes = sorted(benchmark.knowledge.diseases.gene_names)
    context = Context(knowledge=benchmark.knowledge, limit=9000, options={"universe": "omim"})
    compared = 0
    for group in benchmark.plan(chosen, ["full"]).groups:
        for entry in group:
            if not entry.targets.in_kb:
                continue
            listed = dict(lists_of(entry.case, genes, ("list-51",)))["list-51"]
            case = msgspec.structs.replace(entry.case.blinded(), candidate_genes=listed)
            result = PhenotypeReasoner().engine(context)
            scores = result.scores(result.patient(case))
            assert candidate_genes.expected_rank(scores, entry.targets.exact) == ranked[compared].ranks["list-51"]
            compared += 1
    assert compared == len(ranked) >= 6


def test_the_right_gene_never_hurts_and_the_wrong_ones_never_help(patients: list[Case]) -> None:
    chosen = random.Random(2).sample(patients, 60)
    ranked = list(rank_lists(candidate_genes._benchmark(), chosen, ("list-1", "list-51", HARM)))
    without = np.array([item.ranks["none"] for item in ranked])
    assert np.mean([item.ranks["list-51"] for item in ranked] <= without) > 0.9
    assert (np.array([item.ranks["list-1"] for item in ranked]) <= without).mean() > 0.95
    harmed = np.array([item.ranks[HARM] for item in ranked])
    assert (harmed >= without).mean() > 0.95
    # Every disease of a gene on the list can pass the right one, and no other.
    assert np.median(harmed - without) < 200
