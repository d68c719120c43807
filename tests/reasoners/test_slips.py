"""What may have been meant instead of a finding, by hand on the toy and on the pinned knowledge base."""

from __future__ import annotations

import numpy as np
import pytest
from toy import TERMS

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype import slips
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.misfits import misfits
from workup.reasoners.phenotype.slips import diseases_with, siblings, slip

MARFAN = ("Arachnodactyly", "Tall stature", "Aortic root aneurysm", "Pectus excavatum")


@pytest.fixture(scope="module")
def engine(real: Knowledge) -> Engine:
    return Engine(real)


def case_of(*names: str) -> Case:
    return Case(id="s", findings=tuple(Finding(name) for name in names))


@pytest.mark.parametrize("coded", ["Spontaneous lens capsule rupture", "Phakodonesis"])
def test_a_sibling_that_fits_is_suggested(engine: Engine, coded: str) -> None:
    case = case_of(*MARFAN, coded)
    (step,) = [step for step in misfits(engine, case) if "Did you mean" in step.claim]
    assert step.label == coded
    values = step.evidence[0].values
    assert values["term_label"] == "Ectopia lentis"
    assert "Did you mean Ectopia lentis (HP:0001083), a sibling of it" in step.claim
    # With it the leading disease has more.
    assert values["after"] > values["before"]
    # The order of the findings changes nothing.
    other = case_of(coded, *MARFAN[::-1])
    found, again = (slip(engine, engine.patient(one)) for one in (case, other))
    assert found is not None
    assert again is not None
    assert (found.term, found.meant) == (again.term, again.meant)
    assert found.worth == pytest.approx(again.worth)


@pytest.mark.parametrize("names", [(*MARFAN, "Ectopia lentis"), MARFAN, MARFAN[:2], ()])
def test_what_fits_is_left_alone(engine: Engine, names: tuple[str, ...]) -> None:
    assert slip(engine, engine.patient(case_of(*names))) is None


def test_what_was_excluded_is_not_suggested(engine: Engine) -> None:
    case = case_of(*MARFAN, "Phakodonesis")
    excluded = Case(id="s", findings=(*case.findings, Finding("Ectopia lentis", status="excluded")))
    found = slip(engine, engine.patient(excluded))
    assert found is None or engine.knowledge.ontology.label(found.meant) != "Ectopia lentis"


def test_siblings_are_annotated_and_no_kinds_of_each_other(engine: Engine) -> None:
    ontology = engine.knowledge.ontology
    (term,) = ontology.resolve("Ectopia lentis").terms
    near = siblings(engine, term)
    assert ontology.resolve("Cataract").terms[0] in near
    assert term not in near
    counts = diseases_with(engine.profiles)
    assert all(counts[one] for one in near)
    assert all(term not in ontology.ancestors(one) and one not in ontology.ancestors(term) for one in near)


def test_the_worth_of_a_slip_by_hand(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finding and its sibling, each expected as the mean of its ratio over the posterior of the others."""
    monkeypatch.setattr(slips, "_LEAST", -100.0)
    engine = Engine(toy)
    names = ("A1", "B", "C")
    patient = engine.patient(Case(id="h", findings=tuple(Finding(identifier(TERMS[name][0])) for name in names)))
    assert len(patient.query.present) == 3
    found = slip(engine, patient)
    assert found is not None
    place = patient.query.present.index(found.term)
    every = np.arange(len(engine.profiles.candidates))
    own = engine.explain(patient, every).present[place]
    others = np.exp(engine.scores(patient) - own)
    others /= others.sum()
    row = np.array(engine.score.rows([found.meant])[0], dtype=np.float64)  # type: ignore[attr-defined]
    expected = np.log((others * np.exp(own)).sum())
    rather = np.log((others * np.exp(engine.scale(patient) * row)).sum())
    assert found.expected == pytest.approx(expected)
    assert found.rather == pytest.approx(rather)
    n, m = (int(diseases_with(engine.profiles)[term]) for term in (found.term, found.meant))
    by_hand = rather - expected + 0.3 * np.log((m + 1) / (n + 1)) - 0.3 * expected
    assert found.worth == pytest.approx(by_hand)


def test_two_findings_are_too_few(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slips, "_LEAST", -100.0)
    engine = Engine(toy)
    case = Case(id="t", findings=tuple(Finding(identifier(TERMS[name][0])) for name in ("A1", "B")))
    assert slip(engine, engine.patient(case)) is None
