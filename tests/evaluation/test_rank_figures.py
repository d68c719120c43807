from __future__ import annotations

from math import inf

import pytest

from workup.evaluation.metrics import match_curve, rank_figures


def test_by_hand() -> None:
    figures = rank_figures([1.0, 1.5, 3.0, 5.5, 10.0, inf], ["a", "a", "b", "b", "b", "c"])
    assert figures is not None
    assert (figures.n, figures.publications) == (6, 3)
    # A rank of 1.5 is not a hit at 1, one of 5.5 not a hit at 5.
    assert [figures.top1, figures.top3, figures.top5, figures.top10] == pytest.approx(
        [100 / 6, 300 / 6, 300 / 6, 500 / 6]
    )
    assert figures.mrr == pytest.approx((1 + 1 / 1.5 + 1 / 3 + 1 / 5.5 + 1 / 10) / 6)
    assert figures.macro_top1 == pytest.approx(100 * (1 / 2 + 0 + 0) / 3)
    assert figures.macro_top10 == pytest.approx(100 * (1 + 1 + 0) / 3)


def test_every_figure_has_an_interval_around_it() -> None:
    figures = rank_figures([1.0, 2.0, 7.0, 40.0] * 10, [str(i // 2) for i in range(40)])
    assert figures is not None
    assert set(figures.ci) == {f"{m}{x}" for m in ("", "macro_") for x in ("top1", "top3", "top5", "top10", "mrr")}
    for name, (low, high) in figures.ci.items():
        assert low <= getattr(figures, name) <= high


def test_no_cases_have_no_figures() -> None:
    assert rank_figures([], []) is None
    assert match_curve([]) == []


def test_curve_rises_and_meets_the_figures() -> None:
    ranks = [1.0, 2.5, 3.0, 8.0, inf]
    curve = match_curve(ranks, depth=10)
    assert curve == sorted(curve)
    figures = rank_figures(ranks, list("abcde"))
    assert figures is not None
    assert (curve[0], curve[2], curve[4], curve[9]) == (
        figures.top1,
        figures.top3,
        figures.top5,
        figures.top10,
    )
