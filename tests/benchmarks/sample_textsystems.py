"""Samples of the benchmarks of systems 06, 25, 34 and 37, in their released layouts."""

from __future__ import annotations

import json
from pathlib import Path

from benchmark_samples import json_lines, sample


@sample("glianorex")
def glianorex(folder: Path) -> list[Path]:
    row = {"question": "Which cell makes orin?", "options": {"A": "Sarn", "B": "Vel", "C": "Dor", "D": "Kim"},
           "answer": "Dor", "answer_idx": "C", "language": "en", "generator": "gpt4"}  # fmt: skip
    return [json_lines(folder / "test.jsonl", [row, {**row, "question": "Quelle cellule ?", "language": "fr"}])]


@sample("glianorex-options")
def glianorex_options(folder: Path) -> list[Path]:
    return glianorex(folder)


@sample("medcasereasoning")
def medcasereasoning(folder: Path) -> list[Path]:
    row = {"pmcid": "PMC1", "title": "Gout", "case_prompt": "A chef has a hot toe.",
           "diagnostic_reasoning": "(1) At night.\n(2) Urate was raised.", "final_diagnosis": "Gout"}  # fmt: skip
    return [json_lines(folder / "test.jsonl", [row])]


@sample("drbench")
def drbench(folder: Path) -> list[Path]:
    pair = {"sentence1": "He has fever.", "sentence2": "He has no fever.", "gold_label": "contradiction", "pairID": "1"}
    other = {
        "sentence1": "She has a rash.",
        "sentence2": "Her skin is not clear.",
        "gold_label": "entailment",
        "pairID": "2",
    }
    note = "Feels ill.\nTemp 39."
    (folder / "notes.csv").write_text(f'ROW_ID,TEXT\n7,"{note}"\n', encoding="utf-8")
    (folder / "soap.csv").write_text("ROW ID,Begin,End,Section\n7,0,10,Subjective\n", encoding="utf-8")
    (folder / "summary.csv").write_text(
        "File ID,Assessment,Summary\n1,Septic and gouty.,sepsis; gout\n", encoding="utf-8"
    )
    return [
        folder / "notes.csv",
        folder / "soap.csv",
        folder / "summary.csv",
        json_lines(folder / "nli.jsonl", [pair, other]),
    ]


@sample("rjua-qa")
def rjua_qa(folder: Path) -> list[Path]:
    row = {"id": 1, "question": "右腰痛，怎么办？", "context": ["肾结石有腰痛。"], "answer": "考虑肾结石。",
           "disease": "肾结石", "advice": "泌尿系CT，多饮水", "gold_context": [0]}  # fmt: skip
    return [json_lines(folder / "chat_test.json", [row])]


@sample("rjua-qa-gold")
def rjua_qa_gold(folder: Path) -> list[Path]:
    return rjua_qa(folder)


@sample("rjua-qa-none")
def rjua_qa_none(folder: Path) -> list[Path]:
    return rjua_qa(folder)


@sample("direct-notes")
def direct_notes(folder: Path) -> list[Path]:
    made = folder / "notes" / "Gout"
    made.mkdir(parents=True)
    tree = {
        "Gout$Intermedia_3": {
            "Crystals without birefringence of plus sign prove gout$Cause_1": {"needle-shaped crystals$Input6": {}},
            "Suspected gout$Intermedia_2": {
                "Sudden arthritis of the great toe is typical$Cause_1": {"a hot great toe$Input2": {}},
                "Diuretics raise urate$Cause_1": {"hydrochlorothiazide$Input3": {}},
            },
        }
    }
    parts = {
        "input1": "toe pain\n", "input2": "Now a hot great toe.\n", "input3": "Takes\nhydrochlorothiazide.",
        "input4": "None\n", "input5": "Red, swollen joint.", "input6": "Synovial fluid: needle-shaped crystals.",
    }  # fmt: skip
    (made / "note1.json").write_text(json.dumps({**tree, **parts}), encoding="utf-8")
    return [folder / "notes"]
