"""Samples of benchmarks on texts: wrong sentences, trial reports, plans, calculations."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark_samples import json_file, json_lines, sample


@sample("medrect")
def medrect(folder: Path) -> list[Path]:
    text = "1. She has a cough.\n2. It is a fracture."
    wrong = {"sample_id": "a", "sentences": text, "error_flag": 1, "error_type": "diagnosis", "error_sentence_id": 2,
             "corrected_sentence": "It is pneumonia."}  # fmt: skip
    right = {**wrong, "sample_id": "b", "error_flag": 0, "error_sentence_id": -1, "corrected_sentence": None}
    return [json_file(folder / "medrect.json", [wrong, right])]


@sample("nli4ct")
def nli4ct(folder: Path) -> list[Path]:
    trials = folder / "CT"
    trials.mkdir()
    (trials / "NCT1.json").write_text(json.dumps({"Results": ["Outcome:", "  12 of 20 improved"]}), encoding="utf-8")
    about = {"Type": "Single", "Section_id": "Results", "Primary_id": "NCT1", "Primary_evidence_index": [1]}
    items = {
        "u1": {**about, "Statement": "Most improved.", "Label": "Entailment"},
        "u2": {**about, "Statement": "None improved.", "Label": "Contradiction"},
        "u3": {**about, "Statement": "All improved.", "Label": "Contradiction"},
    }
    return [json_file(folder / "dev.json", items), trials]


@sample("n2c2-plan")
def n2c2_plan(folder: Path) -> list[Path]:
    note = "Assess: sepsis.\nPlan: fluids. Also: vitamins."
    (folder / "notes.csv").write_text(f'ROW_ID,TEXT\n7,"{note}"\n', encoding="utf-8")
    rows = ["ROW ID,HADM ID,Assessment Begin,Assessment End,PlanSubsection Begin,PlanSubsection End,Relation"]
    for word, relation in (("fluids", "Direct"), ("vitamins", "Not Relevant")):
        start = note.index(word)
        rows.append(f"7,1,8,14,{start},{start + len(word)},{relation}")
    (folder / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return [folder / "pairs.csv", folder / "notes.csv"]


@sample("medcalc-bench")
def medcalc_bench(folder: Path) -> list[Path]:
    about = {"Calculator Name": "Ratio", "Category": "lab test", "Patient Note": "A man.", "Relevant Entities": "{}",
             "Question": "What is it?", "Ground Truth Explanation": "So."}  # fmt: skip
    decimal = {**about, "Row Number": "1", "Calculator ID": "67", "Ground Truth Answer": "2.0", "Lower Limit": "1.9",
               "Upper Limit": "2.1"}  # fmt: skip
    whole = {**about, "Patient Note": "A woman.", "Row Number": "2", "Calculator ID": "4", "Ground Truth Answer": "3",
             "Lower Limit": "3", "Upper Limit": "3"}  # fmt: skip
    return [json_lines(folder / "test.jsonl", [decimal, whole])]
