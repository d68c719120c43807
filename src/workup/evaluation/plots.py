"""Plots as SVG, drawn without a browser (extra ``plots``)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from workup.errors import MissingExtra
from workup.evaluation.calibration import Bin
from workup.evaluation.run_figures import Curve


def match_curves(curves: Mapping[str, Sequence[float]]) -> str:
    """Draw cumulative match characteristics: per cent of cases right within rank k.

    Args:
        curves: Curve of each name, from rank 1.

    Returns:
        An SVG document.

    Raises:
        MissingExtra: The drawing packages are not installed.
    """
    altair = drawing()
    data = [
        {"rank": k, "percent": value, "curve": name}
        for name, curve in curves.items()
        for k, value in enumerate(curve, start=1)
    ]
    chart = (
        altair.Chart(altair.Data(values=data))
        .mark_line(interpolate="step-after")
        .encode(
            x=altair.X("rank:Q", title="rank k", scale=altair.Scale(type="log", nice=False)),
            y=altair.Y("percent:Q", title="cases right within rank k (%)", scale=altair.Scale(domain=[0, 100])),
            color=altair.Color("curve:N", title=None, sort=list(curves)),
        )
        .properties(width=420, height=300)
    )
    return svg(chart)


def reliability_diagram(table: Sequence[Bin]) -> str:
    """Draw stated against observed probability, with the diagonal of perfect calibration.

    Args:
        table: Bins of :func:`workup.evaluation.calibration.reliability`.

    Returns:
        An SVG document.

    Raises:
        MissingExtra: The drawing packages are not installed.
    """
    altair = drawing()
    unit = altair.Scale(domain=[0, 1])
    diagonal = (
        altair.Chart(altair.Data(values=[{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(strokeDash=[4, 4], color="grey")
        .encode(x="x:Q", y="y:Q")
    )
    points = (
        altair.Chart(
            altair.Data(
                values=[{"stated": b.stated, "observed": b.observed, "n": b.n} for b in table],
            )
        )
        .mark_line(point=True)
        .encode(
            x=altair.X("stated:Q", title="stated probability of the first answer", scale=unit),
            y=altair.Y("observed:Q", title="share of right answers", scale=unit),
        )
    )
    return svg((diagonal + points).properties(width=300, height=300))


def risk_coverage_curves(
    curves: Mapping[str, Curve], *, error: str = "share of wrong answers among them", title: str | None = None
) -> str:
    """Draw the error among the answered cases against the share that is answered, the surest first.

    Args:
        curves: Coverage and error, both 0-1, of each name.
        error: What the error is.
        title: Of the plot.

    Returns:
        An SVG document.

    Raises:
        MissingExtra: The drawing packages are not installed.
    """
    # In any order, the error among the answered is that of all, whatever the share.
    blind = {name: ((0.0, curve[-1][1]), (1.0, curve[-1][1])) for name, curve in curves.items() if curve}
    return share_curves(curves, blind, x="share of cases answered, the surest first", y=error, title=title)


def share_curves(
    curves: Mapping[str, Curve], blind: Mapping[str, Curve], *, x: str, y: str, title: str | None = None
) -> str:
    """Draw curves over shares of the cases, and dashed what an order that knows nothing would give.

    Args:
        curves: Share of the cases and value, both 0-1, of each name.
        blind: The same in an order that knows nothing.
        x: What is shared.
        y: What is measured.
        title: Of the plot.

    Returns:
        An SVG document.

    Raises:
        MissingExtra: The drawing packages are not installed.
    """
    altair = drawing()
    known, none = "in this order", "in any order"
    rows = [
        {"x": share, "y": value, "curve": name, "order": order}
        for order, group in ((known, curves), (none, blind))
        for name, points in group.items()
        for share, value in points
    ]
    values = [value for group in (curves, blind) for points in group.values() for _, value in points]
    low, high = min(values, default=0.0), max(values, default=1.0)
    # Down to 0 and up to 1 only where the curves come near them.
    scale = altair.Scale(domain=[0.0 if low < 0.3 else low - 0.1, 1.0 if high > 0.7 else high + 0.1])
    legend = {} if len(curves) > 1 else {"legend": None}
    chart = (
        altair.Chart(altair.Data(values=rows))
        .mark_line()
        .encode(
            x=altair.X("x:Q", title=x, scale=altair.Scale(domain=[0, 1]), axis=altair.Axis(format="%", tickCount=5)),
            y=altair.Y("y:Q", title=y, scale=scale),
            color=altair.Color("curve:N", title=None, sort=list(curves), **legend),
            strokeDash=altair.StrokeDash(
                "order:N", title=None, scale=altair.Scale(domain=[known, none], range=[[1, 0], [4, 4]])
            ),
        )
    )
    return svg(chart.properties(width=360, height=260, **({"title": title} if title else {})))


def drawing() -> Any:
    """The drawing library.

    Raises:
        MissingExtra: It, or what renders it, is not installed.
    """
    try:
        import altair
        import vl_convert  # noqa: F401
    except ImportError as error:
        raise MissingExtra("plots", "drawing the curves") from error
    return altair


def svg(chart: Any) -> str:
    """A chart as an SVG document."""
    import vl_convert

    # The drawing library makes a pool of threads as large as the machine unless told otherwise.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    document: str = vl_convert.vegalite_to_svg(chart.to_json(), allowed_base_urls=[])
    return document
