"""``workup audit`` on files that nobody prepared for it: free-text notes, multiple choice, bad records, own terms."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workup.cli import cli
from workup.errors import DataError
from workup.evaluation.run_store import RunStore

NOTES: list[dict[str, object]] = [
    {
        "id": "note-1",
        "text": "A 34-year-old woman came with palpitations and weight loss. She has a fine tremor. There is no fever. "
        "Her resting pulse was 118/min. Examination shows ptosis. The skin is warm. Reflexes are brisk.",
        "reference": {"answer": "Graves disease", "diagnoses": ["OMIM:275000"]},
    },
    {
        "id": "note-2",
        "text": "Mr. Khan is a 61-year-old man with muscle weakness. He has dysphagia and ptosis. He denies pain. He "
        "has no diplopia. Reflexes are normal. CK was 110 U/L.",
        "reference": {"answer": "Myasthenia gravis"},
    },
    {"id": "note-3", "text": "Ein Junge mit Fieber und Husten.", "reference": {"answer": "Pneumonie"}},
    {"id": "nothing is right", "text": "Fever."},
]
QUESTIONS = [
    {
        "question": "A 24-year-old man has had fever and cough for 5 days. His troponin is 3.2 ng/mL. He smokes. "
        "There is no rash. Which of the following is the most likely diagnosis?",
        "options": {"A": "Pneumonia", "B": "Asthma", "C": "Lung cancer", "D": "Sarcoidosis"},
        "answer_idx": "A",
    },
    {
        "question": "Which vitamin deficiency causes scurvy?",
        "options": {"A": "Vitamin C", "B": "Vitamin D", "C": "Vitamin K"},
        "answer_idx": "A",
    },
]
TERMS = """source_language\tsource_value\ttranslation_language\ttranslation_value\ttranslation_status
en\tPneumonia\tde\tLungenentzündung\tOFFICIAL
en\tAsthma\tde\tAsthma bronchiale\tOFFICIAL
en\tLung cancer\tde\tLungenkrebs\tOFFICIAL
en\tSarcoidosis\tde\tSarkoidose\tOFFICIAL
en\tVitamin C\tde\tAscorbinsäure\tCANDIDATE
"""


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["audit", *map(str, arguments)])


def written(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def made(folder: Path) -> dict[str, list[dict[str, object]]]:
    """Variants by perturbation."""
    found: dict[str, list[dict[str, object]]] = {}
    for line in (folder / "cases.jsonl").read_text().splitlines():
        case = json.loads(line)
        if "~" in case["id"]:
            found.setdefault(case["id"].split("~")[1], []).append(case)
    return found


def test_free_text_notes(tmp_path: Path) -> None:
    script = written(
        tmp_path / "replies.jsonl",
        [{"match": "palpitations", "reply": "Answer: Graves disease"}, {"match": "", "reply": "Answer: Pneumonia"}],
    )
    found = call(
        "direct",
        "--model",
        f"scripted/{script}",
        "--data",
        written(tmp_path / "n.jsonl", NOTES),
        "--out",
        tmp_path / "a",
    )
    assert found.exit_code in (0, 1), found.output
    assert "n.jsonl" in found.output
    assert "record 4, field reference: has no reference" in found.output
    variants = made(tmp_path / "a")
    assert variants.keys() >= {"mask", "negation", "number", "synonym", "reorder", "distractor", "typo", "age", "sex"}
    # There is nothing to choose from, so that nothing of options can be asked.
    assert not variants.keys() & {"option-shuffle", "options-only", "translation", "form-words"}
    assert "translation (options in another language)" in found.output
    # Nobody named a baseline: the nearest other note stands beside, never the one that a variant was made of.
    assert "the baseline nearest-case" in found.output
    with RunStore(tmp_path / "a" / "baseline") as store:
        for attempt in store.attempts():
            assert attempt.reasoning is not None
            own = attempt.key.case_id.partition("~")[0]
            assert not any(step.claim.endswith(f"known case is {own}") for step in attempt.reasoning.steps)
    rows = (tmp_path / "a" / "audit.csv").read_text()
    # The accuracy is said first, and what moves the answer without a gate on it.
    page = (tmp_path / "a" / "audit.html").read_text()
    assert re.search(r"Right in [\d.]+ % \[[\d.]+, [\d.]+\] of \d+ cases; nearest-case in", page)
    # The reply hangs on one word, which its synonym does not have.
    assert "synonym,must_hold" in rows
    assert (tmp_path / "a" / "audit.html").stat().st_size > 10_000


def test_multiple_choice_with_terms_of_ones_own(tmp_path: Path) -> None:
    data = written(tmp_path / "mcq.jsonl", QUESTIONS)
    (tmp_path / "de.tsv").write_text(TERMS)
    suite = tmp_path / "suite.toml"
    suite.write_text(f'[perturbation.translation]\ntable = "{tmp_path / "de.tsv"}"\n')
    found = call("first-option", "--benchmark", "medqa", "--data", data, "--suite", suite, "--out", tmp_path / "a")
    assert found.exit_code in (0, 1), found.output
    variants = made(tmp_path / "a")
    assert variants.keys() >= {
        *("mask", "negation", "number", "synonym", "distractor", "typo", "sex", "age"),
        *("option-shuffle", "form-numbers", "form-words", "injection", "options-only", "words-shuffled", "translation"),
    }
    # Of the second question one name is a candidate, and two are not there: it is left as it is.
    assert [case["question"]["options"] for case in variants["translation"]] == [  # type: ignore[index]
        {"A": "Lungenentzündung", "B": "Asthma bronchiale", "C": "Lungenkrebs", "D": "Sarkoidose"}
    ]
    inputs = json.loads((tmp_path / "a" / "inputs.json").read_text())
    assert inputs["suite"]["perturbation"]["translation"]["table"] == "de.tsv"
    assert list(inputs["tables"]) == ["de.tsv"]
    assert str(tmp_path) not in (tmp_path / "a" / "audit.json").read_text()
    # Whoever takes the first option changes the answer wherever another option has come to the first place.
    firsts = [case["question"]["options"]["A"] for case in variants["option-shuffle"]]  # type: ignore[index]
    kept = sum(first == QUESTIONS[i]["options"]["A"] for i, first in enumerate(firsts))  # type: ignore[index]
    rows = (tmp_path / "a" / "audit.csv").read_text().splitlines()
    shuffled = next(row for row in rows if row.startswith("first-option,option-shuffle,must_hold"))
    assert float(shuffled.split(",")[4]) == kept / 2 < 1


@pytest.mark.parametrize(
    ("content", "message"),
    [("a,b\n1,2\n", "columns source"), ("source,language,target\n", "holds no translation"), ("\xff", "UTF-8")],
)
def test_a_wrong_table_of_terms_is_one_clear_error(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content.encode("latin-1"))
    suite = tmp_path / "suite.toml"
    suite.write_text(f'perturbations = ["translation"]\n[perturbation.translation]\ntable = "{tmp_path / "t.csv"}"\n')
    data = written(tmp_path / "mcq.jsonl", QUESTIONS)
    found = call("first-option", "--benchmark", "medqa", "--data", data, "--suite", suite, "--out", tmp_path / "a")
    assert isinstance(found.exception, DataError)
    assert message in str(found.exception)
