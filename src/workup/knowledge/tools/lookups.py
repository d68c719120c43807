"""Tools over the knowledge base: findings to a differential, and look-ups of terms, diseases and genes.

phenotype_differential(findings=["Arachnodactyly", "HP:0001083"])  ->  Marfan syndrome ..., with likelihoods
diseases_of_findings(findings=["HP:0001083"])                      ->  every disease annotated with all of them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workup.case import Case, Finding
from workup.errors import UserError
from workup.knowledge.tools.tool import Found, Sources, Tool, schema
from workup.reasoning import Evidence

if TYPE_CHECKING:
    from workup.knowledge import Knowledge

_LISTED = 20
_FINDINGS = {"items": {"type": "string"}, "minItems": 1, "maxItems": 200}


def tools(sources: Sources) -> list[Tool]:
    """The phenotype engine and look-ups."""
    limit = ("integer", "How many to give.", {"minimum": 1, "maximum": 100})
    return [
        Tool(
            name="phenotype_differential",
            description="Ranks rare diseases by a patient's signs and symptoms (HPO terms or their names), with the "
            "probability of each and the findings that speak for and against it.",
            parameters=schema(
                "excluded",
                "genes",
                "limit",
                findings=("array", "Findings that are present: HPO ids or names.", _FINDINGS),
                excluded=("array", "Findings that were looked for and are absent.", {"items": {"type": "string"}}),
                genes=("array", "Candidate genes.", {"items": {"type": "string"}}),
                limit=limit,
            ),
            run=lambda arguments: differential(sources.opened(), arguments),
            source="phenotype engine",
            labels=("diagnosis", "phenotype", "HPO"),
            seconds=120.0,
        ),
        Tool(
            name="find_phenotype_term",
            description="HPO terms for a sign or symptom given by name, or what an HPO id means.",
            parameters=schema("limit", query=("string", "Name or HPO id."), limit=limit),
            run=lambda arguments: terms_like(sources.opened(), arguments["query"], 0, arguments.get("limit", 5)),
            source="HPO",
            labels=("phenotype", "HPO", "term"),
        ),
        Tool(
            name="disease_findings",
            description="What a rare disease is like: its signs with frequencies, genes, inheritance and other ids.",
            parameters=schema("limit", disease=("string", "OMIM or ORPHA id, or name of the disease."), limit=limit),
            run=lambda arguments: disease(sources.opened(), arguments["disease"], arguments.get("limit", 50)),
            source="HPO annotations",
            labels=("disease", "phenotype", "annotation"),
        ),
        Tool(
            name="gene_diseases",
            description="Diseases that a gene is known to cause.",
            parameters=schema(gene=("string", "Symbol or NCBI number of the gene.")),
            run=lambda arguments: gene(sources.opened(), arguments["gene"]),
            source="HPO annotations",
            labels=("gene", "disease"),
        ),
        Tool(
            name="diseases_of_findings",
            description="Every disease that is annotated with all of some findings.",
            parameters=schema("limit", findings=("array", "HPO ids or names.", _FINDINGS), limit=limit),
            run=lambda arguments: diseases_with_all(
                sources.opened(), arguments["findings"], 0, arguments.get("limit", 20)
            ),
            source="HPO annotations",
            labels=("phenotype", "disease", "HPO"),
        ),
    ]


def _resolved(knowledge: Knowledge, text: str) -> int:
    """Index of a term.

    Raises:
        UserError: Nothing has that id or name; says what looks like it.
    """
    found = knowledge.ontology.resolve(text)
    if not found.terms:
        near = knowledge.ontology.near_names(text)
        raise UserError(f"no HPO term is {text[:100]}" + (f"; near: {', '.join(near)}" if near else ""))
    return found.terms[0]


def differential(knowledge: Knowledge, arguments: Mapping[str, Any]) -> Found:
    """Rank diseases by findings."""
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    ontology = knowledge.ontology
    findings = []
    for status, names in (("present", arguments["findings"]), ("excluded", arguments.get("excluded", []))):
        for name in names:
            term = _resolved(knowledge, name)
            findings.append(Finding(ontology.id(term), label=ontology.label(term), status=status))  # type: ignore[arg-type]
    case = Case(id="blinded", findings=tuple(findings), candidate_genes=tuple(arguments.get("genes", ())))
    result = PhenotypeReasoner().reason(case, Context(knowledge=knowledge, limit=arguments.get("limit", 10)))
    value = [
        {
            "rank": one.rank,
            "id": one.id,
            "name": one.label,
            "probability": round(one.probability, 4),
            "genes": list(one.genes),
            "for": [step.label or step.claim for step in one.contributions if step.weight > 0 and step.finding],
            "against": [step.label or step.claim for step in one.contributions if step.weight < 0 and step.finding],
        }
        for one in result.differential
    ]
    evidence = [proof for one in result.differential[:3] for step in one.contributions for proof in step.evidence]
    not_listed = round(result.unknown_probability, 4)
    return Found({"differential": value, "none_of_these": not_listed, "of": result.candidates}, tuple(evidence))


def terms_like(knowledge: Knowledge, query: str, offset: int, limit: int) -> Found:
    """Terms by id, name or synonym; those that look alike after the one that is meant."""
    ontology = knowledge.ontology
    found = list(ontology.resolve(query).terms)
    found += [
        index for name in ontology.near_names(query, 20) if (index := ontology.index(name.split()[0])) is not None
    ]
    chosen = list(dict.fromkeys(found))[offset : offset + limit]
    if not chosen:
        raise UserError(f"no HPO term is or looks like {query[:100]}")
    return Found(
        [_term(knowledge, index) for index in chosen], tuple(_term_evidence(knowledge, index) for index in chosen)
    )


def term(knowledge: Knowledge, text: str) -> Found:
    """One term."""
    index = _resolved(knowledge, text)
    ontology = knowledge.ontology
    children = [f"{ontology.id(child)} {ontology.label(child)}" for child in ontology.children[index].tolist()]
    return Found({**_term(knowledge, index), "children": children}, (_term_evidence(knowledge, index),))


def _term(knowledge: Knowledge, index: int) -> dict[str, Any]:
    ontology = knowledge.ontology
    return {
        "id": ontology.id(index),
        "name": ontology.label(index),
        "definition": ontology.definition(index),
        "parents": [f"{ontology.id(one)} {ontology.label(one)}" for one in ontology.parents[index].tolist()],
    }


def _term_evidence(knowledge: Knowledge, index: int) -> Evidence:
    ontology = knowledge.ontology
    words = f"{ontology.label(index)}. {ontology.definition(index)}".strip()
    source = f"HPO {knowledge.versions['HPO']}, {ontology.id(index)}"
    return Evidence(kind="ontology", source=source, quote=words, supported=True, values={"term": ontology.id(index)})


def _row(knowledge: Knowledge, row: int) -> tuple[dict[str, Any], Evidence]:
    """A row of the annotations in words, and as evidence."""
    from workup.knowledge.annotations import frequency_words

    annotations, ontology = knowledge.annotations, knowledge.ontology
    index = int(annotations.term[row])
    frequency = frequency_words(annotations.frequency[row])
    negated = "absent: " if annotations.negated[row] else ""
    said = {"id": ontology.id(index), "name": f"{negated}{ontology.label(index)}", "frequency": frequency}
    source = f"phenotype.hpoa {knowledge.versions['phenotype.hpoa']}, line {annotations.line[row]}"
    quote = f"{said['name']}: {frequency} ({annotations.reference_text(row)})"
    values = {"disease": knowledge.diseases.ids[int(annotations.disease[row])], "term": ontology.id(index)}
    return said, Evidence(kind="annotation", source=source, quote=quote, supported=True, values=values)


def disease(knowledge: Knowledge, text: str, limit: int) -> Found:
    """A disease by id or name."""
    diseases = knowledge.diseases
    index = diseases.index(text.strip())
    if index is None:
        wanted = " ".join(text.casefold().split())
        named = [place for place, name in enumerate(diseases.names) if wanted in name.casefold()]
        if not named:
            raise UserError(f"no disease of the knowledge base is {text[:100]}")
        exact = [place for place in named if diseases.names[place].casefold() == wanted]
        if not exact and len(named) > 1:
            listed = [{"id": diseases.ids[place], "name": diseases.names[place]} for place in named[:_LISTED]]
            return Found({"several": listed, "of": len(named)})
        index = (exact or named)[0]
    rows = np.flatnonzero(knowledge.annotations.disease == index).tolist()
    said, evidence = zip(*(_row(knowledge, row) for row in rows[:limit]), strict=True) if rows else ((), ())
    value = {
        "id": diseases.ids[index],
        "name": diseases.names[index],
        "genes": list(diseases.gene_symbols(index)),
        "other_ids": [diseases.ids[one] for one in diseases.aliases[index].tolist()],
        "findings": list(said),
        "of": len(rows),
    }
    return Found(value, tuple(evidence))


def gene(knowledge: Knowledge, text: str) -> Found:
    """The diseases of a gene."""
    diseases = knowledge.diseases
    index = diseases.gene_index(text)
    if index is None:
        near = diseases.near_genes(text)
        raise UserError(f"no disease has the gene {text[:50]}" + (f"; near: {', '.join(near)}" if near else ""))
    symbol = diseases.gene_names[index]
    held = diseases.by_gene.get(index, [])
    evidence = tuple(
        Evidence(
            kind="annotation",
            source=f"genes_to_phenotype.txt, line {diseases.gene_line(one, index)}",
            quote=f"{symbol}: {diseases.names[one]}",
            supported=True,
            values={"disease": diseases.ids[one], "gene": symbol},
        )
        for one in held[:_LISTED]
    )
    value = [{"id": diseases.ids[one], "name": diseases.names[one]} for one in held]
    return Found({"gene": symbol, "diseases": value}, evidence)


def diseases_with_all(knowledge: Knowledge, findings: Sequence[str], offset: int, limit: int) -> Found:
    """Diseases annotated with all of some findings, or with something more specific."""
    annotations, ontology, diseases = knowledge.annotations, knowledge.ontology, knowledge.diseases
    usable = annotations.phenotype_mask() & (annotations.negated == 0)
    held: set[int] | None = None
    first: dict[int, list[int]] = {}
    for name in findings:
        below = ontology.descendants[_resolved(knowledge, name)]
        found = np.flatnonzero(usable & np.isin(annotations.term, below))
        own: dict[int, int] = {}
        for row in found.tolist():
            own.setdefault(int(annotations.disease[row]), row)
        for one, row in own.items():
            first.setdefault(one, []).append(row)
        held = set(own) if held is None else held & set(own)
    every = sorted(held or ())
    chosen = every[offset : offset + limit]
    evidence = [_row(knowledge, row)[1] for one in chosen[:10] for row in first[one]]
    value = [{"id": diseases.ids[one], "name": diseases.names[one]} for one in chosen]
    return Found({"diseases": value, "of": len(every)}, tuple(evidence))
