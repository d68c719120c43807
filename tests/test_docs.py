"""Documentation cannot rot: its Python blocks run, its links lead somewhere, its verbs exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workup.cli import VERBS
from workup.reasoners.phenotype.scoring import SCORES

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def python_blocks() -> list[tuple[str, str]]:
    return [
        (f"{page.name}-{number}", block)
        for page in PAGES
        for number, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
    ]


@pytest.mark.parametrize(("name", "block"), python_blocks(), ids=[name for name, _ in python_blocks()])
def test_python_blocks_run(name: str, block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(block, name, "exec"), {"__name__": name})


def test_readme_example_is_short() -> None:
    block = dict(python_blocks())["README.md-0"]
    assert len([line for line in block.splitlines() if line.strip()]) <= 16


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text())
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_verb_is_documented() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    assert [verb for verb in VERBS if f"workup {verb}" not in text and f"`{verb}`" not in text] == []


def test_every_score_is_documented() -> None:
    text = (ROOT / "docs" / "diagnose.md").read_text()
    assert [score for score in SCORES if f"`{score}`" not in text] == []


def test_no_page_names_a_machine_path() -> None:
    pages = [*PAGES, *(ROOT / "docs" / "systems").glob("*.md")]
    assert [page.name for page in pages if re.search(r"/(?:root|tmp|work)/", page.read_text())] == []
