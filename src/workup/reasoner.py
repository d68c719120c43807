"""The protocol every reasoner follows, and the context it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from workup.case import Case
from workup.models.model import GREEDY, Sampling
from workup.reasoning import Reasoning

if TYPE_CHECKING:
    from workup.knowledge import Knowledge
    from workup.models.model import Model
    from workup.reasoners.blocks.environment import Encounter


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What a reasoner may use besides the case.

    Attributes:
        knowledge: The knowledge base; None lets the reasoner open the release in use.
        model: The language model, for reasoners that use one.
        sampling: How that model is to draw its replies, unless the method says otherwise.
        limit: How many hypotheses to return with evidence.
        seed: Seed of anything random.
        options: Options of the reasoner, by name.
        environment: Whom or what it can ask, for cases that do not tell everything at once; it never holds the truth.
    """

    knowledge: Knowledge | None = None
    model: Model | None = None
    sampling: Sampling = GREEDY
    limit: int = 50
    seed: int = 0
    options: dict[str, Any] = {}
    environment: Encounter | None = None


@runtime_checkable
class Reasoner(Protocol):
    """Turns a case into a reasoning.

    ``reason`` may be ``def`` or ``async def``. A reasoner sees only :meth:`workup.case.Case.blinded` cases.
    Pure computation may also offer ``reason_batch``.
    """

    name: str

    def reason(self, case: Case, ctx: Context) -> Reasoning | Awaitable[Reasoning]:
        """Reason about one blinded case."""
        ...


@runtime_checkable
class BatchReasoner(Reasoner, Protocol):
    """A reasoner that is faster on many cases at once."""

    def reason_batch(self, cases: Sequence[Case], ctx: Context) -> list[Reasoning]:
        """Reason about many blinded cases; same results as one by one."""
        ...
