"""Methods in one picture: what they take against how often they are right, ours beside the published ones."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from workup.errors import MissingExtra, UserError
from workup.evaluation.pareto import Point

Axis = Literal["tokens", "seconds", "cost"]
TITLES: Mapping[str, str] = {
    "tokens": "tokens of an item, read and written",
    "seconds": "seconds of an item",
    "cost": "US dollars of an item",
}


def method_plot(groups: Mapping[str, Sequence[Point]], axis: Axis = "tokens") -> str:
    """Draw the methods; what an item takes is on a logarithmic axis, bars are 95 % intervals.

    Args:
        groups: Methods by where they come from, e.g. ``published`` and ``here``; each group gets a colour.
        axis: What they take. Methods without a figure for it, or with nothing, are left out.

    Returns:
        An SVG document.

    Raises:
        UserError: No method is left.
        MissingExtra: The drawing packages are not installed.
    """
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtra("plots", "drawing methods") from error
    # The drawing library makes a pool of threads as large as the machine unless told otherwise.
    os.environ.setdefault("RAYON_NUM_THREADS", "1")
    svg: str = vl_convert.vegalite_to_svg(json.dumps(specification(groups, axis)), allowed_base_urls=[])
    return svg


def specification(groups: Mapping[str, Sequence[Point]], axis: Axis = "tokens") -> dict[str, Any]:
    """The picture in Vega-Lite's words; see :func:`method_plot`."""
    rows = [
        {
            "name": point.name,
            "group": group,
            "accuracy": 100 * point.accuracy,
            "low": 100 * (point.interval or (point.accuracy, point.accuracy))[0],
            "high": 100 * (point.interval or (point.accuracy, point.accuracy))[1],
            "taken": taken,
            "n": point.n,
        }
        for group, points in groups.items()
        for point in points
        if (taken := getattr(point, axis))
    ]
    if not rows:
        raise UserError(f"no method has a figure for {axis}")
    x = {"field": "taken", "type": "quantitative", "scale": {"type": "log"}, "title": TITLES[axis]}
    y = {"field": "accuracy", "type": "quantitative", "title": "right answers (%)", "scale": {"zero": True}}
    colour = {"field": "group", "type": "nominal", "title": None, "sort": list(groups)}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 640,
        "height": 420,
        "data": {"values": rows},
        "encoding": {"x": x, "color": colour},
        "layer": [
            {
                "mark": {"type": "rule", "opacity": 0.25},
                "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}},
            },
            {"mark": {"type": "point", "filled": True, "size": 45}, "encoding": {"y": y}},
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 7},
                "encoding": {"y": y, "text": {"field": "name"}},
            },
        ],
    }
