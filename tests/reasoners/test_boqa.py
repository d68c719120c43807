"""BOQA against values computed by hand and against the sum over all hidden states, on the toy knowledge."""

from __future__ import annotations

from itertools import product
from math import log

import numpy as np
import pytest
from toy import check_promises, check_without, toy_knowledge, toy_query

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.boqa import Boqa, on_probability
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Query

ALPHA, BETA = 0.01, 0.1


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return toy_knowledge(tmp_path_factory.mktemp("toy"))


def summed_over_states(profiles: Profiles, query: Query, candidate: int) -> float:
    """``ln P(query | disease)`` by the definition: every hidden state, every term of the phenotype branch."""
    ontology = profiles.knowledge.ontology
    observed = {int(a) for term in query.present for a in ontology.ancestors(term)}
    row = profiles.candidate_frequency[[candidate]].astype(np.float64)
    total = 0.0
    for state in product([False, True], repeat=len(row.indices)):
        probability = np.prod([f if on else 1 - f for on, f in zip(state, row.data, strict=True)])
        hidden = {int(a) for on, term in zip(state, row.indices, strict=True) if on for a in ontology.ancestors(term)}
        for term in range(len(ontology)):
            if observed & set(ontology.children[term].tolist()):
                continue
            if not set(ontology.parents[term].tolist()) <= observed:
                continue
            missed = (BETA if term in hidden else 1) * (1 - ALPHA)
            probability *= 1 - missed if term in observed else missed
        total += probability
    return log(total)


def test_a_disease_switches_on_ancestors(knowledge: Knowledge) -> None:
    on = on_probability(Profiles(knowledge, "omim")).toarray()
    terms = list(toy_query(knowledge, "A11 A B1 B P").present)
    both = 1 - (1 - 0.875) * (1 - 0.375)
    np.testing.assert_allclose(on[0, terms], [0.875, 0.875, 0.375, 0.375, both], atol=1e-12)


def test_reported_term_and_frontier(knowledge: Knowledge) -> None:
    score = Boqa(Profiles(knowledge, "omim"), alphas=[ALPHA], betas=[BETA]).score(toy_query(knowledge, "A11"))
    # Besides A11 itself, A2, B and C could have been observed; X could not, its parent B1 not being so.
    rightly = 3 * log(0.99)
    expected = [
        log(0.01 + 0.875 * 0.99 * 0.9) + rightly + log(1 - 0.375 * 0.9),
        log(0.01) + rightly + log(1 - 0.75 * 0.9),
        log(0.01) + rightly + log(1 - 0.75 * 0.9),
        log(0.01) + rightly + log(1 - 0.875 * 0.9),
    ]
    np.testing.assert_allclose(score, expected, atol=1e-12)


@pytest.mark.parametrize("present", ["A11", "A2", "B2 A2", "A11 B1", "X", "C"])
def test_equals_the_sum_over_all_states_where_terms_do_not_overlap(knowledge: Knowledge, present: str) -> None:
    profiles, query = Profiles(knowledge, "omim"), toy_query(knowledge, present)
    score = Boqa(profiles, alphas=[ALPHA], betas=[BETA]).score(query)
    # The only annotation of OMIM:3, X, may lie below two terms that count, e.g. the unobserved A1 and B.
    overlapping = present in {"A2", "B2 A2", "A11 B1", "C"}
    for candidate in [0, 1, 3] if overlapping else [0, 1, 2, 3]:
        exact = summed_over_states(profiles, query, candidate)
        assert score[candidate] == pytest.approx(exact, abs=1e-12)


def test_overlapping_terms_are_counted_twice(knowledge: Knowledge) -> None:
    # The known price of independence: A1 and B, both unobserved, are both charged for the X of OMIM:3.
    profiles, query = Profiles(knowledge, "omim"), toy_query(knowledge, "A2")
    score = Boqa(profiles, alphas=[ALPHA], betas=[BETA]).score(query)[2]
    assert score < summed_over_states(profiles, query, 2)
    assert score == pytest.approx(log(0.01) + 2 * log(0.99) + 2 * log(1 - 0.75 * 0.9) + log(0.99))


def test_rates_are_averaged_as_probabilities(knowledge: Knowledge) -> None:
    profiles, query = Profiles(knowledge, "omim"), toy_query(knowledge, "X A2")
    single = [
        np.exp(Boqa(profiles, alphas=[alpha], betas=[beta]).score(query))
        for alpha in (0.001, 0.01)
        for beta in (0.1, 0.5, 0.8)
    ]
    whole = Boqa(profiles, alphas=[0.001, 0.01], betas=[0.1, 0.5, 0.8]).score(query)
    np.testing.assert_allclose(whole, np.log(np.mean(single, axis=0)), atol=1e-12)


def test_an_implied_finding_contributes_nothing(knowledge: Knowledge) -> None:
    score = Boqa(Profiles(knowledge, "omim"))
    query = toy_query(knowledge, "A1 A11")
    np.testing.assert_allclose(score.score(query), score.score(toy_query(knowledge, "A11")), atol=1e-12)
    explanation = score.explain(query, np.array([0, 3]))
    np.testing.assert_array_equal(explanation.present[0], [0, 0])
    # A11 speaks for OMIM:1, the B that was not reported against OMIM:4.
    assert explanation.present[1, 0] > explanation.present[1, 1]
    assert explanation.joint[0] > explanation.joint[1]


def test_bad_rates_are_refused(knowledge: Knowledge) -> None:
    for rates in ({"alphas": [0.0]}, {"betas": [1.0]}, {"alphas": []}):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Boqa(Profiles(knowledge, "omim"), **rates)


def test_promises(knowledge: Knowledge) -> None:
    check_promises(Boqa(Profiles(knowledge, "omim")), toy_query(knowledge, "X A2 B A11", "C"))


def test_without_rows_equals_never_having_had_them(knowledge: Knowledge) -> None:
    for rows in ([0], [1, 2], [4]):
        check_without(Boqa, knowledge, np.array(rows), [toy_query(knowledge, "A11 X B2")])
