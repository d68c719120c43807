"""workup: a workbench for clinical reasoning.

Public names are loaded on first use, so that ``import workup`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from workup.api import diagnose
    from workup.case import Case, Finding, Question, Reference, from_json, to_json
    from workup.errors import DataError, Issue, MissingExtra, UserError, WorkupError
    from workup.io import read_cases
    from workup.knowledge import Knowledge
    from workup.reasoner import Context, Reasoner
    from workup.reasoners.phenotype.next_steps import ask, explain_by_two
    from workup.reasoning import Answer, Evidence, Hypothesis, Reasoning, Step, Usage

_HOMES = {
    "Answer": "reasoning",
    "Case": "case",
    "Context": "reasoner",
    "DataError": "errors",
    "Evidence": "reasoning",
    "Finding": "case",
    "Hypothesis": "reasoning",
    "Issue": "errors",
    "Knowledge": "knowledge",
    "MissingExtra": "errors",
    "Question": "case",
    "Reasoner": "reasoner",
    "Reasoning": "reasoning",
    "Reference": "case",
    "Step": "reasoning",
    "Usage": "reasoning",
    "UserError": "errors",
    "WorkupError": "errors",
    "ask": "reasoners.phenotype.next_steps",
    "diagnose": "api",
    "explain_by_two": "reasoners.phenotype.next_steps",
    "from_json": "case",
    "read_cases": "io",
    "to_json": "case",
}

__all__ = [
    "Answer",
    "Case",
    "Context",
    "DataError",
    "Evidence",
    "Finding",
    "Hypothesis",
    "Issue",
    "Knowledge",
    "MissingExtra",
    "Question",
    "Reasoner",
    "Reasoning",
    "Reference",
    "Step",
    "Usage",
    "UserError",
    "WorkupError",
    "ask",
    "diagnose",
    "explain_by_two",
    "from_json",
    "read_cases",
    "to_json",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workup.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workup' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
