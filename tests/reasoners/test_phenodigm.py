"""PhenoDigm against values computed by hand on the toy knowledge base."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from toy import check_promises, check_without, toy_knowledge, toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.phenodigm import PhenoDigm
from workup.reasoners.phenotype.profiles import Profiles


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return toy_knowledge(tmp_path_factory.mktemp("toy"))


def test_one_finding(knowledge: Knowledge) -> None:
    score = PhenoDigm(Profiles(knowledge, "omim")).score(toy_query(knowledge, "A11"))
    # A11 has 5 ancestors (with itself), X 7, 4 of them common; A2 has 4, 3 of them common: both Jaccard 1/2.
    # The B1 of OMIM:1 has only the roots in common, so it does not count; nor has OMIM:4 a match.
    own = sqrt(log(4))
    np.testing.assert_allclose(score, [1, sqrt(log(4 / 3) / 2) / own, sqrt(log(2) / 2) / own, 0], atol=1e-12)


def test_best_pair_and_mean_are_averaged(knowledge: Knowledge) -> None:
    query = toy_query(knowledge, "A11 B1")
    score = PhenoDigm(Profiles(knowledge, "omim")).score(query)
    assert score[0] == pytest.approx(1)
    # OMIM:3 has X alone. B1 has 4 ancestors, all of them X's: Jaccard 4/7.
    with_a11, with_b1 = sqrt(log(2) / 2), sqrt(log(2) * 4 / 7)
    best, mean = with_b1, (with_a11 + with_b1 + with_b1) / 3
    best_possible, best_mean = sqrt(log(4)), (sqrt(log(4)) + sqrt(log(2))) / 2
    assert score[2] == pytest.approx((best / best_possible + mean / best_mean) / 2)
    parts = PhenoDigm(Profiles(knowledge, "omim")).explain(query, np.array([2])).present[:, 0]
    np.testing.assert_allclose(
        parts,
        [with_a11 / 3 / best_mean / 2, (2 * with_b1 / 3 / best_mean + with_b1 / best_possible) / 2],
        atol=1e-12,
    )


def test_a_finding_no_disease_has_still_counts_in_the_mean(knowledge: Knowledge) -> None:
    # C matches nothing; its information is that of a term one disease has.
    score = PhenoDigm(Profiles(knowledge, "omim")).score(toy_query(knowledge, "A11 C"))
    assert score[0] == pytest.approx((1 + 2 / 3) / 2)


def test_promises(knowledge: Knowledge) -> None:
    check_promises(PhenoDigm(Profiles(knowledge, "omim")), toy_query(knowledge, "X A2 B A11", "C"))


def test_without_rows_equals_never_having_had_them(knowledge: Knowledge) -> None:
    for rows in ([0], [1, 2], [4]):
        check_without(PhenoDigm, knowledge, np.array(rows), [toy_query(knowledge, "A11 X B2")])
