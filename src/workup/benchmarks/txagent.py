"""TxAgent's benchmarks: therapeutic questions in five kinds, and the choice of tools and arguments.

The questions are not released with the code. A file of them is JSON lines::

    {"id": "d1", "task": "BrandPC", "base": "17", "drug": "Lipitor", "question": "Which dose ...?",
     "options": {"A": "...", "B": "..."}, "answer": "A"}

``task`` is DrugPC, BrandPC, GenericPC, DescriptionPC or TreatmentPC; ``base`` names what the forms of one question have
in common (the id when it is left out). BrandPC, GenericPC and DescriptionPC are the same questions with the drug named
otherwise; how far accuracy varies among them is a metric. The reasoner's option ``open_ended`` answers without the
options and maps the answer to one afterwards, as the paper does.

``txagent-tools`` makes a task of each released tool specification: what a tool is for, values for what it needs, and
the call that serves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.benchmark import Header
from workup.benchmarks.choice import ChoiceBenchmark, choice_case, identifier
from workup.benchmarks.rows import Row, cases, rows
from workup.case import Case, Question, Reference
from workup.errors import DataError, Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.score import Estimate, Metric, Score, Scorer
from workup.evaluation.scorers import ACCURACY, MeanScore, RightAnswer, why_none
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.knowledge.tools.tool import Tool
from workup.knowledge.tools.tooluniverse import tool_of

TASKS = ("DrugPC", "BrandPC", "GenericPC", "DescriptionPC", "TreatmentPC")
FORMS = ("BrandPC", "GenericPC", "DescriptionPC")
# What the tasks built from specifications ask about, by the name of a parameter: ids that exist.
VALUES: Mapping[str, Any] = {
    "drug_name": "Lipitor",
    "efoId": "EFO_0000384",
    "ensemblId": "ENSG00000157764",
    "chemblId": "CHEMBL25",
    "chemblIds": ["CHEMBL25"],
    "goIds": ["GO:0005515"],
    "HPO_ID_list": ["HP:0001250", "HP:0001252"],
    "id": "HP:0001250",
    "query": "seizure",
}
_OF_TYPE: Mapping[str, Any] = {
    "string": "renal impairment",
    "integer": 5,
    "number": 0.5,
    "boolean": True,
    "array": ["renal impairment"],
    "object": {"size": 5},
}


class TxAgentQuestions(ChoiceBenchmark):
    """Questions on drugs and treatments, with options."""

    header = Header(
        name="txagent",
        title="DrugPC, BrandPC, GenericPC, DescriptionPC, TreatmentPC",
        paper="Gao et al. 2025 (arXiv 2503.10970)",
        licence="not released with the code; supplied by the user",
        form="choice",
        layout="JSON lines with task, question, options by letter, answer; id, base and drug where there are any.",
        systems=("14",),
    )

    def case(self, row: Row) -> Case:
        """The case of one row."""
        name = identifier(row, "id")
        row.one_of("task", TASKS)
        made = choice_case(
            row,
            identifier=name,
            question=row.text("question"),
            options=row.options(),
            answer=row.text("answer"),
            kept=("task", "drug"),
        )
        base = row.values.get("base")
        provenance = {**made.provenance, "base": str(base) if isinstance(base, str | int) else name}
        return msgspec.structs.replace(made, provenance=provenance)

    def metrics(self) -> Sequence[Metric]:
        """Accuracy, by kind of task as well, and how far it varies with the form of a drug's name."""
        return (ACCURACY, MeanScore(RightAnswer(), name="accuracy_by_task", by="task"), NameVariance())


