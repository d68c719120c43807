"""One worker: a reasoner, loaded once, and the shards it is given."""

from __future__ import annotations

import gzip
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import msgspec

from workup.api import reasoned
from workup.batch.shards import Outcome, Plan, Shard
from workup.case import Case
from workup.errors import BudgetExceeded, DataError, Issue, ModelError, UserError, WorkupError
from workup.reasoner import BatchReasoner, Context, Reasoner
from workup.reasoning import Reasoning

_CASE = msgspec.json.Decoder(Case)


class Failure(msgspec.Struct, frozen=True, tag="failure"):
    """Why the whole batch cannot go on.

    Attributes:
        message: In one line.
        users: Whether the call is at fault.
    """

    message: str
    users: bool


class Worker:
    """Works on shards.

    What fails for one case is an issue and the shard goes on; what would fail for every case is raised.
    """

    def __init__(self, plan: Plan) -> None:
        """Load the reasoner and open the knowledge base.

        Raises:
            UserError: There is another knowledge base here than where the batch was started.
        """
        module, _, attribute = plan.reasoner.partition(":")
        self.plan = plan
        self.reasoner: Reasoner = getattr(import_module(module), attribute)()
        self.context = Context(limit=plan.limit, seed=plan.seed, options=plan.options)
        if plan.knowledge:
            from workup.knowledge import Knowledge

            # On another machine of a cluster the artefact may lie elsewhere.
            here = Path(plan.knowledge)
            knowledge = Knowledge.open(here) if here.is_dir() else Knowledge.in_use()
            if knowledge.meta.digest != plan.knowledge_digest:
                raise UserError("the knowledge base of a worker differs from that of the command; install the same")
            self.context = msgspec.structs.replace(self.context, knowledge=knowledge)

    def run(self, shard: Shard) -> Outcome:
        """Reason about the cases of a shard.

        Raises:
            UserError: The reasoner refuses its options.
            BudgetExceeded: A limit was reached.
            DataError: A report cannot be written.
        """
        cases = [_CASE.decode(case) for case in shard.cases]
        issues = list(shard.issues)
        lines: list[bytes] = []
        seconds: list[float] = []
        for i, (case, result) in enumerate(zip(cases, self._reason(cases), strict=True)):
            if isinstance(result, Issue):
                issues.append(result)
                continue
            seconds.append(round(result.usage.seconds, 6))
            # Time is the one thing in which two runs differ, so that it is kept apart.
            named = msgspec.structs.replace(
                result,
                usage=msgspec.structs.replace(result.usage, seconds=0.0),
                extensions={**result.extensions, "case": case.id},
            )
            lines.append(msgspec.json.encode(named))
            issues += [
                msgspec.structs.replace(issue, record=case.id) for issue in result.issues if issue.severity != "info"
            ]
            if self.plan.formats:
                from workup.report import write_report

                write_report(case, named, self.plan.reports, self.plan.formats, stem=shard.stems[i])
        results = b"".join(line + b"\n" for line in lines)
        return Outcome(
            index=shard.index,
            digest=shard.digest,
            cases=len(cases),
            # Without a time in its header, so that it is the same every time.
            results=gzip.compress(results, 6, mtime=0) if self.plan.packed and results else results,
            issues=tuple(issues),
            seconds=tuple(seconds),
        )

    def _reason(self, cases: Sequence[Case]) -> list[Reasoning | Issue]:
        if isinstance(self.reasoner, BatchReasoner):
            try:
                return list(self.reasoner.reason_batch([case.blinded() for case in cases], self.context))
            except (UserError, BudgetExceeded):
                raise
            except Exception:
                # Case by case, to find the one at fault.
                return [self._one(case) for case in cases]
        return [self._one(case) for case in cases]

    def _one(self, case: Case) -> Reasoning | Issue:
        started = time.perf_counter()
        try:
            result = reasoned(self.reasoner, case, self.context)
        except (UserError, BudgetExceeded):
            raise
        except DataError as error:
            return msgspec.structs.replace(error.issue, record=case.id)
        except ModelError as error:
            return _failed(case, f"the model failed: {error}", "try this case again", "model")
        except Exception as error:
            # A fault of the reasoner, which must not take the other cases with it.
            message = f"the reasoner failed: {type(error).__name__}: {error}"
            return _failed(case, message.partition("\n")[0], "report it with the case", "failed")
        if result.usage.seconds:
            return result
        usage = msgspec.structs.replace(result.usage, seconds=time.perf_counter() - started)
        return msgspec.structs.replace(result, usage=usage)


class RemoteWorker:
    """A :class:`Worker` behind bytes, for other processes and machines; a failure is an answer."""

    def __init__(self, plan: bytes) -> None:
        self._plan = msgspec.msgpack.decode(plan, type=Plan)
        self._worker: Worker | None = None

    def run(self, shard: bytes) -> bytes:
        """Answer an encoded :class:`Shard` with an encoded :class:`Outcome` or :class:`Failure`."""
        answer: Outcome | Failure
        try:
            self._worker = self._worker or Worker(self._plan)
            answer = self._worker.run(msgspec.msgpack.decode(shard, type=Shard))
        except WorkupError as error:
            answer = Failure(str(error), isinstance(error, UserError))
        except Exception as error:
            answer = Failure(f"{type(error).__name__}: {error}", False)
        return msgspec.msgpack.encode(answer)


def outcome_of(answer: bytes) -> Outcome:
    """Decode what a :class:`RemoteWorker` answered.

    Raises:
        UserError: The call is at fault.
        WorkupError: The worker failed otherwise.
    """
    decoded = msgspec.msgpack.decode(answer, type=Outcome | Failure)
    if isinstance(decoded, Failure):
        raise (UserError if decoded.users else WorkupError)(decoded.message)
    return decoded


def _failed(case: Case, message: str, remedy: str, code: str) -> Issue:
    return Issue(message=message, remedy=remedy, severity="error", code=code, record=case.id)
