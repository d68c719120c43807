"""Ratings from pairs: what can be worked out by hand, and what must not matter."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import UserError
from workup.evaluation.elo import Game, by_score, ratings, read_games


def test_two_players_by_hand() -> None:
    # Three wins to one, and a game each drawn with an average player of strength 1. Strengths s and 1 / s solve both
    # equations of the fit; the first is 3.5 / s = 4 / (s + 1 / s) + 1 / (s + 1).
    found = ratings([Game(str(i), "x", "y", "a" if i else "b") for i in range(4)])
    assert [one.name for one in found] == ["x", "y"]
    s = 10 ** ((found[0].rating - found[1].rating) / 800)
    assert 3.5 / s == pytest.approx(4 / (s + 1 / s) + 1 / (s + 1), rel=1e-6)
    assert found[0].rating + found[1].rating == pytest.approx(2000)
    assert (found[0].won, found[0].games) == (3, 4)


def test_many_games_give_the_odds_of_the_scale() -> None:
    # Odds of 10 to 1 over 1,100 games are 400 points, but for the little that the drawn games pull.
    games = [Game(str(i), "x", "y", "b" if i % 11 == 0 else "a") for i in range(1100)]
    found = ratings(games, resamples=50)
    assert found[0].rating - found[1].rating == pytest.approx(400, abs=6)
    low, high = found[0].interval
    assert low < found[0].rating < high


def test_who_never_lost_has_a_finite_rating() -> None:
    found = ratings([Game(str(i), "x", "y", "a") for i in range(5)])
    assert all(math.isfinite(one.rating) for one in found)


@given(
    st.lists(
        st.tuples(st.sampled_from("wxyz"), st.sampled_from("wxyz"), st.sampled_from(["a", "b", "tie"])), min_size=1
    )
)
def test_neither_order_nor_side_matters(drawn: list[tuple[str, str, str]]) -> None:
    games = [Game(str(i), a, b, said) for i, (a, b, said) in enumerate(drawn) if a != b]  # type: ignore[arg-type]
    if not games:
        return
    other = {"a": "b", "b": "a", "tie": "tie"}
    turned = [Game(one.case, one.b, one.a, other[one.winner]) for one in reversed(games)]  # type: ignore[arg-type]
    first = {one.name: one.rating for one in ratings(games, resamples=2)}
    second = {one.name: one.rating for one in ratings(turned, resamples=2)}
    assert first == pytest.approx(second, abs=1e-3)
    assert sum(first.values()) / len(first) == pytest.approx(1000)


def test_verdicts_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("case,a,b,winner\n1,x,y,a\n1,x,z,Z\n2,y,z,tie\n3,x,x,a\n4,x,y,perhaps\n")
    games, issues = read_games(path)
    assert [game.winner for game in games] == ["a", "b", "tie"]
    assert [issue.record for issue in issues] == ["5", "6"]
    with pytest.raises(UserError, match="no verdict"):
        ratings([])


def test_runs_play_on_the_cases_they_share() -> None:
    games = by_score({"x": {"1": 1.0, "2": 0.0, "3": 1.0}, "y": {"1": 0.0, "2": 1.0}, "z": {"1": 1.0}})
    assert [(game.a, game.b, game.case, game.winner) for game in games] == [
        ("x", "y", "1", "a"),
        ("x", "y", "2", "b"),
        ("x", "z", "1", "tie"),
        ("y", "z", "1", "b"),
    ]
