"""The map of the field, and lists of papers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from workup import registry
from workup.cli.systems import command
from workup.errors import Issue
from workup.systems.coverage import cells_of, coverage, taxonomy
from workup.systems.paper_list import Paper, read_papers, write_papers
from workup.systems.records import catalogue, claims


@pytest.mark.parametrize("system", catalogue(), ids=lambda system: system.id)
def test_every_system_has_a_place(system: object) -> None:
    assert cells_of(system)  # type: ignore[arg-type]


def test_the_map_says_no_more_than_the_registry() -> None:
    cells = coverage()
    assert len(cells) == len(taxonomy().cells)
    states = [(bool(cell.components), cell.covered) for cell in cells]
    assert states == sorted(states)
    assert {cell.level for cell in cells} == set(taxonomy().levels)
    for cell in cells:
        for name in cell.components:
            kind, _, entry = name.partition(":")
            assert entry in registry.names(kind)
        for proof in cell.proofs:
            number, _, claim = proof.partition("/")
            assert claim in [one.id for one in claims(number)]
    tools = next(cell for cell in cells if cell.capability == "tools")
    assert "14" in tools.systems
    assert "reasoners:txagent" in tools.components


def test_table_json_and_page(tmp_path: Path) -> None:
    run = CliRunner().invoke
    assert "self-consistency" in run(command, ["--map"]).output
    assert len(json.loads(run(command, ["--map", "--json"]).output)) == len(taxonomy().cells)
    page = tmp_path / "map.html"
    assert run(command, ["--map", "--html", str(page)]).exit_code == 0
    assert page.read_text().count("<tr") == len(taxonomy().cells) + 1
    assert run(command, ["--map", "--kind", "agent"]).exit_code == 2


def test_bullets_that_cannot_be_read_are_listed() -> None:
    text = "# A\n- [2023/13] **T**\n"
    text += "- [2023/11] **T** *B*\n- [2023/12] **t** *B*\n- [2023] no\n- w\n## B\n- [2023/11] **T**"
    found = read_papers(text, "list.md")
    assert [one.record for one in found if isinstance(one, Issue)] == ["2", "4", "5"]
    assert [one.heading for one in found if isinstance(one, Paper)] == ["A", "A > B"]


WORDS = st.sampled_from(["A title", "T: (x) [y]", "Über *3*"]).filter(lambda text: "*" not in text)
PAPERS = st.builds(
    Paper,
    heading=st.sampled_from(["A", "A > B", "A > C", "D"]),
    year=st.integers(1000, 2100),
    month=st.integers(1, 12),
    title=WORDS,
    authors=st.sampled_from(["", "First A, Second B, et al."]),
    links=st.lists(st.sampled_from([("paper", "https://x.org/a_(b)"), ("code", "https://y.org")])).map(tuple),
)


@given(st.lists(PAPERS, unique_by=lambda paper: (paper.heading, paper.title.casefold())))
def test_round_trip(papers: list[Paper]) -> None:
    assert read_papers(write_papers(papers)) == papers


def test_bullets_as_published_lists_have_them() -> None:
    text = (
        "# List\n- 💥 [2023/11/06] News [here](https://a.org).\n- [Part](#part)\n## Part\n"
        "- [2023/06] **One** *Group*. [[code](https://a.org)]\n"
        "- [2023/03] **Two**. *A et al.* [[paper](https://a.org)]\n"
        "- [2023/05] **Three.** *B.*  [[paper](https://a.org)] [[demo](http://a.cn/)]\n"
        "- **No date** *C* [[paper](https://a.org)]\n- [Other list](https://a.org)\n"
    )
    found = read_papers(text, "README.md")
    papers = [one for one in found if isinstance(one, Paper)]
    assert [(one.title, one.authors) for one in papers] == [("One", "Group"), ("Two", "A et al."), ("Three.", "B.")]
    (issue,) = (one for one in found if isinstance(one, Issue))
    assert issue.record == "8"
    assert read_papers(write_papers(papers)) == papers
