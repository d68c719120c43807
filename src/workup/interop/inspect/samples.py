"""Cases as Inspect's samples, and the benchmarks they come from.

A sample's ``metadata["case"]`` is the blinded case, from which the reasoners here work; ``input``, ``choices`` and
``target`` say the same to Inspect's own solvers, scorers and viewer. The truth stands in ``target`` alone.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from workup.benchmarks.benchmark import Benchmark
from workup.case import Case
from workup.errors import Issue, UserError
from workup.evaluation.judges.kept import KeptJudge
from workup.evaluation.judges.naming import judge_named
from workup.evaluation.scorers import right_answers
from workup.evaluation.scoring import benchmark_named
from workup.interop.own_benchmarks import ADAPTED
from workup.reasoners import asking

Data = str | Sequence[str]
_reading = threading.Lock()


def paths_of(data: Data) -> tuple[Path, ...]:
    """Files as named in ``-T data=FILE``; several with commas between them, or as a list.

    Raises:
        UserError: None is named, or one does not exist.
    """
    named = data.split(",") if isinstance(data, str) else list(data)
    paths = tuple(Path(name.strip()) for name in named if name.strip())
    if not paths:
        raise UserError("no data set comes with the package; name its files: -T data=FILE")
    for path in paths:
        if not path.exists():
            raise UserError(f"{path} does not exist; name the benchmark's files: -T data=FILE")
    return paths


@lru_cache(maxsize=16)
def opened(name: str, judge: str = "") -> Benchmark:
    """A benchmark by its name, with its judge; one with a runner of its own in the form that Inspect can use."""
    if name in ADAPTED:
        if judge:
            raise UserError(f"the benchmark {name} takes no judge")
        return ADAPTED[name]()
    # A judge is asked once for each sheet, by scorers and metrics together.
    benchmark = benchmark_named(name, KeptJudge(judge_named(judge)) if judge else None)
    if not hasattr(benchmark, "read"):
        raise UserError(
            f"the benchmark {name} has a runner of its own and is no task of Inspect: workup run {name} ..."
        )
    return benchmark


@lru_cache(maxsize=4)
def _read(name: str, paths: tuple[Path, ...], written: tuple[int, ...]) -> tuple[dict[str, Case], tuple[Issue, ...]]:
    cases: dict[str, Case] = {}
    issues: list[Issue] = []
    for item in opened(name).read(paths):
        if isinstance(item, Issue):
            issues.append(item)
        else:
            cases[item.id] = item
    if not cases:
        raise UserError(f"{', '.join(map(str, paths))} hold no case of {name}")
    return cases, tuple(issues)


def cases_of(name: str, data: Data) -> tuple[Mapping[str, Case], tuple[Issue, ...]]:
    """The cases of a benchmark by their ids, and the records that could not be read. Read once and kept.

    Raises:
        UserError: There are none.
        DataError: A file cannot be read.
    """
    with _reading:
        paths = paths_of(data)
        # A file that was written since is read again.
        return _read(name, paths, tuple(path.stat().st_mtime_ns for path in paths))


def shown(case: Case) -> str:
    """A case and its question in words, for Inspect's own solvers and its viewer; without the options."""
    question = asking.question_of(case)
    known = asking.described(case)
    return f"{known}\n\n{question.text}" if known else question.text


def target_of(case: Case) -> str | list[str]:
    """What counts as right, in words; empty where a judge or a ranking decides."""
    reference = case.reference
    if reference is None:
        return ""
    right = sorted(right_answers(case)) or list(reference.diagnoses) or list(reference.relevant)
    if reference.answer is not None and len(right) == 1:
        return reference.answer
    return right[0] if len(right) == 1 else right or ""


def sample_of(case: Case, benchmark: str, data: Data = ()) -> Any:
    """A case of a benchmark, read from some files, as ``inspect_ai.dataset.Sample``.

    >>> from workup.case import Question, Reference
    >>> asked = Question("Which is it?", {"A": "Measles", "B": "Gout"})
    >>> case = Case(id="1", text="A rash.", question=asked, reference=Reference(answer="A"))
    >>> sample = sample_of(case, "toy")
    >>> sample.input, sample.choices, sample.target
    ('A rash.\\n\\nWhich is it?', ['Measles', 'Gout'], 'A')
    """
    from inspect_ai.dataset import Sample

    options = asking.question_of(case).options
    return Sample(
        id=case.id,
        input=shown(case),
        choices=list(options.values()) or None,
        target=target_of(case),
        metadata={"benchmark": benchmark, "data": data, "case": msgspec.to_builtins(case.blinded())},
    )
