"""Every measure that a gate may hold: where it is measured, in which range it lies, and which side of it is good.

A gate that nothing can ever measure, that can never fail, or that asks for more of what is bad, would sign off what it
was meant to stop. Such a gate is refused before anything runs.

>>> fault("negation", "must_flipp", "least", 0.5)
"'must_flipp' is not measured there; there are must_flip, must_flip_all, must_hold, right_after, changed, unread"
>>> fault("negation", "must_flip", "least", 50)
'50 is outside 0 to 1; write 0.5 for 50 %'
>>> fault("confidence", "overconfidence", "least", 0.05)
'less is better here; write overconfidence_at_most'
>>> fault("confidence", "overconfidence", "most", 0.05)
''
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from workup.evaluation.audits.perturbations import PERTURBATIONS

Side = Literal["least", "most"]


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """What a measure can be.

    Attributes:
        low: Smallest value.
        high: Largest value.
        side: The side that a gate may hold; None for either.
    """

    low: float = 0.0
    high: float = 1.0
    side: Side | None = None


_GOOD, _BAD, _SHARE = Range(side="least"), Range(side="most"), Range()
_COUNT = Range(high=math.inf, side="most")
_OF_PERTURBATION = {
    "must_flip": _GOOD,
    "must_flip_all": _GOOD,
    "must_hold": _GOOD,
    "right_after": _GOOD,
    "changed": _SHARE,
    "unread": _BAD,
}
MEASURES: dict[str, dict[str, Range]] = {
    "accuracy": {"accuracy": _GOOD, "over_baseline": Range(low=-1.0, side="least")},
    "confidence": {
        "deferred": _SHARE,
        "overconfidence": Range(low=-1.0, side="most"),
        "calibration_error": _BAD,
        "brier": _BAD,
        "deferral_gain": Range(low=-1.0, side="least"),
    },
    "reasons": {"wrong_reason": _BAD, "claims_true": _GOOD, "without_claims": _BAD},
    "knowledge": {
        "full": _GOOD,
        "chance": _SHARE,
        "options_only": _BAD,
        "words_shuffled": _SHARE,
        "gain": Range(low=-1.0, side="least"),
        "gain_over_words": Range(low=-1.0, side="least"),
        "cue_ceiling": _BAD,
        "first_option_excess": Range(low=-1.0, side="most"),
    },
    "format": {"right_in_all": _GOOD},
    "numbers": {"grounded": _GOOD},
    "length": {"wrong_is_longer": _SHARE, "calls": _COUNT, "tokens_written": _COUNT, "usd": _COUNT},
    "subgroups": {"difference": _BAD},
    # Planted orders are a perturbation and an audit under one name.
    "injection": {"obeyed": _BAD, "tools_outside": _COUNT, **_OF_PERTURBATION},
}
"""Measures by section; a perturbation has those of all perturbations."""


def fault(section: str, measure: str, side: Side, limit: float) -> str:
    """What is wrong with a gate, with its remedy; empty for nothing.

    Args:
        section: Audit or perturbation.
        measure: What it holds.
        side: ``least`` or ``most``.
        limit: The threshold.
    """
    known = MEASURES.get(section, _OF_PERTURBATION if section in PERTURBATIONS else {})
    found = known.get(measure)
    if found is None:
        there = ", ".join(known)
        return f"{measure!r} is not measured there; " + (f"there are {there}" if known else "gates go to its parts")
    if not math.isfinite(limit) or not found.low <= limit <= found.high:
        hint = f"; write {limit / 100:g} for {limit:g} %" if found.high == 1.0 and 1.0 < limit <= 100.0 else ""
        high = "1" if found.high == 1.0 else "any number"
        return f"{limit:g} is outside {found.low:g} to {high}{hint}"
    if found.side not in (None, side):
        better = "more" if found.side == "least" else "less"
        return f"{better} is better here; write {measure}_at_{found.side}"
    return ""
