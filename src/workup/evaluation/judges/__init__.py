"""Judges: a rule, a model, a person or a recording says a verdict on each item of a sheet."""

from __future__ import annotations

from workup.evaluation.judges.judge import VERDICTS, Item, Judge, Sheet, Task

__all__ = ["VERDICTS", "Item", "Judge", "Sheet", "Task"]
