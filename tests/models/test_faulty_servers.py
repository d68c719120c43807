"""Every fault of a server ends in the right number of tries and one clear error, and never in anything else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fault_server import (
    GOOD,
    Act,
    FaultServer,
    answer,
    bytes_on_the_line,
    cut,
    cut_chunks,
    drip,
    endless,
    error,
    half_json,
    raw,
    reset,
    says,
    silence,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from model_parts import ASK, Notebook

from workup.errors import BudgetExceeded, ModelError
from workup.models import Budget, Managed
from workup.models.model import Sampling
from workup.models.openai import OpenAIBackend
from workup.models.wire import reply_of

KEY = "sk-not-a-real-key-0123456789"


class Naps:
    """Stands in for sleep: keeps what was asked of it and returns at once."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def managed(url: str, *, naps: Naps | None = None, backend: dict[str, Any] | None = None, **options: Any) -> Managed:
    options = {"retries": 3, "timeout": 20.0, "draw": random.Random(0)} | options
    return Managed(OpenAIBackend("tiny", base_url=url, **backend or {}), sleep=naps or Naps(), **options)


def play(*acts: Act, **options: Any) -> tuple[str, FaultServer, Naps]:
    """Text of the reply, or ``ModelError: ...``; what the server saw; how long we would have waited."""
    naps = Naps()
    with FaultServer(*acts) as server, managed(server.base_url, naps=naps, **options) as model:
        try:
            return model.generate(ASK).text, server, naps
        except ModelError as failure:
            return f"ModelError: {failure}", server, naps


