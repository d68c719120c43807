"""`workup run` on a question set, with what reads its folder: score, compare, show, export."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workup import registry
from workup.cli import cli
from workup.errors import UserError
from workup.reasoner import Context
from workup.reasoning import Answer, Reasoning


class AskOnce:
    """Asks the model, and takes its first letter."""

    name = "ask-once"
    prompts = ("{question}",)

    def reason(self, case: object, ctx: Context) -> Reasoning:
        from workup.models.model import Message

        question = case.question  # type: ignore[attr-defined]
        assert ctx.model is not None
        reply = ctx.model.generate([Message(role="user", content=question.text)], sampling=ctx.sampling).text
        letter = reply[:1]
        answer = Answer(level="option", text=reply, ids=(letter,)) if letter in question.options else None
        return Reasoning(reasoner=self.name, answer=answer, text=reply)


class AlwaysFirst:
    """Takes the first option."""

    name = "always-first"

    def reason(self, case: object, ctx: Context) -> Reasoning:
        letter = next(iter(case.question.options))  # type: ignore[attr-defined]
        return Reasoning(reasoner=self.name, answer=Answer(level="option", text=letter, ids=(letter,)))


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    real = registry.load
    toys = {"ask-once": AskOnce, "always-first": AlwaysFirst}
    monkeypatch.setattr(registry, "load", lambda kind, name: toys[name] if name in toys else real(kind, name))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = [
        {"id": str(i), "question": f"Q{i}?", "options": {"A": "x", "B": "y"}, "answer_idx": "AB"[i % 2]}
        for i in range(8)
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\nnot json\n")
    return path


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "replies.jsonl"
    rules = [{"match": "Q[02]", "reply": "A."}, {"match": "Q[13]", "reply": "B, surely."}, {"match": "Q", "reply": "?"}]
    path.write_text("\n".join(map(json.dumps, rules)))
    return path


def call(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(arg) for arg in args])


def test_a_run_is_scored_compared_shown_and_exported(tmp_path: Path, data: Path, script: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    run = call(
        "run", "medqa", "ask-once", "--data", data, "--model", f"scripted/{script}", "--out", one, "--workers", "3"
    )
    # The line that is no JSON is listed, and says so with the exit code; the rest is run.
    assert run.exit_code == 2, run.output
    assert "questions.jsonl" in run.output
    assert "accuracy\t0.5000" in run.output
    assert "4 unparsed, counted as wrong" in run.output
    assert call("run", "medqa", "always-first", "--data", data, "--out", two).exit_code == 2

    score = call("score", one, "--json")
    assert score.exit_code == 0, score.output
    found = json.loads(score.output)
    assert found["counts"] == {"attempts": 8, "unparsed": 4}
    assert found["usage"]["calls"] == 8
    assert (one / "result.json").is_file()

    compared = call("compare", one, two)
    assert compared.exit_code == 0, compared.output
    assert "ask-once / scripted" in compared.output
    # Who gave no answer is said in the table, too.
    assert "\t8\t4 unparsed\t" in compared.output
    assert "\t8\t0\t" in compared.output
    tests = json.loads(call("compare", one, two, "--against", two, "--json").output)["tests"]
    assert [(test["n"], test["difference"], test["only_a"], test["only_b"]) for test in tests] == [(8, 0.0, 2, 2)]

    shown = call("show", one, "3")
    assert shown.exit_code == 0, shown.output
    assert "B, surely." in shown.output
    assert json.loads(call("show", one, "--json").output)["finished"] == 8
    assert call("show", one, "99").exception is not None

    for to, rows in (("jsonl", 8), ("parquet", 8), ("trl", 8)):
        done = call("export", one, "--to", to, "--out", tmp_path / f"out.{to}")
        assert done.exit_code == 0, done.output
        assert f"{rows} rows" in done.output
    pairs = [json.loads(line) for line in (tmp_path / "out.trl").read_text().splitlines()]
    # In the order of the cases, whichever of the three workers was first.
    assert [pair["prompt"] for pair in pairs] == [[{"role": "user", "content": f"Q{i}?"}] for i in range(8)]
    assert pairs[0]["reward"] == 1.0
    from pyarrow import parquet

    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["score_accuracy"] for row in table] == [1, 1, 1, 1, 0, 0, 0, 0]


def test_a_model_stands_beside_a_baseline(tmp_path: Path, data: Path, script: Path) -> None:
    model = ("--model", f"scripted/{script}")
    out = tmp_path / "run"
    found = call("run", "medqa", "ask-once", "--data", data, *model, "--out", out)
    # Four of eight right each: the model reads Q0 to Q3, the first option is right in every second question.
    assert "baseline first-option" in found.output
    words = "ask-once / scripted is not shown to beat the baseline first-option: +0.0 points"
    assert words.partition(":")[0] in found.output.replace(f"/{script}", "")
    assert "a conventional method that learns says more" in found.output
    scores = json.loads(call("score", out, "--json").output)
    assert scores["against"]["n"] == 8
    assert scores["against"]["difference"] == 0
    assert (scores["against"]["only_a"], scores["against"]["only_b"]) == (2, 2)
    assert scores["baseline"]["manifest"]["reasoner"] == "first-option"
    assert "is not shown to beat the baseline first-option" in call("show", out).output
    # Alone it is compared with what stands beside it.
    alone = call("compare", out)
    assert alone.exit_code == 0, alone.output
    assert "is not shown to beat the baseline first-option" in alone.output


def test_a_model_without_a_baseline_is_told_so(tmp_path: Path, data: Path, script: Path) -> None:
    model, out = ("--model", f"scripted/{script}"), tmp_path / "run"
    found = call("run", "medqa", "ask-once", "--data", data, *model, "--out", out, "--baseline", "none")
    assert "No conventional baseline stands beside" in found.output
    assert "No conventional baseline stands beside" in call("show", out).output
    # Without a model there is nothing that a baseline would have to be beaten by.
    call("run", "medqa", "always-first", "--data", data, "--out", tmp_path / "plain")
    assert "baseline" not in call("score", tmp_path / "plain").output
    lonely = call("run", "medqa", "ask-once", "--data", data, "--out", tmp_path / "x", "--baseline-option", "a=b")
    assert "--baseline-option needs --baseline" in str(lonely.exception)


def test_a_baseline_can_be_named_and_beat_the_model(tmp_path: Path, data: Path, script: Path) -> None:
    training = tmp_path / "training.jsonl"
    rows = [
        {"question": f"Q{i}? {'odd' * (i % 2)}", "options": {"A": "x", "B": "y"}, "answer_idx": "AB"[i % 2]}
        for i in range(40)
    ]
    training.write_text("\n".join(map(json.dumps, rows)))
    test = tmp_path / "test.jsonl"
    rows = [{**row, "question": row["question"].replace("Q", "Q9")} for row in rows]
    test.write_text("\n".join(map(json.dumps, rows)))
    beside = ("--baseline", "nearest-case", "--baseline-option", f"training={training}")
    found = call(
        "run", "medqa", "ask-once", "--data", test, "--model", f"scripted/{script}", "--out", tmp_path / "run", *beside
    )
    assert found.exit_code == 0, found.output
    assert "does not beat the baseline nearest-case; it is right less often" in found.output
    assert "a floor" not in found.output


def test_the_same_command_resumes_and_another_one_is_refused(tmp_path: Path, data: Path, script: Path) -> None:
    common = ("run", "medqa", "ask-once", "--data", data, "--model", f"scripted/{script}", "--out", tmp_path / "run")
    first = call(*common)
    again = call(*common)
    assert again.output == first.output
    other = call(*common, "--seed", "5")
    assert isinstance(other.exception, UserError)
    assert "another seed" in str(other.exception)


def test_an_unfinished_run_says_so_wherever_its_figures_stand(tmp_path: Path, data: Path, script: Path) -> None:
    common = ("run", "medqa", "ask-once", "--data", data, "--model", f"scripted/{script}")
    call(*common, "--out", tmp_path / "run")
    call(*common, "--out", tmp_path / "whole", "--seed", "1")
    database = sqlite3.connect(tmp_path / "run" / "attempts.sqlite")
    with database:  # as a kill would have left it
        database.execute("delete from attempts where case_id > '2'")
    database.close()
    (tmp_path / "run" / "result.json").unlink()
    told = "is not finished: 5 of 8 attempts are missing"
    scored = call("score", tmp_path / "run")
    assert told in scored.output
    assert json.loads(call("score", tmp_path / "run", "--json").output)["missing"] == 5
    assert told in call("compare", tmp_path / "run", tmp_path / "whole").output
    shown = json.loads(call("show", tmp_path / "run", "--json").output)
    assert shown["missing"] == 5
    assert "not finished" not in shown["against_the_baseline"]
    assert told not in call("score", tmp_path / "whole").output
    # The same command makes the rest.
    assert "not finished" not in call(*common, "--out", tmp_path / "run").output


def test_settings_that_do_not_fit_are_named(tmp_path: Path, data: Path) -> None:
    out = tmp_path / "run"
    regime = call("run", "medqa", "always-first", "--data", data, "--out", out, "--regime", "temp")
    assert "medqa has no --regime" in str(regime.exception)
    model = call("run", "rare-disease", "phenotype", "--data", data, "--out", out, "--model", "smollm2")
    assert "rare-disease has no --model" in str(model.exception)
    option = call("run", "medqa", "always-first", "--data", data, "--out", out, "--option", "n")
    assert "KEY=VALUE" in str(option.exception)
    address = call("run", "medqa", "always-first", "--data", data, "--out", out, "--base-url", "http://127.0.0.1:1")
    assert "--base-url needs --model" in str(address.exception)
    assert not out.exists()


def test_registered_things_are_shown() -> None:
    shown = call("show", "medqa")
    assert "licence: MIT" in shown.output
    assert "layout: JSON lines" in shown.output
    assert "kind: reasoner" in call("show", "phenotype").output
    assert "DiagnosisArena" in call("show", "diagnosis-arena").output
    assert isinstance(call("show", "nothing-of-the-kind").exception, UserError)
