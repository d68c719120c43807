"""System 19: our own strategies on 20 short hard items, with the tokens and the time of the same counters as any run.

The items are those of ``19-medagentsbench`` whose released answers are at hand (MMLU, MMLU-Pro, PubMedQA), so that the
released runs stand beside ours on the very same items. SmolLM2 is a plumbing model: its points show that methods run
and what they take. An oracle, which knows the right answer, shows in every run that no method loses it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from workup import registry
from workup.benchmarks.medagents_bench import Answer, pooled
from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.pareto import Point, front
from workup.models import load
from workup.models.model import Generation, Message, Model, Reply, Sampling
from workup.reasoner import Context, Reasoner
from workup.reasoners import asking
from workup.reasoning import Usage
from workup.systems.measurements import Measurement, measurement
from workup.systems.measurements.floors import first_option
from workup.systems.measurements.medagents_bench import FOLDER, released
from workup.systems.records import Tier

ITEMS: Mapping[str, int] = {"mmlu": 7, "mmlu-pro": 7, "pubmedqa": 6}
# Seven calls an item at most, so that all of it is done in ten minutes of a quiet core (some 700 calls): who has spent
# them ends with the best answer so far. Fewer experts than by default for the same reason.
_LIMITS: dict[str, Any] = {"final_turn": "never", "max_calls": 7}
STRATEGIES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "zero-shot": ("direct", {}),
    "cot": ("chain-of-thought", {}),
    "cot-sc-5": ("self-consistency", {"samples": 5}),
    "self-refine-3": ("self-refine", _LIMITS),
    "multipersona-2": ("multi-persona", _LIMITS),
    "medprompt-3": ("medprompt", _LIMITS),
    "medagents": ("med-agents", {"question_experts": 2, "option_experts": 1, "revisions": 1, **_LIMITS}),
    "mdagents": ("md-agents", {"experts": 2, "rounds": 2, "members": 2, **_LIMITS}),
}


@measurement("medagents_strategies.oracle")
def oracle(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many of the items every strategy answers right when the model knows the answers."""
    items = _items(data)
    right = dict.fromkeys(STRATEGIES, 0)
    calls = 0
    for name in STRATEGIES:
        for _, case in items:
            model = Oracle(case)
            right[name] += _answered(name, case, model).given == model.letter
            calls += model.calls
    note = f"{calls} calls of {len(STRATEGIES)} strategies"
    return {"own-oracle": Measurement(value=min(right.values()), n=len(items), note=note)}


@measurement("medagents_strategies.floor")
def floor(data: Path, tier: Tier) -> dict[str, Measurement]:
    """The first option on the same items, in per cent."""
    return {"own-first-option": first_option([case for _, case in _items(data)], 100.0)}


@measurement("medagents_strategies.small_model")
def small_model(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy, tokens and time of each strategy with SmolLM2, and the front of all methods by tokens."""
    own = own_points(data)
    theirs = list(released(data, _keys(data)).values())
    measured = {
        f"own-{name}": Measurement(
            value=100 * point.accuracy,
            n=point.n,
            interval=point.interval and (100 * point.interval[0], 100 * point.interval[1]),
            note=f"{point.tokens:.0f} tokens, {point.seconds:.2f} s an item",
        )
        for name, point in own.items()
    }
    # The front is by tokens here, as a model that runs on the spot has no price.
    by_tokens = [Point(p.name, p.accuracy, p.tokens, p.seconds, p.n) for p in (*own.values(), *theirs)]
    words = " -> ".join(f"{point.name} {100 * point.accuracy:.0f}" for point in front(by_tokens))
    both = Measurement(value=words, n=len(by_tokens), note=f"{len(theirs)} released runs on the same items")
    return {**measured, "own-front": both}


@cache
def own_points(data: Path) -> dict[str, Point]:
    """Each strategy with SmolLM2, by name."""
    found: dict[str, Point] = {}
    with load("smollm2", context=4096) as model:
        for name in STRATEGIES:
            answers = [_answered(name, case, model, task) for task, case in _items(data)]
            point = pooled(f"SmolLM2-135M {name}", "SmolLM2-135M", answers)
            assert point is not None
            found[name] = point
    return found


def published_points(data: Path) -> list[Point]:
    """The released runs on the same items."""
    return list(released(data, _keys(data)).values())


def _answered(name: str, case: Case, model: Model, task: str = "") -> Answer:
    entry, options = STRATEGIES[name]
    kind: type[Reasoner] = registry.load("reasoners", entry)
    found = kind().reason(case.blinded(), Context(model=model, options=options, sampling=Sampling(max_tokens=24)))
    assert not hasattr(found, "__await__")
    answer, usage = found.answer, found.usage
    return Answer(
        task=task,
        item=case.id,
        right=case.reference.answer or "" if case.reference else "",
        given=answer.ids[0] if answer and answer.ids else "",
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        seconds=usage.seconds,
    )


@cache
def _items(data: Path) -> list[tuple[str, Case]]:
    items = []
    for task, count in ITEMS.items():
        read = MedQA().read([data / FOLDER / f"{task}_test_hard_half.jsonl"])
        cases = [case for case in read if isinstance(case, Case)]
        # The shortest: most of what a small model on one thread takes is the reading.
        cases.sort(key=lambda case: (len(asking.shown(case, asking.question_of(case))), case.id))
        items += [(task, case) for case in cases[:count]]
    return items


def _keys(data: Path) -> frozenset[tuple[str, str]]:
    return frozenset((task, case.id) for task, case in _items(data))


class Oracle:
    """Knows the right option by its text, wherever it stands, and agrees with everything."""

    name = "oracle"

    def __init__(self, case: Case) -> None:
        assert case.reference is not None
        assert case.question is not None
        self.letter = case.reference.answer or ""
        self.text = case.question.options[self.letter]
        self.calls = 0

    def generate(self, messages: tuple[Message, ...] | list[Message], *, n: int = 1, **given: Any) -> Reply:
        """The same reply each time."""
        self.calls += n
        listed = messages[-1].content.partition("<options>\n")[2].partition("\n</options>")[0]
        letters = [line[0] for line in listed.splitlines() if line[3:] == self.text]
        text = f"YES. It is as clear as that. Verdict: KEEP. Answer: {letters[0] if letters else self.letter}"
        usage = Usage(calls=n, output_tokens=n * len(text.split()))
        return Reply(generations=(Generation(text=text),) * n, model=self.name, usage=usage)
