"""MedR-Bench in stages: the summary is parted, tests are told on request, requests are scored by hand-worked shares."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark_samples import json_lines, samples
from workup import registry
from workup.benchmarks.medr_staged import MedRStaged, asked_for, parted
from workup.case import Case
from workup.errors import UserError
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.runner import Plan, run
from workup.evaluation.scoring import score_run
from workup.models import load
from workup.reasoner import Context
from workup.reasoners.ask_then_diagnose import AskThenDiagnose, requests
from workup.reasoning import Reasoning

SUMMARY = """\
- **Chief Complaint:** Fever.
- **Physical Examination:** Stiff neck.
- **Ancillary Tests:** CRP 90.
  - **Lumbar Puncture (CSF):** cloudy
  - **CT head:** normal, no lumbar disease
"""


def test_a_summary_is_parted_where_its_tests_begin() -> None:
    told, tests = parted(SUMMARY)
    assert told == "- **Chief Complaint:** Fever.\n- **Physical Examination:** Stiff neck."
    assert tests == ("CRP 90.", "**Lumbar Puncture (CSF):** cloudy", "**CT head:** normal, no lumbar disease")
    assert parted("A man with fever.") == ("A man with fever.", ())
    # By name, not by what the result says.
    assert asked_for("a lumbar puncture", tests) == [1]
    assert asked_for("colonoscopy", tests) == []


def test_what_is_not_asked_for_is_not_told(tmp_path: Path) -> None:
    (case,) = [one for one in MedRStaged().read([_written(tmp_path)]) if isinstance(one, Case)]
    assert "cloudy" not in str(case.blinded())
    met = MedRStaged().environment(case, MedRStaged().setting({"rounds": 2}), model=None, seed=0)
    assert "cloudy" not in met.reset().text
    assert met.step("spinal CSF").text == "**Lumbar Puncture (CSF):** cloudy"
    assert "no such result" in met.step("colonoscopy").text
    with pytest.raises(UserError, match="rounds"):
        MedRStaged().setting({"rounds": 99})


def test_requests_are_scored(tmp_path: Path) -> None:
    (case,) = [one for one in MedRStaged().read([_written(tmp_path)]) if isinstance(one, Case)]
    key = AttemptKey(benchmark="medr-bench-staged", version="1", case_id=case.id, case=case.digest(), reasoner="x")
    asked = Reasoning(reasoner="x", extensions={"requested": ["CSF", "colonoscopy", "head CT", "EEG"]})
    score = MedRStaged().scorers()[0].score(case, Attempt(key=key, reasoning=asked))
    # Two of four requests meet something; two of three tests were requested.
    assert score.parts == pytest.approx({"precision": 0.5, "recall": 2 / 3, "f1": 4 / 7})
    nothing = MedRStaged().scorers()[0].score(case, Attempt(key=key, reasoning=Reasoning(reasoner="x")))
    assert (nothing.total, nothing.notes) == (0.0, ("nothing was asked for",))


def test_requests_of_a_model_that_repeats_itself_are_bounded() -> None:
    assert requests("Additional Information Required:\n1. CBC\n2. MRI brain\n- CBC") == ["CBC", "MRI brain"]
    assert requests("Additional information required: No more is needed") == []
    assert len(requests("Additional Information Required: " + "; ".join(f"test {i}" for i in range(500)))) == 20


def test_rounds_end_when_nothing_more_is_needed(tmp_path: Path) -> None:
    replies = [
        "Conclusion: meningitis? Additional Information Required: CSF",
        "Conclusion: meningitis. Additional Information Required: none",
        "Answer: Bacterial meningitis",
    ]
    script = json_lines(tmp_path / "script.jsonl", [{"reply": reply} for reply in replies])
    with load(f"scripted/{script}") as model:
        plan = Plan(
            benchmark=MedRStaged(), data=(_written(tmp_path),), model=model, environment={"rounds": 5},
            reasoner=registry.load("reasoners", "ask-then-diagnose")(),
        )  # fmt: skip
        run(plan, tmp_path / "run")
    scores = score_run(tmp_path / "run")
    assert {one.metric: one.value for one in scores.estimates} == pytest.approx(
        {"requested tests, f1": 0.5, "requested tests, precision": 1.0, "requested tests, recall": 1 / 3}
    )
    assert scores.usage.calls == 3


def test_it_needs_somebody_who_answers(tmp_path: Path) -> None:
    (first, *_) = registry.load("benchmarks", "medr-bench")().read(samples()["medr-bench"](tmp_path))
    with pytest.raises(UserError, match="medr-bench-staged"):
        AskThenDiagnose().reason(first, Context())


def _written(folder: Path) -> Path:
    row = {"case_summary": SUMMARY, "differential_diagnosis": "1. Meningitis", "diagnosis_results": "Meningitis"}
    path = folder / "cases.json"
    path.write_text(json.dumps({"PMC1": {"generate_case": row}}), encoding="utf-8")
    return path
