from __future__ import annotations

import numpy as np
import pytest

from workup.evaluation.audits.length import at_threshold, best_threshold, length_audit


def test_by_hand() -> None:
    audit = length_audit([1, 2, 3, 4], [False, False, True, True])
    assert audit is not None
    assert (audit.mean_right, audit.mean_wrong, audit.median_wrong) == (1.5, 3.5, 3.5)
    assert audit.auroc == 1
    # (3.5 - 1.5) / sqrt(1.25) x sqrt(2 x 2 / 16), with the deviation over n
    assert audit.correlation == pytest.approx(2 / np.sqrt(1.25) * 0.5)
    assert audit.auroc_interval == (1, 1)


def test_all_right_or_equal_lengths_have_no_correlation() -> None:
    right = length_audit([1, 2], [False, False])
    assert right is not None
    assert (right.auroc, right.correlation, right.mean_wrong) == (None, None, None)
    equal = length_audit([5, 5], [True, False])
    assert equal is not None
    assert (equal.auroc, equal.correlation) == (0.5, None)
    assert length_audit([], []) is None


def test_bad_lengths_are_refused() -> None:
    for lengths in ([1.0], [-1.0, 2.0], [float("nan"), 1.0]):
        with pytest.raises(ValueError, match="length"):
            length_audit(lengths, [True, False])


def test_a_threshold_splits_the_traces() -> None:
    found = at_threshold([1, 2, 3], [False, True, True], 2)
    assert (found.answered, found.accuracy, found.accuracy_above) == (2, 0.5, 0.0)
    none = at_threshold([1, 2], [False, False], 0)
    assert (none.accuracy, none.coverage) == (None, 0)


def test_a_cross_fitted_threshold_finds_the_planted_one() -> None:
    random = np.random.default_rng(1)
    lengths = random.uniform(0, 2000, size=2000)
    wrong = lengths > 1000
    found = best_threshold(lengths, wrong, target=1.0)
    assert 950 < found.at_most <= 1000
    assert found.accuracy == 1
    hopeless = best_threshold(lengths, np.ones(2000, dtype=bool), target=0.5)
    assert (hopeless.answered, hopeless.accuracy) == (0, None)
