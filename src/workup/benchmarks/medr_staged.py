"""MedR-Bench in stages: the doctor sees who comes and with what, asks for tests, and then names the diagnosis.

Read from the released diagnosis cases (``medr_bench.py``). The summary is parted where its tests begin: what stands
before is told at once, each test only when it is asked for. Whoever answers is deterministic: a test is handed over
when the request shares words with it, so that no model plays the patient and nothing is made up.

    told     "- **Patient Information:** 46-year-old male. - **Chief Complaint:** Breathlessness, fever ..."
    asked    "CT of the chest; lumbar puncture"
    heard    "**Lumbar Puncture (CSF Analysis):** India ink preparation ... positive"

``--environment rounds=1`` is the paper's one-turn setting, more rounds its free one. What was asked is scored without a
judge: precision is the share of requested tests that the record has, recall the share of its tests that were requested;
the paper matches both lists with a language model, so that its figures are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from workup.benchmarks.benchmark import Header
from workup.benchmarks.medr_bench import MedRBench
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt
from workup.evaluation.labels import f_score
from workup.evaluation.score import Metric, Score, Scorer
from workup.evaluation.scorers import MeanScore
from workup.models.model import Model
from workup.reasoners.blocks.environment import Environment, Turn
from workup.reasoners.options import Options, options_of
from workup.reasoning import Answer
from workup.text.likeness import terms

TESTS, REQUESTED = "tests", "requested"
NOTHING = "The record has no such result."
_BEGIN = re.compile(
    r"^[-*\s]*\**\s*(?:Ancillary|Auxiliary|Diagnostic|Laboratory)\s+(?:Tests?|Examinations?)\b.*$", re.M
)
_ITEM = re.compile(r"^\s*[-*]\s+(?=\S)", re.M)
_HEADING = re.compile(r"^\**([^:*]{2,80}):?\**:?\s")


class TestsOptions(Options, frozen=True, kw_only=True):
    """How often may be asked.

    Attributes:
        rounds: Most requests; each may name several tests.
    """

    rounds: Annotated[int, Meta(ge=0, le=20)] = 1


def parted(summary: str) -> tuple[str, tuple[str, ...]]:
    """What is told at once, and the tests one by one.

    >>> parted("- **Chief Complaint:** Fever.\\n- **Ancillary Tests:**\\n  - **CSF:** clear\\n  - **CT:** normal")
    ('- **Chief Complaint:** Fever.', ('**CSF:** clear', '**CT:** normal'))
    """
    found = _BEGIN.search(summary)
    if found is None:
        return summary.strip(), ()
    # A test may stand on the heading's own line.
    rest = found[0].split(":", 1)[-1].strip(" *") + "\n" + summary[found.end() :]
    tests = tuple(part.strip() for part in _ITEM.split(rest) if part.strip())
    return summary[: found.start()].strip(), tests


def asked_for(request: str, tests: Sequence[str]) -> list[int]:
    """Places of the tests that share a word with a request: in the name, where a test has one, else anywhere.

    >>> asked_for("lumbar puncture", ["**Lumbar Puncture (CSF):** clear", "**CT:** no mass in the lumbar spine"])
    [0]
    """
    words = set(terms(request))
    return [place for place, test in enumerate(tests) if words & set(terms(_name(test)))]


def _name(test: str) -> str:
    heading = _HEADING.match(test)
    return heading[1] if heading else test


class _Record:
    """Hands over the tests that are asked for; plays no part otherwise."""

    by = "record"

    def __init__(self, told: str, tests: Sequence[str], rounds: int) -> None:
        self.limit = rounds
        self._told, self._tests = told, tests

    def reset(self) -> Turn:
        """What is told at once."""
        return Turn(text=self._told)

    def step(self, action: str) -> Turn:
        """The results that the record has."""
        places = asked_for(action, self._tests)
        if not places:
            return Turn(text=NOTHING, notes=("refused",))
        return Turn(text="\n".join(self._tests[place] for place in places))

    def score(self, answer: Answer | None) -> Score:
        """An answer in words is judged, not compared."""
        return Score(total=0.0, notes=("judged elsewhere",))


class RequestedTests:
    """How well the requested tests fit those of the record.

    Attributes:
        name: Name of the score.
        part: What the total is: ``f1``, ``precision`` (share of requests that the record can answer) or ``recall``
            (share of its tests that were requested). All are 0 when nothing is asked for, as published.
    """

    def __init__(self, part: str = "f1") -> None:
        self.part = part
        self.name = f"requested tests, {part}"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        tests: list[str] = (case.extensions or {}).get(TESTS, [])
        requests: list[str] = attempt.reasoning.extensions.get(REQUESTED, []) if attempt.reasoning else []
        matched = [asked_for(request, tests) for request in requests]
        precision = sum(map(bool, matched)) / len(requests) if requests else 0.0
        recall = len({place for places in matched for place in places}) / len(tests) if tests else 0.0
        parts = {"f1": f_score(precision, recall), "precision": precision, "recall": recall}
        notes = () if requests else ("nothing was asked for",)
        return Score(total=parts[self.part], parts=parts, notes=notes)


class MedRStaged(MedRBench):
    """The diagnosis cases, whose tests must be asked for."""

    header = Header(
        name="medr-bench-staged",
        title="MedR-Bench, tests on request",
        paper="Nature Communications 2025, 16:9799",
        licence="CC BY-SA; supplied by the user",
        form="diagnosis",
        layout=MedRBench.header.layout,
        systems=("38",),
    )

    def read(self, paths: Sequence[Path]) -> Iterator[Case | Issue]:
        """The diagnosis cases; treatment is asked with all tests given only."""
        for item in super().read(paths):
            if isinstance(item, Issue):
                yield item
            elif item.question is not None and item.question.form == "diagnosis":
                told, tests = parted(item.text or "")
                yield msgspec.structs.replace(item, text=told, extensions={TESTS: list(tests)})

    def scorers(self) -> Sequence[Scorer]:
        """The requests, and with a judge the steps."""
        return (RequestedTests(), *super().scorers())

    def metrics(self) -> Sequence[Metric]:
        """Means of precision, recall and their harmonic mean, and with a judge those of the steps."""
        return (*(MeanScore(RequestedTests(part)) for part in ("f1", "precision", "recall")), *super().metrics())

    def setting(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """How often may be asked.

        Raises:
            UserError: A setting is unknown or out of range.
        """
        found: dict[str, Any] = msgspec.to_builtins(options_of("the record", TestsOptions, given))
        return found

    def environment(self, case: Case, setting: Mapping[str, Any], *, model: Model | None, seed: int) -> Environment:
        """The record of one case."""
        tests: list[str] = (case.extensions or {}).get(TESTS, [])
        return _Record(case.text or "", tests, int(setting.get("rounds", 1)))
