"""The sentence that says whether a model beats its baseline, and which baseline it has to beat."""

from __future__ import annotations

import pytest

from workup.evaluation.beside import best, outcome, verdict
from workup.evaluation.compare import PairedTest, paired_test


def pair_of(low: float, high: float) -> PairedTest:
    return PairedTest(
        a="model", b="plain", n=40, clusters=40, difference=(low + high) / 2, interval=(low, high), p_bootstrap=0.5
    )


@pytest.mark.parametrize(
    ("low", "high", "said", "words"),
    [
        (0.01, 0.2, "beats", "model is right more often than the baseline plain: +10.5 points [+1.0, +20.0], n = 40."),
        (0.0, 0.2, "not shown to beat", "model is not shown to beat the baseline plain: +10.0 points"),
        (-0.2, -0.01, "worse", "model does not beat the baseline plain; it is right less often: -10.5 points"),
    ],
)
def test_the_interval_decides_what_is_said(low: float, high: float, said: str, words: str) -> None:
    test = pair_of(low, high)
    assert outcome(test) == said
    assert verdict(test).startswith(words)
    assert "in rouge" in verdict(test, measure="rouge")
    assert "right" not in verdict(test, measure="rouge")


def test_a_model_that_answers_like_its_baseline_does_not_beat_it() -> None:
    scores = {str(i): float(i % 2) for i in range(20)}
    found = paired_test("model", "plain", scores, scores)
    assert found is not None
    assert outcome(found) == "not shown to beat"
    better = paired_test("model", "plain", dict.fromkeys(scores, 1.0), scores)
    assert better is not None
    assert outcome(better) == "beats"


def test_a_model_has_to_beat_the_best_baseline() -> None:
    scores = {"floor": {"1": 0.0, "2": 1.0}, "learnt": {"1": 1.0, "2": 1.0}, "empty": {}, "model": {"1": 1.0}}
    assert best(scores, ["floor", "learnt", "empty"]) == "learnt"
    assert best(scores, ["empty"]) is None
    assert best(scores, []) is None
