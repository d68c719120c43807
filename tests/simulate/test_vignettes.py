"""Simulated vignettes: what is said of them is true of their words."""

from __future__ import annotations

from collections import Counter

import pytest

from workup.case import Case, Reference
from workup.evaluation.audits.mentions import mentioned
from workup.simulate.lookalikes import BESIDE, PAIRS
from workup.simulate.planted import findings
from workup.simulate.vignettes import vignettes


def truth(case: Case) -> Reference:
    assert case.reference is not None
    return case.reference


def test_places_and_status_of_findings_are_those_of_the_words() -> None:
    for case in vignettes(60):
        assert len(case.findings) >= 6
        assert {one.id: one.status for one in mentioned(case)} == {one.id: one.status for one in case.findings}


def test_findings_are_read_back() -> None:
    for case in vignettes(60):
        assert {name: status for name, (_, status) in findings(case.text or "").items()} == {
            finding.id: finding.status for finding in case.findings
        }


def test_groups_and_diseases_are_balanced() -> None:
    cases = vignettes(200)
    assert Counter(case.sex for case in cases) == {"female": 100, "male": 100}
    counts = Counter(truth(case).labels[0] for case in cases)
    assert set(counts.values()) == {10}
    keys = Counter(truth(case).answer for case in cases)
    assert min(keys.values()) > 30


def test_the_deciding_finding_is_told_of_most() -> None:
    told = silent = 0
    for case in vignettes(400):
        pair = next(pair for pair in PAIRS if pair.deciding.label == case.provenance["pair"])
        present = any(finding.id == pair.deciding.id for finding in case.findings)
        if truth(case).labels[0] == pair.first.label:
            told, silent = told + present, silent + (not present)
        else:
            assert not present
    assert told + silent == 200
    assert 0.2 < silent / 200 < 0.4


def test_more_cases_begin_with_the_same() -> None:
    assert vignettes(30, seed=4)[:10] == vignettes(10, seed=4)
    assert vignettes(3, seed=4) != vignettes(3, seed=5)
    assert all(case.provenance["simulated"] for case in vignettes(3))


def test_a_cue_lengthens_the_right_option_alone() -> None:
    for case in vignettes(20, cue=1.0):
        assert case.question is not None
        longest = max(case.question.options, key=lambda key: len(case.question.options[key]))  # type: ignore[union-attr]
        assert longest == truth(case).answer


def test_shares_are_checked() -> None:
    with pytest.raises(ValueError, match="shares"):
        vignettes(1, cue=2)


def test_ids_and_names_are_those_of_the_knowledge_base() -> None:
    from workup.knowledge import Knowledge

    knowledge = Knowledge.load()
    for pair in PAIRS:
        for disease in (pair.first, pair.second):
            assert knowledge.diseases.names[knowledge.diseases.ids.index(disease.id)] == disease.label
    for sign in (*BESIDE, *(sign for pair in PAIRS for sign in (*pair.shared, pair.deciding))):
        ontology = knowledge.ontology
        assert ontology.label(ontology.resolve(sign.id).terms[0]) == sign.label
