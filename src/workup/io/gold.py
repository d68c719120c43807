"""The truth inside a phenopacket (diagnosis, genes, variants, onset) and its ways to state a time.

The diagnosis is that of interpretations whose progress status is SOLVED, or, when none is, the diseases that
are not excluded.
"""

from __future__ import annotations

from workup.case import Reference, Variant
from workup.io.clean import clean_age
from workup.io.node import Node

# Numbers of the enumerations Interpretation.ProgressStatus and GenomicInterpretation.InterpretationStatus.
_SOLVED = ("SOLVED", 3)
_CAUSAL = ("CAUSATIVE", "CONTRIBUTORY", 3, 4)


class _Truth:
    """Gathers the parts of a reference in order, each once."""

    def __init__(self) -> None:
        self.diagnoses: dict[str, str | None] = {}
        self.genes: dict[str, str | None] = {}
        self.variants: list[Variant] = []


def read_reference(packet: Node) -> Reference | None:
    """Read the reference of a phenopacket, or None when it states nothing of the kind."""
    notes = packet.reading.notes
    truth = _Truth()
    for interpretation in packet.nodes("interpretations"):
        _interpretation(interpretation, truth)
    diseases, onset_of = _diseases(packet)
    if truth.diagnoses:
        others = [name for name in diseases if name not in truth.diagnoses]
        if others:
            notes.warning(
                "diagnosis",
                f"diseases also lists {', '.join(others)}, as no solved interpretation does; not used",
                field=packet.at("diseases"),
                remedy="check which is the diagnosis",
            )
    else:
        truth.diagnoses = diseases
    _v1_genes(packet, truth)
    if not (truth.diagnoses or truth.genes or truth.variants):
        return None
    labels = tuple(label for label in truth.diagnoses.values() if label)
    gene_ids = [name for name in truth.genes.values() if name]
    return Reference(
        diagnoses=tuple(truth.diagnoses),
        labels=labels if len(labels) == len(truth.diagnoses) else (),
        onset=next((onset_of[name] for name in truth.diagnoses if onset_of.get(name)), None),
        genes=tuple(truth.genes),
        variants=tuple(truth.variants),
        extensions={"gene_ids": gene_ids} if gene_ids else {},
    )


def _interpretation(node: Node, truth: _Truth) -> None:
    node.skip("id", "summary")
    status = node.raw("progressStatus")
    diagnosis = node.node("diagnosis")
    if status not in _SOLVED:
        node.reading.notes.info(
            "not_used",
            "an interpretation that is not SOLVED is not a diagnosis",
            field=node.at("progressStatus"),
        )
        return
    node.close()
    if diagnosis is None:
        return
    disease = diagnosis.node("disease")
    if disease is not None:
        _add_disease(disease, truth.diagnoses)
    for genomic in diagnosis.nodes("genomicInterpretations"):
        genomic.skip("subjectOrBiosampleId")
        if genomic.raw("interpretationStatus") not in _CAUSAL:
            node.reading.notes.info(
                "not_used", "a variant or gene that is not called causative was not used", field=genomic.place
            )
            continue
        gene = genomic.node("gene") or genomic.node("geneDescriptor")
        if gene is not None:
            _add_gene(gene, truth)
        variant = genomic.node("variantInterpretation")
        if variant is not None:
            _variant(variant, truth)
        genomic.close()
    diagnosis.close()


def _add_disease(node: Node, into: dict[str, str | None]) -> str | None:
    name, label = node.text("id"), node.text("label")
    node.close()
    if name or label:
        into.setdefault(name or label or "", label)
    return name or label


def _add_gene(node: Node, truth: _Truth) -> str | None:
    symbol = node.text("symbol")
    name = node.text("valueId") or node.text("id") or node.text("geneId")
    if symbol or name:
        truth.genes.setdefault(symbol or name or "", name)
    node.close()
    return symbol or name


def _variant(node: Node, truth: _Truth) -> None:
    descriptor = node.node("variationDescriptor") or node.node("variantDescriptor")
    node.close()
    if descriptor is None:
        return
    descriptor.skip("id")
    context = descriptor.node("geneContext")
    gene = _add_gene(context, truth) if context is not None else None
    written: dict[str, str] = {}
    for expression in descriptor.nodes("expressions"):
        syntax, value = expression.text("syntax"), expression.text("value")
        expression.skip("version")
        expression.close()
        if syntax and value:
            written.setdefault(syntax, value)
    state = descriptor.node("allelicState")
    truth.variants.append(
        Variant(
            gene=gene,
            hgvs=written.get("hgvs.c") or written.get("hgvs.g") or written.get("hgvs"),
            label=descriptor.text("label") or descriptor.text("description"),
            zygosity=(state.text("label") or state.text("id")) if state is not None else None,
        )
    )
    descriptor.close()


