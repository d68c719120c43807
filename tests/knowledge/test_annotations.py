"""The annotation file: rows, frequencies, references."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import TERMS, write_sources

from workup.knowledge import Knowledge
from workup.knowledge.annotations import Annotations, compile_annotations, frequency_counts, frequency_words
from workup.knowledge.arrays import Array, Store
from workup.knowledge.hpo import Ontology, compile_ontology, identifier
from workup.reasoners.phenotype.demographics import demographics
from workup.reasoners.phenotype.likelihood_ratio import absent_columns
from workup.reasoners.phenotype.profiles import Profiles, pool_frequencies
from workup.reasoners.phenotype.rows import Rows

A11, B, B1, C = (identifier(TERMS[name][0]) for name in ("A11", "B", "B1", "C"))
LINES = [
    "#description: toy\n",
    "#version: 2025-01-16\n",
    '#hpo-version: "http://purl.obolibrary.org/obo/hp/releases/2025-01-16/hp.json"\n',
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\tmodifier\taspect\tby\n",
    f"OMIM:1\tOne\t\t{A11}\tPMID:1;PMID:2\tPCS\tHP:0003593\t3/4\tFEMALE\t\tP\tx\n",
    f"OMIM:1\tOne\tNOT\t{B}\tPMID:2\tPCS\t\t2/5\t\t\tP\tx\n",
    f"ORPHA:2\tTwo\t\t{B1}\tORPHA:2\tTAS\t\tHP:0040282\tmale\t\tP\tx\n",
    f"OMIM:1\tOne\t\t{C}\tOMIM:1\tTAS\t\t\t\t\tI\tx\n",
    "OMIM:1\tOne\t\tHP:0012345\tOMIM:1\tTAS\t\t\t\t\tP\tx\n",  # no such term
    f"OMIM:1\tOne\t\t{C}\tOMIM:1\tTAS\t\t0/0\t\t\tP\tx\n",  # nobody was examined
    "too\tshort\n",
    f"OMIM:1\tOne\t\t{C}\tOMIM:1\tTAS\t\t\t\t\tZ\tx\n",  # no such aspect
]


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Annotations, tuple[object, ...]]:
    folder = tmp_path_factory.mktemp("hpoa")
    write_sources(folder)
    store = Store(folder)
    store.write(compile_ontology((folder / "hp.obo").read_text().splitlines()))
    ontology = Ontology(store)
    arrays, *rest = compile_annotations(LINES, ontology)
    store.write(arrays)
    return Annotations(store, ontology), tuple(rest)


def test_rows(parsed: tuple[Annotations, tuple[object, ...]]) -> None:
    annotations, (ids, names, header, skipped) = parsed
    assert ids == ["OMIM:1", "ORPHA:2"]
    assert names == ["One", "Two"]
    assert isinstance(header, dict)
    assert header["version"] == "2025-01-16"
    assert header["hpo-version"].endswith("/2025-01-16/hp.json")
    assert skipped == {"unknown term": 1, "unreadable frequency or aspect": 2}
    assert len(annotations) == 4
    assert annotations.disease.tolist() == [0, 0, 1, 0]
    # As counted by any editor: the first row stands on line 5.
    assert annotations.line.tolist() == [5, 6, 7, 8]
    assert annotations.negated.tolist() == [0, 1, 0, 0]
    assert annotations.onset.tolist() == [3593, 0, 0, 0]
    assert annotations.sex.tolist() == [2, 0, 1, 0]
    assert annotations.affected.tolist() == pytest.approx([3, 2, 2.725, 0.3])
    assert annotations.examined.tolist() == [4, 5, 5, 1]
    assert list(annotations.frequency) == ["3/4", "2/5", "HP:0040282", ""]
    assert annotations.phenotype_mask().tolist() == [True, True, True, False]


def test_references(parsed: tuple[Annotations, tuple[object, ...]]) -> None:
    annotations, _ = parsed
    assert annotations.rows_citing("PMID:2").tolist() == [0, 1]
    assert annotations.rows_citing("PMID:1").tolist() == [0]
    assert annotations.rows_citing("PMID:3").tolist() == []
    assert [annotations.cites(name) for name in ("ORPHA:2", "PMID:22", "")] == [True, False, False]
    assert annotations.reference_text(0) == "PMID:1;PMID:2"


@pytest.mark.parametrize(
    ("text", "counts", "words"),
    [
        ("3/4", (3, 4), "3/4"),
        ("0/7", (0, 7), "0/7"),
        ("5 / 4", (4, 4), "5 / 4"),  # more affected than examined: all
        ("HP:0040280", (5, 5), "obligate (100 %)"),
        ("HP:0040281", (4.475, 5), "very frequent (80-99 %)"),
        ("HP:0040282", (2.725, 5), "frequent (30-79 %)"),
        ("HP:0040283", (0.85, 5), "occasional (5-29 %)"),
        ("HP:0040284", (0.125, 5), "very rare (1-4 %)"),
        ("HP:0040285", (0, 5), "excluded (0 %)"),
        ("20%", (1, 5), "20%"),
        ("12.5 %", (0.625, 5), "12.5 %"),
        ("150%", (5, 5), "150%"),
        ("", (0.3, 1), "not stated"),
    ],
)
def test_frequency(text: str, counts: tuple[float, float], words: str) -> None:
    assert frequency_counts(text) == pytest.approx(counts)
    assert frequency_words(text) == words


@pytest.mark.parametrize("text", ["0/0", "often", "HP:0001250", "-1/2", "1/-2", "%", "nan%", "1e9%", "3/4/5"])
def test_unreadable_frequency(text: str) -> None:
    assert frequency_counts(text) is None


@given(st.text() | st.from_regex(r"\A\d{0,400}[/%]\d{0,3}\Z"))
def test_a_frequency_is_a_share_or_nothing(text: str) -> None:
    counts = frequency_counts(text)
    if counts is not None:
        affected, examined = counts
        assert 0 <= affected <= examined
        assert examined > 0


def pooled(folder: Path, rows: list[tuple[str, str, str, str]]) -> Array:
    from toy import TERMS

    from workup.knowledge.base import Knowledge, build
    from workup.reasoners.phenotype.profiles import pool_frequencies

    write_sources(folder / "sources", TERMS, rows)
    knowledge = Knowledge(folder / "artefact", build(folder / "artefact", folder / "sources"))
    matrix = pool_frequencies(knowledge, np.arange(len(knowledge.annotations)))
    index = knowledge.ontology.index(A11)
    assert index is not None
    return np.asarray(matrix[:, [index]].toarray().ravel())


def test_pooling(tmp_path: Path) -> None:
    rows = [
        # (3 + 1 + 2.725 + 0.3 + 0.5) / (4 + 1 + 5 + 1 + 1)
        *[("OMIM:1", "A11", f"PMID:{i}", text) for i, text in enumerate(("3/4", "1/1", "HP:0040282", ""))],
        # (1 + 0.5) / (1 + 9 + 1): who was not affected counts among the examined
        ("OMIM:2", "A11", "PMID:1", "1/1"),
        ("OMIM:2", "A11", "PMID:2", "0/9"),
        # Nobody affected: no annotation.
        ("OMIM:3", "A11", "PMID:1", "0/3"),
        ("OMIM:3", "A11", "PMID:2", "HP:0040285"),
        ("OMIM:3", "C", "PMID:2", "1/1"),
    ]
    np.testing.assert_allclose(pooled(tmp_path, rows), [7.525 / 12, 1.5 / 11, 0], rtol=1e-6)


def test_narrow_columns_are_widened_before_they_are_multiplied() -> None:
    knowledge, wide = Knowledge.load(), Knowledge.load()
    for column in ("disease", "term", "onset"):
        narrow = getattr(knowledge.annotations, column)
        assert narrow.dtype == np.uint16
        setattr(wide.annotations, column, narrow.astype(np.int64))
    # Their products, which 16 bits do not hold.
    assert len(knowledge.diseases) * len(knowledge.ontology) > np.iinfo(np.uint16).max
    rows = np.flatnonzero(knowledge.annotations.phenotype_mask())
    frequency, expected = pool_frequencies(knowledge, rows), pool_frequencies(wide, rows)
    assert expected.nnz > 200_000
    assert (frequency != expected).nnz == 0
    diseases, terms = wide.annotations.disease[rows], wide.annotations.term[rows]
    for found, right in zip(Rows(knowledge).find(diseases, terms), Rows(wide).find(diseases, terms), strict=True):
        np.testing.assert_array_equal(found, right)
        assert found.any()
    profiles, wide_profiles = Profiles(knowledge), Profiles(wide)
    assert (absent_columns(profiles) != absent_columns(wide_profiles)).nnz == 0
    np.testing.assert_array_equal(demographics(profiles).onset, demographics(wide_profiles).onset)
