"""Nobody simulated has what cannot be: organs of the other sex, findings before their age, denials of test results."""

from __future__ import annotations

import re

import pytest

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.ages import years
from workup.simulate.disease_patients import PatientSimulator
from workup.simulate.notes import NoteOptions, NoteSimulator
from workup.simulate.plausible import Plausible


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


@pytest.fixture(scope="module")
def plausible(knowledge: Knowledge) -> Plausible:
    return Plausible(knowledge.ontology)


def term(knowledge: Knowledge, name: str) -> int:
    found = knowledge.ontology.index(name)
    assert found is not None
    return found


def test_terms_by_hand(knowledge: Knowledge, plausible: Plausible) -> None:
    hypospadias, leiomyoma, seizure = (term(knowledge, name) for name in ("HP:0000047", "HP:0000131", "HP:0001250"))
    assert not plausible.fits(hypospadias, "female")
    assert not plausible.fits(leiomyoma, "male")
    assert plausible.fits(leiomyoma, "female")
    assert plausible.fits(leiomyoma, "unknown")
    assert plausible.only(seizure) is None
    assert plausible.earliest(term(knowledge, "HP:0001249")) == 4
    assert plausible.earliest(term(knowledge, "HP:0000786")) == 14  # primary amenorrhea, the later of two branches
    assert plausible.earliest(seizure) == 0
    told = [plausible.told(term(knowledge, name)) for name in ("HP:0001250", "HP:0001156", "HP:0003073")]
    assert told == ["felt", "seen", "measured"]  # seizure, brachydactyly, hypoalbuminemia


def test_no_patient_is_impossible(knowledge: Knowledge, plausible: Plausible) -> None:
    ontology = knowledge.ontology
    later = 0
    for case in PatientSimulator(knowledge).draw(400, 3):
        age = years(case.age or "")
        assert age is not None
        assert 0 < age < 90
        for finding in case.findings:
            found = term(knowledge, finding.id)
            if finding.status == "excluded":
                assert plausible.earliest(found) <= age + 0.1
            assert plausible.fits(found, case.sex), (case.id, finding.label)
            if finding.onset and finding.onset.startswith("P"):
                first = years(finding.onset)
                assert first is not None
                assert first <= age
                later += 1
        present = [term(knowledge, one.id) for one in case.with_status("present")]
        # A blurred finding stands for one below it, which may need more years, never fewer.
        assert max(plausible.earliest(one) for one in present) <= age + 0.1
        onset = case.reference.onset if case.reference else None
        assert all(one.onset in (onset, None) or (one.onset or "").startswith("P") for one in case.findings)
        assert ontology is not None
    assert later > 100  # the course: findings that are first noted after the disease has begun


CHILD = Case(
    id="x",
    sex="female",
    age="P2Y",
    findings=(
        Finding("HP:0001250", label="Seizure"),
        Finding("HP:0006956", label="Lateral ventricle dilatation"),
        Finding("HP:0002013", label="Vomiting", status="excluded"),
        Finding("HP:0003073", label="Hypoalbuminemia", status="excluded"),
    ),
)


def test_notes_of_small_children_deny_nothing_themselves(knowledge: Knowledge) -> None:
    simulator = NoteSimulator(knowledge, NoteOptions(synonyms=0, abbreviated=0, uncertain=1, family=1))
    for seed in range(30):
        (note,) = simulator.write([CHILD], seed)
        text = note.case.text or ""
        assert "denies" not in text
        assert "She reports" not in text
        assert not re.search(r"(Possible|Suspected|Questionable) (headache|depression|hypertension)", text)


def test_nobody_denies_what_takes_a_test(knowledge: Knowledge) -> None:
    cases = list(PatientSimulator(knowledge).draw(60, 9))
    plausible = Plausible(knowledge.ontology)
    denied = 0
    for note in NoteSimulator(knowledge).write(cases, 9):
        text = note.case.text or ""
        for one in note.statements:
            before = text[: one.start]
            if before.endswith(("denies ", "reports ")):
                denied += 1
                assert plausible.told(term(knowledge, one.id)) == "felt", (one.label, note.case.id)
    assert denied > 0


def test_verbs_agree_and_eponyms_keep_their_capitals(knowledge: Knowledge) -> None:
    case = Case(
        id="y",
        sex="male",
        age="P30Y",
        findings=(
            Finding("HP:0001250", label="Seizure"),
            Finding("HP:0007099", label="Chiari type I malformation"),
            Finding("HP:0007370", label="Atrophy/Degeneration of things"),
        ),
    )
    (note,) = NoteSimulator(knowledge, NoteOptions(synonyms=0, abbreviated=0)).write([case], 0)
    text = note.case.text or ""
    assert "Chiari type I malformation" in text
    assert "atrophy/degeneration of things" in text.lower()
    assert "/Degeneration" not in text
