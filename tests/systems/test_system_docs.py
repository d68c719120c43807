"""The pages in docs/systems are what the catalogue and the claims say, now."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from workup.systems import docs, pin

PAGES = Path(__file__).resolve().parents[2] / "docs" / "systems"


def test_pages_are_as_generated() -> None:
    found = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    assert found == docs.pages(), "write them again: python -m workup.systems.docs"


def test_index_lists_every_system_and_links_those_with_a_page() -> None:
    index = docs.pages()["index.md"]
    assert index.count("\n| ") == 2 + 77
    assert "[00](00.md)" in index
    assert "[04]" not in index


def test_page_states_claim_bound_source_and_input(
    write_claims: Callable[..., None], mean: list[str], tmp_path: Path
) -> None:
    write_claims({"id": "mean", "expected": {"at_least": 2}, "sentence": "Either a|b."})
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "44.md").write_text("stale")
    docs.write(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["03.md", "index.md"]
    page = (folder / "03.md").read_text(encoding="utf-8")
    assert "| `mean` | Either a\\|b. | ≥ 2 | data | ci | this test |" in page
    assert "`fake/numbers.txt`" in page


def test_module_writes_the_pages(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "workup.systems.docs", str(tmp_path)], check=True, timeout=60)
    assert {path.name for path in tmp_path.iterdir()} == set(docs.pages())


def test_pin_shows_hashes_and_full_values(write_claims: Callable[..., None], mean: list[str], sample: Path) -> None:
    write_claims({"id": "mean"})
    outcome = CliRunner().invoke(pin.command, ["03", "--data", str(sample)])
    assert outcome.exit_code == 0, outcome.output
    assert "\tsame\n" in outcome.output
    assert "mean\tholds\t2.5\t2.5\t4\t" in outcome.output
    (sample / "fake" / "numbers.txt").write_text("1\n1\n2\n")
    outcome = CliRunner().invoke(pin.command, ["03", "--data", str(sample)])
    assert "pinned: " in outcome.output
    assert "1.3333333333333333" in outcome.output
    assert pin.inputs("03", sample.parent)[0][1] == "missing"
