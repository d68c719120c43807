"""Phrank against values computed by hand on the toy knowledge base."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from toy import check_promises, check_without, toy_knowledge, toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.phrank import Phrank, conditional_information, parents_count
from workup.reasoners.phenotype.profiles import Profiles


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return toy_knowledge(tmp_path_factory.mktemp("toy"))


def test_information_is_what_the_parents_do_not_tell(knowledge: Knowledge) -> None:
    information = conditional_information(Profiles(knowledge, "omim"))
    terms = toy_query(knowledge, "All P A A1 A2 A11 B B1 B2 X C").present
    expected = [0, 0, log2(4 / 3), log2(3 / 2), log2(3), 1, log2(4 / 3), log2(3 / 2), 0, 1, 0]
    np.testing.assert_allclose(information[list(terms)], expected, atol=1e-12)


def test_a_term_with_two_parents_is_compared_with_diseases_that_have_both(knowledge: Knowledge) -> None:
    count = parents_count(Profiles(knowledge, "omim"))
    (both,) = toy_query(knowledge, "X").present
    # OMIM:1 has A1 and B1 from two annotations, OMIM:3 from X itself.
    assert count[both] == 2


def test_score_sums_the_common_ancestors(knowledge: Knowledge) -> None:
    score = Phrank(Profiles(knowledge, "omim")).score(toy_query(knowledge, "X"))
    side = log2(4 / 3) + log2(3 / 2)
    np.testing.assert_allclose(score, [2 * side, log2(4 / 3), 2 * side + 1, log2(4 / 3)], atol=1e-12)


def test_findings_share_what_lies_above_both(knowledge: Knowledge) -> None:
    # In OMIM:3, A and A1 (together 1 bit) lie above both findings; B and B1 (1 bit) and X (1 bit) above X.
    explanation = Phrank(Profiles(knowledge, "omim")).explain(toy_query(knowledge, "X A11"), np.array([2]))
    np.testing.assert_allclose(explanation.present[:, 0], [2.5, 0.5], atol=1e-12)


def test_promises(knowledge: Knowledge) -> None:
    check_promises(Phrank(Profiles(knowledge, "omim")), toy_query(knowledge, "X A2 B A11", "C"))


def test_without_rows_equals_never_having_had_them(knowledge: Knowledge) -> None:
    for rows in ([0], [1, 2], [4]):
        check_without(Phrank, knowledge, np.array(rows), [toy_query(knowledge, "A11 X B2")])


def test_counts_without_rows_are_exact(knowledge: Knowledge) -> None:
    # Without the B1 of OMIM:1, only OMIM:3 has both parents of X.
    less = Profiles(knowledge, "omim").without([1])
    (both,) = toy_query(knowledge, "X").present
    assert parents_count(less)[both] == 1
    assert conditional_information(less)[both] == 0
