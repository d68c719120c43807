"""Profiles: pooled frequencies, counts, candidates, and leaving rows out."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from richer_toy import RICH_ROWS, place

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoners.phenotype.profiles import Profiles, candidate_diseases, replace_rows
from workup.reasoners.phenotype.scoring import Query


def test_pooled_frequencies(toy: Knowledge) -> None:
    profiles = Profiles(toy)
    found = {
        (toy.diseases.ids[int(d)], toy.ontology.label(int(t))): float(profiles.frequency[[int(d)]][:, [int(t)]].sum())
        for d, t in zip(*profiles.frequency.nonzero(), strict=True)
    }
    assert found == pytest.approx(
        {
            ("OMIM:1", "A11"): 3.5 / 4,
            ("OMIM:1", "B1"): 1.5 / 4,
            ("OMIM:2", "A2"): 1.5 / 2,
            ("OMIM:3", "X"): 1.5 / 2,
            ("OMIM:4", "B"): 3.5 / 4,
        }
    )


def test_counts_and_information(toy: Knowledge) -> None:
    profiles = Profiles(toy)
    below = {"P": 4, "A": 3, "A1": 2, "A11": 1, "A2": 1, "X": 1, "B": 3, "B1": 2, "B2": 0, "C": 0}
    direct = {"A11": 1, "B1": 1, "A2": 1, "X": 1, "B": 1}
    for name, count in below.items():
        term = place(toy, name)
        assert profiles.term_count[term] == count
        assert profiles.direct_count[term] == direct.get(name, 0)
        assert profiles.information_content[term] == pytest.approx(log(4 / max(count, 1)))
        assert len(profiles.candidates_below(term)) == count


def test_candidates(rich: Knowledge) -> None:
    def names(universe: str) -> set[str]:
        return {rich.diseases.ids[int(d)] for d in candidate_diseases(rich, universe)}  # type: ignore[arg-type]

    omim = {disease for disease in rich.diseases.ids if disease.startswith("OMIM")}
    assert names("omim") == omim
    # ORPHA:8 shares a gene with an OMIM entry, ORPHA:9 is OMIM:3.
    assert names("all") == omim


def test_candidates_of_the_pinned_release(real: Knowledge) -> None:
    every, omim = candidate_diseases(real, "all"), candidate_diseases(real, "omim")
    assert len(omim) == 8359
    assert set(omim.tolist()) <= set(every.tolist())
    names = [real.diseases.ids[int(d)] for d in every]
    assert {name.partition(":")[0] for name in names} == {"OMIM", "ORPHA", "DECIPHER"}
    # Nothing is ranked twice.
    entities = real.diseases.entity[every]
    assert len(np.unique(entities)) == len(every)


def same(left: Profiles, right: Profiles) -> None:
    for name in ("frequency", "candidate_frequency", "annotated"):
        first, second = getattr(left, name), getattr(right, name)
        assert (first != second).nnz == 0, name
    for name in ("term_count", "direct_count", "information_content", "kept_rows"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name), err_msg=name)


@settings(max_examples=40)
@given(st.sets(st.integers(0, len(RICH_ROWS) - 1)), st.sets(st.integers(0, len(RICH_ROWS) - 1)))
def test_leaving_rows_out_equals_never_having_had_them(rich: Knowledge, first: set[int], second: set[int]) -> None:
    kept = np.setdiff1d(np.flatnonzero(rich.annotations.phenotype_mask()), sorted(first | second))
    anew = Profiles.from_rows(rich, kept)
    same(Profiles(rich).without(first | second), anew)
    # Also in two steps, and with the totals of the first step already there.
    step = Profiles(rich).without(first)
    _ = step.annotated, step.term_count, step.direct_count
    same(step.without(second), anew)


@settings(max_examples=25)
@given(st.sets(st.integers(0, len(RICH_ROWS) - 1), max_size=4))
def test_the_mixture_without_rows(rich: Knowledge, rows: set[int]) -> None:
    kept = np.setdiff1d(np.flatnonzero(rich.annotations.phenotype_mask()), sorted(rows))
    less = TranslationMixture(Profiles(rich).without(rows))
    anew = TranslationMixture(Profiles.from_rows(rich, kept))
    for name in ("A11", "X", "B2", "C", "A"):
        query = Query(present=(place(rich, name),))
        np.testing.assert_allclose(less.score(query), anew.score(query), rtol=0, atol=1e-6)


def test_leaving_out_of_the_pinned_release_is_exact(real: Knowledge) -> None:
    base = Profiles(real)
    _ = base.term_count, base.direct_count
    annotations = real.annotations
    for reference in ("PMID:31675180", "PMID:20301510", "OMIM:154700"):
        rows = annotations.rows_citing(reference)
        if len(rows):
            kept = np.setdiff1d(np.flatnonzero(annotations.phenotype_mask()), rows)
            same(base.without(rows.tolist()), Profiles.from_rows(real, kept))


def test_nothing_left_out(toy: Knowledge) -> None:
    profiles = Profiles(toy)
    assert profiles.without([]) is profiles
    assert replace_rows(profiles.frequency, np.zeros(0, dtype=np.int64), profiles.frequency) is profiles.frequency


def test_everything_left_out(toy: Knowledge) -> None:
    profiles = Profiles(toy).without(range(len(toy.annotations)))
    assert profiles.frequency.nnz == 0
    assert profiles.term_count.sum() == profiles.direct_count.sum() == 0
    score = TranslationMixture(profiles).score(Query(present=(place(toy, "A11"),)))
    assert len(set(score.tolist())) == 1
