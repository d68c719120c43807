"""What tests of models share: a question, a schema, a backend that counts and a recorder in memory."""

from __future__ import annotations

import threading
import time
from typing import Any

from workup.models import Call
from workup.models.model import Generation, Message, Reply, Sampling
from workup.models.request import Request
from workup.reasoning import Usage

ASK = [Message(role="user", content="What is it?")]
AGE: dict[str, Any] = {
    "type": "object",
    "properties": {"age": {"type": "integer", "minimum": 0}},
    "required": ["age"],
    "additionalProperties": False,
}
SEEDED = Sampling(temperature=1.0, seed=1)
UNSEEDED = Sampling(temperature=1.0)


class Counting:
    """A backend that answers with the number of the call, and can be told to fail or to charge."""

    name = identity = "counting"
    model = "counting"
    many = False
    concurrency = 4

    def __init__(self, host: str = "", tokens: int = 10, takes: float = 0.0) -> None:
        self.host = host
        self.takes = takes
        self.tokens = tokens
        self.asked: list[Request] = []
        self.lock = threading.Lock()
        self.now = self.most = 0

    def complete(self, request: Request, timeout: float) -> Reply:
        with self.lock:
            self.asked.append(request)
            number = len(self.asked)
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.takes)
        usage = Usage(input_tokens=self.tokens, output_tokens=1)
        with self.lock:
            self.now -= 1
        return Reply(generations=(Generation(text=str(number)),), model=self.name, usage=usage)

    def close(self) -> None:
        pass


class Notebook:
    def __init__(self) -> None:
        self.calls: list[Call] = []

    def record(self, call: Call) -> None:
        self.calls.append(call)
