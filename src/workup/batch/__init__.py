"""Many cases at once: read as a stream, worked on by shards, kept so that a run killed at any instant goes on.

``shards`` cuts the input, ``worker`` works on one shard, ``executors`` decide where, ``store`` merges in input order.
"""

from workup.batch.executors import EXECUTORS, Executor, LocalExecutor, ProcessExecutor, RayExecutor, executor_of
from workup.batch.run import Summary, run_batch
from workup.batch.shards import Outcome, Plan, Shard

__all__ = [
    "EXECUTORS",
    "Executor",
    "LocalExecutor",
    "Outcome",
    "Plan",
    "ProcessExecutor",
    "RayExecutor",
    "Shard",
    "Summary",
    "executor_of",
    "run_batch",
]
