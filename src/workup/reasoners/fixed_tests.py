"""A doctor without a model who orders the same tests for everybody, and names the nearest known case's diagnosis.

A floor for doctors who choose their tests: on a record that answers requests (``medr-bench-staged``) it finds what
everybody's record has, and asks for much that nobody needs.

    requested   complete blood count; C-reactive protein; ...; CT; MRI      (the same for all)
    answer      as :class:`~workup.reasoners.nearest_case.NearestCase`, from what was told at once
"""

from __future__ import annotations

from workup.reasoners.ask_then_diagnose import DOCTOR, REQUESTED
from workup.reasoners.blocks.environment import NO_RECORD, consult, encounter
from workup.reasoners.method import Task
from workup.reasoners.nearest_case import NearestCase, NearestCaseOptions
from workup.reasoning import Reasoning

PANEL = (
    "complete blood count",
    "electrolytes and kidney function",
    "liver function",
    "C-reactive protein",
    "urinalysis",
    "chest X-ray",
    "ultrasound",
    "computed tomography (CT)",
    "magnetic resonance imaging (MRI)",
    "biopsy with histopathology",
)
"""What is ordered for everybody: blood, urine, imaging, tissue."""


class FixedTests(NearestCase):
    """Orders the panel in one request, then copies a diagnosis."""

    name = "fixed-tests"
    needs = ("training", "environment")

    def work(self, task: Task[NearestCaseOptions]) -> Reasoning:
        """Order, then compare with every known case."""
        met = encounter(task, NO_RECORD)
        asked = list(PANEL) if not met.over else []
        if asked:
            consult(task, met, "; ".join(asked), by=DOCTOR)
        task.extensions[REQUESTED] = asked
        return super().work(task)
