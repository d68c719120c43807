"""The chat-completions interface: what is sent, and what comes back.

Shared by model servers (``openai/``) and the llama.cpp engine in this process (``gguf/``), which speak the same JSON.
What comes back is read as data from a stranger: any bytes end in a :class:`~workup.models.model.Reply` or a
``ModelError``.
"""

from __future__ import annotations

import math
from typing import Any

import msgspec

from workup.errors import ModelError
from workup.models.model import Finish, Generation, Message, Reply, TokenLogprob, ToolCall
from workup.models.request import Request
from workup.reasoning import Usage

_LONGEST_EXCERPT = 200

_FINISH: dict[str, Finish] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "refusal",
}


class _Function(msgspec.Struct):
    name: str = ""
    arguments: Any = None


class _ToolCall(msgspec.Struct):
    function: _Function
    id: str | None = None


class _Message(msgspec.Struct):
    content: Any = None
    tool_calls: list[_ToolCall] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: Any = None


class _Alternative(msgspec.Struct):
    token: str
    logprob: float | None = None


class _Token(msgspec.Struct):
    token: str
    logprob: float | None = None
    top_logprobs: list[_Alternative] | None = None


class _Logprobs(msgspec.Struct):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None
    logprobs: _Logprobs | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    model: str | None = None
    usage: _Usage | None = None
    timings: Any = None


class _Failure(msgspec.Struct):
    """What stands under ``error``, of which servers have several forms."""

    message: str = ""
    code: Any = None
    type: Any = None


def body_of(request: Request, model: str) -> dict[str, Any]:
    """The JSON to send, except for ``prefix``, which each backend continues in its own way."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": [_message(message) for message in request.messages],
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
    }
    if request.n > 1:
        body["n"] = request.n
    if sampling.stop:
        body["stop"] = list(sampling.stop)
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if request.tools:
        body["tools"] = [{"type": "function", "function": msgspec.to_builtins(tool)} for tool in request.tools]
    if request.schema is not None:
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "reply", "schema": request.schema},
        }
    if request.logprobs:
        body["logprobs"] = True
        body["top_logprobs"] = request.logprobs
    return body


def _message(message: Message) -> dict[str, Any]:
    said: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        said["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": call.raw or msgspec.json.encode(call.arguments).decode(),
                },
            }
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        said["tool_call_id"] = message.tool_call_id
    return said


def reply_of(content: bytes, name: str) -> Reply:
    """Read a completion.

    Args:
        content: What the server sent.
        name: Name of the model as loaded.

    Raises:
        ModelError: It is no completion. One that was cut off or is empty may be better next time; HTML will not be.
    """
    try:
        answer = msgspec.json.decode(content, type=_Completion)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as error:
        raise _unreadable(content, error) from error
    if not answer.choices:
        raise ModelError("the server answered without a single reply", retryable=True)
    used = answer.usage or _Usage()
    return Reply(
        generations=tuple(_generation(choice) for choice in answer.choices),
        model=name,
        served=answer.model or "",
        usage=Usage(
            input_tokens=max(used.prompt_tokens or 0, 0),
            output_tokens=max(used.completion_tokens or 0, 0),
        ),
    )


def echoes_prefix(content: bytes) -> bool:
    """Whether a completion comes from llama.cpp, which repeats the prefix that a reply continues."""
    try:
        return msgspec.json.decode(content, type=_Completion).timings is not None
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return False


def failure_of(content: bytes) -> tuple[str, str] | None:
    """What a server says under ``error``: (message, code or type), or None when it does not."""
    try:
        said = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return None
    if "error" not in said or bytes(said["error"]) == b"null":
        return None
    for kind in (_Failure, str):
        try:
            found = msgspec.json.decode(said["error"], type=kind)
        except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
            continue
        if isinstance(found, str):
            return excerpt(found), ""
        if isinstance(found, _Failure):
            code = found.code if isinstance(found.code, str | int) and found.code else found.type
            return excerpt(found.message), str(code) if isinstance(code, str | int) else ""
    return "an error without words", ""


def words_of(content: bytes) -> str:
    """What a server that failed says under ``message`` or ``detail``; "" when it does not."""
    try:
        said = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError):
        return ""
    return next((excerpt(said[key]) for key in ("message", "detail") if isinstance(said.get(key), str)), "")


def excerpt(text: str) -> str:
    """The beginning of a text on one line, for messages.

    >>> excerpt("a\\n  b")
    'a b'
    """
    line = " ".join(text[: 4 * _LONGEST_EXCERPT].split())
    line = "".join(letter if letter.isprintable() else "?" for letter in line)
    return line if len(line) <= _LONGEST_EXCERPT else line[: _LONGEST_EXCERPT - 3] + "..."


def _generation(choice: _Choice) -> Generation:
    message = choice.message
    calls = tuple(_call(call) for call in message.tool_calls or ())
    finish = _FINISH.get(choice.finish_reason or "stop", "error")
    text = _text(message.content)
    if message.refusal and not text:
        text, finish = message.refusal, "refusal"
    tokens = (choice.logprobs.content if choice.logprobs else None) or ()
    thinking = message.reasoning_content or (message.reasoning if isinstance(message.reasoning, str) else "")
    return Generation(
        text=text,
        tool_calls=calls,
        finish="tool_calls" if calls and finish == "stop" else finish,
        logprobs=tuple(
            TokenLogprob(
                token=token.token,
                logprob=_finite(token.logprob),
                top={other.token: _finite(other.logprob) for other in token.top_logprobs or ()},
            )
            for token in tokens
        ),
        thinking=thinking,
    )


def _finite(logprob: float | None) -> float:
    """A log-probability as written; "impossible" comes as null, as -inf or as a large negative number."""
    return logprob if logprob is not None and math.isfinite(logprob) else -9999.0


def _text(content: Any) -> str:
    """Words of a message: a text, or a list of parts of which some are text."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "".join(part for part in parts if isinstance(part, str))
    raise ModelError("the server answered with a message that is not text")


def _call(call: _ToolCall) -> ToolCall:
    written = call.function.arguments
    arguments, raw = written, ""
    if isinstance(written, str):
        try:
            arguments = msgspec.json.decode(written) if written.strip() else {}
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            arguments = None
    elif written is None:
        arguments = {}
    if not isinstance(arguments, dict):
        raw = written if isinstance(written, str) else msgspec.json.encode(written).decode()
        arguments = {}
    return ToolCall(name=call.function.name, arguments=arguments, id=call.id or "", raw=raw)


def _unreadable(content: bytes, error: Exception) -> ModelError:
    head = content[:1000].lstrip().lower()
    if not head:
        return ModelError("the server answered with nothing", retryable=True)
    if head.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        return ModelError("the server answered with a web page, not with JSON; check base_url")
    if isinstance(error, msgspec.ValidationError):
        return ModelError(f"the server's JSON is not a chat completion ({error}); check base_url")
    if "truncated" in str(error):
        return ModelError(f"the server's JSON ends in the middle ({len(content)} bytes)", retryable=True)
    return ModelError(f"the server answered with something other than JSON ({excerpt(str(error))})")
