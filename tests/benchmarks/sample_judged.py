"""Samples of benchmarks whose answers are judged."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_file, json_lines, oracle, sample
from workup.case import Case
from workup.reasoning import Reasoning


@sample("healthbench")
def healthbench(folder: Path) -> list[Path]:
    rows = [
        {
            "prompt_id": f"p{i}",
            "prompt": [{"role": "user", "content": f"My head hurts, {i}"}],
            "rubrics": [
                {"criterion": "Asks since when", "points": 5, "tags": ["axis:context"]},
                {"criterion": "Frightens", "points": -7, "tags": []},
            ],
            "example_tags": ["theme:hedging"],
            "ideal_completions_data": None,
            "canary": "healthbench:x",
        }
        for i in range(2)
    ]
    return [json_lines(folder / "healthbench.jsonl", rows)]


@sample("medr-bench")
def medr_bench(folder: Path) -> list[Path]:
    cases = {
        f"PMC{i}": {
            "generate_case": {
                "case_summary": f"A man, {i}.",
                "differential_diagnosis": "1. Gout\n2. Measles",
                "diagnosis_results": "Gout",
            },
            "checked_rare_disease": [],
        }
        for i in range(2)
    }
    return [json_file(folder / "diagnosis.json", cases)]


@sample("diagnosis-arena")
def diagnosis_arena(folder: Path) -> list[Path]:
    rows = [
        {"id": i, "Case Information": f"A man, {i}.", "Physical Examination": "", "Diagnostic Tests": "x",
         "Final Diagnosis": disease, "Options": {"A": disease, "B": "Mumps"}, "Right Option": "A"}
        for i, disease in enumerate(("Gout", "Measles"))
    ]  # fmt: skip
    return [json_lines(folder / "arena.jsonl", rows)]


@sample("medr-bench-staged")
def medr_bench_staged(folder: Path) -> list[Path]:
    summary = "- **Chief Complaint:** Fever, {i}.\n- **Ancillary Tests:**\n  - **CSF:** clear\n  - **CT head:** normal"
    cases = {
        f"PMC{i}": {
            "generate_case": {
                "case_summary": summary.format(i=i),
                "differential_diagnosis": "1. Gout\n2. Measles",
                "diagnosis_results": "Gout",
            },
            "checked_rare_disease": [],
        }
        for i in range(2)
    }
    return [json_file(folder / "diagnosis.json", cases)]


@oracle("medr-bench-staged")
def asks_for_everything(case: Case) -> Reasoning:
    requested = ["CSF", "head CT"]
    return Reasoning(reasoner="oracle", extensions={"requested": requested}, text="Gout")
