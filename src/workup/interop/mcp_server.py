"""Our tools for other programs, by the Model Context Protocol over standard input and output.

    workup tools serve --labels labels/        a server that an assistant starts as a command
    tools/list   -> names, descriptions, JSON schemas
    tools/call   label_section {"drug": "Lipitor", "section": "pregnancy"}   -> the words, and where they stand

Tools that use the network are not served unless they were named, as everywhere.
"""

from __future__ import annotations

from typing import Any

import msgspec

from workup import __version__
from workup.errors import MissingExtra
from workup.knowledge.tools.toolbox import Result, Toolbox
from workup.models.model import ToolCall


def server(box: Toolbox) -> Any:
    """A server of the tools of a box (``mcp.server.lowlevel.Server``).

    Raises:
        MissingExtra: The extra ``agents`` is not installed.
    """
    try:
        import mcp_types as types
        from mcp.server.lowlevel import Server
    except ImportError as error:
        raise MissingExtra("agents", "serving tools") from error

    offered = [tool for tool in box if not tool.special]
    allowed = {tool.name for tool in offered}

    async def list_tools(ctx: Any, params: Any) -> Any:
        return types.ListToolsResult(
            tools=[
                types.Tool(name=tool.name, description=tool.description, input_schema=tool.parameters)
                for tool in offered
            ]
        )

    async def call_tool(ctx: Any, params: Any) -> Any:
        import anyio.to_thread

        call = ToolCall(name=params.name, arguments=params.arguments or {})
        result = await anyio.to_thread.run_sync(lambda: box.run(call, allowed=allowed))
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=told(result))],
            structured_content={"status": result.status, "evidence": msgspec.to_builtins(result.evidence)},
            is_error=not result.worked,
        )

    return Server("workup", version=__version__, on_list_tools=list_tools, on_call_tool=call_tool)


def told(result: Result) -> str:
    """A result in words: the content, and below it where its parts stand.

    >>> told(Result(tool="t", arguments={}, status="failed", content="no such drug"))
    'no such drug'
    """
    places = "\n".join(f"- {one.source}" for one in result.evidence)
    return f"{result.content}\n\nFrom:\n{places}" if places else result.content


def serve(box: Toolbox) -> None:
    """Serve until standard input is closed.

    Raises:
        MissingExtra: The extra ``agents`` is not installed.
    """
    made = server(box)
    import anyio
    from mcp.server.stdio import stdio_server

    async def run() -> None:
        async with stdio_server() as (reader, writer):
            await made.run(reader, writer, made.create_initialization_options())

    anyio.run(run)
