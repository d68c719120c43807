"""The multiple-choice questions of run_overhead.py in lm-eval, with an instant model: processor and wall time.

lm-eval brings its own versions of much, so it gets an environment of its own; it needs no PyTorch for this:

    python -m venv peer-lm-eval && peer-lm-eval/bin/pip install lm-eval==0.4.13
    python benchmarks/run_overhead.py --lm-eval peer-lm-eval/bin/python

Called by run_overhead.py with the file of questions; prints one line of JSON. Two forms of the task: the reply is
generated and compared with the letter (``generate``, as workup and Inspect do), and the likelihoods of the four letters
are compared (``likelihood``, lm-eval's usual form: four requests a question).
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager

PROMPT = "{{question}}\nA) {{options.A}}\nB) {{options.B}}\nC) {{options.C}}\nD) {{options.D}}\nAnswer:"


class Instant(LM):  # type: ignore[misc]  # lm-eval is not in the environment that checks types
    """A model that answers at once: it writes "A" and finds "A" likeliest."""

    def generate_until(self, requests: list[Any], disable_tqdm: bool = False) -> list[str]:
        return ["A" for _ in requests]

    def loglikelihood(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        return [(-0.1 if request.args[1].strip() == "A" else -1.0, False) for request in requests]

    def loglikelihood_rolling(self, requests: list[Any], disable_tqdm: bool = False) -> list[float]:
        return [-1.0 for _ in requests]


def task(path: str, form: str) -> dict[str, Any]:
    """The task as lm-eval's configuration."""
    common = {
        "task": f"instant_{form}",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": path}},
        "test_split": "test",
        "doc_to_text": PROMPT,
    }
    if form == "likelihood":
        choice = {"output_type": "multiple_choice", "doc_to_choice": ["A", "B", "C", "D"]}
        return {**common, **choice, "doc_to_target": "answer_idx", "metric_list": [{"metric": "acc"}]}
    return {
        **common,
        "output_type": "generate_until",
        "doc_to_target": "answer_idx",
        "generation_kwargs": {"until": ["\n"], "do_sample": False},
        "metric_list": [{"metric": "exact_match"}],
    }


def main() -> None:
    path = sys.argv[1]
    manager = TaskManager(include_defaults=False)
    found: dict[str, Any] = {}
    for form in ("generate", "likelihood"):
        cpu, wall = time.process_time(), time.perf_counter()
        given = simple_evaluate(model=Instant(), tasks=[task(path, form)], task_manager=manager, bootstrap_iters=0)
        times = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}
        scores = given["results"][f"instant_{form}"]
        score = next(value for name, value in scores.items() if name.startswith(("acc,", "exact_match,")))
        found[form] = {**times, "score": score}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
