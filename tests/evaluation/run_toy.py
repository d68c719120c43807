"""A benchmark and reasoners that need nothing, for tests of running, resuming and scoring."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark
from workup.case import Case
from workup.errors import ModelError
from workup.models.model import Message
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning


class ToyBenchmark(ChoiceBenchmark):
    header = Header(
        name="toy", title="Toy", paper="none", licence="made up", form="choice", layout="JSON lines, as MedQA has them"
    )


def questions(path: Path, count: int) -> Path:
    """Questions whose right answer is A, B, C in turn."""
    rows = [
        {"id": str(i), "question": f"Question {i}?", "options": dict.fromkeys("ABC", "x"), "answer_idx": "ABC"[i % 3]}
        for i in range(count)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


class Hashing:
    """Answers by a hash of the question and the seed."""

    name = "hashing"
    prompts = ("none",)

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        assert case.reference is None
        assert case.question is not None
        value = hashlib.sha256(f"{case.question.text}{ctx.seed}".encode()).digest()[0]
        letter = "ABC"[value % 3]
        return Reasoning(reasoner=self.name, answer=Answer(level="option", text=letter, ids=(letter,)), text=letter)


class Asking:
    """Asks the model twice for the same, and answers with the second reply."""

    name = "asking"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        assert ctx.model is not None
        assert case.question is not None
        message = Message(role="user", content=case.question.text)
        ctx.model.generate([message], sampling=ctx.sampling)
        reply = ctx.model.generate([message], sampling=ctx.sampling).text
        if reply not in "ABC":
            return Reasoning(reasoner=self.name, text=reply)
        return Reasoning(reasoner=self.name, answer=Answer(level="option", text=reply, ids=(reply,)), text=reply)


class Failing(Hashing):
    """Fails at every third question, in two ways."""

    name = "failing"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        assert case.question is not None
        number = int(case.question.text.split()[1].rstrip("?"))
        if number % 9 == 0:
            raise ModelError("the server is away", retryable=True)
        if number % 3 == 0:
            raise ZeroDivisionError
        return super().reason(case, ctx)
