"""Tools: specifications as released, checked arguments, bounded runs, kept results."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup import registry
from workup.errors import DataError, UserError
from workup.knowledge.tools import Found, NoSource, Sources, Tool, Toolbox, schema, toolbox
from workup.knowledge.tools.arguments import problems
from workup.knowledge.tools.toolbox import call_key
from workup.knowledge.tools.tooluniverse import SPECIAL, parameters_of, read_specs, tool_of
from workup.models.model import ToolCall
from workup.reasoning import Evidence

LABEL = Tool(
    name="label_section",
    description="What a label says.",
    parameters=schema(
        "limit",
        "share",
        "parts",
        "exact",
        "filter",
        drug=("string", "Name of the drug."),
        limit=("integer", "How many.", {"minimum": 1}),
        share=("number", "A share."),
        parts=("array", "Sections.", {"items": {"type": "string"}}),
        exact=("boolean", "Exact match."),
        filter=("object", "More."),
    ),
)

# Arguments, what must be said about them (empty: nothing), and what upstream says.
CALLS: list[tuple[dict[str, Any], str, str]] = [
    ({"drug": "Lipitor"}, "", ""),
    ({"drug": "Lipitor", "limit": 3}, "", ""),
    ({"drug": "", "share": 0.5}, "", ""),
    ({"drug": "x", "share": 1}, "", ""),
    ({"drug": "x", "parts": ["a", "b"]}, "", ""),
    ({"drug": "x", "exact": False}, "", ""),
    ({"drug": "x", "filter": {"a": None}}, "", ""),
    ({"drug": "x", "limit": 3.0}, "", "limit must be integer"),
    ({}, "needs the parameter drug", "needs the parameter drug"),
    ({"limit": 1}, "needs the parameter drug", "needs the parameter drug"),
    ({"drug": "x", "name": "y"}, "has no parameter name", "has no parameter name"),
    ({"Drug": "x"}, "needs the parameter drug", "needs the parameter drug"),
    ({"drug": 4}, "drug must be string, not integer", "drug must be string"),
    ({"drug": None}, "drug must be string, not null", "drug must be string"),
    ({"drug": "x", "limit": "3"}, "limit must be integer, not string", "limit must be integer"),
    ({"drug": "x", "limit": True}, "limit must be integer, not boolean", ""),
    ({"drug": "x", "share": False}, "share must be number, not boolean", ""),
    ({"drug": "x", "parts": "a"}, "parts must be array, not string", "parts must be array"),
    ({"drug": "x", "parts": ["a", 1]}, "at parts.1", ""),
    ({"drug": "x", "limit": 0}, "minimum", ""),
    ({"drug": "x", "filter": []}, "filter must be object, not array", "filter must be object"),
    ({"drug": "x", "exact": 1}, "exact must be boolean, not integer", "exact must be boolean"),
]


@pytest.mark.parametrize(("arguments", "said", "upstream"), CALLS)
def test_arguments(arguments: dict[str, Any], said: str, upstream: str) -> None:
    for expected, compatible in ((said, False), (upstream, True)):
        found = "; ".join(problems(LABEL, arguments, upstream_compatible=compatible))
        assert (expected in found) if expected else (found == "")


def echo(arguments: Mapping[str, Any]) -> Found:
    return Found(dict(arguments), (Evidence(kind="passage", source="a.txt"),))


def made(run: Any, name: str = "t", **more: Any) -> Tool:
    return Tool(name=name, description="Says x.", parameters=schema("x", x=("string", "Anything.")), run=run, **more)


def test_outcomes() -> None:
    def missing(arguments: Mapping[str, Any]) -> None:
        raise NoSource("give --labels")

    def refuses(arguments: Mapping[str, Any]) -> None:
        raise UserError("no such drug")

    def breaks(arguments: Mapping[str, Any]) -> float:
        return 1 / 0

    def no_json(arguments: Mapping[str, Any]) -> object:
        return object()

    box = Toolbox(
        [
            made(echo, "echo"),
            made(missing, "missing"),
            made(refuses, "refuses"),
            made(breaks, "breaks"),
            made(no_json, "odd"),
            made(None, "known"),
        ]
    )
    done = box.run(ToolCall(name="echo", arguments={"x": "1"}))
    assert (done.status, done.content, done.evidence[0].source) == ("done", '{"x":"1"}', "a.txt")
    outcomes = {name: box.run(ToolCall(name=name)) for name in ("missing", "refuses", "breaks", "odd", "known", "ecko")}
    assert {name: result.status for name, result in outcomes.items()} == {
        "missing": "unavailable",
        "refuses": "failed",
        "breaks": "failed",
        "odd": "failed",
        "known": "unavailable",
        "ecko": "invalid",
    }
    assert outcomes["missing"].content == "no data source: give --labels"
    assert "ZeroDivisionError" in outcomes["breaks"].content
    assert outcomes["ecko"].content == "there is no tool named ecko; did you mean echo?"
    assert box.run(ToolCall(name="echo", raw="{x:")).status == "invalid"
    assert box.run(ToolCall(name="echo"), allowed={"known"}).status == "refused"
    with pytest.raises(UserError, match="did you mean echo"):
        box["ecko"]


def test_a_result_is_kept_and_a_failure_is_not() -> None:
    asked: list[str] = []

    def count(arguments: Mapping[str, Any]) -> str:
        asked.append(arguments["x"])
        if arguments["x"] == "bad":
            raise UserError("no")
        return "ok"

    box = Toolbox([made(count)])
    runs = [
        box.run(ToolCall(name="t", arguments={"x": x}, id=i))
        for i, x in (("1", "a"), ("2", "a"), ("3", "bad"), ("4", "bad"))
    ]
    assert [run.cached for run in runs] == [False, True, False, False]
    assert asked == ["a", "bad", "bad"]


def test_size_and_time_are_bounded() -> None:
    gate = threading.Event()

    def waits(arguments: Mapping[str, Any]) -> str:
        gate.wait(20)
        return "late"

    box = Toolbox([made(lambda _: "a" * 50 + "\ud800", "long"), made(waits, "slow", seconds=0.05)], longest=20)
    long = box.run(ToolCall(name="long"))
    assert long.content == "a" * 20 + " … (31 characters left out)"
    assert long.cut == 31
    assert "within 0.05 seconds" in box.run(ToolCall(name="slow")).content
    assert "still busy" in box.run(ToolCall(name="slow")).content
    gate.set()


def test_two_tools_of_one_name_and_bad_tools() -> None:
    box = Toolbox([made(echo), made(None)])
    assert len(box) == 1
    assert [issue.code for issue in box.issues] == ["tool"]
    with pytest.raises(ValueError, match="is no name of a tool"):
        made(echo, "two words")
    with pytest.raises(ValueError, match="type object"):
        Tool(name="t", description="", parameters={})


def test_find_never_gives_what_steers_an_agent() -> None:
    steering = Tool(name="Finish", description="End of reasoning about doses.", parameters=schema(), special=True)
    dose = Tool(name="get_dose", description="Doses of a drug.", parameters=schema(drug=("string", "Name.")))
    other = Tool(name="get_gene", description="Genes.", parameters=schema())
    box = Toolbox([steering, other, dose])
    assert [hit.id for hit in box.find("dose at the end of reasoning")] == ["get_dose"]


def spec(name: str, **more: Any) -> dict[str, Any]:
    parameter = {"type": "object", "properties": {"q": {"type": "string", "description": "What.", "required": True}}}
    return {"name": name, "description": "Finds.", "parameter": parameter, "label": ["FDA"], **more}


def test_a_folder_of_specifications(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.json").write_text(json.dumps([spec("one"), spec("two"), {"name": "broken"}, 7]))
    (tmp_path / "deep" / "b.json").write_text(json.dumps([spec("one"), spec("two", type="Other"), spec("bad name")]))
    (tmp_path / "c.json").write_text("[{")
    specs, issues = read_specs(tmp_path)
    assert [one["name"] for one in specs] == ["one", "two"]
    said = "\n".join(map(str, issues))
    assert len(issues) == 5
    for part in ("no description", "not an object", "second, different tool named two", "no name of a tool", "c.json"):
        assert part in said
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"holds no \.json file"):
        read_specs(tmp_path / "empty")


def test_required_stands_inside_or_beside_and_properties_may_be_null() -> None:
    assert parameters_of(spec("a"))["required"] == ["q"]
    beside = {"parameter": {"type": "object", "properties": {"q": {"type": "string"}}}, "required": ["q", "gone"]}
    assert parameters_of(beside)["required"] == ["q"]
    assert parameters_of({"parameter": {"type": "object", "properties": None}})["properties"] == {}
    nested = {"q": {"type": "array", "items": {"type": "string", "required": True}, "required": True}}
    assert parameters_of({"parameter": {"properties": nested}})["properties"]["q"] == {
        "type": "array",
        "items": {"type": "string"},
    }


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: (
            st.lists(x)
            | st.dictionaries(
                st.sampled_from(["name", "description", "parameter", "properties", "type", "required", "q"]), x
            )
        ),
        max_leaves=12,
    )
)
def test_any_specification_is_a_tool_or_a_value_error(value: Any) -> None:
    if isinstance(value, dict):
        try:
            tool = tool_of({"name": "x", "description": "y", **value})
        except ValueError:
            return
        problems(tool, {"q": 1})


def test_calls_are_the_same_whatever_the_order_of_their_keys() -> None:
    assert call_key("f", {"a": [1], "b": 2}) == call_key("f", {"b": 2, "a": [1]}) != call_key("f", {"a": [1]})


def test_plug_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint(name="theirs", value="test_toolbox:LABEL", group="workup.tools"),
        EntryPoint(name="more", value="test_toolbox:several", group="workup.tools"),
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: points if group == "workup.tools" else [])
    assert [tool.name for tool in toolbox(Sources(labels="x"))] == ["x", "label_section"]


def several(sources: Sources) -> list[Tool]:
    return [made(echo, sources.labels)]


def test_released_specifications_load_unchanged(data_dir: Path) -> None:
    specs, issues = read_specs(data_dir / "14-txagent")
    tools = [tool_of(one) for one in specs]
    assert len(tools) == 110
    assert issues == []
    assert {tool.name for tool in tools if tool.special} == {"Finish", "Tool_RAG", "CallAgent"} <= SPECIAL
    assert all(tool.spec in specs for tool in tools)
    rag = next(tool for tool in tools if tool.name == "Tool_RAG")
    assert rag.required == ("description", "limit")
    assert problems(rag, {"description": "x", "limit": True}) == ["limit must be integer, not boolean"]
