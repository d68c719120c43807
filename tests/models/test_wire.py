"""What is sent to a server and what is read from it, field by field."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.errors import ModelError
from workup.models import Managed
from workup.models.model import GREEDY, Message, Reply, Sampling, TokenLogprob, ToolCall, ToolSpec
from workup.models.openai import OpenAIBackend
from workup.models.request import Request
from workup.models.wire import body_of, excerpt, failure_of, reply_of

ASK = (Message(role="user", content="What is it?"),)
LOCAL = "http://127.0.0.1:1/v1"


def completion(message: dict[str, Any], **choice: Any) -> bytes:
    return json.dumps({"model": "tiny", "choices": [{"message": message, "finish_reason": "stop"} | choice]}).encode()


def exchange(
    answer: bytes, ask: dict[str, Any] | None = None, url: str = LOCAL, **options: Any
) -> tuple[Reply, dict[str, Any]]:
    """The reply to one request, and the body that was sent."""
    sent: list[dict[str, Any]] = []

    def respond(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, content=answer)

    backend = OpenAIBackend("tiny", base_url=url, transport=httpx.MockTransport(respond), **options)
    return Managed(backend).generate(ASK, **ask or {}), sent[0]


def test_the_least_that_is_sent() -> None:
    assert body_of(Request(messages=ASK), "tiny") == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "What is it?"}],
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": GREEDY.max_tokens,
    }


def test_everything_that_is_sent() -> None:
    call = ToolCall(name="lookup", arguments={"term": "fever"}, id="7")
    schema = {"type": "object"}
    request = Request(
        messages=(
            *ASK,
            Message(role="assistant", tool_calls=(call,)),
            Message(role="tool", content="38", tool_call_id="7"),
        ),
        tools=(ToolSpec(name="lookup", description="Looks up.", parameters={"type": "object"}),),
        n=2,
        sampling=Sampling(temperature=0.7, top_p=0.9, max_tokens=5, stop=("END",), seed=3),
        schema=schema,
        logprobs=4,
    )
    body = body_of(request, "tiny")
    assert (body["n"], body["seed"], body["stop"], body["temperature"], body["top_p"]) == (2, 3, ["END"], 0.7, 0.9)
    assert (body["logprobs"], body["top_logprobs"]) == (True, 4)
    assert body["response_format"]["json_schema"]["schema"] == schema
    assert body["tools"][0]["function"] == {
        "name": "lookup",
        "description": "Looks up.",
        "parameters": {"type": "object"},
    }
    assert body["messages"][1]["tool_calls"][0]["function"] == {"name": "lookup", "arguments": '{"term":"fever"}'}
    assert body["messages"][2] == {"role": "tool", "content": "38", "tool_call_id": "7"}


def test_prefix_in_three_ways() -> None:
    prefix = {"prefix": "It is"}
    unfinished = {"role": "assistant", "content": "It is"}
    reply, body = exchange(completion({"content": " measles."}), prefix)
    assert (reply.text, body["messages"][-1]) == (" measles.", unfinished)
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)

    reply, body = exchange(completion({"content": " measles."}), prefix, prefix="assistant")
    assert (reply.text, body["messages"][-1]) == (" measles.", unfinished)
    assert "continue_final_message" not in body

    reply, body = exchange(completion({"content": "It is measles."}), prefix, prefix="ask")
    assert (reply.text, body["messages"][-1]["role"]) == (" measles.", "user")
    assert "exactly this: It is" in body["messages"][-1]["content"]


def test_a_repeated_prefix_is_taken_off_where_servers_repeat_it() -> None:
    """llama.cpp repeats it and shows timings; elsewhere the same words again are the model's own."""
    echo = {"model": "tiny", "choices": [{"message": {"content": "{{}}"}}]}
    assert exchange(json.dumps(echo | {"timings": {}}).encode(), {"prefix": "{"})[0].text == "{}}"
    assert exchange(json.dumps(echo).encode(), {"prefix": "{"})[0].text == "{{}}"
    assert exchange(json.dumps(echo).encode(), {"prefix": "{"}, echo=True)[0].text == "{}}"


