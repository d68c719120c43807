"""Values to findings: limits by age, sex and unit; the note's own range; what is left out and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import Sex
from workup.text.growth import growth
from workup.text.measurements import find
from workup.text.persons import Person
from workup.text.quantities import numbers
from workup.text.ranges import by_name, judge, table

WOMAN = Person(age="P34Y", sex="female")
MAN = Person(age="P34Y", sex="male")
BOY = Person(age="P3Y", sex="male")


def found(note: str, person: Person | None = None) -> list[tuple[str, str]]:
    return [(mention.label, mention.words(note)) for mention in find(note, None, person).mentions]


@pytest.mark.parametrize(
    ("note", "person", "expected"),
    [
        ("Hb 6.1 g/dL", WOMAN, [("Anemia", "Hb 6.1 g/dL")]),
        ("Hb 61 g/L", WOMAN, [("Anemia", "Hb 61 g/L")]),
        ("Hb 3.8 mmol/L", WOMAN, [("Anemia", "Hb 3.8 mmol/L")]),  # 3.8 * 1.6114 = 6.1 g/dL
        ("Hb 12.5 g/dL", WOMAN, []),
        ("Hb 12.5 g/dL", MAN, [("Anemia", "Hb 12.5 g/dL")]),
        ("Hb 10.8 g/dL", BOY, [("Anemia", "Hb 10.8 g/dL")]),  # 11.0 from 2 to 5 years
        (
            "Hemoglobin was found to be low at 7.2 g/dL.",
            WOMAN,
            [("Anemia", "Hemoglobin was found to be low at 7.2 g/dL")],
        ),
        ("Platelets of 45,000/mm^3", BOY, [("Thrombocytopenia", "Platelets of 45,000/mm^3")]),
        ("platelets 45 x 10^9/L", BOY, [("Thrombocytopenia", "platelets 45 x 10^9/L")]),
        ("platelet count: 45 K/uL", BOY, [("Thrombocytopenia", "platelet count: 45 K/uL")]),
        ("Leukocyte count 15,500/µL", MAN, [("Leukocytosis", "Leukocyte count 15,500/µL")]),
        ("Na+: 128 mEq/L, K+ 5.9 mmol/L", MAN, [("Hyponatremia", "Na+: 128 mEq/L"), ("Hyperkalemia", "K+ 5.9 mmol/L")]),
        ("Temperature is 101.5°F (38.6°C)", MAN, [("Fever", "Temperature is 101.5°F")]),
        ("Temperature 38.6", MAN, [("Fever", "Temperature 38.6")]),
        ("temp 37.2 C", MAN, []),
        ("pulse is 110/min", MAN, [("Tachycardia", "pulse is 110/min")]),
        ("pulse is 110/min", BOY, []),  # 70-136 from 3 to 4 years
        ("HR 41", BOY, [("Bradycardia", "HR 41")]),
        ("SpO2 85% on room air", MAN, [("Hypoxemia", "SpO2 85%")]),
        ("BP 150/95 mm Hg", MAN, [("Increased blood pressure", "BP 150/95 mm Hg")]),
        ("BP 118/76 mm Hg", MAN, []),
        ("BP 80/50", MAN, [("Hypotension", "BP 80/50")]),
        ("BMI 36", MAN, [("Obesity", "BMI 36")]),
        ("BMI 27 kg/m2", MAN, [("Overweight", "BMI 27 kg/m2")]),
        ("calcium 2.9 mmol/L", MAN, [("Hypercalcemia", "calcium 2.9 mmol/L")]),
        ("urine calcium 300 mg/dL", MAN, []),
        ("CSF glucose 30 mg/dL", MAN, []),
        ("CK 9,000 U/L", BOY, [("Elevated circulating creatine kinase concentration", "CK 9,000 U/L")]),
        ("The patient is 45. He ate 3 apples.", MAN, []),
        ("ck 9,000 U/L; mg 20", MAN, []),
        ("Hb on 12/03/2024", WOMAN, []),
    ],
)
def test_published_limits(note: str, person: Person, expected: list[tuple[str, str]]) -> None:
    assert found(note, person) == expected


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("TSH 12 (N 0.5-4.5)", ["TSH 12 (N 0.5-4.5)"]),
        ("Hb 11 (reference range 12-16)", ["Hb 11 (reference range 12-16)"]),
        ("Hb 12.5 (reference range 12-16)", []),
        ("ALT 55 (<40)", ["ALT 55 (<40)"]),
        ("ALT 45 H", ["ALT 45 H"]),
        ("sodium 131 (L)", ["sodium 131 (L)"]),
        ("sodium 131 (normal)", []),
        ("Platelet count 1,200 (normal 150-400)", ["Platelet count 1,200 (normal 150-400)"]),
    ],
)
def test_the_note_decides_before_the_table(note: str, expected: list[str]) -> None:
    assert [words for _, words in found(note)] == expected


def test_reason_gives_limit_group_and_source() -> None:
    (mention,) = find("Hb 6.1 g/dL", None, WOMAN).mentions
    assert mention.method == "measurement"
    assert mention.reason.startswith("6.1 g/dL is below 12 g/dL, the limit for females from 15 years of age on; WHO")
    (own,) = find("TSH 12 (N 0.5-4.5)").mentions
    assert own.reason == "12 is above 4.5, the note's own range 'N 0.5-4.5'"


@pytest.mark.parametrize(
    ("note", "person", "code"),
    [
        ("calcium 2.9", MAN, "unit_missing"),  # mmol/L: high; mEq/L: low
        ("potassium 300 mmol/L", MAN, "value_implausible"),
        ("Hb 12 mg/dL", WOMAN, "unit_unknown"),
        ("creatinine 1.4 mg/dL", BOY, "range_missing"),
        ("Hb 12.5 g/dL", Person(age="P34Y"), "range_missing"),  # men: low, women: not
    ],
)
def test_what_is_not_sure_is_listed(note: str, person: Person, code: str) -> None:
    result = find(note, None, person)
    assert not result.mentions
    assert [issue.code for issue in result.issues] == [code]
    assert all(issue.remedy for issue in result.issues)


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("head circumference 3 SD below the mean", ["Microcephaly"]),
        ("head circumference 2 SD below the mean", []),
        ("head circumference more than 2 SD below the mean", ["Microcephaly"]),
        ("OFC -2.5 SD", ["Microcephaly"]),
        ("OFC +2.5 SD", ["Macrocephaly"]),
        ("OFC > -2 SD", []),
        ("OFC 2.5 SD", []),
        ("z-score for height was -3.1", ["Short stature"]),
        ("height (-3.2 SDS)", ["Short stature"]),
        ("height below the 3rd centile", ["Short stature"]),
        ("height at the 3rd centile", []),
        ("height below the 5th centile", []),
        ("height at the 99th percentile", ["Tall stature"]),
        ("<3rd centile for weight", ["Decreased body weight"]),
        (
            "Height, weight and OFC were all below the 3rd centile",
            ["Short stature", "Decreased body weight", "Microcephaly"],
        ),
        ("Height 98 cm (<3rd centile), weight 15 kg (50th centile)", ["Short stature"]),
        ("palm length below the 3rd centile", []),
        ("birth weight <10th percentile", ["Small for gestational age"]),
        ("BMI at the 96th percentile", ["Obesity"]),
        ("BMI at the 88th percentile", ["Overweight"]),
        ("weight 10th-25th centile", []),
    ],
)
def test_growth(note: str, expected: list[str]) -> None:
    assert [item.label for item in growth(note, 0, len(note))] == expected


def test_every_row_is_sourced_and_in_the_ontology() -> None:
    from workup.knowledge import Knowledge

    ontology = Knowledge.load().ontology
    used = set()
    for analyte in table().analytes:
        assert analyte.low or analyte.high or analyte.bands
        assert all(name == name.lower() for name in analyte.names)
        for row in analyte.ranges:
            used.add(row.source)
            assert table().sources[row.source]
            assert row.low is not None or row.high is not None
            assert row.low is None or row.high is None or row.low < row.high
        for term in (analyte.low, analyte.high, *(band[2] for band in analyte.bands)):
            if term is not None:
                index = ontology.index(term)
                assert index is not None
                assert ontology.label(index) == table().labels[term]
    assert used == set(table().sources)


def test_the_ontology_names_the_finding() -> None:
    from workup.knowledge import Knowledge

    (mention,) = find("OFC -2.5 SD", Knowledge.load().ontology).mentions
    assert (mention.id, mention.label) == ("HP:0000252", "Microcephaly")


@given(
    st.sampled_from(table().analytes),
    st.floats(0, 2000),
    st.one_of(st.none(), st.floats(0, 40_000)),
    st.sampled_from(("female", "male", "unknown")),
)
def test_a_higher_value_is_never_lower(analyte: object, value: float, age: float | None, sex: str) -> None:
    assert isinstance(analyte, type(by_name()["sodium"]))
    order = {"low": 0, "normal": 1, "high": 2}
    one = judge(analyte, value, age_days=age, sex=sex)
    two = judge(analyte, value * 1.5 + 1, age_days=age, sex=sex)
    if one is not None and two is not None:
        assert order[one.side] <= order[two.side]


PIECES_TEXT = """
Hb 6.1 g/dL mmol/L , . ( ) - < > 3 SD below centile 3rd OFC height BP 150/95 T: 38,5 °C K + 12,000 /mm3 x 10^9/L H
(12-16) z-score é 👶 1/0 ½
"""
PIECES = st.sampled_from([*PIECES_TEXT.split(), "\n"])
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map(" ".join))


@given(TEXTS, st.sampled_from((None, "P3Y", "P40Y", "G22W", "P")), st.sampled_from(("female", "male", "unknown")))
def test_any_text(note: str, age: str | None, sex: Sex) -> None:
    result = find(note, None, Person(age=age, sex=sex))
    for mention in result.mentions:
        assert 0 <= mention.start < mention.end <= len(note)
        assert mention.reason
        assert mention.status == "present"
    for quantity in numbers(note, 0, len(note)):
        assert 0 <= quantity.start < quantity.end <= len(note)
