"""Figures of labels, against hand-computed values and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.evaluation.labels import f_score, from_confusion, kappa, label_figures, ratio, set_figures, wilson

LABELS = st.sampled_from(["a", "b", "c"])


def test_figures_by_hand() -> None:
    # a: 2 of 3 given are right, 2 of 2 are found; b: 1 of 1 given, 1 of 2 found; c: never found.
    figures = label_figures(["a", "a", "b", "b", "c"], ["a", "a", "b", "a", None])
    assert figures is not None
    assert figures.accuracy == 0.6
    assert figures.unread == 1
    assert figures.confusion == {"a": {"a": 2}, "b": {"b": 1, "a": 1}, "c": {"": 1}}
    assert figures.classes["a"].precision == pytest.approx(2 / 3)
    assert figures.classes["a"].f1 == pytest.approx(0.8)
    assert figures.classes["b"].f1 == pytest.approx(2 / 3)
    assert figures.classes["c"].f1 == 0
    assert figures.macro_f1 == pytest.approx((0.8 + 2 / 3) / 3)
    assert figures.weighted_f1 == pytest.approx((2 * 0.8 + 2 * 2 / 3) / 5)


def test_a_label_that_is_no_class_is_wrong_but_no_class() -> None:
    figures = label_figures(["a", "b"], ["a", "other"], classes=("a", "b"))
    assert figures is not None
    assert set(figures.classes) == {"a", "b"}
    assert figures.accuracy == 0.5


def test_nothing_to_measure() -> None:
    assert label_figures([], []) is None
    with pytest.raises(ValueError, match="1 true labels for 0"):
        label_figures(["a"], [])


@given(st.lists(st.tuples(LABELS, LABELS | st.none()), min_size=1))
def test_figures_are_shares_and_support_adds_up(pairs: list[tuple[str, str | None]]) -> None:
    figures = label_figures([gold for gold, _ in pairs], [given for _, given in pairs])
    assert figures is not None
    assert sum(one.support for one in figures.classes.values()) == figures.n == len(pairs)
    assert sum(one.predicted for one in figures.classes.values()) == figures.n - figures.unread
    low, high = figures.accuracy_interval
    assert 0 <= low <= figures.accuracy <= high <= 1
    assert all(0 <= one.f1 <= 1 for one in figures.classes.values())


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1))
def test_a_confusion_matrix_gives_the_same_figures(pairs: list[tuple[str, str]]) -> None:
    names = ["a", "b", "c"]
    matrix = [[sum(pair == (truth, label) for pair in pairs) for label in names] for truth in names]
    gold, predicted = from_confusion(matrix, names)
    again = label_figures(gold, predicted, classes=names)
    direct = label_figures([g for g, _ in pairs], [p for _, p in pairs], classes=names)
    assert again is not None
    assert direct is not None
    assert again.accuracy == direct.accuracy
    assert again.macro_f1 == pytest.approx(direct.macro_f1)


def test_sets_are_pooled_over_cases() -> None:
    figures = set_figures([{"x", "y"}, set(), {"z"}], [{"x"}, {"w"}, {"z"}])
    assert (figures.true_positives, figures.given, figures.wanted) == (2, 3, 3)
    assert figures.f1 == pytest.approx(2 / 3)


def test_wilson_of_none_and_all() -> None:
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1
    # Wilson 1927; the same figures in Newcombe 1998, table I: 81 of 263.
    assert [round(end, 4) for end in wilson(81, 263)] == [0.2553, 0.3662]


def test_kappa_of_equal_and_of_chance() -> None:
    assert kappa(["a", "b"], ["a", "b"]) == 1
    assert kappa(["a", "a"], ["a", "a"]) is None
    # Cohen 1960: 45 + 15 agree, 25 + 15 do not.
    first = ["y"] * 60 + ["n"] * 40
    second = ["y"] * 45 + ["n"] * 15 + ["y"] * 25 + ["n"] * 15
    found = kappa(first, second)
    assert found is not None
    assert round(found, 4) == 0.1304


def test_ratios_without_a_whole() -> None:
    assert ratio(1, 0) == 0
    assert f_score(0, 0) == 0
