"""TF-IDF against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.reasoners.lexical import TfIdf, tokens


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
