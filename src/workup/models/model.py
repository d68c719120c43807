"""What every language model offers, and what it is asked and answers.

``generate`` is a plain blocking call that may be made from many threads at once: a method reads as it is written,
and the runner decides how many of them run side by side.
"""

from __future__ import annotations

import math
from typing import Any, Literal, Protocol, runtime_checkable

import msgspec

from workup.errors import Issue
from workup.reasoning import Usage

Role = Literal["system", "user", "assistant", "tool"]
Finish = Literal["stop", "length", "tool_calls", "refusal", "error"]


class ToolCall(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A call of a tool that the model asks for; data until something allowed to do so executes it.

    Attributes:
        name: Name of the tool.
        arguments: Its arguments, decoded.
        id: Handle by which the tool's result is given back.
        raw: The arguments as written, when they were not valid JSON (``arguments`` is then empty).
    """

    name: str
    arguments: dict[str, Any] = {}
    id: str = ""
    raw: str = ""


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One message of a conversation.

    Attributes:
        role: Who speaks.
        content: The words.
        tool_calls: Calls an assistant asked for.
        tool_call_id: The call that a ``tool`` message answers.
    """

    role: Role
    content: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None


class ToolSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A tool as offered to a model: name, what it does, JSON schema of its arguments."""

    name: str
    description: str
    parameters: dict[str, Any]


class Sampling(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How to draw a reply.

    Attributes:
        temperature: 0 for the likeliest token each time.
        top_p: Share of the probability mass to draw from.
        max_tokens: Longest reply.
        stop: Texts that end the reply; not part of it.
        seed: Seed of the draw, where the model takes one.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.temperature) and self.temperature >= 0.0):
            raise ValueError(f"temperature {self.temperature} is not a number from 0 up")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top_p {self.top_p} is outside 0-1")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens {self.max_tokens} is below 1")
        if "" in self.stop:
            raise ValueError("an empty stop text would end every reply before it begins")

    @property
    def repeatable(self) -> bool:
        """Whether the same request is meant to give the same reply: likeliest tokens, or a seed."""
        return self.temperature == 0.0 or self.seed is not None


GREEDY = Sampling()


class TokenLogprob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A token, its natural-log probability, and the likeliest alternatives."""

    token: str
    logprob: float
    top: dict[str, float] = {}


class Generation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One reply.

    Attributes:
        text: The words, without ``prefix``.
        tool_calls: Tools it asks for.
        finish: Why it ended.
        logprobs: Token log-probabilities, if asked for and offered; empty otherwise.
        parsed: The decoded value when a schema was given and met; None otherwise.
        repaired: Whether the text was repaired, or asked for again, because it did not meet the schema.
        thinking: What the model wrote before its answer, where a server gives that apart.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    logprobs: tuple[TokenLogprob, ...] = ()
    parsed: Any = None
    repaired: bool = False
    thinking: str = ""


class Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What came back: ``n`` generations of the model that was named, and what they cost.

    Attributes:
        generations: The replies, in the order in which they were drawn.
        model: The name by which the model was loaded, e.g. ``openai/gpt-4.1``.
        usage: What it took; of a reply from the cache, what it took at the time.
        served: What the server calls the model that answered, e.g. ``gpt-4.1-2025-04-14``; empty if it does not say.
        issues: What a reader of the figures should know: ``unknown_price``, ``no_usage``, ``schema``, ...
        cached: Whether it came from the cache, at no cost now.
    """

    generations: tuple[Generation, ...]
    model: str
    usage: Usage = Usage()
    served: str = ""
    issues: tuple[Issue, ...] = ()
    cached: bool = False

    @property
    def text(self) -> str:
        """Words of the first generation."""
        return self.generations[0].text if self.generations else ""


@runtime_checkable
class Model(Protocol):
    """A language model under one name. Thread-safe."""

    name: str

    def generate(
        self,
        messages: tuple[Message, ...] | list[Message],
        *,
        tools: tuple[ToolSpec, ...] = (),
        n: int = 1,
        sampling: Sampling = GREEDY,
        prefix: str | None = None,
        schema: dict[str, Any] | None = None,
        logprobs: int = 0,
    ) -> Reply:
        """Draw ``n`` replies.

        Args:
            messages: The conversation so far.
            tools: What the model may ask for.
            n: How many replies.
            sampling: How to draw.
            prefix: Words that the reply continues; not repeated in its text.
            schema: JSON schema that the reply must meet; always validated here, repaired once and counted.
            logprobs: How many likeliest alternatives to report per token; 0 for none.

        Raises:
            ModelError: The model could not answer; says whether trying again may help.
        """
        ...
