"""The label that everything made up carries, so that no table can take it for an observation.

>>> labelled("notes", seed=7, limits="wording is ours")["simulated"]
True
>>> is_simulated({"simulated": True}), is_simulated({})
(True, False)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workup import __version__


def labelled(kind: str, *, seed: int, limits: str, **facts: Any) -> dict[str, Any]:
    """Provenance of something simulated.

    Args:
        kind: Which simulator made it.
        seed: Seed it can be made again from.
        limits: What it cannot show, in a sentence.
        **facts: What else is known of it.
    """
    return {"simulated": True, "simulator": kind, "seed": seed, "version": __version__, "limits": limits, **facts}


def is_simulated(provenance: Mapping[str, Any]) -> bool:
    """Whether a record says of itself that it is simulated."""
    return provenance.get("simulated") is True
