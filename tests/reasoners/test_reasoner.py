"""The differential of the pinned knowledge base, and what must hold for every patient."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
from richer_toy import RICH_TERMS

from workup.case import Case, Finding, Reference, Variant, to_json
from workup.errors import UserError
from workup.knowledge import Knowledge
from workup.knowledge.base import source_folder
from workup.knowledge.hpo import identifier
from workup.reasoner import Context
from workup.reasoners.phenotype import PhenotypeReasoner
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.mixture import TranslationMixture
from workup.reasoning import Evidence, Reasoning, Step


@pytest.fixture(scope="module")
def reasoner() -> PhenotypeReasoner:
    return PhenotypeReasoner()


def patients(knowledge: Knowledge, count: int, seed: int = 7) -> list[Case]:
    """Patients that are shown some terms of a disease, some noise and some exclusions."""
    draw = random.Random(seed)
    frequency = TranslationMixture(Engine(knowledge).profiles).model.frequency
    phenotypes = np.flatnonzero(knowledge.ontology.branch == 1).tolist()
    found = []
    for number in range(count):
        terms: list[int] = []
        while len(terms) < 3:
            disease = draw.randrange(len(knowledge.diseases))
            terms = frequency.indices[frequency.indptr[disease] : frequency.indptr[disease + 1]].tolist()
        present = draw.sample(terms, min(len(terms), draw.randint(1, 12))) + draw.sample(phenotypes, draw.randint(0, 3))
        excluded = draw.sample(phenotypes, draw.randint(0, 5))
        findings = [Finding(knowledge.ontology.id(t), onset=draw.choice([None, "P3Y", "P1M"])) for t in present]
        findings += [Finding(knowledge.ontology.id(t), status="excluded") for t in excluded]
        sex = draw.choice(["female", "male", "unknown"])
        found.append(Case(id=f"p{number}", findings=tuple(findings), sex=sex, age=draw.choice([None, "P30Y"])))
    return found


def reason(reasoner: PhenotypeReasoner, case: Case, knowledge: Knowledge, **options: Any) -> Reasoning:
    limit = options.pop("limit", 50)
    return reasoner.reason(case.blinded(), Context(knowledge=knowledge, limit=limit, options=options))


def timeless(reasoning: Reasoning) -> bytes:
    usage = msgspec.structs.replace(reasoning.usage, seconds=0.0)
    return to_json(msgspec.structs.replace(reasoning, usage=usage))


def test_order_of_the_findings_never_matters(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    draw = random.Random(3)
    for case in patients(real, 15):
        shuffled = list(case.findings)
        draw.shuffle(shuffled)
        other = msgspec.structs.replace(case, findings=tuple(shuffled))
        assert timeless(reason(reasoner, case, real)) == timeless(reason(reasoner, other, real))


def test_the_truth_is_never_looked_at(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    from workup import diagnose

    cases = patients(real, 6)
    for number, case in enumerate(cases):
        truth = Reference(
            diagnoses=("OMIM:154700", f"OMIM:{number}"),
            labels=("Marfan syndrome", "x"),
            onset="P1D",
            genes=("FBN1",),
            variants=(Variant(gene="FBN1", hgvs="c.1A>G"),),
        )
        told = msgspec.structs.replace(
            case,
            id="Marfan syndrome",
            reference=truth,
            title="A case of Marfan syndrome",
            publication="PMID:31675180",
            cohort="FBN1",
            provenance={"leak": True, "file": "FBN1.json"},
            extensions={"gold": "OMIM:154700"},
            findings=tuple(msgspec.structs.replace(f, extensions={"gold": "FBN1"}) for f in case.findings),
        )
        assert timeless(diagnose(told)) == timeless(diagnose(case))
        # Even from a caller who forgets to blind.
        ctx = Context(knowledge=real)
        assert timeless(reasoner.reason(told, ctx)) == timeless(reasoner.reason(case, ctx))


def test_what_adds_up(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    for case in patients(real, 12, seed=11):
        result = reason(reasoner, case, real)
        for hypothesis in result.differential:
            total = sum(step.weight for step in hypothesis.contributions)
            assert total == pytest.approx(hypothesis.score, abs=1e-6)
        ranks = [hypothesis.rank for hypothesis in result.differential]
        assert ranks == sorted(ranks)
        probabilities = [hypothesis.probability for hypothesis in result.differential]
        assert probabilities == sorted(probabilities, reverse=True)


def test_probabilities_of_all_diseases_sum_to_one(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    (case,) = patients(real, 1)
    result = reason(reasoner, case, real, limit=20_000)
    assert len(result.differential) == result.candidates == 9697
    assert len({hypothesis.id for hypothesis in result.differential}) == result.candidates
    total = sum(hypothesis.probability for hypothesis in result.differential) + result.unknown_probability
    assert total == pytest.approx(1.0, abs=1e-9)
    # Expected ranks: the block of tied diseases shares the mean of its places.
    assert sum(hypothesis.rank for hypothesis in result.differential) == pytest.approx(9697 * 9698 / 2)


def test_five_hundred_findings(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    draw = random.Random(1)
    terms = draw.sample(np.flatnonzero(real.ontology.branch == 1).tolist(), 500)
    case = Case(id="p", findings=tuple(Finding(real.ontology.id(t)) for t in terms))
    result = reason(reasoner, case, real, limit=5)
    assert len([f for f in result.findings if f.status == "present"]) == 500
    for hypothesis in result.differential:
        total = sum(step.weight for step in hypothesis.contributions)
        assert total == pytest.approx(hypothesis.score, abs=1e-6)


def test_a_frequent_finding_never_hurts_its_disease(real: Knowledge) -> None:
    """Against a disease that has nothing in the finding's branch, its own or borrowed."""
    mixture = TranslationMixture(Engine(real).profiles)
    profiles, ontology = mixture.model, real.ontology
    draw = random.Random(5)
    root = ontology.index("HP:0000118")
    assert root is not None
    tops = set(ontology.children[root].tolist())
    checked = 0
    reached = profiles.propagate(mixture.exact)
    while checked < 150:
        candidate = draw.randrange(len(profiles.candidates))
        row = profiles.candidate_frequency[[candidate]]
        frequent = row.indices[row.data >= 0.5].tolist()
        if not frequent:
            continue
        term = draw.choice(frequent)
        ratios = mixture.row(term)
        branches = [a for a in ontology.ancestors(term).tolist() if a in tops]
        empty = np.asarray(reached[:, branches].sum(axis=1)).ravel() == 0
        empty[candidate] = False
        if not empty.any():
            continue
        assert ratios[candidate] >= ratios[empty].max(), (ontology.label(term), int(candidate))
        checked += 1


