"""Where shards are worked on: in this process, in several processes, or on a Ray cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol, cast

import msgspec

from workup.batch.shards import Outcome, Plan, Shard
from workup.batch.worker import RemoteWorker, Worker, outcome_of
from workup.errors import MissingExtra, UserError, WorkupError

EXECUTORS = ("local", "processes", "ray")
# Workers share the machine, so that each computes on one thread unless the user says otherwise.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Executor(Protocol):
    """Works on shards; outcomes come in any order."""

    def run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        """Work on all shards, taking the next one only when somebody is free for it.

        Raises:
            WorkupError: The batch cannot go on.
        """
        ...


def executor_of(name: str | None, workers: int) -> Executor:
    """The executor of a name; without one, this process for one worker and several processes for more.

    Raises:
        UserError: There is no such executor.
        MissingExtra: Ray is not installed.
    """
    chosen = name or ("processes" if workers > 1 else "local")
    if chosen == "local":
        if workers > 1:
            raise UserError("the executor 'local' is one process; use 'processes' for several workers")
        return LocalExecutor()
    if chosen == "processes":
        return ProcessExecutor(workers)
    if chosen == "ray":
        return RayExecutor(workers)
    raise UserError(f"no executor named {chosen!r}; there are {', '.join(EXECUTORS)}")


class LocalExecutor:
    """Works in this process."""

    def run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        """See :class:`Executor`."""
        worker: Worker | None = None
        for shard in shards:
            worker = worker or Worker(plan)
            yield worker.run(shard)


class ProcessExecutor:
    """Works in processes of this machine, each with a reasoner of its own; the knowledge base is shared memory.

    The processes are started afresh (``spawn``), and end by themselves when this process is killed: the pipe that
    brings their work is then closed.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        """See :class:`Executor`."""
        processes: dict[Connection, BaseProcess] = {}
        idle: list[Connection] = []
        busy: set[Connection] = set()
        try:
            for shard in shards:
                if not idle and len(processes) < self.workers:
                    connection, process = _start(plan)
                    processes[connection] = process
                    idle.append(connection)
                ready = [] if idle else _received(busy, idle, processes)
                connection = idle.pop()
                _send(connection, processes[connection], shard)
                busy.add(connection)
                # Only now, so that nobody waits while the outcomes are being stored.
                yield from ready
            while busy:
                yield from _received(busy, idle, processes)
        finally:
            for connection, process in processes.items():
                connection.close()
                if connection in busy:
                    process.terminate()
            for process in processes.values():
                process.join()


def _start(plan: Plan) -> tuple[Connection, BaseProcess]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, msgspec.msgpack.encode(plan)), daemon=True)
    with _one_thread_each(), _interrupt_ignored():
        process.start()
    # With our copy open, a worker that died would look like one that is thinking.
    theirs.close()
    return ours, process


def _send(connection: Connection, process: BaseProcess, shard: Shard) -> None:
    try:
        connection.send_bytes(msgspec.msgpack.encode(shard))
    except OSError as error:
        raise _died(process) from error


def _received(busy: set[Connection], idle: list[Connection], processes: dict[Connection, BaseProcess]) -> list[Outcome]:
    """Wait for at least one outcome."""
    found = []
    for ready in wait(list(busy)):
        connection = cast(Connection, ready)
        try:
            answer = connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise _died(processes[connection]) from error
        busy.remove(connection)
        idle.append(connection)
        found.append(outcome_of(answer))
    return found


def _died(process: BaseProcess) -> WorkupError:
    process.join(timeout=5)
    return WorkupError(
        f"a worker process ended unexpectedly (exit code {process.exitcode}; -9 is mostly for want of memory); "
        "what was finished is kept: repeat the command, with fewer workers if need be"
    )


def _serve(connection: Connection, plan: bytes) -> None:
    """Life of a worker process: until the pipe is closed."""
    worker = RemoteWorker(plan)
    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(worker.run(connection.recv_bytes()))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    added = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            del os.environ[name]


@contextmanager
def _interrupt_ignored() -> Iterator[None]:
    """Children started within ignore Ctrl-C, from their first instruction on: it is for the parent to end them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class RayExecutor:
    """Works on a Ray cluster: that of ``RAY_ADDRESS``, else one started on this machine for the run.

    Every node needs the same workup and, for report files, the same file system.
    """

    def __init__(self, workers: int) -> None:
        """Find Ray.

        Raises:
            MissingExtra: It is not installed.
        """
        try:
            import ray
        except ImportError as error:
            raise MissingExtra("ray", "running on a Ray cluster") from error
        self.workers = workers
        self._ray: Any = ray

    def run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        """See :class:`Executor`."""
        ray = self._ray
        ours = not ray.is_initialized()
        if ours:
            self._connect()
        try:
            yield from self._run(plan, shards)
        finally:
            if ours:
                ray.shutdown()

    def _connect(self) -> None:
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if os.environ.get("RAY_ADDRESS"):
            self._ray.init(**quiet)
        else:
            self._ray.init(num_cpus=self.workers, include_dashboard=False, **quiet)

    def _run(self, plan: Plan, shards: Iterator[Shard]) -> Generator[Outcome, None, None]:
        ray = self._ray
        kind = ray.remote(num_cpus=1)(RemoteWorker)
        # An actor beyond the cluster's processors would wait for ever, and its shard with it.
        most = min(self.workers, max(1, int(ray.cluster_resources().get("CPU", 1))))
        actors: list[Any] = []
        busy: dict[Any, Any] = {}

        def received() -> tuple[Any, Outcome]:
            done, _ = ray.wait(list(busy), num_returns=1)
            actor = busy.pop(done[0])
            try:
                return actor, outcome_of(ray.get(done[0]))
            except ray.exceptions.RayError as error:
                raise WorkupError(
                    f"a Ray worker failed ({str(error).strip().splitlines()[0]}); what was finished is kept: "
                    "repeat the command"
                ) from error

        for shard in shards:
            ready: Outcome | None = None
            if len(actors) < most:
                actors.append(kind.remote(msgspec.msgpack.encode(plan)))
                actor = actors[-1]
            else:
                actor, ready = received()
            busy[actor.run.remote(msgspec.msgpack.encode(shard))] = actor
            if ready is not None:
                yield ready
        while busy:
            yield received()[1]
