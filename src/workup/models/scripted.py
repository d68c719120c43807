"""A model whose replies are written down beforehand: for tests, demonstrations and worked examples.

``scripted/FILE`` reads a file; in Python, :class:`Scripted` takes the replies. A file of JSON lines::

    {"match": "(?i)chest pain", "reply": "Order an ECG."}
    {"reply": "First reply to anything else."}
    {"error": "overloaded", "retryable": true}

A line with ``match`` is a rule: a regular expression looked for in the last message, used as often as it fits (or
``times``). The other lines are played once each, in order, when no rule fits. ``.json`` holds a list of the same;
in any other file the replies are text, parted by lines of three dashes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import msgspec

from workup.errors import DataError, ModelError, UserError
from workup.models.managed import Managed
from workup.models.model import Finish, Generation, Reply, TokenLogprob, ToolCall
from workup.models.request import Request
from workup.reasoning import Usage

_PARTING = re.compile(r"^---[ \t]*\r?$\n?", re.MULTILINE)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One line of a script: a reply or an error, and when it is due.

    Attributes:
        reply: Words of the reply.
        match: Regular expression that the last message has to contain; None for "when it is its turn".
        times: How often a rule may be used; None for no limit.
        tool_calls: Tools the reply asks for.
        finish: Why the reply ended.
        logprobs: Its token log-probabilities.
        error: Message of an error to raise in place of a reply.
        retryable: Whether the error is one that may pass.
    """

    reply: str = ""
    match: str | None = None
    times: int | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish: Finish = "stop"
    logprobs: tuple[TokenLogprob, ...] = ()
    error: str = ""
    retryable: bool = False


class ScriptedBackend:
    """Plays a script. A token is a word here, as there is no tokenizer."""

    many = False
    concurrency = 64
    host = ""

    def __init__(self, lines: Iterable[Line], name: str = "scripted") -> None:
        """Take the lines.

        Raises:
            UserError: A rule is no regular expression.
        """
        self.name = self.model = name
        self._rules: list[tuple[re.Pattern[str], Line]] = []
        self._turns: list[Line] = []
        for line in lines:
            if line.match is None:
                self._turns.append(line)
                continue
            try:
                self._rules.append((re.compile(line.match), line))
            except re.error as error:
                raise UserError(f"{name}: {line.match!r} is no regular expression: {error}") from error
        self.identity = f"{name} {msgspec.json.encode([*self._turns, *(line for _, line in self._rules)]).decode()}"
        self._lock = threading.Lock()
        self._next = 0
        self._used = [0] * len(self._rules)

    def complete(self, request: Request, timeout: float) -> Reply:
        """Play the line that is due.

        Raises:
            ModelError: The line is an error, or none is left.
        """
        line = self._due(request.messages[-1].content)
        if line.error:
            raise ModelError(line.error, retryable=line.retryable)
        text = line.reply.removeprefix(request.prefix) if request.prefix else line.reply
        generation = Generation(
            text=text,
            tool_calls=line.tool_calls,
            finish=line.finish,
            logprobs=line.logprobs if request.logprobs else (),
        )
        read = sum(len(message.content.split()) for message in request.messages)
        usage = Usage(input_tokens=read, output_tokens=len(line.reply.split()))
        return Reply(generations=(generation,), model=self.name, served=self.name, usage=usage)

    def _due(self, last: str) -> Line:
        with self._lock:
            for place, (pattern, line) in enumerate(self._rules):
                if (line.times is None or self._used[place] < line.times) and pattern.search(last):
                    self._used[place] += 1
                    return line
            if self._next < len(self._turns):
                self._next += 1
                return self._turns[self._next - 1]
        raise ModelError(
            f"the script has no reply left: {len(self._turns)} played in turn, "
            f"{len(self._rules)} rules, none of which fits the last message"
        )

    def close(self) -> None:
        """Nothing to free."""


class Scripted(Managed):
    """A model that gives the replies it was given.

    >>> from workup.models.model import Message
    >>> model = Scripted(["Measles.", "Mumps."])
    >>> [model.generate([Message(role="user", content="What is it?")]).text for _ in range(2)]
    ['Measles.', 'Mumps.']
    """

    def __init__(self, replies: Iterable[str | Line], *, name: str = "scripted", **options: Any) -> None:
        """Take the replies.

        Args:
            replies: Words, or lines with rules, tool calls or errors.
            name: Name of the model.
            options: Options of every model, see :func:`workup.models.load`.
        """
        lines = [Line(reply=item) if isinstance(item, str) else item for item in replies]
        super().__init__(ScriptedBackend(lines, name), **options)


def load_scripted(path: str) -> ScriptedBackend:
    """Read a script.

    Raises:
        UserError: No file is named.
        DataError: It is missing or no script.
    """
    from workup.io.safe import decode_text, open_source

    if not path:
        raise UserError("name the file of replies: scripted/FILE")
    with open_source(path) as source:
        text = decode_text(source.read(), path)
    kind = PurePath(path).suffix.lower()
    if kind == ".jsonl":
        records = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        lines = [_line(record.encode(), path, place) for place, record in records]
    elif kind == ".json":
        try:
            items = msgspec.json.decode(text, type=list[msgspec.Raw])
        except (msgspec.MsgspecError, RecursionError) as error:
            raise DataError(f"is not a list of replies: {error}", path=path, remedy="write a JSON list") from error
        lines = [_line(bytes(item), path, f"reply {number}") for number, item in enumerate(items, 1)]
    else:
        lines = [Line(reply=part.strip("\r\n")) for part in _PARTING.split(text)]
    return ScriptedBackend(lines, f"scripted/{path}")


def _line(record: bytes, path: str, place: str) -> Line:
    try:
        item = msgspec.json.decode(record, type=str | Line)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DataError(
            f"is neither a text nor a line of a script: {error}",
            path=path,
            record=place,
            remedy='write "words" or {"match": "...", "reply": "words"}',
        ) from error
    return Line(reply=item) if isinstance(item, str) else item
