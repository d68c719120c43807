"""BM25 against the formula worked out by hand, saved and grown indexes, and scripts of all kinds."""

from __future__ import annotations

import math
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workup.errors import DataError, UserError
from workup.retrieval.bm25 import BM25
from workup.retrieval.words import Analyser, words

PASSAGES = [
    ("a", "Fever and rash. Rash!"),
    ("b", "A fever"),
    ("c", "Cough for three long weeks"),
    ("d", "the of and"),
]


def test_scores_equal_the_formula() -> None:
    index = BM25.build(PASSAGES)
    mean = (3 + 1 + 4 + 0) / 4
    fever, rash = math.log(1 + 2.5 / 2.5), math.log(1 + 3.5 / 1.5)
    room = 0.9 * (0.6 + 0.4 * 3 / mean)
    expected = fever / (1 + room) + rash * 2 / (2 + room)
    hits = index.search("rash, fever")
    assert [hit.id for hit in hits] == ["a", "b"]
    assert hits[0].score == pytest.approx(expected, rel=1e-6)
    assert hits[1].score == pytest.approx(fever / (1 + 0.9 * (0.6 + 0.4 / mean)), rel=1e-6)
    assert index.search("fever fever")[0].score == pytest.approx(2 * index.search("fever")[0].score)


def test_scores_equal_those_of_bm25s() -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(f"w{number}" for number in random.zipf(1.5, size=20) % 50) for _ in range(80)]
    ours = BM25.build([(f"{i:02}", text) for i, text in enumerate(texts)], Analyser("none"))
    vocabulary = {word: number for number, word in enumerate(sorted({word for text in texts for word in text.split()}))}
    theirs = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    theirs.index(([[vocabulary[word] for word in text.split()] for text in texts], vocabulary), show_progress=False)
    for query in ("w1 w2", "w7 w7 w30", texts[5]):
        words_of_query = [word for word in query.split() if word in vocabulary]
        np.testing.assert_allclose(ours.scores(query), theirs.get_scores(words_of_query), rtol=1e-5, atol=1e-6)


def test_nothing_to_find() -> None:
    index = BM25.build(PASSAGES)
    assert index.search("the and of") == index.search("") == index.search("unheard") == index.search("fever", 0) == []
    empty = BM25.build([])
    assert len(empty) == 0
    assert empty.search("fever") == []
    assert len(empty.add(PASSAGES).search("fever")) == 2


def test_ties_go_by_id_descending_wherever_the_cut_is() -> None:
    index = BM25.build([(name, "same words") for name in ("m", "z", "a", "k")])
    assert [hit.id for hit in index.search("words")] == ["z", "m", "k", "a"]
    assert [hit.id for hit in index.search("words", 2)] == ["z", "m"]


def test_ids_are_unique() -> None:
    with pytest.raises(UserError, match="'a'"):
        BM25.build([("a", "x"), ("a", "y")])
    with pytest.raises(UserError, match="already has a document 'b'"):
        BM25.build(PASSAGES).add([("b", "z")])
    with pytest.raises(ValueError, match="k1"):
        BM25.build(PASSAGES, k1=-1)


WORDS = ["fever", "rash", "cough", "the", "heart", "hearts", "糖尿病", "сердце"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


@settings(max_examples=40)
@given(st.lists(TEXT, max_size=12), st.integers(0, 12), TEXT)
def test_a_grown_index_equals_one_built_at_once(texts: list[str], cut: int, query: str) -> None:
    passages = [(str(i), text) for i, text in enumerate(texts)]
    whole = BM25.build(passages)
    grown = BM25.build(passages[:cut]).add(passages[cut:])
    assert list(grown.ids) == list(whole.ids)
    np.testing.assert_array_equal(grown.scores(query), whole.scores(query))


def test_a_saved_index_is_the_same_and_a_broken_one_is_named(tmp_path: Path) -> None:
    index = BM25.build(PASSAGES, k1=1.2, b=0.75)
    index.save(tmp_path / "i")
    again = BM25.load(tmp_path / "i")
    assert again.name == index.name == "bm25(k1=1.2,b=0.75,english)"
    assert again.search("fever rash") == index.search("fever rash")
    assert again.add([("e", "fever")]).search("fever")[0].id in ("b", "e")
    described = (tmp_path / "i" / "index.json").read_text()
    (tmp_path / "i" / "index.json").write_text(described.replace('"format":1', '"format":0'))
    with pytest.raises(DataError, match="another version"):
        BM25.load(tmp_path / "i")
    (tmp_path / "i" / "index.json").write_text(described)
    np.save(tmp_path / "i" / "lengths.npy", np.zeros(9, dtype=np.int32))
    with pytest.raises(DataError, match="parts of different indexes"):
        BM25.load(tmp_path / "i")
    (tmp_path / "i" / "index.json").unlink()
    with pytest.raises(DataError, match="no finished index"):
        BM25.load(tmp_path / "i")
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="cannot be written"):
        index.save(tmp_path / "file")


def test_an_index_of_more_than_one_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    passages = [(str(i), f"fever word{i % 3} number{i}") for i in range(25)]
    whole = BM25.build(passages)
    monkeypatch.setattr("workup.retrieval.bm25._CHUNK", 4)
    pieces = BM25.build(passages)
    np.testing.assert_array_equal(pieces.scores("fever word1 number7"), whole.scores("fever word1 number7"))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("患者は糖尿病です", "糖尿病"),
        ("患者有高血压病史", "高血压"),
        ("환자는 당뇨병 입니다", "당뇨병"),
        ("يعاني المريض من السُّكَّري", "سكري مريض"),
        ("أصيب بارتفاع ضغط الدم", "اصيب ضغط"),
        ("मधुमेह के रोगी", "मधुमेह"),
        ("ผู้ป่วยเป็นเบาหวาน", "เบาหวาน"),
        ("Пациент с диабетом", "ДИАБЕТОМ"),
        ("Straße, café", "STRASSE CAFÉ"),
        ("Sjögren’s syndrome", "Sjögren's syndromes"),
        ("ﬁbrosis ２４", "fibrosis 24"),
    ],
)
def test_every_script_is_found(text: str, query: str) -> None:
    index = BM25.build([("right", text), ("wrong", "something else entirely 一 二")])
    assert [hit.id for hit in index.search(query)] == ["right"]


def test_words_of_lucene_boundaries() -> None:
    assert words("e.g. 1,000.5 mg/kg q.d. end.Start a_b IL-6") == [
        "e.g", "1,000.5", "mg", "kg", "q.d", "end.start", "a_b", "il", "6",
    ]  # fmt: skip
    assert words("É́toile हिन्दी") == ["é́toile", "हिन्दी"]
    assert Analyser("none").terms("The Diseases") == ["the", "diseases"]
    assert Analyser("german").terms("Krankheiten") == ["krankheit"]
    with pytest.raises(ValueError, match="klingon"):
        Analyser("klingon")


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    assert all(word == word.strip() and word for word in words(text))