PASSING: dict[str, Act] = {
    "429": error(429, "slow down"),
    "500": error(500, "oops"),
    "502 as a web page": raw(b"<html>Bad gateway</html>", 502, "text/html"),
    "503": error(503),
    "408": error(408),
    "cut in the middle": cut,
    "cut between chunks": cut_chunks,
    "reset": reset,
    "half JSON": half_json,
    "nothing at all": raw(b""),
    "no choices": answer(choices=[]),
    "error inside success": raw(b'{"error": {"message": "upstream is busy", "code": 503}}'),
    "not HTTP": bytes_on_the_line(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "gzip that is none": raw(b"no gzip", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_may_pass_is_tried_again(fault: Act) -> None:
    text, server, naps = play(fault, fault, says("Measles."))
    assert text == "Measles."
    assert len(server.asked) == 3
    assert len(naps.taken) == 2
    # Doubling upper ends, from one second.
    assert all(0.0 <= nap <= most for nap, most in zip(naps.taken, (1.0, 2.0), strict=True))


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_and_given_up_in_the_end(fault: Act) -> None:
    text, server, naps = play(fault)
    assert text.startswith("ModelError: openai/tiny: ")
    assert text.endswith("(gave up after 4 tries)")
    assert "\n" not in text
    assert (len(server.asked), len(naps.taken)) == (4, 3)


LASTING: dict[str, tuple[Act, str]] = {
    "400": (error(400, "max_tokens is too large"), "the request was refused (400: max_tokens is too large)"),
    "401": (error(401, "bad key"), "wants a key and none was found in the environment (401: bad key)"),
    "404": (error(404, "no model tiny"), "no such model or address (404: no model tiny)"),
    "404 of FastAPI": (raw(b'{"detail": "Not Found"}', 404), "(404: Not Found)"),
    "no credit": (error(429, "pay", "insufficient_quota"), "no credit left"),
    "redirect": (raw(b"", 302, Location="http://example.com/"), "points elsewhere"),
    "web page": (raw(b"\n<!DOCTYPE html><html>Log in</html>", 200, "text/html"), "a web page, not with JSON"),
    "garbage": (raw(b"\xff\xfe\x00garbage"), "something other than JSON"),
    "another JSON": (raw(b'{"choices": "none"}'), "not a chat completion"),
    "a list": (raw(b"[1, 2]"), "not a chat completion"),
    "NaN": (raw(b'{"choices": [NaN]}'), "something other than JSON"),
    "wrong model": (answer(model="huge"), "answered with the model 'huge'"),
    "error as text": (raw(b'{"error": "no such prompt"}'), "refused (200: no such prompt)"),
    "retry in a day": (error(429, "tomorrow", Retry_After="86400"), "too many requests (429: tomorrow)"),
    "content is a number": (answer(choices=[{"message": {"content": 7}}]), "not text"),
}


@pytest.mark.parametrize(("fault", "words"), LASTING.values(), ids=LASTING.keys())
def test_what_will_not_pass_is_not_tried_again(fault: Act, words: str) -> None:
    text, server, naps = play(fault)
    assert text.startswith("ModelError: openai/tiny: ")
    assert words in text
    assert (len(server.asked), naps.taken) == (1, [])


def test_wrong_content_type_is_forgiven() -> None:
    assert play(raw(json.dumps(GOOD).encode(), kind="text/plain; charset=latin-1"))[0] == "Measles."
    assert play(raw(json.dumps(GOOD | {"error": None}).encode()))[0] == "Measles."


def test_retry_after_is_honoured() -> None:
    text, _, naps = play(error(429, Retry_After="7"), error(503, Retry_After="soon"), says("Yes."))
    assert text == "Yes."
    assert 7.0 <= naps.taken[0] <= 8.0
    assert naps.taken[1] <= 2.0


def test_a_silent_server_times_out() -> None:
    text, server, _ = play(silence, timeout=0.5, retries=1)
    assert "no complete answer within 0.5 s (gave up after 2 tries)" in text
    assert len(server.asked) == 2


def test_a_dripping_server_times_out() -> None:
    """Each byte resets the client's own limit; the whole answer has one too."""
    ticks = iter(range(10_000))
    text, _, _ = play(drip, retries=0, backend={"clock": lambda: float(next(ticks))}, timeout=5.0)
    assert "no complete answer within 5 s" in text


def test_a_gigantic_answer_is_not_read() -> None:
    text, server, _ = play(endless, backend={"max_reply": 1_000_000})
    assert "larger than 1000000 bytes" in text
    assert len(server.asked) == 1


def test_no_server() -> None:
    with FaultServer(says("")) as server:
        url = server.base_url
    naps = Naps()
    with (
        managed(url, naps=naps) as model,
        pytest.raises(ModelError, match=r"is the server running\? \(gave up") as info,
    ):
        model.generate(ASK)
    assert info.value.retryable
    assert len(naps.taken) == 3


def test_keys_stay_where_they_belong() -> None:
    notebook = Notebook()
    refusal = error(401, f"Incorrect API key provided: {KEY}")
    with FaultServer(refusal) as server, managed(server.base_url, backend={"key": KEY}, recorder=notebook) as model:
        with pytest.raises(
            ModelError, match=r"the key was refused \(401: Incorrect API key provided: \[key\]\)"
        ) as info:
            model.generate(ASK)
        assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
        for shown in (repr(model), repr(model.backend), str(info.value), repr(notebook.calls), model.backend.identity):
            assert KEY not in shown
        assert KEY not in json.dumps(server.asked)


def test_every_try_is_recorded_and_counted() -> None:
    notebook, budget = Notebook(), Budget(calls=3)
    options: dict[str, Any] = {"recorder": notebook, "budget": budget, "price": (1.0, 2.0)}
    with FaultServer(error(500, "oops"), says("Yes.")) as server, managed(server.base_url, **options) as model:
        reply = model.generate(ASK)
        assert [(call.tried, call.error, call.retryable) for call in notebook.calls] == [
            (1, "the server failed (500: oops)", True),
            (2, "", False),
        ]
        assert (reply.usage.calls, reply.usage.input_tokens, reply.usage.output_tokens) == (2, 7, 2)
        assert reply.usage.cost_usd == pytest.approx((7 * 1.0 + 2 * 2.0) / 1e6)
        assert budget.spent.calls == 2
        assert budget.spent.cost_usd == pytest.approx(11e-6)
        model.generate(ASK)
        with pytest.raises(BudgetExceeded, match="the limit of 3 calls is reached"):
            model.generate(ASK)
    assert len(server.asked) == 3


def test_several_at_once_where_the_server_can() -> None:
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in "abc"]
    with FaultServer(answer(choices=choices)) as server, managed(server.base_url) as model:
        assert [g.text for g in model.generate(ASK, n=3).generations] == ["a", "b", "c"]
    assert [body["n"] for body in server.asked] == [3]


def test_several_one_by_one_where_it_cannot() -> None:
    """llama.cpp refuses, Ollama gives one without a word."""
    sampling = Sampling(temperature=1.0, seed=5)
    acts = (error(400, "n must be 1"), says("a"), says("b"), says("c"))
    with FaultServer(*acts) as server, managed(server.base_url) as model:
        assert [g.text for g in model.generate(ASK, n=3, sampling=sampling).generations] == ["a", "b", "c"]
    assert [(body.get("n"), body["seed"]) for body in server.asked] == [(3, 5), (None, 5), (None, 6), (None, 7)]
    with FaultServer(says("a"), says("b")) as server, managed(server.base_url) as model:
        assert [g.text for g in model.generate(ASK, n=2, sampling=sampling).generations] == ["a", "b"]
    assert [(body.get("n"), body["seed"]) for body in server.asked] == [(2, 5), (None, 6)]


def test_a_bad_request_for_several_is_refused_after_all() -> None:
    with FaultServer(error(400, "too long")) as server, managed(server.base_url) as model:
        with pytest.raises(ModelError, match="too long"):
            model.generate(ASK, n=2)
        assert model.backend.many
    assert len(server.asked) == 2


def offline(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> OpenAIBackend:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content, headers=headers)

    return OpenAIBackend("tiny", base_url="http://127.0.0.1:1/v1", transport=httpx.MockTransport(respond))


def survives(ask: Callable[[], Any]) -> None:
    """Fails by any exception that is no ModelError, and by one that is not a single line."""
    said = "a reply"
    try:
        ask()
    except ModelError as failure:
        said = str(failure)
    assert said
    assert "\n" not in said


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "error", "usage", "model", "logprobs", "tool_calls", "function"]
            )
            | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(content=st.binary(max_size=200), status=st.integers(200, 599), after=st.text(max_size=8))
