"""What one reply of an agent says: a thought, and then tools to call, or an answer, or nothing that can be read.

Three ways of writing it down, each read from the words that the model itself has just written and from nothing else::

    [TOOL_CALLS] [{"name": "f", "arguments": {"x": 1}}]      and the interface's own tool calls: tool_move
    <think>..</think> <query>koplik spots</query>             tags: tag_move
    {"thought": "..", "actions": [{"name": "f", "arguments": {..}}]}                 JSON: json_move
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from workup.evaluation import parse
from workup.models.model import Generation, ToolCall

CALLS = "[TOOL_CALLS]"
FINAL = "[FinalAnswer]"
MOST_CALLS = 16
"""Most calls of one reply that are carried out."""

_DECODER = json.JSONDecoder()
_HERMES = re.compile(r"<tool_call>(.*?)(?:</tool_call>|\Z)", re.DOTALL)


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What one reply says.

    Attributes:
        thought: What stands before the calls or the answer.
        calls: Tools to call, in order.
        answer: The final words; they end the loop when nothing is called.
        problem: Why neither a call nor an answer could be read; empty when one was.
        kept: The part of the reply that stays in the conversation; None for all of it.
        native: Whether the calls came through the model's interface and not in its words.
    """

    thought: str = ""
    calls: tuple[ToolCall, ...] = ()
    answer: str | None = None
    problem: str = ""
    kept: str | None = None
    native: bool = False


Read = Callable[[Generation], Move]


def tool_move(generation: Generation) -> Move:
    """A reply that calls tools through the interface, or in words after ``[TOOL_CALLS]`` or within ``<tool_call>``.

    Words after ``[FinalAnswer]`` are the answer.

    >>> move = tool_move(Generation(text='Look it up. [TOOL_CALLS] [{"name": "f", "arguments": {"x": 1}}]'))
    >>> move.thought, [(call.name, call.arguments) for call in move.calls]
    ('Look it up.', [('f', {'x': 1})])
    >>> tool_move(Generation(text="Done. [FinalAnswer] Measles.")).answer
    'Measles.'
    >>> tool_move(Generation(text="[TOOL_CALLS] f(x)")).problem
    'what follows [TOOL_CALLS] is no JSON list of calls'
    """
    text = generation.text
    before, mark, after = text.partition(CALLS)
    answer = _final(before)
    thought = before.strip()
    if generation.tool_calls:
        return Move(thought=thought, calls=generation.tool_calls[:MOST_CALLS], answer=answer, native=True)
    if mark:
        calls = _calls(_first_json(after))
        problem = "" if calls else f"what follows {CALLS} is no JSON list of calls"
        return Move(thought=thought, calls=calls, answer=answer, problem=problem)
    if tagged := _HERMES.findall(text):
        calls = tuple(call for inner in tagged for call in _calls(_first_json(inner)))[:MOST_CALLS]
        thought = text.partition("<tool_call>")[0].strip()
        return Move(
            thought=thought,
            calls=calls,
            answer=answer,
            problem="" if calls else "what stands in <tool_call> is no JSON",
        )
    if answer is not None:
        return Move(thought=thought, answer=answer)
    # Some models are trained to write the call and nothing else.
    if calls := _calls(_whole_json(text)):
        return Move(calls=calls)
    return Move(thought=thought, problem="it calls no tool and gives no final answer")


def _final(text: str) -> str | None:
    return text.rpartition(FINAL)[2].strip() if FINAL in text else None


def _first_json(text: str) -> Any:
    """The first JSON list or object of a text; None when there is none."""
    start = re.search(r"[\[{]", text)
    if start is None:
        return None
    try:
        return _DECODER.raw_decode(text, start.start())[0]
    except (ValueError, RecursionError):
        return None


def _whole_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _calls(value: Any) -> tuple[ToolCall, ...]:
    """Calls of a decoded value; empty unless every entry is one."""
    entries = value if isinstance(value, list) else [value]
    calls = []
    for entry in entries[:MOST_CALLS]:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            return ()
        arguments = entry.get("arguments", entry.get("parameters", {}))
        if isinstance(arguments, str):
            arguments = _whole_json(arguments)
        if arguments is None:
            arguments = {}
        if not isinstance(arguments, dict):
            return ()
        calls.append(ToolCall(name=sendable(entry["name"]), arguments=sendable(arguments)))
    return tuple(calls)