class NameVariance:
    """Variance of the accuracies on the three forms of a drug's name; over questions that were asked in all of them."""

    name = "name_form_variance"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The variance over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        right: dict[str, dict[str, list[float]]] = {}
        for case, attempt in zip(cases, attempts, strict=True):
            task = case.provenance.get("task")
            if task in FORMS:
                own = right.setdefault(str(case.provenance.get("base")), {}).setdefault(str(task), [])
                own.append(RightAnswer().score(case, attempt).total)
        whole = [
            [float(np.mean(forms[form])) for form in FORMS] for forms in right.values() if len(forms) == len(FORMS)
        ]
        note = f"{len(right) - len(whole)} questions lack a form and are left out"
        notes = (note,) if len(whole) < len(right) else ()
        if not whole:
            return Estimate(metric=self.name, value=None, n=0, notes=notes)
        table = np.array(whole)
        accuracies = table.mean(axis=0)
        drawn = table[np.random.default_rng(seed).integers(len(table), size=(RESAMPLES, len(table)))].mean(axis=1)
        low, high = np.percentile(drawn.var(axis=1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        return Estimate(
            metric=self.name,
            value=float(accuracies.var()),
            n=len(table),
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over questions, {RESAMPLES} resamples, seed {seed}",
            citation="arXiv 2503.10970",
            parts={f"accuracy {form}": float(value) for form, value in zip(FORMS, accuracies, strict=True)},
            notes=notes,
        )


class ToolTasks:
    """A task for each tool: which call serves this purpose with these values?"""

    header = Header(
        name="txagent-tools",
        title="Choice of tools and arguments",
        paper="Gao et al. 2025 (arXiv 2503.10970); tasks built here from the specifications",
        licence="MIT (specifications of ToolUniverse); supplied by the user",
        form="text",
        layout="JSON lists of tool specifications; JSON lines of tool and purpose replace their descriptions.",
        systems=("14",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """A case for each specification that can be called."""
        purposes = {
            str(row.values["tool"]): str(row.values["purpose"])
            for path in paths
            for row in rows(path)
            if isinstance(row, Row) and "purpose" in row.values and "tool" in row.values
        }

        def read(row: Row) -> Case:
            try:
                tool = tool_of(row.values)
            except ValueError as error:
                raise row.error(f"is no tool: {error}", "name", "correct the specification") from error
            return task_of(tool, purposes.get(tool.name, tool.description))

        for found in cases(
            paths, lambda row: Case(id=str(row.values["tool"])) if "purpose" in row.values else read(row)
        ):
            if isinstance(found, Issue) or (found.question is not None and found.reference is not None):
                yield found

    def scorers(self) -> Sequence[Scorer]:
        """The first call, and how many calls were valid."""
        return (RightCall(), ValidCalls())

    def metrics(self) -> Sequence[Metric]:
        """Means of the scores."""
        return (MeanScore(RightCall()), MeanScore(ValidCalls()))


def task_of(tool: Tool, purpose: str) -> Case:
    """The task that a tool serves.

    Raises:
        DataError: It steers an agent, so that there is nothing to choose it for.
    """
    if tool.special:
        raise DataError("steers the agent and is no task", record=tool.name, remedy="nothing needs to be done")
    arguments = {name: _value(name, tool.properties[name]) for name in tool.required}
    given = "; ".join(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in arguments.items())
    text = f"{purpose.rstrip('.?')}?" + (f" What is known: {given}." if given else "")
    call = {"name": tool.name, "arguments": arguments}
    return Case(
        id=tool.name,
        question=Question(text, form="text"),
        reference=Reference(answer=msgspec.json.encode(call).decode(), extensions={"call": call}),
    )


def _value(name: str, parameter: Mapping[str, Any]) -> Any:
    value = VALUES.get(name)
    kind = parameter.get("type", "string")
    if value is not None and (kind == "array") == isinstance(value, list):
        return value
    return _OF_TYPE.get(str(kind), "renal impairment")


def same_call(given: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, float]:
    """The official comparison of two calls: same name, same set of keys, equal values; each needs the one before it.

    >>> same_call({"name": "f", "arguments": {"a": 1}}, {"name": "f", "arguments": {"a": 2}})
    {'name': 1.0, 'keys': 1.0, 'values': 0.0}
    """
    name = given.get("name") == wanted.get("name")
    mine, theirs = dict(given.get("arguments") or {}), dict(wanted.get("arguments") or {})
    keys = name and set(mine) == set(theirs)
    values = keys and all(
        mine[key] == theirs[key] and isinstance(mine[key], bool) == isinstance(theirs[key], bool) for key in mine
    )
    return {"name": float(name), "keys": float(keys), "values": float(values)}


def calls_of(attempt: Attempt) -> list[dict[str, Any]]:
    """The calls of an attempt, in order; empty when it made none."""
    account = attempt.reasoning.extensions.get("txagent", {}) if attempt.reasoning else {}
    found: list[dict[str, Any]] = account.get("calls", [])
    return found


class RightCall:
    """1 when the first call is the right one, with its parts; an attempt without a call scores 0."""

    name = "right_call"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        wanted = case.reference.extensions.get("call", {}) if case.reference else {}
        made = calls_of(attempt)
        if not made:
            return Score(total=0.0, notes=(why_none(attempt) or "no call",))
        parts = same_call(made[0], wanted)
        return Score(total=parts["values"], parts=parts)


class ValidCalls:
    """Share of the calls of an attempt that passed the check of their arguments."""

    name = "valid_calls"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        made = calls_of(attempt)
        if not made:
            return Score(total=0.0, notes=(why_none(attempt) or "no call",))
        return Score(total=sum(call.get("status") != "invalid" for call in made) / len(made))
