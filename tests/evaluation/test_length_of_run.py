"""The length audit of a recorded run: units, cut traces, strata, the verb."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workup import registry
from workup.cli import cli
from workup.errors import UserError
from workup.evaluation.audits.length_of_run import lengths_of_run
from workup.evaluation.runner import Plan, run
from workup.models import load


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """Twenty-four questions; the wrong replies of every third one are the long ones."""
    rows = [
        {
            "id": f"q{i:02}",
            "question": f"Question {i:02}?",
            "options": {"A": "x", "B": "y"},
            "answer_idx": "B" if i % 3 == 0 else "A",
            "meta_info": "step1" if i < 12 else "step2&3",
        }
        for i in range(24)
    ]
    data = tmp_path / "q.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    rules = [{"match": f"Question {i:02}", "reply": "Because it is so and so. " * 3 + "Answer: A"} for i in (0, 3, 6)]
    rules += [{"match": f"Question {i:02}", "reply": "This is likely. Answer: A"} for i in range(9, 24, 3)]
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(map(json.dumps, [*rules, {"match": ".", "reply": "Answer: A"}])), encoding="utf-8")
    with load(f"scripted/{script}") as model:
        plan = Plan(
            benchmark=registry.load("benchmarks", "medqa")(), data=(data,), model=model,
            reasoner=registry.load("reasoners", "direct")(),
        )  # fmt: skip
        run(plan, tmp_path / "run")
    return tmp_path / "run"


def test_long_and_wrong(recorded: Path) -> None:
    found = lengths_of_run(recorded)
    words = found.units["characters"].audit
    assert (words.n, words.accuracy, words.auroc) == (24, 16 / 24, 1.0)
    assert words.mean_right == len("Answer: A")
    # The three longest, then the five of middle length: the shortest two thirds are all right.
    curve = found.units["characters"].curve
    assert curve[15] == (16 / 24, 0.0)
    assert curve[-1] == (1.0, 8 / 24)
    assert found.units["characters"].chosen.accuracy == 1.0
    assert found.units["steps"].audit.auroc == 0.5
    assert {name: one.n for name, one in found.units["tokens"].strata.items()} == {
        "meta_info: step1": 12,
        "meta_info: step2&3": 12,
    }
    assert (found.cut, found.left_out, found.name.split(" / ")[0]) == (0, 0, "direct")


def test_the_verb(recorded: Path) -> None:
    shown = CliRunner().invoke(cli, ["audit", "length", str(recorded)], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "Recommended threshold for 90% right, in characters: 9" in shown.stdout
    assert "No threshold in steps reaches 90% right." in shown.stdout
    assert json.loads((recorded / "audit" / "length.json").read_bytes())["target"] == 0.9
    as_json = CliRunner().invoke(cli, ["audit", "length", str(recorded), "--json"], catch_exceptions=False)
    assert json.loads(as_json.stdout)["units"]["tokens"]["audit"]["n"] == 24
    for words in (["audit", "length", str(recorded.parent)], ["audit", "lengths", str(recorded)]):
        assert isinstance(CliRunner().invoke(cli, words).exception, UserError)


def test_a_run_answers_again_from_its_folder(recorded: Path, tmp_path: Path) -> None:
    """``replay/RUN`` with the folder that ``workup run`` writes."""
    with load(f"replay/{recorded}") as model:
        plan = Plan(
            benchmark=registry.load("benchmarks", "medqa")(), data=(tmp_path / "q.jsonl",), model=model,
            reasoner=registry.load("reasoners", "direct")(),
        )  # fmt: skip
        assert run(plan, tmp_path / "again").done == 24
    assert lengths_of_run(tmp_path / "again").units["tokens"] == lengths_of_run(recorded).units["tokens"]
