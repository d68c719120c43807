"""ROUGE against the reference package, BLEU and chrF through sacrebleu, and the rule of MEDIQA-CORR."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from workup.errors import MissingExtra
from workup.evaluation.overlap import bleu, chrf, correction_scores, rouge, similarity
from workup.knowledge.arrays import Array

WORDS = st.lists(st.sampled_from(["the", "Cat", "sat", "120/70", "mm", "é", "on", "mat.", "IL-6"]), max_size=12)


@given(WORDS.map(" ".join), WORDS.map(" ".join))
def test_rouge_equals_the_reference_package(reference: str, text: str) -> None:
    expected = RougeScorer(["rouge1", "rouge2", "rougeL"]).score(reference, text)
    for name, ours in rouge(reference, text).items():
        theirs = expected[name]
        assert (ours.precision, ours.recall, ours.f1) == pytest.approx(
            (theirs.precision, theirs.recall, theirs.fmeasure), abs=1e-12
        )


def test_japanese_needs_characters() -> None:
    assert rouge("糖尿病", "糖尿病")["rouge1"].f1 == 0
    assert rouge("糖尿病", "糖尿", tokens="characters")["rouge1"].f1 == pytest.approx(0.8)


def test_bleu_and_chrf() -> None:
    texts = ["the cat sat on the mat today", "there is no fever at all"]
    assert bleu(texts, texts) == pytest.approx(100)
    assert chrf(texts, texts) == pytest.approx(100)
    # Precisions 5/6, 3/5, 1/4, and 1/(2*3) smoothed; the lengths are equal.
    expected = 100 * (5 / 6 * 3 / 5 * 1 / 4 * 1 / 6) ** 0.25
    assert bleu(["the cat sat on the mat"], ["the cat lay on the mat"]) == pytest.approx(expected)
    with pytest.raises(ValueError, match="1 references for 2"):
        bleu(["a"], ["a", "b"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(MissingExtra, match=r"workup\[overlap\]"):
        bleu(["a"], ["a"])


def test_corrections_of_all_kinds() -> None:
    truth = ["give aspirin now", None, None, "stop it", None, "x y"]
    answers = ["give aspirin", None, "stop", None, None, "x y"]
    scores = correction_scores(truth, answers, read=[True] * 4 + [False, True])
    assert scores is not None
    assert (scores.n, scores.pairs, scores.right_none) == (6, 2, 1)
    assert scores.composite["rouge1"] == pytest.approx((0.8 + 1 + 1) / 6)
    assert scores.not_run == ("BERTScore", "BLEURT-20")
    assert correction_scores([], []) is None
    with pytest.raises(ValueError, match="1 texts"):
        correction_scores(["x"], [])


def test_likeness_of_embeddings() -> None:
    class Letters:
        name = "letters"

        def encode(self, texts: Sequence[str]) -> Array:
            counts = np.array([[text.count(letter) for letter in "ab"] for text in texts], dtype=float)
            vectors: Array = counts / np.linalg.norm(counts, axis=1, keepdims=True)
            return vectors

    assert similarity(["a", "a"], ["aa", "b"], Letters()) == [1.0, 0.0]
    with pytest.raises(ValueError, match="2 references"):
        similarity(["a", "b"], ["a"], Letters())
