"""Runs as logs of Inspect: read back by Inspect, the figures unchanged, every call in its sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmark_samples import json_lines
from workup import registry
from workup.cli import cli
from workup.errors import UserError
from workup.evaluation.runner import Plan, run
from workup.evaluation.scoring import score_run
from workup.models import load

pytest.importorskip("inspect_ai")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run of seven questions, two epochs; the model fails at one question."""
    rows = [
        {"id": f"q{i}", "question": f"Question {i}?", "options": {"A": "w", "B": "x"}, "answer_idx": "AB"[i % 2]}
        for i in range(7)
    ]
    script = json_lines(
        tmp_path / "script.jsonl",
        [{"match": "Question 6", "error": "overloaded"}, {"match": "Question 5", "reply": "?"},
         {"match": ".", "reply": "Answer: A"}],
    )  # fmt: skip
    with load(f"scripted/{script}") as model:
        plan = Plan(
            benchmark=registry.load("benchmarks", "medqa")(),
            data=(json_lines(tmp_path / "questions.jsonl", rows),),
            reasoner=registry.load("reasoners", "direct")(),
            model=model,
            epochs=2,
        )
        run(plan, tmp_path / "run")
    return tmp_path / "run"


def test_inspect_reads_back_what_was_exported(folder: Path) -> None:
    from inspect_ai.log import list_eval_logs, read_eval_log

    from workup.interop.inspect.logs import export_logs
    from workup.interop.inspect.scores import flat

    (path,) = export_logs(folder, folder / "logs")
    assert [log.task for log in list_eval_logs(str(folder / "logs"))] == ["medqa"]
    log = read_eval_log(str(path), resolve_attachments=True)
    assert (log.status, log.eval.task, log.eval.solver) == ("success", "workup/medqa", "workup/direct")
    assert log.eval.model.startswith("workup/scripted/")
    assert log.samples is not None
    assert len(log.samples) == 14
    sample = next(one for one in log.samples if (one.id, one.epoch) == ("q0", 2))
    assert (sample.target, sample.scores["scores"].value, sample.scores["scores"].answer) == (
        "A",
        {"accuracy": 1.0},
        "A",
    )
    (event,) = [event for event in sample.events if event.event == "model"]
    assert "Question 0?" in event.input[-1].text
    assert event.output.completion == "Answer: A"
    assert sample.messages[-1].text == "Answer: A"
    failed = [one for one in log.samples if one.error]
    assert {one.id for one in failed} == {"q6"}
    assert "overloaded" in failed[0].error.message
    unread = next(one for one in log.samples if one.id == "q5")
    assert unread.scores["scores"].explanation == "unparsed"
    assert log.results is not None
    whole, means = log.results.scores
    assert {name: metric.value for name, metric in whole.metrics.items()} == flat(score_run(folder).estimates)
    assert means.metrics["mean"].value == pytest.approx(3 / 7)
    assert (log.results.total_samples, log.results.completed_samples) == (14, 12)
    # The same run gives the same file names, which are replaced.
    assert export_logs(folder, folder / "logs") == [path]


def test_long_runs_are_cut_into_logs(folder: Path) -> None:
    from inspect_ai.log import read_eval_log

    from workup.interop.inspect.logs import export_logs

    paths = export_logs(folder, folder / "logs", largest=5)
    logs = [read_eval_log(str(path)) for path in paths]
    assert [len(log.samples or ()) for log in logs] == [5, 5, 4]
    every = [(sample.id, sample.epoch) for log in logs for sample in log.samples or ()]
    assert len(set(every)) == 14
    told = [log.eval.metadata or {} for log in logs]
    assert [one["part"] for one in told] == ["1 of 3", "2 of 3", "3 of 3"]
    assert {one["whole run"]["accuracy"] for one in told} == {score_run(folder).estimates[0].value}
    # q0 and q1 twice, q2 once: each log has the figures of its own samples.
    assert logs[0].results is not None
    assert logs[0].results.scores[0].metrics["accuracy"].value == pytest.approx(3 / 5)


def test_the_command_writes_them_and_changed_data_are_refused(folder: Path) -> None:
    done = CliRunner().invoke(cli, ["export", str(folder), "--to", "inspect"])
    assert done.exit_code == 0, done.output
    assert len(list((folder / "inspect").glob("*.eval"))) == 1
    (folder.parent / "questions.jsonl").write_text("")
    with pytest.raises(UserError, match="has changed"):
        CliRunner().invoke(cli, ["export", str(folder), "--to", "inspect"], catch_exceptions=False)
