"""A run as Inspect's ``.eval`` logs, which its viewer shows and ``inspect_ai.log.read_eval_log`` reads.

A log holds at most 2,000 samples; a longer run becomes several, each with the figures of its own samples, and with
those of the whole run in its metadata. Every model call of an attempt is an event of its sample. The logs hold the
target of each sample and the texts of the cases: they are as sensitive as both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import workup
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case
from workup.errors import DataError
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Judge
from workup.evaluation.run_store import ATTEMPTS, MANIFEST, RunStore
from workup.evaluation.scorers import chosen
from workup.evaluation.scoring import benchmark_of, data_of
from workup.interop.inspect.provider import output_of
from workup.interop.inspect.samples import sample_of
from workup.interop.inspect.scores import ATTEMPT, explained, flat, values_of
from workup.interop.inspect.tasks import said
from workup.models.inspect_model import message_of
from workup.models.model import Generation, Reply
from workup.models.request import Request

LARGEST = 2000
"""Most samples of one log: the viewer loads a list of all of them."""


def export_logs(
    folder: Path,
    out: Path,
    *,
    data: Sequence[Path] = (),
    judge: Judge | None = None,
    seed: int = 0,
    largest: int = LARGEST,
) -> list[Path]:
    """Write a run as logs.

    Args:
        folder: The run.
        out: Folder of the logs; made if need be. Logs of the same run are replaced.
        data: Where the benchmark's files are now; by default where they were.
        judge: Who judges answers in words.
        seed: Seed of the intervals.
        largest: Most samples of one log.

    Returns:
        The logs, in order.

    Raises:
        UserError: It is no run, or its data have changed.
        DataError: Something cannot be read, or ``out`` not be written.
    """
    with RunStore(folder) as store:
        log = _Writer(store, data_of(store.manifest, data), judge, seed)
        try:
            out.mkdir(parents=True, exist_ok=True)
            return log.write(out, largest)
        except OSError as error:
            raise DataError(f"cannot be written: {error}", path=str(out), remedy="choose another folder") from error


class _Writer:
    """Writes the logs of one run."""

    def __init__(self, store: RunStore, data: Sequence[Path], judge: Judge | None, seed: int) -> None:
        self.store = store
        self.manifest = store.manifest
        self.data = data
        self.judge = judge
        self.seed = seed
        self.benchmark: Benchmark = benchmark_of(store.manifest, judge)
        self.cases = {case.id: case for case in self.benchmark.read(data) if isinstance(case, Case)}
        self.name = str(store.manifest["benchmark"])
        model = str(store.manifest["model"])
        self.model = model.removeprefix("inspect/") if model.startswith("inspect/") else f"workup/{model or 'none'}"
        self.scorers = self.benchmark.scorers()
        self.started = _when(store.folder / MANIFEST)
        self.ended = _when(store.folder / ATTEMPTS)
        # The same run gives the same names.
        self.id = hashlib.sha256(msgspec.json.encode(store.manifest, order="sorted")).hexdigest()

    def write(self, out: Path, largest: int) -> list[Path]:
        done, failed = self.store.counts()
        count = max(-(-(done + failed) // largest), 1)
        whole = self._figures(list(self.store.attempts())) if count > 1 else {}
        stream, written = iter(self.store.attempts()), []
        for number in range(1, count + 1):
            part = list(islice(stream, largest))
            task = f"{self.name}-{number:04}-of-{count:04}" if count > 1 else self.name
            name = hashlib.sha256(f"{self.id} {number}/{count}".encode()).hexdigest()[:22]
            path = out / f"{self.started:%Y-%m-%dT%H-%M-%S+00-00}_{task}_{name}.eval"
            self._write(path, part, {"part": f"{number} of {count}", "whole run": whole} if count > 1 else {}, name)
            written.append(path)
        return written

    def _write(self, path: Path, attempts: Sequence[Attempt], told: Mapping[str, Any], name: str) -> None:
        from inspect_ai.log import EvalLog, EvalStats, write_eval_log

        samples = [self._sample(attempt) for attempt in attempts]
        usage = _total(samples)
        log = EvalLog(
            status="success",
            eval=self._spec(attempts, told, name),
            results=self._results(attempts, samples),
            stats=EvalStats(
                started_at=self.started.isoformat(), completed_at=self.ended.isoformat(), model_usage=usage
            ),
            samples=samples,
        )
        write_eval_log(log, path, format="eval")

    def _spec(self, attempts: Sequence[Attempt], told: Mapping[str, Any], name: str) -> Any:
        from importlib.metadata import version

        from inspect_ai.log import EvalConfig, EvalDataset, EvalSpec
        from inspect_ai.log._log import EvalScorer
        from inspect_ai.model import GenerateConfig

        manifest, header = self.manifest, self.benchmark.header
        data = [str(path) for path in self.data]
        task = {"benchmark": self.name, "data": data, "judge": "", "seed": self.seed}
        ids = list(dict.fromkeys(attempt.key.case_id for attempt in attempts))
        sampling = manifest["sampling"]
        return EvalSpec(
            eval_id=name,
            run_id=self.id[:22],
            task_id=name,
            created=self.started.isoformat(),
            task=f"workup/{self.name}",
            task_version=header.version,
            task_registry_name=f"workup/{self.name}",
            task_args={"data": data, "seed": self.seed},
            solver=f"workup/{manifest['reasoner']}",
            solver_args={"seed": manifest["seed"], **manifest["options"]},
            dataset=EvalDataset(name=header.name, location=", ".join(data), samples=len(ids), sample_ids=ids),
            model=self.model,
            model_generate_config=GenerateConfig(
                temperature=sampling.get("temperature", 0.0),
                top_p=sampling.get("top_p"),
                max_tokens=sampling.get("max_tokens", 1024),
            ),
            config=EvalConfig(epochs=manifest["epochs"], limit=manifest["limit"]),
            packages={"workup": workup.__version__, "inspect_ai": version("inspect_ai")},
            metadata={
                "title": header.title,
                "made by": f"workup run {self.name} {manifest['reasoner']}",
                "judge": self.judge.name if self.judge else "none",
                "prompts": manifest["prompts"],
                "data": manifest["data"],
                **told,
            },
            scorers=[EvalScorer(name="workup/scores", options=task)],
        )

    def _sample(self, attempt: Attempt) -> Any:
        from inspect_ai._util.error import EvalError
        from inspect_ai.log import EvalSample
        from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, ModelUsage
        from inspect_ai.scorer import Score

        case = self._case(attempt)
        sample = sample_of(case, self.name, [str(path) for path in self.data])
        calls = list(self.store.replies(attempt.key.digest()))
        words = said(attempt.reasoning) if attempt.reasoning else ""
        if calls:
            _, request, reply = calls[-1]
            messages = [message_of(message) for message in request.messages]
        else:
            messages = [ChatMessageUser(content=sample.input)]
            reply = Reply(generations=(Generation(text=words),), model=self.model)
        messages.append(ChatMessageAssistant(content=words or reply.text))
        found = {scorer.name: scorer.score(case, attempt) for scorer in self.scorers}
        used = attempt.usage
        total = ModelUsage(
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            total_tokens=used.input_tokens + used.output_tokens,
        )
        score = Score(
            value=values_of(found, attempt),
            answer=", ".join(chosen(attempt)) or None,
            explanation=explained(found),
            metadata={name: one.parts for name, one in found.items() if one.parts},
        )
        return EvalSample(
            id=attempt.key.case_id,
            epoch=attempt.key.epoch + 1,
            input=sample.input,
            choices=sample.choices,
            target=sample.target,
            messages=messages,
            output=output_of(reply, self.model),
            scores={"scores": score},
            metadata=sample.metadata,
            store={ATTEMPT: msgspec.to_builtins(attempt)},
            events=[self._event(request, reply) for _, request, reply in calls],
            model_usage={self.model: total} if calls else {},
            total_time=used.seconds or None,
            error=EvalError(message=attempt.error, traceback="", traceback_ansi="") if attempt.error else None,
        )

    def _event(self, request: Request, reply: Reply) -> Any:
        from inspect_ai.event import ModelEvent
        from inspect_ai.model import GenerateConfig

        sampling = request.sampling
        return ModelEvent(
            model=self.model,
            input=[message_of(message) for message in request.messages],
            tools=[],
            tool_choice="none",
            config=GenerateConfig(
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_tokens,
                seed=sampling.seed,
                stop_seqs=list(sampling.stop) or None,
            ),
            output=output_of(reply, self.model),
            timestamp=self.ended,
            working_start=0.0,
        )

    def _case(self, attempt: Attempt) -> Case:
        case = self.cases.get(attempt.key.case_id)
        if case is None or case.digest() != attempt.key.case:
            raise DataError(
                "is no case of these data, or has changed",
                path=str(self.store.folder),
                record=attempt.key.case_id,
                remedy="give the data that the run was made on",
            )
        return case

    def _figures(self, attempts: Sequence[Attempt]) -> dict[str, float]:
        at = [self._case(attempt) for attempt in attempts]
        return flat([metric.estimate(at, attempts, seed=self.seed) for metric in self.benchmark.metrics()])

    def _results(self, attempts: Sequence[Attempt], samples: Sequence[Any]) -> Any:
        from inspect_ai.log import EvalMetric, EvalResults, EvalScore

        def score(name: str, figures: Mapping[str, float]) -> Any:
            return EvalScore(
                name=name,
                scorer="scores",
                scored_samples=len(attempts),
                unscored_samples=0,
                metrics={key: EvalMetric(name=key, value=value) for key, value in figures.items()},
            )

        values = [sample.scores["scores"].value for sample in samples]
        names = list(values[0]) if values else []
        means = [score(name, _mean([value[name] for value in values])) for name in names]
        return EvalResults(
            total_samples=len(attempts),
            completed_samples=sum(not attempt.error for attempt in attempts),
            scores=[score("scores", self._figures(attempts)), *means],
        )


def _mean(values: Sequence[float]) -> dict[str, float]:
    """Mean and its standard error, as Inspect's metrics of these names have them."""
    error = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "stderr": error}


def _total(samples: Sequence[Any]) -> dict[str, Any]:
    from inspect_ai.model import ModelUsage

    total: dict[str, Any] = {}
    for sample in samples:
        for model, used in sample.model_usage.items():
            total[model] = total.get(model, ModelUsage()) + used
    return total


def _when(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).replace(microsecond=0)
