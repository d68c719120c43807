"""One request to a model, and what a backend has to offer to be asked it."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol, runtime_checkable

import msgspec

from workup.errors import UserError
from workup.models.model import GREEDY, Message, Reply, Sampling, ToolSpec

MOST_LOGPROBS = 20
"""Most alternatives per token that can be asked for; what the chat-completions interface allows."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The arguments of one ``generate``, as one value that can be hashed, stored and looked up.

    See :meth:`workup.models.model.Model.generate` for the fields.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    n: int = 1
    sampling: Sampling = GREEDY
    prefix: str | None = None
    schema: dict[str, Any] | None = None
    logprobs: int = 0

    def __post_init__(self) -> None:
        if not self.messages:
            raise UserError("a model needs at least one message")
        if self.n < 1:
            raise UserError(f"n is {self.n}; ask for at least one reply")
        if not 0 <= self.logprobs <= MOST_LOGPROBS:
            raise UserError(f"logprobs is {self.logprobs}; ask for 0 to {MOST_LOGPROBS} alternatives per token")

    def digest(self) -> str:
        """SHA-256 of the content, independent of the model and of the order of keys.

        Raises:
            UserError: Something in it is not text or not JSON.

        >>> ask = Request(messages=(Message(role="user", content="Why?"),))
        >>> ask.digest() == msgspec.structs.replace(ask).digest()
        True
        """
        try:
            return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()
        except UnicodeEncodeError as error:
            raise UserError("a message holds half a character (a lone surrogate); decode the text again") from error
        except (TypeError, RecursionError, msgspec.MsgspecError) as error:
            raise UserError(f"a request holds what JSON cannot say: {error}") from error


@runtime_checkable
class Backend(Protocol):
    """What runs a model. Thread-safe; one call is one attempt.

    What all models have in common (repeats, schemas, retries, limits, prices, cache, records) is not a backend's
    business: :class:`workup.models.managed.Managed` adds it.

    Attributes:
        name: Name of the model as it was loaded, e.g. ``openai/gpt-4.1``.
        identity: Everything besides the request that a reply depends on, e.g. the server's address; for the cache.
        many: Whether ``n`` replies can be asked for at once.
        concurrency: Most attempts at once that make sense.
        host: Where the price is charged: a host name; empty for what runs on this machine and costs nothing.
        model: The model's name at the host.
    """

    name: str
    identity: str
    many: bool
    concurrency: int
    host: str
    model: str

    def complete(self, request: Request, timeout: float) -> Reply:
        """Try once, for at most about ``timeout`` seconds.

        The reply's usage holds the tokens; its seconds, calls and cost are filled in by the caller.

        Raises:
            ModelError: No reply; says whether trying again may help.
        """
        ...

    def close(self) -> None:
        """Free connections and memory."""
        ...
