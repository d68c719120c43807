"""The tool whose description shares most words with the task, called with the values that the task names.

What search alone gives where a tool and its arguments are to be chosen. Where a task is put in the words of the tool's
own description, that is nearly everything: put it in other words (``purpose``) before thinking of an agent.

    asked     "Doses of a drug? What is known: drug_name = "Lipitor"."
    call      {"name": "doses", "arguments": {"drug_name": "Lipitor"}}
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from workup.case import Form
from workup.errors import UserError
from workup.knowledge.tools.tool import Tool
from workup.knowledge.tools.tooluniverse import read_specs, tool_of
from workup.reasoners.method import Method, Task, all_but
from workup.reasoners.options import Options
from workup.reasoning import Answer, Reasoning, Step
from workup.retrieval.bm25 import BM25
from workup.retrieval.words import Analyser


class NearestToolOptions(Options, frozen=True, kw_only=True):
    """The files with the specifications of the tools."""

    tools: str | list[str]


class NearestTool(Method[NearestToolOptions]):
    """Names one call; nothing is called."""

    name = "nearest-tool"
    needs = ("tools",)
    options = NearestToolOptions
    refuses: ClassVar[Mapping[Form, str]] = all_but("text", why="it names the call of a tool")

    def work(self, task: Task[NearestToolOptions]) -> Reasoning:
        """Search the descriptions, and fill in what the chosen tool needs."""
        files = [task.options.tools] if isinstance(task.options.tools, str) else task.options.tools
        tools, index = self.once(tuple(files), lambda: _opened(files))
        asked = task.question.text
        hits = index.search(asked, 1)
        if not hits:
            return task.abstains("no description of a tool shares a word with the task")
        tool = tools[hits[0].id]
        arguments = named_values(asked, tool.required)
        call = {"name": tool.name, "arguments": arguments}
        valid = arguments.keys() == set(tool.required)
        task.extensions["txagent"] = {"calls": [{**call, "status": "not run" if valid else "invalid"}]}
        step = Step(kind="claim", claim=f"the nearest description is that of {tool.name} (BM25 {hits[0].score:.2f})")
        words = msgspec.json.encode(call).decode()
        return task.reasoning(Answer(level="text", text=words), text=words, steps=[step])


def named_values(text: str, names: Sequence[str]) -> dict[str, Any]:
    """Values that a text gives as ``name = JSON``, of the names asked for.

    >>> named_values('Which doses? What is known: drug_name = "Lipitor"; limit = 5.', ["limit", "drug_name", "x"])
    {'limit': 5, 'drug_name': 'Lipitor'}
    """
    found: dict[str, Any] = {}
    for name in names:
        _, there, rest = text.partition(f"{name} = ")
        if there:
            with contextlib.suppress(json.JSONDecodeError, RecursionError):
                found[name], _ = json.JSONDecoder().raw_decode(rest)
    return found


def _opened(files: list[str]) -> tuple[dict[str, Tool], BM25]:
    """The tools of some files by name, and an index of their words.

    Raises:
        UserError: No file holds a specification.
    """
    tools = {}
    for file in files:
        for spec in read_specs(Path(file))[0]:
            try:
                tool = tool_of(spec)
            except ValueError:
                continue
            if not tool.special:
                tools[tool.name] = tool
    if not tools:
        raise UserError(f"nearest-tool cannot use its tools: {', '.join(files)} hold no specification of one")
    texts = ((name, f"{name.replace('_', ' ')} {tool.description}") for name, tool in tools.items())
    return tools, BM25.build(texts, Analyser("none"))
