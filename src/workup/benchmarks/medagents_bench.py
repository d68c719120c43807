"""MedAgentsBench: which items of a question set are hard, and what a method's accuracy on them costs.

Items: ``test.jsonl`` and ``test_hard.jsonl`` of each task with ``realidx``, ``question``, ``options``, ``answer_idx``;
read by the loaders of the question sets. Runs: the same rows with ``predicted_answer``, ``token_usage {prompt_tokens,
completion_tokens}``, ``cost`` and ``time_elapsed``, or a table of these.

Hardness is relative to the models that chose the items: these look worse on the hard set than fresh ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from workup.evaluation.labels import wilson
from workup.evaluation.pareto import Point

# US dollars per million tokens in and out, as the authors count them (release of the outputs, March 2025).
PRICES: Mapping[str, tuple[float, float]] = {
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.5, 10.0),
    "o1-mini": (1.1, 4.4),
    "o3-mini": (1.1, 4.4),
    "claude-3-5-sonnet": (3.0, 15.0),
    "claude-3-5-haiku": (0.8, 4.0),
    "QwQ-32B-Preview": (1.2, 1.2),
    "DeepSeek-R1": (7.0, 7.0),
    "DeepSeek-V3": (1.25, 1.25),
    "Llama-3.3-70B-Instruct-Turbo": (0.88, 0.88),
}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One released answer.

    Attributes:
        task: Question set.
        item: ``realidx`` of the item; never join by the text, which some items share.
        right: Letter of the right option.
        given: Letter given; blank counts as wrong.
        tokens_in: Prompt tokens; None when not logged.
        tokens_out: Completion tokens.
        cost: Logged cost in US dollars; None when the tokens say it.
        seconds: Time; None when not logged.
    """

    task: str
    item: str
    right: str
    given: str
    tokens_in: float | None = None
    tokens_out: float | None = None
    cost: float | None = None
    seconds: float | None = None


def is_hard(given: Sequence[str], right: str) -> bool:
    """Whether fewer than half of the models that answered got an item right.

    Args:
        given: Letter of each model; blank when it gave no answer, which leaves it out.
        right: The right letter.

    >>> is_hard(["A", "B", "", "B"], "B"), is_hard(["A", "B"], "B")
    (False, False)
    """
    answered = [letter for letter in given if letter]
    return bool(answered) and sum(letter == right for letter in answered) / len(answered) < 0.5


def pooled(name: str, model: str, answers: Iterable[Answer]) -> Point | None:
    """Accuracy, mean cost, mean time and mean tokens of one method over the items of all tasks.

    An item that was answered twice counts once, by its first answer. The mean cost is over the items that have one.

    Returns:
        None when there are no answers.
    """
    first: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        first.setdefault((answer.task, answer.item), answer)
    if not first:
        return None
    kept = list(first.values())
    right = sum(answer.given == answer.right for answer in kept)
    costs = [cost for answer in kept if (cost := _cost(model, answer)) is not None]
    times = [answer.seconds for answer in kept if answer.seconds is not None]
    tokens = [
        answer.tokens_in + answer.tokens_out
        for answer in kept
        if answer.tokens_in is not None and answer.tokens_out is not None
    ]
    return Point(
        name=name,
        accuracy=right / len(kept),
        cost=sum(costs) / len(costs) if costs else None,
        seconds=sum(times) / len(times) if times else None,
        n=len(kept),
        interval=wilson(right, len(kept)),
        tokens=sum(tokens) / len(tokens) if tokens else None,
    )


def _cost(model: str, answer: Answer) -> float | None:
    if answer.cost is not None:
        return answer.cost
    if model not in PRICES or answer.tokens_in is None or answer.tokens_out is None:
        return None
    price_in, price_out = PRICES[model]
    return (price_in * answer.tokens_in + price_out * answer.tokens_out) / 1e6
