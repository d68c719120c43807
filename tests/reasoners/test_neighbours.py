"""Who is whose neighbour, by hand."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from richer_toy import FILLERS
from scipy import sparse

from workup.knowledge import Knowledge
from workup.reasoners.phenotype.neighbours import neighbour_matrices, normalise_rows


def neighbours(knowledge: Knowledge, relation: str) -> dict[str, dict[str, float]]:
    matrix = neighbour_matrices(knowledge.diseases)[relation]
    ids = knowledge.diseases.ids
    return {
        ids[row]: {ids[column]: float(matrix[[row]][:, [column]].sum()) for column in matrix[[row]].indices.tolist()}
        for row in range(len(ids))
        if matrix[[row]].nnz
    }


def test_alias(rich: Knowledge) -> None:
    assert neighbours(rich, "alias") == {"OMIM:3": {"ORPHA:9": 1.0}}


def test_gene(rich: Knowledge) -> None:
    found = neighbours(rich, "gene")
    assert found["OMIM:1"] == {"OMIM:4": 1.0}
    assert found["OMIM:4"] == {"OMIM:1": 1.0}
    assert found["ORPHA:8"] == {"OMIM:1": 0.5, "OMIM:4": 0.5}
    # GENE2 has ten diseases, each with nine others.
    assert found["OMIM:11"] == pytest.approx(dict.fromkeys(FILLERS[1:], 1 / 9))
    assert set(found) == {"OMIM:1", "OMIM:4", "ORPHA:8", *FILLERS}
    assert neighbours(rich, "gene-other") == {"OMIM:1": {"ORPHA:8": 1.0}, "OMIM:4": {"ORPHA:8": 1.0}}


def test_series(rich: Knowledge) -> None:
    assert neighbours(rich, "series") == {
        "OMIM:1": {"OMIM:2": 1.0},
        "OMIM:2": {"OMIM:1": 1.0},
        "ORPHA:8": {"OMIM:1": 0.5, "OMIM:2": 0.5},
        # Of the same name, and ORPHA:9 is no alias of itself.
        "ORPHA:9": {"OMIM:3": 1.0},
    }
    # OMIM:3 has ORPHA:9 as an alias, so it is not counted once more.
    assert neighbours(rich, "series-other") == {"OMIM:1": {"ORPHA:8": 1.0}, "OMIM:2": {"ORPHA:8": 1.0}}


def test_similar_names(rich: Knowledge) -> None:
    found = neighbours(rich, "name")
    # "Toyosis 1", "2" and "3" have the same word; the fillers' only word is that of their source.
    assert found["OMIM:1"] == {"OMIM:2": 0.5, "ORPHA:8": 0.5}
    # blue ray against purple ray palsy: two names have "blue", three "ray", one "purple", one "palsy".
    blue, ray, rare = (log(16 / n) for n in (2, 3, 1))
    cosine = ray**2 / (sqrt(blue**2 + ray**2) * sqrt(2 * rare**2 + ray**2))
    assert cosine < 0.4
    assert found["OMIM:3"] == {"ORPHA:9": 1.0}
    assert "OMIM:4" not in found


def test_rows_sum_to_one_or_nothing(rich: Knowledge, real: Knowledge) -> None:
    for name, matrix in neighbour_matrices(rich.diseases).items():
        sums = np.asarray(matrix.sum(axis=1)).ravel()
        assert np.all(np.isclose(sums, 1) | (sums == 0)), name
        assert matrix.diagonal().sum() == 0, name


def test_normalise_rows() -> None:
    matrix = sparse.csr_array(np.array([[1.0, 3.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(normalise_rows(matrix).toarray(), [[0.25, 0.75], [0.0, 0.0]])
    np.testing.assert_array_equal(matrix.toarray(), [[1.0, 3.0], [0.0, 0.0]])
