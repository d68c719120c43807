"""Tasks and solvers that ``inspect eval`` finds under ``workup/``.

A solver makes the same :class:`~workup.evaluation.attempt.Attempt` as ``workup run``, with the same key and so the same
seed: given the same replies of the model, it gives the same reasoning.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import msgspec

from workup import registry
from workup.api import finish
from workup.benchmarks.benchmark import Interactive
from workup.evaluation.attempt import Attempt
from workup.evaluation.runner import Plan, attempt_seed, key_of
from workup.interop.inspect.samples import Data, cases_of, opened, paths_of, sample_of
from workup.interop.inspect.scores import ATTEMPT
from workup.interop.own_benchmarks import Extracting
from workup.reasoner import Context
from workup.reasoners.blocks.environment import Encounter
from workup.reasoning import Reasoning


def task_of(name: str) -> Callable[..., Any]:
    """The function that makes the task of a benchmark, as ``inspect eval workup/NAME -T data=FILE`` calls it."""

    def make(data: Data, judge: str = "", seed: int = 0) -> Any:
        from inspect_ai import Task
        from inspect_ai.dataset import MemoryDataset
        from inspect_ai.solver import generate, multiple_choice

        cases, issues = cases_of(name, data)
        for issue in issues:
            warnings.warn(f"left out: {issue}", stacklevel=2)
        benchmark = opened(name, judge)
        header, metrics = benchmark.header, benchmark.metrics()
        samples = [sample_of(case, name, data) for case in cases.values()]
        return Task(
            dataset=MemoryDataset(samples, name=header.name),
            # What is used when no --solver is named: Inspect's own.
            solver=multiple_choice() if all(sample.choices for sample in samples) else generate(),
            scorer=_scorer(benchmark=name, data=data, judge=judge, seed=seed),
            version=header.version,
            headline_metric=metrics[0].name if metrics else None,
            metadata={"title": header.title, "paper": header.paper, "licence": header.licence},
        )

    make.__doc__ = f"""The benchmark {name}.

    Args:
        data: Its files, with commas between them.
        judge: Who judges answers in words, as `workup score --judge` takes it.
        seed: Seed of the intervals.
    """
    return make


def _scorer(**arguments: Any) -> Any:
    from workup.interop.inspect import scores

    return scores(**arguments)


def solver_of(name: str) -> Callable[..., Any]:
    """The function that makes the solver of a reasoner: ``--solver workup/NAME -S option=value``."""

    def make(seed: int = 0, **options: Any) -> Any:
        extracts = name not in registry.names("reasoners")
        reasoner = Extracting(name) if extracts else registry.load("reasoners", name)()

        async def solve(state: Any, generate: Any) -> Any:
            import anyio.to_thread
            from inspect_ai.model import ChatMessageAssistant, ModelOutput, get_model

            from workup.interop.inspect.bridge import model_in_sample, sampling_now

            name, data = state.metadata["benchmark"], state.metadata["data"]
            benchmark, cases = opened(name), cases_of(name, data)[0]
            # The whole case: an environment plays what the reasoner does not see.
            case = cases[str(state.sample_id)]
            model, sampling = model_in_sample(get_model()), sampling_now()
            plan = Plan(
                benchmark=benchmark, data=paths_of(data), reasoner=reasoner, options=options, model=model,
                sampling=sampling, seed=seed,
            )  # fmt: skip
            key = key_of(plan, case, state.epoch - 1)
            ctx = Context(model=model, sampling=sampling, seed=attempt_seed(key), options=options)
            if isinstance(benchmark, Interactive):
                met = benchmark.environment(case, key.environment, model=model, seed=ctx.seed)
                ctx = msgspec.structs.replace(ctx, environment=Encounter(met))
            reasoning = await anyio.to_thread.run_sync(lambda: finish(reasoner.reason(case.blinded(), ctx)))
            attempt = Attempt(key=key, reasoning=reasoning, usage=reasoning.usage)
            state.store.set(ATTEMPT, msgspec.to_builtins(attempt))
            words = said(reasoning)
            state.messages.append(ChatMessageAssistant(content=words))
            state.output = ModelOutput.from_content(str(get_model()), words)
            return state

        return solve

    make.__doc__ = f"The reasoner (or extractor) {name}; what is given besides the seed are its options."
    return make


def said(reasoning: Reasoning) -> str:
    """What a reasoning says, in words: the model's, else the answer, the first hypotheses, or why there is none.

    >>> said(Reasoning(reasoner="random", abstained="there is nothing to draw from"))
    'there is nothing to draw from'
    """
    if reasoning.text:
        return reasoning.text
    if reasoning.answer is not None:
        return reasoning.answer.text
    if reasoning.differential:
        return "\n".join(f"{one.rank:g}. {one.label or one.id}" for one in reasoning.differential[:10])
    return reasoning.abstained or "no answer could be read"
