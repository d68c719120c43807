"""System 52: the figures of three published confusion matrices.

The data themselves are under agreements; the matrices were printed, and ship as ``shipped:n2c2_2022_track3.json``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from workup.evaluation.labels import from_confusion, label_figures
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier


@measurement("n2c2_plan.matrices")
def matrices(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Accuracy and macro-F1 of each matrix, from the label lists it stands for."""
    table = msgspec.json.decode((SHIPPED / "n2c2_2022_track3.json").read_bytes(), type=dict[str, Any])
    answers = {}
    for name, matrix in table["runs"].items():
        figures = label_figures(*from_confusion(matrix, table["labels"]), classes=table["labels"])
        if figures is not None:
            answers[f"{name}-accuracy"] = Measurement(
                value=figures.accuracy, n=figures.n, interval=figures.accuracy_interval
            )
            answers[f"{name}-macro-f1"] = Measurement(value=figures.macro_f1, n=figures.n)
    return answers
