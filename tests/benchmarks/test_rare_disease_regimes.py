from __future__ import annotations

import msgspec
import numpy as np
import pytest
from case_building import case

from workup.benchmarks.matching import Matcher
from workup.benchmarks.rare_disease import REGIMES, RareDisease
from workup.case import Case
from workup.errors import UserError
from workup.evaluation.ranks import CaseRank
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.profiles import Profiles


@pytest.fixture(scope="module")
def benchmark(toy: Knowledge) -> RareDisease:
    return RareDisease(Engine(toy, score="resnik", universe="omim"))


@pytest.fixture(scope="module")
def ranked(benchmark: RareDisease, cases: list[Case]) -> dict[tuple[str, str], CaseRank]:
    groups = benchmark.ranks(benchmark.plan(cases, REGIMES))
    return {(rank.id, rank.regime): rank for group in groups for rank in group}


def ids(toy: Knowledge, candidates: np.ndarray, positions: np.ndarray) -> list[str]:
    return [toy.diseases.ids[int(candidates[p])] for p in positions]


def test_regimes_follow_from_the_annotations(benchmark: RareDisease, cases: list[Case]) -> None:
    plan = benchmark.plan(cases, REGIMES)
    found = {entry.case.id: set(entry.regimes) for group in plan.groups for entry in group}
    assert found == {
        # The row that cites PMID:1 alone goes, the one that cites PMID:2 too stays, unless strict.
        "cited": {"full", "lpo"},
        "cited too": {"full", "lpo"},
        # No row cites PMID:2 alone, and one row does not cite it at all.
        "second source": {"full", "lpo", "lpo-strict"},
        "new": {"full", "lpo", "lpo-strict", "temp"},
        # PMID:4 is the only source of the disease.
        "lone": {"full"},
        "missing": {"full", "unknown"},
        "nothing": {"full", "lpo", "lpo-strict", "temp"},
        "no publication": {"full"},
    }
    assert plan.notes == {"without a publication, left out of lpo and temp": 1}


def test_cases_of_a_publication_stand_together(benchmark: RareDisease, cases: list[Case]) -> None:
    groups = [[entry.case.id for entry in group] for group in benchmark.plan(cases).groups]
    assert groups[:2] == [["cited", "cited too"], ["new", "nothing"]]
    assert ["no publication"] in groups


def test_dropped_rows(benchmark: RareDisease) -> None:
    assert benchmark.dropped_rows("PMID:1").tolist() == [0, 4]
    assert benchmark.dropped_rows("PMID:1", strict=True).tolist() == [0, 1, 4]
    assert benchmark.dropped_rows("PMID:77").tolist() == []


@pytest.mark.parametrize("score", ["resnik", "phrank"])
@pytest.mark.parametrize("regime", ["lpo", "lpo-strict"])
def test_leaving_out_equals_never_having_known(toy: Knowledge, cases: list[Case], score: str, regime: str) -> None:
    benchmark = RareDisease(Engine(toy, score=score, universe="omim"))
    all_rows = np.flatnonzero(toy.annotations.phenotype_mask())
    compared = 0
    for group in benchmark.ranks(benchmark.plan(cases, [regime])):  # type: ignore[list-item]
        for rank in group:
            dropped = benchmark.dropped_rows(rank.publication, strict=regime == "lpo-strict")
            rows = np.setdiff1d(all_rows, dropped)
            fresh = Engine(toy, score=score, profiles=Profiles.from_rows(toy, rows, "omim"))
            again = RareDisease(fresh).ranks(RareDisease(fresh).plan([cases[rank.index]], ["full"]))
            [[expected]] = list(again)
            assert (rank.exact, rank.series, rank.gene) == (expected.exact, expected.series, expected.gene)
            compared += 1
    assert compared >= 3


def test_ranks_by_hand(ranked: dict[tuple[str, str], CaseRank]) -> None:
    # Atrial septal defect: diseases 2 and 3 have it, and share the first two places.
    rank = ranked["new", "temp"]
    assert (rank.exact, rank.findings, rank.answer) == (1.5, 1, "OMIM:900002")
    # Seizure: diseases 1 and 2 have it, both of the toy series, so the series is certain to come first.
    assert ranked["cited too", "full"].exact == 1.5
    assert ranked["cited too", "full"].series == 1.0
    # Without PMID:1 disease 1 has ataxia alone: behind disease 2, tied with disease 4.
    assert ranked["cited too", "lpo"].exact == 2.5


def test_without_findings_all_diseases_are_equal(ranked: dict[tuple[str, str], CaseRank]) -> None:
    rank = ranked["nothing", "temp"]
    # Four candidates: expected place 2.5; gene AAA has two of them, the first at 5/3.
    assert (rank.exact, rank.series) == (2.5, 2.5)
    assert rank.gene == pytest.approx(5 / 3)


