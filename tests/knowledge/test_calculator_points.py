"""Points at both sides of every limit, worked out from the papers by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.knowledge.calculators import Calculator, calculate, calculators

# Calculator, input, and (value, points that the criterion gives), on both sides of each limit.
BOUNDARIES: list[tuple[str, str, list[tuple[Any, float]]]] = [
    ("cha2ds2-vasc", "age", [(64, 0), (65, 1), (74, 1), (75, 2)]),
    ("has-bled", "age", [(65, 0), (66, 1)]),
    ("has-bled", "alcohol", [(7, 0), (8, 1)]),
    ("wells-pe", "heart_rate", [(100, 0), (101, 1.5)]),
    ("perc", "age", [(49, 0), (50, 1)]),
    ("perc", "heart_rate", [(99, 0), (100, 1)]),
    ("perc", "oxygen_saturation", [(95, 0), (94, 1)]),
    ("caprini", "age", [(40, 0), (41, 1), (60, 1), (61, 2), (74, 2), (75, 3)]),
    ("caprini", "body_mass_index", [(25, 0), (25.1, 1)]),
    ("caprini", "surgery", [("none", 0), ("minor", 1), ("major", 2), ("laparoscopic", 2), ("arthroplasty", 5)]),
    ("caprini", "mobility", [("normal", 0), ("bed rest", 1), ("confined to bed over 72 hours", 2)]),
    ("child-pugh", "bilirubin", [(1.9, 1), (2.0, 2), (3.0, 2), (3.1, 3)]),
    ("child-pugh", "albumin", [(3.6, 1), (3.5, 2), (2.8, 2), (2.7, 3)]),
    ("child-pugh", "inr", [(1.69, 1), (1.7, 2), (2.3, 2), (2.31, 3)]),
    ("child-pugh", "ascites", [("absent", 1), ("slight", 2), ("moderate", 3)]),
    ("child-pugh", "encephalopathy", [("none", 1), ("grade 1-2", 2), ("grade 3-4", 3)]),
    ("rcri", "creatinine", [(2.0, 0), (2.01, 1)]),
    ("heart", "age", [(44, 0), (45, 1), (64, 1), (65, 2)]),
    ("curb-65", "urea_nitrogen", [(19, 0), (19.1, 1), ("7.1 mmol/L", 1)]),
    ("curb-65", "respiratory_rate", [(29, 0), (30, 1)]),
    ("curb-65", "systolic_pressure", [(90, 0), (89, 1)]),
    ("curb-65", "diastolic_pressure", [(61, 0), (60, 1)]),
    ("curb-65", "age", [(64, 0), (65, 1)]),
    ("pneumonia-severity-index", "respiratory_rate", [(29, 0), (30, 20)]),
    ("pneumonia-severity-index", "systolic_pressure", [(90, 0), (89, 20)]),
    ("pneumonia-severity-index", "temperature", [(34.9, 15), (35, 0), (39.95, 0), (40, 15)]),
    ("pneumonia-severity-index", "heart_rate", [(124, 0), (125, 10)]),
    ("pneumonia-severity-index", "arterial_ph", [(7.35, 0), (7.34, 30)]),
    ("pneumonia-severity-index", "urea_nitrogen", [(29, 0), (30, 20)]),
    ("pneumonia-severity-index", "sodium", [(130, 0), (129, 20)]),
    ("pneumonia-severity-index", "glucose", [(249, 0), (250, 10)]),
    ("pneumonia-severity-index", "haematocrit", [(30, 0), (29, 10)]),
    ("pneumonia-severity-index", "oxygen_pressure", [(60, 0), (59, 10)]),
    ("pneumonia-severity-index", "sex", [("male", 0), ("female", -10)]),
    ("glasgow-blatchford", "urea_nitrogen", [(18.1, 0), (18.2, 2), (22.3, 2), (22.4, 3), (27.9, 3), (28, 4), (70, 6)]),
    ("glasgow-blatchford", "systolic_pressure", [(110, 0), (109, 1), (100, 1), (99, 2), (90, 2), (89, 3)]),
    ("glasgow-blatchford", "heart_rate", [(99, 0), (100, 1)]),
    ("sirs", "temperature", [(35.9, 1), (36, 0), (38, 0), (38.1, 1)]),
    ("sirs", "heart_rate", [(90, 0), (91, 1)]),
    ("sirs", "respiratory_rate", [(20, 0), (21, 1)]),
    ("sirs", "carbon_dioxide", [(32, 0), (31, 1)]),
    ("sirs", "white_blood_cells", [(3.9, 1), (4, 0), (12, 0), (12.1, 1)]),
    ("sirs", "bands", [(10, 0), (11, 1)]),
    ("qsofa", "respiratory_rate", [(21, 0), (22, 1)]),
    ("qsofa", "systolic_pressure", [(101, 0), (100, 1)]),
    ("qsofa", "coma_score", [(15, 0), (14, 1)]),
    ("sofa", "platelets", [(150, 0), (149, 1), (99, 2), (49, 3), (19, 4)]),
    ("sofa", "coma_score", [(15, 0), (14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4)]),
    ("sofa", "bilirubin", [(1.1, 0), (1.2, 1), (1.9, 1), (2, 2), (5.9, 2), (6, 3), (11.9, 3), (12, 4)]),
    ("sofa", "creatinine", [(1.1, 0), (1.2, 1), (2, 2), (3.5, 3), (4.9, 3), (5, 4)]),
    ("sofa", "urine_output", [(500, 0), (499, 3), (199, 4)]),
    ("sofa", "dopamine", [(0, 0), (5, 2), (5.1, 3), (15, 3), (15.1, 4)]),
    ("sofa", "norepinephrine", [(0.1, 3), (0.11, 4)]),
    ("sofa", "dobutamine", [(2, 2)]),
    ("apache-ii", "age", [(44, 0), (45, 2), (55, 3), (65, 5), (75, 6)]),
    (
        "apache-ii",
        "temperature",
        [(41, 4), (39, 3), (38.5, 1), (38.4, 0), (36, 0), (34, 1), (32, 2), (30, 3), (29.9, 4)],
    ),
    ("apache-ii", "heart_rate", [(180, 4), (140, 3), (110, 2), (109, 0), (70, 0), (55, 2), (40, 3), (39, 4)]),
    ("apache-ii", "respiratory_rate", [(50, 4), (35, 3), (25, 1), (12, 0), (10, 1), (6, 2), (5, 4)]),
    ("apache-ii", "oxygen_pressure", [(71, 0), (70, 1), (61, 1), (60, 3), (55, 3), (54, 4)]),
    ("apache-ii", "arterial_ph", [(7.7, 4), (7.6, 3), (7.5, 1), (7.33, 0), (7.25, 2), (7.15, 3), (7.14, 4)]),
    ("apache-ii", "sodium", [(180, 4), (160, 3), (155, 2), (150, 1), (130, 0), (120, 2), (111, 3), (110, 4)]),
    ("apache-ii", "potassium", [(7, 4), (6, 3), (5.5, 1), (3.5, 0), (3, 1), (2.5, 2), (2.4, 4)]),
    ("apache-ii", "creatinine", [(3.5, 4), (2, 3), (1.5, 2), (0.6, 0), (0.5, 2)]),
    ("apache-ii", "haematocrit", [(60, 4), (50, 2), (46, 1), (30, 0), (20, 2), (19, 4)]),
    ("apache-ii", "white_blood_cells", [(40, 4), (20, 2), (15, 1), (3, 0), (1, 2), (0.9, 4)]),
    ("apache-ii", "coma_score", [(15, 0), (3, 12)]),
    ("centor", "age", [(3, 1), (14, 1), (15, 0), (44, 0), (45, -1)]),
    ("centor", "temperature", [(38, 0), (38.1, 1)]),
    ("charlson", "age", [(49, 0), (50, 1), (60, 2), (70, 3), (80, 4)]),
    ("charlson", "liver_disease", [("none", 0), ("mild", 1), ("moderate to severe", 3)]),
    ("charlson", "solid_tumour", [("none", 0), ("localized", 2), ("metastatic", 6)]),
    ("charlson", "diabetes", [("none or diet-controlled", 0), ("uncomplicated", 1), ("end-organ damage", 2)]),
    ("glasgow-coma", "eye", [("none", 1), ("to pain", 2), ("to voice", 3), ("spontaneous", 4)]),
    (
        "glasgow-coma",
        "verbal",
        [("none", 1), ("incomprehensible sounds", 2), ("inappropriate words", 3), ("oriented", 5)],
    ),
    ("glasgow-coma", "motor", [("none", 1), ("extension to pain", 2), ("flexion to pain", 3), ("obeys commands", 6)]),
]
# Points that the score has with everything absent, at the age and sex below.
BASE = {"child-pugh": 5.0, "glasgow-coma": 15.0, "pneumonia-severity-index": 20.0}
YOUNG: dict[str, Any] = {"age": 20, "sex": "male"}


def empty(name: str) -> dict[str, Any]:
    return {key: value for key, value in YOUNG.items() if key in calculators()[name].inputs}


@pytest.mark.parametrize(("name", "key", "rows"), BOUNDARIES, ids=[f"{name}-{key}" for name, key, _ in BOUNDARIES])
def test_both_sides_of_each_limit(name: str, key: str, rows: list[tuple[Any, float]]) -> None:
    for value, points in rows:
        inputs = empty(name) | {key: value}
        if key == "diastolic_pressure":
            inputs["systolic_pressure"] = 120
        result = calculate(name, assume_absent=True, **inputs)
        own = {"child-pugh": 1.0, "glasgow-coma": {"eye": 4.0, "verbal": 5.0, "motor": 6.0}.get(key, 0.0)}.get(
            name, 0.0
        )
        base = BASE.get(name, calculate(name, assume_absent=True, **empty(name)).value if key not in YOUNG else 0.0)
        if name == "centor":
            base = 0.0
        assert isinstance(result.value, float)
        assert isinstance(base, float)
        assert result.value - base + own == points, (value, result.parts)


@pytest.mark.parametrize(("value", "points"), [(13, 0), (12.9, 1), (12, 1), (11.9, 3), (10, 3), (9.9, 6)])
def test_haemoglobin_of_men_in_bleeding(value: float, points: float) -> None:
    assert calculate("glasgow-blatchford", assume_absent=True, sex="male", haemoglobin=value).value == points


@pytest.mark.parametrize(("value", "points"), [(12, 0), (11.9, 1), (10, 1), (9.9, 6), ("99 g/L", 6)])
def test_haemoglobin_of_women_in_bleeding(value: Any, points: float) -> None:
    assert calculate("glasgow-blatchford", assume_absent=True, sex="female", haemoglobin=value).value == points


@pytest.mark.parametrize(
    ("oxygen", "fraction", "supported", "points"),
    [
        (84, 21, False, 0),
        (83, 21, False, 1),
        (63, 21, False, 1),
        (62, 21, False, 2),
        (30, 21, False, 2),
        (99, 50, True, 3),
        (100, 50, True, 2),
        (49, 50, True, 4),
        (50, 50, True, 3),
    ],
)
def test_oxygenation_in_sofa(oxygen: float, fraction: float, supported: bool, points: float) -> None:
    inputs = {"oxygen_pressure": oxygen, "inspired_oxygen": fraction, "ventilation": supported}
    assert calculate("sofa", assume_absent=True, **inputs).value == points


@pytest.mark.parametrize(("gradient", "points"), [(199, 0), (200, 2), (349, 2), (350, 3), (499, 3), (500, 4)])
def test_gradient_in_apache(gradient: float, points: float) -> None:
    result = calculate("apache-ii", assume_absent=True, age=20, inspired_oxygen=50, gradient=gradient)
    assert result.value == points


@pytest.mark.parametrize(
    ("systolic", "diastolic", "points"),
    [
        (160, 160, 4),
        (159, 159, 3),
        (130, 130, 3),
        (110, 110, 2),
        (109, 109, 0),
        (70, 70, 0),
        (69, 69, 2),
        (49, 49, 3),
        (39, 39, 4),
    ],
)
def test_mean_pressure_in_apache(systolic: float, diastolic: float, points: float) -> None:
    inputs = {"age": 20, "systolic_pressure": systolic, "diastolic_pressure": diastolic}
    assert calculate("apache-ii", assume_absent=True, **inputs).value == points


@pytest.mark.parametrize(
    ("inputs", "points"),
    [
        ({"creatinine": 1.6, "acute_renal_failure": True}, 4),
        ({"creatinine": 2.0, "acute_renal_failure": True}, 6),
        ({"creatinine": 4.0, "acute_renal_failure": True}, 8),
        ({"creatinine": 1.4, "acute_renal_failure": True}, 0),
        ({"chronic_organ_failure": True}, 5),
        ({"chronic_organ_failure": True, "admission": "emergency operation"}, 5),
        ({"chronic_organ_failure": True, "admission": "elective operation"}, 2),
    ],
)
def test_acute_failure_and_chronic_health_in_apache(inputs: dict[str, Any], points: float) -> None:
    assert calculate("apache-ii", assume_absent=True, age=20, **inputs).value == points


def test_what_the_variant_of_medcalc_bench_changes() -> None:
    def both(name: str, **inputs: Any) -> tuple[float | str, float | str]:
        ours = calculate(name, assume_absent=True, **inputs)
        return ours.value, calculate(name, assume_absent=True, upstream_compatible=True, **inputs).value

    assert both("caprini", age=20, sex="female") == (0, 1)
    assert both("caprini", age=20, sex="male") == (0, 0)
    assert both("pneumonia-severity-index", age=20, sex="male", temperature=39.95) == (20, 35)
    assert both("apache-ii", age=20, creatinine=2.5) == (3, 0)
    assert both("apache-ii", age=20, creatinine=2.5, chronic_renal_failure=True) == (3, 3)
    # Weight 100 kg at 170 cm: index 34.6, ideal weight 65.94 kg, adjusted 79.56 kg.
    ours, theirs = both("cockcroft-gault", age=40, sex="male", weight=100, height=170, creatinine=1.0)
    assert (ours, theirs) == (pytest.approx(100 * 100 / 72), pytest.approx(79.5622 * 100 / 72, rel=1e-5))
    assert (
        calculate("glasgow-coma", upstream_compatible=True, eye="not testable", verbal="none", motor="none").value == 6
    )
    assert both("ldl-friedewald", cholesterol=300, hdl_cholesterol=40, triglycerides=400) == (180, 180)


def scores() -> list[Calculator]:
    return [one for one in calculators().values() if one.unit in ("points", "criteria") and one.area != "meld"]


@pytest.mark.parametrize("calculator", scores(), ids=lambda one: one.name)
def test_no_yes_lowers_a_score_of_risk_except_the_one_that_is_meant_to(calculator: Calculator) -> None:
    asked = [name for name, known in calculator.inputs.items() if known.kind == "yes/no"]
    inputs = {**calculator.example.inputs, **dict.fromkeys(asked, False)}
    base = calculate(calculator.name, **inputs).value
    assert isinstance(base, float)
    for name in asked:
        one = calculate(calculator.name, **{**inputs, name: True}).value
        assert isinstance(one, float)
        if name == "other_diagnosis":
            assert one == base - 2
        else:
            assert one >= base, name


@given(st.floats(0.3, 15), st.floats(0.3, 15), st.integers(18, 110), st.sampled_from(["female", "male"]))
def test_filtration_falls_with_creatinine_and_age(one: float, other: float, age: int, sex: str) -> None:
    low, high = sorted((one, other))
    for name, extra in (("ckd-epi-2021", {}), ("mdrd", {}), ("cockcroft-gault", {"weight": 70})):
        values = [calculate(name, age=age, sex=sex, creatinine=c, **extra).value for c in (low, high)]
        assert values[0] >= values[1]  # type: ignore[operator]
        older = calculate(name, age=min(age + 10, 110), sex=sex, creatinine=low, **extra).value
        assert older <= values[0]  # type: ignore[operator]


@given(st.floats(1, 40), st.floats(0.6, 10), st.floats(0.8, 8), st.integers(115, 150))
def test_meld_is_whole_within_its_range_and_rises(bilirubin: float, creatinine: float, inr: float, sodium: int) -> None:
    inputs = {"bilirubin": bilirubin, "creatinine": creatinine, "inr": inr, "dialysis": False}
    extra = {"sodium": sodium, "albumin": 3.0, "sex": "male"}
    for name, more in (("meld", {}), ("meld-na", {"sodium": sodium}), ("meld-3", extra)):
        value = calculate(name, **inputs, **more).value
        assert isinstance(value, float)
        assert 6 <= value <= 40
        assert value == int(value)
        worse = calculate(name, **{**inputs, "inr": inr + 1}, **more).value
        assert worse >= value  # type: ignore[operator]


@given(st.floats(30, 220), st.floats(200, 600))
def test_corrected_intervals_agree_at_sixty_beats(rate: float, interval: float) -> None:
    names = [f"qtc-{name}" for name in ("bazett", "fridericia", "framingham", "hodges", "rautaharju")]
    assert [calculate(name, qt_interval=interval, heart_rate=60).value for name in names] == pytest.approx(
        [interval] * 5
    )
    for name in names:
        corrected = calculate(name, qt_interval=interval, heart_rate=rate).value
        assert (corrected > interval) == (rate > 60) or corrected == pytest.approx(interval)  # type: ignore[operator]
