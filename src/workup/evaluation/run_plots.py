"""Plots of runs and comparisons as SVG, drawn offline: altair makes them, vl-convert renders them (extra ``plots``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workup.errors import DataError
from workup.evaluation.plots import drawing, reliability_diagram, risk_coverage_curves, share_curves, svg
from workup.evaluation.run_figures import RunFigures
from workup.evaluation.scoring import Comparison
from workup.io import write_atomic

FIGURES = "figures.json"
_ROW = 22


def draw_run(figures: RunFigures, folder: Path) -> list[Path]:
    """Draw what a run has figures for; the figures themselves go beside the plots.

    Args:
        figures: The figures.
        folder: Where the files are written: ``figures.json``, and as SVG ``reliability``, ``risk-coverage`` and
            ``deferral`` where answers came with differing confidences, ``subgroups`` where the data tell any.

    Returns:
        The files.

    Raises:
        MissingExtra: The drawing packages are not installed.
        DataError: The folder cannot be written.
    """
    drawn: dict[str, str] = {}
    if figures.table:
        drawn["reliability"] = reliability_diagram(figures.table)
        drawn["risk-coverage"] = risk_coverage_plot(figures)
        drawn["deferral"] = deferral_plot(figures)
    if figures.subgroups:
        drawn["subgroups"] = subgroup_forest(figures)
    return _written(folder, drawn, {FIGURES: msgspec.json.format(msgspec.json.encode(figures)) + b"\n"})


def draw_comparison(found: Comparison, folder: Path) -> list[Path]:
    """Draw a comparison: ``pareto.svg`` (cost or time against score) and ``differences.svg``.

    Raises:
        MissingExtra: The drawing packages are not installed.
        DataError: The folder cannot be written.
    """
    drawn = {"pareto": pareto_plot(found)}
    if found.tests:
        drawn["differences"] = difference_forest(found)
    return _written(folder, drawn, {})


def _written(folder: Path, drawn: dict[str, str], others: dict[str, bytes]) -> list[Path]:
    files = {**others, **{f"{name}.svg": text.encode() for name, text in drawn.items()}}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            write_atomic(folder / name, data)
    except OSError as error:
        raise DataError(f"cannot be written: {error.strerror}", path=str(folder), remedy="choose another") from error
    return [folder / name for name in files]


def risk_coverage_plot(figures: RunFigures) -> str:
    """Error among the answers that are kept, when only the most confident are."""
    title = f"Risk and coverage: AURC {figures.aurc:.3f}, n = {figures.n}"
    error = f"1 - mean {figures.score} among them"
    return risk_coverage_curves({figures.name: figures.risk_coverage}, error=error, title=title)


def deferral_plot(figures: RunFigures) -> str:
    """Score of machine and expert together, by the share that is handed on to an expert who is always right."""
    return share_curves(
        {figures.name: figures.deferral},
        {figures.name: (figures.deferral[0], figures.deferral[-1])},
        x="cases handed on, least confident first",
        y=f"mean {figures.score} of machine and expert",
        title=f"Deferral to an expert who is always right, n = {figures.n}",
    )


def subgroup_forest(figures: RunFigures) -> str:
    """Mean score and interval of every subgroup, with that of all cases as a line."""
    overall = figures.overall
    groups = [*([overall] if overall else []), *figures.subgroups]
    rows = [
        {"row": f"{one.fact}: {one.value} (n = {one.n})", "low": one.interval[0], "mean": one.mean,
         "high": one.interval[1]}
        for one in groups
    ]  # fmt: skip
    return _forest(rows, f"mean {figures.score}, 95 % interval", figures.name, overall.mean if overall else 0.0)


def difference_forest(found: Comparison) -> str:
    """Paired differences with their intervals, and the line of no difference."""
    rows = [
        {"row": f"{one.a} - {one.b} (n = {one.n})", "low": one.interval[0], "mean": one.difference,
         "high": one.interval[1]}
        for one in found.tests
    ]  # fmt: skip
    judge = f", judge {found.judge}" if found.judge else ""
    return _forest(rows, f"difference in {found.metric}, paired, 95 % interval{judge}", "Paired differences", 0.0)


def _forest(rows: list[dict[str, Any]], axis: str, title: str, line: float) -> str:
    altair = drawing()
    base = altair.Chart(altair.Data(values=rows)).encode(
        y=altair.Y("row:N", sort=None, title=None, axis=altair.Axis(labelLimit=420))
    )
    rule = altair.Chart(altair.Data(values=[{"x": line}])).mark_rule(strokeDash=[4, 4], color="grey").encode(x="x:Q")
    bars = base.mark_rule().encode(
        x=altair.X("low:Q", title=axis, scale=altair.Scale(zero=False, padding=12)), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=60).encode(x="mean:Q")
    return svg(altair.layer(rule, bars, points).properties(width=420, height=_ROW * len(rows), title=title))


def pareto_plot(found: Comparison) -> str:
    """Score against the cost of a case, or against its time where nothing cost anything; the front is a line."""
    altair = drawing()
    priced = any(point.cost for point in found.runs)
    if priced:
        places = [(point, point.cost) for point in found.runs if point.cost is not None]
    else:
        places = [(point, point.seconds) for point in found.runs if point.seconds is not None]
    best, front = -1.0, set()
    for point, _ in sorted(places, key=lambda one: (one[1], -one[0].accuracy)):
        if point.accuracy > best:
            front.add(point.name)
            best = point.accuracy
    rows = [
        {
            "name": point.name,
            "x": x,
            "y": point.accuracy,
            "low": (point.interval or (point.accuracy,) * 2)[0],
            "high": (point.interval or (point.accuracy,) * 2)[1],
            "front": point.name in front,
        }
        for point, x in places
    ]
    x = altair.X("x:Q", title="US dollars a case" if priced else "seconds a case", scale=altair.Scale(zero=True))
    y = altair.Y("y:Q", title=f"mean {found.metric}, 95 % interval", scale=altair.Scale(zero=False, padding=12))
    base = altair.Chart(altair.Data(values=rows))
    line = base.transform_filter("datum.front").mark_line(interpolate="step-after", color="grey").encode(x=x, y=y)
    bars = base.mark_rule().encode(x=x, y=altair.Y("low:Q"), y2="high:Q")
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=x, y=y, color=altair.Color("name:N", title=None, sort=None, legend=altair.Legend(labelLimit=420))
    )
    what = "Cost" if priced else "Time"
    return svg(altair.layer(line, bars, points).properties(width=420, height=300, title=f"{what} and score"))
