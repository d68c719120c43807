"""Candidate genes and observed variants as evidence: what a list of genes says of each disease.

Let a list hold the share ``q`` of all genes by chance, and the causal gene with probability ``s``. Given that a
gene causes the patient's disease, it is on the list ``s / q`` times as often as by chance, and missing from it
``(1 - s) / (1 - q)`` times as often. A disease with ``k`` known genes is caused by each equally often, and by a gene
that is not yet known to cause it in a share ``d`` of patients, of which the list says nothing::

    LR = (1 - d) x mean over its known genes of (s / q x zygosity x ClinVar class, or (1 - s) / (1 - q)) + d

A disease without a known gene has LR 1. The numbers are in :class:`~workup.reasoners.phenotype.parameters.\
GeneParameters`; none was fitted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

import msgspec
import numpy as np

from workup.case import Case, ObservedVariant, Sex
from workup.errors import Issue
from workup.knowledge import Knowledge
from workup.knowledge.annotations import ASPECTS
from workup.knowledge.arrays import Array
from workup.knowledge.clinvar import significance
from workup.reasoners.phenotype.parameters import GeneParameters
from workup.reasoners.phenotype.profiles import Profiles
from workup.reasoning import Evidence, Step

# Modes of inheritance, as the HPO numbers them.
DOMINANT, RECESSIVE, X_LINKED, X_DOMINANT, X_RECESSIVE, SEMIDOMINANT = 6, 7, 1417, 1423, 1419, 32113
_MODES = {
    DOMINANT: "autosomal dominant",
    RECESSIVE: "autosomal recessive",
    X_LINKED: "X-linked",
    X_DOMINANT: "X-linked dominant",
    X_RECESSIVE: "X-linked recessive",
    SEMIDOMINANT: "semidominant",
}
# So many unknown symbols, and genes with what they are known for, are told one by one.
_MOST_TOLD = 20
_MOST_DISEASES_NAMED = 5
_MOST_VARIANTS_SHOWN = 6


class Hit(msgspec.Struct, frozen=True):
    """A gene that speaks for or against its diseases.

    Attributes:
        gene: Its index.
        symbol: As the knowledge base writes it.
        variants: The variants that count; empty when only the gene was named.
        spared: Whether all variants are benign or likely benign, so that it is not on the list.
    """

    gene: int
    symbol: str
    variants: tuple[ObservedVariant, ...] = ()
    spared: bool = False


class GeneEvidence(msgspec.Struct, frozen=True):
    """What the genes and variants of a case say of every candidate.

    Attributes:
        claim: What was given, in words.
        weights: Log likelihood ratio of each candidate, ``(C,)``.
    """

    claim: str
    weights: Array
    profiles: Profiles
    parameters: GeneParameters
    hits: dict[int, Hit]
    listed: int
    share: float
    sex: Sex

    def describe(self, position: int) -> tuple[str, tuple[Evidence, ...]]:
        """Claim and evidence for one candidate; the claim is empty when its genes are not known."""
        disease = int(self.profiles.candidates[position])
        diseases = self.profiles.knowledge.diseases
        genes = diseases.genes[disease].tolist()
        if not genes:
            return "", ()
        model = self._model()
        found = [self.hits[gene] for gene in genes if gene in self.hits]
        if not found:
            return f"none of {_genes(self.listed)} given is a known gene of this disease", (model,)
        claims, evidence = [], []
        modes = inheritance(self.profiles).get(disease, frozenset())
        known = "the known gene" if len(genes) == 1 else f"one of the {len(genes)} known genes"
        for hit in found:
            claims.append(self._words(hit, modes, known))
            evidence.append(self._row(disease, hit))
            evidence += [_observed(variant) for variant in hit.variants[:_MOST_VARIANTS_SHOWN]]
        return "; ".join(claims), (*evidence, model)

    def _words(self, hit: Hit, modes: frozenset[int], known: str) -> str:
        if hit.spared:
            return f"{hit.symbol}, {known} of this disease, has only variants that ClinVar calls benign"
        if not hit.variants:
            return f"{hit.symbol}, among {_genes(self.listed)} given, is {known} of this disease"
        _, fit = zygosity_fit(modes, self.sex, hit.variants, self.parameters)
        _, said = classification(hit.variants, self.parameters)
        words = f"{hit.symbol}, {known} of this disease, has {fit}"
        return f"{words}; {said}" if said else words

    def _row(self, disease: int, hit: Hit) -> Evidence:
        knowledge = self.profiles.knowledge
        release = knowledge.meta.versions["phenotype.hpoa"]
        return Evidence(
            kind="annotation",
            source=f"genes_to_phenotype.txt {release}, line {knowledge.diseases.gene_line(disease, hit.gene)}",
            values={"disease": knowledge.diseases.ids[disease], "gene": hit.symbol},
        )

    def _model(self) -> Evidence:
        values = {
            "genes": self.listed,
            "share_by_chance": round(self.share, 6),
            "listed": self.parameters.listed,
            "other_cause": self.parameters.other_cause,
        }
        return Evidence(kind="parameter", source="model of candidate genes (docs/genes.md)", values=values)


def gene_evidence(profiles: Profiles, case: Case, parameters: GeneParameters) -> GeneEvidence | None:
    """What a case's candidate genes and variants say of every candidate; None when it has none.

    Genes and variants make up one list: a gene of either is on it. Genes that no disease has only make it longer.
    """
    if not case.candidate_genes and not case.variants:
        return None
    knowledge = profiles.knowledge
    hits, listed = _hits(knowledge, case)
    on_list = [hit for hit in hits.values() if not hit.spared]
    share = share_by_chance(len(on_list), listed, len(knowledge.diseases.gene_names), parameters)
    present, absent = parameters.listed / share, (1.0 - parameters.listed) / (1.0 - share)
    genes = knowledge.diseases.genes
    known = np.diff(genes.offsets)
    ratio = np.where(known > 0, absent, 1.0)
    touched = sorted({disease for gene in hits for disease in knowledge.diseases.by_gene.get(gene, ())})
    modes = inheritance(profiles)
    for disease in touched:
        total = 0.0
        for gene in genes[disease].tolist():
            total += _factor(hits.get(gene), modes.get(disease, frozenset()), case.sex, present, absent, parameters)
        ratio[disease] = total / known[disease]
    ratio = np.where(known > 0, (1.0 - parameters.other_cause) * ratio + parameters.other_cause, 1.0)
    return GeneEvidence(
        claim=_given(case, listed),
        weights=np.log(ratio)[profiles.candidates],
        profiles=profiles,
        parameters=parameters,
        hits=hits,
        listed=listed,
        share=share,
        sex=case.sex,
    )


def _factor(
    hit: Hit | None, modes: frozenset[int], sex: Sex, present: float, absent: float, parameters: GeneParameters
) -> float:
    """How much more often the list looks as it does when this gene is the cause."""
    if hit is None:
        return absent
    if hit.spared:
        return absent * classification(hit.variants, parameters)[0]
    if not hit.variants:
        return present
    return present * zygosity_fit(modes, sex, hit.variants, parameters)[0] * classification(hit.variants, parameters)[0]


def _hits(knowledge: Knowledge, case: Case) -> tuple[dict[int, Hit], int]:
    """The genes that the knowledge base has, and the number of all genes on the list."""
    diseases = knowledge.diseases

    def name(symbol: str) -> str:
        # A symbol and the NCBI number of the same gene are one.
        gene = diseases.gene_index(symbol)
        return symbol.strip().upper() if gene is None else diseases.gene_names[gene]

    by_gene: dict[str, list[ObservedVariant]] = defaultdict(list)
    for variant in case.variants:
        by_gene[name(variant.gene)].append(variant)
    named = {name(symbol) for symbol in case.candidate_genes if symbol.strip()}
    hits: dict[int, Hit] = {}
    on_list: set[str] = set()
    for symbol in sorted(named | by_gene.keys()):
        variants = by_gene.get(symbol, [])
        counting = tuple(v for v in variants if significance(v.significance) not in ("benign", "likely benign"))
        # A gene that was named for its own sake stays on the list whatever its benign variants.
        spared = bool(variants) and not counting and symbol not in named
        if not spared:
            on_list.add(symbol)
        gene = diseases.gene_index(symbol)
        if gene is not None:
            hits[gene] = Hit(gene, symbol, tuple(variants) if spared else counting, spared)
    return hits, len(on_list)


def classification(variants: Sequence[ObservedVariant], parameters: GeneParameters) -> tuple[float, str]:
    """Factor of the strongest ClinVar class that the file gives a gene's variants, and why in words."""
    classes = {significance(variant.significance) for variant in variants}
    if "pathogenic" in classes:
        return parameters.pathogenic, "ClinVar, as given in the file: pathogenic"
    if "likely pathogenic" in classes:
        return parameters.likely_pathogenic, "ClinVar, as given in the file: likely pathogenic"
    if classes <= {"benign", "likely benign"}:
        factor = parameters.benign if classes == {"benign"} else parameters.likely_benign
        return factor, "ClinVar, as given in the file: benign or likely benign"
    neutral = sorted(classes & {"uncertain", "conflicting"})
    return 1.0, f"ClinVar, as given in the file: {' and '.join(neutral)}, which counts neither way" if neutral else ""


