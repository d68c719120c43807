"""The plain functions of the package, as used in a notebook."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import msgspec

from workup.case import Case
from workup.errors import UserError
from workup.reasoner import Context, Reasoner
from workup.reasoning import Reasoning


def diagnose(
    case: Case,
    *,
    reasoner: str = "phenotype",
    limit: int = 50,
    seed: int = 0,
    **options: Any,
) -> Reasoning:
    """Reason about one case, offline and without a language model by default.

    Args:
        case: The case; only its blinded part is given to the reasoner.
        reasoner: Name of a registered reasoner.
        limit: How many hypotheses to return with evidence.
        seed: Seed of anything random.
        options: Options of the reasoner, e.g. ``score="phrank"``.

    Raises:
        UserError: No reasoner has that name, or it does not know an option.
    """
    from workup import registry

    chosen = registry.load("reasoners", reasoner)()
    return reasoned(chosen, case, Context(limit=limit, seed=seed, options=options))


def reasoned(reasoner: Reasoner, case: Case, ctx: Context) -> Reasoning:
    """What a reasoner makes of the blinded case, with the findings that it was given where it names none as used.

    Without them every report would say that the case had no finding. A reasoner that set findings aside says so in
    its issues.

    Raises:
        UserError: The reasoner returned something else than a reasoning.
    """
    seen = case.blinded()
    result = finish(reasoner.reason(seen, ctx))
    is_told = bool(result.findings or result.issues)
    return result if is_told else msgspec.structs.replace(result, findings=seen.findings)


def finish(result: Reasoning | Awaitable[Reasoning]) -> Reasoning:
    """The reasoning of a plain or an ``async`` reasoner.

    Raises:
        UserError: The reasoner returned something else.
    """
    if isinstance(result, Awaitable):
        import asyncio

        async def wait() -> Reasoning:
            return await result

        return asyncio.run(wait())
    if not isinstance(result, Reasoning):
        raise UserError(f"the reasoner returned {type(result).__name__}, not a Reasoning")
    return result
