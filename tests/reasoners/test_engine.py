"""Adding up and turning into probabilities."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from richer_toy import RICH_TERMS

from workup.case import Case, Finding, Sex
from workup.knowledge import Knowledge
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype.engine import Engine, Patient
from workup.reasoners.phenotype.normalise import Normalised
from workup.reasoners.phenotype.parameters import PARAMETERS, GeneParameters, Parameters
from workup.reasoners.phenotype.scoring import SCORES, Query

PLAIN = Parameters(temperature=0.5, excluded=0.1)


def case(
    present: str = "", excluded: str = "", *, sex: Sex = "unknown", age: str | None = None, genes: tuple[str, ...] = ()
) -> Case:
    return Case(
        id="p",
        findings=tuple(
            Finding(identifier(RICH_TERMS[name][0]), status=status)  # type: ignore[arg-type]
            for status, names in (("present", present), ("excluded", excluded))
            for name in names.split()
        ),
        sex=sex,
        age=age,
        candidate_genes=genes,
    )


def test_score_is_temperature_times_findings(toy: Knowledge) -> None:
    engine = Engine(toy, parameters=PLAIN)
    patient = engine.patient(case("A11 B"))
    np.testing.assert_allclose(engine.scores(patient), 0.5 * engine.score.score(patient.query))


def test_excluded_finding_by_hand(toy: Knowledge) -> None:
    engine = Engine(toy, parameters=PLAIN)
    patient = engine.patient(case("", "A"))
    # At or below A: A11 0.875, A2 0.75, X 0.75, nothing; 0.59375 on average.
    expected = [0.5 * 0.1 * log((1 - f) / (1 - 0.59375)) for f in (0.875, 0.75, 0.75, 0.0)]
    np.testing.assert_allclose(engine.scores(patient), expected)


def test_certain_finding_excluded_is_not_impossible(toy: Knowledge) -> None:
    engine = Engine(toy, parameters=PLAIN)
    for term in range(len(toy.ontology)):
        assert np.isfinite(engine.excluded_row(term)).all()


def test_extras_by_hand(rich: Knowledge) -> None:
    # What concerns genes given by the user is not scaled.
    genes = GeneParameters(listed=0.8, other_cause=0.1, coding_genes=4, least_share=0.25)
    parameters = Parameters(temperature=0.5, no_gene=-4.0, recessive_x_female=-3.0, genes=genes)
    engine = Engine(rich, parameters=parameters)
    alone = engine.scores(engine.patient(case("A11")))
    base = 0.5 * engine.score.score(engine.patient(case("A11")).query)
    np.testing.assert_allclose((alone - base)[:4], [0, -2, -2, 0], atol=1e-9)
    girl = engine.scores(engine.patient(case("A11", sex="female")))
    np.testing.assert_allclose((girl - alone)[:4], [0, -1.5, 0, 0], atol=1e-9)
    boy = engine.scores(engine.patient(case("A11", sex="male")))
    np.testing.assert_array_equal(boy, alone)
    panel = engine.scores(engine.patient(case("A11", genes=("GENE1",))))
    # One of two genes: on the list by chance in 1/2; 0.8 / 0.5 there, and neutral where no gene is known.
    hit = log(0.9 * 0.8 / 0.5 + 0.1)
    np.testing.assert_allclose((panel - alone)[:4], [hit, 0, 0, hit], atol=1e-9)
    miss = log(0.9 * 0.2 / 0.5 + 0.1)
    np.testing.assert_allclose((panel - alone)[4:14], [miss] * 10, atol=1e-9)


def test_more_findings_count_less_each(toy: Knowledge) -> None:
    parameters = Parameters(temperature=0.4, dependence=0.5)
    assert parameters.scale(6) == pytest.approx(0.4)
    assert parameters.scale(24) == pytest.approx(0.2)
    assert parameters.scale(0) == parameters.scale(1) == pytest.approx(0.4 * 6**0.5)
    # Never less than with forty.
    assert parameters.scale(500) == parameters.scale(40)
    engine = Engine(toy, parameters=parameters)
    patient = engine.patient(case("A11 B"))
    np.testing.assert_allclose(engine.scores(patient), 0.4 * 3**0.5 * engine.score.score(patient.query))


def test_posterior_by_hand(toy: Knowledge) -> None:
    parameters = Parameters(temperature=0.5, unknown_intercept=-1.0, unknown_slope=-0.25)
    engine = Engine(toy, parameters=parameters)
    patient = Patient(case(), Normalised(Query(present=(1, 2)), (), ()))
    posterior, unknown = engine.posterior(patient, np.array([0.0, log(2), log(3), log(4)]))
    # Two findings, which the best disease explains by ln 4 together; in units of the score, twice that.
    assert unknown == pytest.approx(1 / (1 + exp(1.0 + 0.25 * log(4))))
    np.testing.assert_allclose(posterior, (1 - unknown) * np.array([0.1, 0.2, 0.3, 0.4]))


@settings(max_examples=60)
@given(st.lists(st.floats(-100, 100), min_size=4, max_size=4))
def test_probabilities_sum_to_one(toy: Knowledge, scores: list[float]) -> None:
    engine = Engine(toy)
    posterior, unknown = engine.posterior(engine.patient(case("A")), np.array(scores))
    assert posterior.sum() + unknown == pytest.approx(1.0)
    assert (posterior >= 0).all()
    assert 0 <= unknown <= 1


@pytest.mark.parametrize("score", SCORES)
def test_contributions_sum_to_the_score(rich: Knowledge, score: str) -> None:
    engine = Engine(rich, score=score)
    patient = engine.patient(case("A11 X C", "B2", sex="female", age="P3Y", genes=("GENE1",)))
    everyone = np.arange(len(engine.profiles.candidates))
    total = engine.explain(patient, everyone).total()
    for extra in engine.extras(patient):
        total = total + extra.weights()
    np.testing.assert_allclose(total, engine.scores(patient), rtol=0, atol=1e-6)


def test_without_rows(rich: Knowledge) -> None:
    engine = Engine(rich)
    assert engine.without([]) is engine
    patient = engine.patient(case("A11"))
    # The first row is OMIM:1's A11.
    assert engine.without([0]).scores(patient)[0] < engine.scores(patient)[0]


def test_every_score_has_parameters() -> None:
    assert set(PARAMETERS) == set(SCORES)
    for parameters in PARAMETERS.values():
        assert parameters.temperature > 0
        # What papers report as excluded tends to be a feature: never a negative or a large weight.
        assert 0 <= parameters.excluded <= 0.15


def test_batch_equals_one_by_one(rich: Knowledge) -> None:
    engine = Engine(rich)
    patients = [engine.patient(case(names)) for names in ("A11", "", "X B", "C A2 B2")]
    whole = engine.scores_batch(patients)
    for row, patient in zip(whole, patients, strict=True):
        np.testing.assert_allclose(row, engine.scores(patient), rtol=0, atol=1e-9)


def test_onset_only_of_used_words(rich: Knowledge) -> None:
    engine = Engine(rich)
    kinds = [extra.kind for extra in engine.extras(engine.patient(case("A", age="P3Y", sex="female")))]
    assert kinds == ["prior", "demographic", "demographic"]
    assert [extra.kind for extra in engine.extras(engine.patient(case("A")))] == ["prior"]
