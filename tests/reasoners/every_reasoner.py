"""What every registered reasoner is tested on: cases of every form, and the options that it cannot do without."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from method_cases import CASES, corpus_file, method, options_for, training_file

from workup.about import about
from workup.benchmarks.medqa import MedQA
from workup.case import Case, Finding, Question
from workup.evaluation.runner import Plan, run
from workup.signals.globem import Person
from workup.signals.tables import table

LEFT_OUT = {
    "planted": "is a family of deliberately broken reasoners, each with a defect of its own (test_planted_defects)"
}

# Fewer rounds than by default, for time.
_LESS = {"txagent": {"rounds": 6}, "deeprare": {"max_depth": 1, "longest": 200}}

# Cases of every form, one of findings that the toy knowledge has, and one of days.
ASKED = (
    *CASES.values(),
    Case(id="blinded", findings=(Finding("HP:0009013"), Finding("HP:0009022", status="excluded"))),
    Case(
        id="blinded",
        text=table(Person("1", "A", tuple(date(2019, 4, day) for day in range(1, 15)), {"steps": np.arange(14.0)})),
        question=Question("Depressed?", {"yes": "yes", "no": "no"}, form="label"),
    ),
)


def given_to(name: str, folder: Path) -> dict[str, Any]:
    """The options that a reasoner cannot do without, by what it says that it needs."""
    options = {**options_for(name, folder), **_LESS.get(name, {})}
    needs = about("reasoners", name).needs
    if "training" in needs:
        options.setdefault("training", training_file(folder))
    if "corpus" in needs:
        options.setdefault("corpus", corpus_file(folder))
    if "tools" in needs:
        specification = {"name": "doses", "description": "Doses of a drug", "parameter": {"properties": {}}}
        (folder / "tools.json").write_text(json.dumps([specification]), encoding="utf-8")
        options.setdefault("tools", str(folder / "tools.json"))
    if "runs" in needs:
        out = folder / "run"
        run(Plan(benchmark=MedQA(), data=(Path(training_file(folder)),), reasoner=method("first-option")()), out)
        options["runs"] = [str(out)]
    return options
