"""What all models have in common, around whatever runs them.

A :class:`Managed` model draws ``n`` replies, checks them against the schema, tries again when that can help, keeps to
rate limits and budgets, counts cost, remembers replies and records every call. A backend does one attempt.
"""

from __future__ import annotations

import copy
import os
import random
import threading
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import msgspec

from workup.errors import Issue, ModelError, UserError
from workup.models.cache import ReplyCache
from workup.models.limits import Budget, Clock, RateLimit, Sleep, add_usage
from workup.models.model import GREEDY, Generation, Message, Reply, Sampling, ToolSpec
from workup.models.prices import Price, price_of
from workup.models.record import Call, Recorder
from workup.models.request import Backend, Request
from workup.models.retry import Retry
from workup.models.schema import Validator, complain
from workup.reasoning import Usage

# English text has about four characters to a token; only used to reserve a share of a rate limit.
_CHARACTERS_PER_TOKEN = 4


class Managed:
    """A model under one name: a :class:`~workup.models.model.Model` over any backend. Thread-safe.

    Attributes:
        name: The name by which it was loaded.
        backend: What runs it.
        budget: The limits it keeps to, if any.
    """

    def __init__(
        self,
        backend: Backend,
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
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        draw: random.Random | None = None,
    ) -> None:
        """Wrap a backend; see :func:`workup.models.load` for what is not said here.

        Args:
            backend: What runs the model.
            price: US dollars per million tokens read and written.
            timeout: Seconds for one attempt.
            retries: Tries after the first.
            concurrency: Most attempts at once.
            requests_per_minute: Rate limit.
            tokens_per_minute: Rate limit.
            budget: Limits on the sum of all calls.
            cache: Folder of replies kept.
            recorder: Given every attempt.
            clock: Seconds that only go up.
            sleep: Waits so many seconds.
            draw: Draws the waits between tries; nothing else is random here.
        """
        if not timeout > 0:
            raise UserError(f"timeout is {timeout}; give a number of seconds above 0")
        if concurrency is not None and concurrency < 1:
            raise UserError(f"concurrency is {concurrency}; allow at least one call at once")
        self.name = backend.name
        self.backend = backend
        self.budget = budget
        self._price = _price(backend, price)
        self._timeout = timeout
        self._retry = Retry(retries=retries)
        self._slots = threading.BoundedSemaphore(concurrency or backend.concurrency)
        self._requests = RateLimit(requests_per_minute, clock=clock, sleep=sleep) if requests_per_minute else None
        self._tokens = RateLimit(tokens_per_minute, clock=clock, sleep=sleep) if tokens_per_minute else None
        self._cache = _open_cache(cache)
        self._recorder = recorder
        self._clock = clock
        self._sleep = sleep
        self._draw = draw or random.Random()
        self._check_budget()

    def __repr__(self) -> str:
        return f"<model {self.name}>"

    def using(self, *, recorder: Recorder | None = None, budget: Budget | None = None) -> Managed:
        """The same model with another recorder or budget; connections, limits and cache are shared.

        A runner gives each attempt its own recorder this way.
        """
        other = copy.copy(self)
        other._recorder = recorder or self._recorder
        other.budget = budget or self.budget
        other._check_budget()
        return other

    def close(self) -> None:
        """Free connections and memory; the model cannot be used afterwards."""
        self.backend.close()
        if self._cache is not None:
            self._cache.close()

    def __enter__(self) -> Managed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def generate(
        self,
        messages: tuple[Message, ...] | list[Message],
        *,
        tools: tuple[ToolSpec, ...] = (),
        n: int = 1,
        sampling: Sampling = GREEDY,
        prefix: str | None = None,
        schema: dict[str, Any] | None = None,
        logprobs: int = 0,
    ) -> Reply:
        """Draw ``n`` replies; see :meth:`workup.models.model.Model.generate`.

        Where replies are drawn one by one, the ``i``-th (from 0) uses ``seed + i``. A reply that does not meet the
        schema after one repair has ``parsed`` None, and the reply an issue ``schema``.

        Raises:
            ModelError: No reply.
            BudgetExceeded: A limit of the budget is reached.
            UserError: The request cannot be asked of any model.
        """
        request = Request(
            messages=tuple(messages),
            tools=tuple(tools),
            n=n,
            sampling=sampling,
            prefix=prefix or None,
            schema=schema,
            logprobs=logprobs,
        )
        validator = None if schema is None else _validator(_plain_json(schema))
        asked = _Asked(self)
        drawn = [_cut(generation, sampling.stop) for generation in asked.draw(request)]
        if validator is not None:
            drawn = [asked.meet(request, generation, validator) for generation in drawn]
        return asked.reply(drawn)

    def _check_budget(self) -> None:
        if self.budget is not None and self.budget.usd is not None and self._price is None:
            raise UserError(
                f"no price is known for {self.name}, so a limit in dollars cannot be kept; "
                "give price=(INPUT, OUTPUT) in dollars per million tokens, or limit calls or tokens"
            )


