"""Runs a batch of the toy reasoner: INPUT OUT WORKERS. A program of its own, so that it can be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from workup.batch import Plan, executor_of, run_batch
from workup.io import iter_cases

if __name__ == "__main__":
    source, out, workers = sys.argv[1:]
    plan = Plan(reasoner="batch_toy:Toy", shard_size=3, options={"sleep": 0.001})
    run_batch(iter_cases(source), Path(out), plan, executor_of(None, int(workers)))