def test_any_bytes_are_a_reply_or_a_model_error(content: bytes, status: int, after: str) -> None:
    model = Managed(offline(content, status, {"Retry-After": after.encode("ascii", "ignore").decode()}), sleep=Naps())
    survives(lambda: model.generate(ASK))


@settings(max_examples=200)
@given(value=JSON, place=st.integers(0, 5))
def test_any_json_is_a_reply_or_a_model_error(value: Any, place: int) -> None:
    """Anything at all, put in the place of one part of a good answer."""
    choice: dict[str, Any] = {"message": {"content": "x"}, "finish_reason": "stop"}
    answers: list[Any] = [
        value,
        {"choices": value},
        {"choices": [{"message": value}]},
        {"choices": [choice | {"logprobs": {"content": value}}]},
        {"choices": [choice | {"message": {"content": None, "tool_calls": value}}]},
        {"choices": [choice], "usage": value, "error": value},
    ]
    content = json.dumps(answers[place]).encode("utf-8", "surrogatepass")
    survives(lambda: reply_of(content, "tiny"))
    survives(lambda: Managed(offline(content), sleep=Naps(), retries=0).generate(ASK, n=2, logprobs=1))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(min_size=1, max_size=300), st.booleans())
def test_any_bytes_on_the_line_are_a_model_error(content: bytes, begun: bool) -> None:
    """Below HTTP: status lines, headers and chunks that are none."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" if begun else b""
    act = bytes_on_the_line(head + content)
    with FaultServer(act) as server, managed(server.base_url, retries=0, timeout=2.0) as model:
        survives(lambda: model.generate(ASK))


def test_deep_nesting() -> None:
    survives(lambda: reply_of(b'{"choices": ' + b"[" * 100_000, "tiny"))
    survives(lambda: reply_of(b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "tiny"))
