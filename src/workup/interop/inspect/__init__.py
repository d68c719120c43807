"""Inspect AI, adapter and export only: benchmarks as tasks, reasoners as solvers, their scorers, and runs as logs.

Inspect loads this module through the entry point ``inspect_ai`` and finds what it registers under ``workup/``::

    inspect eval workup/medqa -T data=test.jsonl --solver workup/chain-of-thought --model openai/NAME

See ``docs/inspect.md``. Needs the extra ``inspect``.
"""

from __future__ import annotations

from workup import registry
from workup.errors import MissingExtra

try:
    from inspect_ai import task
    from inspect_ai.model import modelapi
    from inspect_ai.scorer import mean, metric, scorer, stderr
    from inspect_ai.solver import solver
except ImportError as error:
    raise MissingExtra("inspect", "running in Inspect AI") from error

from workup.interop.inspect import scores as _scores
from workup.interop.inspect.provider import WorkupModel
from workup.interop.inspect.tasks import solver_of, task_of

estimates = metric(name="estimates", scores="unreduced")(_scores.estimates)
scores = scorer(metrics=[estimates(), {"*": [mean(), stderr()]}], name="scores")(_scores.scores)

# Listing names imports nothing; what a name stands for is imported when a task or solver is made.
tasks = {name: task(name=name)(task_of(name)) for name in registry.names("benchmarks")}
solvers = {name: solver(name)(solver_of(name)) for kind in ("reasoners", "extractors") for name in registry.names(kind)}
# As chain of thought is commonly abbreviated: --solver workup/cot
cot = solver("cot")(solver_of("chain-of-thought"))
provider = modelapi(name="workup")(WorkupModel)
