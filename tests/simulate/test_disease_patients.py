"""Patients drawn from disease models, and notes of them that the reader must read."""

from __future__ import annotations

import msgspec
import pytest

from workup.case import Case, Finding
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.simulate.disease_patients import PatientOptions, PatientSimulator
from workup.simulate.labelling import is_simulated
from workup.simulate.notes import NoteOptions, NoteSimulator, recall
from workup.text.extract import Extraction, extract


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def test_patients_have_findings_of_their_disease_when_there_is_no_noise(knowledge: Knowledge) -> None:
    exact = PatientOptions(blurred=0, noise=0)
    simulator = PatientSimulator(knowledge, exact)
    for case in simulator.draw(20, 5):
        assert case.reference is not None
        disease = knowledge.diseases.index(case.reference.diagnoses[0])
        rows = knowledge.annotations
        annotated = {knowledge.ontology.id(int(term)) for term in rows.term[rows.disease == disease]}
        assert {finding.id for finding in case.findings} <= annotated
        assert len(case.with_status("present")) >= exact.fewest
        assert is_simulated(case.provenance)
        assert case.provenance["noise"] == []


def test_a_seed_makes_the_same_patients_and_another_seed_others(knowledge: Knowledge) -> None:
    simulator = PatientSimulator(knowledge)
    assert list(simulator.draw(5, 1)) == list(simulator.draw(5, 1))
    assert list(simulator.draw(5, 1)) == list(simulator.draw(9, 1))[:5]
    assert list(simulator.draw(5, 1)) != list(simulator.draw(5, 2))


def test_every_bit_of_noise_is_told(knowledge: Knowledge) -> None:
    noisy = PatientSimulator(knowledge, PatientOptions(blurred=1, noise=1, excluded=0))
    case = next(iter(noisy.draw(1, 0, ["OMIM:154700"])))
    said = " ".join(case.provenance["noise"])
    assert case.reference is not None
    assert case.reference.diagnoses == ("OMIM:154700",)
    assert "stands for" in said
    assert " is of " in said


def test_no_excluded_finding_contradicts_a_present_one(knowledge: Knowledge) -> None:
    for case in PatientSimulator(knowledge, PatientOptions(excluded=1, noise=0, blurred=0)).draw(30, 8):
        above = {
            int(one)
            for finding in case.with_status("present")
            for one in knowledge.ontology.ancestors(knowledge.ontology.index(finding.id) or 0)
        }
        assert not above & {knowledge.ontology.index(finding.id) for finding in case.with_status("excluded")}


def test_an_unknown_disease_is_refused(knowledge: Knowledge) -> None:
    with pytest.raises(UserError, match="OMIM:1 cannot be drawn"):
        list(PatientSimulator(knowledge).draw(1, 0, ["OMIM:1"]))


CASE = Case(
    id="x",
    sex="male",
    age="P8Y",
    findings=(
        Finding("HP:0001250", label="Seizure"),
        Finding("HP:0000365", label="Hearing impairment", status="excluded"),
    ),
)


def test_spans_of_a_note_hold_the_names(knowledge: Knowledge) -> None:
    options = NoteOptions(synonyms=0, abbreviated=0, uncertain=1, family=1)
    (note,) = NoteSimulator(knowledge, options).write([CASE], 4)
    text = note.case.text or ""
    assert text.startswith("HISTORY\nAn 8-year-old boy was seen for seizure.")
    assert [text[one.start : one.end].lower() for one in note.statements] == [
        one.label.lower() for one in note.statements
    ]
    assert [one.how for one in note.statements] == ["plain", "uncertain", "negated", "family"]
    assert [one.status for one in note.statements] == ["present", "unknown", "excluded", "unknown"]
    assert " she " not in text.lower()


def test_the_reader_reads_simulated_notes(knowledge: Knowledge) -> None:
    cases = list(PatientSimulator(knowledge).draw(15, 11))
    notes = list(NoteSimulator(knowledge).write(cases, 11))
    found = recall(notes, lambda text: extract(text, knowledge), knowledge)
    assert {how: one.right / one.n >= 0.9 for how, one in found.items()} == dict.fromkeys(found, True)
    assert {"plain", "negated", "uncertain", "family"} <= set(found)


def test_a_reader_that_ignores_denials_is_caught(knowledge: Knowledge) -> None:
    notes = list(NoteSimulator(knowledge).write(PatientSimulator(knowledge).draw(8, 2), 2))

    def deaf(text: str) -> Extraction:
        read = extract(text, knowledge)
        return msgspec.structs.replace(
            read, mentions=tuple(msgspec.structs.replace(one, status="present", contexts=()) for one in read.mentions)
        )

    found = recall(notes, deaf, knowledge)
    assert found["negated"].found > 0
    assert found["negated"].right == 0
    assert found["plain"].right == found["plain"].found
