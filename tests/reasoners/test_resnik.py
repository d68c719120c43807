"""Resnik scores against values computed by hand on the toy knowledge base."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest
from toy import check_promises, check_without, toy_knowledge, toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.resnik import Resnik, ResnikSymmetric, random_query_p_values
from workup.reasoners.phenotype.scoring import Score, score_class

IC_A, IC_A1, IC_A11 = log(4 / 3), log(2), log(4)


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder: Path = tmp_path_factory.mktemp("toy")
    return toy_knowledge(folder)


def test_one_sided_is_the_mean_of_the_best_common_ancestors(knowledge: Knowledge) -> None:
    score = Resnik(Profiles(knowledge, "omim")).score(toy_query(knowledge, "A11 A2"))
    expected = [(IC_A11 + IC_A) / 2, (IC_A + IC_A11) / 2, (IC_A1 + IC_A) / 2, 0]
    np.testing.assert_allclose(score, expected, atol=1e-12)


def test_each_finding_contributes_its_own_share(knowledge: Knowledge) -> None:
    explanation = Resnik(Profiles(knowledge, "omim")).explain(toy_query(knowledge, "A2 A11"), np.array([2, 0]))
    np.testing.assert_allclose(explanation.present, [[IC_A / 2, IC_A / 2], [IC_A1 / 2, IC_A11 / 2]], atol=1e-12)


def test_symmetric_counts_what_the_patient_lacks(knowledge: Knowledge) -> None:
    score = ResnikSymmetric(Profiles(knowledge, "omim")).score(toy_query(knowledge, "A11"))
    # OMIM:1 is also annotated with B1, which shares nothing with A11: its side is IC(A11) / 2.
    np.testing.assert_allclose(score, [0.75 * IC_A11, IC_A, IC_A1, 0], atol=1e-12)


def test_symmetric_takes_the_better_finding_for_each_disease_term(knowledge: Knowledge) -> None:
    profiles = Profiles(knowledge, "omim")
    query = toy_query(knowledge, "A11 B1")
    # OMIM:3 has X alone, whose ancestors A1 and B1 have equal information; the first finding is credited.
    score = ResnikSymmetric(profiles).score(query)
    assert score[2] == pytest.approx((IC_A1 + IC_A1) / 2)
    parts = ResnikSymmetric(profiles).explain(query, np.array([2])).present[:, 0]
    np.testing.assert_allclose(parts, [IC_A1 / 4 + IC_A1 / 2, IC_A1 / 4], atol=1e-12)


def test_p_values_are_the_share_of_random_queries_that_reach_the_score(knowledge: Knowledge) -> None:
    score = Resnik(Profiles(knowledge, "omim"))
    query = toy_query(knowledge, "A11")
    p_values = random_query_p_values(score, query, samples=2000, seed=1)
    # Of the 9 terms below P, one (A11) reaches ln 4 in OMIM:1; three (A11, A1, X) reach ln 2 in OMIM:3,
    # and B1 does through X; all reach 0 in OMIM:4. Three standard errors are 0.03.
    np.testing.assert_allclose(p_values[[0, 2]], [1 / 9, 4 / 9], atol=0.035)
    assert p_values[3] == 1.0
    assert np.array_equal(p_values, random_query_p_values(score, query, samples=2000, seed=1))
    assert not np.array_equal(p_values, random_query_p_values(score, query, samples=2000, seed=2))


@pytest.mark.parametrize("score", [Resnik, ResnikSymmetric])
def test_promises(knowledge: Knowledge, score: type[Score]) -> None:
    check_promises(score(Profiles(knowledge, "omim")), toy_query(knowledge, "X A2 B A11", "C"))
    assert score_class(score.name) is score


@pytest.mark.parametrize("score", [Resnik, ResnikSymmetric])
def test_without_rows_equals_never_having_had_them(knowledge: Knowledge, score: type[Score]) -> None:
    # Row 4 is all that OMIM:3 has: nothing is left of it.
    for rows in ([0], [1, 2], [4]):
        check_without(score, knowledge, np.array(rows), [toy_query(knowledge, "A11 X B2")])
