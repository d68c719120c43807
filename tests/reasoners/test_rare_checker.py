"""The rule checker on the toy knowledge base, by hand."""

from __future__ import annotations

import pytest
from toy import TERMS

from workup.case import Case, Finding, Status
from workup.knowledge import Knowledge
from workup.knowledge.hpo import identifier
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.rare.checker import judge
from workup.reasoners.rare.servers import Search, Servers


def search(toy: Knowledge, present: str, excluded: str = "") -> Search:
    def findings(names: str, status: Status) -> list[Finding]:
        return [Finding(identifier(TERMS[name][0]), status=status) for name in names.split()]

    case = Case(id="blinded", findings=(*findings(present, "present"), *findings(excluded, "excluded")))
    servers = Servers(toy, universe="all", second="phrank", bank=None)
    return Search(servers, case, EvidenceStore())


def test_coverage_counts_findings_that_are_described_or_more_specific(toy: Knowledge) -> None:
    """OMIM:1 has A11 (below A1 and A) and B1 (below B); OMIM:2 has A2 alone."""
    patient = search(toy, "A1 B C", excluded="A2")
    first, second = judge(patient, ["OMIM:1", "OMIM:2"])
    assert (first.covered, second.covered) == (pytest.approx(2 / 3), 0.0)
    assert (first.correct, second.correct) == (True, False)
    # (3 + 0.5) / (3 + 1) and (1 + 0.5) / (3 + 1), the more frequent one first.
    assert first.why.startswith("2 of 3 findings are described in it (A1 in 88%, B in 38%)")
    assert "absent in the patient" not in first.why


def test_an_excluded_finding_is_told_and_does_not_decide(toy: Knowledge) -> None:
    (found,) = judge(search(toy, "B", excluded="A"), ["OMIM:1"])
    assert found.correct
    assert "usual in it and absent in the patient: A (88%)" in found.why


def test_a_disease_that_is_not_known_is_not_confirmed(toy: Knowledge) -> None:
    known, unknown = judge(search(toy, "A"), ["OMIM:2", "OMIM:77"])
    assert known.correct
    assert (unknown.correct, unknown.covered) == (False, 0.0)
    assert judge(search(toy, "A"), []) == []


def test_sex_speaks_against_an_x_linked_recessive_disease(real: Knowledge) -> None:
    """Duchenne muscular dystrophy, with two of its findings."""
    servers = Servers(real, universe="all", second="phrank", bank=None)
    findings = (Finding("HP:0003236"), Finding("HP:0001644"))
    for sex, correct in (("male", True), ("female", False)):
        case = Case(id="blinded", findings=findings, sex=sex)  # type: ignore[arg-type]
        (found,) = judge(Search(servers, case, EvidenceStore()), ["OMIM:310200"])
        assert found.correct is correct, found.why
    assert "X-linked recessive inheritance in a female patient" in found.why


def test_the_least_share_is_an_argument(toy: Knowledge) -> None:
    patient = search(toy, "A1 B C")
    assert [judge(patient, ["OMIM:1"], least)[0].correct for least in (0.5, 0.7)] == [True, False]


def test_what_is_known_of_a_disease_cites_its_rows(toy: Knowledge) -> None:
    patient = search(toy, "A")
    (name,) = patient.knowledge_of("OMIM:1", 1)
    text = patient.store.text(name)
    assert "2 findings are described" in text
    assert "A11, 3/3, PMID:1" in text
    assert "B1, 1/3, PMID:2" in text
    assert patient.knowledge_of("OMIM:1", 1) == (name,)
    assert patient.knowledge_of("OMIM:77", 1) == ()
