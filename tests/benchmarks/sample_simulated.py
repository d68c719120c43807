"""Samples of the benchmarks of simulated people and of visits."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_lines, oracle, sample
from workup.case import Case, to_json
from workup.reasoners.method import chosen
from workup.reasoning import Reasoning
from workup.simulate.cohorts import cohort
from workup.simulate.series import globem_files
from workup.simulate.vignettes import vignettes


@sample("simulated-cohort")
def simulated_cohort(folder: Path) -> list[Path]:
    path = folder / "cohort.jsonl"
    path.write_bytes(b"".join(to_json(case) + b"\n" for case in cohort(4, seed=1)))
    return [path]


@sample("cases")
def native(folder: Path) -> list[Path]:
    path = folder / "cases.jsonl"
    path.write_bytes(b"".join(to_json(case) + b"\n" for case in vignettes(4, seed=1)))
    return [path]


@oracle("cases")
def key_of(case: Case) -> Reasoning:
    """The right option: these cases have disease ids too, which are not what is asked."""
    assert case.question is not None
    assert case.reference is not None
    assert case.reference.answer is not None
    return Reasoning(reasoner="oracle", answer=chosen(case.question, case.reference.answer, 1.0))


@sample("globem")
def globem(folder: Path) -> list[Path]:
    cohort_folder = folder / "INS-W_1"
    for name, text in globem_files(3, seed=1).items():
        path = cohort_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [cohort_folder]


@sample("aci-bench")
def aci_bench(folder: Path) -> list[Path]:
    visit = {
        "id": "D1",
        "dataset": "virtassist",
        "dialogue": "[doctor] what brings you in ?\n[patient] i have had a cough for two days .",
        "note": "CHIEF COMPLAINT\n\nCough for two days.",
        "patient_gender": "female",
    }
    return [json_lines(folder / "visits.jsonl", [visit])]
