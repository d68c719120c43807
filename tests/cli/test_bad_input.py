"""What people give by mistake: one clear error or a listed issue with a remedy, exit code 2, never half a report."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workup.case import Case, Finding, to_json
from workup.knowledge import Knowledge
from workup.reasoning import Reasoning

Run = Callable[..., Any]
GOOD = '{"id": "p", "findings": [{"id": "HP:0001250"}]}'
PROGRAM = [sys.executable, "-c", "from workup.cli import main; main()", "diagnose"]


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def one_error(outcome: Any, *words: str) -> None:
    assert outcome.code == 2
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("Error: ")
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (GOOD[:-3], "is not complete JSON"),
        ("", "is empty"),
        (bytes(range(256)), "is binary"),
        ('{"id": "Ménière", "findings": []}'.encode("latin-1"), "is not UTF-8"),
        (b"PK\x03\x04rest", "a zip archive or an Excel workbook"),
        (b"\x1f\x8b\x08broken", "damaged gzip"),
        ("[" * 10_000 + "]" * 10_000, "nests too deeply"),
        ('{"id": "p", "findings": ' + "[" * 10_000 + "]" * 10_000 + "}", "nests too deeply"),
        ('{"id": "p", "findings": [NaN]}', "NaN"),
        ("[]", "empty list"),
        ("42", "42"),
        ('{"colour": "red"}', "not a kind of case"),
    ],
)
def test_files(workup: Run, tmp_path: Path, content: str | bytes, words: str) -> None:
    path = write(tmp_path, "case.json", content)
    outcome = workup("diagnose", path, "--format", "html", "--out", tmp_path / "out")
    if words == "42":
        # A number in a file could be a list of findings; it is none, and the remedy says so.
        assert "'42' is not a term" in " ".join((outcome.out + outcome.err).split())
        return
    one_error(outcome, words, " -> ", "case.json")
    assert not (tmp_path / "out").exists()


def test_paths(workup: Run, tmp_path: Path) -> None:
    one_error(workup("diagnose", tmp_path / "missing.json"), "does not exist", "check the path")
    (tmp_path / "loop").symlink_to("loop")
    one_error(workup("diagnose", tmp_path / "loop"), "leads back to itself")
    (tmp_path / "empty").mkdir()
    one_error(workup("diagnose", tmp_path / "empty"), "without any file of cases")
    one_error(workup("diagnose", "x" * 5000), "too long")
    one_error(workup("diagnose", "/dev/null"), "a device")
    one_error(workup("diagnose", "HP:0001250"), "no such file", "--findings 'HP:0001250'")
    one_error(workup("diagnose"), "give a file")


def test_a_folder_of_good_and_bad(workup: Run, tmp_path: Path) -> None:
    write(tmp_path, "a.json", GOOD)
    write(tmp_path, "b.json", GOOD[:-3])
    write(tmp_path, "c.json", GOOD.replace('"p"', '"q"'))
    outcome = workup("diagnose", tmp_path)
    assert outcome.code == 2
    assert [line.split("\t")[0] for line in outcome.out.splitlines()] == ["case", "p", "q"]
    assert "b.json: is not complete JSON" in outcome.err
    # The same with the files named one by one.
    named = workup("diagnose", *(tmp_path / name for name in ("a.json", "b.json", "missing.json", "c.json")))
    assert named.out == outcome.out
    assert "2 cases diagnosed, 2 could not be" in named.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--format", "pdf"], "no format 'pdf'; there are html, tsv, json, phenopacket"),
        (["--score", "guess"], "no score named 'guess'; there are translation-mixture"),
        (["--reasoner", "fenotype"], "no reasoner named 'fenotype'; try phenotype"),
        (["--drop", "Ataxia"], "--drop Ataxia: the case has no such finding"),
        (["--add", "Atxia"], "did you mean HP:0001251 Ataxia"),
        (["--exclude", ""], "--exclude is empty"),
    ],
)
def test_options(workup: Run, args: list[str], words: str) -> None:
    one_error(workup("diagnose", "--example", *args), words)


@pytest.mark.parametrize("args", [["--limit", "0"], ["--limit", "x"], ["--top", "-1"], ["--colour"]])
def test_options_of_the_wrong_kind(workup: Run, args: list[str]) -> None:
    outcome = workup("diagnose", "--example", *args)
    assert (outcome.code, outcome.out) == (2, "")
    assert args[0] in outcome.err


def test_output_that_cannot_be_written(workup: Run, tmp_path: Path) -> None:
    file = write(tmp_path, "file", "precious")
    one_error(workup("diagnose", "--example", "--out", file), "is a file, not a folder")
    one_error(workup("diagnose", "--example", "--out", file / "below"), "is a file, not a folder")
    assert file.read_text() == "precious"
    (tmp_path / "taken.html").mkdir()
    case = write(tmp_path, "case.json", GOOD.replace('"p"', '"taken"'))
    outcome = workup("diagnose", case, "--out", tmp_path)
    assert outcome.code == 2
    assert "taken.html" in outcome.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.json", "file", "taken.html"]


def test_read_only_folder(workup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser may write everywhere, so the answer of the system is given here.
    monkeypatch.setattr("workup.cli.diagnose.os.access", lambda *_: False)
    one_error(workup("diagnose", "--example", "--out", tmp_path / "new"), "may not be written to", "--out")
    assert not (tmp_path / "new").exists()


def result_of(workup: Run, path: Path) -> Reasoning:
    from workup.case import from_json

    outcome = workup("diagnose", path, "--json", "--limit", 3)
    assert outcome.code == 0, outcome.err
    return from_json(outcome.out, Reasoning)


@pytest.mark.parametrize(
    ("findings", "code", "used"),
    [
        ([("HP:9999999", "present"), ("HP:0001250", "present")], "unknown-term", 1),
        ([("Seizure", "present")], None, 1),
        ([("HP:0001250", "present"), ("HP:0001250", "excluded"), ("Myopia", "present")], "conflict", 1),
        ([("HP:0002373", "present"), ("HP:0001250", "excluded")], "conflict", 1),
        ([], "no-findings", 0),
        ([("HP:0000007", "present")], "not-a-phenotype", 0),
    ],
)
def test_findings(workup: Run, tmp_path: Path, findings: list[Any], code: str | None, used: int) -> None:
    case = Case(id="p", findings=tuple(Finding(name, status=status) for name, status in findings))
    result = result_of(workup, write(tmp_path, "case.json", to_json(case)))
    assert len(result.findings) == used
    assert (code is None and not result.issues) or code in {issue.code for issue in result.issues}
    assert all(issue.remedy for issue in result.issues if issue.severity == "warning")
    # On the screen too.
    shown = " ".join(workup("diagnose", tmp_path / "case.json").out.split())
    for issue in result.issues:
        assert " ".join(issue.message.split()[:3]) in shown


def test_five_hundred_findings(workup: Run, tmp_path: Path) -> None:
    ontology = Knowledge.load().ontology
    terms = [t for t in range(len(ontology)) if ontology.branch_of(t) == "phenotype"][2:15_000:30]
    case = Case(id="p", findings=tuple(Finding(ontology.id(t)) for t in terms))
    result = result_of(workup, write(tmp_path, "case.json", to_json(case)))
    assert len(result.findings) == len(terms) == 500


def test_two_versions_of_the_phenopacket_in_one(workup: Run, tmp_path: Path) -> None:
    one = {"id": "v1", "subject": {"id": "s", "ageAtCollection": {"age": "P3Y"}}}
    two = {"id": "v2", "subject": {"id": "s", "timeAtLastEncounter": {"age": {"iso8601duration": "P3Y"}}}}
    feature = {"type": {"id": "HP:0001250", "label": "Seizure"}}
    packets = [
        {**one, "phenotypicFeatures": [{**feature, "negated": False}]},
        {**two, "phenotypicFeatures": [{**feature, "excluded": False}]},
        # A mixture of both in one record.
        {**one, "id": "mixed", "phenotypicFeatures": [{**feature, "excluded": True, "negated": True}]},
    ]
    path = write(tmp_path, "mixed.json", json.dumps(packets))
    outcome = workup("diagnose", path, "--json", "--limit", 1)
    results = [json.loads(line) for line in outcome.out.splitlines()]
    assert [result["extensions"]["case"] for result in results] == ["v1", "v2", "mixed"]
    assert [result["findings"][0].get("status", "present") for result in results] == ["present", "present", "excluded"]


@pytest.mark.slow
def test_two_hundred_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("w") as stream:
        stream.write('{"id": "big", "junk": "')
        for _ in range(200):
            stream.write("y" * 1_000_000)
        stream.write('", "findings": [{"id": "HP:0001250"}]}')
    started = time.monotonic()
    outcome = subprocess.run([*PROGRAM, str(path)], capture_output=True, text=True, timeout=60)
    assert time.monotonic() - started < 30
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("Error: ")
    assert len(outcome.stderr) < 500
    with path.open("a") as stream:
        stream.write(" " * 80_000_000)
    outcome = subprocess.run([*PROGRAM, str(path)], capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 2
    assert "is larger than 256 MB" in outcome.stderr
    assert "JSONL" in outcome.stderr
