"""An oracle is right everywhere, chance and the first option as often as they must be: on every benchmark with data.

Sets whose texts may not be passed on, or whose answers are judged, are measured on samples instead, as every registered
benchmark is: ``tests/benchmarks/test_oracle_and_chance.py``. What fails here is a reader that loses the right answer, a
scorer that forgives, or a prompt whose reply is misread.
"""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from workup import registry
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case, Form
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.runner import Plan, run
from workup.evaluation.scoring import score_run
from workup.models import Managed
from workup.models.model import GREEDY, Generation, Reply
from workup.models.record import Call
from workup.models.replay import ReplayBackend
from workup.models.request import Request
from workup.reasoner import Context, Reasoner
from workup.reasoners import asking
from workup.reasoners.direct import INSTRUCTION

pytestmark = pytest.mark.real

DATA: dict[str, tuple[tuple[str, ...], ...]] = {
    "medqa": (("49-multimedqa/medqa_test_300.jsonl",), ("19-medagentsbench/medqa_test_hard_half.jsonl",)),
    "medmcqa": (("19-medagentsbench/medmcqa_test_hard_half.jsonl",),),
    "mediq": (("08-mediq/dev_good_third.jsonl", "08-mediq/craft_md_half.jsonl"),),
    "mediq-full": (("08-mediq/dev_good_third.jsonl", "08-mediq/craft_md_half.jsonl"),),
    "mmlu-medical": (("19-medagentsbench/mmlu_test_hard_half.jsonl",),),
    "mmlu-pro": (("19-medagentsbench/mmlu-pro_test_hard_half.jsonl",),),
    "pubmedqa": (
        ("49-multimedqa/pubmedqa_pqal_test250.json",),
        ("49-multimedqa/pubmedqa_pqal_train200.json",),
        ("19-medagentsbench/pubmedqa_test_hard_half.jsonl",),
    ),
    "medrect": (
        ("40-medrect/medrect_en_150.json",),
        ("40-medrect/medrect_ja_step3_80.json",),
        ("40-medrect/medec_ms_val_200.csv",),
    ),
}
SETS = [(name, files) for name, several in DATA.items() for files in several]


def benchmark(name: str) -> Benchmark:
    found: Benchmark = registry.load("benchmarks", name)()
    return found


def said(case: Case) -> str:
    """What an oracle replies."""
    assert case.reference is not None
    answer = case.reference.answer or ""
    correction = case.reference.extensions.get("correction")
    return f"Answer: {answer}: {correction}" if correction else f"Answer: {answer}"


def oracle(cases: list[Case]) -> Managed:
    """A model that has the right reply to each case on record."""
    calls = []
    for case in cases:
        blinded = case.blinded()
        request = Request(messages=asking.messages(blinded, asking.question_of(blinded), INSTRUCTION), sampling=GREEDY)
        reply = Reply(generations=(Generation(text=said(case)),), model="oracle")
        calls.append(Call(model="oracle", key=request.digest(), request=request, reply=reply))
    return Managed(ReplayBackend(calls, "oracle"))


def attempts(name: str, reasoner: str, cases: list[Case], model: Managed | None = None) -> list[Attempt]:
    made: Reasoner = registry.load("reasoners", reasoner)()
    version = benchmark(name).header.version
    found = []
    for seed, case in enumerate(cases):
        reasoning = made.reason(case.blinded(), Context(model=model, seed=seed))
        key = AttemptKey(benchmark=name, version=version, case_id=case.id, case=case.digest(), reasoner=reasoner)
        found.append(Attempt(key=key, reasoning=reasoning))  # type: ignore[arg-type]
    return found


def share(name: str, cases: list[Case], tried: list[Attempt]) -> float:
    """Mean of the benchmark's headline."""
    scorer = benchmark(name).scorers()[0]
    return sum(scorer.score(case, attempt).total for case, attempt in zip(cases, tried, strict=True)) / len(cases)


@pytest.mark.parametrize(("name", "files"), SETS, ids=[files[0].split("/")[1] for _, files in SETS])
def test_oracle_chance_and_first_option(name: str, files: tuple[str, ...], data_dir: Path) -> None:
    cases = [case for case in benchmark(name).read([data_dir / file for file in files]) if isinstance(case, Case)]
    assert len(cases) >= 30
    right = attempts(name, "direct", cases, oracle(cases))
    assert [attempt.key.case_id for attempt in right if not attempt.reasoning or not attempt.reasoning.answer] == []
    assert share(name, cases, right) == 1.0

    choices = [asking.candidates(case, asking.question_of(case)) for case in cases]
    answers = [case.reference.answer for case in cases if case.reference]
    assert all(answer in keys for answer, keys in zip(answers, choices, strict=True))
    firsts = sum(answer == keys[0] for answer, keys in zip(answers, choices, strict=True))
    assert share(name, cases, attempts(name, "first-option", cases)) == firsts / len(cases)
    assert share(name, cases, attempts(name, "majority", cases)) == firsts / len(cases)

    # Seeded, so that it either always or never holds; nearly four standard errors.
    chance = [1 / len(keys) for keys in choices]
    error = math.sqrt(sum(p * (1 - p) for p in chance)) / len(cases)
    assert share(name, cases, attempts(name, "random", cases)) == pytest.approx(
        sum(chance) / len(cases), abs=3.9 * error
    )


def test_the_same_through_a_run(data_dir: Path, tmp_path: Path) -> None:
    """Runner, store and scores from disk."""
    medqa, data = benchmark("medqa"), (data_dir / "49-multimedqa/medqa_test_300.jsonl",)
    cases = [case for case in medqa.read(data) if isinstance(case, Case)]
    plan = Plan(
        benchmark=medqa, data=data, reasoner=registry.load("reasoners", "direct")(), model=oracle(cases), limit=40
    )
    assert run(plan, tmp_path / "oracle", workers=2).failed == 0
    scores = score_run(tmp_path / "oracle")
    assert scores.estimates[0].value == 1.0
    assert scores.counts == {"attempts": 40}
    forms: set[Form] = {asking.question_of(case).form for case in cases}
    assert forms == {"choice"}
