"""The simulated cohort, explanations with planted faults, and the check that finds them."""

from __future__ import annotations

from collections import Counter

import pytest

from workup.evaluation.claim_check import check_explanation
from workup.knowledge.criteria import criteria
from workup.simulate.cohorts import RA, CohortOptions, cohort
from workup.simulate.explanations import FAULTS, explained, explanations
from workup.text.record_values import read_values

RULES = criteria("ra-2010")
RECORD = {
    "small_joints": 5.0, "large_joints": 1.0, "synovitis": True, "better_explained": False,
    "rf": 52.0, "rf_upper": 14.0, "acpa": 8.0, "acpa_upper": 20.0, "crp": 3.0, "crp_upper": 5.0,
    "esr": 12.0, "esr_upper": 20.0, "duration_weeks": 8.0, "rash": False,
}  # fmt: skip


def test_without_noise_the_label_is_what_the_criteria_say() -> None:
    for case in cohort(60, 4, CohortOptions(noise=0)):
        assert case.reference is not None
        assert RULES.count(read_values(case.text or "")).met is (case.reference.answer == RA)


def test_noise_is_named_and_changes_the_record() -> None:
    noisy = list(cohort(40, 4, CohortOptions(noise=1)))
    assert all(case.provenance["noise"] for case in noisy)
    assert {case.provenance["noise"].split()[0] for case in noisy} == {"rf", "acpa", "crp"}


def test_every_look_alike_is_drawn_and_a_seed_repeats() -> None:
    drawn = Counter(case.provenance["disease"] for case in cohort(100, 1))
    assert len(drawn) == 5
    assert list(cohort(5, 1)) == list(cohort(5, 1))
    assert list(cohort(5, 1)) != list(cohort(5, 2))


@pytest.mark.parametrize(
    ("text", "met", "outcome"),
    [
        ("Five small joints are involved. RF is 52. Symptoms for 8 weeks. Therefore RA.", True, "right"),
        ("She has 9 small joints involved. RF is 52. Symptoms for 8 weeks.", True, "wrong fact"),
        ("She has 5 small joints. RF is high-positive. The symptoms last 8 weeks.", True, "right"),
        ("She has 5 small joints. RF is low-positive. The symptoms last 8 weeks.", True, "wrong fact"),
        ("There is a rash. So this is RA.", True, "wrong fact"),
        ("She has 5 small joints. 4-10 small joints give 5 points. RF is 52.", True, "wrong criterion"),
        ("She has 5 small joints. RF is 52. At least 8 points are needed.", True, "wrong criterion"),
        ("RF is 52. 8 weeks. 5 small joints. A duration of at least 12 weeks gives 1 point.", True, "wrong criterion"),
        ("She likes tea. So this is RA.", True, "irrelevant"),
        ("She has 5 small joints. So this is RA.", True, "missing key"),
        ("The CRP is normal. Not RA.", False, "missing key"),
        ("Ferritin is 900, RF is 52, 5 small joints, 8 weeks.", True, "right"),
    ],
)
def test_verdicts(text: str, met: bool, outcome: str) -> None:
    assert check_explanation(text, met, RECORD, RULES).outcome == outcome


def test_what_is_not_in_the_record_is_a_wrong_fact() -> None:
    bare = {name: value for name, value in RECORD.items() if not name.startswith("acpa")}
    checked = check_explanation("ACPA is 8.", True, bare, RULES)
    assert (checked.outcome, checked.claims[0].right) == ("wrong fact", False)


def test_claims_become_verdicts_and_unchecked_ones_are_unread() -> None:
    verdicts = check_explanation("RF is 52. She likes tea.", True, RECORD, RULES).verdicts()
    assert [one.verdict for one in verdicts] == ["right", None]


def test_planted_faults_are_found() -> None:
    cases = {case.id: case for case in cohort(60, 9)}
    made = list(explanations(cases.values(), 9))
    assert {one.fault for one in made} == set(FAULTS)
    agree = [
        check_explanation(one.text, one.label == RA, read_values(cases[one.case].text or ""), RULES).outcome
        == one.fault
        for one in made
    ]
    assert sum(agree) >= 0.9 * len(agree)


def test_known_patients_carry_a_right_explanation() -> None:
    for case in explained(cohort(10, 2, CohortOptions(noise=0))):
        assert case.reference is not None
        (text,) = case.reference.steps
        met = case.reference.answer == RA
        assert check_explanation(text, met, read_values(case.text or ""), RULES).outcome == "right"
