"""The measurements of system 14 on the real sample; the small model in the slow tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from workup.systems.measurements import load

pytestmark = pytest.mark.real


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("specs", {"specs-load": 110, "specs-once": 110, "specs-special": 3}),
        ("labels", {"label-questions": 10, "label-quotes": 10}),
        ("backends", {"hpo-to-disease": True, "no-source-said": True}),
        ("depth", {"call-agent-depth": True}),
    ],
)
def test_measured(data_dir: Path, name: str, expected: dict[str, object]) -> None:
    found = load(f"txagent.{name}")(data_dir, "ci")
    assert {claim: one.value for claim, one in found.items()} == expected


def test_search_and_arguments(data_dir: Path) -> None:
    search = load("txagent.search")(data_dir, "ci")
    recall = search["tool-recall"].value
    assert isinstance(recall, float)
    assert recall >= 0.8
    assert search["tool-recall"].n == 107
    assert search["special-never-found"].value == 0
    checked = load("txagent.arguments")(data_dir, "ci")["arguments-checked"]
    assert checked.value == checked.n == 545


@pytest.mark.slow
def test_the_small_model_always_ends(data_dir: Path) -> None:
    found = load("txagent.small_model")(data_dir, "ci")["small-model-ends"]
    assert found.value == found.n
