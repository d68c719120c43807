"""Onset, age, sex and genes, by hand on the toy."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from richer_toy import FILLERS

from workup.case import Case, Finding
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.ages import onset_class, years
from workup.reasoners.phenotype.demographics import Demographics, demographics
from workup.reasoners.phenotype.profiles import Profiles

# Nearness of classes: exp(-distance / 0.7), each row scaled to sum to 1.
SPREAD = [[exp(-abs(i - j) / 0.7) for j in range(9)] for i in range(9)]
SPREAD = [[value / sum(row) for value in row] for row in SPREAD]
# OMIM:3 begins once in class 3; OMIM:4 three times in class 8.
TYPICAL = [(SPREAD[3][k] + 3 * SPREAD[8][k]) / 4 for k in range(9)]


@pytest.fixture(scope="module")
def known(rich: Knowledge) -> Demographics:
    return demographics(Profiles(rich, "omim"))


def patient(*onsets: str | None, age: str | None = None) -> Case:
    findings = tuple(Finding("HP:0009010", onset=onset) for onset in onsets)
    return Case(id="p", findings=findings, age=age)


def test_distributions(known: Demographics) -> None:
    np.testing.assert_allclose(known.typical, TYPICAL, atol=1e-12)
    np.testing.assert_allclose(known.onset.sum(axis=1), 1.0)
    # One statement against four pseudo-patients that begin as diseases at large do.
    np.testing.assert_allclose(known.onset[2], [(SPREAD[3][k] + 4 * TYPICAL[k]) / 5 for k in range(9)], atol=1e-9)
    np.testing.assert_allclose(known.onset[3], [(3 * SPREAD[8][k] + 4 * TYPICAL[k]) / 7 for k in range(9)], atol=1e-9)
    # Nothing stated: as diseases at large.
    np.testing.assert_allclose(known.onset[0], TYPICAL, atol=1e-12)


def test_onset_of_the_patient(known: Demographics) -> None:
    ratio, words = known.onset_log_ratio(patient("P3Y", "HP:0003593", None, "unreadable", age="P70Y"))
    assert words == "infantile onset"
    assert ratio[0] == pytest.approx(0)
    assert ratio[2] == pytest.approx(log((SPREAD[3][3] + 4 * TYPICAL[3]) / 5 / TYPICAL[3]))
    assert ratio[2] > 0 > ratio[3]


def test_onset_of_an_excluded_finding_says_nothing(known: Demographics) -> None:
    case = Case(id="p", findings=(Finding("HP:0009010", status="excluded", onset="P3M"),))
    ratio, words = known.onset_log_ratio(case)
    assert words == ""
    assert not ratio.any()


def test_age_bounds_the_onset(known: Demographics) -> None:
    ratio, words = known.onset_log_ratio(patient(None, age="P3Y"))
    assert "by the childhood class" in words
    begun = sum((3 * SPREAD[8][k] + 4 * TYPICAL[k]) / 7 for k in range(5)) / sum(TYPICAL[:5])
    assert ratio[3] == pytest.approx(log(begun))
    assert ratio[3] < 0 < ratio[2]
    # At an age by which everything has begun, nothing is learned.
    for age in ("P90Y", None, "old"):
        ratio, words = known.onset_log_ratio(patient(age=age))
        assert (words, ratio.any()) == ("", False)


def test_inheritance_and_genes(rich: Knowledge, known: Demographics) -> None:
    # OMIM:3 is recessive and dominant, which speaks against no girl.
    assert known.recessive_x.tolist() == [False, True, False, False] + [False] * 10
    assert known.without_gene.tolist() == [0, 1, 1, 0] + [0] * 10
    assert len(FILLERS) == 10


def test_rows_left_out_say_nothing(rich: Knowledge) -> None:
    annotations = rich.annotations
    rows = np.flatnonzero(annotations.aspect != 0)
    without = demographics(Profiles(rich, "omim").without(rows.tolist()))
    assert not without.recessive_x.any()
    np.testing.assert_allclose(without.onset, np.broadcast_to(without.onset[0], without.onset.shape))


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("P27D", 2),
        ("P28D", 3),
        ("P29D", 3),
        ("P11M", 3),
        ("P1Y", 4),
        ("P5Y", 5),
        ("P16Y", 6),
        ("P40Y", 7),
        ("P60Y", 8),
        ("P0Y", 1),
        ("G8W", 0),
        ("HP:0003577", 1),
        ("HP:0001250", None),
        ("P", None),
        ("", None),
        (None, None),
    ],
)
def test_classes(age: str | None, expected: int | None) -> None:
    assert onset_class(age) == expected


def test_years() -> None:
    assert years("P1Y2M3W4DT5H") == pytest.approx(1 + 2 / 12 + 25 / 365)
    assert years("P0.5Y") == 0.5
    assert years("3 years") is None
