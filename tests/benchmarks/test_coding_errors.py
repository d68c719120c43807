"""Planted coding errors in a patient whose findings are known."""

from __future__ import annotations

import pytest

from workup.benchmarks.coding_errors import ERRORS, Error, plant, spotted, unexplained
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.case import Case, Finding, Reference
from workup.knowledge import Knowledge
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.reasoners.phenotype.engine import Engine

PRESENT = ("Arachnodactyly", "Tall stature", "Scoliosis", "Myopia", "Ectopia lentis", "Dural ectasia")


@pytest.fixture(scope="module")
def bench() -> RareDisease:
    return RareDisease(Engine(Knowledge.load(), universe="omim"))


@pytest.fixture(scope="module")
def entry(bench: RareDisease) -> Entry:
    findings = tuple(Finding(name) for name in PRESENT)
    case = Case(id="m", findings=findings, reference=Reference(diagnoses=("OMIM:154700",)), publication="PMID:1")
    ((found,),) = bench.plan([case], ["full"]).groups
    return found


@pytest.mark.parametrize("error", ERRORS)
def test_one_finding_is_replaced(bench: RareDisease, entry: Entry, error: Error) -> None:
    ontology = bench.knowledge.ontology
    made = plant(bench, entry.case, error, seed=0)
    assert made is not None
    changed, new, old = made
    assert len(changed.findings) == len(PRESENT)
    before = {ontology.id(ontology.resolve(name).terms[0]) for name in PRESENT}
    after = {finding.id for finding in changed.findings}
    assert before - after == {old}
    assert after - before == {new}
    first, second = ontology.index(old), ontology.index(new)
    assert first is not None
    assert second is not None
    parents = set(ontology.parents[first].tolist())
    if error == "parent":
        assert second in parents
    elif error == "sibling":
        assert parents & set(ontology.parents[second].tolist())
    else:
        assert ontology.system_label(first) != ontology.system_label(second)
    assert plant(bench, entry.case, error, seed=0) == made


def test_a_stranger_is_marked_and_what_fits_is_not(bench: RareDisease, entry: Entry) -> None:
    said = spotted(bench, entry, None, seed=0)
    assert said is not None
    assert not said.unexplained
    assert said.findings == len(PRESENT)
    case = Case(id="x", findings=(*(Finding(name) for name in PRESENT), Finding("Hepatic fibrosis")))
    assert unexplained(bench.engine, case) == {"HP:0001395"}
    assert unexplained(bench.engine, Case(id="e")) == set()


def test_marked_as_a_report_marks(bench: RareDisease) -> None:
    """The same findings as the steps of the reasoner, over the same candidates."""
    case = Case(id="x", findings=(*(Finding(name) for name in PRESENT), Finding("Hepatic fibrosis")))
    from workup.reasoner import Context

    reasoner = PhenotypeReasoner()
    steps = {step.finding for step in reasoner.reason(case, Context()).steps if step.kind == "unexplained"}
    assert unexplained(reasoner.engine(Context()), case) == steps
