"""NLI4CT: reading and scoring, on a made-up trial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.nli4ct import NLI4CT, entailment_f1, evidence_scores, label_scores, robustness
from workup.case import Case
from workup.errors import DataError, Issue

ITEMS: dict[str, dict[str, Any]] = {
    "a": {"Label": "Entailment"},
    "b": {"Label": "Contradiction"},
    "a1": {"Label": "Entailment", "Causal_type": ["Preserving", "a"]},
    "a2": {"Label": "Contradiction", "Causal_type": ["Altering", "a"]},
    "b2": {"Label": "Entailment", "Causal_type": ["Altering", "b"]},
}


def test_robustness_by_hand() -> None:
    given = {"a": "Entailment", "b": "Entailment", "a1": "Contradiction", "a2": "Contradiction", "b2": "Contradiction"}
    found = robustness(ITEMS, given)
    assert found.control_f1 == pytest.approx(2 / 3)
    # a2 differs from the true label of a; b2 equals the true label of b.
    assert found.faithfulness == 0.5
    # Only a was predicted right.
    assert found.faithfulness_of_right == 1
    assert found.consistency_with_gold == found.consistency_with_own == 0
    assert (found.altering, found.altering_of_right, found.preserving) == (2, 1, 1)


def test_a_sample_without_some_sources_measures_the_pairs_it_has() -> None:
    given = {"a": "Entailment", "b": "Entailment", "a1": "Contradiction", "a2": "Contradiction", "b2": "Contradiction"}
    sample = {uuid: item for uuid, item in ITEMS.items() if uuid != "b"}
    found = robustness(sample, given)
    # b2 has lost its source: only a2, which differs from the true label of a, is left.
    assert (found.faithfulness, found.altering, found.preserving_with_source, found.alone) == (1, 1, 1, 1)
    # The labels of all perturbed items count as before.
    assert found.contrast is not None
    assert found.contrast.n == 3


def test_a_label_that_could_not_be_read_is_never_faithful_or_consistent() -> None:
    found = robustness(ITEMS, {})
    assert found.faithfulness == found.faithfulness_of_right == 0
    assert found.consistency_with_gold == found.consistency_with_own == 0
    assert found.control.unread == 2


def test_always_contradiction_is_faithful_on_altered_entailments() -> None:
    found = robustness(ITEMS, dict.fromkeys(ITEMS, "Contradiction"))
    assert (found.control_f1, found.faithfulness) == (0, 0.5)
    assert entailment_f1(label_scores(ITEMS, dict.fromkeys(ITEMS, "Entailment"))) == pytest.approx(0.75)


def test_lines_named_twice_count_once_unless_upstream_is_wanted() -> None:
    gold = {"x": {"Type": "Comparison", "Primary_evidence_index": [0], "Secondary_evidence_index": [3]}}
    given = {"x": {"Primary_evidence_index": [0, 0, 1], "Secondary_evidence_index": []}}
    assert evidence_scores(gold, given) == (0.5, 0.5, 0.5)
    assert evidence_scores(gold, given, upstream_compatible=True) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_wrong_gold_is_named() -> None:
    with pytest.raises(DataError, match=r"b.*Label"):
        label_scores({"b": {"Label": "Maybe"}}, {})
    with pytest.raises(DataError, match="Causal_type"):
        robustness({"a": {"Label": "Entailment"}, "c": {"Label": "Entailment", "Causal_type": ["Altering"]}}, {})
    with pytest.raises(DataError, match="no items"):
        label_scores({}, {})


def test_reads_items_beside_their_reports(tmp_path: Path) -> None:
    trials = tmp_path / "CT"
    trials.mkdir()
    (trials / "NCT1.json").write_text(json.dumps({"Results": ["Outcome:", "  12 of 20 improved"]}))
    items = {
        "u1": {"Type": "Single", "Section_id": "Results", "Primary_id": "NCT1", "Statement": "Most improved.",
               "Label": "Entailment", "Primary_evidence_index": [1]},
        "u2": {"Type": "Single", "Section_id": "Results", "Primary_id": "../secret", "Statement": "x",
               "Label": "Entailment"},
        "u3": {"Type": "Single", "Section_id": "Results", "Primary_id": "NCT1", "Label": "Entailment"},
    }  # fmt: skip
    (tmp_path / "dev.json").write_text(json.dumps(items))
    case, outside, silent = list(NLI4CT().read([tmp_path / "dev.json", trials]))
    assert isinstance(case, Case)
    assert case.text == "Section: Results\n\nPrimary trial:\nOutcome:\n  12 of 20 improved"
    assert case.question is not None
    assert list(case.question.options) == ["Entailment", "Contradiction"]
    assert case.reference is not None
    assert case.reference.answer == "Entailment"
    assert case.blinded().reference is None
    assert isinstance(outside, Issue)
    assert outside.record == "u2"
    assert isinstance(silent, Issue)
    assert silent.field == "Statement"
