"""Methods in one picture."""

from __future__ import annotations

import pytest

from workup.errors import UserError
from workup.evaluation.method_plot import method_plot, specification
from workup.evaluation.pareto import Point

PUBLISHED = [Point("gpt", 0.3, 0.01, 4.0, 20, (0.15, 0.52), tokens=900.0), Point("unlogged", 0.2, None, None, 20)]
HERE = [Point("SmolLM2 cot", 0.25, None, 1.5, 20, (0.11, 0.47), tokens=300.0)]


def test_every_method_with_a_figure_is_drawn_in_its_group() -> None:
    rows = specification({"published": PUBLISHED, "here": HERE})["data"]["values"]
    assert [(row["name"], row["group"], row["taken"], row["accuracy"]) for row in rows] == [
        ("gpt", "published", 900.0, 30.0),
        ("SmolLM2 cot", "here", 300.0, 25.0),
    ]
    assert [row["name"] for row in specification({"all": [*PUBLISHED, *HERE]}, "cost")["data"]["values"]] == ["gpt"]
    with pytest.raises(UserError, match="no method has a figure for cost"):
        specification({"here": HERE}, "cost")


def test_the_picture_names_them() -> None:
    pytest.importorskip("vl_convert")
    svg = method_plot({"published": PUBLISHED, "here": HERE}, "seconds")
    assert svg.startswith("<svg")
    assert "SmolLM2 cot" in svg
    assert "seconds of an item" in svg
