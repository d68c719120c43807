"""On every registered benchmark an oracle gets 100 %, and chance and the first option what they must.

What fails here is a reader that loses the right answer, a scorer that forgives, or a prompt whose reply is misread.
A new benchmark without a sample fails too: see ``tests/benchmark_samples.py``. The same on real data, with the share of
first options of each set, is in ``tests/real/test_chance.py``.
"""

from __future__ import annotations

import math
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from benchmark_samples import oracles, reasons_without, samples
from workup import registry
from workup.benchmarks.benchmark import Benchmark
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.judges.judge import Sheet
from workup.evaluation.scoring import benchmark_named
from workup.evaluation.verdicts import Verdict
from workup.interop.own_benchmarks import ADAPTED
from workup.models import Scripted
from workup.models.scripted import Line
from workup.reasoner import Context, Reasoner
from workup.reasoners import asking
from workup.reasoners.method import level_of
from workup.reasoning import Answer, Hypothesis, Level, Reasoning

DRAWS = 200


class Lenient:
    """A judge that finds nothing wrong: what an oracle says is right by definition."""

    name = "rule:lenient@1"

    def judge(self, sheet: Sheet) -> list[Verdict]:
        best = {"step": "Reasoning", "fact": "Correct", "hit": "hit", "diagnosis": "2"}
        return [
            sheet.verdict(item, best.get(sheet.task) or ("met" if item.points > 0 else "not met"), self.name)
            for item in sheet.items
        ]


def opened(name: str) -> Benchmark:
    if name in ADAPTED:
        return ADAPTED[name]()
    plain = benchmark_named(name)
    return plain if plain.scorers() else benchmark_named(name, Lenient())


def attempt(benchmark: Benchmark, case: Case, reasoning: Reasoning) -> Attempt:
    header = benchmark.header
    key = AttemptKey(
        benchmark=header.name, version=header.version, case_id=case.id, case=case.digest(), reasoner=reasoning.reasoner
    )
    return Attempt(key=key, reasoning=reasoning)


def said(case: Case) -> str:
    """What an oracle replies."""
    assert case.reference is not None
    answer = case.reference.answer or "all that is asked for"
    correction = case.reference.extensions.get("correction")
    if asking.question_of(case).form == "text":
        # The whole reply is the answer.
        return answer
    return f"Answer: {answer}: {correction}" if correction else f"Answer: {answer}"


def oracle(case: Case) -> Reasoning:
    """The right answer to a case: through prompt, model and parser wherever a model can be asked."""
    reference, question = case.reference, asking.question_of(case)
    assert reference is not None
    if reference.diagnoses:
        best = Hypothesis(id=reference.diagnoses[0], label="", rank=1.0, score=0.0, probability=1.0)
        return Reasoning(reasoner="oracle", differential=(best,), candidates=1)
    if reference.relevant:
        ids = tuple(sorted(reference.relevant, key=lambda name: -reference.relevant[name]))
        return Reasoning(reasoner="oracle", answer=Answer(level="list", text="", ids=ids))
    if question.form == "text" and reference.answer is None and not reference.rubric:
        return Reasoning(reasoner="oracle", answer=Answer(level="list", text="", ids=reference.accepted))
    with Scripted([Line(reply=said(case))]) as model:
        found = reasoner("direct").reason(case.blinded(), Context(model=model))
    assert isinstance(found, Reasoning)
    return found


@cache
def reasoner(name: str) -> Reasoner:
    made: Reasoner = registry.load("reasoners", name)()
    return made


def drawn(name: str, case: Case, seed: int = 0) -> Reasoning:
    found = reasoner(name).reason(case.blinded(), Context(seed=seed))
    assert isinstance(found, Reasoning)
    return found


def target_of(case: Case) -> object:
    """What is right, in whatever form the reference has it; nothing when silence is right."""
    reference = case.reference
    assert reference is not None
    return reference.answer or reference.accepted or reference.diagnoses or reference.relevant or reference.rubric


def test_every_benchmark_has_a_sample() -> None:
    have = {*samples(), *reasons_without()}
    missing = [name for name in registry.names("benchmarks") if name not in have]
    assert not missing, f"no sample of {', '.join(missing)}: add tests/benchmarks/sample_NAME.py, see benchmark_samples"
    assert not {*samples()} & {*reasons_without()}


@pytest.mark.parametrize("name", sorted(samples()))
def test_oracle_chance_and_first_option(name: str, tmp_path: Path) -> None:
    benchmark = opened(name)
    found = list(benchmark.read(samples()[name](tmp_path)))
    cases = [item for item in found if isinstance(item, Case)]
    assert cases
    assert [item for item in found if isinstance(item, Issue) and item.severity == "error"] == []
    headline = benchmark.scorers()[0]

    def total(case: Case, reasoning: Reasoning) -> float:
        return headline.score(case, attempt(benchmark, case, reasoning)).total

    right = oracles().get(name, oracle)
    assert [total(case, right(case)) for case in cases] == [1.0] * len(cases)
    for case in cases:
        question = asking.question_of(case)
        keys = asking.candidates(case, question)
        first = total(case, drawn("first-option", case))
        if not keys:
            # There is nothing to choose from: neither answers, and that is worth nothing, unless nothing is right.
            silence = total(case, Reasoning(reasoner="silent", abstained="nothing"))
            assert first == total(case, drawn("random", case)) == silence
            assert silence == 0.0 or not target_of(case)
            continue
        level = level_of(question)

        def worth(chosen: tuple[str, ...], case: Case = case, level: Level = level) -> float:
            return total(case, Reasoning(reasoner="all", answer=Answer(level=level, text=chosen[0], ids=chosen)))

        assert first == worth(keys[:1])
        # Everything that can be drawn, with its probability.
        if question.form == "choices":
            subsets = [tuple(c) for n in range(1, len(keys) + 1) for c in combinations(keys, n)]
            likely = {c: (1 + (len(c) == 1) / len(keys)) / 2 ** len(keys) for c in subsets}
        else:
            likely = {(key,): 1 / len(keys) for key in keys}
        assert sum(likely.values()) == pytest.approx(1)
        worths = {c: worth(c) for c in likely}
        chance = sum(p * worths[c] for c, p in likely.items())
        spread = sum(p * (worths[c] - chance) ** 2 for c, p in likely.items())
        draws = [total(case, drawn("random", case, seed)) for seed in range(DRAWS)]
        # Seeded: it either always or never holds. Four standard errors.
        assert sum(draws) / DRAWS == pytest.approx(chance, abs=4 * math.sqrt(spread / DRAWS) + 1e-12)
        if question.form in ("choice", "label"):
            assert chance == pytest.approx(1 / len(keys))
