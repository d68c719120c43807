"""Every method with a real small language model: shows that it runs from end to end, not that it is any good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from method_cases import PANELS, WITH_MODEL, options_for, reason

from workup.benchmarks.mediq import MediQ as Interactive
from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.models import Managed, load
from workup.models.gguf import smollm2_path
from workup.reasoner import Context
from workup.reasoners import asking
from workup.reasoners.blocks.environment import Encounter
from workup.reasoners.mediq import MediQ
from workup.reasoning import Reasoning

pytestmark = [pytest.mark.slow, pytest.mark.real]


@pytest.fixture(scope="module")
def model() -> Iterator[Managed]:
    if smollm2_path() is None:
        pytest.skip("SmolLM2 is not installed; make installs it")
    pytest.importorskip("xllamacpp")
    with load("smollm2", context=2048) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def cases(data_dir: Path) -> list[Case]:
    """The two shortest questions of the sample, so that the test is quick."""
    read = [case for case in MedQA().read([data_dir / "49-multimedqa/medqa_test_300.jsonl"]) if isinstance(case, Case)]
    return sorted(read, key=lambda case: len(asking.shown(case, asking.question_of(case))))[:2]


@pytest.mark.parametrize("name", WITH_MODEL)
def test_method(name: str, model: Managed, cases: list[Case], tmp_path: Path) -> None:
    options = options_for(name, tmp_path)
    # The methods with long prompts or several questions show with one case what the others show with two.
    for case in cases[: 2 if name in ("direct", "letter-likelihood", "ranked-list") else 1]:
        assert case.question is not None
        found = reason(name, case.blinded(), model, seed=1, max_tokens=24, **options)
        assert found.text
        assert found.abstained == ""
        assert found.usage.calls >= 1
        assert 0 < found.usage.output_tokens <= 24 * found.usage.calls
        if found.answer is not None:
            assert set(found.answer.ids) <= set(case.question.options)
            assert 0 <= found.answer.probability <= 1


@pytest.mark.parametrize("name", PANELS)
def test_panel(name: str, model: Managed, cases: list[Case], tmp_path: Path) -> None:
    for case in cases:
        assert case.question is not None
        found = reason(name, case.blinded(), model, seed=1, max_tokens=12, **options_for(name, tmp_path))
        assert found.answer is not None or found.text or found.abstained
        assert found.steps
        assert 0 < found.usage.calls <= 30
        assert found.usage.output_tokens <= 12 * found.usage.calls
        unread = sum(step.unread for step in found.steps)
        assert bool(unread) == any(issue.code == "unread" for issue in found.issues)
        if found.answer is not None:
            assert set(found.answer.ids) <= set(case.question.options)


@pytest.mark.parametrize(("expert", "patient"), [("scale", "fact-match"), ("implicit", "fact-select")])
def test_a_dialogue(expert: str, patient: str, model: Managed, data_dir: Path) -> None:
    """Doctor and patient are one small model: the dialogue ends within its limits, and what is unread is counted."""
    benchmark = Interactive()
    read = [case for case in benchmark.read([data_dir / "08-mediq/craft_md_half.jsonl"]) if isinstance(case, Case)]
    case = min(read, key=lambda case: len(str(case.extensions)))
    setting = benchmark.setting({"patient": patient, "max_questions": 1, "reply_tokens": 16})
    met = Encounter(benchmark.environment(case, setting, model=model, seed=1))
    options = {"expert": expert, "reply_tokens": 24}
    found = MediQ().reason(case.blinded(), Context(model=model, options=options, environment=met, seed=1))
    assert isinstance(found, Reasoning)
    assert sum(step.kind == "question" for step in found.steps) <= 1
    assert 1 <= len(found.extensions["positions"]) <= 2
    assert found.answer is not None or any(step.unread for step in found.steps)
