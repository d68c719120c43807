"""TF-IDF and BM25 against scikit-learn, and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.reasoners.lexical import Bm25, TfIdf, tokens

TEXTS = ("Fever and a rash.", "Joint pain; no rash, no fever", "RASH", "", "発熱と発疹", "b b b c")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beta-blocker, 3.5 mg_x", ["beta", "blocker", "3", "5", "mg", "x"]),
        ("ＦＥＶＥＲ Straße ﬁne", ["fever", "strasse", "fine"]),
        ("咳", ["咳"]),
        ("CT検査で異常なし", ["ct", "検査", "査で", "で異", "異常", "常な", "なし"]),
        ("حمى وسعال", ["حمى", "وسعال"]),
        ("\ud800 \x00 ...", []),
    ],
)
def test_words_of_any_script(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@settings(deadline=None)
@given(
    st.lists(st.text(alphabet="abc 発熱,", max_size=20), min_size=1, max_size=6),
    st.text(alphabet="abc 発熱", max_size=15),
)
def test_cosines_are_those_of_scikit_learn(texts: list[str], query: str) -> None:
    text = pytest.importorskip("sklearn.feature_extraction.text")
    ours = TfIdf(texts).similarities(query)
    assert ours.shape == (len(texts),)
    vectorizer = text.TfidfVectorizer(analyzer=tokens)
    if not any(tokens(one) for one in texts):
        assert not ours.any()
        return
    vectors = vectorizer.fit_transform(texts)
    expected = (vectors @ vectorizer.transform([query]).T).toarray()[:, 0]
    np.testing.assert_allclose(ours, expected, atol=1e-12)


def test_bm25_by_hand() -> None:
    """Six texts of 4, 6, 1, 0, 4 and 4 words: 19/6 on average; "fever" in two, "rash" in three of them."""
    average = 19 / 6
    fever, rash = math.log(1 + 4.5 / 2.5), math.log(1 + 3.5 / 3.5)

    def weight(count: int, length: int) -> float:
        return count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / average))

    assert [len(tokens(text)) for text in TEXTS] == [4, 6, 1, 0, 4, 4]
    expected = [(fever + 2 * rash) * weight(1, 4), (fever + 2 * rash) * weight(1, 6), 2 * rash * weight(1, 1), 0, 0, 0]
    np.testing.assert_allclose(Bm25(TEXTS).scores("Rash, fever, rash, unknown"), expected, rtol=1e-12)


def test_best_is_stable_and_leaves_out_strangers() -> None:
    index = Bm25(["x y", "z", "x y", "x"])
    assert [place for place, _ in index.best("x", 2)] == [3, 0]
    assert [place for place, _ in index.best("x", 9)] == [3, 0, 2]
    assert index.best("nothing", 3) == []
    assert index.best("", 3) == []
    assert Bm25([]).best("x", 3) == []
    assert Bm25(["", ""]).best("x", 3) == []
