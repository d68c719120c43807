"""Numbers of a text, traced to days whose figures are worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.number_grounding import NumberGrounding, trace_numbers
from workup.reasoning import Reasoning
from workup.signals.globem import Person
from workup.signals.tables import figures_in_words, person_of, table

DATES = tuple(date(2019, 4, 1) + timedelta(days=day) for day in range(28))
# Steps: 10,000 for two weeks, then 8,000; 9,000 on average, first week 10,000, last week 8,000 (-20 %).
STEPS = np.array([10000.0] * 14 + [8000.0] * 14)
# Sleep: 480 minutes on the first 21 days, 420 after; four nights missing (the 4th to the 7th); on average
# (17 x 480 + 7 x 420) / 24 = 462.5.
SLEEP = np.array([480.0] * 21 + [420.0] * 7)
SLEEP[3:7] = np.nan
BEDTIME = np.array([1430.0] * 14 + [1470.0] * 14)  # 23:50, then 00:30; on average 24:10
DISTANCE = np.array([12000.0] * 28)
PERSON = Person("p", "c", DATES, {"steps": STEPS, "sleep": SLEEP, "bedtime": BEDTIME, "distance": DISTANCE})


@pytest.mark.parametrize(
    ("text", "outcomes"),
    [
        ("The mean number of steps was 9,000.", ["right"]),
        ("The mean number of steps was 9,050.", ["right"]),  # within 1 %
        ("The mean number of steps was 9,200.", ["wrong"]),
        ("She took about 9,300 steps on average.", ["right"]),  # within 5 %
        ("She took about 9,800 steps on average.", ["wrong"]),
        ("Steps fell by 20% from the first to the last week.", ["right"]),
        ("Steps fell by 20 percent from the first to the last week.", ["right"]),
        ("Steps fell by 30% from the first to the last week.", ["wrong"]),
        ("Steps rose by 20% from the first to the last week.", ["wrong"]),
        ("Steps dropped from 10,000 to 8,000.", ["right", "right"]),
        ("Steps dropped from 10,000 to 7,000.", ["right", "wrong"]),
        ("Activity declined by 2,000 steps between the first and the last week.", ["right"]),
        ("In the first week she walked 10k steps a day.", ["right"]),
        ("Steps ranged from 8,000 to 10,000.", ["right", "right"]),
        ("Steps ranged between 6,000 and 10,000.", ["wrong", "right"]),
        ("The lowest step count was 8,000 and the highest 10,000.", ["right", "right"]),
        ("On April 3 she took 10,000 steps.", ["right"]),
        ("On 2019-04-20 she took 10,000 steps.", ["wrong"]),
        ("On 20 April she took 8000 steps.", ["right"]),
        ("On May 20 she took 8000 steps.", ["unchecked"]),
        ("She slept 7.7 hours on average.", ["right"]),
        ("She slept 7.8 hours on average.", ["wrong"]),  # 468 is off by 1.2 %
        ("She slept 7.0 hours in the last week.", ["right"]),
        ("She slept 6 h 30 min in the last week.", ["wrong"]),
        ("The mean time asleep was 7 h 45 min.", ["right"]),
        ("Sleep data are missing on 4 of 28 days.", ["right", "right"]),
        ("Sleep data are missing on six days.", ["wrong"]),
        ("The average bedtime was 00:10.", ["right"]),
        ("The average bedtime was 11:10 pm.", ["wrong"]),
        ("Bedtime was 12:30 am in the last week.", ["right"]),
        ("The mean distance was 12 km.", ["right"]),
        ("The mean distance was 12,000 metres.", ["right"]),
        ("The mean distance was 15 km.", ["wrong"]),
        ("A PHQ-9 of 12 would support depression.", ["unchecked"]),
        ("Two criteria of DSM-5 are met.", []),
        ("Average steps were 9,000 while time asleep averaged 465 minutes.", ["right", "right"]),
        ("Average steps were 9,000, but time asleep averaged 400 minutes.", ["right", "wrong"]),
        ("Screen time was 200 minutes.", ["unchecked"]),  # the person has no such stream
    ],
)
def test_by_hand(text: str, outcomes: list[str]) -> None:
    found = trace_numbers(text, PERSON)
    assert [one.outcome for one in found] == outcomes, found


def test_spans_hold_the_digits() -> None:
    text = "Fine. Mean steps: 9,000."
    (one,) = trace_numbers(text, PERSON)
    assert text[one.start : one.end] == "9,000"
    assert (one.stream, one.about, one.truth) == ("steps", "mean", 9000.0)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for one in trace_numbers("steps " + text, PERSON):
        assert one.outcome in ("right", "wrong", "unchecked")


@pytest.mark.parametrize("form", ["markdown", "csv"])
def test_a_table_reads_back(form: str) -> None:
    read = person_of("Days:\n" + table(PERSON, form))  # type: ignore[arg-type]
    assert read is not None
    assert read.dates == DATES
    for name, values in PERSON.streams.items():
        np.testing.assert_array_equal(read.streams[name], values)
    assert person_of("nothing") is None
    assert "missing days 4" in figures_in_words(PERSON)


def test_the_scorer_leaves_out_what_cannot_be_checked() -> None:
    key = AttemptKey(benchmark="b", version="1", case_id="x", case="x", reasoner="r")
    text = "Mean steps 9,000. Mean distance 15 km. A score of 7."
    attempt = Attempt(key=key, reasoning=Reasoning(reasoner="r", text=text))
    score = NumberGrounding().score(Case(id="x", text=table(PERSON)), attempt)
    assert (score.parts["right"], score.parts["wrong"]) == (1, 1)
    assert score.total == 0.5
