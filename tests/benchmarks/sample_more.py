"""Samples of Arabic questions, of questions asked without their options, and of patients as lists of findings."""

from __future__ import annotations

from pathlib import Path

from benchmark_samples import json_lines, sample


@sample("medarabiq")
def medarabiq(folder: Path) -> list[Path]:
    path = folder / "multiple-choice.csv"
    path.write_text(
        "\ufeffQuestion,Answer,Category\n"
        '"ما العضو الذي يفرز الأنسولين؟\nأ. البنكرياس\nب. الطحال",أ. البنكرياس,Anatomy\n'
        '"ما العضو الذي يضخ الدم؟\nأ. الكبد\nب. القلب",ب. القلب,Anatomy\n',
        encoding="utf-8",
    )
    return [path]


@sample("medarabiq-open")
def medarabiq_open(folder: Path) -> list[Path]:
    path = folder / "fill-in.csv"
    path.write_text(
        "\ufeffQuestion - Arabic,Answer - Arabic,Category\nيفرز ____ الأنسولين,البنكرياس,Anatomy\n", encoding="utf-8"
    )
    return [path]


@sample("medqa-open")
def medqa_open(folder: Path) -> list[Path]:
    options = {"A": "Measles", "B": "Gout"}
    rows = [
        {"id": f"q{i}", "question": f"Patient {i} has a pain of the big toe. Which is it?", "options": options,
         "answer_idx": "B"}
        for i in range(2)
    ]  # fmt: skip
    return [json_lines(folder / "test.jsonl", rows)]


@sample("rarebench")
def rarebench(folder: Path) -> list[Path]:
    row = {"Phenotype": ["HP:0001083", "HP:0001166"], "RareDisease": ["OMIM:154700"], "Department": None}
    return [json_lines(folder / "RAMEDIS.jsonl", [row])]


def interviews(folder: Path) -> list[Path]:
    row = {
        "question": "What is it?",
        "context": ["A 40-year-old man has a painful toe.", "He had two attacks last year, and he drinks beer."],
        "options": {"A": "Gout", "B": "Measles", "C": "Scurvy", "D": "Rubella"},
        "facts": ["1. The man is 40.", "2. He had two attacks last year.", "3. He drinks beer."],
        "patient": {"age": "40 years old"},
    }
    rows = [{**row, "id": i, "answer_idx": key, "answer": row["options"][key]} for i, key in enumerate("AB")]  # type: ignore[index]
    return [json_lines(folder / "rows.jsonl", rows)]


sample("mediq")(interviews)
sample("mediq-full")(interviews)
