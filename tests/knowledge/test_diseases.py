"""Diseases: series, entries of one disease, genes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.knowledge.arrays import Store
from workup.knowledge.diseases import Diseases, compile_diseases, series_stem


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Developmental and epileptic encephalopathy 96", "developmental and epileptic encephalopathy"),
        ("Nephrotic syndrome, type 15", "nephrotic syndrome"),
        ("Charcot-Marie-Tooth disease, axonal, type 2A2B", "charcot-marie-tooth disease, axonal"),
        ("Usher syndrome, type IIIA", "usher syndrome"),
        ("Chronic granulomatous disease 2, autosomal recessive", "chronic granulomatous disease"),
        ("Joubert syndrome 3; JBTS3", "joubert syndrome"),
        ("Leigh syndrome 4 with leukodystrophy", "leigh syndrome"),
        ("Marfan syndrome", "marfan syndrome"),
        ("Trisomy 21", "trisomy"),
        ("46XX sex reversal 1", "46xx sex reversal"),
        ("", ""),
    ],
)
def test_series_stem(name: str, stem: str) -> None:
    assert series_stem(name) == stem


@given(st.text())
def test_any_name_has_a_stem(name: str) -> None:
    assert len(series_stem(name)) <= len(name.casefold())


NAMES = {
    "OMIM:1": "Toyosis 1",
    "OMIM:2": "Toyosis 2",
    "ORPHA:3": "Toyosis, first kind",
    "ORPHA:4": "Toyosis",
    "OMIM:5": "Blue ray disease",
    "ORPHA:6": "Blue-Ray disease",
    "OMIM:7": "Twin A",
    "OMIM:8": "Twin B",
    "ORPHA:9": "Twins",
    "DECIPHER:10": "Lone deletion",
    "ORPHA:11": "Lone deletion syndrome",
}
MAP = {
    "OMIM:1": [("MONDO:1", "toyosis 1")],
    "ORPHA:3": [("MONDO:1", "toyosis 1")],
    # A series bears the number of its first member.
    "OMIMPS:1": [("MONDO:2", "toyosis")],
    "ORPHA:4": [("MONDO:2", "toyosis")],
    # One MONDO id over two OMIM entries merges nothing.
    "OMIM:7": [("MONDO:3", "twins")],
    "OMIM:8": [("MONDO:3", "twins")],
    "ORPHA:9": [("MONDO:3", "twins")],
    # Without an OMIM entry the first one stands for the disease.
    "DECIPHER:10": [("MONDO:4", "lone"), ("MONDO:5", "other")],
    "ORPHA:11": [("MONDO:4", "lone")],
    "ORPHA:999": [("MONDO:4", "not annotated")],
}
GENES = [
    "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n",
    "1\tTOY1\tHP:0001250\tSeizure\t\tOMIM:1\n",
    "1\tTOY1\tHP:0001251\tAtaxia\t\tOMIM:1\n",
    "1\tTOY1\tHP:0001250\tSeizure\t\tORPHA:3\n",
    "2\tAToy\tHP:0001250\tSeizure\t\tOMIM:1\n",
    "3\tGONE\tHP:0001250\tSeizure\t\tOMIM:999\n",
    "broken line\n",
    # What the released file writes for a withdrawn record: a dash, which is the name of no gene.
    "7467\t-\tHP:0001250\tSeizure\t\tOMIM:2\n",
    "10108\t-\tHP:0001250\tSeizure\t\tOMIM:5\n",
]


@pytest.fixture(scope="module")
def diseases(tmp_path_factory: pytest.TempPathFactory) -> Diseases:
    store = Store(tmp_path_factory.mktemp("diseases"))
    store.write(compile_diseases(list(NAMES), list(NAMES.values()), GENES, MAP))
    return Diseases(store)


def shown_under(diseases: Diseases) -> dict[str, str]:
    return {d: diseases.ids[int(head)] for d, head in zip(diseases.ids, diseases.entity, strict=True)}


def test_entries_of_one_disease(diseases: Diseases) -> None:
    heads = {disease: head for disease, head in shown_under(diseases).items() if disease != head}
    assert heads == {"ORPHA:3": "OMIM:1", "ORPHA:11": "DECIPHER:10"}
    first = diseases.index("OMIM:1")
    assert first is not None
    assert [diseases.ids[m] for m in diseases.members[first]] == ["ORPHA:3"]


def test_aliases(diseases: Diseases) -> None:
    aliases = {
        diseases.ids[i]: [diseases.ids[int(a)] for a in diseases.aliases[i]]
        for i in range(len(diseases))
        if len(diseases.aliases[i])
    }
    assert aliases == {
        "OMIM:1": ["ORPHA:3", "ORPHA:4"],  # the same disease; the whole series
        "OMIM:5": ["ORPHA:6"],  # the same name
        "DECIPHER:10": ["ORPHA:11"],
    }


def test_series(diseases: Diseases) -> None:
    def label(disease: str) -> str | None:
        index = diseases.index(disease)
        assert index is not None
        return diseases.series_label(index)

    assert label("OMIM:1") == label("OMIM:2") == label("ORPHA:4") == "Toyosis"
    assert label("OMIM:5") is None
    # Twin A and Twin B end in letters, not in numbers.
    assert label("OMIM:7") is None
    first = diseases.index("OMIM:1")
    assert first is not None
    # Only OMIM entries count as members.
    assert diseases.series_size[first] == 2


def test_genes(diseases: Diseases) -> None:
    assert diseases.gene_symbols(0) == ("AToy", "TOY1")
    assert diseases.gene_symbols(4) == ()
    assert diseases.gene_index(" toy1 ") == diseases.gene_index("TOY1") == 0
    assert diseases.gene_index("GONE") is None
    assert diseases.by_gene == {0: [0, 2], 1: [0]}
    # Withdrawn records make no gene that unrelated diseases would share.
    assert diseases.gene_index("-") is None
    assert diseases.gene_symbols(1) == ()


def test_sources_and_index(diseases: Diseases) -> None:
    assert diseases.source.tolist() == [0, 0, 1, 1, 0, 1, 0, 0, 1, 2, 1]
    assert diseases.index("OMIM:999") is None
    assert diseases.mondo[9] == "MONDO:4;MONDO:5"


def test_nothing_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(compile_diseases([], [], [], {}))
    assert len(Diseases(store)) == 0
