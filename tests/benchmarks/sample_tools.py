"""Samples of TxAgent's benchmarks: questions on drugs, and the choice of tools."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_file, json_lines, oracle, sample
from workup.case import Case
from workup.reasoning import Reasoning


@sample("txagent")
def txagent(folder: Path) -> list[Path]:
    rows = [
        {
            "id": f"d{i}",
            "task": "DrugPC",
            "question": f"Which dose, {i}?",
            "options": {"A": "1", "B": "2"},
            "answer": key,
        }
        for i, key in enumerate("ABB")
    ]
    return [json_lines(folder / "questions.jsonl", rows)]


@sample("txagent-tools")
def tools(folder: Path) -> list[Path]:
    drug = {"type": "string", "description": "Name of a drug", "required": True}
    specification = {
        "name": "doses",
        "description": "Doses of a drug",
        "type": "FDADrugLabel",
        "parameter": {"type": "object", "properties": {"drug_name": drug}},
    }
    return [json_file(folder / "tools.json", [specification])]


@oracle("txagent-tools")
def right_call(case: Case) -> Reasoning:
    assert case.reference is not None
    return Reasoning(reasoner="oracle", extensions={"txagent": {"calls": [case.reference.extensions["call"]]}})