def zygosity_fit(
    modes: frozenset[int], sex: Sex, variants: Sequence[ObservedVariant], parameters: GeneParameters
) -> tuple[float, str]:
    """Factor of how the zygosity of a gene's variants fits a mode of inheritance, and why in words.

    Args:
        modes: HPO numbers of the modes that the annotations give the disease.
        sex: The patient's.
        variants: The variants that count.
        parameters: The factors.
    """
    zygosities = [variant.zygosity for variant in variants]
    heterozygous = zygosities.count("heterozygous")
    full = "homozygous" in zygosities or "hemizygous" in zygosities
    what = _calls(zygosities)
    autosomal = modes & {DOMINANT, RECESSIVE, SEMIDOMINANT}
    on_x = modes & {X_LINKED, X_DOMINANT, X_RECESSIVE}
    if set(zygosities) == {"unknown"} or not (autosomal or on_x) or (autosomal and on_x):
        return 1.0, f"{what}" + ("" if modes & _MODES.keys() else "; the mode of inheritance is not known")
    mode = " or ".join(_MODES[m] for m in sorted(modes & _MODES.keys()))
    if on_x:
        if sex == "male":
            if full:
                return parameters.both_copies, f"{what}, which {mode} inheritance needs in a boy or man"
        elif on_x == {X_RECESSIVE} and (full or heterozygous > 1):
            return parameters.both_copies, f"{what}, as {mode} inheritance needs"
        elif on_x == {X_RECESSIVE} and sex == "female":
            return parameters.one_copy, f"{what}, too little for {mode} inheritance in a girl or woman"
        return 1.0, f"{what}; {mode} inheritance neither asks for more nor less"
    if autosomal == {RECESSIVE}:
        if full:
            return parameters.both_copies, f"{what}, as {mode} inheritance needs"
        if heterozygous > 1:
            return parameters.both_copies, f"{what}, as {mode} inheritance needs if they lie on both copies"
        if heterozygous == 1 and len(zygosities) == 1:
            return parameters.one_copy, f"{what}, one too few for {mode} inheritance"
        return 1.0, f"{what}; {mode} inheritance"
    if autosomal == {DOMINANT}:
        if full and not heterozygous and "unknown" not in zygosities:
            return parameters.homozygous_dominant, f"{what}, unusual for {mode} inheritance"
        return 1.0, f"{what}, enough for {mode} inheritance"
    return 1.0, f"{what}; {mode} inheritance fits either way"


