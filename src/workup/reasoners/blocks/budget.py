"""What one case may cost, and how a method ends when that is spent.

>>> budget = BudgetOptions(max_calls=2).budget()
>>> for call in range(3):
...     spend(budget)
Traceback (most recent call last):
...
workup.reasoners.blocks.budget.Spent: the limit of 2 calls is reached
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from workup.errors import BudgetExceeded
from workup.models.limits import Budget
from workup.reasoners.options import Options


class Spent(Exception):
    """The budget of one case is spent; the method ends with the best answer so far, and the run goes on.

    Unlike :class:`~workup.errors.BudgetExceeded`, which ends a run.
    """


class BudgetOptions(Options, frozen=True, kw_only=True):
    """Limits for one case; None for none.

    Attributes:
        max_calls: Replies asked of the model.
        max_tokens: Tokens read and written.
        max_seconds: Seconds spent waiting for the model.
        max_usd: US dollars.
    """

    max_calls: Annotated[int, Meta(ge=0)] | None = None
    max_tokens: Annotated[int, Meta(ge=0)] | None = None
    max_seconds: Annotated[float, Meta(ge=0)] | None = None
    max_usd: Annotated[float, Meta(ge=0)] | None = None

    def budget(self) -> Budget:
        """A fresh budget of these limits."""
        return Budget(calls=self.max_calls, tokens=self.max_tokens, seconds=self.max_seconds, usd=self.max_usd)


def spend(budget: Budget, calls: int = 1) -> None:
    """Count calls about to be made.

    Raises:
        Spent: A limit is reached.
    """
    try:
        for _ in range(calls):
            budget.begin()
    except BudgetExceeded as exceeded:
        raise Spent(str(exceeded)) from exceeded
