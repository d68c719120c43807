"""What running costs besides the model: CPU per case with an instant model, memory, Inspect AI and lm-eval in one go.

    python benchmarks/run_overhead.py --number 2000 --memory 100000 --lm-eval peer-lm-eval/bin/python

The task is multiple choice; the model answers "A" at once, which is right in every fourth question, and each of the
three must say so. Processor time is that of the process, all threads. Inspect runs the same questions with its mock
model, its ``multiple_choice`` solver and ``choice`` scorer, without its live display. lm-eval runs them in an
environment of its own (``peer_lm_eval.py`` says how it is made). What only starts a program (imports) is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.runner import Plan, run
from workup.evaluation.scoring import score_run
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


def inspect(data: Path, out: Path) -> tuple[float, float, float] | None:
    """CPU and wall seconds of the same questions in Inspect, and its accuracy; None when it is not installed."""
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
    (log,) = eval(task, model=model, log_dir=str(out), display="none", score_display=False)
    times = time.process_time() - cpu, time.perf_counter() - wall
    assert log.results is not None
    return *times, log.results.scores[0].metrics["accuracy"].value


def lm_eval(python: Path, data: Path, place: Path) -> dict[str, dict[str, float]]:
    """CPU and wall seconds and score of the same questions in lm-eval, by form of the task."""
    # Its copies of the data set go where ours go; nothing is looked up on the network.
    env = {**os.environ, "HF_HOME": str(place / "hf"), "HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    call = [str(python), str(Path(__file__).with_name("peer_lm_eval.py")), str(data)]
    said = subprocess.run(call, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    found: dict[str, dict[str, float]] = json.loads(said.stdout.splitlines()[-1])
    return found


def megabytes() -> float:
    """Peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--number", type=int, default=2000, help="Questions for the times.")
    parser.add_argument("--memory", type=int, default=0, help="Questions of one long run, whose memory is looked at.")
    parser.add_argument("--lm-eval", type=Path, metavar="PYTHON", help="Python of an environment that has lm-eval.")
    arguments = parser.parse_args()
    os.environ.setdefault("INSPECT_DISPLAY", "none")
    number = arguments.number
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        data = questions(place / "questions.jsonl", number)
        for workers in (1, 16):
            out = place / f"run-{workers}"
            times = ours(data, out, workers)
            say(f"workup, {workers} workers", *times, number, score_run(out).estimates[0].value)
        if arguments.memory:
            small, many = megabytes(), arguments.memory
            cpu, wall = ours(questions(place / "many.jsonl", many), place / "many", 4)
            print(f"memory: peak {small:.0f} MB after {number} cases, {megabytes():.0f} MB after {many}")
            say(f"workup, 4 workers, {many} cases", cpu, wall, many)
        if (found := inspect(data, place / "logs")) is not None:
            say("inspect-ai", *found[:2], number, found[2])
        if arguments.lm_eval is not None:
            for form, one in lm_eval(arguments.lm_eval, data, place).items():
                say(f"lm-eval, {form}", one["cpu"], one["wall"], number, one["score"])


def say(what: str, cpu: float, wall: float, number: int, score: float | None = None) -> None:
    scored = "" if score is None else f", accuracy {score:.4f}"
    print(f"{what}: {1000 * cpu / number:.3f} ms CPU, {1000 * wall / number:.3f} ms wall a case{scored}", flush=True)


if __name__ == "__main__":
    main()
