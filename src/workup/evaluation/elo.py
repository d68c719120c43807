"""Ratings from pairwise verdicts, on the scale that chess made common: 400 points are odds of ten to one.

    case,a,b,winner
    q1,model-1,model-2,a
    q2,model-1,model-3,tie

All games are fitted at once (Bradley and Terry 1952, by Hunter's iteration, Annals of Statistics 2004, 32:384), so that
their order does not matter, as it does in chess; a tie is half a win for each. One game drawn against the average is
added for every player: without it, who never lost would be rated infinitely high. Intervals: bootstrap over cases.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from workup.benchmarks.rows import rows
from workup.errors import Issue, UserError
from workup.evaluation.stats import LEVEL, Interval
from workup.knowledge.arrays import Array

AVERAGE = 1000.0
RESAMPLES = 500
_SCALE = 400 / math.log(10)
_STEPS, _CLOSE = 10_000, 1e-9

Winner = Literal["a", "b", "tie"]


class Game(msgspec.Struct, frozen=True):
    """One verdict on two answers to one case."""

    case: str
    a: str
    b: str
    winner: Winner


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """A player.

    Attributes:
        name: Its name.
        rating: Points; the mean over all players is 1000.
        interval: 95 % interval, bootstrap over cases.
        games: Games played.
        won: Games won, a tie as half.
    """

    name: str
    rating: float
    interval: Interval
    games: int
    won: float


def ratings(games: Sequence[Game], *, seed: int = 0, resamples: int = RESAMPLES) -> list[Rating]:
    """Ratings of everybody who played, the best first.

    Args:
        games: The verdicts.
        seed: Seed of the bootstrap.
        resamples: Its samples.

    Raises:
        UserError: Nobody played.

    >>> found = ratings([Game("1", "x", "y", "a"), Game("2", "x", "y", "a"), Game("3", "y", "x", "tie")])
    >>> [(one.name, one.games, one.won) for one in found]
    [('x', 3, 2.5), ('y', 3, 0.5)]
    """
    if not games:
        raise UserError("there is no verdict on a pair")
    names = sorted({name for game in games for name in (game.a, game.b)})
    place = {name: number for number, name in enumerate(names)}
    by_case: dict[str, list[Game]] = defaultdict(list)
    for game in games:
        by_case[game.case].append(game)
    tables = np.array([_table(own, place) for own in by_case.values()])
    wins = tables.sum(axis=0)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(tables), np.full(len(tables), 1 / len(tables)), size=resamples)
    samples = np.array([_fitted(np.tensordot(counts, tables, axes=1)) for counts in drawn])
    low, high = np.percentile(samples, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    points = _fitted(wins)
    found = [
        Rating(
            name=name,
            rating=float(points[i]),
            interval=(float(low[i]), float(high[i])),
            games=round(float(wins[i].sum() + wins[:, i].sum())),
            won=float(wins[i].sum()),
        )
        for i, name in enumerate(names)
    ]
    return sorted(found, key=lambda one: (-one.rating, one.name))


def _table(games: Sequence[Game], place: Mapping[str, int]) -> Array:
    """Wins of the row's player over the column's."""
    wins = np.zeros((len(place), len(place)))
    for game in games:
        a, b = place[game.a], place[game.b]
        wins[a, b] += {"a": 1.0, "b": 0.0, "tie": 0.5}[game.winner]
        wins[b, a] += {"a": 0.0, "b": 1.0, "tie": 0.5}[game.winner]
    return wins


def _fitted(wins: Array) -> Array:
    """Points that make what was seen likeliest, with one drawn game against an average player for each."""
    won = wins.sum(axis=1) + 0.5
    met = wins + wins.T
    strength = np.ones(len(wins))
    for _ in range(_STEPS):
        # The average player's strength is 1, which also fixes the scale.
        expected = (met / (strength[:, None] + strength[None, :])).sum(axis=1) + 1 / (strength + 1)
        after = won / expected
        close = float(np.abs(np.log(after / strength)).max()) < _CLOSE
        strength = after
        if close:
            break
    points = _SCALE * np.log(strength)
    fitted: Array = AVERAGE + points - points.mean()
    return fitted


def by_score(scores: Mapping[str, Mapping[str, float]]) -> list[Game]:
    """Every pair of runs on every case that both have: the higher score wins.

    >>> [(game.case, game.winner) for game in by_score({"x": {"1": 1.0, "2": 0.0}, "y": {"1": 0.5, "2": 0.0}})]
    [('1', 'a'), ('2', 'tie')]
    """
    names = list(scores)
    found: list[Game] = []
    for first, a in enumerate(names):
        for b in names[first + 1 :]:
            for case in scores[a]:
                if case in scores[b]:
                    mine, other = scores[a][case], scores[b][case]
                    found.append(Game(case, a, b, "a" if mine > other else "b" if other > mine else "tie"))
    return found


def read_games(path: Path) -> tuple[list[Game], list[Issue]]:
    """Verdicts of a table or of JSON lines with the fields case, a, b, winner; rows that are none are issues."""
    found, issues = [], []
    for row in rows(path):
        if isinstance(row, Issue):
            issues.append(row)
            continue
        cells = [str(row.values.get(name, "")).strip() for name in ("case", "a", "b", "winner")]
        case, a, b, said = cells
        meant: dict[str, Winner] = {"a": "a", a.casefold(): "a", "b": "b", b.casefold(): "b", "tie": "tie"}
        winner = meant.get(said.casefold())
        if not all(cells) or a == b or winner is None:
            issues.append(row.error("is no verdict on a pair", "winner", "give case, a, b, and a, b or tie").issue)
            continue
        found.append(Game(case, a, b, winner))
    return found, issues
