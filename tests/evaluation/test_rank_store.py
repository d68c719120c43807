from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workup.errors import DataError, UserError
from workup.evaluation.ranks import CaseRank
from workup.evaluation.store import RankStore

OPTIONS: dict[str, Any] = {"score": "phrank", "regimes": ("temp",), "seed": 0}


def rank(index: int, regime: str = "temp") -> CaseRank:
    return CaseRank(
        regime=regime,
        index=index,
        id=f"case {index}",
        digest="d",
        publication="PMID:1",
        gold=("OMIM:1",),
        findings=2,
        in_kb=True,
        exact=1.5,
        series=1.0,
        gene=None,
        posterior=0.25,
        answer="OMIM:2",
        answer_posterior=0.5,
        answer_score=-3.0,
        unknown=0.125,
        answer_level="none",
        abstained=False,
    )


def test_ranks_come_back_as_written(tmp_path: Path) -> None:
    with RankStore(tmp_path / "run", OPTIONS) as store:
        store.append([rank(0), rank(1)])
    with RankStore(tmp_path / "run", OPTIONS) as store:
        assert store.done == {(0, "temp"): rank(0), (1, "temp"): rank(1)}


@pytest.mark.parametrize("cut", [1, 30, 200])
def test_a_line_cut_off_is_dropped(tmp_path: Path, cut: int) -> None:
    with RankStore(tmp_path, OPTIONS) as store:
        store.append([rank(0), rank(1)])
    path = tmp_path / "ranks.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    with RankStore(tmp_path, OPTIONS) as store:
        assert list(store.done) == [(0, "temp")]
        store.append([rank(1)])
    assert path.read_bytes() == whole


def test_other_options_are_named(tmp_path: Path) -> None:
    with RankStore(tmp_path, OPTIONS):
        pass
    with pytest.raises(UserError, match="another score, seed"):
        RankStore(tmp_path, OPTIONS | {"score": "resnik", "seed": 1})


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UserError, match="holds other files"):
        RankStore(tmp_path, OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_what_a_killed_start_leaves_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".run.json.0a1b.tmp").write_text("{")
    with RankStore(tmp_path, OPTIONS) as store:
        assert store.done == {}


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    with RankStore(tmp_path, OPTIONS) as store:
        store.append([rank(0)])
    path = tmp_path / "ranks.jsonl"
    path.write_bytes(path.read_bytes() + b'{"regime": 3}\n')
    with pytest.raises(DataError, match="record 2"):
        RankStore(tmp_path, OPTIONS)


def test_an_interrupt_keeps_what_is_done(tmp_path: Path) -> None:
    def stopped() -> None:
        with RankStore(tmp_path, OPTIONS) as store:
            store.append([rank(0)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    with RankStore(tmp_path, OPTIONS) as store:
        assert list(store.done) == [(0, "temp")]


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(DataError, match="choose another folder"):
        RankStore(tmp_path / "run", OPTIONS)
