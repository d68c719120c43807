"""Runs the toy benchmark in a process of its own, slowly enough to be killed: FOLDER DATA LOG WORKERS."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from run_toy import Asking, ToyBenchmark

from workup.evaluation.runner import Plan, run
from workup.models.model import Generation, Reply
from workup.reasoning import Usage


class Counting:
    """A model that writes down every call, so that a test can see what was paid for."""

    name = "counting"

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab", buffering=0)
        self._lock = threading.Lock()

    def generate(self, messages: Any, **_: Any) -> Reply:
        words = messages[-1].content
        with self._lock:
            self._log.write(words.encode() + b"\n")
        time.sleep(0.0005)
        letter = "ABC"[len(words) % 3]
        usage = Usage(calls=1, input_tokens=3, output_tokens=1, cost_usd=0.01)
        return Reply(generations=(Generation(text=letter),), model=self.name, usage=usage)


if __name__ == "__main__":
    folder, data, log, workers = sys.argv[1:]
    plan = Plan(benchmark=ToyBenchmark(), data=(Path(data),), reasoner=Asking(), model=Counting(Path(log)))
    run(plan, Path(folder), workers=int(workers))
