"""What can be measured by modality, kind of answer and language: what is missing first."""

from __future__ import annotations

import json

from click.testing import CliRunner

from workup import registry
from workup.cli import cli
from workup.systems.matrix import matrix, modality_of


def test_what_is_missing_comes_first() -> None:
    places = matrix()
    states = [bool(one.benchmarks) for one in places]
    assert states == sorted(states)
    assert states[0] is False
    assert {one.modality for one in places[: states.index(True)]} >= {"images"}
    # Languages are those that some benchmark has; none is called missing where it is there.
    assert all(not set(one.languages) & set(one.without) for one in places)
    assert all("mul" not in one.without for one in places)


def test_every_benchmark_with_a_header_has_one_place() -> None:
    held = [name for one in matrix() for name in one.benchmarks]
    assert len(held) == len(set(held))
    assert set(held) <= set(registry.names("benchmarks"))
    assert {"medqa", "globem", "rjua-qa", "medarabiq", "medic-bias"} <= set(held)
    assert modality_of("rarebench") == "coded findings"


def test_the_verb_shows_it() -> None:
    found = CliRunner().invoke(cli, ["systems", "--matrix"])
    assert found.exit_code == 0
    assert found.output.splitlines()[1].split("\t")[2] == "missing"
    rows = json.loads(CliRunner().invoke(cli, ["systems", "--matrix", "--json"]).output)
    assert len(rows) == len(found.output.splitlines()) - 1
    assert CliRunner().invoke(cli, ["systems", "--matrix", "--map"]).exit_code == 2
