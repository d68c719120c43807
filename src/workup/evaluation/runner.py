"""Running a reasoner on a benchmark: every case once per epoch, several at a time, resumable at any instant."""

from __future__ import annotations

import hashlib
import heapq
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

import workup
from workup.api import finish
from workup.benchmarks.benchmark import Benchmark, Interactive
from workup.case import Case, to_json
from workup.errors import BudgetExceeded, Issue, UserError, WorkupError
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.run_store import KeptModel, RunStore, add
from workup.models.model import GREEDY, Model, Sampling
from workup.reasoner import Context, Reasoner
from workup.reasoners.blocks.environment import Encounter
from workup.reasoning import Reasoning, Usage
from workup.simulate.labelling import is_simulated


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is run.

    Attributes:
        benchmark: The benchmark.
        data: Its files, as the benchmark reads them.
        reasoner: The reasoner; used from several threads at once when there are several workers.
        options: Options of the reasoner.
        model: The model, if one is named.
        sampling: How the reasoner is asked to draw replies.
        seed: Seed of the run: of the choice of cases, and of every attempt.
        epochs: How often each case is tried.
        limit: Cases to draw, None for all.
        environment: Settings of the environment of an interactive benchmark.
        environment_model: The model that plays it; None for the same as the reasoner's.
    """

    benchmark: Benchmark
    data: tuple[Path, ...]
    reasoner: Reasoner
    options: dict[str, Any] = {}
    model: Model | None = None
    sampling: Sampling = GREEDY
    seed: int = 0
    epochs: int = 1
    limit: int | None = None
    environment: dict[str, Any] = {}
    environment_model: Model | None = None

    def manifest(self) -> dict[str, Any]:
        """Everything that the attempts depend on, as it is kept with the run."""
        header = self.benchmark.header
        environment = setting_of(self)
        return {
            "benchmark": header.name,
            "benchmark_version": header.version,
            "data": [{"path": str(path), "sha256": digest(path)} for path in self.data],
            "reasoner": self.reasoner.name,
            "options": self.options,
            "option_files": files_of(self.options),
            "prompts": prompts_of(self.reasoner),
            "model": self.model.name if self.model else "",
            "sampling": msgspec.to_builtins(self.sampling),
            "seed": self.seed,
            "epochs": self.epochs,
            "limit": self.limit,
            "workup": workup.__version__,
            **({"environment": environment} if environment else {}),
        }


class Progress(msgspec.Struct, frozen=True):
    """How far a run is.

    Attributes:
        done: Attempts finished, earlier ones included.
        total: Attempts in all, as far as known.
        failed: Attempts that failed in this call.
        cost: US dollars spent in this call.
    """

    done: int
    total: int | None
    failed: int
    cost: float


class Outcome(msgspec.Struct, frozen=True):
    """What a call of :func:`run` came to.

    Attributes:
        done: Attempts finished, earlier ones included.
        failed: Attempts that failed in this call; the same command tries them again.
        unread: Records of the data that could not be read.
        stopped: Why the run ended before its end; empty when it did not.
    """

    done: int
    failed: int
    unread: tuple[Issue, ...] = ()
    stopped: str = ""


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files."""
    from workup.systems.reproduction import digest as of_path

    return of_path(path)


