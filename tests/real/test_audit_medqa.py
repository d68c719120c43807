"""Perturbations of examination questions as they were released."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from workup.benchmarks.medqa import MedQA
from workup.case import Case
from workup.evaluation.audits.perturbations import PERTURBATIONS, vary
from workup.evaluation.audits.variant import unlike


@pytest.mark.real
@pytest.mark.slow
def test_variants_of_medqa_change_only_what_they_name(data_dir: Path) -> None:
    path = data_dir / "49-multimedqa" / "medqa_test_300.jsonl"
    cases = (item for item in MedQA().read([path]) if isinstance(item, Case))
    made: Counter[str] = Counter()
    for case in islice(cases, 20):
        found = vary(case, tuple(PERTURBATIONS))
        assert not found.failed
        for variant in found.variants:
            made[variant.perturbation] += 1
            assert unlike(case, variant.case, variant.edits) == ()
            # Nobody says which finding of these decides.
            assert variant.expectation != "must-flip"
    assert made["option-shuffle"] == made["typo"] == made["options-only"] == 20
    assert made["negation"] >= 8
    assert made["mask"] >= 8