def _calls(zygosities: Sequence[str]) -> str:
    """Calls in words.

    >>> _calls(["heterozygous", "heterozygous"]), _calls(["homozygous", "unknown"])
    ('2 heterozygous variants', 'a homozygous variant and a variant of unknown zygosity')
    """
    parts = []
    for name in ("homozygous", "hemizygous", "heterozygous", "unknown"):
        count = zygosities.count(name)
        words = ("variant of unknown zygosity", "variants of unknown zygosity")
        one, many = words if name == "unknown" else (f"{name} variant", f"{name} variants")
        if count:
            parts.append(f"a {one}" if count == 1 else f"{count} {many}")
    return " and ".join(parts)


def inheritance(profiles: Profiles) -> dict[int, frozenset[int]]:
    """Modes of inheritance of each disease that the annotations give one, by HPO number."""
    found: dict[int, frozenset[int]] | None = profiles.derived.get("inheritance")
    if found is None:
        annotations, ontology = profiles.knowledge.annotations, profiles.knowledge.ontology
        stated = (annotations.aspect == ASPECTS.index("I")) & (annotations.negated == 0) & ~profiles.dropped_rows
        rows = np.flatnonzero(stated)
        modes: dict[int, set[int]] = defaultdict(set)
        meaning: dict[int, set[int]] = {}
        for disease, term in zip(annotations.disease[rows].tolist(), annotations.term[rows].tolist(), strict=True):
            if term not in meaning:
                numbers = set(ontology.number[ontology.ancestors(term)].tolist()) & _MODES.keys()
                # X-linked recessive lies below X-linked; the narrower one is what is meant.
                meaning[term] = numbers - {X_LINKED} if numbers & {X_DOMINANT, X_RECESSIVE} else numbers
            modes[disease] |= meaning[term]
        found = profiles.derived["inheritance"] = {disease: frozenset(m) for disease, m in modes.items() if m}
    return found


