"""Batches give what single cases give; profiles without rows give what a knowledge base without them gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from toy import TERMS, toy_knowledge

from workup.case import Case, Finding
from workup.knowledge.hpo import identifier
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.exclusion import shown
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles, Universe
from workup.reasoners.phenotype.scoring import SCORES, Query


def case(present: list[str], excluded: tuple[str, ...] = (), **more: Any) -> Case:
    """A case of toy terms."""
    findings = [Finding(identifier(TERMS[name][0])) for name in present]
    findings += [Finding(identifier(TERMS[name][0]), status="excluded") for name in excluded]
    return Case(id="p", findings=tuple(findings), **more)


CASES = [
    case(["A11", "B1"], ("A2",), sex="female", age="P3Y"),
    case(["X"], ("C", "B2"), sex="male"),
    case([]),
    case(["A2", "B", "C"], age="P30Y"),
    case(["X"], ("A",), sex="female"),
]
QUERIES = [Query((2, 3), (4,)), Query((5,), ()), Query(), Query((5, 3, 4, 7), (2,))]


@pytest.mark.parametrize("score", SCORES)
def test_scores_batch_equals_scores(tmp_path: Path, score: str) -> None:
    engine = Engine(toy_knowledge(tmp_path), score=score)
    patients = [engine.patient(one) for one in CASES]
    batch = engine.scores_batch(patients)
    assert batch.shape == (len(CASES), len(engine.profiles.candidates))
    for row, patient in zip(batch, patients, strict=True):
        np.testing.assert_allclose(row, engine.scores(patient), atol=1e-9)


def test_reason_batch_equals_reason(tmp_path: Path) -> None:
    ctx = Context(knowledge=toy_knowledge(tmp_path), limit=3)
    reasoner = PhenotypeReasoner()

    together = reasoner.reason_batch(CASES, ctx)
    alone = [PhenotypeReasoner().reason(one, ctx) for one in CASES]
    usage = alone[0].usage
    assert [msgspec.structs.replace(r, usage=usage) for r in together] == [
        msgspec.structs.replace(r, usage=usage) for r in alone
    ]
    assert reasoner.reason_batch([], ctx) == []


def test_contributions_add_up_exactly(tmp_path: Path) -> None:
    ctx = Context(knowledge=toy_knowledge(tmp_path))
    for reasoning in PhenotypeReasoner().reason_batch(CASES, ctx):
        for hypothesis in reasoning.differential:
            total = sum(step.weight for step in hypothesis.contributions)
            assert total == pytest.approx(hypothesis.score, abs=1e-12)


def test_stored_rows_equal_rows_computed_afresh(tmp_path: Path) -> None:
    knowledge = toy_knowledge(tmp_path)
    stored = TranslationMixture(Profiles(knowledge))
    rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
    fresh = TranslationMixture(Profiles.from_rows(knowledge, rows))
    for term in range(len(knowledge.ontology)):
        np.testing.assert_allclose(stored.row(term), fresh.row(term), atol=2e-6)


@pytest.mark.parametrize("dropped", [[0], [1, 2], [0, 1], [4, 5]])
@pytest.mark.parametrize("universe", ["omim", "all"])
def test_without_equals_profiles_of_the_remaining_rows(tmp_path: Path, dropped: list[int], universe: Universe) -> None:
    knowledge = toy_knowledge(tmp_path)
    less = Profiles(knowledge, universe).without(dropped)
    rows = np.setdiff1d(np.flatnonzero(knowledge.annotations.phenotype_mask()), dropped)
    anew = Profiles.from_rows(knowledge, rows, universe)
    patched, whole = TranslationMixture(less), TranslationMixture(anew)
    np.testing.assert_allclose(patched.score_batch(QUERIES), whole.score_batch(QUERIES), atol=1e-9)
    np.testing.assert_allclose(patched.exact.toarray(), whole.exact.toarray(), atol=1e-7)
    np.testing.assert_allclose(patched.blur.toarray(), whole.blur.toarray(), atol=1e-7)
    for term in range(len(knowledge.ontology)):
        some, all_of_them = shown(less, term), shown(anew, term)
        assert some.positions.tolist() == all_of_them.positions.tolist()
        np.testing.assert_allclose(some.frequency, all_of_them.frequency)


def test_without_twice_equals_without_both(tmp_path: Path) -> None:
    profiles = Profiles(toy_knowledge(tmp_path))
    twice = TranslationMixture(profiles.without([1]).without([4]))
    once = TranslationMixture(profiles.without([1, 4]))
    np.testing.assert_allclose(twice.score_batch(QUERIES), once.score_batch(QUERIES), atol=1e-9)


def test_the_cache_of_rows_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workup.reasoners.phenotype.mixture._CACHED_TERMS", 2)
    rows = np.flatnonzero((knowledge := toy_knowledge(tmp_path)).annotations.phenotype_mask())
    mixture = TranslationMixture(Profiles.from_rows(knowledge, rows))
    first = [row.copy() for row in mixture.rows(range(2, 8))]
    assert len(mixture._rows) == 2
    np.testing.assert_array_equal(first, [mixture.row(term) for term in range(2, 8)])
