"""Ranks from a text against ranks from its codes, on documents whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

from workup.systems.measurements.text_findings import is_held
from workup.systems.measurements.text_ranks import real

TEXT = "A man with arachnodactyly, ectopia lentis, tall stature and scoliosis. No seizures."
CODES = ("HP:0001166", "HP:0001083", "HP:0000098", "HP:0002650")


def _write(folder: Path, file: str, codes: dict[str, list[str]]) -> None:
    rows = [
        {"id": name, "text": TEXT, "annotations": [{"hpo_id": code} for code in ids]} for name, ids in codes.items()
    ]
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_a_text_that_says_what_its_codes_say(tmp_path: Path) -> None:
    folder = tmp_path / "text-to-hpo"
    folder.mkdir()
    _write(folder, "raghpo_cases_dev.jsonl", {"a": list(CODES)})
    # Other codes than the text has, and a document without any, which is left out.
    _write(folder, "id68_dev.jsonl", {"b": ["HP:0001744", "HP:0001903", "HP:0000952"], "c": []})
    found = real(tmp_path, "slow")
    assert {claim: one.n for claim, one in found.items()} == dict.fromkeys(found, 1)
    assert [found[f"text-codes-raghpo-{what}"].value for what in ("top10", "mean-reciprocal-rank")] == [1.0, 1.0]
    assert found["text-codes-raghpo-overlap"].value >= 0.9  # type: ignore[operator]
    assert found["text-codes-id68-overlap"].value <= 0.1  # type: ignore[operator]
    assert found["text-codes-id68-top10"].value == 0.0


def test_the_halves_are_those_of_the_hash() -> None:
    # SHA-256 of "a" ends in bb, of "b" in 9d, of "d" in e4.
    assert [is_held(name) for name in ("a", "b", "d")] == [True, True, False]
