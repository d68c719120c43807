"""Many tools under their names: found, checked, run within bounds, their results kept.

    call     {"name": "get_pregnancy_info_by_drug_name", "arguments": {"drug_name": "Lipitor"}}
    result   status "done", content '[{"pregnancy": "..."}]', evidence (label lipitor.xml, section pregnancy)

A call that is wrong, refused, without a source or too slow gives a result that says so in words, never an error: the
model that made it is to read it and go on.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

import msgspec

from workup.errors import Issue, UserError, WorkupError
from workup.knowledge.tools.arguments import problems, unknown_tool
from workup.knowledge.tools.finding import How, retriever
from workup.knowledge.tools.tool import Found, NoSource, Sources, Tool
from workup.models.model import ToolCall
from workup.reasoning import Evidence
from workup.retrieval import Hit, Retriever

Status = Literal[
    "done",
    "invalid",  # no such tool, or wrong arguments
    "refused",  # not among the tools that may be called
    "unavailable",  # no data source
    "failed",  # the tool could not do it, or took too long
]
LONGEST = 8000
"""Longest content of a result, in characters."""
_KEPT = 1024


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one call.

    Attributes:
        tool: Name that was called.
        arguments: What it was called with.
        status: What became of it.
        content: The result, or what was wrong, in words or as JSON; at most ``longest`` characters.
        evidence: Where the parts of the result stand.
        cut: How many characters were left out.
        cached: Whether it was kept from an earlier call with the same arguments.
    """

    tool: str
    arguments: dict[str, Any]
    status: Status
    content: str
    evidence: tuple[Evidence, ...] = ()
    cut: int = 0
    cached: bool = False

    @property
    def worked(self) -> bool:
        """Whether the tool answered."""
        return self.status == "done"


def call_key(name: str, arguments: Mapping[str, Any]) -> str:
    """What makes two calls the same: name and arguments, whatever the order of their keys.

    >>> call_key("f", {"a": 1, "b": 2}) == call_key("f", {"b": 2, "a": 1})
    True
    """
    try:
        written = msgspec.json.encode(dict(arguments), order="sorted").decode()
    except (TypeError, OverflowError, UnicodeError, RecursionError, msgspec.MsgspecError):
        written = repr(arguments)
    return f"{name}({written})"


