"""The rule judge over MedR-Bench: the loop of searches runs over a local corpus, is bounded, and knows its limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.benchmarks.liveqa import passages
from workup.benchmarks.medr_bench import MedRBench
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.judges.lexical import LexicalSteps
from workup.evaluation.judges.search import MORE_SEARCHES
from workup.reasoning import Answer, Reasoning, Step
from workup.retrieval import BM25

pytestmark = pytest.mark.real
CASES = 5


def test_the_reference_reasoning_as_an_answer(data_dir: Path) -> None:
    files = [data_dir / "corpus-medquad" / "passages.jsonl", data_dir / "corpus-pubmedqa" / "abstracts.jsonl"]
    texts = dict(one for one in passages(files) if not isinstance(one, Issue))
    benchmark = MedRBench(LexicalSteps(BM25.build(texts.items()), texts))
    read = MedRBench().read([data_dir / "38-medr-bench" / "diagnosis_40_cases.json"])
    cases = [case for case in read if isinstance(case, Case)][:CASES]
    attempts = []
    for case in cases:
        assert case.reference is not None
        reasoning = Reasoning(
            reasoner="reference",
            answer=Answer(level="text", text=case.reference.answer or ""),
            steps=tuple(Step(kind="claim", claim=step) for step in case.reference.steps if step.strip()),
        )
        key = AttemptKey(benchmark="medr-bench", version="1", case_id=case.id, case="x", reasoner="reference")
        attempts.append(Attempt(key=key, reasoning=reasoning))
    (scorer,) = benchmark.scorers()
    for case, attempt in zip(cases, attempts, strict=True):
        parts = scorer.score(case, attempt).parts
        # An output that holds the reference's own steps hits them all.
        assert parts["completeness"] == 1.0
        assert 0 <= parts["efficiency"] <= 1
        searched = [verdict.why for verdict in scorer.settled(case, attempt) if "searched" in verdict.why]  # type: ignore[attr-defined]
        assert searched
        assert all(why.count(" | ") <= MORE_SEARCHES for why in searched)
