"""Replies that are kept: in the cache, and in a record that is replayed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from model_parts import AGE, ASK, SEEDED, UNSEEDED, Counting, Notebook

from workup.errors import BudgetExceeded, DataError, ModelError, UserError
from workup.models import Budget, JsonlRecorder, Managed, Scripted, load
from workup.models.cache import FILE, ReplyCache
from workup.models.model import Message, Reply, Sampling, ToolCall, ToolSpec
from workup.models.record import CALLS, read_calls
from workup.models.replay import ReplayBackend, difference
from workup.models.request import Request
from workup.models.scripted import Line
from workup.reasoning import Usage

# Cache


def test_cache_pays_once(tmp_path: Path) -> None:
    backend, notebook, budget = Counting(), Notebook(), Budget()
    model = Managed(backend, cache=tmp_path, recorder=notebook, budget=budget)
    first = model.generate(ASK, sampling=SEEDED)
    second = model.generate(ASK, sampling=SEEDED)
    assert (first.text, first.cached, second.text, second.cached) == ("1", False, "1", True)
    assert second.usage == first.usage
    assert budget.spent.calls == 1
    assert [call.tried for call in notebook.calls] == [1, 0]
    assert model.generate(ASK).text == "2"
    assert model.generate([*ASK, *ASK], sampling=SEEDED).text == "3"
    assert [model.generate(ASK, sampling=UNSEEDED).text for _ in range(2)] == ["4", "5"]
    model.close()
    # Another process finds what this one left.
    other = Managed(Counting(), cache=tmp_path)
    assert other.generate(ASK, sampling=SEEDED).cached
    assert oct(os.stat(tmp_path / FILE).st_mode & 0o777) == "0o600"


def test_no_cache_unless_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKUP_CACHE", str(tmp_path))
    Managed(Counting()).generate(ASK)
    assert list(tmp_path.iterdir()) == []
    Managed(Counting(), cache=True).generate(ASK)
    assert (tmp_path / FILE).is_file()


def test_failures_are_not_cached(tmp_path: Path) -> None:
    model = Scripted([Line(error="down"), "up"], cache=tmp_path)
    with pytest.raises(ModelError, match="scripted: down"):
        model.generate(ASK)
    assert model.generate(ASK).text == "up"


def test_cache_survives_a_kill(tmp_path: Path) -> None:
    """What was said to be kept is there after the process was killed while writing more."""
    code = (
        "import sys, itertools; from workup.models.cache import ReplyCache; from workup.models.model import *\n"
        "cache = ReplyCache(sys.argv[1])\n"
        "for i in itertools.count():\n"
        "    cache.put(str(i), Reply(generations=(Generation(text='x' * 5000),), model=str(i)))\n"
        "    print(i, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        kept = [line.strip() for line, _ in zip(writer.stdout, range(30), strict=False)]
        writer.kill()
    cache = ReplyCache(tmp_path)
    replies = [cache.get(key) for key in kept]
    assert [reply.model for reply in replies if reply] == kept == [str(number) for number in range(30)]


def test_damaged_cache(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no data base" * 100)
    with pytest.raises(DataError, match=r"cannot be used as a cache of replies .* delete the file"):
        ReplyCache(tmp_path)


def test_unreadable_entry_counts_as_missing(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    with sqlite3.connect(tmp_path / FILE) as base:
        base.execute("INSERT INTO replies VALUES ('k', '{\"of\": \"another version\"}')")
    assert cache.get("k") is None
    cache.put("k", Reply(generations=(), model="m"))
    assert cache.get("k") == Reply(generations=(), model="m")


# Records and replay


def conversation(model: Managed) -> list[Any]:
    """A bit of everything."""
    tool = ToolSpec(name="lookup", description="Looks up.", parameters={"type": "object"})
    return [
        reply.generations
        for reply in (
            model.generate(ASK, n=3, sampling=SEEDED),
            model.generate(ASK, schema=AGE),
            model.generate(ASK, tools=(tool,), prefix="It is"),
            model.generate(ASK, sampling=UNSEEDED),
            model.generate(ASK, sampling=UNSEEDED),
        )
    ]


LINES = [
    *("one", "two", "three"),
    '{"age": -4}',
    '{"age": 4}',
    Line(tool_calls=(ToolCall(name="lookup"),)),
    Line(error="busy", retryable=True),
    "five",
    "six",
]


def test_replay_gives_again_what_was_recorded(tmp_path: Path) -> None:
    with JsonlRecorder(tmp_path) as recorder:
        first = conversation(Scripted(LINES, recorder=recorder, sleep=lambda _: None))
    again = load(f"replay/{tmp_path}")
    assert conversation(again) == first
    assert load(f"replay/{tmp_path / CALLS}").generate(ASK, schema=AGE).served == "scripted"
    with pytest.raises(ModelError, match="recorded 2 times and is now asked for once more"):
        again.generate(ASK, sampling=UNSEEDED)
    # A request that is meant to repeat itself does.
    assert again.generate(ASK, n=3, sampling=SEEDED).generations == first[0]


def test_replay_says_what_it_took_at_the_time() -> None:
    notebook = Notebook()
    lines = [Line(error="busy", retryable=True), "one"]
    ticks = iter(range(10))
    options: dict[str, Any] = {"sleep": lambda _: None, "clock": lambda: float(next(ticks))}
    first = Scripted(lines, recorder=notebook, price=(1e6, 1e6), **options).generate(ASK)
    # Two tries of one second; three words read and one written.
    assert first.usage == Usage(seconds=2.0, calls=2, input_tokens=3, output_tokens=1, cost_usd=4.0)
    budget = Budget(usd=3.0)
    again = Managed(ReplayBackend(notebook.calls), budget=budget)
    assert again.generate(ASK).usage == first.usage
    with pytest.raises(BudgetExceeded, match="3 US dollars"):
        again.generate(ASK)

    unpriced = Notebook()
    Managed(Counting(host="somewhere.else"), recorder=unpriced).generate(ASK)
    assert [issue.code for issue in Managed(ReplayBackend(unpriced.calls)).generate(ASK).issues] == ["unknown_price"]


def test_replay_of_a_model_that_draws_several_at_once() -> None:
    notebook = Notebook()
    backend = Counting()
    backend.many = True
    first = Managed(backend, recorder=notebook).generate(ASK, n=2, sampling=SEEDED)
    assert [call.request.n for call in notebook.calls] == [2, 1]
    assert Managed(ReplayBackend(notebook.calls)).generate(ASK, n=2, sampling=SEEDED).generations == first.generations


def test_replay_names_the_nearest_difference() -> None:
    notebook = Notebook()
    Scripted(["x", "y"], recorder=notebook).generate(ASK)
    model = Managed(ReplayBackend(notebook.calls))
    with pytest.raises(ModelError, match=r"nearest one differs in message 1 \(user\) from character 9") as info:
        model.generate([Message(role="user", content="What is wrong with Mrs Doe?")])
    assert "Doe" not in str(info.value)
    with pytest.raises(ModelError, match=r"differs in sampling.max_tokens \(1024 then, 5 now\)"):
        model.generate(ASK, sampling=Sampling(max_tokens=5))
    with pytest.raises(ModelError, match="nothing was recorded"):
        Managed(ReplayBackend([])).generate(ASK)


def test_differences_in_words() -> None:
    base = Request(messages=(Message(role="user", content="a"),))
    other = {
        "the number of messages (2 then, 1 now)": {"messages": base.messages * 2},
        "the role of message 1 (system then, user now)": {"messages": (Message(role="system", content="a"),)},
        "the tool calls of message 1 (user)": {
            "messages": (Message(role="user", content="a", tool_calls=(ToolCall(name="t"),)),)
        },
        "schema": {"schema": AGE},
        "logprobs (3 then, 0 now)": {"logprobs": 3},
        "sampling.seed (1 then, None now)": {"sampling": Sampling(seed=1)},
    }
    for words, change in other.items():
        assert difference(base, msgspec.structs.replace(base, **change)) == words


@pytest.mark.parametrize("rest", ["", "x", "{" * 200_000])
def test_a_record_cut_off_by_a_kill(tmp_path: Path, rest: str) -> None:
    path = tmp_path / CALLS
    with JsonlRecorder(path) as recorder:
        Scripted(["one"], recorder=recorder).generate(ASK)
    with path.open("a") as stream:
        stream.write(rest)
    assert len(list(read_calls(path))) == 1
    with JsonlRecorder(path) as recorder:
        Scripted(["two"], recorder=recorder).generate(ASK)
    assert [call.reply.text for call in read_calls(path) if call.reply] == ["one", "two"]


def test_a_damaged_record_is_not_half_read(tmp_path: Path) -> None:
    path = tmp_path / CALLS
    path.write_text('{"model": "x"}\n')
    with pytest.raises(DataError, match=r"line 1: is not a recorded call"):
        list(read_calls(path))
    with pytest.raises(DataError, match="cannot be written"):
        JsonlRecorder(tmp_path / "none" / CALLS)


def test_missing_records(tmp_path: Path) -> None:
    for name in ("none", "none/calls.jsonl", ""):
        with pytest.raises((DataError, UserError)):
            load(f"replay/{tmp_path / name}")


def test_recorder_of_one_attempt() -> None:
    """A runner gives each attempt a recorder of its own; the rest is shared."""
    model, one, two = Managed(Counting()), Notebook(), Notebook()
    model.using(recorder=one).generate(ASK)
    model.using(recorder=two).generate(ASK)
    model.generate(ASK)
    assert [len(notebook.calls) for notebook in (one, two)] == [1, 1]
    assert two.calls[0].reply is not None
    assert two.calls[0].reply.text == "2"
