"""When to try again, and how long to wait before.

Waits double from try to try and are drawn at random below that ("full jitter", M. Brooker, "Exponential backoff and
jitter", AWS Architecture Blog, 2015), so that many callers of one overloaded server do not come back all at once.
"""

from __future__ import annotations

import random
from email.utils import parsedate_to_datetime

import msgspec

from workup.errors import ModelError, UserError


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """How often and when to try again.

    Attributes:
        retries: Tries after the first.
        base: Upper end of the first wait, in seconds; doubles with every try.
        most: Longest wait of our own choice, in seconds.
        patience: Longest wait that a server may ask for, in seconds; when it asks for more, that is the end.
    """

    retries: int = 4
    base: float = 1.0
    most: float = 30.0
    patience: float = 120.0

    def __post_init__(self) -> None:
        if self.retries < 0:
            raise UserError(f"retries is {self.retries}; give 0 or more")

    def wait(self, error: ModelError, tried: int, draw: random.Random) -> float | None:
        """Seconds to wait after the ``tried``-th try (from 1) failed; None to give up.

        >>> Retry().wait(ModelError("no such model"), 1, random.Random(0)) is None
        True
        >>> Retry().wait(ModelError("busy", retryable=True, retry_after=7.0), 1, random.Random(0)) >= 7
        True
        """
        if not error.retryable or tried > self.retries:
            return None
        asked = error.retry_after or 0.0
        if asked > self.patience:
            return None
        # 2**30 is far beyond `most`; an unbounded power would overflow a float.
        return asked + draw.uniform(0.0, min(self.most, self.base * 2.0 ** min(tried - 1, 30)))


def seconds_of(header: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` header asks for; None when it says nothing usable (RFC 9110, 10.2.3).

    Args:
        header: Seconds or an HTTP date.
        now: Seconds since 1970.

    >>> seconds_of("20", 0.0), seconds_of("Thu, 01 Jan 1970 00:00:30 GMT", 10.0), seconds_of("soon", 0.0)
    (20.0, 20.0, None)
    """
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - now
        except (ValueError, OverflowError, OSError):
            return None
    return max(seconds, 0.0) if seconds < float("inf") else None
