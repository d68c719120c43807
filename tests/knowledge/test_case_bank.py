"""The case bank, by hand on the toy ontology, and what it must not give away."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest

from workup.case import Case, Finding, Reference, Status
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.knowledge.case_bank import SAME, CaseBank
from workup.reasoners.phenotype.normalise import normalise
from workup.reasoners.phenotype.scoring import Query


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return Knowledge.load()


def patient(name: str, findings: str, disease: str = "OMIM:154700", publication: str = "", cohort: str = "") -> Case:
    """Findings as ids, "-" before an excluded one."""
    listed = []
    for one in findings.split():
        status: Status = "excluded" if one.startswith("-") else "present"
        listed.append(Finding(f"HP:{one.lstrip('-')}", status=status))
    return Case(
        id=name,
        findings=tuple(listed),
        publication=publication or None,
        cohort=cohort or None,
        reference=Reference(diagnoses=(disease,), labels=("A disease",)),
    )


SEIZURE, DELAY, LENS, AORTA = "0001250", "0001263", "0001083", "0002616"
PATIENTS = [
    patient("a1", f"{SEIZURE} {DELAY}", "OMIM:1", "PMID:1", "ABC1"),
    patient("a2", f"{SEIZURE}", "OMIM:1", "PMID:1", "ABC1"),
    patient("b1", f"{SEIZURE} {LENS}", "OMIM:2", "PMID:2", "ABC1"),
    patient("c1", f"{SEIZURE} {AORTA}", "OMIM:3", "PMID:3", "XYZ"),
]


def query(case: Case, knowledge: Knowledge) -> Query:
    return normalise(case.blinded(), knowledge.ontology).query


def test_likeness_is_the_cosine_of_weighed_ancestors(real: Knowledge) -> None:
    from workup.reasoners.phenotype.profiles import Profiles

    bank = CaseBank(real, PATIENTS)
    weight = Profiles(real).information_content
    asked = query(patient("x", f"{SEIZURE} {AORTA}"), real)
    (seizure, aorta) = (set(real.ontology.ancestors(term).tolist()) for term in asked.present)
    delay_case = next(case for case in bank.cases if case.id == "a1").query
    known = set().union(*(real.ontology.ancestors(term).tolist() for term in delay_case.present))
    mine = seizure | aorta
    length = [math.sqrt(sum(weight[term] ** 2 for term in terms)) for terms in (mine, known)]
    by_hand = sum(weight[term] ** 2 for term in mine & known) / (length[0] * length[1])
    assert bank.likeness(asked)[0] == pytest.approx(by_hand, abs=1e-12)
    assert bank.likeness(asked)[3] == pytest.approx(1.0, abs=1e-12)


def test_the_publication_of_a_patient_with_the_same_findings_is_left_out(real: Knowledge) -> None:
    bank = CaseBank(real, PATIENTS)
    ids = [one.case.id for one in bank.search(query(PATIENTS[0], real), 10)]
    # a1 itself and a2 of the same publication are gone; what shares less comes later.
    assert sorted(ids) == ["b1", "c1"]
    assert [one.case.id for one in bank.search(query(PATIENTS[0], real), 10, leave_out="cohort")] == ["c1"]
    assert [one.case.id for one in bank.search(query(PATIENTS[0], real), 10, without=["PMID:3"])] == ["b1"]
    assert bank.search(query(PATIENTS[0], real), 10, without=["XYZ", "PMID:2"]) == ()


def test_a_patient_that_is_nearly_the_same_is_never_used(real: Knowledge) -> None:
    """Another report of the same patient, with one excluded finding more, from a publication that is not known."""
    twin = patient("twin", f"{SEIZURE} {DELAY} -{LENS}", "OMIM:9")
    bank = CaseBank(real, [*PATIENTS, twin])
    asked = query(PATIENTS[0], real)
    assert bank.likeness(asked)[-1] >= SAME
    assert "twin" not in [one.case.id for one in bank.search(asked, 10)]


def test_findings_that_were_denied_do_not_hide_whose_publication_it_is(real: Knowledge) -> None:
    """As in a table of HPO ids, which has no excluded findings: the patient is known by the present ones."""
    denied = patient("denied", f"{SEIZURE} {LENS} -{DELAY}", "OMIM:7", "PMID:7", "GENE7")
    sibling = patient("sibling", f"{SEIZURE}", "OMIM:7", "PMID:7", "GENE7")
    bank = CaseBank(real, [*PATIENTS, denied, sibling])
    asked = query(patient("blinded", f"{SEIZURE} {LENS}"), real)
    assert not {"denied", "sibling"} & {one.case.id for one in bank.search(asked, 10)}


def test_a_new_patient_may_use_the_whole_bank(real: Knowledge) -> None:
    bank = CaseBank(real, PATIENTS)
    found = bank.search(query(patient("new", f"{SEIZURE} {DELAY} {LENS}"), real), 10)
    assert {one.case.id for one in found} == {"a1", "a2", "b1", "c1"}
    assert [one.likeness for one in found] == sorted((one.likeness for one in found), reverse=True)
    near = bank.search(query(patient("new", f"{SEIZURE} {DELAY} {LENS}"), real), 10, least=found[0].likeness)
    assert [one.case.id for one in near] == [found[0].case.id]


def test_order_of_findings_and_of_the_bank_changes_nothing(real: Knowledge) -> None:
    backwards = CaseBank(real, PATIENTS[::-1])
    asked = query(patient("new", f"{LENS} {SEIZURE}"), real)
    turned = msgspec.structs.replace(asked, present=asked.present[::-1])
    first = {one.case.id: one.likeness for one in CaseBank(real, PATIENTS).search(asked, 10)}
    second = {one.case.id: one.likeness for one in backwards.search(turned, 10)}
    assert first == pytest.approx(second)


def test_what_is_of_no_use_is_left_out_and_an_empty_bank_is_refused(real: Knowledge, tmp_path: Path) -> None:
    no_findings = Case(id="n", reference=Reference(diagnoses=("OMIM:1",)))
    no_diagnosis = Case(id="d", findings=(Finding(f"HP:{SEIZURE}"),))
    bank = CaseBank(real, [no_findings, no_diagnosis, PATIENTS[0]])
    assert [case.id for case in bank.cases] == ["a1"]
    assert bank.search(Query(), 3) == ()
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(msgspec.json.encode(no_diagnosis) + b"\n")
    with pytest.raises(UserError, match="holds no case with findings and a diagnosis"):
        CaseBank.read(empty, real)
    with pytest.raises(UserError, match="cannot be used"):
        CaseBank.read(tmp_path / "absent.jsonl", real)
