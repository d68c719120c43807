"""Gates: what was decided beforehand, held against what was measured.

>>> gate = Gate(section="negation", measure="must_flip", side="least", limit=0.5, on="lower")
>>> figure = Figure(section="negation", measure="must_flip", value=0.6, n=50, interval=(0.46, 0.72))
>>> hold(gate, [figure]).status
'failed'
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from workup.evaluation.audits.figures import Figure
from workup.evaluation.audits.suite import Gate

Status = Literal["passed", "failed", "not measured"]
Verdict = Literal["passed", "failed", "open"]


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a gate.

    Attributes:
        gate: The gate.
        status: Passed, failed, or not measured.
        value: What was compared with the limit.
        figure: The row that it comes from; None without one.
        why: Why it was not measured; empty when it was.
    """

    gate: Gate
    status: Status
    value: float | None = None
    figure: Figure | None = None
    why: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the audit is failed by it."""
        return self.status == "failed" or (self.status == "not measured" and self.gate.required)

    @property
    def beyond(self) -> bool:
        """Whether it is passed on an end of the interval alone, while the value itself is beyond the limit."""
        point = self.figure.value if self.figure else None
        if self.status != "passed" or point is None:
            return False
        return point < self.gate.limit if self.gate.side == "least" else point > self.gate.limit


def verdict_of(rulings: Sequence[Ruling]) -> Verdict:
    """Failed when a gate failed, open when none did and fewer than half could be measured, else passed.

    Nobody signs off on the few gates that happened to be measured.

    >>> gate = Gate(section="negation", measure="must_flip", side="least", limit=0.5)
    >>> measured, unmeasured = Ruling(gate=gate, status="passed"), Ruling(gate=gate, status="not measured")
    >>> verdict_of([measured, unmeasured]), verdict_of([measured, unmeasured, unmeasured]), verdict_of([])
    ('passed', 'open', 'open')
    """
    if any(one.blocks for one in rulings):
        return "failed"
    passed = sum(one.status == "passed" for one in rulings)
    return "passed" if passed and 2 * passed >= len(rulings) else "open"


def hold(gate: Gate, figures: Sequence[Figure]) -> Ruling:
    """Hold one gate against the figures."""
    found = [one for one in figures if one.section == gate.section and one.measure == gate.measure and not one.group]
    if not found:
        known = sorted({one.measure for one in figures if one.section == gate.section and not one.group})
        why = f"measured of it: {', '.join(known)}" if known else "nothing was run that measures it"
        return Ruling(gate=gate, status="not measured", why=why)
    figure = found[0]
    value = figure.value
    if gate.on != "point":
        value = figure.interval[gate.on == "upper"] if figure.interval else None
    if value is None:
        why = figure.note or ("it has no interval" if figure.value is not None else "nothing to measure")
        return Ruling(gate=gate, status="not measured", figure=figure, why=why)
    passed = value >= gate.limit if gate.side == "least" else value <= gate.limit
    return Ruling(gate=gate, status="passed" if passed else "failed", value=value, figure=figure)
