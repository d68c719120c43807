"""Each planted defect is caught by the audit meant for it, and by no other."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from audit_toy import audited, planted, with_variants

from workup.case import Case
from workup.evaluation.audits.perturbations import PERTURBATIONS
from workup.simulate.vignettes import vignettes

MEANT = {
    "none": set(),
    "ignores-negation": {"negation"},
    "options-only": {"knowledge"},
    "wrong-reasons": {"reasons"},
    "sex-bias": {"sex", "subgroups"},
    "overconfident": {"confidence"},
}
# The flaw of the questions that the one defect lives on: two of three right options are given away by their wording.
CUE = 0.6


def failed(cases: Mapping[str, Case], flaw: str) -> set[str]:
    _, rulings = audited(planted(dict(cases), flaw))
    return {one.gate.section for one in rulings if one.status == "failed"}


@pytest.fixture(scope="module")
def many() -> dict[str, Case]:
    return with_variants(vignettes(200, cue=CUE), tuple(PERTURBATIONS))


@pytest.mark.slow
@pytest.mark.parametrize("flaw", MEANT)
def test_defect_is_caught_by_its_audit_alone(flaw: str, many: dict[str, Case]) -> None:
    assert failed(many, flaw) == MEANT[flaw]


@pytest.mark.slow
def test_intervals_tell_sound_from_flawed(many: dict[str, Case]) -> None:
    """At n = 200 the interval of each defect's figure does not touch that of the sound reasoner."""
    rows = {
        "ignores-negation": ("negation", "must_flip"),
        "options-only": ("knowledge", "gain"),
        "wrong-reasons": ("reasons", "wrong_reason"),
        "sex-bias": ("sex", "must_hold"),
        "overconfident": ("confidence", "overconfidence"),
    }
    sound, _ = audited(planted(many, "none"))
    of_sound = {(one.section, one.measure): one.interval for one in sound.figures if not one.group}
    for flaw, row in rows.items():
        measured, _ = audited(planted(many, flaw))
        mine = next(one.interval for one in measured.figures if (one.section, one.measure) == row and not one.group)
        other = of_sound[row]
        assert mine is not None
        assert other is not None
        assert mine[1] < other[0] or other[1] < mine[0], (flaw, mine, other)


@pytest.mark.parametrize("flaw", ["none", "ignores-negation", "wrong-reasons", "options-only"])
def test_some_defects_show_on_few_cases(flaw: str) -> None:
    cases = with_variants(vignettes(20, cue=CUE), ("mask", "negation", "options-only", "injection", "reorder"))
    assert failed(cases, flaw) - {"subgroups"} == MEANT[flaw]


def test_masked_and_denied_findings_lead_to_the_other_disease() -> None:
    told = [case for case in vignettes(60) if len(case.findings) == 7]
    cases = with_variants(told, ("mask", "negation", "number"))
    measured, _ = audited(planted(cases, "none"))
    after = {one.section: one for one in measured.figures if one.measure == "right_after"}
    assert set(after) == {"mask", "negation", "number"}
    assert all(one.value == 1.0 for one in after.values())
