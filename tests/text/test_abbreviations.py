from __future__ import annotations

import pytest

from workup.knowledge import Knowledge
from workup.text.abbreviations import CLINICAL, definitions
from workup.text.words import words


def test_every_abbreviation_of_the_table_has_a_term() -> None:
    ontology = Knowledge.load().ontology
    assert [
        short for short, (label, reason) in CLINICAL.items() if not ontology.resolve(label).terms or not reason
    ] == []
    assert all(short.isupper() for short in CLINICAL)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("ventricular septal defects (VSDs)", [("VSD", "ventricular septal defects")]),
        ("failure to thrive (FTT) since birth", [("FTT", "failure to thrive")]),
        ("hypertension (HTN)", [("HTN", "hypertension")]),
        ("He was seen (ASD)", []),
        ("atrial septal defect (asd)", []),
        ("(ASD)", []),
    ],
)
def test_definitions(note: str, expected: list[tuple[str, str]]) -> None:
    assert [(short, note[start:end]) for short, start, end in definitions(note, [words(note)])] == expected
