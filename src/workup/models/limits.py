"""Limits: what may be spent, and how fast.

The clock and the sleep are arguments, so that tests need not wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from workup.errors import BudgetExceeded, UserError
from workup.reasoning import Usage

Clock = Callable[[], float]
Sleep = Callable[[float], None]


class Budget:
    """Limits on what models may cost together. Share one between models and threads.

    Calls are counted before they are made, so their limit is exact. Tokens, dollars and seconds are known only after a
    reply: calls under way when a limit is reached are finished and counted, and no further one begins.

    >>> budget = Budget(calls=1)
    >>> budget.begin()
    >>> budget.begin()
    Traceback (most recent call last):
    ...
    workup.errors.BudgetExceeded: the limit of 1 calls is reached
    """

    def __init__(
        self,
        *,
        calls: int | None = None,
        tokens: int | None = None,
        usd: float | None = None,
        seconds: float | None = None,
    ) -> None:
        """Set the limits; None for none.

        Args:
            calls: Attempts at an answer, also the failed ones.
            tokens: Tokens read and written.
            usd: US dollars by the price table; only models with a known price may then be called.
            seconds: Seconds spent waiting for models, summed over threads.
        """
        for name, limit in (("calls", calls), ("tokens", tokens), ("usd", usd), ("seconds", seconds)):
            if limit is not None and not limit >= 0:
                raise UserError(f"a budget's {name} cannot be {limit}; give a number from 0 up")
        self.calls = calls
        self.tokens = tokens
        self.usd = usd
        self.seconds = seconds
        self._lock = threading.Lock()
        self._spent = Usage()

    @property
    def spent(self) -> Usage:
        """What was spent so far."""
        return self._spent

    def begin(self) -> None:
        """Count one call about to be made.

        Raises:
            BudgetExceeded: A limit is reached; the call may not be made and is not counted.
        """
        with self._lock:
            spent = self._spent
            for limit, used, unit in (
                (self.calls, spent.calls, "calls"),
                (self.tokens, spent.input_tokens + spent.output_tokens, "tokens"),
                (self.usd, spent.cost_usd, "US dollars"),
                (self.seconds, spent.seconds, "seconds"),
            ):
                if limit is not None and used >= limit:
                    raise BudgetExceeded(f"the limit of {limit:g} {unit} is reached")
            self._spent = add_usage(spent, Usage(calls=1))

    def add(self, usage: Usage) -> None:
        """Count what a call cost; its ``calls`` were counted by :meth:`begin`."""
        with self._lock:
            calls = self._spent.calls
            total = add_usage(self._spent, usage)
            self._spent = Usage(
                seconds=total.seconds,
                calls=calls,
                input_tokens=total.input_tokens,
                output_tokens=total.output_tokens,
                cost_usd=total.cost_usd,
            )


def add_usage(one: Usage, other: Usage) -> Usage:
    """Sum of two usages.

    >>> add_usage(Usage(calls=1, seconds=0.5), Usage(calls=2)).calls
    3
    """
    return Usage(
        seconds=one.seconds + other.seconds,
        calls=one.calls + other.calls,
        input_tokens=one.input_tokens + other.input_tokens,
        output_tokens=one.output_tokens + other.output_tokens,
        cost_usd=one.cost_usd + other.cost_usd,
    )


class RateLimit:
    """So many units per minute, and so many of them at once. Thread-safe.

    The allowance fills evenly; who asks for more than there is gets a place in the queue and waits for it. In any
    stretch of time there are at most ``at_once`` units and what that time fills.
    """

    def __init__(
        self,
        per_minute: float,
        *,
        at_once: float | None = None,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        """Start with a full allowance.

        Args:
            per_minute: Units per minute, above 0.
            at_once: Most units without a wait, at least one; a minute's worth unless given.
            clock: Seconds that only go up.
            sleep: Waits so many seconds.
        """
        if not per_minute > 0:
            raise UserError(f"a rate of {per_minute} per minute lets nothing through; give a number above 0")
        self._per_second = per_minute / 60.0
        self._most = per_minute if at_once is None else max(1.0, at_once)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._allowance = self._most
        self._then = clock()

    def take(self, units: float = 1.0) -> None:
        """Wait until ``units`` are allowed, and use them up.

        More than is allowed at once counts as that; otherwise it would never be allowed.
        """
        with self._lock:
            now = self._clock()
            self._allowance = min(self._most, self._allowance + (now - self._then) * self._per_second)
            self._then = now
            self._allowance -= min(units, self._most)
            wait = -self._allowance / self._per_second
        if wait > 0:
            self._sleep(wait)

    def settle(self, units: float) -> None:
        """Use up ``units`` more (less, if negative) than was estimated when they were taken; waits for nothing."""
        with self._lock:
            self._allowance -= units
