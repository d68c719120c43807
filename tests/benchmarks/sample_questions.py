"""Samples of question sets with options; the right answer is the first option in two of every five questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark_samples import json_file, json_lines, sample

# Place of the right option in each question.
RIGHT = (0, 1, 2, 0, 3)
WORDS = ("Measles", "Gout", "Mumps", "Scurvy")


def rows(**changes: str) -> list[dict[str, Any]]:
    """MedQA's rows."""
    return [
        {
            "id": f"q{i}",
            "question": f"Patient {i} has a rash. Which is it?",
            "options": dict(zip("ABCD", WORDS, strict=True)),
            "answer_idx": "ABCD"[place],
            "meta_info": "step1",
            **changes,
        }
        for i, place in enumerate(RIGHT)
    ]


@sample("medqa")
def medqa(folder: Path) -> list[Path]:
    return [json_lines(folder / "test.jsonl", rows())]


@sample("medbullets")
def medbullets(folder: Path) -> list[Path]:
    return [json_lines(folder / "test.jsonl", [{**row, "realidx": row["id"]} for row in rows()])]


@sample("afrimedqa")
def afrimedqa(folder: Path) -> list[Path]:
    return [json_lines(folder / "test.jsonl", [{**row, "realidx": row["id"]} for row in rows()])]


@sample("medmcqa")
def medmcqa(folder: Path) -> list[Path]:
    options = dict(zip(("opa", "opb", "opc", "opd"), WORDS, strict=True))
    found = [{"id": f"m{i}", "question": f"Which {i}?", **options, "cop": place} for i, place in enumerate(RIGHT)]
    return [json_lines(folder / "dev.json", found)]


@sample("mmlu-medical")
def mmlu_medical(folder: Path) -> list[Path]:
    path = folder / "anatomy_test.csv"
    lines = [f'"Which, {i}?",{",".join(WORDS)},{"ABCD"[place]}' for i, place in enumerate(RIGHT)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [path]


@sample("mmlu-pro")
def mmlu_pro(folder: Path) -> list[Path]:
    about = {"options": list(WORDS), "category": "health"}
    found = [
        {**about, "question_id": i, "question": f"Which {i}?", "answer": "ABCD"[place]} for i, place in enumerate(RIGHT)
    ]
    return [json_file(folder / "test.json", found)]


@sample("pubmedqa")
def pubmedqa(folder: Path) -> list[Path]:
    found = {
        str(i): {"QUESTION": f"Does {i}?", "CONTEXTS": ["It did."], "LABELS": ["RESULT"], "final_decision": decision,
                 "LONG_ANSWER": "So it seems."}
        for i, decision in enumerate(("yes", "no", "maybe", "yes"))
    }  # fmt: skip
    return [json_file(folder / "pqal.json", found)]
