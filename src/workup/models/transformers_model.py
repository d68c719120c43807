"""Models of the transformers library in this process: ``hf/NAME-or-DIR`` (extra ``train``).

A folder is read from disk; a name is fetched from the hub by transformers itself, which is the one case in which a
model is downloaded. Only weights in the safetensors format are read, and no code that comes with a model is run.
"""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workup.errors import MissingExtra, ModelError, UserError
from workup.models.model import Generation, Reply, TokenLogprob
from workup.models.request import Request
from workup.models.wire import body_of, excerpt
from workup.reasoning import Usage


class TransformersBackend:
    """A causal language model with a chat template. Loaded at the first request; one reply at a time."""

    many = False
    concurrency = 1
    host = ""

    def __init__(self, name: str, *, device: str = "cpu", revision: str | None = None) -> None:
        """Say what to load; nothing is loaded yet.

        Args:
            name: Folder, or name at the hub.
            device: Where to compute, e.g. ``cuda:0``.
            revision: Commit at the hub, so that the name means the same tomorrow.

        Raises:
            MissingExtra: torch or transformers is not installed.
        """
        if find_spec("transformers") is None or find_spec("torch") is None:
            raise MissingExtra("train", f"running hf/{name}")
        self.name = f"hf/{name}"
        self.model = name
        self.identity = f"{self.name} {device} {revision}"
        self._device = device
        self._revision = revision
        self._tokenizer: Any = None
        self._network: Any = None
        self._lock = threading.Lock()

    def complete(self, request: Request, timeout: float) -> Reply:
        """Draw one reply. Runs to its end: ``max_tokens`` bounds it, and ``timeout`` is not used.

        Raises:
            ModelError: The model cannot be loaded, or cannot take such a conversation.
        """
        with self._lock:
            try:
                if self._network is None:
                    self._load()
                return self._draw(request)
            except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
                raise ModelError(f"transformers failed: {type(error).__name__}: {excerpt(str(error))}") from error
            except Exception as error:
                # Chat templates refuse a conversation by errors of the template engine.
                if type(error).__module__.startswith("jinja2"):
                    raise ModelError(f"the chat template refused the messages: {excerpt(str(error))}") from error
                raise

    def _load(self) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        where = {"revision": self._revision, "trust_remote_code": False}
        if Path(self.model).is_dir():
            where["local_files_only"] = True
        self._tokenizer = AutoTokenizer.from_pretrained(self.model, **where)
        network = AutoModelForCausalLM.from_pretrained(self.model, use_safetensors=True, **where)
        self._network = network.to(self._device).eval()

    def _draw(self, request: Request) -> Reply:
        import torch

        body = body_of(request, self.model)
        messages = body["messages"]
        if request.prefix:
            messages.append({"role": "assistant", "content": request.prefix})
        prompt = self._tokenizer.apply_chat_template(
            messages,
            tools=body.get("tools"),
            add_generation_prompt=not request.prefix,
            continue_final_message=bool(request.prefix),
            return_dict=True,
            return_tensors="pt",
        ).to(self._device)
        sampling = request.sampling
        drawn: dict[str, Any] = {"do_sample": False}
        if sampling.temperature > 0:
            # 0 switches off the library's own choice of the 50 likeliest tokens.
            drawn = {"do_sample": True, "temperature": float(sampling.temperature), "top_k": 0}
            drawn["top_p"] = float(sampling.top_p)
        if sampling.stop:
            drawn |= {"stop_strings": list(sampling.stop), "tokenizer": self._tokenizer}
        if sampling.seed is not None:
            torch.manual_seed(sampling.seed)
        with torch.inference_mode():
            made = self._network.generate(
                **prompt,
                **drawn,
                max_new_tokens=sampling.max_tokens,
                return_dict_in_generate=True,
                output_logits=bool(request.logprobs),
            )
        read = int(prompt["input_ids"].shape[1])
        written = made.sequences[0, read:]
        generation = Generation(
            text=self._tokenizer.decode(written, skip_special_tokens=True),
            finish="length" if len(written) >= sampling.max_tokens else "stop",
            logprobs=self._logprobs(made, written, request.logprobs) if request.logprobs else (),
        )
        return Reply(
            generations=(generation,),
            model=self.name,
            # A folder's place on this machine is nobody's business.
            served=Path(self.model).name if Path(self.model).is_dir() else self.model,
            usage=Usage(input_tokens=read, output_tokens=len(written)),
        )

    def _logprobs(self, made: Any, written: Any, most: int) -> tuple[TokenLogprob, ...]:
        import torch

        tokens = []
        for token, logits in zip(written.tolist(), made.logits, strict=False):
            logs = torch.log_softmax(logits[0].float(), dim=-1)
            values, places = logs.topk(min(most, logs.shape[-1]))
            top = {
                self._tokenizer.decode([place]): value
                for place, value in zip(places.tolist(), values.tolist(), strict=True)
            }
            tokens.append(TokenLogprob(token=self._tokenizer.decode([token]), logprob=float(logs[token]), top=top))
        return tuple(tokens)

    def close(self) -> None:
        """Free the memory."""
        with self._lock:
            self._network = self._tokenizer = None


def load_hf(name: str, *, device: str = "cpu", revision: str | None = None) -> TransformersBackend:
    """A model of the transformers library; see :class:`TransformersBackend`."""
    if not name:
        raise UserError("name the folder or the model: hf/NAME-or-DIR")
    return TransformersBackend(name, device=device, revision=revision)
