from __future__ import annotations

import builtins
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from workup.errors import MissingExtra
from workup.evaluation.calibration import reliability
from workup.evaluation.plots import match_curves, reliability_diagram


def test_curves_are_drawn_with_their_names() -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    svg = match_curves({"TEMP": [20.0, 30.0, 35.0], "FULL": [40.0, 50.0, 55.0]})
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "TEMP" in svg
    assert "FULL" in svg


def test_reliability_is_drawn() -> None:
    pytest.importorskip("altair")
    pytest.importorskip("vl_convert")
    svg = reliability_diagram(reliability(np.linspace(0, 1, 30), np.arange(30) > 15))
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert "share of right answers" in svg


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name in {"altair", "vl_convert"}:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match=r"workup\[plots\]"):
        match_curves({"TEMP": [20.0]})
