"""Age, sex and onset of the patient, and nobody else's."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.text.ages import AGE, before, days, duration, quantity
from workup.text.mention import Mention
from workup.text.persons import Person, read_person, with_onsets


@pytest.mark.parametrize(
    ("note", "age", "sex"),
    [
        ("A 3-year-old boy has ataxia.", "P3Y", "male"),
        ("A 45 y/o woman with fever", "P45Y", "female"),
        ("45M with chest pain", "P45Y", "male"),
        ("3yo girl with seizures", "P3Y", "female"),
        ("a 2 1/2-year-old girl", "P2Y6M", "female"),
        ("A forty-five-year-old man", "P45Y", "male"),
        ("aged 7 months, his mother aged 30", "P7M", "male"),
        ("A 6-week-old female infant", "P6W", "female"),
        ("Age: 5 years. Sex: F", "P5Y", "female"),
        ("Day 3 of life, term newborn boy", "P3D", "male"),
        ("This newborn has apnoea.", "P0D", "unknown"),
        ("Fetus at 22+3 weeks' gestation with cleft lip", "G22W3D", "unknown"),
        ("He was born at 32 weeks' gestation. Now 7 months old.", "P7M", "male"),
        ("A 28-year-old G1P0 woman at 32 weeks' gestation", "P28Y", "female"),
        ("Her 30-year-old mother is well.", None, "female"),
        ("A mother brings her 17-year-old daughter with pain.", "P17Y", "female"),
        ("The patient, a 45-year-old man, has a 10-year-old son.", "P45Y", "male"),
        ("He was last seen at the age of 12 years.", "P12Y", "male"),
        ("Mrs. Doe has ataxia.", None, "female"),
        ("Ataxia and seizures.", None, "unknown"),
        ("The mother is 30 and the father is 35.", None, "unknown"),
        ("", None, "unknown"),
    ],
)
def test_age_and_sex(note: str, age: str | None, sex: str) -> None:
    person = read_person(note)
    assert (person.age, person.sex, person.issues) == (age, sex, ())


@pytest.mark.parametrize(
    ("note", "onset", "words"),
    [
        ("A 5-year-old boy with seizures since age 2.", "P2Y", "since age 2"),
        ("A 5-year-old boy. Symptoms began at 6 months.", "P6M", "at 6 months"),
        ("Ataxia since childhood.", "HP:0011463", "since childhood"),
        ("A 5-year-old girl with a 2-year history of ataxia", "P3Y", "2-year history"),
        ("A 45-year-old man has had fever for 3 weeks", "P45Y", "for 3 weeks"),
        ("He has had fever for 3 weeks", None, ""),
        ("She was treated for 3 weeks. She is 5 years old.", None, ""),
    ],
)
def test_onset_of_the_illness(note: str, onset: str | None, words: str) -> None:
    person = read_person(note)
    assert person.onset == onset
    if onset is not None:
        start, end = person.spans["onset"]
        assert note[start:end] == words


def test_onset_of_each_mention() -> None:
    note = "At 6 months he developed seizures; ataxia began at age 3. Ptosis. No fever since age 4."
    mentions = [
        Mention(
            start=note.index(word),
            end=note.index(word) + len(word),
            id="HP:0000118",
            label=word,
            method="name",
            status=status,
        )
        for word, status in (
            ("seizures", "present"),
            ("ataxia", "present"),
            ("Ptosis", "present"),
            ("fever", "excluded"),
        )
    ]
    dated = with_onsets(note, mentions, Person(age="P5Y"))
    assert {place: onset.age for place, onset in dated.items()} == {0: "P6M", 1: "P3Y"}
    assert note[dated[1].start : dated[1].end] == "at age 3"


@pytest.mark.parametrize(
    "note",
    [
        "A 5-year-old boy has ataxia. A 7-year-old girl has fever.",
        "Patient 1: ataxia\nPatient 2: fever",
        "Case A\nataxia\nCase B\nfever",
    ],
)
def test_two_patients_are_an_issue(note: str) -> None:
    (issue,) = read_person(note).issues
    assert issue.code == "several_patients"
    assert issue.remedy


def test_contradicting_sex_is_an_issue_and_unknown() -> None:
    person = read_person("A 5-year-old boy. She walks. She talks. She has fever. She coughs.")
    assert person.sex == "unknown"
    assert [issue.code for issue in person.issues] == ["contradicting_sex"]


@pytest.mark.parametrize(
    ("age", "elapsed", "expected"),
    [
        ("P45Y", 21, "P45Y"),
        ("P45Y", 730.5, "P43Y"),
        ("P7M", 30.4375, "P6M"),
        ("P10D", 3, "P7D"),
        ("P10D", 30, None),
        ("G22W", 3, None),
    ],
)
def test_age_before(age: str, elapsed: float, expected: str | None) -> None:
    assert before(age, elapsed) == expected


@given(st.integers(1, 120), st.sampled_from(("year", "month", "week", "day")))
def test_every_age_reads_back(count: int, unit: str) -> None:
    match = re.search(AGE, f"{count} {unit}s")
    assert match is not None
    age = duration(match)
    assert age == f"P{count}{unit[0].upper()}"
    assert days(age) == pytest.approx(count * {"year": 365.25, "month": 30.4375, "week": 7, "day": 1}[unit])
    note = f"A {count}-{unit}-old girl."
    person = read_person(note)
    assert person.age == age
    start, end = person.spans["age"]
    assert str(count) in note[start:end]


PIECES_TEXT = """
3 year -old aged old boy she his mother at age since for weeks ago 1/0 ½ day of life M , . 45F 999 forty é 👶 newborn
Case 1 2
"""
PIECES = st.sampled_from([*PIECES_TEXT.split(), "\n"])
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(PIECES, max_size=40).map(" ".join), st.lists(PIECES, max_size=40).map("".join)
)


@given(TEXTS)
def test_any_text(note: str) -> None:
    person = read_person(note)
    for start, end in person.spans.values():
        assert 0 <= start < end <= len(note)
    assert (person.age is None) == ("age" not in person.spans)
    mentions = [Mention(start=0, end=1, id="HP:0000118", label="x", method="name")] if note else []
    for place, onset in with_onsets(note, mentions, person).items():
        assert place == 0
        assert 0 <= onset.start < onset.end <= len(note)


@given(st.text(alphabet="0123456789/½ -.,abonetwy", max_size=12))
def test_any_quantity(text: str) -> None:
    value = quantity(text)
    assert value is None or value >= 0 or text.strip().startswith("-")