def unknown_genes(knowledge: Knowledge, case: Case) -> list[Issue]:
    """One issue for each gene of the case that no disease has, with what may have been meant."""
    named = [(symbol, "candidate_genes") for symbol in case.candidate_genes]
    named += [(symbol, "variants") for symbol in dict.fromkeys(variant.gene for variant in case.variants)]
    absent = [(symbol, field) for symbol, field in named if knowledge.diseases.gene_index(symbol) is None]
    issues = []
    for symbol, field in absent[:_MOST_TOLD]:
        near = knowledge.diseases.near_genes(symbol) if field == "candidate_genes" else []
        hint = f"did you mean {' or '.join(near)}? Otherwise " if near else ""
        issues.append(
            Issue(
                message=f"no disease of the knowledge base has the gene {symbol!r}",
                remedy=f"{hint}use the current HGNC symbol or the NCBI gene number; former symbols are not known here",
                severity="warning" if field == "candidate_genes" else "info",
                code="unknown-gene",
                field=field,
            )
        )
    if (more := len(absent) - _MOST_TOLD) > 0:
        rest = ", ".join(symbol for symbol, _ in absent[_MOST_TOLD : 2 * _MOST_TOLD])
        issues.append(
            Issue(
                message=f"{more} more genes are of no disease of the knowledge base: {rest}"
                + (", ..." if more > _MOST_TOLD else ""),
                severity="info",
                code="unknown-gene",
                field="variants" if absent[-1][1] == "variants" else "candidate_genes",
            )
        )
    return issues


def known_for(profiles: Profiles, case: Case) -> tuple[Step, ...]:
    """For each gene of the case the ranked diseases it is known for; of a long list, for the first ones."""
    if not case.candidate_genes and not case.variants:
        return ()
    knowledge = profiles.knowledge
    hits, _ = _hits(knowledge, case)
    steps = []
    for hit in sorted(hits.values(), key=lambda hit: hit.symbol)[:_MOST_TOLD]:
        diseases = [d for d in knowledge.diseases.by_gene.get(hit.gene, ()) if profiles.position[d] >= 0]
        names = [f"{knowledge.diseases.names[d]} ({knowledge.diseases.ids[d]})" for d in diseases]
        more = len(names) - _MOST_DISEASES_NAMED
        words = "; ".join(names[:_MOST_DISEASES_NAMED]) + (f"; and {more} more" if more > 0 else "")
        rows = tuple(
            Evidence(
                kind="annotation",
                source=f"genes_to_phenotype.txt {knowledge.meta.versions['phenotype.hpoa']}, "
                f"line {knowledge.diseases.gene_line(disease, hit.gene)}",
                values={"disease": knowledge.diseases.ids[disease], "gene": hit.symbol},
            )
            for disease in diseases[:_MOST_DISEASES_NAMED]
        )
        steps.append(
            Step(kind="gene", claim=f"{hit.symbol} is known for {words or 'no ranked disease'}", evidence=rows)
        )
    return tuple(steps)


def _observed(variant: ObservedVariant) -> Evidence:
    parts = (variant.gene, variant.name, variant.consequence, variant.zygosity, variant.significance)
    values = {
        "gene": variant.gene,
        "name": variant.name,
        "consequence": variant.consequence,
        "zygosity": variant.zygosity,
        "significance": variant.significance,
        "conditions": list(variant.conditions),
    }
    return Evidence(
        kind="finding",
        source=variant.source or "the case's variants",
        quote=" ".join(part for part in parts if part),
        values={key: value for key, value in values.items() if value},
    )


def _given(case: Case, listed: int) -> str:
    if case.variants:
        return f"observed variants; {_genes(listed)} on the list"
    return "candidate genes " + ", ".join(case.candidate_genes)


def _genes(count: int) -> str:
    """A number of genes in words.

    >>> _genes(1), _genes(50)
    ('the 1 gene', 'the 50 genes')
    """
    return "the 1 gene" if count == 1 else f"the {count} genes"


def share_by_chance(on_list: int, genes: int, known: int, parameters: GeneParameters) -> float:
    """Share of all genes that a list holds by chance; arguments as in :func:`log_ratio`."""
    share = max(on_list / max(known, 1), genes / parameters.coding_genes, parameters.least_share)
    # A list that holds most genes tells nothing; it never turns against the genes on it.
    return min(share, parameters.listed)


def log_ratio(on_list: int, genes: int, known: int, parameters: GeneParameters, *, hit: bool) -> float:
    """Weight of a list for a disease with one known gene, on the list or not.

    Args:
        on_list: Genes of the list that some disease has.
        genes: All genes of the list.
        known: Genes that some disease has.
        parameters: The model.
        hit: Whether the disease's gene is on the list.

    >>> [round(log_ratio(n, n, 5127, GeneParameters(), hit=True), 2) for n in (1, 50, 500)]
    [6.06, 4.47, 2.18]
    """
    share = share_by_chance(on_list, genes, known, parameters)
    factor = parameters.listed / share if hit else (1.0 - parameters.listed) / (1.0 - share)
    return math.log((1.0 - parameters.other_cause) * factor + parameters.other_cause)
