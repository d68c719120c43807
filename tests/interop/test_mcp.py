"""Tools by the Model Context Protocol: server and client in one process, and as a command."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from workup.errors import UserError
from workup.interop.mcp_client import Connection, tools
from workup.interop.mcp_server import server
from workup.knowledge.tools import Found, Sources, Tool, Toolbox, schema
from workup.models.model import ToolCall
from workup.reasoning import Evidence

pytest.importorskip("mcp")


def add(arguments: Mapping[str, Any]) -> Found:
    total = arguments["a"] + arguments["b"]
    return Found(total, (Evidence(kind="measurement", source="arithmetic"),))


def box() -> Toolbox:
    numbers = schema(a=("integer", "One."), b=("integer", "Another."))
    return Toolbox(
        [
            Tool(name="add", description="Adds.", parameters=numbers, run=add),
            Tool(name="Finish", description="Ends.", parameters=schema(), special=True),
        ]
    )


def test_ours_through_a_client() -> None:
    with Connection(server(box())) as there:
        found = there.tools()
        assert [(tool.name, tool.description, tool.remote) for tool in found] == [("add", "Adds.", True)]
        assert found[0].parameters == box()["add"].parameters
        theirs = Toolbox(found)
        done = theirs.run(ToolCall(name="add", arguments={"a": 2, "b": 3}))
        assert done.content == "5\n\nFrom:\n- arithmetic"
        assert done.evidence[0].source == "add of server in this process"
        # Checked here before anything is sent.
        assert theirs.run(ToolCall(name="add", arguments={"a": 2, "b": True})).status == "invalid"
        # And there, whatever a client sends.
        with pytest.raises(UserError, match="b must be integer, not string"):
            there._run("add", {"a": 2, "b": "3"})
        with pytest.raises(UserError, match="there is no tool named nothing"):
            there._run("nothing", {})
    with pytest.raises(UserError, match="has ended"):
        there._run("add", {"a": 1, "b": 1})


def test_a_command(tmp_path: Path) -> None:
    specs = tmp_path / "specs.json"
    specs.write_text(json.dumps([{"name": "known", "description": "Known.", "parameter": {"properties": None}}]))
    command = f"{sys.executable} -m workup tools serve --only tooluniverse --specs {specs}"
    with Connection(command) as there:
        theirs = Toolbox(there.tools())
        assert [tool.name for tool in theirs] == ["known"]
        result = theirs.run(ToolCall(name="known"))
        assert "no data source" in result.content
        assert result.status == "failed"


def test_what_is_no_server() -> None:
    with pytest.raises(UserError, match="name the command"):
        Connection(" ")
    with pytest.raises(UserError, match="is no command"):
        Connection("'")
    with pytest.raises(UserError, match="is no server of tools"):
        Connection("no-such-command-anywhere")
    with pytest.raises(UserError, match="is no server of tools"):
        Connection(f"{sys.executable} -c pass")
    assert tools(Sources()) == []