def files_of(options: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of the files and folders that options name (a training set, labels): their content is part of the run.

    A folder only when it is written as a path: a word may be the name of a folder by chance.
    """
    found = {}
    for name, value in options.items():
        several = isinstance(value, list | tuple)
        for place, one in enumerate(value if several else [value]):
            # Anything longer is no path, and asking the file system for it would be an error.
            if not isinstance(one, str) or len(one) >= 1024 or "\n" in one or "\0" in one:
                continue
            path = Path(one)
            if path.is_file() or (path.is_dir() and len(path.parts) > 1):
                found[f"{name}[{place}]" if several else name] = digest(path)
    return found


def prompts_of(reasoner: Reasoner) -> str:
    """Digest of a reasoner's prompts, which it offers as ``prompts``; empty without any."""
    prompts = getattr(reasoner, "prompts", None)
    if not prompts:
        return ""
    return hashlib.sha256(msgspec.json.encode(prompts, order="sorted")).hexdigest()


def setting_of(plan: Plan) -> dict[str, Any]:
    """Everything that an interactive benchmark's environment depends on besides the case; empty for any other.

    Raises:
        UserError: A setting is wrong, or the benchmark has nothing to be set.
    """
    if not isinstance(plan.benchmark, Interactive):
        if plan.environment or plan.environment_model is not None:
            raise UserError(f"the benchmark {plan.benchmark.header.name} has no environment that could be set")
        return {}
    setting = plan.benchmark.setting(plan.environment)
    if plan.environment_model is not None:
        setting["model"] = plan.environment_model.name
    # What a patient is told is as much a part of the attempt as what the doctor is told.
    prompts = getattr(plan.benchmark, "prompts", None)
    if prompts:
        setting["prompts"] = hashlib.sha256(msgspec.json.encode(prompts, order="sorted")).hexdigest()
    return setting


def drawn(cases: Iterable[Case | Issue], limit: int, seed: int) -> frozenset[str]:
    """Ids of the cases that a limited run takes, drawn by hash: a larger limit holds the cases of a smaller one."""

    def place(name: str) -> bytes:
        return hashlib.sha256(f"{seed}:{name}".encode()).digest()

    return frozenset(heapq.nsmallest(limit, (case.id for case in cases if isinstance(case, Case)), key=place))


def read(plan: Plan) -> Iterator[Case | Issue]:
    """The cases of a run, in the order of the data, and the issues of reading them."""
    chosen = None
    if plan.limit is not None:
        chosen = drawn(plan.benchmark.read(plan.data), plan.limit, plan.seed)
    for item in plan.benchmark.read(plan.data):
        if isinstance(item, Issue) or chosen is None or item.id in chosen:
            yield item


class Shared(NamedTuple):
    """What the keys of all attempts of a plan share, worked out once.

    Attributes:
        environment: See :func:`setting_of`.
        prompts: See :func:`prompts_of`.
    """

    environment: dict[str, Any]
    prompts: str


def shared_of(plan: Plan) -> Shared:
    """What the keys of a plan share."""
    return Shared(setting_of(plan), prompts_of(plan.reasoner))


def key_of(plan: Plan, case: Case, epoch: int, shared: Shared | None = None) -> AttemptKey:
    """The key of one attempt at the whole case.

    Args:
        plan: What is run.
        case: The case.
        epoch: Repetition, from 0.
        shared: What is the same for all of them; worked out here unless given.
    """
    header = plan.benchmark.header
    environment, prompts = shared or shared_of(plan)
    if environment:
        record = hashlib.sha256(to_json(case.extensions)).hexdigest()
        environment = {**environment, "record": record}
    return AttemptKey(
        benchmark=header.name,
        version=header.version,
        case_id=case.id,
        case=case.digest(),
        reasoner=plan.reasoner.name,
        options=plan.options,
        prompts=prompts,
        model=plan.model.name if plan.model else "",
        sampling=plan.sampling,
        seed=plan.seed,
        epoch=epoch,
        environment=environment,
    )


def attempt_seed(key: AttemptKey) -> int:
    """Seed of one attempt: the same whichever worker makes it, and another in every epoch.

    The model's name does not enter, so that a recorded run is asked what was asked then, and models compared on the
    same draws.
    """
    unnamed = msgspec.structs.replace(key, model="")
    return int.from_bytes(hashlib.sha256(unnamed.digest().encode()).digest()[:4], "big") >> 1


def run(
    plan: Plan,
    out: Path,
    *,
    workers: int = 1,
    max_cost: float | None = None,
    max_failures: int | None = None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Outcome:
    """Run, or go on with the run in ``out``.

    Args:
        plan: What is run.
        out: Folder of the run.
        workers: Attempts at the same time.
        max_cost: US dollars that this call may spend; attempts under way are finished.
        max_failures: Failed attempts after which this call gives up.
        progress: Told after every attempt.

    Raises:
        UserError: The call is at fault, or the folder holds another run.
        DataError: The data cannot be read, or the folder not be written.
        KeyboardInterrupt: After Ctrl-C; what was finished is kept.
    """
    if workers < 1 or plan.epochs < 1:
        raise UserError("workers and epochs are at least 1")
    with RunStore(out, plan.manifest()) as store:
        return _Run(plan, store, max_cost, max_failures, progress).go(workers)


class _Run:
    """One call of :func:`run`."""

    def __init__(
        self,
        plan: Plan,
        store: RunStore,
        max_cost: float | None,
        max_failures: int | None,
        progress: Callable[[Progress], None],
    ) -> None:
        self.plan = plan
        self.shared = shared_of(plan)
        # Asking a protocol takes longer than all the rest of a case.
        self.interactive = plan.benchmark if isinstance(plan.benchmark, Interactive) else None
        self.store = store
        self.max_cost = max_cost
        self.max_failures = max_failures
        self.progress = progress
        self.done = self.failed = 0
        self.cost = 0.0
        self.stopped = ""
        self.unread: list[Issue] = []
        self._lock = threading.Lock()

    def go(self, workers: int) -> Outcome:
        """Make every attempt that is not finished."""
        # Twice as many under way as workers: nobody waits, and memory does not grow with the cases.
        room = threading.Semaphore(2 * workers)
        faults: list[BaseException] = []

        def attempt(case: Case, key: AttemptKey, name: str) -> None:
            try:
                self._attempt(case, key, name)
            except BaseException as error:
                faults.append(error)
            finally:
                room.release()

        with ThreadPoolExecutor(workers, thread_name_prefix="attempt") as pool:
            try:
                for case, key, name in self._todo():
                    room.acquire()
                    if self.stopped or faults:
                        break
                    pool.submit(attempt, case, key, name)
                else:
                    # A free place more, so that each of the last ones is waited for, and Ctrl-C heard meanwhile.
                    room.acquire()
                for _ in range(2 * workers - 1):
                    room.acquire()
                if faults:
                    raise faults[0]
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        return Outcome(self.done, self.failed, tuple(self.unread), self.stopped)

    def _todo(self) -> Iterator[tuple[Case, AttemptKey, str]]:
        for item in read(self.plan):
            if isinstance(item, Issue):
                if item.severity == "error":
                    self.unread.append(item)
                continue
            for epoch in range(self.plan.epochs):
                key = key_of(self.plan, item, epoch, self.shared)
                name = key.digest()
                if self.store.done(name):
                    with self._lock:
                        self.done += 1
                else:
                    yield item, key, name

    def _attempt(self, case: Case, key: AttemptKey, name: str) -> None:
        if self.stopped:
            return
        attempt = self._made(case, key, name)
        if attempt is None:
            return
        self.store.add(attempt)
        with self._lock:
            self.done += not attempt.error
            self.failed += bool(attempt.error)
            self.cost += attempt.usage.cost_usd
            if self.max_cost is not None and self.cost >= self.max_cost:
                self.stopped = f"{self.cost:.2f} USD are spent, the limit is {self.max_cost:.2f}"
            if self.max_failures is not None and self.failed >= self.max_failures:
                self.stopped = f"{self.failed} attempts failed; the last one: {attempt.error or 'none'}"
            now = Progress(self.done, None, self.failed, self.cost)
        self.progress(now)

    def _made(self, case: Case, key: AttemptKey, name: str) -> Attempt | None:
        plan = self.plan
        model = KeptModel(plan.model, self.store, name) if plan.model is not None else None
        played = plan.environment_model or plan.model
        # Its replies are kept under a name of their own: they are no words of the model that is measured.
        other = KeptModel(played, self.store, f"{name}/environment") if played is not None else None
        models = (model, other)
        ctx = Context(
            model=model,
            sampling=plan.sampling,
            seed=attempt_seed(key),
            options=plan.options,
        )
        started = time.perf_counter()
        try:
            if self.interactive is not None:
                met = self.interactive.environment(case, key.environment, model=other, seed=ctx.seed)
                ctx = msgspec.structs.replace(ctx, environment=Encounter(met))
            reasoning = finish(plan.reasoner.reason(case.blinded(), ctx))
        except (UserError, BudgetExceeded) as error:
            if isinstance(error, BudgetExceeded):
                with self._lock:
                    self.stopped = self.stopped or str(error)
                return None
            raise
        except WorkupError as error:
            return self._failed(case, key, models, started, str(error))
        except Exception as error:
            # A fault of the reasoner, which must not take the other cases with it.
            return self._failed(case, key, models, started, f"{type(error).__name__}: {error}")
        usage = _usage(models, reasoning, time.perf_counter() - started)
        return Attempt(key=key, reasoning=reasoning, usage=usage, simulated=is_simulated(case.provenance))

    def _failed(
        self, case: Case, key: AttemptKey, models: Sequence[KeptModel | None], started: float, message: str
    ) -> Attempt:
        usage = _usage(models, None, time.perf_counter() - started)
        error = message.splitlines()[0] if message.strip() else "failed"
        return Attempt(key=key, error=error, usage=usage, simulated=is_simulated(case.provenance))


def _usage(models: Sequence[KeptModel | None], reasoning: Reasoning | None, seconds: float) -> Usage:
    """What an attempt cost: counted at the models where there are any, else as the reasoner says."""
    asked = [model.usage for model in models if model is not None]
    if asked:
        # The time of replies from an earlier start counts as it was then.
        usage = reduce(add, asked)
        return msgspec.structs.replace(usage, seconds=max(seconds, usage.seconds))
    return reasoning.usage if reasoning and reasoning.usage.seconds else Usage(seconds=seconds)


def results_digest(attempts: Sequence[Attempt] | Iterator[Attempt]) -> str:
    """SHA-256 over all attempts without their times: equal for equal runs, however they were interrupted."""
    total = hashlib.sha256()
    for attempt in attempts:
        reasoning = attempt.reasoning
        if reasoning is not None:
            reasoning = msgspec.structs.replace(reasoning, usage=_timeless(reasoning.usage))
        plain = msgspec.structs.replace(attempt, usage=_timeless(attempt.usage), reasoning=reasoning)
        total.update(msgspec.json.encode(plain, order="sorted"))
    return total.hexdigest()


def _timeless(usage: Usage) -> Usage:
    return msgspec.structs.replace(usage, seconds=0.0)
