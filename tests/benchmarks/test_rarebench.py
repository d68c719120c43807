"""RareBench rows and tables of a hospital, and recall by id."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from workup.benchmarks.rarebench import RareBench
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.disease_recall import DiseaseRecall, MedianRank, right_rank
from workup.reasoning import Answer, Hypothesis, Reasoning


def write(folder: Path, name: str, *rows: object) -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> tuple[list[Case], list[Issue]]:
    found = list(RareBench().read([path]))
    return [one for one in found if isinstance(one, Case)], [one for one in found if isinstance(one, Issue)]


def test_rows_as_released(tmp_path: Path) -> None:
    row = {"Phenotype": ["HP:0001522", "HP:0001942", "HP:0001522"], "RareDisease": ["OMIM:251000", "Orphanet:27"]}
    (tmp_path / "disease_mapping.json").write_text(json.dumps({"ORPHA:27": "Methylmalonic acidemia"}))
    (tmp_path / "phenotype_mapping.json").write_text(json.dumps({"HP:0001522": "Death in infancy"}))
    (case,), issues = read(write(tmp_path, "RAMEDIS.jsonl", row | {"Department": None}))
    assert issues == []
    assert case.id == "RAMEDIS:1"
    assert [finding.id for finding in case.findings] == ["HP:0001522", "HP:0001942"]
    assert [finding.label for finding in case.findings] == ["Death in infancy", None]
    assert case.reference is not None
    assert case.reference.diagnoses == ("OMIM:251000", "ORPHA:27")
    assert case.reference.labels == ("Methylmalonic acidemia",)
    assert case.blinded().reference is None
    assert case.provenance == {"set": "RAMEDIS"}


def test_a_hospital_s_table_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        "id,hpo,orpha,vcf_path\n"
        "p1,\"['HP:0001250', 'HP:0001263']\",\"['ORPHA:33069']\",\n"
        'p2,"[\'HP:0001250\']","[33069]",a.vcf\n'
        "p3,\"__import__('os').getcwd()\",\"['ORPHA:1']\",\n"
    )
    cases, issues = read(path)
    assert [case.reference.diagnoses for case in cases if case.reference] == [("ORPHA:33069",), ("ORPHA:33069",)]
    (issue,) = issues
    assert (issue.field, issue.record) == ("hpo", "4")
    assert "holds no id" in issue.message


@pytest.mark.parametrize(
    ("row", "field", "message"),
    [
        ({"RareDisease": ["OMIM:1"]}, "Phenotype", "is missing"),
        ({"Phenotype": ["HP:0001250"], "RareDisease": []}, "RareDisease", "holds no id"),
        ({"Phenotype": ["OMIM:154700"], "RareDisease": ["OMIM:1"]}, "Phenotype", "no HPO id"),
    ],
)
def test_bad_rows_are_listed(tmp_path: Path, row: dict[str, object], field: str, message: str) -> None:
    good = {"Phenotype": ["HP:0001250"], "RareDisease": ["OMIM:1"]}
    cases, (issue,) = read(write(tmp_path, "MME.jsonl", row, good))
    assert len(cases) == 1
    assert (issue.field, issue.record) == (field, "1")
    assert message in issue.message
    assert issue.remedy


def attempt(case: Case, *ids: str) -> Attempt:
    differential = tuple(
        Hypothesis(id=one, label=one, rank=float(rank), score=0.0, probability=0.0, aliases=("ORPHA:9",) * (rank == 4))
        for rank, one in enumerate(ids, 1)
    )
    key = AttemptKey(benchmark="rarebench", version="1", case_id=case.id, case=case.digest(), reasoner="x")
    return Attempt(key=key, reasoning=Reasoning(reasoner="x", differential=differential))


def test_recall_and_median_rank_by_hand(tmp_path: Path) -> None:
    row = {"Phenotype": ["HP:0001250"], "RareDisease": ["OMIM:2", "ORPHA:9"]}
    (case,), _ = read(write(tmp_path, "HMS.jsonl", row))
    second, alias, miss = (
        attempt(case, "OMIM:1", "OMIM:2"),
        attempt(case, "A:1", "A:2", "A:3", "A:4"),
        attempt(case, "A:1"),
    )
    assert [right_rank(case, one) for one in (second, alias, miss)] == [2.0, 4.0, None]
    assert [DiseaseRecall(k).score(case, second).total for k in (1, 3, 5)] == [0.0, 1.0, 1.0]
    assert [DiseaseRecall(k).score(case, alias).total for k in (3, 5)] == [0.0, 1.0]
    failed = msgspec.structs.replace(second, reasoning=None, error="gone")
    assert DiseaseRecall(5).score(case, failed).notes == ("failed",)
    found = MedianRank().estimate([case] * 3, [second, alias, miss])
    assert (found.value, found.n) == (4.0, 3)
    assert MedianRank().estimate([case] * 3, [second, miss, miss]).value == 11.0
    assert MedianRank().estimate([], []).value is None


def test_names_count_where_a_reasoner_gives_no_ids(tmp_path: Path) -> None:
    (tmp_path / "disease_mapping.json").write_text(json.dumps({"OMIM:2": "Fictional Disease, type 2"}))
    (case,), _ = read(write(tmp_path, "HMS.jsonl", {"Phenotype": ["HP:0001250"], "RareDisease": ["OMIM:2"]}))

    def saying(*names: str) -> Attempt:
        answer = Answer(level="list", text="; ".join(names), ids=names)
        return msgspec.structs.replace(attempt(case), reasoning=Reasoning(reasoner="x", answer=answer))

    # "Gout" twice fills one place.
    found = [saying("Gout", "gout.", "fictional disease type 2"), saying("Gout"), saying("OMIM:2")]
    assert [right_rank(case, one) for one in found] == [2.0, None, None]
    assert DiseaseRecall(1).score(case, found[0]).notes == ()
    silent = msgspec.structs.replace(attempt(case), reasoning=Reasoning(reasoner="x", abstained="nothing known"))
    assert DiseaseRecall(1).score(case, silent).notes == ("abstained",)
    # Who gives ids is measured by them, whatever else it says.
    both = attempt(case, "OMIM:1")
    assert both.reasoning is not None
    answer = Answer(level="list", text="", ids=("Fictional Disease, type 2",))
    assert (
        right_rank(
            case, msgspec.structs.replace(both, reasoning=msgspec.structs.replace(both.reasoning, answer=answer))
        )
        is None
    )