def test_fields_of_ones_own_and_of_openai() -> None:
    body = exchange(completion({"content": "x"}), body={"reasoning_effort": "low", "temperature": None})[1]
    assert body["reasoning_effort"] == "low"
    assert "temperature" not in body
    body = exchange(completion({"content": "x"}), url="https://api.openai.com/v1")[1]
    assert body["max_completion_tokens"] == GREEDY.max_tokens
    assert "max_tokens" not in body


@pytest.mark.parametrize(
    ("message", "choice", "expected"),
    [
        ({"content": "x"}, {"finish_reason": None}, ("x", "stop")),
        ({"content": "x"}, {"finish_reason": "length"}, ("x", "length")),
        ({"content": None}, {"finish_reason": "content_filter"}, ("", "refusal")),
        ({"content": None, "refusal": "No."}, {}, ("No.", "refusal")),
        ({"content": "x"}, {"finish_reason": "abort"}, ("x", "error")),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]},
            {},
            ("ab", "stop"),
        ),
    ],
)
def test_words_and_ends(message: dict[str, Any], choice: dict[str, Any], expected: tuple[str, str]) -> None:
    (generation,) = reply_of(completion(message, **choice), "tiny").generations
    assert (generation.text, generation.finish) == expected


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thinking_apart(field: str) -> None:
    (generation,) = reply_of(completion({"content": "Measles.", field: "Koplik spots..."}), "tiny").generations
    assert (generation.text, generation.thinking) == ("Measles.", "Koplik spots...")


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        ('{"a": 1}', ToolCall(name="t", arguments={"a": 1}, id="7")),
        ({"a": 1}, ToolCall(name="t", arguments={"a": 1}, id="7")),
        ("", ToolCall(name="t", id="7")),
        (None, ToolCall(name="t", id="7")),
        ('{"a": ', ToolCall(name="t", id="7", raw='{"a": ')),
        ("[1]", ToolCall(name="t", id="7", raw="[1]")),
        ([1], ToolCall(name="t", id="7", raw="[1]")),
    ],
)
def test_tool_calls(arguments: Any, call: ToolCall) -> None:
    message = {"content": None, "tool_calls": [{"id": "7", "function": {"name": "t", "arguments": arguments}}]}
    (generation,) = reply_of(completion(message), "tiny").generations
    assert (generation.tool_calls, generation.finish) == ((call,), "tool_calls")


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9) | st.text(max_size=5), max_size=3))
def test_tool_calls_come_back_as_they_were_sent(arguments: dict[str, Any]) -> None:
    call = ToolCall(name="t", arguments=arguments, id="7")
    sent = body_of(Request(messages=(Message(role="assistant", tool_calls=(call,)),)), "tiny")["messages"][0]
    assert reply_of(completion(sent), "tiny").generations[0].tool_calls == (call,)


def test_logprobs() -> None:
    tokens = [
        {
            "token": "A",
            "logprob": -0.5,
            "top_logprobs": [{"token": "A", "logprob": -0.5}, {"token": "B", "logprob": None}],
        },
        {"token": "!", "logprob": -1, "top_logprobs": []},
    ]
    (generation,) = reply_of(completion({"content": "A!"}, logprobs={"content": tokens}), "tiny").generations
    assert generation.logprobs == (
        TokenLogprob(token="A", logprob=-0.5, top={"A": -0.5, "B": -9999.0}),
        TokenLogprob(token="!", logprob=-1.0),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"error": {"message": "busy", "code": 503}}', ("busy", "503")),
        (b'{"error": {"message": "busy", "type": "server_error", "code": null}}', ("busy", "server_error")),
        (b'{"error": "busy"}', ("busy", "")),
        (b'{"error": [1]}', ("an error without words", "")),
        (b'{"error": null}', None),
        (b'{"choices": []}', None),
        (b"[", None),
    ],
)
def test_errors_in_words(content: bytes, said: tuple[str, str] | None) -> None:
    assert failure_of(content) == said


@given(st.text(max_size=1000))
def test_excerpts_fit_on_a_line(text: str) -> None:
    line = excerpt(text)
    assert len(line) <= 200
    assert line.isprintable()


def test_a_message_that_is_no_text() -> None:
    with pytest.raises(ModelError, match="not text"):
        reply_of(completion({"content": {"text": "x"}}), "tiny")
