from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workup.evaluation.stats import CaseDraws, auroc, grouped_means, mcnemar, paired_publication_bootstrap


def test_micro_weighs_cases_and_macro_publications() -> None:
    means = grouped_means(np.array([[1.0], [1.0], [1.0], [0.0]]), ["a", "a", "a", "b"])
    assert means.micro[0] == 0.75
    assert means.macro[0] == 0.5
    assert (means.cases, means.publications) == (4, 2)


def test_two_publications_have_three_possible_samples() -> None:
    # Samples aa, ab, bb have macro means 1, 0.5, 0 with chances 1/4, 1/2, 1/4: 95 % spans all of them.
    means = grouped_means(np.array([[1.0], [1.0], [1.0], [0.0]]), ["a", "a", "a", "b"])
    assert means.macro_interval[:, 0].tolist() == [0.0, 1.0]
    assert means.micro_interval[:, 0].tolist() == [0.0, 1.0]


def test_one_publication_has_no_spread() -> None:
    means = grouped_means(np.array([[1.0], [0.0]]), ["a", "a"])
    assert means.micro_interval[:, 0].tolist() == [0.5, 0.5]


def test_agrees_with_scipy_when_every_publication_is_one_case() -> None:
    values = np.random.default_rng(1).normal(size=200)
    means = grouped_means(values[:, None], [str(i) for i in range(200)], resamples=20_000)
    reference = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert means.micro_interval[:, 0] == pytest.approx([reference.low, reference.high], abs=0.006)
    assert means.macro_interval[:, 0] == pytest.approx(means.micro_interval[:, 0])


def test_correlated_cases_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(3).integers(0, 2, 50), 20).astype(float)[:, None]
    grouped = grouped_means(values, [str(i // 20) for i in range(1000)]).micro_interval[:, 0]
    single = grouped_means(values, [str(i) for i in range(1000)]).micro_interval[:, 0]
    assert np.ptp(grouped) > 3 * np.ptp(single)


def test_seed_decides_and_order_of_cases_does_not() -> None:
    values = np.random.default_rng(4).random((40, 2))
    names = [str(i % 7) for i in range(40)]
    first = grouped_means(values, names, seed=5)
    order = np.random.default_rng(6).permutation(40)
    again = grouped_means(values[order], [names[i] for i in order], seed=5)
    assert first.micro_interval == pytest.approx(again.micro_interval)
    other = grouped_means(values, names, seed=6)
    assert not np.array_equal(first.micro_interval, other.micro_interval)


@pytest.mark.parametrize("names", [[], ["a", "b"]])
def test_no_cases_or_unequal_lengths_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="publications"):
        grouped_means(np.zeros((len(names) // 2, 1)), names)


def test_paired_difference_by_hand() -> None:
    a = [True, True, True, False, True]
    b = [True, False, False, True, True]
    found = paired_publication_bootstrap(a, b, ["p", "p", "q", "q", "r"])
    # Differences by case: 0, 1 | 1, -1 | 0; by publication: 1/2, 0, 0.
    assert found.micro == pytest.approx(1 / 5)
    assert found.macro == pytest.approx(1 / 6)
    assert (found.only_a, found.only_b) == (2, 1)
    assert found.p_value == 1.0
    assert found.macro_interval[0] <= found.macro <= found.macro_interval[1]


def test_pairing_cancels_what_both_share() -> None:
    hits = np.random.default_rng(7).random(300) < 0.5
    found = paired_publication_bootstrap(hits, hits, [str(i) for i in range(300)])
    assert (found.micro, found.micro_interval, found.p_value) == (0.0, (0.0, 0.0), 1.0)


def test_swapping_turns_the_sign() -> None:
    rng = np.random.default_rng(8)
    a, b, names = rng.random(60) < 0.6, rng.random(60) < 0.4, [str(i % 9) for i in range(60)]
    forth, back = paired_publication_bootstrap(a, b, names), paired_publication_bootstrap(b, a, names)
    assert forth.macro == pytest.approx(-back.macro)
    assert forth.macro_interval == pytest.approx((-back.macro_interval[1], -back.macro_interval[0]))
    assert forth.p_value == back.p_value


def test_results_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="results of A"):
        paired_publication_bootstrap([True], [True, False], ["a", "b"])


@pytest.mark.parametrize(
    ("only_a", "only_b", "p_value"),
    # 2 * P(X <= k | n, 1/2): 2 * 1/32; 2 * (1 + 6)/64; nothing to tell apart.
    [(5, 0, 0.0625), (1, 5, 0.21875), (0, 0, 1.0), (3, 3, 1.0)],
)
def test_exact_mcnemar(only_a: int, only_b: int, p_value: float) -> None:
    assert mcnemar(only_a, only_b) == pytest.approx(p_value)


def test_auroc() -> None:
    assert auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1.0
    assert auroc(np.array([0.0, 1.0]), np.array([2.0, 3.0])) == 0.0
    assert auroc(np.ones(4), np.ones(3)) == 0.5
    assert auroc(np.array([]), np.ones(3)) is None
    # Pairs: (1,0) above, (1,1) equal, (0,0) equal, (0,1) below.
    assert auroc(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 0.5


def test_auroc_agrees_with_mann_whitney() -> None:
    rng = np.random.default_rng(9)
    positives, negatives = rng.integers(0, 9, 70), rng.integers(0, 7, 50)
    statistic = stats.mannwhitneyu(positives, negatives).statistic
    assert auroc(positives, negatives) == pytest.approx(statistic / (70 * 50))


def test_cases_are_drawn_with_all_their_attempts() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0])
    once = CaseDraws(["a", "b", "c", "d"]).means(values, seed=3)
    assert np.array_equal(once, CaseDraws([name for name in "abcd" for _ in range(7)]).means(values.repeat(7), seed=3))
    draws, random = CaseDraws(["a", "b", "a"]), np.random.default_rng(0)
    for _ in range(20):
        drawn = draws.one(random).tolist()
        assert drawn.count(0) == drawn.count(2)