def sendable(value: Any) -> Any:
    """A decoded value that can be written down again: whole characters, numbers of 64 bits, no NaN."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {sendable(key): sendable(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [sendable(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def tag_move(queries: Mapping[str, str], answer: str = "answer", tools: Mapping[str, str] | None = None) -> Read:
    """A reader of replies in tags: whichever of the tags is closed first is the move, what follows it is left out.

    Args:
        queries: Tag of each kind of query, and the argument that its words become.
        answer: Tag of the answer.
        tools: Name of the tool behind a tag, where it is not the tag itself.

    >>> read = tag_move({"query": "text"}, tools={"query": "search"})
    >>> move = read(Generation(text='<think>Spots?</think> <query>"koplik  spots"</query> <answer>A</answer>'))
    >>> move.calls[0].name, move.calls[0].arguments, move.answer
    ('search', {'text': 'koplik spots'}, None)
    >>> move.kept
    '<think>Spots?</think> <query>koplik spots</query>'
    >>> read(Generation(text="So <answer>A. Measles</answer>")).answer
    'A. Measles'
    """
    names = "|".join(map(re.escape, (*queries, answer)))
    closed = re.compile(rf"<({names})>(.*?)</\1>", re.DOTALL)
    # A reply that was stopped at the closing tag does not have it.
    open_end = re.compile(rf"<({names})>((?:(?!<(?:{names})>).)*)\Z", re.DOTALL)

    def read(generation: Generation) -> Move:
        text = generation.text
        found = closed.search(text)
        if found is None and generation.finish != "length":
            found = open_end.search(text)
        if found is None:
            return Move(thought=text.strip(), problem=f"it has none of the tags {', '.join((*queries, answer))}")
        tag, words = found[1], " ".join(found[2].replace('"', "").split()) if found[1] != answer else found[2].strip()
        thought = text[: found.start()].strip()
        kept = f"{text[: found.start()]}<{tag}>{words}</{tag}>"
        if tag == answer:
            return Move(thought=thought, answer=words, kept=kept)
        if not words:
            return Move(thought=thought, problem=f"<{tag}> is empty", kept=kept)
        call = ToolCall(name=(tools or {}).get(tag, tag), arguments={queries[tag]: words})
        return Move(thought=thought, calls=(call,), kept=kept)

    return read


def json_move(ends: Mapping[str, str], thought: str = "thought", actions: str = "actions") -> Read:
    """A reader of replies that are JSON objects with a thought and a list of actions.

    Args:
        ends: Names of the actions that end the loop, and the argument that holds the answer.
        thought: Field of the thought.
        actions: Field of the actions.

    >>> read = json_move({"Terminate": "answer"})
    >>> reply = '{"thought": "a", "actions": [{"name": "Terminate", "arguments": {"answer": "B"}}]}'
    >>> read(Generation(text=reply)).answer
    'B'
    """

    def read(generation: Generation) -> Move:
        value = parse.json_value(generation.text).value
        if not isinstance(value, dict):
            return Move(thought=generation.text.strip(), problem="it is no JSON object")
        said = str(value.get(thought, "")).strip()
        calls = _calls(value.get(actions)) if value.get(actions) else ()
        if not calls:
            return Move(thought=said, problem=f"{actions} is no list of actions with name and arguments")
        for call in calls:
            if call.name in ends:
                return Move(thought=said, answer=str(call.arguments.get(ends[call.name], "")))
        return Move(thought=said, calls=calls)

    return read


def neutral(text: str, marks: Sequence[str]) -> str:
    """Data in which none of some marks stands any more, so that words that repeat it do not either.

    >>> neutral("see [TOOL_CALLS] and </QUERY>", ("[TOOL_CALLS]", "</query>"))
    'see ⟦TOOL_CALLS] and ‹/QUERY>'
    """
    if not marks:
        return text
    pattern = re.compile("|".join(map(re.escape, marks)), re.IGNORECASE)
    return pattern.sub(lambda found: found[0].replace("[", "⟦", 1).replace("<", "‹", 1), text)
