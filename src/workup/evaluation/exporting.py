"""A run in the files of others: JSON lines, Parquet, and prompt-completion pairs for training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from workup.errors import MissingExtra, UserError
from workup.evaluation.attempt import Attempt
from workup.evaluation.run_store import RunStore
from workup.evaluation.scorers import chosen, why_none
from workup.io import write_atomic

FORMATS = ("jsonl", "parquet", "trl", "original")


def export_run(folder: Path, to: str, out: Path, scores: dict[str, dict[str, float]] | None = None) -> int:
    """Write the attempts of a run to a file.

    ``jsonl`` has one :class:`~workup.evaluation.attempt.Attempt` a line. ``parquet`` has one row an attempt: key,
    answer, raw text, error, tokens, seconds, US dollars, and each score. ``trl`` has one line a model reply,
    ``{"prompt": [messages], "completion": [message], "reward"}``, the reward being the first score. ``original`` has
    the rows that the benchmark's own authors release their results in, where the benchmark knows them. The first three
    say of an attempt at a simulated case that it is one.

    Args:
        folder: The run.
        to: One of :data:`FORMATS`.
        out: The file; replaced as a whole or not at all.
        scores: Score of each case by scorer, where the run was scored.

    Returns:
        Rows written.

    Raises:
        UserError: There is no such format, or the benchmark has no rows of its own.
        MissingExtra: Parquet needs the extra ``data``.
    """
    with RunStore(folder) as store:
        if to == "jsonl":
            lines = [msgspec.json.encode(attempt) for attempt in store.attempts()]
            write_atomic(out, b"".join(line + b"\n" for line in lines))
            return len(lines)
        if to == "trl":
            rewards = next(iter((scores or {}).values()), {})
            lines = [msgspec.json.encode(row) for row in _pairs(store, rewards)]
            write_atomic(out, b"".join(line + b"\n" for line in lines))
            return len(lines)
        if to == "original":
            lines = [msgspec.json.encode(row) for row in _original(store)]
            write_atomic(out, b"".join(line + b"\n" for line in lines))
            return len(lines)
        if to == "parquet":
            rows = [_row(attempt, scores or {}) for attempt in store.attempts()]
            _write_parquet(out, rows)
            return len(rows)
    raise UserError(f"no format {to!r}; there are {', '.join(FORMATS)}")


def _pairs(store: RunStore, rewards: dict[str, float]) -> Iterator[dict[str, Any]]:
    attempts = [(attempt.key.digest(), attempt.key.case_id, attempt.simulated) for attempt in store.attempts()]
    # By attempt, since several workers leave the calls in another order each time. Calls of an attempt that was cut
    # off and never finished are left out.
    for key, case_id, simulated in attempts:
        for _, request, reply in store.replies(key):
            row: dict[str, Any] = {
                "prompt": [{"role": message.role, "content": message.content} for message in request.messages],
                "completion": [{"role": "assistant", "content": (request.prefix or "") + reply.text}],
            }
            if (reward := rewards.get(case_id)) is not None:
                row["reward"] = reward
            if simulated:
                row["simulated"] = True
            yield row


def _original(store: RunStore) -> Iterator[dict[str, Any]]:
    from workup.evaluation.scoring import benchmark_of, cases_of

    benchmark = benchmark_of(store.manifest)
    row = getattr(benchmark, "original", None)
    if row is None:
        raise UserError(f"{benchmark.header.name} has no rows of its own for results; there are jsonl, parquet and trl")
    attempts = list(store.attempts())
    cases = cases_of(store.manifest, {attempt.key.case_id for attempt in attempts})
    for attempt in attempts:
        if (case := cases.get(attempt.key.case_id)) is not None:
            yield row(case, attempt)


def _row(attempt: Attempt, scores: dict[str, dict[str, float]]) -> dict[str, Any]:
    key, usage = attempt.key, attempt.usage
    return {
        "case_id": key.case_id,
        "epoch": key.epoch,
        "reasoner": key.reasoner,
        "model": key.model,
        "answer": list(chosen(attempt)),
        "no_answer": why_none(attempt),
        "raw": attempt.raw,
        "error": attempt.error,
        "simulated": attempt.simulated,
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "seconds": usage.seconds,
        "cost_usd": usage.cost_usd,
        **{f"score_{name}": values.get(key.case_id) for name, values in scores.items()},
    }


def _write_parquet(out: Path, rows: list[dict[str, Any]]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("data", "writing Parquet files") from error
    sink = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    write_atomic(out, sink.getvalue().to_pybytes())
