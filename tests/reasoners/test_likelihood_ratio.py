"""Likelihood ratios against values computed by hand on the toy knowledge base."""

from __future__ import annotations

import numpy as np
import pytest
from toy import check_promises, check_without, toy_knowledge, toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.likelihood_ratio import LikelihoodRatio, background
from workup.reasoners.phenotype.profiles import Profiles


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return toy_knowledge(tmp_path_factory.mktemp("toy"))


@pytest.fixture
def profiles(knowledge: Knowledge) -> Profiles:
    # Says which rows the profiles rest on, from which the findings stated as absent are read.
    profiles = Profiles(knowledge, "omim")
    profiles.kept_rows = knowledge.annotations.phenotype_mask()  # type: ignore[attr-defined]
    return profiles


def test_background_is_the_mean_of_the_highest_frequency_below(profiles: Profiles) -> None:
    terms = toy_query(profiles.knowledge, "A A1 A11 A2 B B1 X B2").present
    expected = [2.375 / 4, 1.625 / 4, 0.875 / 4, 0.75 / 4, 2 / 4, 1.125 / 4, 0.75 / 4, 1e-4]
    np.testing.assert_allclose(background(profiles)[list(terms)], expected, rtol=1e-12)


def test_exact_common_ancestor_and_nothing(profiles: Profiles) -> None:
    score = LikelihoodRatio(profiles).score(toy_query(profiles.knowledge, "A11"))
    # OMIM:1 has A11; OMIM:2 shares A, OMIM:3 shares A1; OMIM:4 nothing below the root.
    expected = [0.875 / (0.875 / 4), 0.75 / (2.375 / 4), 0.75 / (1.625 / 4), 0.01]
    np.testing.assert_allclose(np.exp(score), expected, rtol=1e-12)


def test_narrower_direct_parent_and_stated_absent(profiles: Profiles) -> None:
    score = LikelihoodRatio(profiles).score(toy_query(profiles.knowledge, "B1"))
    # OMIM:3 has X below B1; OMIM:4 has the parent B, which has two children; OMIM:2 is said not to have B.
    expected = [0.375 / (1.125 / 4), 0.001, 0.75 / (1.125 / 4), 0.875 / 2 / (1.125 / 4)]
    np.testing.assert_allclose(np.exp(score), expected, rtol=1e-12)


def test_unused_term_has_the_lowest_background(profiles: Profiles) -> None:
    score = LikelihoodRatio(profiles).score(toy_query(profiles.knowledge, "B2"))
    assert np.exp(score[3]) == pytest.approx(0.875 / 2 / 1e-4)


def test_excluded_findings_weigh_a_tenth_unless_asked(profiles: Profiles) -> None:
    query = toy_query(profiles.knowledge, excluded="B1")
    # OMIM:2 is annotated as not having B, hence not B1.
    full = np.log(np.array([0.625, 1, 0.25, 1]) / (1 - 1.125 / 4))
    np.testing.assert_allclose(LikelihoodRatio(profiles).score(query), 0.1 * full, atol=1e-12)
    half = LikelihoodRatio(profiles, excluded_weight=0.5).score(query)
    np.testing.assert_allclose(half, 0.5 * full, atol=1e-12)
    lirical = LikelihoodRatio(profiles, excluded="lirical").score(query)
    np.testing.assert_allclose(lirical, [full[0], np.log(1000), full[2], full[3]], atol=1e-12)


def test_bad_options_are_refused(profiles: Profiles) -> None:
    with pytest.raises(ValueError, match="excluded_weight"):
        LikelihoodRatio(profiles, excluded_weight=-0.1)
    with pytest.raises(ValueError, match="lirical"):
        LikelihoodRatio(profiles, excluded="some")  # type: ignore[arg-type]


def test_promises(profiles: Profiles) -> None:
    query = toy_query(profiles.knowledge, "X A2 B A11", "C B2")
    check_promises(LikelihoodRatio(profiles), query)
    check_promises(LikelihoodRatio(profiles, excluded="lirical"), query)


def test_without_rows_equals_never_having_had_them(knowledge: Knowledge) -> None:
    queries = [toy_query(knowledge, "A11 X B2", "B1"), toy_query(knowledge, "B", "A2 A")]
    for rows in ([0], [1, 2], [3], [4]):
        check_without(LikelihoodRatio, knowledge, np.array(rows), queries)
