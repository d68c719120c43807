"""Figures and plots of runs: by hand, and as documents that can be read."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmark_samples import json_lines
from workup.case import Case
from workup.cli import cli
from workup.errors import UserError
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.calibration import deferral, risk_coverage
from workup.evaluation.run_figures import RunFigures, figures, figures_of
from workup.evaluation.run_plots import draw_run
from workup.reasoning import Answer, Reasoning


def attempt(name: str, probability: float) -> Attempt:
    answer = Answer(level="option", text="A", ids=("A",), probability=probability)
    key = AttemptKey(benchmark="b", version="1", case_id=name, case="x", reasoner="r")
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=answer))


def test_deferral_by_hand() -> None:
    shares, together = deferral(np.array([0.9, 0.2, 0.2, 0.6]), np.array([1, 1, 0, 0]))
    assert shares.tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    # The two of confidence 0.2 are handed on together, each worth one half before.
    assert together.tolist() == [0.5, 0.625, 0.75, 1.0, 1.0]
    assert deferral(np.array([0.1]), np.array([1]), expert=0.5)[1].tolist() == [1.0, 0.5]


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=30), st.randoms())
def test_deferral_is_coverage_read_backwards(rows: list[tuple[int, bool]], order: object) -> None:
    order.shuffle(rows)  # type: ignore[attr-defined]
    confidence, right = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    shares, together = deferral(confidence, right)
    coverage, risk = risk_coverage(confidence, right)
    for kept in range(1, len(rows) + 1):
        # What is kept errs as the risk at that coverage says; the expert is right on the rest.
        assert together[len(rows) - kept] == pytest.approx(1 - risk[kept - 1] * coverage[kept - 1])
    assert together[-1] == pytest.approx(1.0)
    assert (np.diff(together) >= -1e-12).all()
    assert len(shares) == len(rows) + 1


def test_figures_by_hand() -> None:
    cases = [
        Case(id=str(i), sex="female" if i < 6 else "male", provenance={"step": 1 + i % 2, "row": i}) for i in range(12)
    ]
    stated = [0.9] * 5 + [0.5] * 5 + [0.0] * 2
    right = np.array([1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1], dtype=float)
    found = figures("r", "accuracy", cases, [attempt(str(i), p) for i, p in enumerate(stated)], right)
    assert (found.n, found.silent) == (10, 2)
    # One bin for each confidence there is.
    assert [(row.n, row.stated, row.observed) for row in found.table] == [
        (5, pytest.approx(0.5), 0.2),
        (5, pytest.approx(0.9), 0.8),
    ]
    assert found.ece == pytest.approx(100 * (0.3 + 0.1) / 2)
    assert found.risk_coverage[-1] == (1.0, 0.5)
    assert found.deferral[0] == (0.0, 0.5)
    assert found.overall is not None
    assert (found.overall.n, found.overall.mean) == (12, pytest.approx(7 / 12))
    # "row" has a value for each case, and makes no groups.
    assert [(one.fact, one.value, one.n) for one in found.subgroups] == [
        ("sex", "female", 6), ("sex", "male", 6), ("step", "1", 6), ("step", "2", 6),
    ]  # fmt: skip
    assert found.subgroups[0].mean == pytest.approx(5 / 6)


def test_without_differing_confidences_there_are_no_curves(tmp_path: Path) -> None:
    cases = [Case(id=str(i)) for i in range(6)]
    same = figures("r", "accuracy", cases, [attempt(str(i), 0.25) for i in range(6)], np.ones(6))
    none = figures("r", "accuracy", cases, [attempt(str(i), 0.0) for i in range(6)], np.ones(6))
    assert (same.n, none.n) == (6, 0)
    for found in (same, none):
        assert not found.table
        assert not found.risk_coverage
        assert found.ece is None
        assert [path.name for path in draw_run(found, tmp_path)] == ["figures.json"]
    assert figures("r", "accuracy", [], [], np.zeros(0)).overall is None


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two runs of 40 questions of two kinds, one with votes and so with confidences."""
    rows = [
        {"id": f"q{i}", "question": f"Question {i}?", "options": dict(zip("ABCD", "wxyz", strict=True)),
         "answer_idx": "ABCD"[i % 4], "meta_info": ("step1", "step2&3")[i % 2]}
        for i in range(40)
    ]  # fmt: skip
    data = json_lines(tmp_path / "questions.jsonl", rows)
    script = json_lines(tmp_path / "script.jsonl", [{"reply": f"Answer: {'ABACD'[i * i % 7 % 5]}"} for i in range(200)])
    # The name of a model is a label in the plots, and is cut when it is long.
    monkeypatch.chdir(tmp_path)
    votes = ["self-consistency", "--option", "samples=5", "--model", f"scripted/{script.name}"]
    for name, more in (("votes", votes), ("first", ["first-option"])):
        call = ["run", "medqa", *more, "--data", str(data), "--out", str(tmp_path / name)]
        assert CliRunner().invoke(cli, call).exit_code == 0
    return [tmp_path / "votes", tmp_path / "first"]


def words(path: Path) -> str:
    """Every word of a picture, which must be well-formed."""
    root = ElementTree.parse(path).getroot()
    assert root.tag.endswith("svg")
    return " ".join(part for element in root.iter() for part in element.itertext() if part.strip())


def test_the_plots_of_a_run_show_its_figures(runs: list[Path]) -> None:
    done = CliRunner().invoke(cli, ["score", str(runs[0]), "--plots"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    drawn = {path.stem: words(path) for path in runs[0].glob("*.svg")}
    assert set(drawn) == {"reliability", "risk-coverage", "deferral", "subgroups"}
    assert "n = 40" in drawn["risk-coverage"]
    assert "meta_info: step2&3 (n = 20)" in drawn["subgroups"]
    assert "expert who is always right" in drawn["deferral"]
    kept = msgspec.json.decode((runs[0] / "figures.json").read_bytes(), type=RunFigures)
    assert kept == figures_of(runs[0])
    assert f"AURC {kept.aurc:.3f}" in drawn["risk-coverage"]
    with pytest.raises(UserError, match="there are accuracy"):
        figures_of(runs[0], score="f1")


def test_the_plots_of_a_comparison(runs: list[Path], tmp_path: Path) -> None:
    call = ["compare", *map(str, runs), "--plots", str(tmp_path / "plots")]
    done = CliRunner().invoke(cli, call, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "first-option" in words(tmp_path / "plots" / "pareto.svg")
    # Nothing cost anything, so that time stands where cost would.
    assert "seconds a case" in words(tmp_path / "plots" / "pareto.svg")
    assert "- first-option (n = 40)" in words(tmp_path / "plots" / "differences.svg")
