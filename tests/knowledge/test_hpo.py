"""The ontology file: ids old and new, ancestors, branches, names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.knowledge.arrays import Store
from workup.knowledge.hpo import Ontology, compile_ontology, identifier, number

OBO = """format-version: 1.2
data-version: hp/releases/2025-01-16

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
is_a: HP:0000001 ! All

[Term]
id: HP:0000707
name: Abnormality of the nervous system
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0000478
name: Abnormality of the eye
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:0001250
name: Seizure
alt_id: HP:0002125
alt_id: HP:0002432
synonym: "Epileptic seizure" EXACT []
synonym: "Fits, of any kind" EXACT layperson [ORCID:0]
is_a: HP:0000707 ! Abnormality of the nervous system

[Term]
id: HP:0009031
name: Eye seizure
is_a: HP:0000478 ! Abnormality of the eye
is_a: HP:0001250 ! Seizure

[Term]
id: HP:0009032
name: Fits of any kind
is_a: HP:0000707

[Term]
id: HP:0000005
name: Mode of inheritance
is_a: HP:0000001

[Term]
id: HP:0000007
name: Autosomal recessive inheritance
is_a: HP:0000005

[Term]
id: HP:0009001
name: obsolete One
is_obsolete: true
replaced_by: HP:0009002

[Term]
id: HP:0009002
name: obsolete Two
is_obsolete: true
consider: HP:0009003
consider: HP:0000478

[Term]
id: HP:0009003
name: obsolete Three
is_obsolete: true
replaced_by: HP:0002125

[Term]
id: HP:0009004
name: obsolete, both given
is_obsolete: true
consider: HP:0000478
replaced_by: HP:0001250

[Term]
id: HP:0009005
name: obsolete without a successor
is_obsolete: true

[Term]
id: HP:0009006
name: obsolete in a circle
is_obsolete: true
replaced_by: HP:0009007

[Term]
id: HP:0009007
name: obsolete in a circle
is_obsolete: true
replaced_by: HP:0009006

[Term]
id: MONDO:0000001
name: not of this ontology
is_a: HP:0000118

[Typedef]
id: HP:0009999
name: not a term
"""


@pytest.fixture(scope="module")
def ontology(tmp_path_factory: pytest.TempPathFactory) -> Ontology:
    store = Store(tmp_path_factory.mktemp("obo"))
    store.write(compile_ontology(OBO.splitlines(keepends=True), newer={9101: (9999,), 9100: (1250, 478, 9998)}))
    return Ontology(store)


def resolved(ontology: Ontology, text: str) -> tuple[list[str], str]:
    resolution = ontology.resolve(text)
    return [ontology.id(term) for term in resolution.terms], resolution.how


def test_only_current_terms_are_terms(ontology: Ontology) -> None:
    assert ontology.ids() == [
        f"HP:{n:07d}" for n in (1, 5, 7, 118, 478, 707, 1250, 9031, 9032)
    ]  # in the order of their ids


def test_ancestors_depth_children(ontology: Ontology) -> None:
    eye_seizure = ontology.index("HP:0009031")
    assert eye_seizure is not None
    assert [ontology.id(int(a)) for a in ontology.ancestors(eye_seizure)] == [
        f"HP:{n:07d}" for n in (1, 118, 478, 707, 1250, 9031)
    ]
    # The shortest path counts: All, Phenotypic abnormality, eye, itself.
    assert [int(d) for d in ontology.depth] == [0, 1, 2, 1, 2, 2, 3, 3, 3]
    seizure = ontology.index("HP:0001250")
    assert seizure is not None
    assert ontology.children[seizure].tolist() == [eye_seizure]
    assert ontology.descendants[seizure].tolist() == [seizure, eye_seizure]
    for term in range(len(ontology)):
        for above in ontology.ancestors(term).tolist():
            assert term in ontology.descendants[above]


def test_branches(ontology: Ontology) -> None:
    assert [ontology.branch_of(term) for term in range(len(ontology))] == [
        "other",
        "inheritance",
        "inheritance",
        *["phenotype"] * 6,
    ]


@pytest.mark.parametrize(
    ("text", "terms", "how"),
    [
        ("HP:0001250", ["HP:0001250"], "exact"),
        (" hp_0001250 ", ["HP:0001250"], "exact"),
        ("HP:0002432", ["HP:0001250"], "alternative id"),
        ("HP:0009003", ["HP:0001250"], "replaced"),  # by an alternative id: two hops
        ("HP:0009001", ["HP:0001250"], "considered"),  # four hops, the weakest of which is a suggestion
        ("HP:0009002", ["HP:0001250"], "considered"),  # the first of two suggestions
        ("HP:0009004", ["HP:0001250"], "replaced"),  # a replacement goes before a suggestion
        ("HP:0009005", [], "unknown"),
        ("HP:0009006", [], "unknown"),
        ("HP:0009999", [], "unknown"),
        ("HP:0009100", ["HP:0001250", "HP:0000478"], "newer"),
        ("HP:0009101", [], "unknown"),
        ("seizure", ["HP:0001250"], "label"),
        ("  EPILEPTIC-seizure ", ["HP:0001250"], "synonym"),
        ("fits of any kind", ["HP:0009032"], "label"),  # a label goes before a synonym
        ("obsolete One", [], "unknown"),
        ("", [], "unknown"),
        ("HP:1250", [], "unknown"),
    ],
)
def test_resolve(ontology: Ontology, text: str, terms: list[str], how: str) -> None:
    assert resolved(ontology, text) == (terms, how)


def test_index_knows_current_ids_only(ontology: Ontology) -> None:
    assert ontology.index("HP:0002125") is None
    assert ontology.index("Seizure") is None
    assert ontology.index("HP:9999999") is None


def test_near_names(ontology: Ontology) -> None:
    assert ontology.near_names("Seizzure") == ["HP:0001250 Seizure"]
    assert ontology.near_names("tower of London") == []


def test_system_in_words(ontology: Ontology) -> None:
    def system(term: str) -> str:
        place = ontology.index(term)
        assert place is not None
        return ontology.system_label(place)

    assert system("HP:0001250") == system("HP:0000707") == "Nervous system"
    assert system("HP:0000478") == "Eye"
    # One parent in each: the first by id.
    assert system("HP:0009031") == "Eye"
    assert system("HP:0000118") == system("HP:0000007") == "Other"


@given(st.integers(0, 9_999_999))
def test_ids_round_trip(value: int) -> None:
    assert number(identifier(value)) == value


@given(st.text())
def test_anything_resolves_or_does_not(text: str) -> None:
    value = number(text)
    assert value is None or 0 <= value <= 9_999_999


def test_an_empty_file_is_an_empty_ontology(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.write(compile_ontology([]))
    empty = Ontology(store)
    assert len(empty) == 0
    assert empty.ids() == []
    assert empty.resolve("HP:0001250").how == empty.resolve("Seizure").how == "unknown"
    assert empty.near_names("Seizure") == empty.near_names("") == []
