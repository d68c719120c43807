from __future__ import annotations

import random

import pytest

from workup.evaluation.rank_report import by_section, curves, markdown, summarise, tables
from workup.evaluation.ranks import CaseRank

REGIMES = ("full", "temp", "unknown")


def rank(index: int, regime: str, exact: float | None, **changes: object) -> CaseRank:
    values: dict[str, object] = {
        "regime": regime,
        "index": index,
        "id": f"case {index}",
        "digest": "d",
        "publication": f"PMID:{index}",
        "gold": ("OMIM:1",),
        "findings": 5,
        "in_kb": exact is not None,
        "exact": exact,
        "series": exact,
        "gene": exact,
        "posterior": 0.5,
        "answer": "OMIM:2",
        "answer_posterior": 0.27,
        "answer_score": 1.0,
        "unknown": 0.1,
        "answer_level": "disease",
        "abstained": False,
    }
    return CaseRank(**(values | changes))  # type: ignore[arg-type]


RANKS = [
    rank(0, "full", 1.0),
    rank(0, "temp", 1.0),
    rank(1, "full", 4.0, findings=2),
    rank(1, "temp", 4.0, findings=2, abstained=True, unknown=0.7, answer_posterior=0.09),
    rank(2, "full", None),
    rank(2, "unknown", None, series=1.0, unknown=0.8, abstained=True),
    rank(3, "full", None),
    rank(3, "unknown", None, unknown=0.4),
]


def test_full_counts_an_unknown_disease_as_a_miss_or_not_at_all() -> None:
    regimes = summarise(RANKS, REGIMES)["regimes"]
    assert list(regimes) == ["full_all", "full_in_kb", "temp", "unknown"]
    assert (regimes["full_all"]["exact"]["n"], regimes["full_all"]["exact"]["top1"]) == (4, 25.0)
    assert (regimes["full_in_kb"]["exact"]["n"], regimes["full_in_kb"]["exact"]["top1"]) == (2, 50.0)
    assert regimes["full_all"]["exact"]["mrr"] == pytest.approx((1 + 1 / 4) / 4, abs=1e-4)


def test_many_findings_are_reported_apart() -> None:
    temp = summarise(RANKS, REGIMES)["regimes"]["temp"]
    assert temp["exact"]["n"] == 2
    assert (temp["min3"]["exact"]["n"], temp["min3"]["exact"]["top1"]) == (1, 100.0)


def test_unknown() -> None:
    unknown = summarise(RANKS, REGIMES)["regimes"]["unknown"]
    assert (unknown["n"], unknown["abstained"]) == (2, 50.0)
    # Unknown 0.8 and 0.4 against known 0.1 and 0.7: three of four pairs in the right order.
    assert unknown["auroc"] == 0.75
    assert (unknown["temp_n"], unknown["temp_abstained"]) == (2, 50.0)
    assert (unknown["series"]["top1"], unknown["series"]["reachable"]) == (50.0, 1)
    assert (unknown["gene"]["top1"], unknown["gene"]["reachable"]) == (0.0, 0)


def test_calibration_is_that_of_the_first_answers_in_temp() -> None:
    calibration = summarise(RANKS, REGIMES)["calibration"]
    # Both stated 0.3 of what is left for known diseases (0.27 / 0.9, 0.09 / 0.3); one right: Brier
    # (0.7**2 + 0.3**2) / 2, two bins of one case each.
    assert calibration["n"] == 2
    assert calibration["brier"] == pytest.approx(0.29)
    assert calibration["ece"] == pytest.approx(50.0)


def test_order_of_the_ranks_does_not_matter() -> None:
    shuffled = random.Random(0).sample(RANKS, len(RANKS))
    assert summarise(shuffled, REGIMES) == summarise(RANKS, REGIMES)
    assert [r.index for r in by_section(shuffled, REGIMES)["full_all"]] == [0, 1, 2, 3]


def test_a_regime_without_cases_says_so() -> None:
    result = summarise(RANKS[:1], ("full", "lpo", "unknown"))
    assert result["regimes"]["lpo"]["exact"] == {"n": 0}
    assert result["regimes"]["unknown"]["n"] == 0
    assert result["regimes"]["unknown"]["auroc"] is None
    assert result["calibration"] is None
    rows = {title: rows for title, _, rows in tables(result)}
    assert rows["LPO (leave publication out)"][0][:2] == ("exact", "0")


def test_tables_and_page_show_n_and_intervals() -> None:
    result = summarise(RANKS, REGIMES) | {
        "score": "phrank",
        "seed": 0,
        "candidates": 8359,
        "versions": {"HPO": "2025-01-16"},
        "notes": {"without a diagnosis, left out": 3},
        "seconds_per_case": 0.0042,
    }
    for _, columns, rows in tables(result):
        assert all(len(row) == len(columns) for row in rows)
    page = markdown(result)
    assert "| exact | 4 | 4 | 25.0 [" in page
    assert "HPO 2025-01-16" in page
    assert "3 cases without a diagnosis, left out." in page
    assert "4.2 ms per case" in page
    assert "not a medical device" in page


def test_curves_leave_out_what_cannot_be_right() -> None:
    found = curves(RANKS, REGIMES)
    assert "UNKNOWN (gold not in the knowledge base)" not in found
    assert found["FULL, all cases"][:4] == [25.0, 25.0, 25.0, 50.0]