def _diseases(packet: Node) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Diseases that are not excluded with their labels, and their onsets."""
    found: dict[str, str | None] = {}
    onsets: dict[str, str | None] = {}
    for node in packet.nodes("diseases"):
        onset = time_element(node, "onset") or v1_time(node, "OfOnset")
        term = node.node("term")
        excluded = node.raw("excluded")
        if excluded is not None and not isinstance(excluded, bool):
            node.reading.wrong_type(node.at("excluded"), "true or false", excluded)
        # Anything but a clear "not excluded" is no diagnosis.
        if term is not None and excluded in (None, False):
            name = _add_disease(term, found)
            if name:
                onsets.setdefault(name, onset)
        node.close()
    return found, onsets


def _v1_genes(packet: Node, truth: _Truth) -> None:
    """Top-level genes and variants of schema 1."""
    for gene in packet.nodes("genes"):
        _add_gene(gene, truth)
    for node in packet.nodes("variants"):
        hgvs = node.node("hgvsAllele")
        vcf = node.node("vcfAllele")
        state = node.node("zygosity")
        label = None
        if vcf is not None:
            parts = [vcf.raw(name) for name in ("genomeAssembly", "chr", "pos", "ref", "alt")]
            label = "{}:{}:{}:{}>{}".format(*("" if part is None else str(part)[:200] for part in parts))
        truth.variants.append(
            Variant(
                hgvs=hgvs.text("hgvs") if hgvs else None,
                label=label,
                zygosity=(state.text("label") or state.text("id")) if state else None,
            )
        )
        node.close()


def time_element(parent: Node, name: str) -> str | None:
    """A TimeElement of schema 2 in the formats of :attr:`workup.case.Finding.onset`, or None.

    A range gives its start. A calendar date is not an age and is reported as unread.
    """
    node = parent.node(name)
    if node is None:
        return None
    notes = parent.reading.notes
    found: str | None = None
    if node.has("age"):
        age = node.node("age")
        found = clean_age(_duration(age), notes, node.at("age")) if age else None
    elif node.has("gestationalAge"):
        found = _gestation(node)
    elif node.has("ontologyClass"):
        found = _class(node.node("ontologyClass"))
    elif node.has("ageRange"):
        found = _range(node.node("ageRange"))
    elif node.has("iso8601duration"):
        found = clean_age(_duration(node), notes, node.place)
    node.close()
    return found


def v1_time(parent: Node, suffix: str) -> str | None:
    """A time of schema 1: ``age``, ``ageRange`` or ``class`` followed by ``OfOnset`` or ``AtCollection``."""
    found: str | None = None
    if (age := parent.node(f"age{suffix}")) is not None:
        found = clean_age(_duration(age), parent.reading.notes, age.place)
        age.close()
    if (span := parent.node(f"ageRange{suffix}")) is not None and found is None:
        found = _range(span)
    if (term := parent.node(f"class{suffix}")) is not None and found is None:
        found = _class(term)
    return found


def _duration(node: Node) -> str | None:
    return node.text("iso8601duration") or node.text("iso8601Duration") or node.text("age")


def _gestation(node: Node) -> str | None:
    age = node.node("gestationalAge")
    if age is None:
        return None
    weeks, days = age.raw("weeks"), age.raw("days")
    age.close()
    # A proto3 default of 0 days is left out of the JSON.
    if type(weeks) is int and type(days) in (int, type(None)) and 0 <= weeks < 60 and 0 <= (days or 0) < 7:
        return f"G{weeks}W{days or 0}D"
    age.reading.wrong_type(age.place, "whole weeks (0-59) and days (0-6)", weeks)
    return None


def _class(node: Node | None) -> str | None:
    if node is None:
        return None
    name = node.text("id")
    node.skip("label")
    node.close()
    return clean_age(name, node.reading.notes, node.at("id"))


def _range(node: Node | None) -> str | None:
    if node is None:
        return None
    start = node.node("start")
    age = clean_age(_duration(start), node.reading.notes, start.place) if start else None
    if age:
        node.reading.notes.info("age_rewritten", f"an age range was read as its start, {age}", field=node.place)
    node.skip("end")
    node.close()
    return age
