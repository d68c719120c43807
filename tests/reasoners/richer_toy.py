"""The toy knowledge with neighbours: a gene, a series, an entry of another source, similar names, onset, inheritance.

To the diseases of ``toy`` it gives names and genes, and adds two Orphanet entries and ten diseases that only have
``C``, so that terms of the other branches are rare::

    OMIM:1   Toyosis 1           GENE1
    OMIM:2   Toyosis 2                       (X-linked recessive)
    OMIM:3   Blue ray disease                (infantile onset; X-linked recessive and dominant)
    OMIM:4   Purple ray palsy    GENE1       (late onset in 3 of 4)
    ORPHA:8  Toyosis 3           GENE1       B2 1/1
    ORPHA:9  Blue ray disease                A2 frequent: described by OMIM:3 too
    OMIM:11 ... OMIM:20          GENE2
"""

from __future__ import annotations

from pathlib import Path

from toy import ROWS, TERMS, write_sources

from workup.knowledge import Knowledge
from workup.knowledge.base import build
from workup.knowledge.hpo import identifier

RICH_TERMS: dict[str, tuple[int, list[str]]] = {
    **TERMS,
    "Inheritance": (5, ["All"]),
    "X-linked recessive": (1419, ["Inheritance"]),
    "X-linked dominant": (1423, ["Inheritance"]),
    "Course": (31797, ["All"]),
    "Infantile": (3593, ["Course"]),
    "Late": (3584, ["Course"]),
}
FILLERS = [f"OMIM:{number}" for number in range(11, 21)]
RICH_ROWS = [
    *ROWS,
    ("ORPHA:8", "B2", "ORPHA:8", "1/1"),
    ("ORPHA:9", "A2", "ORPHA:9", "HP:0040282"),
    *((disease, "C", disease, "1/1") for disease in FILLERS),
]
NAMES = {
    "OMIM:1": "Toyosis 1",
    "OMIM:2": "Toyosis 2",
    "OMIM:3": "Blue ray disease",
    "OMIM:4": "Purple ray palsy",
    "ORPHA:8": "Toyosis 3",
    "ORPHA:9": "Blue ray disease",
}
GENES = {"OMIM:1": "GENE1", "OMIM:4": "GENE1", "ORPHA:8": "GENE1", **dict.fromkeys(FILLERS, "GENE2")}
# Disease, term, frequency, aspect.
OTHER_ROWS = [
    ("OMIM:2", "X-linked recessive", "", "I"),
    ("OMIM:3", "X-linked recessive", "", "I"),
    ("OMIM:3", "X-linked dominant", "", "I"),
    ("OMIM:3", "Infantile", "", "C"),
    ("OMIM:4", "Late", "3/4", "C"),
]


def richer_toy(folder: Path) -> Knowledge:
    """Build it inside ``folder``."""
    sources = folder / "sources"
    write_sources(sources, RICH_TERMS, RICH_ROWS)
    path = sources / "phenotype.hpoa"
    text = path.read_text()
    for disease, name in NAMES.items():
        text = text.replace(f"Disease {disease}\t", f"{name}\t")
    text += "".join(
        "\t".join(
            [
                *(disease, NAMES[disease], "", identifier(RICH_TERMS[term][0]), disease),
                *("TAS", "", frequency, "", "", aspect, "HPO:x"),
            ]
        )
        + "\n"
        for disease, term, frequency, aspect in OTHER_ROWS
    )
    path.write_text(text)
    with (sources / "genes_to_phenotype.txt").open("a") as genes:
        genes.writelines(f"1\t{gene}\tHP:0009010\tA\t\t{disease}\n" for disease, gene in GENES.items())
    return Knowledge(folder / "artefact", build(folder / "artefact", sources))


def place(knowledge: Knowledge, name: str) -> int:
    """Index of a term given by its toy name."""
    found = knowledge.ontology.index(identifier(RICH_TERMS[name][0]))
    assert found is not None
    return found
