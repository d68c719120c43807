"""``workup diagnose`` from end to end."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workup.case import Case, Finding, from_json, to_json
from workup.cli.diagnose import _unique_stem
from workup.cli.what_if import WhatIf
from workup.errors import DataError, UserError
from workup.knowledge import Knowledge
from workup.reasoning import Reasoning

Run = Callable[..., Any]
EXAMPLE = str(files("workup") / "examples" / "patient.json")
FINDINGS = str(files("workup") / "examples" / "findings.txt")
MARFAN = "Ectopia lentis, Arachnodactyly, HP:0002616, -Intellectual disability"
PROGRAM = [sys.executable, "-c", "from workup.cli import main; main()", "diagnose"]


def cases_file(folder: Path, count: int, *, broken: tuple[int, ...] = ()) -> Path:
    path = folder / "cases.jsonl"
    lines = []
    for number in range(count):
        case = Case(id=f"p{number}", findings=(Finding("HP:0001083"), Finding("HP:0001166")))
        lines.append(b'{"id": "p", "findings": [{"id":' if number in broken else to_json(case))
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def test_example(workup: Run) -> None:
    outcome = workup("diagnose", "--example", "--top", 3)
    assert outcome.code == 0
    assert outcome.err == ""
    assert "Marfan syndrome" in outcome.out
    assert "OMIM:154700" in outcome.out
    assert "not a medical device" in outcome.out


def test_the_same_patient_as_a_file(workup: Run) -> None:
    assert workup("diagnose", EXAMPLE).out == workup("diagnose", "--example").out
    assert workup("diagnose", FINDINGS).code == 0


def test_findings_on_the_command_line(workup: Run) -> None:
    outcome = workup("diagnose", "--findings", MARFAN)
    assert outcome.code == 0
    assert "3 findings present, 1 excluded" in outcome.out


def test_json_is_one_line_a_case_and_nothing_else(workup: Run, tmp_path: Path) -> None:
    outcome = workup("diagnose", cases_file(tmp_path, 3), "--json", "--limit", 2, "--format", "tsv", "--out", tmp_path)
    lines = outcome.out.splitlines()
    assert len(lines) == 3
    results = [from_json(line, Reasoning) for line in lines]
    assert [result.extensions["case"] for result in results] == ["p0", "p1", "p2"]
    assert [len(result.differential) for result in results] == [2, 2, 2]
    assert sorted(path.name for path in tmp_path.glob("*.tsv")) == ["p0.tsv", "p1.tsv", "p2.tsv"]


def test_several_cases_are_a_table(workup: Run, tmp_path: Path) -> None:
    outcome = workup("diagnose", cases_file(tmp_path, 3))
    assert outcome.code == 0
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert rows[0] == ["case", "disease", "probability", "answer", "name"]
    assert [row[0] for row in rows[1:]] == ["p0", "p1", "p2"]
    for row in rows[1:]:
        assert row[1].startswith("OMIM:")
        assert 0 < float(row[2]) < 1
    assert outcome.err == "3 cases diagnosed\n"


def test_cases_of_a_table_without_findings_and_with_conflicts(workup: Run, tmp_path: Path) -> None:
    cases = [
        Case(id="none"),
        Case(id="a\tb\x1b[31m", findings=(Finding("HP:0001083"), Finding("nonsense"))),
        Case(id="c", findings=(Finding("HP:0001250"), Finding("HP:0001250", status="excluded"), Finding("Myopia"))),
    ]
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\n".join(map(to_json, cases)))
    outcome = workup("diagnose", path)
    assert outcome.code == 0
    assert "\x1b" not in outcome.out + outcome.err
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert {len(row) for row in rows} == {5}
    assert rows[1][:4] == ["none", "", "", "none"]
    for words in ("no usable finding", "'nonsense' is not a term", "as present and as excluded"):
        assert words in outcome.err


def test_bad_records_of_a_batch_are_listed(workup: Run, tmp_path: Path) -> None:
    broken = tuple(range(5, 100, 10))
    path = cases_file(tmp_path, 100, broken=broken)
    outcome = workup("diagnose", path, "--limit", 1)
    assert outcome.code == 2
    assert len(outcome.out.splitlines()) == 1 + 90
    listed = [line for line in outcome.err.splitlines() if line.startswith("Error: ")]
    assert len(listed) == 10
    for line, number in zip(listed, broken, strict=True):
        assert f"record {number + 1}:" in line
        assert " -> " in line
    assert outcome.err.splitlines()[-1] == "90 cases diagnosed, 10 could not be"


@pytest.mark.slow
def test_a_batch_of_a_thousand(tmp_path: Path) -> None:
    path = cases_file(tmp_path, 1000, broken=tuple(range(0, 1000, 100)))
    outcome = subprocess.run([*PROGRAM, str(path), "--json", "--limit", "3"], capture_output=True, text=True)
    assert outcome.returncode == 2
    assert len([json.loads(line) for line in outcome.stdout.splitlines()]) == 990
    assert outcome.stderr.count("Error: ") == 10
    assert "990 cases diagnosed, 10 could not be" in outcome.stderr


def test_several_formats_and_paths(workup: Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    outcome = workup("diagnose", EXAMPLE, "--format", "html,tsv, json,phenopacket,html", "--out", out)
    assert outcome.code == 0
    written = [line.removeprefix("Written: ") for line in outcome.out.splitlines() if line.startswith("Written: ")]
    stem = "workup-example-fictional-patient"
    assert [Path(name).name for name in written] == [f"{stem}{end}" for end in (".html", ".tsv", ".json")] + [
        f"{stem}.phenopacket.json"
    ]
    assert sorted(written) == sorted(str(path) for path in out.iterdir())
    both = workup("diagnose", EXAMPLE, FINDINGS, "--format", "json", "--out", tmp_path / "both")
    assert both.code == 0
    assert len(list((tmp_path / "both").iterdir())) == 2
    assert "2 files written" in both.err


def test_out_alone_means_a_page(workup: Run, tmp_path: Path) -> None:
    workup("diagnose", "--example", "--out", tmp_path)
    assert [path.suffix for path in tmp_path.iterdir()] == [".html"]


def test_format_alone_writes_here(workup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workup("diagnose", "--example", "--format", "tsv")
    assert [path.suffix for path in tmp_path.iterdir()] == [".tsv"]


def test_standard_input(workup: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(Path(EXAMPLE).read_bytes())))
    outcome = workup("diagnose", "-", "--format", "html", "--out", tmp_path)
    assert outcome.code == 0
    assert "Marfan syndrome" in outcome.out
    (page,) = tmp_path.iterdir()
    assert "Marfan syndrome" in page.read_text()


def test_genes_and_score(workup: Run) -> None:
    def best(*args: str) -> Any:
        return json.loads(workup("diagnose", "--findings", "Seizure", "--json", "--limit", "1", *args).out)

    assert best("--genes", "CDKL5; ,SCN1A")["differential"][0]["genes"][0] in {"CDKL5", "SCN1A"}
    assert best("--score", "phrank")["versions"]["score"] == "phrank"


def test_genes_between_spaces_are_a_list(workup: Run) -> None:
    def genes(text: str) -> Any:
        outcome = workup("diagnose", "--findings", "Seizure", "--json", "--limit", "3", "--genes", text)
        result = json.loads(outcome.out)
        return [(h["id"], round(h["probability"], 9)) for h in result["differential"]]

    # One long unknown gene would have told against the disease of each of them.
    assert genes("CDKL5 SCN1A") == genes("CDKL5,SCN1A") == genes(" CDKL5;\tSCN1A ")
    nothing = workup("diagnose", "--findings", "Seizure", "--genes", " , ")
    assert (nothing.code, nothing.out) == (2, "")
    assert "--genes is empty" in nothing.err


def test_what_if(workup: Run) -> None:
    outcome = workup("diagnose", "--example", "--drop", "Ectopia lentis", "--add", "Ataxia", "--json")
    result = from_json(outcome.out, Reasoning)
    used = {(finding.label, finding.status) for finding in result.findings}
    assert ("Ataxia", "present") in used
    assert "Ectopia lentis" not in {label for label, _ in used}
    moved = {row["id"]: row for row in result.extensions["what_if"]}
    before = from_json(workup("diagnose", "--example", "--json").out, Reasoning)
    for hypothesis in before.differential[:10]:
        assert moved[hypothesis.id]["rank_before"] == hypothesis.rank
        assert moved[hypothesis.id]["probability_before"] == hypothesis.probability
    for hypothesis in result.differential[:10]:
        assert moved[hypothesis.id]["rank_after"] == hypothesis.rank
    assert any(row["rank_before"] != row["rank_after"] for row in moved.values())
    shown = workup("diagnose", "--example", "--exclude", "Ectopia lentis").out
    assert "What changed" in shown
    assert "rank before" in shown


def change(case: Case, **options: tuple[str, ...]) -> list[tuple[str, str]]:
    changed = WhatIf(**options).apply(case, Knowledge.load().ontology)
    return [(finding.id, finding.status) for finding in changed.findings]


def test_what_if_knows_all_names_of_a_term() -> None:
    case = Case(id="p", findings=(Finding("HP:0001250"), Finding("Ataxia"), Finding("HP:0000545", status="excluded")))
    # By id, by an older id, by label, by synonym.
    for name in ("HP:0001250", "HP:0002432", "seizure", "Epileptic seizure"):
        assert change(case, drop=(name,)) == [("Ataxia", "present"), ("HP:0000545", "excluded")]
    assert change(case, drop=("HP:0001251",)) == [("HP:0001250", "present"), ("HP:0000545", "excluded")]
    # What was excluded and is now present is not both.
    assert change(case, add=("Myopia",))[-1] == ("Myopia", "present")
    assert len(change(case, add=("Myopia",))) == 3
    assert change(case, exclude=("Seizure",))[-1] == ("Seizure", "excluded")
    assert WhatIf().apply(case) is case


def test_what_if_that_cannot_be() -> None:
    case = Case(id="p", findings=(Finding("Ataxia"),))
    with pytest.raises(DataError, match="--drop Myopia: the case has no such finding -> its findings: Ataxia"):
        change(case, drop=("Myopia",))
    with pytest.raises(UserError, match=r"--add Atxia: not a term .* HP:0001251 Ataxia"):
        change(case, add=("Atxia",))
    with pytest.raises(UserError, match="--exclude is empty"):
        change(case, exclude=(" ",))


def test_file_names_never_meet() -> None:
    taken: set[str] = set()
    stems = [_unique_stem(name, taken) for name in ("p", "p", "p-2", "P", "p", "../p")]
    assert len({stem.casefold() for stem in stems}) == 6
    assert stems[:3] == ["p", "p-2", "p-2-2"]


def test_progress_is_for_terminals_only(tmp_path: Path) -> None:
    path = cases_file(tmp_path, 5)
    piped = subprocess.run([*PROGRAM, str(path)], capture_output=True, timeout=120)
    assert piped.stderr == b"5 cases diagnosed\n"
    # Standard error a terminal, standard output a file: the results must go to the file alone.
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen([*PROGRAM, str(path)], stdout=subprocess.PIPE, stderr=slave, env=environment)
    os.close(slave)
    assert process.stdout is not None
    out = process.stdout.read()
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    process.wait(60)
    process.stdout.close()
    os.close(master)
    assert out == piped.stdout
    assert b"records" in shown
    # The cursor, hidden meanwhile, is shown again.
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l") >= 0


def test_first_run_says_that_it_builds(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "WORKUP_CACHE": str(tmp_path / "file")}
    outcome = subprocess.run([*PROGRAM, "missing.json"], capture_output=True, text=True, env=environment, timeout=60)
    # A wrong path is told at once, before anything is built.
    assert (outcome.returncode, outcome.stderr) == (2, "Error: missing.json: does not exist -> check the path\n")


def test_variants(workup: Run, tmp_path: Path) -> None:
    table = tmp_path / "short.tsv"
    table.write_text("gene\tzygosity\tclinvar\nFBN1\thet\tPathogenic\n\thet\t\n")
    done = workup("diagnose", "--findings", "Ectopia lentis", "--vcf", table, "--json")
    assert done.code == 0
    assert "Note: short.tsv, record --findings" in done.err
    assert "line 3 names no gene" in done.err
    best = json.loads(done.out)["differential"][0]
    assert best["genes"] == ["FBN1"]
    (step,) = [step for step in best["contributions"] if step["kind"] == "gene"]
    assert step["evidence"][1]["source"] == "short.tsv, line 2"
    two = workup("diagnose", "--example", "--findings", "Ectopia lentis", "--vcf", table)
    assert two.code == 2
    assert two.err.splitlines()[-1] == "Error: --vcf holds the variants of one patient; give one case"
    assert workup("diagnose", "--example", "--vcf", tmp_path / "none.vcf").code == 2
    assert "leave --sample out" in workup("diagnose", "--example", "--vcf", table, "--sample", "x").err


def test_variants_that_were_all_left_out_are_not_silent(workup: Run, tmp_path: Path) -> None:
    lines = [
        "##fileformat=VCFv4.2",
        '##INFO=<ID=CSQ,Number=.,Type=String,Description="From VEP. Format: Allele|Consequence|IMPACT|SYMBOL">',
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1",
        "15\t100\t.\tA\tG\t50\tPASS\tCSQ=G|synonymous_variant|LOW|FBN1\tGT\t1/1",
    ]
    path = tmp_path / "exome.vcf"
    path.write_text("\n".join(lines) + "\n")
    common = ("diagnose", "--findings", "Ectopia lentis", "--vcf", path)
    shown = " ".join(workup(*common).out.split())
    assert "the patient's genes were not weighed" in shown
    assert "left out: 1 variant of LOW or MODIFIER impact" in shown
    done = workup(*common, "--json", "--format", "html", "--out", tmp_path)
    issues = [issue["message"] for issue in json.loads(done.out)["issues"]]
    assert "the patient's genes were not weighed" in issues[0]
    (page,) = tmp_path.glob("*.html")
    assert "left out: 1 variant" in page.read_text()


def test_what_was_noted_on_reading_stands_in_every_report(workup: Run, tmp_path: Path) -> None:
    table = tmp_path / "patient.csv"
    table.write_text("patient,hpo,colour\np1,HP:0001083,x\np1,HP:0001166,y\np1,,z\n", encoding="utf-8")
    outcome = workup("diagnose", table, "--format", "html,json", "--out", tmp_path / "reports")
    assert outcome.code == 2  # a row was lost
    assert "columns not used: colour" in outcome.out
    page = (tmp_path / "reports" / "p1.html").read_text(encoding="utf-8")
    issues = json.loads((tmp_path / "reports" / "p1.json").read_bytes())["issues"]
    assert [issue["code"] for issue in issues][:2] == ["not_used", "no_id"]
    assert {issue["path"] for issue in issues[:2]} == {"patient.csv"}
    for said in ("columns not used: colour", issues[1]["message"]):
        assert said in page
    assert str(tmp_path) not in page


def test_what_was_noted_stands_with_the_case_that_it_is_about(workup: Run, tmp_path: Path) -> None:
    path = tmp_path / "several.jsonl"
    packets = [
        {"id": name, "subject": {"id": name}, "phenotypicFeatures": [{"type": {"id": "HP:0001083"}, **more}]}
        for name, more in (("p1", {}), ("p2", {"colour": "x"}), ("p3", {}))
    ]
    path.write_text("".join(json.dumps(packet) + "\n" for packet in packets), encoding="utf-8")
    lines = workup("diagnose", path, "--json").out.splitlines()
    found = {result["extensions"]["case"]: result.get("issues", []) for result in map(json.loads, lines)}
    noted = {name: [one for one in issues if one.get("field", "").endswith("colour")] for name, issues in found.items()}
    assert {name: len(issues) for name, issues in noted.items()} == {"p1": 0, "p2": 1, "p3": 0}
