"""A knowledge base of five diseases, small enough to work out every rank by hand."""

from __future__ import annotations

import pytest
from case_building import case

from workup.case import Case
from workup.knowledge import Knowledge
from workup.knowledge.base import build

TERMS = {
    "HP:0000001": ("All", None),
    "HP:0000118": ("Phenotypic abnormality", "HP:0000001"),
    "HP:0000707": ("Abnormality of the nervous system", "HP:0000118"),
    "HP:0001250": ("Seizure", "HP:0000707"),
    "HP:0001251": ("Ataxia", "HP:0000707"),
    "HP:0001626": ("Abnormality of the cardiovascular system", "HP:0000118"),
    "HP:0001631": ("Atrial septal defect", "HP:0001626"),
    "HP:0001657": ("Prolonged QT interval", "HP:0001626"),
}
ROWS = [
    ("OMIM:900001", "Toy syndrome 1", "HP:0001250", "PMID:1", "3/4"),
    ("OMIM:900001", "Toy syndrome 1", "HP:0001251", "PMID:1;PMID:2", "1/2"),
    ("OMIM:900002", "Toy syndrome 2", "HP:0001250", "PMID:3", ""),
    ("OMIM:900002", "Toy syndrome 2", "HP:0001631", "PMID:3", ""),
    ("OMIM:900003", "Heart disease", "HP:0001657", "PMID:1", ""),
    ("OMIM:900003", "Heart disease", "HP:0001631", "OMIM:900003", ""),
    ("OMIM:900004", "Lone disease", "HP:0001251", "PMID:4", "2/2"),
    ("ORPHA:900005", "Toy syndrome 3", "HP:0001250", "ORPHA:900005", "HP:0040281"),
]
GENES = [("AAA", "OMIM:900001"), ("AAA", "OMIM:900003"), ("BBB", "OMIM:900002")]


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = tmp_path_factory.mktemp("sources")
    stanzas = [
        "\n".join(["[Term]", f"id: {term}", f"name: {name}", *([f"is_a: {parent} ! x"] if parent else [])])
        for term, (name, parent) in TERMS.items()
    ]
    (folder / "hp.obo").write_text("\n\n".join(stanzas) + "\n")
    header = "#version: 2025-01-16\n#hpo-version: http://x/hp/releases/2025-01-16/hp.json\n"
    lines = [
        "\t".join([disease, name, "", term, reference, "PCS", "", frequency, "", "", "P", "x"])
        for disease, name, term, reference, frequency in ROWS
    ]
    (folder / "phenotype.hpoa").write_text(header + "\n".join(lines) + "\n")
    genes = [f"1\t{gene}\tHP:0001250\tSeizure\t-\t{disease}" for gene, disease in GENES]
    (folder / "genes_to_phenotype.txt").write_text("\n".join(["header", *genes]) + "\n")
    target = tmp_path_factory.mktemp("cache") / "knowledge"
    return Knowledge(target, build(target, folder))


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    """One or two cases of every regime."""
    return [
        case("cited", "0001250 0001251", "OMIM:900001", "PMID:1"),
        case("new", "0001631", "OMIM:900002", "PMID:9"),
        case("lone", "0001251", "OMIM:900004", "PMID:4"),
        case("missing", "0001250", "OMIM:900099", "PMID:8", labels=("Toy syndrome 9",), genes=("bbb",)),
        case("cited too", "0001250", "OMIM:900001", "PMID:1"),
        case("second source", "0001251", "OMIM:900001", "PMID:2"),
        case("nothing", "", "OMIM:900003", "PMID:9"),
        case("no publication", "0001657", "OMIM:900003"),
    ]
