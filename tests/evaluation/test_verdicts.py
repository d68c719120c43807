"""Counting verdicts, as several published scores do."""

from __future__ import annotations

import pytest

from workup.evaluation.verdicts import (
    Ratio,
    Verdict,
    always,
    as_score,
    count,
    mean_ratio,
    points_if,
    points_to_win,
    says,
)


def verdicts(*words: str | None) -> list[Verdict]:
    return [Verdict(item=str(i), verdict=word) for i, word in enumerate(words)]


def test_an_unread_verdict_counts_on_neither_side() -> None:
    found = count(verdicts("yes", None, "no"), says("yes"), always)
    assert found == Ratio(value=0.5, earned=1, possible=2, items=2, unread=1)
    assert as_score(found, "recall").notes == ("1 verdicts could not be read",)


def test_nothing_possible_gives_the_value_for_empty() -> None:
    assert count([], says("yes"), always).value == 0
    assert count(verdicts("no"), says("yes"), says("maybe"), empty=1.0).value == 1


def test_a_denominator_of_some_items_only() -> None:
    # Factuality: right reasoning steps among the reasoning steps; the citation does not count.
    steps = verdicts("Reasoning, right", "Reasoning, wrong", "Citation")
    found = count(steps, says("Reasoning, right"), says("Reasoning, right", "Reasoning, wrong"))
    assert (found.value, found.possible) == (0.5, 2)


def test_a_rubric_with_a_fault_can_fall_below_zero_and_only_the_mean_is_clipped() -> None:
    worst = [Verdict(item="good", verdict="no", points=5), Verdict(item="harmful", verdict="yes", points=-8)]
    best = [Verdict(item="good", verdict="yes", points=5), Verdict(item="harmful", verdict="no", points=-8)]
    low = count(worst, points_if("yes"), points_to_win)
    high = count(best, points_if("yes"), points_to_win)
    assert (low.value, high.value) == (-1.6, 1.0)
    assert mean_ratio("rubric", [low, high]).value == pytest.approx(-0.3)
    clipped = mean_ratio("rubric", [low, high], clip=True)
    assert clipped.value == 0
    assert clipped.interval is not None
    assert clipped.interval[0] >= 0


def test_the_estimate_names_judge_and_unread_verdicts() -> None:
    ratios = [count(verdicts("yes", None), says("yes"), always)]
    found = mean_ratio("recall", ratios, judge="rule 1")
    assert found.notes == ("judge: rule 1", "1 of 2 verdicts could not be read (50.0 %)")
    assert mean_ratio("recall", []).value is None
