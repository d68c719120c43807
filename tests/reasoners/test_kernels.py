"""The compiled loops give bit for bit what numpy gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy import sparse

from workup.case import Case, Finding
from workup.io import read_cases
from workup.knowledge import Knowledge
from workup.reasoner import Context
from workup.reasoners.phenotype import (
    PhenotypeReasoner,
    answering,
    engine,
    exclusion,
    expected,
    explaining,
    leading,
    matching,
    mixture,
    normalise,
    rows,
)
from workup.reasoners.phenotype.compiled import kernels
from workup.reasoning import Reasoning

USERS = (answering, engine, exclusion, expected, explaining, leading, matching, mixture, normalise, rows)

pytestmark = pytest.mark.skipif(kernels is None, reason="the engine's loops were not compiled here")


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    with monkeypatch.context() as patch:
        yield patch


def reasoned(cases: list[Case], knowledge: Knowledge, **options: str) -> list[Reasoning]:
    """What a reasoner that has seen nothing yet says, times left out."""
    context = Context(knowledge=knowledge, limit=50, options=options)
    one = PhenotypeReasoner()
    alone = [one.reason(case, context) for case in cases]
    together = PhenotypeReasoner().reason_batch(cases, context)
    return [msgspec.structs.replace(found, usage=None) for found in (*alone, *together)]


def compare(cases: list[Case], patch: pytest.MonkeyPatch, **options: str) -> None:
    knowledge = Knowledge.load()
    compiled = reasoned(cases, knowledge, **options)
    for module in USERS:
        for name in {"kernels", "making"} & vars(module).keys():
            patch.setattr(module, name, None)
    # A knowledge base of its own, so that nothing is remembered of the compiled run.
    assert reasoned(cases, Knowledge.load(), **options) == compiled


def test_every_user_of_the_kernels_is_compared() -> None:
    folder = Path(matching.__file__).parent
    using = {
        path.stem for path in folder.glob("*.py") if "phenotype.compiled import" in path.read_text(encoding="utf-8")
    }
    assert using == {module.__name__.rpartition(".")[2] for module in USERS}


@pytest.mark.parametrize("universe", ["all", "omim"])
def test_few_many_and_only_excluded_findings(by_numpy: pytest.MonkeyPatch, universe: str) -> None:
    ontology = Knowledge.load().ontology
    usable = [ontology.id(term) for term in range(len(ontology)) if ontology.is_finding(term)]
    cases = [
        Case(id="one", findings=(Finding("HP:0001166"),)),
        Case(id="excluded", findings=(Finding("HP:0001250", status="excluded"), Finding("HP:0001166"))),
        Case(id="only excluded", findings=(Finding("HP:0001250", status="excluded"),)),
        # More findings than a word has bits.
        Case(id="many", findings=tuple(Finding(term) for term in usable[:: len(usable) // 150])),
    ]
    compare(cases, by_numpy, universe=universe)


@pytest.mark.real
def test_real_patients(by_numpy: pytest.MonkeyPatch, data_dir: Path) -> None:
    cases = read_cases(str(data_dir / "phenopackets" / "phenopackets_dev.jsonl.gz")).cases[::250]
    compare([case.blinded() for case in cases], by_numpy)


@pytest.mark.parametrize("number", [1, 2, 3, 7, 100])
def test_the_largest_but_some(number: int) -> None:
    assert kernels is not None
    random = np.random.default_rng(number)
    for values in (random.random(100), np.round(random.random(100), 1), np.zeros(100), np.arange(100.0)):
        assert kernels.largest(values, number) == np.sort(values)[-number]


@pytest.mark.parametrize("limit", [1, 3, 50, 99, 100, 200])
def test_leading_candidates(limit: int, by_numpy: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(limit)
    sets = [random.normal(size=100), np.round(random.normal(size=100), 1), np.zeros(100)]
    # What differs in the tenth digit is equal.
    sets.append(np.round(random.normal(size=100), 1) + 4e-10 * random.random(100))
    compiled = [leading.best(scores, limit) for scores in sets]
    by_numpy.setattr(leading, "kernels", None)
    for scores, found in zip(sets, compiled, strict=True):
        np.testing.assert_array_equal(found, leading.best(scores, limit))
        np.testing.assert_array_equal(found, np.argsort(-np.round(scores, 9), kind="stable")[:limit])


def test_the_heaviest_group() -> None:
    assert kernels is not None
    weights, itself = np.array([0.1, 0.2, 0.3, 0.2]), np.zeros(0, dtype=np.int64)
    assert kernels.heaviest(weights, itself, np.array([1, 2, 1, 2]), 3) == (1, 0.4)
    # A candidate may belong to several groups, or to none.
    assert kernels.heaviest(weights, np.array([1, 2, 2]), np.array([0, 0, 1]), 2) == (0, 0.5)


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("width", range(1, 11))
def test_company_of_any_number_of_findings(width: int, wide: bool) -> None:
    assert kernels is not None
    random = np.random.default_rng(width)
    own = sparse.csr_array(random.random((40, 30)) * (random.random((40, 30)) < 0.2))
    direct = random.random((width, 40)) * (random.random((width, 40)) < 0.7)
    scale = random.random(30)
    company = own @ ((own.T @ direct.T) * scale[:, None])
    profiles = own.indptr.astype(np.int32), own.indices.astype(np.uint16), own.data
    found = kernels.company(direct, *profiles, scale, 0.25, wide)
    assert found.dtype == np.float32
    assert np.array_equal(found, (direct + 0.25 + company.T).astype(np.float32))
