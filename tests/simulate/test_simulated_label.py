"""What is simulated says so in every file and in every table made of it, and the same seed gives the same bytes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from workup.benchmarks.drbench import DrBench
from workup.benchmarks.globem import Globem
from workup.benchmarks.medrect import MedRECT
from workup.benchmarks.native import NativeCases
from workup.case import Case
from workup.cli import cli
from workup.cli.synthesize import KINDS
from workup.errors import Issue
from workup.simulate.labelling import is_simulated, kind_of_data, labelled


def called(*words: str | Path) -> str:
    done = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def files(path: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(path.parent)).partition(".")[2]: one.read_bytes()
        for one in sorted([path, *path.rglob("*")])
        if one.is_file()
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes_and_says_what_it_is(kind: str, tmp_path: Path) -> None:
    said = called("synthesize", kind, "--n", "3", "--seed", "4", "--out", tmp_path / "a.x")
    assert "simulated (seed 4)" in said
    assert "What it cannot show: " in said
    called("synthesize", kind, "--n", "3", "--seed", "4", "--out", tmp_path / "b.x")
    called("synthesize", kind, "--n", "3", "--seed", "5", "--out", tmp_path / "c.x")
    first, again, other = (files(tmp_path / name) for name in ("a.x", "b.x", "c.x"))
    assert first == again
    assert first != other
    assert all(b"simulated" in content for name, content in first.items() if name.endswith(("x", "provenance.json")))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    for kind, name in (("organ", "organ"), ("errors", "errors.csv"), ("series", "series"), ("twins", "twins")):
        called("synthesize", kind, "--n", "4", "--seed", "2", "--out", folder / name)
    return folder


def test_readers_keep_the_label(made: Path) -> None:
    twins = [made / "twins" / name for name in ("notes.csv", "plan.csv", "soap.csv", "summary.csv", "mednli.jsonl")]
    read = {
        "medrect": list(MedRECT().read([made / "errors.csv"])),
        "globem": list(Globem().read([made / "series"])),
        "drbench": list(DrBench().read([*twins, made / "twins" / "emrqa.json"])),
    }
    for name, cases in read.items():
        assert cases, name
        assert all(isinstance(case, Case) and is_simulated(case.provenance) for case in cases), name


def test_every_table_of_a_run_says_so(made: Path, tmp_path: Path) -> None:
    data = made / "organ" / "items.jsonl"
    for name in ("first-option", "random"):
        said = called("run", "glianorex", name, "--data", data, "--limit", "20", "--out", tmp_path / name)
        head, figures, *_ = said.splitlines()
        assert (head.split("\t")[-1], figures.split("\t")[-1]) == ("data", "simulated")
    assert json.loads((tmp_path / "random" / "result.json").read_bytes())["simulated"] == 20
    assert "\tsimulated" in called("score", tmp_path / "random")
    league, tests = called("compare", tmp_path / "first-option", tmp_path / "random").split("\n\n")
    assert all(line.endswith("\tsimulated") for line in league.splitlines()[1:])
    assert tests.splitlines()[1].endswith("\tsimulated")
    called("export", "run", tmp_path / "random", "--to", "jsonl", "--out", tmp_path / "a.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert all(row["simulated"] for row in rows)


def test_a_parquet_export_has_the_column(made: Path, tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow.parquet")
    data = made / "organ" / "items.jsonl"
    called("run", "glianorex", "first-option", "--data", data, "--limit", "3", "--out", tmp_path / "run")
    called("export", "run", tmp_path / "run", "--to", "parquet", "--out", tmp_path / "a.parquet")
    assert pyarrow.read_table(tmp_path / "a.parquet")["simulated"].to_pylist() == [True] * 3


def test_what_is_real_is_not_called_simulated(tmp_path: Path) -> None:
    row = {"id": "1", "question": {"text": "?", "options": {"A": "a", "B": "b"}}, "reference": {"answer": "A"}}
    mixed = [row, {**row, "id": "2", "provenance": labelled("toy", seed=0, limits="all of it")}]
    for name, rows in (("real", mixed[:1]), ("mixed", mixed)):
        data = tmp_path / f"{name}.jsonl"
        data.write_text("".join(json.dumps(one) + "\n" for one in rows))
        said = called("run", "cases", "first-option", "--data", data, "--out", tmp_path / name)
        assert ("simulated" in said) == (name == "mixed")
    assert "1 of 2 simulated" in said
    assert kind_of_data(0, 0) == ""


def test_ranked_diagnoses_are_no_answer_of_a_case(tmp_path: Path) -> None:
    data = tmp_path / "patients.jsonl"
    called("synthesize", "patients", "--n", "2", "--out", data)
    first, second = NativeCases().read([data])
    assert isinstance(first, Issue)
    assert isinstance(second, Issue)
    assert "workup run rare-disease" in str(first)


def test_the_table_of_errors_names_its_seed(made: Path) -> None:
    with (made / "errors.csv").open(newline="") as stream:
        labels = [json.loads(row["Provenance"]) for row in csv.DictReader(stream)]
    assert [label["seed"] for label in labels] == [2] * 4
