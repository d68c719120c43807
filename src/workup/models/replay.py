"""A model that answers from a record: ``replay/RUN`` gives again what was recorded, and nothing else.

Replies are found by the content of the request, so a replay shows whether code still asks what it asked then. Names of
models are not compared: the record says what answered (``Reply.served``).
"""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from typing import Any

import msgspec

from workup.errors import ModelError, UserError
from workup.models.model import Reply
from workup.models.record import Call, read_calls
from workup.models.request import Request
from workup.reasoning import Usage


class ReplayBackend:
    """Looks up recorded replies. Holds all of them in memory."""

    many = True
    concurrency = 64
    host = ""

    def __init__(self, calls: list[Call], name: str = "replay") -> None:
        """Take the recorded calls; the failed ones and repeats from a cache are passed over."""
        self.name = self.model = name
        self._replies: dict[str, list[Reply]] = defaultdict(list)
        self._requests: dict[str, Request] = {}
        self._given: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        for call in calls:
            # From the content, not from the record, which an older version may have digested otherwise.
            key = call.request.digest()
            if call.reply is not None and (call.tried or key not in self._replies):
                self._replies[key].append(call.reply)
                self._requests[key] = call.request
        self._singles = _one_by_one(self._replies, self._requests)
        content = hashlib.sha256(msgspec.json.encode(self._replies, order="sorted")).hexdigest()
        self.identity = f"{name} {content}"

    def complete(self, request: Request, timeout: float) -> Reply:
        """Return what was recorded for this request; a repeated one gets the recorded replies in their order.

        Raises:
            ModelError: Nothing was, or a random draw is asked for once more than it was recorded.
        """
        key = request.digest()
        if key not in self._replies and request.n > 1:
            # Recorded of a model that draws its replies one by one.
            key = msgspec.structs.replace(request, n=1).digest()
        with self._lock:
            replies = self._replies.get(key) or self._singles.get(key)
            if not replies:
                raise ModelError(self._nearest(request))
            turn = self._given[key]
            self._given[key] += 1
        if turn >= len(replies) and not request.sampling.repeatable:
            raise ModelError(f"this request was recorded {len(replies)} times and is now asked for once more")
        recorded = replies[min(turn, len(replies) - 1)]
        return msgspec.structs.replace(recorded, model=self.name, served=recorded.served or recorded.model)

    def _nearest(self, request: Request) -> str:
        if not self._requests:
            return "nothing was recorded"
        best = max(self._requests.values(), key=lambda other: _likeness(request, other))
        return f"this request was not recorded; the nearest one differs in {difference(request, best)}"

    def close(self) -> None:
        """Nothing to free."""


def _one_by_one(replies: dict[str, list[Reply]], requests: dict[str, Request]) -> dict[str, list[Reply]]:
    """Replies that were asked for together, for whoever asks for them singly, with seeds that count up.

    What they cost together stays with the first.
    """
    singles: dict[str, list[Reply]] = defaultdict(list)
    for key, several in replies.items():
        request = requests[key]
        if request.n == 1:
            continue
        seed = request.sampling.seed
        for reply in several:
            for place, generation in enumerate(reply.generations):
                drawn = request.sampling
                if seed is not None:
                    drawn = msgspec.structs.replace(drawn, seed=seed + place)
                one = msgspec.structs.replace(request, n=1, sampling=drawn).digest()
                usage = reply.usage if place == 0 else Usage()
                singles[one].append(msgspec.structs.replace(reply, generations=(generation,), usage=usage))
    return singles


def load_replay(path: str) -> ReplayBackend:
    """Read the record of a run: its folder, as ``workup run`` wrote it, or a file of calls.

    Raises:
        UserError: No record is named.
        DataError: It is missing or damaged.
    """
    if not path:
        raise UserError("name the run's folder or its file of calls: replay/RUN")
    return ReplayBackend(list(read_calls(path)), f"replay/{path}")


_FIELDS = ("messages", "prefix", "schema", "tools", "sampling", "logprobs", "n")


def _likeness(one: Request, other: Request) -> tuple[int, int]:
    """How alike two requests are: length of the common beginning of the messages, then the number of equal fields."""
    fields = sum(_field(one, name) == _field(other, name) for name in _FIELDS)
    return fields, sum(_common(a.content, b.content) for a, b in zip(one.messages, other.messages, strict=False))


def difference(asked: Request, recorded: Request) -> str:
    """The first difference between two requests, in words that quote neither.

    >>> from workup.models.model import Message
    >>> one = Request(messages=(Message(role="user", content="Is it measles?"),))
    >>> other = Request(messages=(Message(role="user", content="Is it mumps?"),))
    >>> difference(one, other)
    'message 1 (user) from character 8'
    """
    if len(asked.messages) != len(recorded.messages):
        return f"the number of messages ({len(recorded.messages)} then, {len(asked.messages)} now)"
    for number, (now, then) in enumerate(zip(asked.messages, recorded.messages, strict=True), 1):
        if now.role != then.role:
            return f"the role of message {number} ({then.role} then, {now.role} now)"
        if now.content != then.content:
            return f"message {number} ({now.role}) from character {_common(now.content, then.content) + 1}"
        if now != then:
            return f"the tool calls of message {number} ({now.role})"
    for name in _FIELDS[1:]:
        now_value, then_value = _field(asked, name), _field(recorded, name)
        if name == "sampling":
            for part in asked.sampling.__struct_fields__:
                a, b = getattr(asked.sampling, part), getattr(recorded.sampling, part)
                if a != b:
                    return f"sampling.{part} ({b} then, {a} now)"
        elif now_value != then_value:
            return name if name in ("schema", "tools", "prefix") else f"{name} ({then_value} then, {now_value} now)"
    return "nothing that can be named"


def _field(request: Request, name: str) -> Any:
    return getattr(request, name)


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    if one == other:
        return len(one)
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
