"""From a name to a model: ``load("openai/NAME", base_url=...)``."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

from workup import registry
from workup.errors import UserError

if TYPE_CHECKING:
    from workup.models.limits import Budget
    from workup.models.managed import Managed
    from workup.models.record import Recorder


def load(
    name: str,
    *,
    price: tuple[float, float] | None = None,
    timeout: float = 120.0,
    retries: int = 4,
    concurrency: int | None = None,
    requests_per_minute: float | None = None,
    tokens_per_minute: float | None = None,
    budget: Budget | None = None,
    cache: str | os.PathLike[str] | bool | None = None,
    recorder: Recorder | None = None,
    **options: Any,
) -> Managed:
    """Return the model of that name, ready to be called from any number of threads.

    Nothing is sent anywhere by loading. Keys are read from the environment only, see :mod:`workup.models.openai`.

    Args:
        name: ``BACKEND/REST``: ``openai/gpt-4.1``, ``gguf/models/my.gguf``, ``scripted/replies.jsonl``, ``smollm2``.
        price: US dollars per million tokens read and written; by default the price table, and cost 0 with an issue
            ``unknown_price`` when it does not know.
        timeout: Longest time for one attempt, in seconds.
        retries: How many times to try again after an error that may pass.
        concurrency: Most attempts at once; by default what the backend can bear.
        requests_per_minute: Rate limit; None for none.
        tokens_per_minute: Rate limit on tokens read and written; None for none.
        budget: Limits shared with other models; reaching one raises ``BudgetExceeded``.
        cache: Folder in which repeatable replies are kept (True: the folder of all caches); by default none are, as
            replies may repeat what a patient's case says.
        recorder: Given every attempt, for the record and for ``replay/``.
        options: Options of the backend, e.g. ``base_url``; one that is None counts as not given.

    Raises:
        UserError: No such backend, no such option, or something the backend needs is missing; says what to do.
        DataError: A file named by ``name`` cannot be read.

    >>> load("robots/r2d2")
    Traceback (most recent call last):
    ...
    workup.errors.UserError: no model named 'robots'; try ...
    """
    from workup.models.managed import Managed

    prefix, _, rest = name.partition("/")
    factory = registry.load("models", prefix)
    given = {key: value for key, value in options.items() if value is not None}
    known = {key for key, kind in inspect.signature(factory).parameters.items() if kind.kind is kind.KEYWORD_ONLY}
    if unknown := sorted(given.keys() - known):
        raise UserError(
            f"{prefix} models take no option {', '.join(unknown)}; they take {', '.join(sorted(known)) or 'none'}"
        )
    return Managed(
        factory(rest, **given),
        price=price,
        timeout=timeout,
        retries=retries,
        concurrency=concurrency,
        requests_per_minute=requests_per_minute,
        tokens_per_minute=tokens_per_minute,
        budget=budget,
        cache=cache,
        recorder=recorder,
    )
