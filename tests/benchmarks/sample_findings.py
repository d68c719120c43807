"""Samples of the benchmarks of the phenotype engine and of the reading of texts."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_lines, sample


@sample("rare-disease")
def rare_disease(folder: Path) -> list[Path]:
    # Marfan syndrome and achondroplasia, with findings that their annotations have.
    rows = [
        {"id": "PMID_1_P1", "pmid": "PMID:1", "sex": "FEMALE", "excluded": [], "genes": [],
         "observed": [{"id": "HP:0001083"}, {"id": "HP:0001166"}],
         "gold": {"id": "OMIM:154700", "label": "Marfan syndrome"}},
        {"id": "PMID_2_P1", "pmid": "PMID:2", "sex": "MALE", "excluded": [], "genes": [],
         "observed": [{"id": "HP:0008873"}, {"id": "HP:0000256"}],
         "gold": {"id": "OMIM:100800", "label": "Achondroplasia"}},
    ]  # fmt: skip
    return [json_lines(folder / "cases.jsonl", rows)]


@sample("text-to-hpo")
def text_to_hpo(folder: Path) -> list[Path]:
    rows = [
        {"id": "1", "text": "She had a seizure.", "annotations": [{"hpo_id": "HP:0001250", "text": "seizure"}]},
        {"id": "2", "text": "No ataxia.", "annotations": [{"hpo_id": "HP:0001251", "text": "ataxia", "negated": True}]},
    ]
    return [json_lines(folder / "documents.jsonl", rows)]
