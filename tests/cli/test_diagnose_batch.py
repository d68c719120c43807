"""``workup diagnose ... --out FILE.jsonl``: the real engine, and what the user is told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import msgspec
import pyarrow
import pytest
from pyarrow import parquet

import workup as package
from workup.reasoning import Reasoning

EXAMPLES = Path(package.__file__).parent / "examples"
FINDINGS = ["HP:0001250", "HP:0000252", "HP:0001263", "HP:0001166", "HP:0002616"]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "cases.jsonl"
    rows = [{"id": f"c{i}", "findings": [{"id": name} for name in FINDINGS[i % 3 : i % 3 + 3]]} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[:20]) + "{\n" + json.dumps(rows[20]) + "\n")
    return path


def test_a_batch(workup, source, tmp_path):
    out = tmp_path / "r.jsonl"
    outcome = workup("diagnose", source, "--out", out, "--limit", 3)
    # One line of the input is no case.
    assert outcome.code == 2
    assert "record 21: is not complete JSON" in outcome.err
    assert f"21 cases diagnosed: {out}" in outcome.err
    results = [msgspec.json.decode(line, type=Reasoning) for line in out.read_bytes().splitlines()]
    assert [result.extensions["case"] for result in results] == [f"c{i}" for i in range(21)]
    assert {len(result.differential) for result in results} == {3}
    assert all(result.differential[0].contributions[0].evidence for result in results)
    assert results[0].usage.seconds == 0.0

    again = workup("diagnose", source, "--out", out, "--limit", 3, "--workers", 2)
    assert "21 cases had been diagnosed before" in again.err
    other = workup("diagnose", source, "--out", tmp_path / "two.jsonl", "--limit", 3, "--workers", 2)
    assert other.code == 2
    assert (tmp_path / "two.jsonl").read_bytes() == out.read_bytes()


def test_each_line_is_what_one_case_alone_gives(workup, source, tmp_path):
    workup("diagnose", source, "--out", tmp_path / "r.jsonl", "--limit", 3)
    alone = workup("diagnose", source, "--json", "--limit", 3).out.splitlines()
    together = (tmp_path / "r.jsonl").read_text().splitlines()
    for one, line in zip(alone, together, strict=True):
        expected, found = json.loads(one), json.loads(line)
        assert expected.pop("usage")["seconds"] > found.pop("usage")["seconds"] == 0
        assert found == expected


def test_reports_go_into_a_folder_beside(workup, tmp_path):
    out = tmp_path / "r.jsonl.gz"
    assert workup("diagnose", EXAMPLES, "--out", out, "--format", "tsv,json").code == 0
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert len(names) == 4
    assert {Path(name).suffix for name in names} == {".tsv", ".json"}
    assert out.read_bytes()[:2] == b"\x1f\x8b"


def test_parquet_in(workup, tmp_path):
    rows = [{"id": "p", "findings": [{"id": "HP:0001166"}, {"id": "HP:0001083"}]}]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "c.parquet")
    assert workup("diagnose", tmp_path / "c.parquet", "--out", tmp_path / "r.jsonl").code == 0
    assert json.loads((tmp_path / "r.jsonl").read_text())["extensions"]["case"] == "p"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "r.jsonl", "--add", "HP:0001250"], "--add does not go with --out FILE.jsonl"),
        (["--workers", "2"], "need --out FILE.jsonl"),
        (["--executor", "ray"], "need --out FILE.jsonl"),
        (["--out", "r.jsonl", "--executor", "local", "--workers", "2"], "use 'processes'"),
        (["--out", "r.jsonl", "--score", "none"], "none"),
        (["--out", "r.jsonl", "--reasoner", "none"], "no reasoner named"),
    ],
)
def test_a_wrong_call_leaves_nothing(workup, source, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    outcome = workup("diagnose", source, *arguments)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [source]


def test_a_missing_file_leaves_nothing(workup, tmp_path):
    outcome = workup("diagnose", tmp_path / "none.jsonl", "--out", tmp_path / "r.jsonl")
    assert (outcome.code, list(tmp_path.iterdir())) == (2, [])
    assert "does not exist" in outcome.err


def test_results_may_not_lie_among_the_cases(workup, source, tmp_path):
    outcome = workup("diagnose", tmp_path, "--out", tmp_path / "r.jsonl")
    assert outcome.code == 2
    assert "would be read as cases" in outcome.err


def test_a_file_that_breaks_off_counts_up_to_there(workup, source, tmp_path):
    packed = gzip.compress(source.read_bytes() * 50)
    (tmp_path / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    outcome = workup("diagnose", tmp_path / "cut.jsonl.gz", "--out", tmp_path / "r.jsonl", "--limit", 1)
    assert outcome.code == 2
    assert "damaged gzip" in outcome.err
