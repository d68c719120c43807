"""Models of Inspect AI's providers: ``inspect/PROVIDER/NAME`` (extra ``inspect``).

For hosts that have no OpenAI-compatible interface. Inspect's own retries are switched off, as every model here gets the
same ones; its keys and addresses come from the environment as its documentation says. Which prices hold is not known
here: give ``price``.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from importlib.util import find_spec
from typing import Any

import msgspec

from workup.errors import MissingExtra, ModelError, UserError
from workup.models.model import Finish, Generation, Message, Reply, TokenLogprob, ToolCall
from workup.models.naming import same_model
from workup.models.request import Request
from workup.models.wire import excerpt
from workup.reasoning import Usage

_FINISH: dict[str, Finish] = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "refusal",
}
_SECRET_ENDINGS = ("_API_KEY", "_TOKEN", "_SECRET", "_SECRET_ACCESS_KEY")


class InspectBackend:
    """One of Inspect's models; its coroutines run on a thread of their own."""

    many = False
    concurrency = 16

    def __init__(self, model: Any, name: str) -> None:
        """Wrap ``inspect_ai.model.Model``."""
        self.name = f"inspect/{name}"
        provider, _, self.model = name.partition("/")
        self.host = "" if provider == "mockllm" else f"inspect/{provider}"
        self.identity = self.name
        self._model = model
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=self.name, daemon=True)
        self._thread.start()

    def complete(self, request: Request, timeout: float) -> Reply:
        """Ask once.

        Raises:
            ModelError: The provider failed; Inspect says whether trying again may help.
        """
        future = asyncio.run_coroutine_threadsafe(ask(self._model, request, max_retries=0), self._loop)
        try:
            output = future.result(timeout)
        except concurrent.futures.TimeoutError as error:
            future.cancel()
            raise ModelError(f"no complete answer within {timeout:g} s", retryable=True) from error
        except Exception as error:  # providers raise whatever their client libraries do
            raise ModelError(
                f"{type(error).__name__}: {_redacted(excerpt(str(error)))}", retryable=self._may_pass(error)
            ) from error
        return reply_of(output, self.name)

    def _may_pass(self, error: Exception) -> bool:
        try:
            return bool(self._model.api.should_retry(error))
        except Exception:  # not every provider knows its own errors
            return False

    def close(self) -> None:
        """Stop the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def load_inspect(name: str, *, model_args: dict[str, Any] | None = None) -> InspectBackend:
    """A model of one of Inspect's providers, e.g. ``inspect/anthropic/NAME``.

    Args:
        name: ``PROVIDER/NAME``.
        model_args: What else Inspect's ``get_model`` is to be given.

    Raises:
        MissingExtra: inspect-ai is not installed.
        UserError: Inspect does not know the model, or lacks what the provider needs.
    """
    if find_spec("inspect_ai") is None:
        raise MissingExtra("inspect", "a model of Inspect")
    if "/" not in name:
        raise UserError("name provider and model: inspect/PROVIDER/NAME")
    from inspect_ai.model import get_model

    try:
        model = get_model(name, memoize=False, **(model_args or {}))
    except Exception as error:  # a missing key, package or provider, each with an error of its own
        raise UserError(f"Inspect cannot load {name}: {_redacted(excerpt(str(error)))}") from error
    return InspectBackend(model, name)


async def ask(model: Any, request: Request, *, max_retries: int | None = None) -> Any:
    """Put a request to one of Inspect's models; returns its ``ModelOutput``.

    Args:
        model: ``inspect_ai.model.Model``.
        request: What is asked.
        max_retries: How often Inspect may try again; None for as it is set there.
    """
    from inspect_ai.model import GenerateConfig, ResponseSchema
    from inspect_ai.tool import ToolInfo, ToolParams

    sampling = request.sampling
    messages = [message_of(message) for message in request.messages]
    if request.prefix:
        messages.append(message_of(Message(role="assistant", content=request.prefix)))
    config = GenerateConfig(
        max_retries=max_retries,
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        stop_seqs=list(sampling.stop) or None,
        seed=sampling.seed,
        logprobs=True if request.logprobs else None,
        top_logprobs=request.logprobs or None,
        response_schema=None
        if request.schema is None
        else ResponseSchema.model_validate({"name": "reply", "json_schema": request.schema}),
    )
    tools = [
        ToolInfo(name=tool.name, description=tool.description, parameters=ToolParams.model_validate(tool.parameters))
        for tool in request.tools
    ]
    return await model.generate(messages, tools=tools, config=config)


def reply_of(output: Any, name: str) -> Reply:
    """Inspect's ``ModelOutput`` as a reply of the model that was named ``inspect/PROVIDER/NAME``.

    Raises:
        ModelError: It holds an error, no reply, or one of another model.
    """
    if output.error:
        raise ModelError(_redacted(excerpt(output.error)))
    if not output.choices:
        raise ModelError("the provider answered without a single reply", retryable=True)
    _, provider, model = name.split("/", 2)
    if output.model and not same_model(model, output.model.removeprefix(f"{provider}/")):
        raise ModelError(f"the provider answered with the model {excerpt(output.model)!r}")
    used = output.usage
    return Reply(
        generations=tuple(_generation(choice) for choice in output.choices),
        model=name,
        served=output.model,
        usage=Usage(input_tokens=used.input_tokens, output_tokens=used.output_tokens) if used else Usage(),
    )


def message_of(message: Message) -> Any:
    """A message as Inspect has it."""
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageTool, ChatMessageUser
    from inspect_ai.tool import ToolCall as InspectToolCall

    if message.role == "system":
        return ChatMessageSystem(content=message.content)
    if message.role == "user":
        return ChatMessageUser(content=message.content)
    if message.role == "tool":
        return ChatMessageTool(content=message.content, tool_call_id=message.tool_call_id)
    calls = [InspectToolCall(id=call.id, function=call.name, arguments=call.arguments) for call in message.tool_calls]
    return ChatMessageAssistant(content=message.content, tool_calls=calls or None)


def _generation(choice: Any) -> Generation:
    message = choice.message
    parts = message.content if isinstance(message.content, list) else ()
    return Generation(
        text=message.text,
        tool_calls=tuple(
            ToolCall(
                name=call.function,
                arguments={} if call.parse_error else call.arguments,
                id=call.id,
                raw=msgspec.json.encode(call.arguments).decode() if call.parse_error else "",
            )
            for call in message.tool_calls or ()
        ),
        finish=_FINISH.get(choice.stop_reason, "error"),
        logprobs=tuple(
            TokenLogprob(
                token=token.token,
                logprob=token.logprob,
                top={other.token: other.logprob for other in token.top_logprobs or ()},
            )
            for token in (choice.logprobs.content if choice.logprobs else ())
        ),
        thinking="\n".join(part.reasoning for part in parts if part.type == "reasoning"),
    )


def _redacted(text: str) -> str:
    """The text without any secret of the environment."""
    for name, value in os.environ.items():
        if name.endswith(_SECRET_ENDINGS) and len(value) >= 8:
            text = text.replace(value, "[key]")
    return text
