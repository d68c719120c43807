"""Recognition on the development halves: the figures of docs/text.md, with some slack, as floors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workup.benchmarks.text_to_hpo import ANY, DOCUMENT, EXCLUDED, OVERLAP, TextToHpo
from workup.knowledge import Knowledge
from workup.text.recognise import Recogniser

pytestmark = pytest.mark.real

# File: level, least F1.
FLOORS = {
    "gscplus_dev.jsonl": {ANY: 0.68, OVERLAP: 0.57},
    "bc8_exam_dev.jsonl": {DOCUMENT: 0.745, EXCLUDED: 0.48, ANY: 0.72},
    "id68_dev.jsonl": {DOCUMENT: 0.76, ANY: 0.77},
    "raghpo_cases_dev.jsonl": {DOCUMENT: 0.63},
}


@pytest.fixture(scope="module")
def figures(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    files = [data_dir / "text-to-hpo" / name for name in FLOORS]
    result = TextToHpo.run("rules", files, tmp_path_factory.mktemp("run"))
    return {file["file"]: file for file in result["files"]}


@pytest.mark.parametrize("name", FLOORS)
def test_floors(figures: dict[str, Any], name: str) -> None:
    for level, floor in FLOORS[name].items():
        assert figures[name]["levels"][level]["f1"] >= floor, level


def test_nested_helps_where_the_corpus_marks_nested_names(
    data_dir: Path, figures: dict[str, Any], tmp_path: Path
) -> None:
    name = "gscplus_dev.jsonl"
    result = TextToHpo.run("rules", [data_dir / "text-to-hpo" / name], tmp_path, nested=True)
    nested = result["files"][0]["levels"][ANY]
    assert nested["f1"] >= 0.725
    assert nested["recall"] > figures[name]["levels"][ANY]["recall"]


def test_the_dictionary_is_not_built_twice() -> None:
    knowledge = Knowledge.load()
    first, second = Recogniser.of(knowledge).names, Recogniser.of(knowledge).names
    assert second.store.folder == first.store.folder
    assert len(second) == len(first) > 100_000
