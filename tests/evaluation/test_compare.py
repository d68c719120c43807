"""Paired comparisons: published values, properties, and error rates under the null."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.compare import (
    cases_needed,
    compare,
    cost_per_right_answer,
    holm,
    mcnemar_mid,
    paired_bootstrap,
    paired_test,
    power,
)
from workup.evaluation.stats import mcnemar


def test_mid_p_of_the_published_example() -> None:
    # Fagerland et al. 2013, airway hyper-responsiveness before and after transplantation: 1 against 7.
    assert round(mcnemar(1, 7), 4) == 0.0703
    assert round(mcnemar_mid(1, 7), 4) == 0.0391
    assert mcnemar_mid(0, 0) == 1
    assert mcnemar_mid(2, 2) == 1 - 6 / 16


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_never_lowers_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    pairs = sorted(zip(p_values, adjusted, strict=True))
    assert [q for _, q in pairs] == sorted(q for _, q in pairs)
    assert holm([]) == []


def test_runs_are_paired_by_case_and_only_on_shared_ones() -> None:
    test = paired_test("a", "b", {"1": 1, "2": 0, "3": 1}, {"2": 1, "3": 0, "4": 1})
    assert test is not None
    assert (test.n, test.difference, test.only_a, test.only_b, test.p_exact) == (2, 0, 1, 1, 1)
    assert paired_test("a", "b", {"1": 1}, {"2": 1}) is None
    graded = paired_test("a", "b", {"1": 0.5, "2": 1}, {"1": 0.25, "2": 1})
    assert graded is not None
    assert (graded.difference, graded.p_exact) == (0.125, None)


def test_all_pairs_or_against_one() -> None:
    runs = {name: {"1": float(name > "a"), "2": 1.0} for name in "abc"}
    assert [(test.a, test.b) for test in compare(runs)] == [("a", "b"), ("a", "c"), ("b", "c")]
    tests = compare(runs, against="a")
    assert [(test.a, test.b) for test in tests] == [("b", "a"), ("c", "a")]
    assert all(test.p_adjusted is not None and test.p_adjusted >= test.p_bootstrap for test in tests)
    with pytest.raises(KeyError):
        compare(runs, against="z")


def test_a_cluster_is_drawn_as_a_whole() -> None:
    # One publication with all the differences: alone it shows nothing about others.
    values = [1.0] * 50 + [0.0] * 50
    (low, high), p_value = paired_bootstrap(values, ["big"] * 50 + [str(i) for i in range(50)])
    assert low == 0
    assert high > 0.6
    assert p_value > 0.3
    (low, _), alone = paired_bootstrap(values)
    assert low > 0.3
    assert alone < 0.01
    with pytest.raises(ValueError, match="0 differences"):
        paired_bootstrap([])
    with pytest.raises(ValueError, match="2 differences for 1"):
        paired_bootstrap([1, 0], ["a"])


def test_drawing_kinds_is_drawing_cases() -> None:
    """Counts of equal differences have the distribution that plain resampling gives."""
    random = np.random.default_rng(3)
    values = random.choice([-1.0, 0.0, 0.5, 1.0], size=60)
    (low, high), _ = paired_bootstrap(values, resamples=40_000)
    plain = values[random.integers(60, size=(40_000, 60))].mean(axis=1)
    assert np.percentile(plain, [2.5, 97.5]) == pytest.approx([low, high], abs=0.012)


def test_power_by_simulation() -> None:
    random = np.random.default_rng(5)
    counts = random.multinomial(120, [0.25, 0.1, 0.65], size=2000)
    found = np.mean([mcnemar_mid(int(a), int(b)) <= 0.05 for a, b, _ in counts])
    assert power(120, 0.15, 0.35) == pytest.approx(found, abs=0.03)
    assert power(100, 0, 0) == 0
    assert power(200, 0, 0.3) == pytest.approx(0.05, abs=0.01)
    with pytest.raises(ValueError, match="discordant"):
        power(100, 0.5, 0.2)
    needed = cases_needed(0.15, 0.35)
    assert power(needed, 0.15, 0.35) >= 0.8
    with pytest.raises(ValueError, match="difference of 0"):
        cases_needed(0, 0.2)


def test_cost_per_right_answer() -> None:
    assert cost_per_right_answer([1, 1, 1], [True, False, True]) == 1.5
    assert cost_per_right_answer([1], [False]) is None


@pytest.mark.slow
@pytest.mark.parametrize(("clusters", "coverage"), [(200, (0.94, 0.96)), (30, (0.90, 0.96))])
def test_error_rates_under_the_null(clusters: int, coverage: tuple[float, float]) -> None:
    """Two equally good runs compared again and again: tests reject, and intervals miss, about 5 % of the time.

    3,000 comparisons here, which know a rate of 5 % to 0.8 points; WORKUP_SIMULATIONS=10000 for the figures of docs.
    With 200 independent cases the tests must keep their level. With 30 clusters a percentile bootstrap is known to be a
    little too short; the bound here states by how much.
    """
    random = np.random.default_rng(11)
    simulations = int(os.environ.get("WORKUP_SIMULATIONS", "3000"))
    rejected = {"bootstrap": 0, "mid": 0, "exact": 0}
    covered = 0
    for simulation in range(simulations):
        if clusters == 200:
            plus, minus, same = random.multinomial(200, [0.15, 0.15, 0.7])
            values = np.repeat([1.0, -1.0, 0.0], [plus, minus, same])
            rejected["mid"] += mcnemar_mid(int(plus), int(minus)) <= 0.05
            rejected["exact"] += mcnemar(int(plus), int(minus)) <= 0.05
            groups = None
        else:
            # Cases of a cluster lean the same way.
            lean = np.repeat(random.normal(0, 0.5, size=clusters), 6)
            values = np.sign(np.round(lean + random.normal(0, 0.7, size=len(lean))))
            groups = np.repeat(np.arange(clusters), 6).tolist()
        (low, high), p_value = paired_bootstrap(values, groups, seed=simulation)
        rejected["bootstrap"] += p_value <= 0.05
        covered += low <= 0 <= high
    rates = {name: count / simulations for name, count in rejected.items()}
    print(clusters, rates, covered / simulations)
    assert coverage[0] <= covered / simulations <= coverage[1]
    if clusters == 200:
        assert 0.04 <= rates["bootstrap"] <= 0.06
        assert 0.04 <= rates["mid"] <= 0.06
        assert rates["exact"] <= 0.055
    else:
        assert rates["bootstrap"] <= 0.10
