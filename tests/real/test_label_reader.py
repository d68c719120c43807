"""Labels read from released free answers, beside the labels that were released with them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workup.evaluation import parse
from workup.systems.measurements import load

pytestmark = pytest.mark.real

DOCS = Path(__file__).resolve().parents[2] / "docs" / "parsing.md"


def test_reader_agrees_with_the_released_labels(data_dir: Path) -> None:
    measured = load("nli4ct.label_reader")(data_dir, "ci")
    readers = {name: one for name, one in measured.items() if not name.endswith("first-keyword")}
    assert {"reader-gemini", "reader-gpt4"} <= set(readers)
    assert all(one.n > 0 for one in readers.values())
    assert {name: one.value for name, one in readers.items() if float(str(one.value)) < 0.95} == {}


def test_every_disagreement_is_listed(data_dir: Path) -> None:
    folder = data_dir / "51-64-nli4ct"
    released = json.loads((folder / "dnlp_dev_predictions.json").read_text())
    listed = set(re.findall(r"^\| `([0-9a-f-]{36})`", DOCS.read_text(), re.MULTILINE))
    found = set()
    for model in ("gemini", "gpt4"):
        for line in (folder / f"dnlp_dev_raw_{model}_100.jsonl").read_text().splitlines():
            row = json.loads(line)
            if parse.label(row["result"], ("Entailment", "Contradiction")).value != released[model][row["id"]]:
                found.add(row["id"])
    assert found == listed


def test_several_files_of_a_model_are_taken_together(tmp_path: Path) -> None:
    folder = tmp_path / "51-64-nli4ct"
    folder.mkdir()
    (folder / "dnlp_dev_predictions.json").write_text(json.dumps({"palm": {"1": "Entailment", "2": "Contradiction"}}))
    (folder / "dnlp_dev_raw_palm_a.jsonl").write_text('{"id": "1", "result": "Entailment."}\n')
    (folder / "dnlp_dev_raw_palm_b.jsonl").write_text('{"id": "2", "result": "It is entailed."}\n')
    (folder / "dnlp_dev_raw_other.jsonl").write_text('{"id": "2", "result": "It is entailed."}\n')
    measured = load("nli4ct.label_reader")(tmp_path, "ci")
    assert (measured["reader-palm"].value, measured["reader-palm"].n) == (0.5, 2)
    assert not any("other" in name for name in measured)
