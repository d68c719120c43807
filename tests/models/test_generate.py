"""What every model does, whatever runs it: repeats, schemas, budgets and limits."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_parts import AGE, ASK, SEEDED, Counting, Notebook

from workup.errors import BudgetExceeded, ModelError, UserError
from workup.models import Budget, Managed, Scripted
from workup.models.limits import RateLimit
from workup.models.model import Message, Model, Sampling, ToolCall
from workup.models.naming import same_model
from workup.models.prices import price_of, table
from workup.models.request import Request
from workup.models.retry import Retry, seconds_of
from workup.models.schema import Validator
from workup.models.scripted import Line

# Schemas


def test_a_reply_that_meets_its_schema() -> None:
    model = Scripted(['{"age": 4}'])
    reply = model.generate(ASK, schema=AGE)
    assert (reply.generations[0].parsed, reply.generations[0].repaired) == ({"age": 4}, False)
    assert reply.usage.calls == 1
    assert isinstance(model, Model)


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"age": 4}\n```',
        '```\n{"age": 4}',
        'Here it is: {"age": 4}. Anything else?',
        '<think>He is {"age": "old"}?</think>\n{"age": 4}',
        'Not {"age": -1} but {"age": 4}',
    ],
)
def test_words_around_it_are_taken_off(text: str) -> None:
    reply = Scripted([text]).generate(ASK, schema=AGE)
    (generation,) = reply.generations
    assert (generation.parsed, generation.text, generation.repaired) == ({"age": 4}, '{"age": 4}', True)
    assert reply.usage.calls == 1


def test_it_is_asked_for_once_more_and_counted() -> None:
    notebook = Notebook()
    reply = Scripted(['{"age": "four"}', '{"age": 4}'], recorder=notebook).generate(ASK, schema=AGE)
    (generation,) = reply.generations
    assert (generation.parsed, generation.repaired, reply.issues) == ({"age": 4}, True, ())
    assert reply.usage.calls == 2
    asked = notebook.calls[1].request.messages
    assert [message.role for message in asked] == ["user", "assistant", "user"]
    assert "at age: 'four' is not of type 'integer'" in asked[2].content


def test_and_then_it_is_left_and_said() -> None:
    reply = Scripted(["four", "4 years"]).generate(ASK, schema=AGE)
    (generation,) = reply.generations
    assert (generation.parsed, generation.text, generation.repaired) == (None, "4 years", True)
    assert [issue.code for issue in reply.issues] == ["schema"]
    assert "not JSON" in reply.issues[0].message


def test_a_second_reply_may_be_freed_of_words_too() -> None:
    reply = Scripted(["four", 'Sorry: {"age": 4}']).generate(ASK, schema=AGE)
    assert reply.generations[0].parsed == {"age": 4}
    assert reply.issues == ()


def test_each_of_several_is_checked() -> None:
    reply = Scripted(['{"age": 1}', "two", '{"age": 2}']).generate(ASK, schema=AGE, n=2)
    assert [(g.parsed, g.repaired) for g in reply.generations] == [({"age": 1}, False), ({"age": 2}, True)]


def test_prefix_and_schema() -> None:
    reply = Scripted(['{"age": 4}']).generate(ASK, schema=AGE, prefix='{"age"')
    assert (reply.text, reply.generations[0].parsed) == (": 4}", {"age": 4})


def test_a_tool_call_is_no_reply_yet() -> None:
    line = Line(tool_calls=(ToolCall(name="lookup", arguments={"term": "fever"}),), finish="tool_calls")
    reply = Scripted([line]).generate(ASK, schema=AGE)
    assert reply.usage.calls == 1
    assert reply.generations[0].tool_calls[0].arguments == {"term": "fever"}


def test_bad_schemas_are_the_callers_fault() -> None:
    with pytest.raises(UserError, match="not a JSON schema"):
        Scripted(["1"]).generate(ASK, schema={"type": "robot"})
    with pytest.raises(UserError, match="not a JSON schema"):
        Scripted(["1"]).generate(ASK, schema={"enum": {object()}})


def test_a_schema_elsewhere_is_not_fetched() -> None:
    for where in ("http://127.0.0.1:1/schema.json", "file:///etc/passwd", "#/$defs/none"):
        with pytest.raises(UserError, match="refers to"):
            Scripted(["1"]).generate(ASK, schema={"$ref": where})


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    check = Validator(AGE)
    value, complaint = check.read(text)
    assert (value is None) == bool(complaint)
    found = check.repair(text)
    assert found is None or check.read(found[1]) == (found[0], "")


@given(st.integers(0, 10**9), st.text(alphabet="abc \n`<>", max_size=20), st.text(alphabet="abc \n`<>", max_size=20))
def test_json_amid_words_is_found(age: int, before: str, after: str) -> None:
    found = Validator(AGE).repair(f'{before}{{"age": {age}}}{after}')
    assert found is not None
    assert found[0] == {"age": age}


# Repeats, stops, prefixes


def test_each_of_several_has_its_own_seed() -> None:
    backend = Counting()
    reply = Managed(backend).generate(ASK, n=3, sampling=SEEDED)
    assert [g.text for g in reply.generations] == ["1", "2", "3"]
    assert [request.sampling.seed for request in backend.asked] == [1, 2, 3]
    assert (reply.usage.calls, reply.usage.input_tokens) == (3, 30)


def test_stop_texts_are_not_part_of_a_reply() -> None:
    reply = Scripted([Line(reply="Measles. END mumps", finish="length")]).generate(
        ASK, sampling=Sampling(stop=("END", "mumps"))
    )
    assert (reply.text, reply.generations[0].finish) == ("Measles. ", "stop")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": ASK, "n": 0}, "n is 0"),
        ({"messages": ASK, "logprobs": 21}, "0 to 20"),
        ({"messages": [Message(role="user", content="\ud800")]}, "lone surrogate"),
    ],
)
def test_what_no_model_can_be_asked(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(UserError, match=words):
        Scripted(["x"]).generate(**arguments)


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_p": 0.0}, {"max_tokens": 0}, {"stop": ("",)}],
)
def test_sampling_has_bounds(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
        Sampling(**wrong)


# Budgets, prices, limits


def test_budget_is_exact_in_calls_with_many_threads() -> None:
    backend, budget = Counting(), Budget(calls=25)
    model = Managed(backend, budget=budget)

    def ask(_: int) -> bool:
        try:
            model.generate(ASK)
        except BudgetExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        answered = sum(pool.map(ask, range(60)))
    assert answered == len(backend.asked) == budget.spent.calls == 25
    assert budget.spent.input_tokens == 250


@pytest.mark.parametrize(
    ("limit", "words"),
    [({"tokens": 22}, "22 tokens"), ({"usd": 2e-5}, "2e-05 US dollars"), ({"seconds": 2.0}, "2 sec")],
)
def test_budget_of_tokens_money_and_time(limit: dict[str, Any], words: str) -> None:
    ticks = iter(range(100))
    model = Managed(Counting(), price=(1.0, 1.0), budget=Budget(**limit), clock=lambda: float(next(ticks)))
    model.generate(ASK)
    model.generate(ASK)
    with pytest.raises(BudgetExceeded, match=words):
        model.generate(ASK)


def test_a_limit_in_dollars_needs_a_price() -> None:
    with pytest.raises(UserError, match="no price is known for counting"):
        Managed(Counting(host="somewhere.else"), budget=Budget(usd=1.0))
    with pytest.raises(UserError, match="no price is known"):
        Managed(Counting(host="somewhere.else")).using(budget=Budget(usd=1.0))
    with pytest.raises(UserError, match="usd cannot be -1"):
        Budget(usd=-1.0)


def test_an_unknown_price_is_flagged_and_not_guessed() -> None:
    reply = Managed(Counting(host="somewhere.else")).generate(ASK)
    assert (reply.usage.cost_usd, [issue.code for issue in reply.issues]) == (0.0, ["unknown_price"])
    assert Managed(Counting()).generate(ASK).issues == ()
    reply = Managed(Counting(host="api.openai.com", tokens=0), price=(1.0, 1.0)).generate(ASK)
    assert [issue.code for issue in reply.issues] == ["no_usage"]


def test_price_table() -> None:
    assert len({(price.host, price.model) for price in table()}) == len(table())
    assert all(price.source.startswith("https://") and price.date for price in table())
    price = price_of("api.openai.com", "gpt-4o-mini-2024-07-18")
    assert price is not None
    # 1,000 tokens in at 0.15 and 2,000 out at 0.60 dollars a million.
    assert price.cost(1000, 2000) == pytest.approx(0.00135)
    assert price_of("api.openai.com", "gpt-4") is None
    with pytest.raises(UserError, match="price cannot be"):
        Managed(Counting(), price=(-1.0, 0.0))


def test_rate_limit() -> None:
    now, naps = [0.0], []
    limit = RateLimit(60.0, clock=lambda: now[0], sleep=naps.append)
    for _ in range(60):
        limit.take()
    assert naps == []
    limit.take()
    limit.take()
    assert naps == [1.0, 2.0]  # one a second, in the order of asking
    now[0] = 10.0
    limit.take()
    assert naps == [1.0, 2.0]
    limit.settle(-100.0)
    now[0] = 1000.0
    for _ in range(60):
        limit.take()
    assert naps == [1.0, 2.0]  # never more than a minute's worth in store
    for nothing in ({"requests_per_minute": 0.0}, {"tokens_per_minute": -1.0}):
        with pytest.raises(UserError, match="above 0"):
            Managed(Counting(), **nothing)


def test_token_rate_counts_what_was_used() -> None:
    naps: list[float] = []
    options: dict[str, Any] = {"tokens_per_minute": 100.0, "clock": lambda: 0.0, "sleep": naps.append}
    model = Managed(Counting(tokens=50), **options)
    brief = Sampling(max_tokens=10)
    model.generate(ASK, sampling=brief)  # reserves 11 / 4 + 10, uses 51
    assert naps == []
    model.generate(ASK, sampling=brief)  # 51 used and 12.75 reserved: still below 100
    assert naps == []
    model.generate(ASK, sampling=brief)  # 102 used, 12.75 reserved: 14.75 over, at 100 a minute
    assert naps == [pytest.approx(14.75 * 0.6)]


def test_no_more_at_once_than_allowed() -> None:
    backend = Counting(takes=0.005)
    model = Managed(backend, concurrency=2)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: model.generate(ASK), range(40)))
    assert backend.most == 2
    with pytest.raises(UserError, match="at least one call"):
        Managed(backend, concurrency=0)
    with pytest.raises(UserError, match="timeout"):
        Managed(backend, timeout=0.0)


def test_retry_waits() -> None:
    retry, busy = Retry(retries=3), ModelError("busy", retryable=True)
    waits = [[retry.wait(busy, tried, random.Random(seed)) for seed in range(200)] for tried in (1, 2, 3, 4)]
    for most, drawn in zip((1.0, 2.0, 4.0), waits[:3], strict=True):
        assert all(wait is not None and 0 <= wait <= most for wait in drawn)
        assert max(wait or 0.0 for wait in drawn) > 0.9 * most
    assert set(waits[3]) == {None}
    assert retry.wait(ModelError("never"), 1, random.Random(0)) is None
    asked = ModelError("busy", retryable=True, retry_after=500.0)
    assert retry.wait(asked, 1, random.Random(0)) is None


@given(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False))
def test_any_retry_after(header: str, now: float) -> None:
    seconds = seconds_of(header, now)
    assert seconds is None or 0.0 <= seconds < float("inf")


# Names


@pytest.mark.parametrize(
    ("named", "served", "same"),
    [
        ("m", "m", True),
        ("M", "m", True),
        ("llama3", "llama3:latest", True),
        ("llama3", "llama3:70b", False),
        ("gpt-4.1", "gpt-4.1-2025-04-14", True),
        ("gpt-4.1-2025-04-14", "gpt-4.1", False),
        ("gpt-4.1", "gpt-4.1-mini-2025-04-14", False),
        ("claude-x", "claude-x@20250401", True),
        ("SmolLM2", "/models/SmolLM2.gguf", True),
        ("SmolLM2", "C:\\models\\SmolLM2.gguf", True),
        ("Qwen3-8B", "Qwen/Qwen3-8B", True),
        ("Qwen/Qwen3-8B", "Else/Qwen3-8B", False),
        ("tiny", "huge", False),
        ("", "huge", False),
    ],
)
def test_same_model(named: str, served: str, same: bool) -> None:
    assert same_model(named, served) is same
    assert same_model(named, served, aliases=[served])


@given(
    st.builds(
        Message,
        role=st.sampled_from(["system", "user", "assistant", "tool"]),
        content=st.text(max_size=20),
        tool_calls=st.lists(
            st.builds(
                ToolCall,
                name=st.text(max_size=5),
                arguments=st.dictionaries(st.text(max_size=3), st.integers(-9, 9), max_size=2),
            ),
            max_size=2,
        ).map(tuple),
        tool_call_id=st.none() | st.text(max_size=4),
    )
)
def test_requests_round_trip(message: Message) -> None:
    request = Request(messages=(message,), schema=AGE, sampling=SEEDED)
    again = msgspec.json.decode(msgspec.json.encode(request), type=Request)
    assert again == request
    assert again.digest() == request.digest()
    assert msgspec.structs.replace(request, n=2).digest() != request.digest()