class _Asked:
    """One ``generate``: its calls, and what they add up to."""

    def __init__(self, model: Managed) -> None:
        self._model = model
        self._usage = Usage()
        self._issues: dict[str, Issue] = {}
        self._served = ""
        self._fresh = False

    def reply(self, generations: Iterable[Generation]) -> Reply:
        """Everything that came of it."""
        return Reply(
            generations=tuple(generations),
            model=self._model.name,
            usage=self._usage,
            served=self._served,
            issues=tuple(self._issues.values()),
            cached=not self._fresh,
        )

    def draw(self, request: Request) -> list[Generation]:
        """Ask until there are ``n`` generations: at once where the backend can, else one by one."""
        drawn: list[Generation] = []
        seed = request.sampling.seed
        while len(drawn) < request.n:
            missing = request.n - len(drawn)
            sampling = request.sampling
            if drawn and seed is not None:
                sampling = msgspec.structs.replace(sampling, seed=seed + len(drawn))
            part = msgspec.structs.replace(request, n=missing if self._model.backend.many else 1, sampling=sampling)
            drawn.extend(self._ask(part)[:missing])
        return drawn

    def meet(self, request: Request, generation: Generation, validator: Validator) -> Generation:
        """Check a generation against the schema; repair it once if need be."""
        if generation.tool_calls:
            return generation
        value, complaint = _read(request, generation, validator)
        if not complaint:
            return msgspec.structs.replace(generation, parsed=value)
        if found := validator.repair((request.prefix or "") + generation.text):
            value, text = found
            text = text.removeprefix(request.prefix) if request.prefix else text
            return msgspec.structs.replace(generation, text=text, parsed=value, repaired=True)
        turn = (
            Message(role="assistant", content=(request.prefix or "") + generation.text),
            Message(role="user", content=complain(complaint)),
        )
        again = msgspec.structs.replace(request, messages=(*request.messages, *turn), n=1)
        second = msgspec.structs.replace(_cut(self._ask(again)[0], request.sampling.stop), repaired=True)
        value, complaint = _read(request, second, validator)
        if complaint and (found := validator.repair((request.prefix or "") + second.text)):
            value, text = found
            complaint = ""
            text = text.removeprefix(request.prefix) if request.prefix else text
            second = msgspec.structs.replace(second, text=text)
        if complaint:
            self._note("schema", f"a reply does not meet the schema, also when asked again: {complaint}")
        return msgspec.structs.replace(second, parsed=value)

    def _ask(self, request: Request) -> tuple[Generation, ...]:
        """One reply of the backend, from the cache or after as many tries as it takes."""
        model = self._model
        digest = request.digest()
        store = model._cache if request.sampling.repeatable else None
        key = ReplyCache.key(model.backend.identity, request) if store else ""
        if store and (kept := store.get(key)):
            self._count(kept)
            self._record(Call(model=model.name, key=digest, request=request, reply=kept, tried=0))
            return kept.generations
        reply = self._try(request, digest)
        self._fresh = True
        self._count(reply)
        if store:
            store.put(key, reply)
        return reply.generations

    def _try(self, request: Request, digest: str) -> Reply:
        model = self._model
        tried = 0
        spent = Usage()
        while True:
            tried += 1
            estimate = self._reserve(request)
            with model._slots:
                if model.budget:
                    model.budget.begin()
                started = model._clock()
                call = Call(model=model.name, key=digest, request=request, tried=tried)
                try:
                    reply = model.backend.complete(request, model._timeout)
                    error = None
                except ModelError as failure:
                    reply, error = Reply(generations=(), model=model.name), failure
                took = max(model._clock() - started, 0.0)
            used = self._priced(reply.usage, took)
            if model.budget:
                model.budget.add(used)
            if model._tokens:
                model._tokens.settle(used.input_tokens + used.output_tokens - estimate)
            spent = add_usage(spent, used)
            if error is None:
                reply = msgspec.structs.replace(reply, model=model.name, usage=spent)
                self._record(msgspec.structs.replace(call, reply=reply, seconds=took))
                return reply
            self._record(msgspec.structs.replace(call, error=str(error), retryable=error.retryable, seconds=took))
            wait = model._retry.wait(error, tried, model._draw)
            if wait is None:
                end = f" (gave up after {tried} tries)" if tried > 1 else ""
                raise ModelError(
                    f"{model.name}: {error}{end}", retryable=error.retryable, retry_after=error.retry_after
                ) from error
            model._sleep(wait)

    def _reserve(self, request: Request) -> float:
        """Wait for the rate limits; return the tokens that were reserved."""
        model = self._model
        if model._requests:
            model._requests.take()
        if not model._tokens:
            return 0.0
        letters = sum(len(message.content) for message in request.messages)
        estimate = letters / _CHARACTERS_PER_TOKEN + request.n * request.sampling.max_tokens
        model._tokens.take(estimate)
        return estimate

    def _priced(self, used: Usage, seconds: float) -> Usage:
        price = self._model._price
        return Usage(
            seconds=seconds,
            calls=1,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
            cost_usd=price.cost(used.input_tokens, used.output_tokens) if price else 0.0,
        )

    def _count(self, reply: Reply) -> None:
        model = self._model
        self._usage = add_usage(self._usage, reply.usage)
        self._served = reply.served or self._served
        for issue in reply.issues:
            self._issues.setdefault(issue.code, issue)
        if model._price is None:
            self._note("unknown_price", f"no price is known for {model.name}: cost counts as 0")
        elif not reply.usage.input_tokens and (model._price.input or model._price.output):
            self._note("no_usage", f"{model.name} did not say how many tokens it used: cost counts as 0")

    def _note(self, code: str, message: str) -> None:
        self._issues.setdefault(code, Issue(message=message, code=code))

    def _record(self, call: Call) -> None:
        if self._model._recorder is not None:
            self._model._recorder.record(call)


def _cut(generation: Generation, stop: tuple[str, ...]) -> Generation:
    """End the text before the first stop text, which some servers leave in."""
    ends = [place for text in stop if (place := generation.text.find(text)) >= 0]
    if not ends:
        return generation
    return msgspec.structs.replace(generation, text=generation.text[: min(ends)], finish="stop")


def _read(request: Request, generation: Generation, validator: Validator) -> tuple[Any, str]:
    return validator.read((request.prefix or "") + generation.text)


def _plain_json(schema: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(schema, order="sorted")
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise UserError(f"not a JSON schema: {error}") from error


@lru_cache(maxsize=64)
def _validator(schema: bytes) -> Validator:
    return Validator(msgspec.json.decode(schema))


def _price(backend: Backend, price: tuple[float, float] | None) -> Price | None:
    if price is None:
        return price_of(backend.host, backend.model)
    return Price(
        host=backend.host, model=backend.model, input=price[0], output=price[1], date="", source="given by the caller"
    )


def _open_cache(cache: str | os.PathLike[str] | bool | None) -> ReplyCache | None:
    if cache is None or cache is False:
        return None
    if cache is True:
        from workup.knowledge.base import cache_folder

        return ReplyCache(cache_folder())
    return ReplyCache(cache)
