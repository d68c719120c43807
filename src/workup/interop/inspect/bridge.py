"""The model of an Inspect evaluation, as a reasoner here is given one.

A reasoner is plain code and calls ``generate``; Inspect's models are awaited. Inside an evaluation the reasoner runs in
a worker thread, and each call goes back to Inspect's event loop, within the sample that it belongs to: so Inspect's
limits, retries, cache, and record of every call hold as they do for its own solvers.
"""

from __future__ import annotations

import contextvars
from functools import partial
from typing import Any

import anyio.from_thread
import anyio.lowlevel
import msgspec

from workup.errors import ModelError
from workup.models.inspect_model import ask, reply_of
from workup.models.managed import Managed
from workup.models.model import Reply, Sampling
from workup.models.request import Request
from workup.models.wire import excerpt

UNLIMITED = 24 * 3600.0
"""Inspect has time limits of its own."""


class _SampleBackend:
    """Asks the model of the sample under way."""

    many = False
    concurrency = 10_000
    host = ""

    def __init__(self, model: Any) -> None:
        self.model = str(model)
        # A model of this package that Inspect serves keeps the name that it has in ``workup run``.
        own = self.model.removeprefix("workup/")
        self.name = self.identity = own if own != self.model else f"inspect/{model}"
        self._model = model
        self._token = anyio.lowlevel.current_token()
        # Reasoners may call from threads of their own, which would not know the sample.
        self._context = contextvars.copy_context()

    def complete(self, request: Request, timeout: float) -> Reply:
        """Ask once, in Inspect's event loop.

        Raises:
            ModelError: The provider failed, after all that Inspect tried.
        """
        call = partial(ask, self._model, request)
        try:
            output = self._context.copy().run(partial(anyio.from_thread.run, call, token=self._token))
        except Exception as error:
            if _is_inspects(error):
                raise
            raise ModelError(f"{type(error).__name__}: {excerpt(str(error))}") from error
        return msgspec.structs.replace(reply_of(output, f"inspect/{self.model}"), model=self.name)

    def close(self) -> None:
        """Nothing to free: the model is Inspect's."""


def _is_inspects(error: Exception) -> bool:
    """Whether it is one of Inspect's own signals, such as a limit that was reached, and not the provider's."""
    return type(error).__module__.startswith("inspect_ai.util")


def model_in_sample(model: Any) -> Managed:
    """A model for reasoners, from inside a sample of Inspect's event loop.

    Args:
        model: ``inspect_ai.model.Model``, as ``get_model()`` gives it.
    """
    return Managed(_SampleBackend(model), timeout=UNLIMITED, retries=0)


def sampling_now() -> Sampling:
    """How the evaluation under way draws replies; what it leaves open is as in ``workup run``."""
    from inspect_ai.model import get_model
    from inspect_ai.model._generate_config import active_generate_config

    return sampling_of(get_model().config.merge(active_generate_config()))


def sampling_of(config: Any) -> Sampling:
    """How replies are drawn, from Inspect's ``GenerateConfig``; what it leaves open is as in ``workup run``.

    >>> from inspect_ai.model import GenerateConfig
    >>> sampling_of(GenerateConfig(temperature=0.5)).temperature, sampling_of(GenerateConfig()).max_tokens
    (0.5, 1024)
    """
    given = {
        "temperature": config.temperature,
        "top_p": config.top_p,
        "max_tokens": config.max_tokens,
        "stop": tuple(config.stop_seqs or ()),
        "seed": config.seed,
    }
    return Sampling(**{name: value for name, value in given.items() if value is not None})
