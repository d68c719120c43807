"""Inspect's providers, by its own stand-in for a model (mockllm)."""

from __future__ import annotations

from typing import Any

import pytest

from workup.errors import ModelError, UserError
from workup.models import load
from workup.models.model import Message, Sampling, ToolCall, ToolSpec

pytest.importorskip("inspect_ai")

ASK = [Message(role="system", content="Be brief."), Message(role="user", content="What is it?")]


def output(content: str, **changes: Any) -> Any:
    from inspect_ai.model import ModelOutput, ModelUsage

    said = ModelOutput.from_content("mockllm/model", content)
    # Without it, mockllm would count tokens with a table that it downloads.
    said.usage = ModelUsage(input_tokens=5, output_tokens=2, total_tokens=7)
    for name, value in changes.items():
        setattr(said, name, value)
    return said


def mock(*outputs: Any, **options: Any) -> Any:
    return load("inspect/mockllm/model", model_args={"custom_outputs": list(outputs)}, **options)


def test_words_and_usage() -> None:
    with mock(output("Measles."), output("Mumps.")) as model:
        reply = model.generate(ASK, n=2, sampling=Sampling(seed=1, stop=("x",)))
    assert [g.text for g in reply.generations] == ["Measles.", "Mumps."]
    assert (reply.model, reply.usage.calls, reply.usage.input_tokens) == ("inspect/mockllm/model", 2, 10)
    assert reply.issues == ()


def test_tools_both_ways() -> None:
    from inspect_ai.model import ModelOutput, ModelUsage

    said = ModelOutput.for_tool_call("mockllm/model", "lookup", {"term": "fever"}, tool_call_id="7")
    said.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
    schema = {"type": "object", "properties": {"term": {"type": "string", "description": "t"}}, "required": ["term"]}
    tool = ToolSpec(name="lookup", description="Looks up.", parameters=schema)
    with mock(said, output("Fever.")) as model:
        (asked,) = model.generate(ASK, tools=(tool,)).generations
        assert asked.tool_calls == (ToolCall(name="lookup", arguments={"term": "fever"}, id="7"),)
        assert asked.finish == "tool_calls"
        turn = [
            Message(role="assistant", tool_calls=asked.tool_calls),
            Message(role="tool", content="38 C", tool_call_id="7"),
        ]
        assert model.generate([*ASK, *turn], tools=(tool,)).text == "Fever."


def test_schemas_are_checked_here() -> None:
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    with mock(output("four"), output('{"age": 4}')) as model:
        (generation,) = model.generate(ASK, schema=schema).generations
    assert (generation.parsed, generation.repaired) == ({"age": 4}, True)


def test_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-not-a-real-key")

    def fail(*_: Any) -> Any:
        raise RuntimeError("refused the key sk-not-a-real-key")

    with (
        load("inspect/mockllm/model", model_args={"custom_outputs": fail}, retries=0) as model,
        pytest.raises(ModelError, match=r"RuntimeError: refused the key \[key\]"),
    ):
        model.generate(ASK)
    with mock(output("x", model="another")) as model, pytest.raises(ModelError, match="the model 'another'"):
        model.generate(ASK)
    with pytest.raises(UserError, match="inspect/PROVIDER/NAME"):
        load("inspect/model")
    with pytest.raises(UserError, match="Inspect cannot load nobody/model"):
        load("inspect/nobody/model")
