"""Ages as files write them: every spelling with one meaning is read, and what nobody reaches is said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.io import cases_from_text
from workup.io.clean import Notes, clean_age, impossible_age
from workup.reasoners.phenotype.ages import years


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("P3Y6M", "P3Y6M"),
        ("p3y", "P3Y"),
        ("18 months", "P18M"),
        ("3y6m", "P3Y6M"),
        ("3 yrs, 2 mo", "P3Y2M"),
        ("2 years and 3 months old", "P2Y3M"),
        ("10d", "P10D"),
        ("G20W3D", "G20W3D"),
        ("Congenital onset", "HP:0003577"),
        ("juvenile", "HP:0003621"),
        ("http://purl.obolibrary.org/obo/HP_0003577", "HP:0003577"),
    ],
)
def test_spellings(text: str, expected: str) -> None:
    notes = Notes("")
    assert clean_age(text, notes, "age") == expected
    assert not [issue for issue in notes.issues if issue.severity != "info"]


@pytest.mark.parametrize(
    "text", ["P900Y", "P1600M", "900 years", "P50000D", "G90W1D", "3", "old", "P", "-3 years", "٣ y"]
)
def test_nonsense_is_left_out_and_said(text: str) -> None:
    notes = Notes("")
    assert clean_age(text, notes, "age") is None
    assert [(issue.code, issue.severity, issue.field) for issue in notes.issues] == [("age", "warning", "age")]


@given(st.integers(0, 400), st.integers(0, 30), st.integers(0, 60))
def test_the_limit_is_that_of_the_engine_s_years(in_years: int, months: int, days: int) -> None:
    age = f"P{in_years}Y{months}M{days}D"
    reckoned = years(age)
    assert reckoned is not None
    if abs(reckoned - 130) > 0.1:
        assert impossible_age(age) == (reckoned > 130)


@pytest.mark.parametrize(
    "record",
    [
        '{"id": "p", "age": "P900Y", "findings": [{"id": "HP:0001250", "onset": "P800Y"}]}',
        '{"id": "p", "age_last": "P900Y", "observed": [{"id": "HP:0001250", "onset": "P800Y"}]}',
        '{"id": "p", "subject": {"timeAtLastEncounter": {"age": {"iso8601duration": "P900Y"}}}, '
        '"phenotypicFeatures": [{"type": {"id": "HP:0001250"}, "onset": {"age": {"iso8601duration": "P800Y"}}}]}',
        "case,hpo_id,onset,age\np,HP:0001250,P800Y,P900Y\n",
    ],
)
def test_every_reader_says_so(record: str) -> None:
    result = cases_from_text(record)
    (case,) = result.cases
    assert (case.age, case.findings[0].onset) == (None, None)
    assert sum(issue.code == "age" for issue in result.issues) == 2
