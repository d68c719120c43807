"""Figures beside scikit-learn's on random input, with ties and single classes; concordance beside its definition."""

from __future__ import annotations

import warnings
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workup.evaluation.labels import kappa, label_figures
from workup.evaluation.stats import auprc, auroc, concordance

LABELS = ["a", "b", "c"]
pairs = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), min_size=1, max_size=25)


@settings(max_examples=60)
@given(pairs)
def test_labels(drawn: list[tuple[str, str]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold, given_ = [one for one, _ in drawn], [other for _, other in drawn]
    figures = label_figures(gold, given_, classes=LABELS)
    assert figures is not None
    for average, ours in (
        ("micro", figures.micro_f1),
        ("macro", figures.macro_f1),
        ("weighted", figures.weighted_f1),
    ):
        theirs = metrics.f1_score(gold, given_, labels=LABELS, average=average, zero_division=0)
        assert ours == pytest.approx(theirs, abs=1e-12)
    # Micro over some of the classes is no accuracy.
    two = label_figures(gold, given_, classes=LABELS[:2])
    assert two is not None
    some = metrics.f1_score(gold, given_, labels=LABELS[:2], average="micro", zero_division=0)
    assert two.micro_f1 == pytest.approx(some, abs=1e-12)
    if len({*gold, *given_}) > 1:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = metrics.cohen_kappa_score(gold, given_)
        assert kappa(gold, given_) == pytest.approx(theirs, abs=1e-12)


def test_an_answer_that_could_not_be_read_names_no_class() -> None:
    figures = label_figures(["a", "a", "b"], ["a", None, "b"])
    assert figures is not None
    # Two right of two named and of three wanted.
    assert figures.micro_f1 == pytest.approx(4 / 5)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30))
@example([(0, True), (1, True), (1, True), (1, True), (1, True), (2, True)])
def test_areas(drawn: list[tuple[int, bool]]) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    scores, truth = np.array([score / 4 for score, _ in drawn]), np.array([right for _, right in drawn])
    ours, precise = auroc(scores[truth], scores[~truth]), auprc(scores[truth], scores[~truth])
    if truth.all() or not truth.any():
        assert ours is None
        assert precise == (1.0 if truth.any() else None)
        return
    assert ours == pytest.approx(metrics.roc_auc_score(truth, scores), abs=1e-12)
    assert precise == pytest.approx(metrics.average_precision_score(truth, scores), abs=1e-12)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.booleans()), max_size=14))
def test_concordance(drawn: list[tuple[int, int, bool]]) -> None:
    right = counted = 0.0
    for one, other in combinations(drawn, 2):
        (risk, time, event), (risk_, time_, event_) = sorted((one, other), key=lambda each: (each[1], not each[2]))
        # The earlier one had the event, or both at one time and only one of them had it.
        if event and (time < time_ or not event_):
            counted += 1
            right += 1.0 if risk > risk_ else 0.5 if risk == risk_ else 0.0
    columns = [np.array(column) for column in zip(*drawn, strict=True)] or [np.array([])] * 3
    found = concordance(columns[0], columns[1], columns[2])
    assert found == (pytest.approx(right / counted) if counted else None)


def test_concordance_of_two_rankings() -> None:
    assert concordance(np.array([1, 2, 3]), -np.array([10, 20, 30])) == 1
    assert concordance(np.array([1, 2, 3]), np.array([10, 20, 30])) == 0
    assert concordance(np.array([1]), np.array([1])) is None
