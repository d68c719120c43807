"""Sixteen cases at once give what one at a time gives, for every reasoner; dialogues: see test_mediq_benchmark."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from every_reasoner import ASKED, LEFT_OUT, given_to
from method_cases import method

from workup import registry
from workup.about import about
from workup.benchmarks.native import NativeCases
from workup.case import Case, Reference, to_json
from workup.evaluation.run_store import RunStore
from workup.evaluation.runner import Plan, results_digest, run
from workup.knowledge import Knowledge
from workup.models.model import Generation, Reply, TokenLogprob
from workup.reasoner import Context, Reasoner
from workup.reasoning import Reasoning, Usage

SAYS = (
    'Find one. [TOOL_CALLS] [{"name": "Tool_RAG", "arguments": {"description": "convert units"}}]',
    'Try it. [TOOL_CALLS] [{"name": "convert_units", "arguments": {"value": 1, "from_unit": "g", "to_unit": "mg"}}]',
    '[FinalAnswer] A [TOOL_CALLS] [{"name": "Finish", "arguments": {}}]',
    "Because of the spots. Answer: A",
    "No, it is gout. Answer: B",
    "1. Toyosis 1\n2. Toyosis 3\n3. Gout",
    "## **Toyosis 1** (Rank #1/5)\nIt fits [E1].\n## **Toyosis 3** (Rank #2/5)",
    "Correct. It has the findings [E1].",
    "Incorrect.",
    '{"conclusion": "A", "premises": ["a fever"]}',
    "yes",
)


class Drawn:
    """Says what the digest of the question says, and so the same in any order."""

    name = "drawn"

    def generate(self, messages: Any, *, n: int = 1, sampling: Any = None, **_: Any) -> Reply:
        asked = "".join(message.content for message in messages)
        drawn = [hashlib.sha256(f"{number} {asked}".encode()).digest()[0] for number in range(n)]
        token = TokenLogprob(token="A", logprob=-1.0, top={"B": -2.0})
        said = tuple(Generation(text=SAYS[one % len(SAYS)], logprobs=(token,)) for one in drawn)
        return Reply(generations=said, model=self.name, usage=Usage(calls=n, output_tokens=n))


class Beside:
    """A reasoner on the toy knowledge."""

    def __init__(self, reasoner: Reasoner, knowledge: Knowledge) -> None:
        self.name = reasoner.name
        self._reasoner, self._knowledge = reasoner, knowledge

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        found = self._reasoner.reason(case, msgspec.structs.replace(ctx, knowledge=self._knowledge))
        assert isinstance(found, Reasoning)
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sixteen")


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in registry.names("reasoners")
        if name not in LEFT_OUT and "environment" not in about("reasoners", name).needs
    ],
)
def test_sixteen_at_once_are_the_same_as_one_at_a_time(
    name: str, folder: Path, tmp_path: Path, rich: Knowledge
) -> None:
    path = tmp_path / "cases.jsonl"
    rows = [
        msgspec.structs.replace(case, id=f"{number}-{place}", sex=sex, reference=Reference(answer="A"))
        for number, sex in enumerate(("female", "male"))
        for place, case in enumerate(ASKED)
    ]
    path.write_bytes(b"\n".join(map(to_json, rows)) + b"\n")
    options = given_to(name, folder)
    digests = set()
    for workers in (1, 16):
        plan = Plan(
            benchmark=NativeCases(),
            data=(path,),
            reasoner=Beside(method(name)(), rich),
            options=options,
            model=Drawn(),
        )
        outcome = run(plan, tmp_path / str(workers), workers=workers)
        assert (outcome.done, outcome.failed, outcome.unread) == (len(rows), 0, ())
        digests.add(results_digest(RunStore(tmp_path / str(workers)).attempts()))
    assert len(digests) == 1
