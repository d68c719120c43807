"""Ranks of the true disease from narratives: which entry is the true one, and what is counted."""

from __future__ import annotations

import json
from pathlib import Path

from workup.knowledge import Knowledge
from workup.systems.measurements.text_findings import diseases_named, narratives


def test_only_the_whole_name_names_a_disease() -> None:
    knowledge = Knowledge.load()
    ids = knowledge.diseases.ids
    # OMIM and Orphanet entries of one disease are one.
    assert {ids[i] for i in diseases_named(knowledge, ["wilson disease"])} == {"OMIM:277900"}
    assert diseases_named(knowledge, ["Wilson", "Late-onset Wilson disease of the liver", ""]) == set()


def test_narratives_with_a_named_disease_are_ranked(tmp_path: Path) -> None:
    folder = tmp_path / "38-medr-bench"
    folder.mkdir()
    summary = "He has arachnodactyly, ectopia lentis, tall stature and an aortic root aneurysm. Dural ectasia."
    cases = {
        "a": {"generate_case": {"case_summary": summary}, "checked_rare_disease": ["Marfan syndrome"]},
        "b": {"generate_case": {"case_summary": summary}, "checked_rare_disease": ["No such disease"]},
        "c": {"generate_case": {"case_summary": "He is well."}, "checked_rare_disease": ["Marfan syndrome"]},
    }
    (folder / "diagnosis_40_cases.json").write_text(json.dumps(cases))
    (folder / "treatment_40_cases.json").write_text("{}")
    found = narratives(tmp_path, "slow")
    assert {one.n for one in found.values()} == {1}
    assert found["text-narratives-top10"].value == 1.0
    assert "1 cases of diagnosis, 0 of treatment" in found["text-narratives-top1"].note
    (folder / "diagnosis_40_cases.json").write_text("{}")
    assert narratives(tmp_path, "slow") == {}
