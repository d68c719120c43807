from __future__ import annotations

import json
from io import StringIO

import pytest
from click.testing import CliRunner
from rich.console import Console

from workup.cli import cli
from workup.systems.render import table


def run(*args: str) -> str:
    outcome = CliRunner().invoke(cli, list(args))
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


def test_piped_output_is_one_line_a_system() -> None:
    lines = run("systems").splitlines()
    assert len(lines) == 1 + 77
    assert lines[0].split("\t") == ["no", "status", "kind", "system", "what it does"]
    assert [line.split("\t")[0] for line in lines[1:]] == [f"{number:02d}" for number in range(77)]


def test_filters_combine() -> None:
    engines = json.loads(run("systems", "--kind", "engine", "--json"))
    assert [system["id"] for system in engines] == ["00"]
    assert engines[0]["entry_points"] == ["workup.reasoners:phenotype", "workup.benchmarks:rare-disease"]
    both = json.loads(run("systems", "--kind", "engine", "--status", "planned", "--json"))
    assert both == []
    every = json.loads(run("systems", "--json"))
    per_status = [json.loads(run("systems", "--status", s, "--json")) for s in ("planned", "partial", "works")]
    assert len(every) == sum(map(len, per_status)) == 77


def test_unknown_kind_is_a_wrong_call() -> None:
    assert CliRunner().invoke(cli, ["systems", "--kind", "robot"]).exit_code == 2


def test_drawn_table_keeps_brackets_as_text() -> None:
    screen = StringIO()
    table(["a", "b"], [("[red]x", "holds")], Console(file=screen, force_terminal=True, width=60))
    assert "[red]x" in screen.getvalue()
    # Green, as a status that holds.
    assert "\x1b[32mholds" in screen.getvalue()


def test_plain_table_has_one_line_a_row(capsys: pytest.CaptureFixture[str]) -> None:
    table(["a", "b"], [("one\ttwo", "three\nfour")])
    assert capsys.readouterr().out == "a\tb\none two\tthree four\n"


def test_list_names_targets_without_importing_them() -> None:
    import subprocess
    import sys

    listed = json.loads(run("list", "reasoners", "--json"))
    targets = {entry["name"]: entry["target"] for entry in listed}
    assert targets["phenotype"] == "workup.reasoners.phenotype:PhenotypeReasoner"
    assert "phenotype\tThe default reasoner" in run("list", "reasoners")
    assert "rare-disease" in run("list", "benchmarks")
    code = (
        "import sys; from workup.cli import cli; cli(['list', 'reasoners'], standalone_mode=False);"
        "sys.exit(any(name.startswith(('workup.reasoners', 'numpy')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_list_of_an_unknown_kind_is_a_wrong_call() -> None:
    assert CliRunner().invoke(cli, ["list", "robots"]).exit_code == 2
