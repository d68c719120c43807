from __future__ import annotations

import numpy as np
import pytest

from workup.evaluation.calibration import (
    brier,
    calibrate_report,
    calibration_error,
    reliability,
    risk_coverage,
)


def test_error_by_hand() -> None:
    # Two bins: stated 0.2 with 1 of 2 right, stated 0.9 with 1 of 2 right.
    table = reliability(np.array([0.1, 0.3, 0.9, 0.9]), np.array([0, 1, 1, 0]), bins=2)
    assert [(b.n, b.low, b.high) for b in table] == [(2, 0.1, 0.3), (2, 0.9, 0.9)]
    assert calibration_error(table) == pytest.approx(100 * (0.5 * 0.3 + 0.5 * 0.4))


def test_bins_differ_in_size_by_one_at_most() -> None:
    table = reliability(np.linspace(0, 1, 100), np.zeros(100))
    assert len(table) == 15
    assert {b.n for b in table} == {6, 7}
    assert sum(b.n for b in table) == 100


def test_fewer_cases_than_bins() -> None:
    assert [b.n for b in reliability(np.array([0.5, 0.6]), np.array([1, 0]))] == [1, 1]


def test_what_comes_true_as_stated_has_no_error() -> None:
    stated = np.repeat([0.2, 0.4, 0.6, 0.8, 1.0], 30)
    right = np.concatenate([np.arange(30) < 30 * p for p in (0.2, 0.4, 0.6, 0.8, 1.0)])
    report = calibrate_report(stated, stated, right, bins=5)
    assert report is not None
    assert report.ece == pytest.approx(0.0)
    assert report.brier == pytest.approx(np.mean([p * (1 - p) for p in (0.2, 0.4, 0.6, 0.8, 1.0)]))


def test_overconfidence_is_its_own_size() -> None:
    right = np.arange(300) % 10 < 3
    report = calibrate_report(np.full(300, 0.8), np.zeros(300), right)
    assert report is not None
    assert report.ece == pytest.approx(50.0)


def test_brier_by_hand() -> None:
    assert brier(np.array([1.0, 0.5, 0.0]), np.array([1, 0, 1])) == pytest.approx((0 + 0.25 + 1) / 3)


def test_risk_by_hand() -> None:
    coverage, risk = risk_coverage(np.array([0.9, 0.8, 0.2, 0.1]), np.array([1, 0, 1, 0]))
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0.0, 0.5, 1 / 3, 0.5])


def test_order_within_a_tie_does_not_matter() -> None:
    confidence = np.array([0.5, 0.5, 0.5, 0.1])
    one = risk_coverage(confidence, np.array([1, 0, 0, 1]))[1]
    other = risk_coverage(confidence, np.array([0, 0, 1, 1]))[1]
    assert one == pytest.approx(other)
    assert one == pytest.approx([2 / 3, 2 / 3, 2 / 3, 0.5])


def test_the_better_order_has_the_smaller_area() -> None:
    right = np.arange(100) >= 40
    report = calibrate_report(np.linspace(0, 1, 100), np.linspace(1, 0, 100), right)
    assert report is not None
    assert report.aurc["posterior"] < 0.4 < report.aurc["score"]
    # Everything answered, the order no longer matters.
    assert report.risk_coverage["posterior"][-1] == pytest.approx((1.0, 0.4))
    assert report.risk_coverage["score"][-1] == pytest.approx((1.0, 0.4))


def test_no_cases_have_no_calibration() -> None:
    assert calibrate_report(np.array([]), np.array([]), np.array([])) is None
