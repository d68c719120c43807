"""Pictures of a latent audit: the plane and its crossings, rates with intervals, surface and space (extra ``plots``).

Each is an SVG document. The plane shows two components whatever number of them the audit judged in; its title says how
much of the variance they hold, so that nobody takes the picture for the space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from workup.evaluation.latent_flips import LatentAudit
from workup.evaluation.latent_notes import AXES, Note, Pair
from workup.evaluation.plots import drawing, svg
from workup.knowledge.arrays import Array


def plane(audit: LatentAudit, notes: Sequence[Note], pairs: Sequence[Pair], *, simulated: bool = True) -> str:
    """Notes in their first two components, and a line to every copy that crosses a border, coloured by axis.

    Args:
        audit: The audit of the notes.
        notes: The notes.
        pairs: Their copies, in the audit's order.
        simulated: Whether the notes are; the title says so.
    """
    altair = drawing()
    judged = audit.judged
    points = [
        {"x": float(x), "y": float(y), "diagnosis": note.diagnosis, "class": "right" if right else "wrong"}
        for (x, y), note, right in zip(judged.originals[:, :2], notes, judged.right, strict=True)
    ]
    lines = [
        {
            "x": float(judged.originals[pair.note, 0]),
            "y": float(judged.originals[pair.note, 1]),
            "to_x": float(there[0]),
            "to_y": float(there[1]),
            "edit": pair.axis,
        }
        for pair, there, crossed in zip(pairs, judged.variants, judged.flipped, strict=True)
        if crossed
    ]
    x, y = altair.X("x:Q", title="component 1"), altair.Y("y:Q", title="component 2")
    # The same colour for an axis in every picture, whether or not it crosses here.
    shades = altair.Scale(domain=list(AXES), scheme="dark2")
    edits = altair.Color("edit:N", title="edit that crosses", scale=shades)
    shifts = (
        altair.Chart(altair.Data(values=lines))
        .mark_rule(opacity=0.55)
        .encode(x=x, y=y, x2="to_x:Q", y2="to_y:Q", color=edits)
    )
    ends = (
        altair.Chart(altair.Data(values=lines))
        .mark_point(size=14, filled=True, opacity=0.7)
        .encode(
            x=altair.X("to_x:Q", title="component 1"),
            y=altair.Y("to_y:Q", title="component 2"),
            color=altair.Color("edit:N", legend=None, scale=shades),
        )
    )
    dots = (
        altair.Chart(altair.Data(values=points))
        .mark_point(size=55, filled=True)
        .encode(
            x=x,
            y=y,
            color=altair.Color("diagnosis:N", title="note of", scale=altair.Scale(scheme="category10")),
            shape=altair.Shape("class:N", title="class of the note", sort=["right", "wrong"]),
        )
    )
    held = _held(audit.judged.originals, audit.explained)
    title = (
        f"{'Simulated notes: ' if simulated else ''}{len(lines)} of {len(pairs)} copies cross; plane holds {held:.0%}"
    )
    chart = altair.layer(shifts, ends, dots).resolve_scale(color="independent")
    return svg(chart.properties(width=460, height=380, title=title))


def _held(originals: Array, explained: float) -> float:
    """Share of the whole variance in the first two components, from that of all kept ones."""
    spread = originals.var(axis=0)
    return explained * float(spread[:2].sum() / spread.sum()) if spread.sum() > 0 else 0.0


def rates(audits: Mapping[str, LatentAudit], *, simulated: bool = True) -> str:
    """Flip rate by axis and strength with 95 % intervals, a row an axis and strength, a colour an embedding."""
    altair = drawing()
    rows = [
        {"edit": name, "low": low, "high": high, "rate": rate.ldfr, "embedding": embedding}
        for embedding, audit in audits.items()
        for name, rate in audit.rates.items()
        for low, high in [rate.interval]
        if name != "all" and not name.startswith("should") and " " in name
    ]
    base = altair.Chart(altair.Data(values=rows))
    y = altair.Y("edit:N", title=None, sort=sorted({str(row["edit"]) for row in rows}))
    colour = altair.Color("embedding:N", title=None, sort=list(audits))
    offset = altair.YOffset("embedding:N", sort=list(audits))
    x = altair.X("low:Q", title="flip rate (95 % interval)", scale=altair.Scale(domain=[0, 1]))
    bars = base.mark_rule().encode(y=y, x=x, x2="high:Q", color=colour, yOffset=offset)
    dots = base.mark_point(filled=True, size=35).encode(y=y, x="rate:Q", color=colour, yOffset=offset)
    title = "Simulated notes: latent flips by edit and strength" if simulated else "Latent flips by edit and strength"
    return svg((bars + dots).properties(width=420, height=26 * len({row["edit"] for row in rows}), title=title))


def surface_against_flips(audit: LatentAudit, pairs: Sequence[Pair], *, simulated: bool = True) -> str:
    """Alikeness on the surface against the shift by the distance to the border, flips filled; one point a pair."""
    altair = drawing()
    judged = audit.judged
    margin = judged.margin[[pair.note for pair in pairs]]
    rows: list[dict[str, Any]] = [
        {
            "alike": float(alike),
            "shift": float(np.clip(length / side, 0.01, 100)),
            "edit": pair.axis,
            "flips": "yes" if crossed else "no",
        }
        for alike, length, side, pair, crossed in zip(
            audit.surface[:, 2], judged.displacement, margin, pairs, judged.flipped, strict=True
        )
        if side > 0 and length > 0
    ]
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_point(opacity=0.6)
        .encode(
            x=altair.X("alike:Q", title="matching characters", scale=altair.Scale(zero=False)),
            y=altair.Y("shift:Q", title="shift / distance to the border", scale=altair.Scale(type="log")),
            color=altair.Color("edit:N", title=None, scale=altair.Scale(domain=list(AXES), scheme="dark2")),
            shape=altair.Shape("flips:N", title="flips", sort=["no", "yes"]),
        )
    )
    line = altair.Chart(altair.Data(values=[{"y": 1.0}])).mark_rule(strokeDash=[4, 4]).encode(y="y:Q")
    title = "Simulated notes: change on the surface and in the space" if simulated else "Surface and space"
    return svg((chart + line).properties(width=420, height=340, title=title))
