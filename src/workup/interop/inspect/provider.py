"""Models of this package as a provider of Inspect: ``--model workup/NAME``, with any NAME that ``workup run`` takes.

So the small model in the wheel, a GGUF file, a script or the record of an earlier run answers in Inspect too, offline.
"""

from __future__ import annotations

from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    TopLogprob,
)
from inspect_ai.tool import ToolCall as InspectToolCall

from workup import models
from workup.interop.inspect.bridge import sampling_of
from workup.models.model import Generation, Message, Reply, ToolCall, ToolSpec

_STOP = {"stop": "stop", "length": "max_tokens", "tool_calls": "tool_calls", "refusal": "content_filter"}


class WorkupModel(ModelAPI):  # type: ignore[misc]  # Inspect's types are not followed
    """A model loaded by its name here."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig | None = None,
        **options: Any,
    ) -> None:
        """Load the model.

        Args:
            model_name: As after ``--model`` in ``workup run``.
            base_url: Where it is served, for ``openai/``.
            api_key: Not used: keys are read from the environment.
            config: As Inspect gives it.
            options: Options of the model, see :func:`workup.models.load`.

        Raises:
            UserError: There is no such model.
        """
        super().__init__(model_name, base_url, api_key, [], config or GenerateConfig())
        self._model = models.load(model_name, base_url=base_url, **options)

    async def generate(self, input: list[Any], tools: list[Any], tool_choice: Any, config: Any) -> Any:
        """One reply."""
        import anyio.to_thread

        messages = [message_from(message) for message in input]
        prefix = None
        if len(messages) > 1 and messages[-1].role == "assistant" and not messages[-1].tool_calls:
            prefix = messages.pop().content
        offered = tuple(
            ToolSpec(
                name=tool.name, description=tool.description, parameters=tool.parameters.model_dump(exclude_none=True)
            )
            for tool in tools
        )
        schema = config.response_schema
        reply = await anyio.to_thread.run_sync(
            lambda: self._model.generate(
                messages,
                tools=offered,
                sampling=sampling_of(config),
                prefix=prefix,
                schema=schema.json_schema.model_dump(exclude_none=True) if schema else None,
                logprobs=config.top_logprobs or 0,
            )
        )
        return output_of(reply, self.model_name)


def message_from(message: Any) -> Message:
    """A message of Inspect's as one of ours; images and the like are left out."""
    calls = getattr(message, "tool_calls", None) or ()
    return Message(
        role=message.role,
        content=message.text,
        tool_calls=tuple(ToolCall(name=call.function, arguments=call.arguments, id=call.id) for call in calls),
        tool_call_id=getattr(message, "tool_call_id", None),
    )


def output_of(reply: Reply, model: str) -> Any:
    """A reply as Inspect's ``ModelOutput``.

    >>> output_of(Reply(generations=(Generation(text="B"),), model="scripted"), "scripted").completion
    'B'
    """
    used = reply.usage
    total = used.input_tokens + used.output_tokens
    return ModelOutput(
        model=model,
        choices=[_choice(generation, model) for generation in reply.generations],
        usage=ModelUsage(input_tokens=used.input_tokens, output_tokens=used.output_tokens, total_tokens=total),
        time=used.seconds or None,
    )


def _choice(generation: Generation, model: str) -> Any:
    calls = [
        InspectToolCall(id=call.id or call.name, function=call.name, arguments=call.arguments)
        for call in generation.tool_calls
    ]
    tokens = [
        Logprob(
            token=one.token,
            logprob=one.logprob,
            top_logprobs=[TopLogprob(token=token, logprob=value) for token, value in one.top.items()],
        )
        for one in generation.logprobs
    ]
    return ChatCompletionChoice(
        message=ChatMessageAssistant(content=generation.text, tool_calls=calls or None, model=model),
        stop_reason=_STOP.get(generation.finish, "unknown"),
        logprobs=Logprobs(content=tokens) if tokens else None,
    )
