"""Units, ranges and everything that can be wrong with an input."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import UserError
from workup.knowledge.calculators import calculate, calculators, convert
from workup.knowledge.calculators.units import MOLAR_MASSES, unit
from workup.text.ranges import table

CKD = {"age": 60, "sex": "female", "creatinine": 1.0}


@pytest.mark.parametrize(
    ("value", "source", "target", "analyte", "expected"),
    [
        (1.0, "mg/dL", "umol/L", "creatinine", 88.4),
        (1.0, "mmol/L", "mg/dL", "glucose", 18.0156),
        (1.0, "mg/dL", "mmol/L", "urea nitrogen", 0.35696),
        (1.0, "mg/dL", "µmol/L", "bilirubin", 17.104),
        (1.0, "mmol/L", "mg/dL", "calcium", 4.0078),
        (1.0, "mEq/L", "mg/dL", "calcium", 2.0039),
        (1.0, "mmol/L", "mg/dL", "cholesterol", 38.666),
        (1.0, "mmol/L", "mg/dL", "triglycerides", 88.57),
        (1.0, "uIU/mL", "pmol/L", "insulin", 6.0),
        (1.0, "uIU/mL", "mIU/L", "", 1.0),
        (1.0, "ukat/L", "U/L", "", 60.0),
        (140, "mEq/L", "mmol/L", "sodium", 140),
        (37.0, "°C", "degrees fahrenheit", "", 98.6),
        (98.6, "F", "°C", "", 37.0),
        (310.15, "K", "°C", "", 37.0),
        (1, "kPa", "mm Hg", "", 7.50062),
        (5, "ft", "cm", "", 152.4),
        (150, "lbs", "kg", "", 68.0389),
        (2, "years", "months", "", 24),
        (1, "wk", "days", "", 7),
        (150, "10^3/uL", "10^9/L", "", 150),
        (150000, "/mm3", "10^9/L", "", 150),
        (150000, "cells/µL", "10^9/L", "", 150),
        (150, "x 10^9/L", "/uL", "", 150000),
        (72, "beats per minute", "/min", "", 72),
        (36, "%", "fraction", "", 0.36),
        (2, "L/day", "mL/h", "", 83.3333),
        (1, "mcg/kg/min", "ug/kg/min", "", 1),
    ],
)
def test_conversions(value: float, source: str, target: str, analyte: str, expected: float) -> None:
    assert convert(value, source, target, analyte=analyte) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize(
    ("source", "target", "analyte"),
    [
        ("mg/dL", "umol/L", ""),
        ("mg/dL", "mmol", "glucose"),
        ("kg", "cm", ""),
        ("mEq/L", "mmol/L", "albumin"),
        ("%", "°C", ""),
    ],
)
def test_what_does_not_convert(source: str, target: str, analyte: str) -> None:
    with pytest.raises(UserError, match="cannot be converted"):
        convert(1.0, source, target, analyte=analyte)


@pytest.mark.parametrize("text", ["furlong", "mg/", "10^5", "mg per", "Mg", "a b c", "/"])
def test_unknown_units(text: str) -> None:
    with pytest.raises(UserError, match="no unit"):
        unit(text)


@given(st.text(max_size=20))
def test_any_text_is_a_unit_or_an_error(text: str) -> None:
    with suppress(UserError):
        assert unit(text).factor > 0


@given(
    st.floats(1e-3, 1e4),
    st.sampled_from(sorted(MOLAR_MASSES)),
    st.lists(st.sampled_from(["mg/dL", "g/L", "mmol/L", "umol/L", "nmol/mL"]), min_size=2, max_size=2),
)
def test_there_and_back(value: float, analyte: str, units: list[str]) -> None:
    there = convert(value, units[0], units[1], analyte=analyte)
    assert convert(there, units[1], units[0], analyte=analyte) == pytest.approx(value)


def test_the_package_has_one_opinion_on_molar_masses() -> None:
    """The table of reference ranges holds factors of its own; both come from the same masses."""
    compared = 0
    for analyte in table().analytes:
        mine = {"haemoglobin": "haemoglobin", "total bilirubin": "bilirubin"}.get(analyte.name, analyte.name)
        mine = "cholesterol" if "cholesterol" in mine else mine
        for other, factor in analyte.units.items():
            if mine in MOLAR_MASSES and isinstance(factor, float | int) and other.endswith("mol/L"):
                compared += 1
                assert convert(1.0, other, analyte.unit, analyte=mine) == pytest.approx(factor, rel=3e-4), analyte.name
    assert compared >= 12


@pytest.mark.parametrize(
    "creatinine", [1.0, "1.0", "1 mg/dL", (1.0, "mg/dl"), [1, "mg/dL"], {"value": 1.0}, "10 mg/L", [1]]
)
def test_ways_to_write_a_number(creatinine: Any) -> None:
    assert calculate("ckd-epi-2021", **{**CKD, "creatinine": creatinine}).inputs["creatinine"] == pytest.approx(1.0)


def test_a_height_in_feet_and_inches_adds_up() -> None:
    result = calculate("body-mass-index", weight=85, height=[5, "ft", 11, "in"])
    assert result.inputs["height"] == pytest.approx(180.34)
    assert calculate("maintenance-fluids", weight="9 kg").value == 36.0


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"creatinine": "about 1"}, "creatinine: 'about 1' is no number"),
        ({"creatinine": "<1"}, "is no number"),
        ({"creatinine": "1,7"}, "is no number"),
        ({"creatinine": "1 - 2 mg/dL"}, "creatinine: no unit '- 2 mg/dL' is known"),
        ({"creatinine": True}, "'True' is no number"),
        ({"creatinine": float("nan")}, "'nan' is no number"),
        ({"creatinine": float("inf")}, "'inf' is no number"),
        ({"creatinine": 10**400}, "'1000000000000000000000000000000000000000' is no number"),
        ({"creatinine": (1, "furlong")}, "no unit 'furlong'"),
        ({"creatinine": (1, "kg")}, "kg of creatinine cannot be converted to mg/dL"),
        ({"creatinine": (1, "mg/dL", 2)}, "is no list of numbers, each with its unit"),
        ({"creatinine": []}, "is no list of numbers"),
        ({"creatinine": {"amount": 1}}, "give {'value': number, 'unit': text}"),
        ({"creatinine": 0}, "0 mg/dL is outside 0.1 to 30 mg/dL"),
        ({"creatinine": -1}, "-1 mg/dL is outside"),
        ({"creatinine": 80}, r"80 mg/dL is outside 0.1 to 30 mg/dL \(80 would be usual in umol/L: check the unit\)"),
        ({"creatinine": "31 mg/dL"}, "31 mg/dL is outside"),
        ({"age": 17}, "17 y is outside 18 to 120 y"),
        ({"age": (3, "months")}, "0.25 y is outside"),
        ({"sex": "unknown"}, "sex: 'unknown' is none of: female, male"),
        ({"weigth": 3}, "no input 'weigth'"),
        ({"serum_creatinine": 1.0}, "creatinine is given twice"),
        ({"creatinine": None}, "not given: creatinine"),
        ({"creatinine": None, "age": None}, r"not given: age \(Age, y\), creatinine \(Serum creatinine, mg/dL\)"),
        ({"creatinine": 400, "age": 3, "sex": "x"}, "age: 3 y.*sex: 'x'.*creatinine: 400"),
    ],
)
def test_what_is_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        calculate("ckd-epi-2021", **{**CKD, **inputs})


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(UserError, match="did you mean creatinine"):
        calculate("ckd-epi-2021", age=60, sex="male", creatinin=1)
    with pytest.raises(UserError, match="no calculator named 'ckd-epi-2012'; try ckd-epi-2021"):
        calculate("ckd-epi-2012")


def test_a_suspected_unit_is_reported_and_the_value_used_as_given() -> None:
    result = calculate("homa-ir", glucose=5.5, insulin=10)
    assert [(issue.code, issue.field) for issue in result.issues] == [("unit-suspected", "glucose")]
    assert "usual in mmol/L" in result.issues[0].message
    assert result.inputs["glucose"] == 5.5
    # Low, but no more usual in the other unit; and the same number with its unit.
    assert calculate("homa-ir", glucose=25, insulin=10).issues != ()
    assert calculate("homa-ir", glucose=(5.5, "mmol/L"), insulin=10).issues == ()


def test_a_fraction_of_oxygen_without_unit_is_refused_with_a_hint() -> None:
    with pytest.raises(UserError, match=r"0.5 would be usual in fraction"):
        calculate("oxygenation-ratio", oxygen_pressure=80, inspired_oxygen=0.5)


def test_formulas_assume_nothing() -> None:
    with pytest.raises(UserError, match="not given: creatinine"):
        calculate("ckd-epi-2021", assume_absent=True, age=60, sex="male")


def test_scores_assume_only_when_told_and_say_so() -> None:
    with pytest.raises(UserError, match=r"not given: confusion .*urea_nitrogen"):
        calculate("curb-65", age=70)
    result = calculate("curb-65", assume_absent=True, age=70)
    assert result.value == 1
    assert {issue.field for issue in result.issues} == set(calculators()["curb-65"].inputs) - {"age"}
    assert {issue.code for issue in result.issues} == {"assumed"}
    with pytest.raises(UserError, match="not given: age"):
        calculate("curb-65", assume_absent=True)


def test_the_variant_takes_other_patients_with_an_issue() -> None:
    result = calculate("ckd-epi-2021", upstream_compatible=True, age=12, sex="male", creatinine=0.9)
    assert [issue.code for issue in result.issues] == ["outside-formula"]
    assert result.value == pytest.approx(142 * 0.9938**12)
    with pytest.raises(UserError, match="130 y is outside"):
        calculate("ckd-epi-2021", upstream_compatible=True, age=130, sex="male", creatinine=0.9)
    lipids = {"cholesterol": 200, "hdl_cholesterol": 50, "systolic_pressure": 120}
    with pytest.raises(UserError, match="no finite value"):
        calculate("framingham-hard-chd", assume_absent=True, upstream_compatible=True, age=0, sex="male", **lipids)


def test_a_part_that_cannot_be_tested_is_refused() -> None:
    with pytest.raises(UserError, match="'not testable' is none of"):
        calculate("glasgow-coma", eye="not testable", verbal="oriented", motor="obeys commands")


@pytest.mark.parametrize("day", ["2024-02-26", date(2024, 2, 26), datetime(2024, 2, 26, 12)])
def test_dates(day: Any) -> None:
    assert calculate("gestational-age", last_period=day, on="2024-03-05").value == "1 weeks, 1 days"


@pytest.mark.parametrize("day", ["02/03/2000", "2024-02-30", "yesterday", 20240101.5])
def test_dates_that_are_none(day: Any) -> None:
    with pytest.raises(UserError, match="is no date; write YYYY-MM-DD"):
        calculate("due-date", last_period=day, cycle=28)


def test_dates_that_do_not_fit() -> None:
    with pytest.raises(UserError, match="before the last period"):
        calculate("gestational-age", last_period="2024-03-05", on="2024-03-04")
    with pytest.raises(UserError, match="no pregnancy lasts"):
        calculate("gestational-age", last_period="2022-03-05", on="2024-03-04")


def test_no_value_where_the_formula_has_none() -> None:
    with pytest.raises(UserError, match="at a bicarbonate of 24"):
        calculate("delta-ratio", sodium=140, chloride=100, bicarbonate=24)
    with pytest.raises(UserError, match="at least one of codeine"):
        calculate("morphine-equivalents")


def test_what_cannot_be_is_reported() -> None:
    assert calculate("mean-arterial-pressure", systolic_pressure=80, diastolic_pressure=120).issues[0].remedy
    low = calculate("ldl-friedewald", cholesterol=60, hdl_cholesterol=60, triglycerides=100)
    assert (low.value, len(low.issues)) == (-20.0, 1)
    assert calculate("mdrd", **CKD, race="black").issues[0].field == "race"
    assert calculate("cockcroft-gault", age=40, sex="male", weight=72, creatinine=1, weight_basis="bmi").issues


ANYTHING = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.floats(),
    st.integers(),
    st.booleans(),
    st.lists(st.one_of(st.integers(), st.text(max_size=5)), max_size=4),
)


@given(st.dictionaries(st.sampled_from(["age", "sex", "creatinine", "x"]), ANYTHING))
def test_any_input_is_computed_or_refused_in_words(inputs: dict[str, Any]) -> None:
    with suppress(UserError):
        assert isinstance(calculate("ckd-epi-2021", **inputs).value, float)
