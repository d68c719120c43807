"""What is registered, told from its source: for everything built in, and for a package that somebody installs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workup import registry
from workup.about import about

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", registry.names("reasoners"))
def test_every_reasoner_says_what_it_is(name: str) -> None:
    described = about("reasoners", name)
    assert 10 < len(described.summary) < 160
    assert not described.summary.startswith("Wrap")


def test_needs() -> None:
    needs = {name: about("reasoners", name).needs for name in registry.names("reasoners")}
    assert needs["chain-of-thought"] == ("model",)
    assert needs["few-shot"] == ("model", "training")
    assert needs["phenotype"] == needs["random"] == ()


def test_papers() -> None:
    assert about("reasoners", "self-consistency").paper == "Wang et al. 2023, arXiv 2203.11171"


def test_listing_imports_nothing() -> None:
    code = (
        "import sys; from workup.about import about; from workup import registry\n"
        "[about('reasoners', name) for name in registry.names('reasoners')]\n"
        "sys.exit('workup.reasoners.direct' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


# At most forty lines, in a package of its own, and nothing else: what CONTRIBUTING promises.
PLUGIN = '''"""Longest option: the option with most words, whatever is asked.

Paper: Nobody et al. 2026 (arXiv 2601.00001).
"""

from workup import Answer, Case, Context, Reasoning, Step


class LongestOption:
    """Chooses the longest option."""

    name = "longest-option"

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        """Reason about one blinded case."""
        options = case.question.options if case.question else {}
        if not options:
            return Reasoning(reasoner=self.name, abstained="there are no options")
        key = max(options, key=lambda one: len(options[one]))
        step = Step(kind="claim", claim=f"{key} is the longest option, with {len(options[key])} characters")
        answer = Answer(level="option", text=options[key], ids=(key,))
        return Reasoning(reasoner=self.name, answer=answer, steps=(step,))
'''
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "longest-option"
version = "1"
[project.entry-points."workup.reasoners"]
longest-option = "longest_option:LongestOption"
"""


@pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="runs in a checkout only")
def test_a_reasoner_of_forty_lines_in_a_package_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    pytest.importorskip("pip")
    assert len(PLUGIN.splitlines()) <= 40
    source, site = tmp_path / "source", tmp_path / "site"
    source.mkdir()
    (source / "longest_option.py").write_text(PLUGIN)
    (source / "pyproject.toml").write_text(PROJECT)
    install = ["pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--target", str(site)]
    subprocess.run([sys.executable, "-m", *install, str(source)], check=True, timeout=120)
    rows = [
        {
            "id": str(i),
            "question": f"Question {i}?",
            "options": {"A": "no", "B": "longer"},
            "answer": "",
            "answer_idx": "AB"[i % 3 > 0],
        }
        for i in range(12)
    ]
    data = tmp_path / "set.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def workup(*arguments: str) -> str:
        environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}
        command = [sys.executable, "-m", "workup", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert re.search(
        r"longest-option\s+Longest option.*\sNobody et al\. 2026, arXiv 2601\.00001", workup("list", "reasoners")
    )
    for name in ("longest-option", "first-option"):
        workup("run", "medqa", name, "--data", str(data), "--out", name)
    scores = json.loads(workup("score", "longest-option", "--json"))
    # Eight of the twelve have the second option right, which is the longer one.
    assert scores["estimates"][0]["value"] == pytest.approx(8 / 12)
    compared = workup("compare", "longest-option", "first-option")
    assert "longest-option" in compared
    assert "33.3" in compared
    workup("show", "longest-option", "3", "--html", "page.html")
    assert "B is the longest option" in (tmp_path / "page.html").read_text()
