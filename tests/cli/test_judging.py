"""`workup score --judge`: rules, models, persons and recordings; nothing is judged or paid for twice."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from benchmark_samples import json_lines, samples
from workup.cli import cli
from workup.errors import DataError, UserError


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments], catch_exceptions=False)


def told(*arguments: object) -> Any:
    done = call(*arguments, "--json")
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run on two HealthBench conversations: a good criterion worth 5 points, a bad one worth -7."""
    (data,) = samples()["healthbench"](tmp_path)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "Since when?"}])
    given = "--data", data, "--model", f"scripted/{script}", "--baseline", "none"
    done = call("run", "healthbench", "direct", *given, "--out", tmp_path / "run")
    assert done.exit_code == 0
    assert "no metric without a judge" in done.output
    return tmp_path / "run"


def judge(folder: Path, *lines: dict[str, Any]) -> str:
    return f"model:scripted/{json_lines(folder.parent / 'judge.jsonl', list(lines))}"


GOOD = {"match": "Asks since when", "reply": "met"}
REST = {"match": ".", "reply": "not met"}


def test_a_model_judges_once_and_is_named_in_every_table(folder: Path) -> None:
    who = judge(folder, {**GOOD, "times": 2}, {**REST, "times": 2})
    first = call("score", folder, "--judge", who)
    assert first.exit_code == 0
    rows = [line for line in first.stdout.splitlines() if line.startswith("rubric")]
    assert rows
    assert all("model:scripted/" in row and "\t1.0000\t" in row for row in rows)
    # The script is played out: what was judged is read from the run's folder.
    assert call("score", folder, "--judge", who).stdout == first.stdout
    (kept,) = folder.glob("judged-*.jsonl")
    assert len(kept.read_text().splitlines()) == 2


def test_the_baseline_is_judged_as_well_and_compared(tmp_path: Path) -> None:
    (data,) = samples()["healthbench"](tmp_path)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "Since when?"}])
    out = tmp_path / "run"
    call("run", "healthbench", "direct", "--data", data, "--model", f"scripted/{script}", "--out", out)
    unjudged = call("score", out)
    assert "whether it is beaten is not known before a judge has read both" in unjudged.stdout
    done = call("score", out, "--judge", judge(out, GOOD, REST))
    assert done.exit_code == 0
    assert "the baseline fixed-reply" in done.stdout
    # Two cases of the run and two of its baseline.
    assert sum(len(kept.read_text().splitlines()) for kept in out.rglob("judged-*.jsonl")) == 4


def test_what_a_kill_left_half_written_is_judged_again_and_damage_is_told(folder: Path) -> None:
    who = judge(folder, GOOD, REST)
    whole = told("score", folder, "--judge", who)
    (kept,) = folder.glob("judged-*.jsonl")
    lines = kept.read_bytes()
    kept.write_bytes(lines[:-20])
    assert told("score", folder, "--judge", who) == whole
    assert sorted(kept.read_bytes().splitlines()) == sorted(lines.splitlines())
    kept.write_bytes(b"{}\n" + lines)
    with pytest.raises(DataError, match="no kept verdict"):
        call("score", folder, "--judge", who)


def test_unread_verdicts_are_counted_and_a_judge_that_failed_is_asked_again(folder: Path) -> None:
    strange = judge(folder, {**GOOD, "reply": "well"}, REST)
    found = told("score", folder, "--judge", strange)
    assert any("2 of 4 verdicts could not be read (50.0 %)" in note for note in found["estimates"][0]["notes"])
    for kept in folder.glob("judged-*.jsonl"):
        kept.unlink()
    away = judge(folder, {"match": ".", "error": "away"})
    done = call("score", folder, "--judge", away)
    assert "4 of 4 calls of the judge failed" in done.stderr
    assert not list(folder.glob("judged-*.jsonl"))


def test_repeats_show_how_much_a_judge_differs_from_itself(folder: Path) -> None:
    # Played in order: the good criterion of the first case is met once of three times.
    turns = [{"reply": word} for word in ("met", "not met", "not met", "not met", "not met", "not met")]
    second = [{"reply": word} for word in ("met", "not met", "met", "not met", "met", "not met")]
    who = judge(folder, *turns, *second)
    found = told("score", folder, "--judge", who, "--repeats", 3, "--judge-temperature", 1)
    (estimate,) = found["estimates"]
    assert estimate["value"] == 0.5
    assert any("3 repetitions: 1 of 4 items judged differently" in note for note in estimate["notes"])
    assert found["judge"].endswith("+t1x3")
    with pytest.raises(UserError, match="repeats itself"):
        call("score", folder, "--judge", who, "--repeats", 3)


