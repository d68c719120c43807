"""What candidate genes and variants weigh: by hand on the toy, and what must hold of any list."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from richer_toy import FILLERS, RICH_TERMS

from workup.case import Case, Finding, ObservedVariant, Sex, Zygosity
from workup.knowledge import Knowledge
from workup.knowledge.clinvar import significance
from workup.knowledge.hpo import identifier
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.reasoners.phenotype.genes import (
    DOMINANT,
    RECESSIVE,
    X_DOMINANT,
    X_LINKED,
    X_RECESSIVE,
    GeneEvidence,
    classification,
    gene_evidence,
    inheritance,
    known_for,
    log_ratio,
    unknown_genes,
    zygosity_fit,
)
from workup.reasoners.phenotype.parameters import GeneParameters
from workup.reasoners.phenotype.profiles import Profiles

# Two genes have a disease; a list of one of them has the share 1/2 of them by chance.
PLAIN = GeneParameters(listed=0.8, other_cause=0.1, coding_genes=100, least_share=0.1)
HIT, MISS = log(0.9 * 0.8 / 0.5 + 0.1), log(0.9 * 0.2 / 0.5 + 0.1)


@pytest.fixture(scope="module")
def profiles(rich: Knowledge) -> Profiles:
    return Profiles(rich, "omim")


def evidence(profiles: Profiles, *genes: str, variants: tuple[ObservedVariant, ...] = ()) -> GeneEvidence:
    found = gene_evidence(profiles, Case(id="p", candidate_genes=genes, variants=variants), PLAIN)
    assert found is not None
    return found


def variant(gene: str = "GENE1", zygosity: Zygosity = "heterozygous", clinvar: str = "") -> ObservedVariant:
    return ObservedVariant(gene=gene, zygosity=zygosity, significance=clinvar, name="1:1 A>T", source="a.vcf, line 7")


def test_by_hand(profiles: Profiles) -> None:
    assert gene_evidence(profiles, Case(id="p"), PLAIN) is None
    found = evidence(profiles, "gene1")
    # OMIM:1 and 4 have GENE1, 2 and 3 no gene, the others GENE2.
    np.testing.assert_allclose(found.weights, [HIT, 0, 0, HIT] + [MISS] * len(FILLERS))
    claim, steps = found.describe(0)
    assert claim == "GENE1, among the 1 gene given, is the known gene of this disease"
    assert steps[0].source == "genes_to_phenotype.txt toy, line 2"
    assert steps[0].values == {"disease": "OMIM:1", "gene": "GENE1"}
    assert steps[-1].values == {"genes": 1, "share_by_chance": 0.5, "listed": 0.8, "other_cause": 0.1}
    assert found.describe(1) == ("", ())
    assert found.describe(5)[0] == "none of the 1 gene given is a known gene of this disease"


def test_genes_without_disease_make_the_list_longer(profiles: Profiles) -> None:
    # 81 of 100 genes: by chance more likely on it than a causal gene is, so that it says nothing.
    many = evidence(profiles, "GENE1", *(f"NOVEL{i}" for i in range(80)))
    np.testing.assert_allclose(many.weights, 0, atol=1e-12)
    some = evidence(profiles, "GENE1", *(f"NOVEL{i}" for i in range(69)))
    assert 0 < some.weights[0] < HIT
    # Which of the two counts is the larger decides.
    assert some.weights[0] == pytest.approx(log(0.9 * 0.8 / 0.7 + 0.1))


def test_longer_lists_weigh_less() -> None:
    model = GeneParameters()
    weights = [log_ratio(n, n, 5127, model, hit=True) for n in (1, 10, 50, 500, 4000, 5127)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 6
    # A list of nearly all genes tells nothing.
    assert weights[-1] == pytest.approx(0.0)
    assert log_ratio(50, 50, 5127, model, hit=False) == pytest.approx(log(0.95 * 0.1 / (1 - 50 / 5127) + 0.05))


def test_a_disease_of_many_genes_gains_less(
    rich: Knowledge, profiles: Profiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workup.knowledge.arrays import Lists

    # OMIM:1 now has both genes, and OMIM:4 GENE1 alone.
    genes = [rich.diseases.genes[i].tolist() for i in range(len(rich.diseases))]
    genes[0] = [0, 1]
    monkeypatch.setattr(rich.diseases, "genes", Lists.pack(genes))
    found = evidence(profiles, "GENE1")
    both = log(0.9 * (0.8 / 0.5 + 0.2 / 0.5) / 2 + 0.1)
    assert found.weights[0] == pytest.approx(both)
    assert both < found.weights[3]
    assert "one of the 2 known genes" in found.describe(0)[0]


def test_names_and_numbers_of_a_gene(rich: Knowledge, real: Knowledge) -> None:
    assert real.diseases.gene_index("2200") == real.diseases.gene_index(" fbn1 ")
    assert real.diseases.gene_index("NCBIGene:2200") == real.diseases.gene_index("FBN1")
    assert real.diseases.gene_index("99999999") is None
    assert "SEPTIN9" in real.diseases.near_genes("SEPT9")
    gene = real.diseases.gene_index("FBN1")
    marfan = real.diseases.index("OMIM:154700")
    assert gene is not None
    assert marfan is not None
    # As grep -n finds it in the file.
    from workup.knowledge.base import source_folder

    line = real.diseases.gene_line(marfan, gene)
    with (source_folder() / "genes_to_phenotype.txt").open() as lines:
        first = next(n for n, text in enumerate(lines, 1) if "\tFBN1\t" in text and text.endswith("OMIM:154700\n"))
    assert line == first
    assert real.diseases.gene_line(0, gene) == 0
    # A symbol and the number of the same gene are one gene of the list.
    found = gene_evidence(Profiles(real, "omim"), Case(id="p", candidate_genes=("FBN1", "2200")), PLAIN)
    assert found is not None
    assert found.listed == 1


def test_unknown_genes_are_told(real: Knowledge) -> None:
    case = Case(id="p", candidate_genes=("FBN1", "BRAC1", "ZZZZZZ"), variants=(variant("LOC123"),))
    issues = unknown_genes(real, case)
    assert [issue.message for issue in issues] == [
        f"no disease of the knowledge base has the gene {gene!r}" for gene in ("BRAC1", "ZZZZZZ", "LOC123")
    ]
    assert "did you mean" in issues[0].remedy
    assert "BRCA1" in issues[0].remedy
    assert "did you mean" not in issues[1].remedy
    assert [issue.severity for issue in issues] == ["warning", "warning", "info"]
    many = unknown_genes(real, Case(id="p", candidate_genes=tuple(f"ZZ{i}ZZ" for i in range(50))))
    assert len(many) == 21
    assert many[-1].message.startswith("30 more genes are of no disease")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pathogenic", "pathogenic"),
        ("Pathogenic,_low_penetrance", "pathogenic"),
        ("Likely_pathogenic&pathogenic", "pathogenic"),
        ("likely pathogenic", "likely pathogenic"),
        ("LP", "likely pathogenic"),
        ("VUS", "uncertain"),
        ("Uncertain_significance", "uncertain"),
        ("Benign/Likely_benign", "benign"),
        ("Likely_benign", "likely benign"),
        ("Benign|Pathogenic", "conflicting"),
        ("Conflicting_interpretations_of_pathogenicity", "conflicting"),
        ("drug_response", "other"),
        ("Pathogenic|drug_response", "pathogenic"),
        ("not_provided", "not given"),
        (".", "not given"),
        ("", "not given"),
    ],
)
def test_classes(text: str, expected: str) -> None:
    assert significance(text) == expected


def test_class_factors(profiles: Profiles) -> None:
    def weight(*classes: str) -> float:
        return float(evidence(profiles, variants=tuple(variant(clinvar=c) for c in classes)).weights[0])

    plain = weight("")
    assert plain == pytest.approx(HIT)
    assert weight("Uncertain_significance") == weight("Conflicting_classifications") == plain
    assert weight("Pathogenic") == pytest.approx(log(0.9 * 10 * 0.8 / 0.5 + 0.1))
    assert weight("Likely_pathogenic") == pytest.approx(log(0.9 * 5 * 0.8 / 0.5 + 0.1))
    # The strongest class counts, and a benign variant beside it does not.
    assert weight("Benign", "Pathogenic", "Likely_pathogenic") == weight("Pathogenic")
    # Genes with benign variants alone are not on the list, which is then empty.
    share = PLAIN.least_share
    assert weight("Benign") == pytest.approx(log(0.9 * 0.2 * 0.2 / (1 - share) + 0.1))
    assert weight("Likely_benign") == pytest.approx(log(0.9 * 0.5 * 0.2 / (1 - share) + 0.1))
    assert weight("Benign") < weight("Likely_benign") < 0
    found = evidence(profiles, variants=(variant(clinvar="Benign"),))
    assert "only variants that ClinVar calls benign" in found.describe(0)[0]
    # The user's own list keeps the gene.
    named = evidence(profiles, "GENE1", variants=(variant(clinvar="Benign"),))
    assert named.weights[0] == pytest.approx(HIT)


@pytest.mark.parametrize(
    ("mode", "sex", "zygosities", "factor", "words"),
    [
        ({RECESSIVE}, "unknown", ["heterozygous"], "one_copy", "one too few for autosomal recessive"),
        ({RECESSIVE}, "unknown", ["heterozygous"] * 2, "both_copies", "2 heterozygous variants, as autosomal"),
        ({RECESSIVE}, "unknown", ["homozygous"], "both_copies", "a homozygous variant, as autosomal recessive"),
        ({RECESSIVE}, "unknown", ["heterozygous", "unknown"], None, "autosomal recessive"),
        ({DOMINANT}, "unknown", ["heterozygous"], None, "enough for autosomal dominant"),
        ({DOMINANT}, "unknown", ["homozygous"], "homozygous_dominant", "unusual for autosomal dominant"),
        ({DOMINANT, RECESSIVE}, "unknown", ["heterozygous"], None, "fits either way"),
        ({X_RECESSIVE}, "male", ["hemizygous"], "both_copies", "in a boy or man"),
        ({X_LINKED}, "male", ["homozygous"], "both_copies", "in a boy or man"),
        ({X_RECESSIVE}, "female", ["heterozygous"], "one_copy", "too little for X-linked recessive"),
        ({X_RECESSIVE}, "female", ["homozygous"], "both_copies", "as X-linked recessive inheritance needs"),
        ({X_RECESSIVE}, "unknown", ["heterozygous"], None, "neither"),
        ({X_DOMINANT}, "female", ["heterozygous"], None, "neither"),
        ({X_RECESSIVE, X_DOMINANT}, "female", ["heterozygous"], None, "neither"),
        (set(), "male", ["homozygous"], None, "the mode of inheritance is not known"),
        ({RECESSIVE}, "male", ["unknown"], None, "a variant of unknown zygosity"),
    ],
)
def test_zygosity_and_inheritance(
    mode: set[int], sex: Sex, zygosities: list[Zygosity], factor: str | None, words: str
) -> None:
    variants = [variant(zygosity=z) for z in zygosities]
    found, said = zygosity_fit(frozenset(mode), sex, variants, PLAIN)
    assert found == (1.0 if factor is None else getattr(PLAIN, factor))
    assert words in said


def test_inheritance_is_read_from_the_annotations(profiles: Profiles, real: Knowledge) -> None:
    assert inheritance(profiles) == {1: {X_RECESSIVE}, 2: {X_RECESSIVE, X_DOMINANT}}
    rows = np.flatnonzero(profiles.knowledge.annotations.aspect != 0)
    assert inheritance(profiles.without(rows.tolist())) == {}
    modes = inheritance(Profiles(real, "omim"))
    names = {"OMIM:154700": {DOMINANT}, "OMIM:219700": {RECESSIVE}, "OMIM:306700": {X_RECESSIVE}}
    for disease, expected in names.items():
        index = real.diseases.index(disease)
        assert index is not None
        assert modes[index] == expected


def test_a_step_names_variant_gene_and_line(rich: Knowledge) -> None:
    case = Case(
        id="p",
        findings=(Finding(identifier(RICH_TERMS["A11"][0])),),
        variants=(variant(clinvar="Pathogenic"),),
    )
    result = PhenotypeReasoner().reason(case, Context(knowledge=rich))
    best = result.differential[0]
    (step,) = [step for step in best.contributions if step.kind == "gene"]
    assert step.claim.endswith("ClinVar, as given in the file: pathogenic")
    (seen,) = [e for e in step.evidence if e.kind == "finding"]
    assert (seen.source, seen.quote) == ("a.vcf, line 7", "GENE1 1:1 A>T heterozygous Pathogenic")
    for hypothesis in result.differential:
        assert sum(s.weight for s in hypothesis.contributions) == pytest.approx(hypothesis.score, abs=1e-6)
    (known,) = [step for step in result.steps if step.kind == "gene"]
    assert known.claim == (
        "GENE1 is known for Toyosis 1 (OMIM:1); Purple ray palsy (OMIM:4); Toyosis 3 (ORPHA:8)"
        if "ORPHA:8" in {h.id for h in result.differential}
        else "GENE1 is known for Toyosis 1 (OMIM:1); Purple ray palsy (OMIM:4)"
    )


def test_what_genes_are_known_for(profiles: Profiles) -> None:
    assert known_for(profiles, Case(id="p")) == ()
    (step,) = known_for(profiles, Case(id="p", candidate_genes=("GENE2", "NOVEL")))
    assert step.claim.endswith("and 5 more")
    assert [e.values["disease"] for e in step.evidence] == FILLERS[:5]


def test_classification_of_nothing_given() -> None:
    assert classification([variant()], PLAIN) == (1.0, "")
    factor, words = classification([variant(clinvar="VUS")], PLAIN)
    assert factor == 1.0
    assert "counts neither way" in words


@settings(max_examples=80)
@given(
    st.lists(st.sampled_from(["GENE1", "GENE2", "NOVEL1", "NOVEL2"]), max_size=4),
    st.lists(
        st.tuples(
            st.sampled_from(["GENE1", "GENE2", "NOVEL3"]),
            st.sampled_from(["heterozygous", "homozygous", "hemizygous", "unknown"]),
            st.sampled_from(["", "Pathogenic", "Likely_benign", "Benign", "VUS"]),
        ),
        max_size=5,
    ),
    st.sampled_from(["male", "female", "unknown"]),
)
def test_any_list(profiles: Profiles, genes: list[str], variants: list[tuple[str, Zygosity, str]], sex: Sex) -> None:
    observed = tuple(variant(*parts) for parts in variants)
    case = Case(id="p", sex=sex, candidate_genes=tuple(genes), variants=observed)
    found = gene_evidence(profiles, case, GeneParameters())
    if found is None:
        assert not genes
        assert not variants
        return
    assert np.isfinite(found.weights).all()
    # Never below the share of patients whose cause is another gene, and neutral where no gene is known.
    assert (found.weights >= log(GeneParameters().other_cause) - 1e-9).all()
    assert found.weights[1] == found.weights[2] == 0
    # The order of the list, and repeats in it, mean nothing.
    backwards = Case(id="p", sex=sex, candidate_genes=(*genes[::-1], *genes), variants=observed[::-1])
    again = gene_evidence(profiles, backwards, GeneParameters())
    assert again is not None
    np.testing.assert_array_equal(again.weights, found.weights)
    for position in range(len(found.weights)):
        claim, _ = found.describe(position)
        assert bool(claim) == (position not in (1, 2))
    assert exp(float(found.weights.max())) < 1e6
