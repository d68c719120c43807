"""HealthBench, MedCalc-Bench, LiveQA and PubMedQA as released: counts, and an answer key that scores 100 %."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.benchmarks.healthbench import HealthBench, rubric_ratio
from workup.benchmarks.liveqa import LiveQARetrieval, PubMedQARetrieval, passages
from workup.benchmarks.medcalc_bench import MedCalcBench
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.verdicts import Verdict
from workup.reasoning import Answer, Reasoning

pytestmark = pytest.mark.real


def test_healthbench(data_dir: Path) -> None:
    cases = list(HealthBench().read([data_dir / "healthbench-sample" / "healthbench_dev.jsonl"]))
    found = [case for case in cases if isinstance(case, Case) and case.reference is not None]
    assert len(found) == len(cases) == 50
    rubrics = [case.reference.rubric for case in found if case.reference]
    assert sum(map(len, rubrics)) == 526
    assert sum(case.provenance["turns"] == 1 for case in found) == 30
    assert sum(bool(case.reference and case.reference.answer) for case in found) == 37
    assert all(str(case.provenance["canary"]).startswith("healthbench:") for case in found)
    for rubric in rubrics:
        best = [Verdict(item=c.text, verdict="met" if c.points > 0 else "not met", points=c.points) for c in rubric]
        assert rubric_ratio(best).value == 1.0


def test_medcalc_examples(data_dir: Path) -> None:
    benchmark = MedCalcBench()
    cases = list(benchmark.read([data_dir / "36-medic" / "medcalc_one_shot_27.json"]))
    assert len(cases) == 27
    (scorer,) = benchmark.scorers()
    kinds = []
    for case in cases:
        assert isinstance(case, Case)
        assert case.reference is not None
        assert case.reference.steps
        kinds.append(case.reference.extensions["target"]["kind"])
        key = AttemptKey(benchmark="b", version="1", case_id=case.id, case="x", reasoner="r")
        for answer, total in ((case.reference.answer or "", 1), ("999999", 0)):
            reasoning = Reasoning(reasoner="r", answer=Answer(level="number", text=answer))
            assert scorer.score(case, Attempt(key=key, reasoning=reasoning)).total == total
    assert {kind: kinds.count(kind) for kind in kinds} == {"decimal": 17, "date": 1, "integer": 9}


def test_retrieval_sets(data_dir: Path) -> None:
    folder = data_dir / "corpus-medquad"
    files = [folder / f"liveqa_{name}" for name in ("queries_dev.jsonl", "answers_dev.jsonl", "qrels_dev.tsv")]
    issue, *cases = LiveQARetrieval().read([*files, folder / "passages.jsonl"])
    assert isinstance(issue, Issue)
    assert issue.message.startswith("31 answers were judged more than once")
    assert len(cases) == 43
    # 294 judgements of 263 answers.
    assert sum(len(case.reference.relevant) for case in cases if isinstance(case, Case) and case.reference) == 263
    documents = list(passages([*files, folder / "passages.jsonl"]))
    assert [str(one) for one in documents if isinstance(one, Issue)] == [
        "201 documents have the id of another; they are numbered: id#2"
    ]
    assert len({one[0] for one in documents if not isinstance(one, Issue)}) == 242 + 2191

    folder = data_dir / "corpus-pubmedqa"
    files = [folder / "queries.jsonl", folder / "abstracts.jsonl"]
    assert len(list(PubMedQARetrieval().read(files))) == 500
    assert len(list(passages(files))) == 500