def evidence_of(result: Reasoning) -> list[tuple[Step, Evidence]]:
    steps = [s for h in result.differential for s in (*h.contributions, *h.missing)]
    return [(step, evidence) for step in steps for evidence in step.evidence if evidence.kind == "annotation"]


def test_every_line_number_is_right(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    lines = (source_folder() / "phenotype.hpoa").read_text(encoding="utf-8").splitlines()
    checked = 0
    for case in patients(real, 10, seed=21):
        for _, evidence in evidence_of(reason(reasoner, case, real)):
            values = evidence.values
            assert evidence.source == f"phenotype.hpoa 2025-01-16, line {values['line']}"
            fields = lines[values["line"] - 1].split("\t")
            assert fields[0] == values["disease"]
            # The file's own terms are all current ones, so that nothing was rewritten.
            assert fields[3] == values["term"]
            assert fields[4] == values["reference"]
            assert evidence.quote.startswith(("NOT " if fields[2] == "NOT" else "") + values["term_label"])
            if "/" in fields[7]:
                assert values["frequency"] == fields[7]
            checked += 1
    assert checked > 3000


def test_an_example_by_name(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    findings = ("Arachnodactyly", "Ectopia lentis", "HP:0002616")
    result = reason(reasoner, Case(id="p", findings=tuple(Finding(text) for text in findings)), real)
    best = result.differential[0]
    assert (best.id, best.label, best.genes) == ("OMIM:154700", "Marfan syndrome", ("FBN1",))
    assert {step.label for step in best.contributions if step.kind == "finding"} == {
        "Aortic root aneurysm",
        "Arachnodactyly",
        "Ectopia lentis",
    }
    reported = {f.id for f in result.findings}
    assert best.missing
    assert all(step.weight == 0 and step.finding not in reported for step in best.missing)
    assert result.versions["score"] == "translation-mixture"


def test_no_finding_is_no_diagnosis(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    for findings in ((), (Finding("nonsense"),), (Finding("HP:0001250", status="unknown"),)):
        result = reason(reasoner, Case(id="p", findings=findings), real)
        assert result.differential == ()
        assert "no usable finding" in result.abstained
        assert result.issues[-1].code == "no-findings"
        assert result.answer is None


def test_only_excluded_findings(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    result = reason(reasoner, Case(id="p", findings=(Finding("HP:0001250", status="excluded"),)), real)
    assert result.abstained
    kinds = {step.kind for hypothesis in result.differential for step in hypothesis.contributions}
    assert kinds <= {"excluded", "prior"}


def test_options(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    case = Case(id="p", findings=(Finding("Seizure"),))
    assert reason(reasoner, case, real, universe="omim").candidates == 8359
    assert reason(reasoner, case, real, score="phrank").versions["score"] == "phrank"
    with pytest.raises(UserError, match="no option colour"):
        reason(reasoner, case, real, colour="red")
    with pytest.raises(UserError, match="no universe"):
        reason(reasoner, case, real, universe="mars")
    with pytest.raises(UserError, match="no score"):
        reason(reasoner, case, real, score="guess")


def test_unknown_genes_are_named(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    case = Case(id="p", findings=(Finding("Ectopia lentis"),), candidate_genes=("FBN1", "NOGENE1"))
    result = reason(reasoner, case, real)
    assert [issue.code for issue in result.issues] == ["unknown-gene"]
    assert result.differential[0].genes == ("FBN1",)
    (gene,) = [step for step in result.differential[0].contributions if step.kind == "gene"]
    assert gene.weight > 0
    assert "FBN1, among the 2 genes given, is the known gene of this disease" in gene.claim
    (known,) = [step for step in result.steps if step.kind == "gene"]
    assert known.claim.startswith("FBN1 is known for ")


def test_another_knowledge_base_has_an_engine_of_its_own(
    reasoner: PhenotypeReasoner, real: Knowledge, rich: Knowledge
) -> None:
    case = Case(id="p", findings=(Finding(identifier(RICH_TERMS["A11"][0])),))
    result = reason(reasoner, case, rich)
    assert result.differential[0].id == "OMIM:1"
    assert result.candidates == 14
    assert reason(reasoner, Case(id="p", findings=(Finding("Seizure"),)), real).candidates == 9697


def test_batch_equals_one_by_one(reasoner: PhenotypeReasoner, real: Knowledge) -> None:
    cases = [case.blinded() for case in patients(real, 8, seed=4)]
    ctx = Context(knowledge=real, limit=10)
    together = reasoner.reason_batch(cases, ctx)
    assert [timeless(r) for r in together] == [timeless(reasoner.reason(case, ctx)) for case in cases]
