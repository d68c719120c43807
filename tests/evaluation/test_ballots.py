"""Votes by a truth table worked out by hand, over recorded runs, and what voting gains in simulation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup import registry
from workup.benchmarks.medqa import MedQA
from workup.errors import UserError
from workup.evaluation.ballots import elected, simulated
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, run
from workup.evaluation.token_matching import matched

TABLE = [
    (["A", "A", "A"], None, 0, "A"),
    (["A", "A", "B"], None, 2, "A"),
    (["A", "B", "B"], None, 0, "B"),
    (["A", "B", "C"], None, 0, "A"),
    (["A", "B", "C"], None, 1, "B"),
    (["A", "B", None], None, 2, "A"),
    ([None, "B", None], None, 0, "B"),
    ([None, None, None], None, 0, None),
    ([], None, 0, None),
    (["A", "B", "B"], [3, 1, 1], 0, "A"),
    (["A", "B", "B"], [2, 1, 1], 1, "B"),
    (["A", "B", "B"], [0.1, 0.3, 0], 0, "B"),
    # Three times a tenth is three tenths, whatever binary fractions say.
    (["A", "B", "B", "B"], [0.3, 0.1, 0.1, 0.1], 0, "A"),
]


@pytest.mark.parametrize(("votes", "weights", "tie", "wanted"), TABLE)
def test_truth_table(votes: list[str | None], weights: Sequence[float] | None, tie: int, wanted: str | None) -> None:
    assert elected(votes, weights=weights, tie=tie) == wanted


@given(st.lists(st.sampled_from("ABCD"), min_size=1, max_size=9), st.randoms())
def test_an_absolute_majority_wins_in_any_order(votes: list[str], random: object) -> None:
    random.shuffle(votes)  # type: ignore[attr-defined]
    winner = elected(votes)
    for answer in set(votes):
        if votes.count(answer) * 2 > len(votes):
            assert winner == answer


@pytest.mark.parametrize("weights", [[1.0], [1.0, -1.0], [1.0, float("nan")]])
def test_weights_that_are_none(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="one weight"):
        elected(["A", "B"], weights=weights)


def test_simulated_voters_have_the_accuracy_they_were_given() -> None:
    one = simulated([0.7], 0.3, n=20_000)
    # Standard error 0.0032; alone, a voter's vote is its answer.
    assert one.single == pytest.approx(0.7, abs=0.015)
    assert one.gain == 0.0
    # Three independent voters at p are right together with p^3 + 3 p^2 (1 - p), more where the wrong ones disagree.
    three = simulated([0.75] * 3, 0.0, n=20_000)
    assert three.vote > 0.75**3 + 3 * 0.75**2 * 0.25


def test_runs_vote_case_by_case(tmp_path: Path) -> None:
    rows = [
        {"id": f"q{i}", "question": f"{i}?", "options": {"A": "x", "B": "y"}, "answer": "x", "answer_idx": "A"}
        for i in range(4)
    ]
    data = tmp_path / "set.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    folders = []
    for seed, name in ((1, "random"), (2, "random"), (0, "first-option")):
        reasoner = registry.load("reasoners", name)()
        folders.append(tmp_path / f"{name}-{seed}")
        run(Plan(benchmark=MedQA(), data=(data,), reasoner=reasoner, seed=seed), folders[-1])
    said = []
    for folder in folders:
        with RunStore(folder) as store:
            said.append([a.reasoning.answer.ids[0] for a in store.attempts() if a.reasoning and a.reasoning.answer])
    vote = registry.load("reasoners", "recorded-vote")()
    options = {"runs": [str(folder) for folder in folders]}
    out = tmp_path / "vote"
    run(Plan(benchmark=MedQA(), data=(data,), reasoner=vote, options=options), out)
    with RunStore(out) as store:
        answers = [a.reasoning.answer.ids[0] for a in store.attempts() if a.reasoning and a.reasoning.answer]
    assert answers == [elected(votes) for votes in zip(*said, strict=True)]
    with pytest.raises(UserError, match="no run's folder"):
        run(Plan(benchmark=MedQA(), data=(data,), reasoner=vote, options={"runs": [str(data)]}), tmp_path / "other")


def test_token_matching_is_one_for_the_same_and_symmetric() -> None:
    draw = np.random.default_rng(0)
    table = {word: draw.standard_normal(8) for word in "abcdefg"}

    def embed(text: str) -> np.ndarray:  # type: ignore[type-arg]
        return np.array([table[word] for word in text.split()])

    assert matched("a b c", "c a b", embed).f1 == pytest.approx(1.0)
    one, other = matched("a b c", "d e", embed), matched("d e", "a b c", embed)
    assert (one.precision, one.recall) == pytest.approx((other.recall, other.precision))
    assert matched("", "a", embed).f1 == 0.0
    with pytest.raises(ValueError, match="finite"):
        matched("a", "b", lambda text: np.array([[np.nan]]))
