"""How a differential changes between two toy releases, by hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_building import NEW, NEW_ROWS, OLD, write_release
from toy import ROWS, TERMS

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.knowledge.base import build
from workup.knowledge.compare import RowChange, compare
from workup.knowledge.hpo import identifier


def opened(folder: Path, version: str, rows: list[tuple[str, str, str, str]], **options: object) -> Knowledge:
    build(folder / "artefact", write_release(folder / "sources", version, rows, **options))  # type: ignore[arg-type]
    return Knowledge.open(folder / "artefact")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return opened(tmp_path_factory.mktemp("old"), OLD, ROWS)


def patient(*names: str) -> Case:
    return Case(id="p", findings=tuple(Finding(identifier(TERMS[name][0])) for name in names))


def test_moves_and_why(old: Knowledge, tmp_path: Path) -> None:
    # OMIM:4 gains A2 and another gene, OMIM:3 is gone, OMIM:5 is new, OMIM:1's A11 has another count.
    rows = [("OMIM:1", "A11", "PMID:1", "5/9") if row[:2] == ("OMIM:1", "A11") else row for row in NEW_ROWS]
    rows = [row for row in rows if row[0] != "OMIM:3"]
    new = opened(tmp_path, NEW, rows, genes={"OMIM:4": "GENE2"})
    result = compare(old, new, patient("A2"))
    assert (result.old, result.new) == (f"{OLD} (pinned)", f"{NEW} (pinned)")
    assert (result.new_diseases, result.removed_diseases) == (1, 1)
    moves = {move.id: move for move in result.moves}
    assert moves["OMIM:3"].state == "removed"
    assert moves["OMIM:3"].rank_after is None
    assert moves["OMIM:5"].state == "new"
    assert moves["OMIM:5"].rank_before is None
    four = moves["OMIM:4"]
    assert four.state == "moved"
    assert four.rank_before is not None
    assert four.rank_after is not None
    assert four.rank_after < four.rank_before
    assert four.changes[0] == RowChange(
        term=identifier(TERMS["A2"][0]),
        label="A2",
        reference="PMID:77",
        before="",
        after="frequency 1/1",
        concerns=True,
    )
    assert {str(change) for change in four.changes[1:]} == {
        "GENE1 removed [genes_to_phenotype.txt]",
        "GENE2 added: known gene [genes_to_phenotype.txt]",
    }
    (count, gene) = sorted(map(str, moves["OMIM:1"].changes))
    assert count.endswith("became frequency 5/9 [PMID:1]")
    assert gene == "GENE1 removed [genes_to_phenotype.txt]"
    ranked = [move.rank_after for move in result.moves if move.rank_after is not None]
    assert ranked == sorted(ranked)


def test_the_same_release_changes_nothing(old: Knowledge) -> None:
    result = compare(old, old, patient("A11", "B"))
    assert {move.state for move in result.moves} == {"same"}
    assert not any(move.changes for move in result.moves)
    assert result.terms == ()
    assert result.unknown_before == result.unknown_after


def test_terms_read_differently(old: Knowledge, tmp_path: Path) -> None:
    terms = {("Alpha" if name == "A2" else name): value for name, value in TERMS.items()}
    rows = [(disease, "Alpha" if term == "A2" else term, *rest) for disease, term, *rest in NEW_ROWS]
    new = opened(tmp_path, NEW, rows, terms=terms, genes={})  # type: ignore[arg-type]
    (change,) = compare(old, new, patient("A2", "B")).terms
    term = identifier(TERMS["A2"][0])
    assert (change.before, change.after) == (f"A2 ({term})", f"Alpha ({term})")
