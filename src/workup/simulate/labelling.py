"""The label that everything made up carries, so that no table can take it for an observation.

>>> labelled("notes", seed=7, limits="wording is ours")["simulated"]
True
>>> is_simulated({"simulated": True}), is_simulated({})
(True, False)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

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


def says_simulated(row: Mapping[str, Any]) -> bool:
    """Whether a row of a file says so: by a field ``simulated``, or in its provenance, an object or its JSON.

    >>> says_simulated({"Provenance": '{"simulated":true,"seed":1}'}), says_simulated({"provenance": "simulated"})
    (True, True)
    >>> says_simulated({"simulated": False}), says_simulated({"text": "simulated"})
    (False, False)
    """
    if row.get("simulated") is True:
        return True
    label = row.get("provenance", row.get("Provenance"))
    if isinstance(label, str) and label.startswith("{"):
        try:
            label = msgspec.json.decode(label)
        except msgspec.DecodeError:
            return False
    return label == "simulated" or (isinstance(label, Mapping) and is_simulated(label))


def kind_of_data(simulated: int, n: int) -> str:
    """What a table says of its data.

    >>> kind_of_data(3, 3), kind_of_data(1, 3), kind_of_data(0, 3)
    ('simulated', '1 of 3 simulated', '')
    """
    if not simulated:
        return ""
    return "simulated" if simulated == n else f"{simulated} of {n} simulated"


def is_simulated(provenance: Mapping[str, Any]) -> bool:
    """Whether a record says of itself that it is simulated."""
    return provenance.get("simulated") is True
