"""What running costs besides the model: CPU per case with an instant model, memory, and Inspect AI in the same go.

    python benchmarks/run_overhead.py --number 2000 --memory 100000

The task is multiple choice; the model answers "A" at once. Processor time is that of this process, all threads.
Inspect runs the same questions with its mock model, its ``multiple_choice`` solver and ``choice`` scorer, without its
live display.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.runner import Plan, run
from workup.models.model import Generation, Message, Reply
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning, Usage


class Instant:
    """A model that answers at once."""

    name = "instant"

    def generate(self, messages: Any, **_: Any) -> Reply:
        return Reply(generations=(Generation(text="A"),), model=self.name, usage=Usage(calls=1, output_tokens=1))


class AskOnce:
    """Shows the question with its options and takes the first letter."""

    name = "ask-once"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        assert case.question is not None
        assert ctx.model is not None
        options = "\n".join(f"{key}) {text}" for key, text in case.question.options.items())
        reply = ctx.model.generate([Message(role="user", content=f"{case.question.text}\n{options}")]).text
        return Reasoning(reasoner=self.name, answer=Answer(level="option", text=reply, ids=(reply[:1],)), text=reply)


def questions(path: Path, number: int) -> Path:
    """A file of made-up questions of usual length."""
    with path.open("w", encoding="utf-8") as stream:
        for i in range(number):
            options = {letter: f"option {letter} of {i}" for letter in "ABCD"}
            row = {"id": str(i), "question": f"{i}: " + "a vignette of usual length " * 25, "options": options}
            stream.write(json.dumps({**row, "answer_idx": "ABCD"[i % 4]}) + "\n")
    return path


def ours(data: Path, out: Path, workers: int) -> tuple[float, float]:
    """CPU and wall seconds of a run."""
    cpu, wall = time.process_time(), time.perf_counter()
    run(Plan(benchmark=MedQA(), data=(data,), reasoner=AskOnce(), model=Instant()), out, workers=workers)
    return time.process_time() - cpu, time.perf_counter() - wall


def inspect(data: Path, out: Path) -> tuple[float, float] | None:
    """CPU and wall seconds of the same questions in Inspect; None when it is not installed."""
    try:
        from inspect_ai import Task, eval
        from inspect_ai.dataset import Sample
        from inspect_ai.model import ModelOutput, ModelUsage, get_model
        from inspect_ai.scorer import choice
        from inspect_ai.solver import multiple_choice
    except ImportError:
        return None

    def output(*_: Any) -> ModelOutput:
        found = ModelOutput.from_content("mockllm/model", "ANSWER: A")
        # Without it the mock model would look for a table of tokens on the network.
        found.usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)
        return found

    rows = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
    samples = [
        Sample(id=row["id"], input=row["question"], choices=list(row["options"].values()), target=row["answer_idx"])
        for row in rows
    ]
    cpu, wall = time.process_time(), time.perf_counter()
    model = get_model("mockllm/model", custom_outputs=output)
    task = Task(dataset=samples, solver=multiple_choice(), scorer=choice())
    eval(task, model=model, log_dir=str(out), display="none", score_display=False)
    return time.process_time() - cpu, time.perf_counter() - wall


def megabytes() -> float:
    """Peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=2000, help="Questions for the times.")
    parser.add_argument("--memory", type=int, default=0, help="Questions of one long run, whose memory is looked at.")
    arguments = parser.parse_args()
    os.environ.setdefault("INSPECT_DISPLAY", "none")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data = questions(place / "questions.jsonl", arguments.number)
        for workers in (1, 16):
            say(f"workup, {workers} workers", ours(data, place / f"run-{workers}", workers), arguments.number)
        if arguments.memory:
            small, many = megabytes(), arguments.memory
            ours(questions(place / "many.jsonl", many), place / "many", 4)
            print(f"memory: peak {small:.0f} MB after {arguments.number} cases, {megabytes():.0f} MB after {many}")
        if (found := inspect(data, place / "logs")) is not None:
            say("inspect-ai", found, arguments.number)


def say(what: str, times: tuple[float, float], number: int) -> None:
    cpu, wall = (1000 * seconds / number for seconds in times)
    print(f"{what}: {cpu:.3f} ms CPU, {wall:.3f} ms wall a case")


if __name__ == "__main__":
    main()
