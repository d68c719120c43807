"""A knowledge base small enough to compute by hand, built by the same code as the real one.

The ontology (``X`` has two parents)::

    All
      P  Phenotypic abnormality
           A ---- A1 ---- A11
             |       \\--- X
             \\--- A2
           B ---- B1 ---- X
             \\--- B2
           C

The diseases, with pooled frequencies ``(affected + 0.5) / (examined + 1)``::

    OMIM:1  A11 3/3 -> 0.875   B1 1/3 -> 0.375   (cites PMID:1 and PMID:2, in this order)
    OMIM:2  A2  1/1 -> 0.75    B  0/5 -> not an annotation
    OMIM:3  X   1/1 -> 0.75
    OMIM:4  B   3/3 -> 0.875

Diseases at or below each term: P 4, A 3, A1 2, A11 1, A2 1, X 1, B 3, B1 2, B2 0, C 0.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from workup.knowledge import Knowledge
from workup.knowledge.base import build
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoners.phenotype.scoring import Query, Score

# Name -> number of its HPO id, parents.
TERMS: dict[str, tuple[int, list[str]]] = {
    "All": (1, []),
    "P": (118, ["All"]),
    "A": (9010, ["P"]),
    "A1": (9011, ["A"]),
    "A2": (9012, ["A"]),
    "A11": (9013, ["A1"]),
    "B": (9020, ["P"]),
    "B1": (9021, ["B"]),
    "B2": (9022, ["B"]),
    "X": (9030, ["A1", "B1"]),
    "C": (9040, ["P"]),
}
# Disease, term, reference, frequency.
ROWS = [
    ("OMIM:1", "A11", "PMID:1", "3/3"),
    ("OMIM:1", "B1", "PMID:2", "1/3"),
    ("OMIM:2", "A2", "PMID:1", "1/1"),
    ("OMIM:2", "B", "PMID:2", "0/5"),
    ("OMIM:3", "X", "PMID:3", "1/1"),
    ("OMIM:4", "B", "OMIM:4", "3/3"),
]


def write_sources(
    folder: Path,
    terms: dict[str, tuple[int, list[str]]] = TERMS,
    rows: list[tuple[str, str, str, str]] = ROWS,
) -> None:
    """Write the ontology and the annotations in the formats of the real files."""
    folder.mkdir(parents=True, exist_ok=True)
    stanzas = [
        "\n".join(
            [
                "[Term]",
                f"id: {identifier(number)}",
                f"name: {name}",
                *(f"is_a: {identifier(terms[parent][0])} ! {parent}" for parent in parents),
            ]
        )
        for name, (number, parents) in terms.items()
    ]
    (folder / "hp.obo").write_text("format-version: 1.2\n\n" + "\n\n".join(stanzas) + "\n")
    lines = [
        "\t".join(
            [
                *(disease, f"Disease {disease}", "", identifier(terms[term][0]), reference),
                *("PCS", "", frequency, "", "", "P", "HPO:x"),
            ]
        )
        for disease, term, reference, frequency in rows
    ]
    (folder / "phenotype.hpoa").write_text("#version: toy\n" + "\n".join(lines) + "\n")
    (folder / "genes_to_phenotype.txt").write_text(
        "ncbi_gene_id\tgene_symbol\thpo_id\thpo_name\tfrequency\tdisease_id\n"
    )


def toy_knowledge(folder: Path) -> Knowledge:
    """Build the toy knowledge base inside ``folder``."""
    write_sources(folder / "sources")
    meta = build(folder / "artefact", folder / "sources")
    return Knowledge(folder / "artefact", meta)


def toy_query(knowledge: Knowledge, present: str = "", excluded: str = "") -> Query:
    """A query of toy terms given by name, in the order given."""

    def indices(names: str) -> tuple[int, ...]:
        found = [knowledge.ontology.index(identifier(TERMS[name][0])) for name in names.split()]
        return tuple(term for term in found if term is not None)

    return Query(present=indices(present), excluded=indices(excluded))


def check_promises(score: Score, query: Query) -> None:
    """What every score promises: no role of the order, explanations that add up, 0 without findings."""
    whole = score.score(query)
    assert whole.shape == (len(score.profiles.candidates),)
    backwards = Query(present=query.present[::-1], excluded=query.excluded[::-1])
    assert np.array_equal(score.score(backwards), whole)
    candidates = np.arange(len(whole))[::-1]
    explanation = score.explain(query, candidates)
    assert explanation.present.shape == (len(query.present), len(whole))
    assert explanation.excluded.shape == (len(query.excluded), len(whole))
    np.testing.assert_allclose(explanation.total(), whole[candidates], rtol=0, atol=1e-9)
    np.testing.assert_array_equal(score.score(Query()), np.zeros(len(whole)))
    np.testing.assert_array_equal(score.explain(Query(), candidates).total(), np.zeros(len(whole)))


def check_without(score: type[Score], knowledge: Knowledge, rows: np.ndarray, queries: list[Query]) -> None:
    """Removing rows gives what a knowledge base without them gives."""
    kept = np.setdiff1d(np.flatnonzero(knowledge.annotations.phenotype_mask()), rows)
    less = score(Profiles(knowledge, "omim").without(rows))
    anew = score(Profiles.from_rows(knowledge, kept, "omim"))
    for query in queries:
        np.testing.assert_allclose(less.score(query), anew.score(query), rtol=0, atol=1e-9)
