"""What is denied is never read as a finding that has the denial in its name, from the recogniser to the findings."""

from __future__ import annotations

import pytest

from workup.knowledge import Knowledge
from workup.text.extract import case_from_note
from workup.text.findings import findings_of
from workup.text.mention import Circumstance, Mention


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return Knowledge.load()


def read(note: str, knowledge: Knowledge) -> dict[str, str]:
    return {f.label or f.id: f.status for f in case_from_note(note, "n", knowledge=knowledge).findings}


@pytest.mark.parametrize(
    "note",
    [
        "No seizures.",
        "There were no seizures.",
        "Absence of seizures.",
        "Seizures were absent.",
        "Absent seizures",
        "Lack of seizures.",
        "He walks without seizures.",
        "She never had seizures.",
    ],
)
def test_denied_seizures(real: Knowledge, note: str) -> None:
    assert read(note, real) == {"Seizure": "excluded"}


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Absence seizures.", {"Generalized non-motor (absence) seizure": "present"}),
        ("No absence seizures.", {"Generalized non-motor (absence) seizure": "excluded"}),
        # Names of the ontology that have a negation.
        ("No speech.", {"Absent speech": "present"}),
        ("Lack of speech.", {"Absent speech": "present"}),
        ("Absence of the thumb.", {"Absent thumb": "present"}),
        ("No speech delay.", {"Delayed speech and language development": "excluded"}),
        ("No sacral anomalies.", {"Abnormal sacrum morphology": "excluded"}),
        ("The hands were not small.", {"Small hand": "excluded"}),
        ("Hands and feet: no edema.", {"Edema": "excluded"}),
    ],
)
def test_names_with_a_negation(real: Knowledge, note: str, expected: dict[str, str]) -> None:
    assert read(note, real) == expected


def test_a_denied_problem_is_no_absence(real: Knowledge) -> None:
    assert "present" not in read("No speech problems.", real).values()


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Ears normal.", {"Abnormality of the ear": "excluded"}),
        ("Normal ears and nose.", {"Abnormality of the ear": "excluded", "Abnormality of the nose": "excluded"}),
        # What is normal in general does not undo what is said in particular, and a double negation says nothing.
        ("Ears normal in shape. Low-set ears.", {"Low-set ears": "present"}),
        ("Not normal ears.", {}),
    ],
)
def test_normal_is_a_denial(real: Knowledge, note: str, expected: dict[str, str]) -> None:
    assert read(note, real) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("No speech problems.", {"Abnormal speech pattern": "excluded"}),
        ("Normal hearing.", {"Hearing abnormality": "excluded"}),
        # "Normal" looks back here, and belongs to a later noun there.
        (
            "Urine output was normal, chest pain at night.",
            {"Abnormal urine output": "excluded", "Chest pain": "present"},
        ),
        ("Normal skeletal development.", {}),
        # A stroke and a fracture tell of a disease whenever they were; pneumonia is over.
        (
            "History of pneumonia. She had a stroke at age 12. History of femur fracture.",
            {"Pneumonia": "unknown", "Stroke": "present", "Femur fracture": "present"},
        ),
    ],
)
def test_what_is_well_and_what_is_over(real: Knowledge, note: str, expected: dict[str, str]) -> None:
    assert read(note, real) == expected


def test_no_name_of_findings_was_made_with_a_negation(real: Knowledge) -> None:
    from workup.text.equivalents import DENIALS
    from workup.text.name_keys import NEGATING
    from workup.text.name_table import IMPLIED
    from workup.text.names import Names

    names = Names.of(real.ontology)
    negating = {names.stems[stem] for stem in NEGATING if stem in names.stems}
    tokens = [set(names.tokens[name].tolist()) & negating for name in range(len(names))]
    written: dict[int, list[set[int]]] = {}
    for name, said in enumerate(tokens):
        if said and not names.kind[name] & IMPLIED:
            written.setdefault(int(names.term[name]), []).append(said)
    # What swaps leave alone may keep its negation: "lack of skin colouring" from "lack of skin coloration".
    for name, said in enumerate(tokens):
        if said and names.kind[name] & IMPLIED:
            assert any(said <= other for other in written.get(int(names.term[name]), ()))
    assert 0 < len(DENIALS) < 20


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("Urinary tract infection.", {}),
        ("Urinary tract infections.", {"Recurrent urinary tract infections": "present"}),
        ("Recurrent urinary tract infection.", {"Recurrent urinary tract infections": "present"}),
        ("Pulmonary infection.", {}),
    ],
)
def test_once_is_not_recurrent(real: Knowledge, note: str, expected: dict[str, str]) -> None:
    assert read(note, real) == expected


@pytest.mark.parametrize(
    ("label", "kinds", "status"),
    [
        ("Seizure", ["historical"], "present"),
        ("Hypotonia", ["historical"], "present"),
        ("Pneumonia", ["historical"], "unknown"),
        ("Recurrent pneumonia", ["historical"], "present"),
        ("Seizure", ["family", "historical"], "unknown"),
        ("Seizure", ["uncertain"], "unknown"),
    ],
)
def test_what_is_over_counts_unless_it_ends_by_nature(label: str, kinds: list, status: str) -> None:  # type: ignore[type-arg]
    note = "Earlier there was something."
    contexts = tuple(Circumstance(kind=kind, start=0, end=7) for kind in kinds)
    mention = Mention(
        start=18, end=27, id="HP:0001250", label=label, method="name", status="unknown", contexts=contexts
    )
    findings, issues = findings_of(note, [mention])
    assert [finding.status for finding in findings] == [status]
    assert findings[0].spans == ((18, 27),)
    assert not issues


def test_over_and_never_contradict() -> None:
    note = "Seizures until three. No seizures."
    mentions = [
        Mention(
            start=0, end=8, id="HP:0001250", label="Seizure", method="name", status="unknown",
            contexts=(Circumstance(kind="historical", start=9, end=14),),
        ),
        Mention(start=25, end=33, id="HP:0001250", label="Seizure", method="name", status="excluded"),
    ]  # fmt: skip
    findings, issues = findings_of(note, mentions)
    assert findings[0].status == "present"
    assert [issue.code for issue in issues] == ["contradiction"]
