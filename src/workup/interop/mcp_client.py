"""Other people's tools as ours, by the Model Context Protocol: a command starts their server, its tools join the box.

    with Connection("uvx some-server --option") as there:
        box = Toolbox(there.tools())

What a server says of its tools, and what they return, is its maker's text: data, like everything that a tool says.
A server is a program that runs with the rights of whoever starts it; only commands that a user wrote are started.
"""

from __future__ import annotations

import asyncio
import atexit
import shlex
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from functools import cache, partial
from types import TracebackType
from typing import Any, TypeVar

from workup.errors import Issue, MissingExtra, UserError
from workup.knowledge.tools.tool import Found, Sources, Tool
from workup.reasoning import Evidence

_T = TypeVar("_T")
START = 30.0
"""Seconds that a server has to start and say what it offers."""


class Connection:
    """One server, kept running in a thread of its own until :meth:`close`.

    Attributes:
        name: What the server is called in messages.
        issues: Tools that were left out.
    """

    def __init__(self, command: str | Any, *, seconds: float = 60.0) -> None:
        """Start a server.

        Args:
            command: The command, as a shell would read it; or a server object in this process.
            seconds: How long one call may take.

        Raises:
            MissingExtra: The extra ``agents`` is not installed.
            UserError: The command cannot be started, or is no server.
        """
        self.name = command if isinstance(command, str) else "server in this process"
        self.issues: list[Issue] = []
        self._seconds = seconds
        target = _target(command)
        self._loop = asyncio.new_event_loop()
        self._ready: Future[Any] = Future()
        self._end: asyncio.Event | None = None
        self._client: Any = None
        self._thread = threading.Thread(target=self._hold, args=(target,), name=f"mcp {self.name}", daemon=True)
        self._thread.start()
        try:
            self._listed = self._ready.result(START)
        except TimeoutError as error:
            self.close()
            raise UserError(f"{self.name} did not say within {START:g} seconds which tools it has") from error
        except Exception as error:
            self.close()
            raise UserError(f"{self.name} is no server of tools: {_reason(error)}") from error

    def __enter__(self) -> Connection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the server; does nothing when it has ended."""
        if self._end is not None and self._loop.is_running():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def tools(self) -> list[Tool]:
        """What the server offers; a tool that is none of ours is an issue."""
        found = []
        for name, description, parameters in self._listed:
            try:
                found.append(
                    Tool(
                        name=name,
                        description=description,
                        parameters=parameters,
                        run=partial(self._run, name),
                        source=f"MCP server {self.name}",
                        remote=True,
                        labels=("MCP",),
                        seconds=self._seconds,
                    )
                )
            except ValueError as error:
                self.issues.append(Issue(message=f"a tool was left out: {error}", code="tool", path=self.name))
        return found

    def _run(self, name: str, arguments: Mapping[str, Any]) -> Found:
        async def call() -> Any:
            return await self._client.call_tool(name, dict(arguments))

        result = self._wait(call)
        text = "\n".join(part.text for part in result.content if getattr(part, "type", "") == "text")
        left_out = sum(getattr(part, "type", "") != "text" for part in result.content)
        if left_out:
            text += f"\n({left_out} parts that are no text were left out)"
        if result.is_error:
            raise UserError(text or f"{name} failed")
        return Found(text, (Evidence(kind="tool", source=f"{name} of {self.name}", quote=text[:600], supported=True),))

    def _wait(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        if not self._loop.is_running():
            raise UserError(f"{self.name} has ended")
        future = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            return future.result(self._seconds)
        except TimeoutError as error:
            future.cancel()
            raise UserError(f"{self.name} gave no result within {self._seconds:g} seconds") from error
        except Exception as error:
            raise UserError(f"{self.name}: {_reason(error)}") from error

    def _hold(self, target: Any) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._live(target))
        except BaseException as error:
            if not self._ready.done():
                self._ready.set_exception(error)
        finally:
            self._loop.close()

    async def _live(self, target: Any) -> None:
        from mcp import Client

        self._end = asyncio.Event()
        async with Client(target) as client:
            self._client = client
            listed = await _all_tools(client)
            self._ready.set_result(listed)
            await self._end.wait()


async def _all_tools(client: Any) -> list[tuple[str, str, dict[str, Any]]]:
    found, cursor = [], None
    # A server that never ends its list must not hang us.
    for _ in range(100):
        page = await client.list_tools(cursor=cursor) if cursor else await client.list_tools()
        found += [(tool.name, tool.description or "", dict(tool.input_schema)) for tool in page.tools]
        cursor = page.next_cursor
        if not cursor:
            break
    return found


def _target(command: Any) -> Any:
    try:
        from mcp import StdioServerParameters, stdio_client
    except ImportError as error:
        raise MissingExtra("agents", "using the tools of others") from error
    if not isinstance(command, str):
        return command
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"{command!r} is no command: {error}") from error
    if not words:
        raise UserError("name the command that starts the server of tools")
    return stdio_client(StdioServerParameters(command=words[0], args=words[1:]))


def _reason(error: BaseException) -> str:
    """The first cause in words: groups of errors say nothing by themselves."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


@cache
def _kept(command: str) -> Connection:
    connection = Connection(command)
    atexit.register(connection.close)
    return connection


def tools(sources: Sources) -> list[Tool | Issue]:
    """The tools of the servers that were named; each is started once and ends with the process."""
    found: list[Tool | Issue] = []
    for command in sources.mcp:
        connection = _kept(command)
        found += connection.tools()
        found += connection.issues
    return found
