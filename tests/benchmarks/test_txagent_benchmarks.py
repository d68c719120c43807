"""TxAgent's questions, the variance over forms of a name, and tasks made of specifications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.txagent import NameVariance, RightCall, ToolTasks, TxAgentQuestions, ValidCalls, same_call
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.reasoning import Answer, Reasoning

ROW = {"question": "Which dose?", "options": {"A": "1", "B": "2"}, "answer": "A"}


def attempt(case: Case, *, answer: str | None = None, calls: list[dict[str, Any]] | None = None) -> Attempt:
    key = AttemptKey(benchmark="txagent", version="1", case_id=case.id, case="", reasoner="txagent")
    given = Answer(level="option", text=answer, ids=(answer,)) if answer else None
    extensions = {"txagent": {"calls": calls}} if calls is not None else {}
    return Attempt(key=key, reasoning=Reasoning(reasoner="txagent", answer=given, extensions=extensions))


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_questions_and_variance(tmp_path: Path) -> None:
    rows = [
        {**ROW, "id": f"{task}-{base}", "task": task, "base": base}
        for task in ("BrandPC", "GenericPC", "DescriptionPC")
        for base in (1, 2)
    ]
    rows += [
        {**ROW, "id": "t", "task": "TreatmentPC"},
        {**ROW, "id": "b", "task": "BrandPC", "base": 3},
        {**ROW, "task": "Other"},
    ]
    read = list(TxAgentQuestions().read([write(tmp_path / "q.jsonl", rows)]))
    cases = [one for one in read if isinstance(one, Case)]
    assert [issue.field for issue in read if isinstance(issue, Issue)] == ["task"]
    assert cases[6].provenance["base"] == "t"
    # Right by brand twice, by generic name once, by description never: accuracies 1, 1/2, 0.
    answers = ["A", "A", "A", "B", "B", None, "A", "B"]
    attempts = [attempt(case, answer=answer) for case, answer in zip(cases, answers, strict=True)]
    estimate = NameVariance().estimate(cases, attempts)
    assert estimate.value == pytest.approx(1 / 6)
    assert (estimate.n, estimate.notes) == (2, ("1 questions lack a form and are left out",))
    assert estimate.parts == {"accuracy BrandPC": 1.0, "accuracy GenericPC": 0.5, "accuracy DescriptionPC": 0.0}
    assert NameVariance().estimate(cases[6:7], attempts[6:7]).value is None
    by_task = TxAgentQuestions().metrics()[1].estimate(cases, attempts)
    assert by_task.parts["task TreatmentPC"] == 1.0


SPEC = {
    "name": "get_dose",
    "description": "Doses of a drug.",
    "parameter": {
        "properties": {
            "drug_name": {"type": "string", "required": True},
            "limit": {"type": "integer", "required": True},
            "skip": {"type": "integer"},
        }
    },
}


def test_tasks_of_specifications(tmp_path: Path) -> None:
    specs = write(
        tmp_path / "specs.jsonl", [SPEC, {"name": "Finish", "description": "x", "parameter": {}}, {"name": "bad"}]
    )
    read = list(ToolTasks().read([specs]))
    (case,) = [one for one in read if isinstance(one, Case)]
    assert case.question is not None
    assert case.question.text == 'Doses of a drug? What is known: drug_name = "Lipitor"; limit = 5.'
    assert case.reference is not None
    assert case.reference.extensions["call"] == {"name": "get_dose", "arguments": {"drug_name": "Lipitor", "limit": 5}}
    assert [issue.message for issue in read if isinstance(issue, Issue)] == [
        "steers the agent and is no task",
        "is no tool: it has no description",
    ]
    purposes = write(tmp_path / "purposes.jsonl", [{"tool": "get_dose", "purpose": "how much to take"}])
    (other,) = [one for one in ToolTasks().read([specs, purposes]) if isinstance(one, Case)]
    assert other.question is not None
    assert other.question.text.startswith("how much to take?")
    right = {"name": "get_dose", "arguments": {"limit": 5, "drug_name": "Lipitor"}, "status": "done"}
    wrong = {"name": "get_dose", "arguments": {"drug_name": "Lipitor"}, "status": "invalid"}
    assert RightCall().score(case, attempt(case, calls=[right, wrong])).total == 1.0
    assert RightCall().score(case, attempt(case, calls=[wrong])).parts == {"name": 1.0, "keys": 0.0, "values": 0.0}
    assert ValidCalls().score(case, attempt(case, calls=[right, wrong])).total == 0.5
    assert RightCall().score(case, attempt(case)).notes == ("unparsed",)
    assert ValidCalls().score(case, attempt(case, calls=[], answer="x")).notes == ("no call",)


def test_a_boolean_is_no_number() -> None:
    call = {"name": "f", "arguments": {"a": 1}}
    assert same_call({"name": "f", "arguments": {"a": True}}, call)["values"] == 0.0
    assert same_call({"name": "g", "arguments": {"a": 1}}, call) == {"name": 0.0, "keys": 0.0, "values": 0.0}


def test_every_released_tool_becomes_a_task(data_dir: Path) -> None:
    files = sorted((data_dir / "14-txagent").glob("*.json"))
    cases = [one for one in ToolTasks().read(files) if isinstance(one, Case)]
    assert len(cases) == 107
