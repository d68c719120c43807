"""Likelihood ratios in words, looked up and written anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.reasoners.phenotype.rows import BROADER, EXACT, NARROWER, NONE, RELATED
from workup.reasoners.phenotype.wording import all_times, related, times


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.95, "1/1.1 as likely"),
        (1.0, "about as likely"),
        (1.05, "1.1 times as likely"),
        (9.96, "10 times as likely"),
        (12.5, "12 times as likely"),
        (250.0, "250 times as likely"),
        (0.004, "1/250 as likely"),
    ],
)
def test_times(ratio: float, words: str) -> None:
    assert times(ratio) == words
    assert all_times(np.array([ratio])) == [words]


@given(st.lists(st.floats(min_value=1e-6, max_value=1e6)))
def test_looked_up_equals_written(ratios: list[float]) -> None:
    assert all_times(np.array(ratios)) == [times(ratio) for ratio in ratios]


def test_looked_up_equals_written_where_the_words_change() -> None:
    halfway = [round(0.05 + 0.1 * i, 2) for i in range(9, 101)] + [i + 0.5 for i in range(9, 101)]
    edges = np.array([*halfway, *(1 / value for value in halfway), 0.01, 0.95, 1.0, 1.05, 100.0])
    near = [edges]
    for towards in (0.0, np.inf):
        step = edges
        for _ in range(4):
            step = np.nextafter(step, towards)
            near.append(step)
    ratios = np.concatenate(near)
    assert all_times(ratios) == [times(float(ratio)) for ratio in ratios]


def test_related() -> None:
    words = [related(relation, "T", "A") for relation in (EXACT, NARROWER, BROADER, RELATED, NONE)]
    assert len(set(words)) == 5
    assert "T" not in words[0]
    assert words[3] == "the disease is annotated with T, which shares A with it"