def test_an_unknown_disease_is_matched_by_name_and_gene(ranked: dict[tuple[str, str], CaseRank]) -> None:
    rank = ranked["missing", "unknown"]
    assert (rank.exact, rank.in_kb, rank.posterior) == (None, False, None)
    assert rank.series == 1.0
    # BBB is the gene of disease 2, tied with disease 1 for seizure.
    assert rank.gene == 1.5


def test_match_levels(toy: Knowledge) -> None:
    candidates = Engine(toy, score="resnik", universe="omim").profiles.candidates
    matcher = Matcher(toy, candidates)
    found = matcher.targets(case("a", "", "OMIM:900003 OMIM:900004 CCRD:1"))
    assert ids(toy, candidates, found.exact) == ["OMIM:900003", "OMIM:900004"]
    assert ids(toy, candidates, found.gene) == ["OMIM:900001", "OMIM:900003", "OMIM:900004"]
    assert ids(toy, candidates, found.series) == ["OMIM:900003", "OMIM:900004"]
    assert found.in_kb


def test_a_gold_id_that_is_not_ranked_still_names_its_series(toy: Knowledge) -> None:
    candidates = Engine(toy, score="resnik", universe="omim").profiles.candidates
    found = Matcher(toy, candidates).targets(case("a", "", "ORPHA:900005"))
    assert not found.in_kb
    assert ids(toy, candidates, found.exact) == []
    assert ids(toy, candidates, found.series) == ["OMIM:900001", "OMIM:900002"]


def test_another_id_of_the_same_entry_counts(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    diseases = toy.diseases
    entity = diseases.entity.copy()
    shown, other = diseases.index("OMIM:900002"), diseases.index("ORPHA:900005")
    entity[other] = shown
    monkeypatch.setattr(diseases, "entity", entity)
    candidates = Engine(toy, score="resnik", universe="omim").profiles.candidates
    found = Matcher(toy, candidates).targets(case("a", "", "ORPHA:900005"))
    assert ids(toy, candidates, found.exact) == ["OMIM:900002"]
    assert found.in_kb


def test_flags_of_the_data_are_compared_not_used(benchmark: RareDisease, cases: list[Case]) -> None:
    flags = {"gold_in_kb": True, "pmid_in_kb": False, "gold_has_other_source": True}
    right = msgspec.structs.replace(cases[1], provenance={"leak": flags})
    wrong = msgspec.structs.replace(cases[1], provenance={"leak": flags | {"pmid_in_kb": True}})
    assert benchmark.plan([right]).notes == {}
    plan = benchmark.plan([wrong])
    assert plan.notes == {"whose leak flags in the data disagree with the annotations": 1}
    assert "temp" in plan.groups[0][0].regimes


def test_filters(benchmark: RareDisease, cases: list[Case]) -> None:
    plan = benchmark.plan([*cases, case("undiagnosed", "0001250")], min_findings=2)
    assert [entry.case.id for group in plan.groups for entry in group] == ["cited"]
    assert plan.notes == {"with too few findings, left out": 7, "without a diagnosis, left out": 1}
    limited = benchmark.plan(cases, limit=3)
    assert sorted(entry.case.id for group in limited.groups for entry in group) == ["cited", "lone", "new"]


def test_unknown_brings_what_it_is_contrasted_with(benchmark: RareDisease, cases: list[Case]) -> None:
    regimes = {r for group in benchmark.plan(cases, ["unknown"]).groups for e in group for r in e.regimes}
    assert regimes == {"unknown", "temp"}


def test_an_exact_copy_of_a_case_counts_again(benchmark: RareDisease, cases: list[Case]) -> None:
    plan = benchmark.plan([cases[1], cases[1]], ["temp"])
    ranks = [rank for group in benchmark.ranks(plan) for rank in group]
    assert [rank.index for rank in ranks] == [0, 1]


def test_only_what_is_missing_is_ranked(benchmark: RareDisease, cases: list[Case]) -> None:
    plan = benchmark.plan(cases)
    every = [rank for group in benchmark.ranks(plan) for rank in group]
    assert len(every) == plan.total
    rest = [r for group in benchmark.ranks(plan, lambda index, regime: regime != "lpo") for r in group]
    assert rest == [rank for rank in every if rank.regime == "lpo"]


def test_a_reasoner_without_an_engine_is_refused(toy: Knowledge, monkeypatch: pytest.MonkeyPatch) -> None:
    from workup import registry

    monkeypatch.setattr(registry, "load", lambda kind, name: object)
    with pytest.raises(UserError, match="offers no engine"):
        RareDisease.of("else", toy)


def test_a_score_that_is_not_there_is_refused(toy: Knowledge) -> None:
    with pytest.raises(UserError, match="no score named"):
        RareDisease.of("phenotype", toy, "magic")
