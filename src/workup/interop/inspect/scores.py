"""Scores of a sample, and figures of a whole evaluation, by the scorers and metrics of the benchmark.

One scorer serves all benchmarks; its score holds a value for each of the benchmark's scorers. What is no sum over
samples (F1, nDCG), and every interval, comes from one metric over all of them, which computes from the attempts and the
benchmark's own files just as ``workup score`` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from workup.case import Case
from workup.errors import UserError
from workup.evaluation import parse
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.score import Estimate, Score
from workup.evaluation.scorers import chosen, why_none
from workup.interop.inspect.samples import Data, cases_of, opened
from workup.reasoners import asking
from workup.reasoning import Reasoning

ATTEMPT = "workup_attempt"
"""Where the attempt is kept, in the store of a sample and in the metadata of its score."""
TASK = "workup_task"
"""Where the metadata of a score say which benchmark, files, judge and seed it was made with."""
ANSWERED = "answered"
"""The score of a benchmark that is measured over a run only: whether there was an answer."""


def scores(benchmark: str, data: Data, judge: str = "", seed: int = 0) -> Any:
    """Score a sample as the benchmark does.

    Args:
        benchmark: Its name.
        data: Its files.
        judge: Who judges answers in words.
        seed: Seed of the intervals.
    """
    task = {"benchmark": benchmark, "data": data, "judge": judge, "seed": seed}
    scorers = opened(benchmark, judge).scorers()
    cases, _ = cases_of(benchmark, data)

    async def score(state: Any, target: Any) -> Any:
        import anyio.to_thread
        from inspect_ai.scorer import Score as InspectScore

        case = cases.get(str(state.sample_id))
        if case is None:
            raise UserError(f"sample {state.sample_id} is no case of {data}; give the files it was made from")
        attempt = attempt_of(state, case)
        # A judge may be a model, and is waited for.
        found = await anyio.to_thread.run_sync(lambda: {one.name: one.score(case, attempt) for one in scorers})
        return InspectScore(
            value=values_of(found, attempt),
            answer=", ".join(chosen(attempt)) or None,
            explanation=explained(found),
            metadata={TASK: task, ATTEMPT: msgspec.to_builtins(attempt)},
        )

    return score


def values_of(found: Mapping[str, Score], attempt: Attempt) -> dict[str, float]:
    """The values of a sample's score in Inspect, by scorer."""
    return {name: one.total for name, one in found.items()} or {ANSWERED: float(not why_none(attempt))}


def explained(found: Mapping[str, Score]) -> str | None:
    """What the scorers note, in one line."""
    return "; ".join(dict.fromkeys(note for one in found.values() for note in one.notes)) or None


def attempt_of(state: Any, case: Case) -> Attempt:
    """The attempt that a solver of ours left in a sample, or the one that the words of another solver's output make.

    The words are read by the lenient policy, as those of the methods here are.
    """
    kept = state.store.get(ATTEMPT)
    if kept is not None:
        return msgspec.convert(kept, Attempt)
    question, text = asking.question_of(case), state.output.completion
    key = AttemptKey(
        benchmark=state.metadata["benchmark"],
        version=opened(state.metadata["benchmark"]).header.version,
        case_id=case.id,
        case=case.digest(),
        reasoner="inspect",
        model=f"inspect/{state.model}",
        epoch=state.epoch - 1,
    )
    answer = parse.to_answer(parse.answer(text, question), question)
    return Attempt(key=key, reasoning=Reasoning(reasoner="inspect", answer=answer, text=text))


def estimates() -> Callable[[Sequence[Any]], Any]:
    """The benchmark's metrics over all samples and epochs, each with the ends of its interval."""

    def figures(scores: Sequence[Any]) -> dict[str, float]:
        told = [one.score.metadata for one in scores if one.score.metadata and ATTEMPT in one.score.metadata]
        if not told:
            return {}
        task = told[0][TASK]
        cases, _ = cases_of(task["benchmark"], task["data"])
        # In the order in which a run keeps them, so that a seeded bootstrap draws the same.
        attempts = sorted(
            (msgspec.convert(one[ATTEMPT], Attempt) for one in told),
            key=lambda attempt: (attempt.key.case_id, attempt.key.epoch, attempt.key.digest()),
        )
        at = [cases[attempt.key.case_id] for attempt in attempts]
        metrics = opened(task["benchmark"], task["judge"]).metrics()
        return flat([metric.estimate(at, attempts, seed=task["seed"]) for metric in metrics])

    return figures


def flat(found: Sequence[Estimate]) -> dict[str, float]:
    """Estimates as single figures by name.

    >>> flat([Estimate(metric="accuracy", value=0.5, n=4, interval=(0.25, 0.75))])
    {'accuracy': 0.5, 'accuracy_low': 0.25, 'accuracy_high': 0.75}
    """
    figures: dict[str, float] = {}
    for one in found:
        if one.value is None:
            continue
        figures[one.metric] = one.value
        if one.interval is not None:
            figures[f"{one.metric}_low"], figures[f"{one.metric}_high"] = one.interval
    return figures
