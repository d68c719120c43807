"""A whole batch: cut, worked on, merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from workup.batch.executors import Executor, LocalExecutor
from workup.batch.shards import Plan, Shard, shards
from workup.batch.store import Store
from workup.case import Case
from workup.errors import Issue, Severity, UserError

# Every lost record is named, unless that would bury everything else.
_MOST_SHOWN: dict[Severity, int] = {"error": 1000, "warning": 20, "info": 0}


class Summary(msgspec.Struct, frozen=True):
    """What a batch came to.

    Attributes:
        cases: Cases with a line in the results.
        errors: Records that were lost, and parts of records.
        warnings: Warnings.
        already: Whether everything had been done before.
        issues: The first of the errors (1,000) and of the warnings (20).
        out: The file of results.
        issues_path: The file of all errors and warnings.
    """

    cases: int
    errors: int
    warnings: int
    already: bool
    issues: tuple[Issue, ...]
    out: Path
    issues_path: Path


def run_batch(
    items: Iterable[Case | Issue],
    out: Path,
    plan: Plan,
    executor: Executor | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Reason about a stream of cases, or go on where an earlier call was stopped.

    Memory does not grow with the number of cases. The same input, plan and version give the same bytes with any
    executor and after any number of interruptions.

    Args:
        items: Cases and the issues of reading them, as :func:`workup.io.iter_cases` gives them.
        out: File of results, one :class:`~workup.reasoning.Reasoning` a line in the order of the input, with the
            case's id as ``extensions["case"]`` and without ``usage.seconds``. It gets its name when it is complete;
            until then, and for what is kept besides, see :mod:`workup.batch.store`.
        plan: What is to be done.
        executor: Who does it; this process by default.
        progress: Called with the number of cases that are done.

    Raises:
        UserError: Another process writes there, or what is there is another run's or of another input; or the
            reasoner refuses its options.
        WorkupError: It cannot go on; what was done is kept.
    """
    with Store(out, plan.identity()) as store:
        already = store.finished
        seen = done = 0

        def count(cases: int) -> None:
            nonlocal done
            done += cases
            if progress is not None:
                progress(done)

        def left() -> Iterator[Shard]:
            nonlocal seen
            for shard in shards(items, plan):
                seen += 1
                if store.has(shard):
                    count(len(shard.cases))
                else:
                    yield shard

        with closing((executor or LocalExecutor()).run(plan, left())) as outcomes:
            for outcome in outcomes:
                store.add(outcome)
                count(outcome.cases)
        if seen < store.merged:
            raise UserError(f"the input has fewer cases than when {out} was begun; name another file")
        store.finish()
        last = store.last
        return Summary(
            cases=last.done,
            errors=last.errors,
            warnings=last.warnings,
            already=already,
            issues=_first(store.issues()),
            out=out,
            issues_path=store.folder / "issues.jsonl",
        )


def _first(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    found: dict[Severity, list[Issue]] = {"error": [], "warning": [], "info": []}
    for issue in issues:
        if len(found[issue.severity]) < _MOST_SHOWN[issue.severity]:
            found[issue.severity].append(issue)
    return (*found["error"], *found["warning"])
