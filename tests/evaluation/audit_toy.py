"""Run a reasoner on derived cases in memory, for tests of the audits."""

from __future__ import annotations

from collections.abc import Sequence

from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.audits.gates import Ruling, hold
from workup.evaluation.audits.material import Material, derived, material
from workup.evaluation.audits.measuring import Measured, measure
from workup.evaluation.audits.perturbations import vary
from workup.evaluation.audits.suite import Suite, read_suite
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning
from workup.simulate.planted import Planted


def with_variants(cases: Sequence[Case], names: Sequence[str], seed: int = 0) -> dict[str, Case]:
    found = {}
    for case in cases:
        made = vary(case, names, seed=seed)
        assert not made.failed
        found[case.id] = case
        found.update({one.id: one for one in (derived(case, variant) for variant in made.variants)})
    return found


def attempt(case: Case, reasoning: Reasoning) -> Attempt:
    key = AttemptKey(benchmark="cases", version="1", case_id=case.id, case=case.digest(), reasoner=reasoning.reasoner)
    return Attempt(key=key, reasoning=reasoning)


def answered(case: Case, key: str | None, confidence: float = 0.0, **more: object) -> Attempt:
    answer = None if key is None else Answer(level="option", text=key, ids=(key,), probability=confidence)
    return attempt(case, Reasoning(reasoner="toy", answer=answer, **more))  # type: ignore[arg-type]


def planted(cases: dict[str, Case], flaw: str) -> Material:
    reasoner = Planted()
    ctx = Context(options={"flaw": flaw})
    return material(cases, [attempt(case, reasoner.reason(case.blinded(), ctx)) for case in cases.values()])


def audited(found: Material, suite: Suite | None = None) -> tuple[Measured, tuple[Ruling, ...]]:
    suite = suite or read_suite(None)
    measured = measure(found, suite, {"reasoner": "planted", "model": "", "options": {}})
    return measured, tuple(hold(gate, measured.figures) for gate in suite.gates())