def fill_in(table: Path, verdict: dict[str, str]) -> None:
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    for row in rows:
        row["verdict"] = verdict.get(row["item"].splitlines()[0], "")
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_a_person_gets_a_blinded_table_and_is_compared_with_a_model(folder: Path) -> None:
    table = folder.parent / "ratings.csv"
    first = call("score", folder, "--judge", f"person:{table}")
    assert first.exit_code == 2
    assert "4 items are to be judged" in first.stderr
    words = table.read_text(encoding="utf-8-sig")
    assert "Asks since when" in words
    assert not any(secret in words for secret in ("p0", "p1", "direct", "script", "-7"))
    fill_in(table, {"Asks since when": "met", "Frightens": "not met"})
    model = judge(folder, GOOD, {"match": ".", "reply": "met"})
    done = call("score", folder, "--judge", f"person:{table}", "--agree-with", model)
    assert done.exit_code == 0
    assert "1.0000" in next(line for line in done.stdout.splitlines() if line.startswith("rubric"))
    # The model says "met" to everything: it agrees on half, which is no better than chance.
    assert "criterion\t4\t0.500\t0.000\t0" in done.stdout
    fill_in(table, {"Asks since when": "perhaps", "Frightens": ""})
    again = call("score", folder, "--judge", f"person:{table}")
    assert "is 'perhaps'" in again.stderr
    assert table.read_text(encoding="utf-8-sig").count("perhaps") == 2


def test_a_second_table_follows_when_what_to_judge_depends_on_the_first(tmp_path: Path) -> None:
    (data,) = samples()["medr-bench"](tmp_path)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "It is gout."}])
    call("run", "medr-bench", "direct", "--data", data, "--model", f"scripted/{script}", "--out", tmp_path / "run")
    table = tmp_path / "ratings.csv"
    call("score", tmp_path / "run", "--judge", f"person:{table}")
    fill_in(table, {"It is gout.": "Reasoning", "1. Gout": "hit", "2. Measles": "missed"})
    second = call("score", tmp_path / "run", "--judge", f"person:{table}")
    assert second.exit_code == 2
    assert "ratings-2.csv" in second.stderr
    fill_in(tmp_path / "ratings-2.csv", {"It is gout.": "Correct"})
    found = told("score", tmp_path / "run", "--judge", f"person:{table}")
    assert {one["metric"]: one["value"] for one in found["estimates"]} == {
        "efficiency": 1.0,
        "factuality": 1.0,
        "completeness": 0.5,
    }


def test_rules_and_recordings_judge_too(tmp_path: Path) -> None:
    from workup.evaluation.judges.kept import KeptJudge
    from workup.evaluation.judges.naming import judge_named
    from workup.evaluation.judges.recording import recorded_lines
    from workup.evaluation.scoring import score_run

    (data,) = samples()["diagnosis-arena"](tmp_path)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "1. Gout\n2. Mumps"}])
    call(
        "run",
        "diagnosis-arena",
        "ranked-list",
        "--data",
        data,
        "--model",
        f"scripted/{script}",
        "--out",
        tmp_path / "run",
    )
    found = told("score", tmp_path / "run", "--judge", "diagnosis-names")
    assert found["judge"].startswith("rule:diagnosis-names@")
    assert found["estimates"][0]["value"] == 0.5
    keep = KeptJudge(judge_named("diagnosis-names"))
    score_run(tmp_path / "run", judge=keep)
    kept = ((sheet, keep.judge(sheet)) for sheet in keep.sheets.values())
    (tmp_path / "verdicts.jsonl").write_bytes(b"".join(recorded_lines(kept)))
    again = told("score", tmp_path / "run", "--judge", f"recording:{tmp_path / 'verdicts.jsonl'}")
    assert again["judge"].startswith("recorded:rule:diagnosis-names@")
    assert again["estimates"][0]["value"] == 0.5


def test_facts_are_looked_up_in_a_corpus(tmp_path: Path) -> None:
    (data,) = samples()["medr-bench"](tmp_path)
    script = json_lines(tmp_path / "script.jsonl", [{"match": ".", "reply": "Gout is treated with colchicine."}])
    call("run", "medr-bench", "direct", "--data", data, "--model", f"scripted/{script}", "--out", tmp_path / "run")
    corpus = json_lines(tmp_path / "corpus.jsonl", [{"id": "1", "text": "Gout is treated with colchicine."}])
    for retriever in ("bm25", "hybrid"):
        found = told(
            "score", tmp_path / "run", "--judge", "lexical-steps", "--corpus", corpus, "--retriever", retriever
        )
        assert {one["metric"]: one["value"] for one in found["estimates"]}["factuality"] == 1.0
        assert retriever.replace("hybrid", "rrf") in found["judge"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--judge", "nobody"], "no judge named 'nobody'"),
        (["--judge", "ghost:x"], "no kind of judge 'ghost'"),
        (["--judge", "model:"], "names nothing"),
        (["--judge", "person:table.txt"], "name a .csv file"),
        (["--judge", "diagnosis-names", "--repeats", "2"], "belong to model judges"),
        (["--repeats", "2"], "need --judge"),
        (["--agree-with", "diagnosis-names"], "name the first"),
    ],
)
def test_what_cannot_judge_is_told(folder: Path, options: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        call("score", folder, *options)


def test_runs_of_different_judges_are_not_compared(folder: Path) -> None:
    from workup.evaluation.judges.naming import judge_named
    from workup.evaluation.scoring import compare_runs, score_run

    one = score_run(folder, judge=judge_named(judge(folder, GOOD, REST)))
    other = score_run(folder, judge=judge_named("recording:" + str(json_lines(folder.parent / "none.jsonl", []))))
    with pytest.raises(UserError, match="not comparable"):
        compare_runs([one, other])
    done = call("compare", folder, folder, "--judge", judge(folder, GOOD, REST))
    assert "Judge: model:scripted/" in done.stdout