class Toolbox:
    """Tools by name. Thread-safe; shared by all cases of a run.

    Attributes:
        issues: What was left out when it was filled, and why.
    """

    def __init__(self, tools: Iterable[Tool], *, longest: int = LONGEST, issues: Iterable[Issue] = ()) -> None:
        """Take the tools; of two with one name the first stays, and the second is an issue.

        Args:
            tools: The tools.
            longest: Longest content of a result, in characters.
            issues: What is known to be missing.
        """
        if longest < 1:
            raise UserError(f"results of {longest} characters say nothing; allow at least one")
        self._tools: dict[str, Tool] = {}
        self.issues = list(issues)
        self.longest = longest
        for tool in tools:
            if tool.name in self._tools:
                message = f"a second tool named {tool.name} was left out"
                self.issues.append(Issue(message=message, remedy="rename one of them", code="tool", record=tool.name))
            else:
                self._tools[tool.name] = tool
        self._lock = threading.Lock()
        self._results: OrderedDict[str, Result] = OrderedDict()
        self._running: dict[str, threading.Thread] = {}
        self._retrievers: dict[str, Retriever] = {}

    def __len__(self) -> int:
        return len(self._tools)

    def __iter__(self) -> Iterator[Tool]:
        return iter(self._tools.values())

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __getitem__(self, name: str) -> Tool:
        """A tool.

        Raises:
            UserError: There is none of that name.
        """
        if name not in self._tools:
            raise UserError(f"{unknown_tool(name, self._tools)}; see workup tools list")
        return self._tools[name]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of what is offered and of the sources behind it."""
        said = [(tool.name, tool.description, tool.parameters, tool.source) for tool in self]
        return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()

    def find(self, need: str, limit: int = 10, how: How = "bm25") -> list[Hit]:
        """The tools that fit a need, best first; ids are names."""
        with self._lock:
            if how not in self._retrievers:
                self._retrievers[how] = retriever(self, how)
            found = self._retrievers[how]
        # A model that knows a tool writes its name.
        return found.search(need.replace("_", " "), limit)

    def check(self, call: ToolCall, *, upstream_compatible: bool = False) -> list[str]:
        """Everything that is wrong with a call; empty when it can be run."""
        if call.name not in self._tools:
            return [unknown_tool(call.name, self._tools)]
        if call.raw:
            return [f"the arguments are no JSON object: {call.raw[:200]}"]
        return problems(self._tools[call.name], call.arguments, upstream_compatible=upstream_compatible)

    def run(
        self, call: ToolCall, *, allowed: Collection[str] | None = None, upstream_compatible: bool = False
    ) -> Result:
        """Carry out a call.

        Args:
            call: The call.
            allowed: Names that may be called; None for all.
            upstream_compatible: See :func:`workup.knowledge.tools.arguments.problems`.
        """
        given = dict(call.arguments)
        if wrong := self.check(call, upstream_compatible=upstream_compatible):
            return Result(tool=call.name, arguments=given, status="invalid", content=self._short("; ".join(wrong))[0])
        tool = self._tools[call.name]
        if allowed is not None and tool.name not in allowed:
            content = f"{tool.name} is not among the tools that may be called here"
            return Result(tool=tool.name, arguments=given, status="refused", content=content)
        if tool.run is None:
            content = f"no data source: {tool.name} is known here by its description only"
            return Result(tool=tool.name, arguments=given, status="unavailable", content=content)
        key = f"{tool.source} {call_key(tool.name, given)}"
        with self._lock:
            if (kept := self._results.get(key)) is not None:
                self._results.move_to_end(key)
                return msgspec.structs.replace(kept, cached=True)
        result = self._bounded(tool, given)
        if result.worked:
            with self._lock:
                self._results[key] = result
                while len(self._results) > _KEPT:
                    self._results.popitem(last=False)
        return result

    def _bounded(self, tool: Tool, given: dict[str, Any]) -> Result:
        """Run a tool for as long as it may; one that never came back from an earlier call is not called again."""
        box: list[Result] = []

        def work() -> None:
            box.append(self._outcome(tool, given))

        with self._lock:
            if (before := self._running.get(tool.name)) is not None and before.is_alive():
                content = f"{tool.name} is still busy with an earlier call that took too long"
                return Result(tool=tool.name, arguments=given, status="failed", content=content)
        thread = threading.Thread(target=work, name=f"tool {tool.name}", daemon=True)
        thread.start()
        thread.join(tool.seconds)
        if box:
            return box[0]
        with self._lock:
            self._running[tool.name] = thread
        content = f"{tool.name} gave no result within {tool.seconds:g} seconds"
        return Result(tool=tool.name, arguments=given, status="failed", content=content)

    def _outcome(self, tool: Tool, given: dict[str, Any]) -> Result:
        status: Status = "done"
        evidence: tuple[Evidence, ...] = ()
        try:
            assert tool.run is not None
            value = tool.run(given)
            if isinstance(value, Found):
                value, evidence = value.value, value.evidence
            content = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        except NoSource as error:
            status, content = "unavailable", f"no data source: {error}"
        except WorkupError as error:
            status, content = "failed", str(error)
        except Exception as error:
            # Anybody's code may stand behind a tool; one that breaks must not end the case that called it.
            status, content = "failed", f"{tool.name} broke: {type(error).__name__}: {error}"
        content, cut = self._short(content)
        return Result(tool=tool.name, arguments=given, status=status, content=content, evidence=evidence, cut=cut)

    def _short(self, content: str) -> tuple[str, int]:
        # Half a character (a lone surrogate) cannot be sent on.
        content = content.encode("utf-8", "replace").decode("utf-8")
        cut = max(len(content) - self.longest, 0)
        if cut:
            content = f"{content[: self.longest]} … ({cut} characters left out)"
        return content, cut


def toolbox(sources: Sources | None = None, *, only: Collection[str] = (), longest: int = LONGEST) -> Toolbox:
    """Every registered tool (entry-point group ``workup.tools``) over some sources.

    What is registered is a :class:`Tool`, or a function of :class:`Sources` that gives tools, or tools and issues.

    Args:
        sources: What the tools may answer from.
        only: Names of the entry points to take; all when empty.
        longest: Longest content of a result, in characters.

    Raises:
        UserError: An entry point is unknown.
        DataError: A source cannot be read.
    """
    from workup import registry

    sources = sources or Sources()
    tools: list[Tool] = []
    issues: list[Issue] = []
    for name in only or registry.names("tools"):
        made = registry.load("tools", name)
        if not isinstance(made, Tool):
            made = made(sources)
        for one in [made] if isinstance(made, Tool) else made:
            if isinstance(one, Tool):
                tools.append(one)
            else:
                issues.append(one)
    return Toolbox(tools, longest=longest, issues=issues)
