"""`workup reproduce` of systems whose figures are recomputed from released predictions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workup.systems import claims, reproduce

pytestmark = pytest.mark.real

# Systems that are measured from files of labels alone, each with a file whose labels can be changed.
RECORDED = {
    "11": "11-deepseek-r1/r1_medqa_zero_shot_labels.jsonl",
    "51": "51-64-nli4ct/dev200_gold_labels.json",
    "64": "51-64-nli4ct/semeval24_half_gold_labels.json",
}


@pytest.mark.parametrize("number", RECORDED)
def test_no_claim_fails(data_dir: Path, number: str) -> None:
    report = reproduce(number, data_dir)
    assert [(c.id, c.expected, c.measured, c.note) for c in report.claims if c.status == "fails"] == []
    assert any(c.status == "holds" for c in report.claims)


@pytest.mark.parametrize("number", RECORDED)
def test_changed_labels_move_the_figures(data_dir: Path, tmp_path: Path, number: str) -> None:
    """In a copy with some labels changed, nothing is claimed any more and the figures are others."""
    changed = RECORDED[number]
    for name in {path for claim in claims(number) for path in claim.inputs}:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = (data_dir / name).read_text(encoding="utf-8")
        target.write_text(_with_other_labels(text) if name == changed else text, encoding="utf-8")
    before = {claim.id: claim.measured for claim in reproduce(number, data_dir).claims}
    after = {claim.id: claim.measured for claim in reproduce(number, tmp_path).claims}
    assert after.keys() == before.keys()
    moved = [name for name in before if before[name] != after[name]]
    assert len(moved) > len(before) / 2


def _with_other_labels(text: str) -> str:
    """Give every fifth record another label."""
    turned = {"Entailment": "Contradiction", "Contradiction": "Entailment"}
    if text.lstrip().startswith("{") and "\n{" in text:
        lines = [json.loads(line) for line in text.splitlines()]
        for row in lines[::5]:
            row["answer_idx"] = "ABCD"[("ABCD".index(row["answer_idx"]) + 1) % 4]
        return "\n".join(map(json.dumps, lines))
    items = json.loads(text)
    for item in list(items.values())[::5]:
        item["Label"] = turned[item["Label"]]
    return json.dumps(items)
