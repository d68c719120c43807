"""Questions, pairs and misfits on knowledge bases small enough to compute by hand, and on the pinned one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from richer_toy import place
from toy import TERMS

from workup.case import Case, Finding, from_json, to_json
from workup.knowledge import Knowledge
from workup.knowledge.hpo import identifier
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.looking import METHODS, how, rules
from workup.reasoners.phenotype.misfits import fits, foreign, misfits, specifics
from workup.reasoners.phenotype.next_steps import with_next_steps
from workup.reasoners.phenotype.pairs import LEAST_OWN, clearly_better, pairs, two_diseases
from workup.reasoners.phenotype.presence import chance, presence, shown_frequency, silent_chance
from workup.reasoners.phenotype.questions import by_kind, differential, next_questions, open_questions, with_answer
from workup.reasoning import Reasoning


def toy_id(name: str) -> str:
    return identifier(TERMS[name][0])


@pytest.fixture(scope="module")
def engine(real: Knowledge) -> Engine:
    return Engine(real)


@pytest.fixture(scope="module")
def marfanoid() -> Case:
    names = ("Arachnodactyly", "Tall stature", "Scoliosis", "Myopia")
    return Case(id="m", findings=tuple(Finding(name) for name in names), sex="female")


def test_chances_by_hand(toy: Knowledge) -> None:
    engine = Engine(toy)
    # Diseases 1 to 4; A1 is shown by 1 (A11, 3/3) and by 3 (X, 1/1); 2 and 4 are silent on it.
    silent = silent_chance(engine.profiles)
    a1 = place(toy, "A1")
    typical = np.mean([0.875, 0.375, 0.75, 0.75, 0.875])
    assert silent[a1] == pytest.approx(min(2 / 4 * typical, 0.3))
    assert chance(engine.profiles, a1).tolist() == pytest.approx([0.875, silent[a1], 0.75, silent[a1]])
    assert presence(engine.profiles, a1)[0] == pytest.approx(np.log(0.875 / silent[a1]))
    shown, direct = shown_frequency(engine.profiles, engine.profiles.candidates)
    assert shown[:, place(toy, "A")].tolist() == [0.875, 0.75, 0.75, 0.0]
    assert {name for name in TERMS if direct[place(toy, name)]} == {"A2", "A11", "B", "B1", "X"}


def test_another_entry_of_the_disease_speaks_for_it(rich: Knowledge) -> None:
    engine = Engine(rich)
    blue = int(np.flatnonzero(engine.profiles.candidates == rich.diseases.index("OMIM:3"))[0])
    # OMIM:3 has only X; ORPHA:9, the same disease, has A2 as a frequent finding (0.545 of 5, pooled).
    assert chance(engine.profiles, place(rich, "A2"))[blue] == pytest.approx((0.545 * 5 + 0.5) / 6, abs=1e-3)


def test_what_is_known_is_not_asked(toy: Knowledge) -> None:
    engine = Engine(toy)

    def asked(*findings: Finding) -> set[str]:
        now = differential(engine, Case(id="t", findings=findings), leaders=4)
        return {toy.ontology.label(term) for term in open_questions(engine, now).terms.tolist()}

    assert asked(Finding(toy_id("A11"))) == {"A2", "X", "B", "B1"}
    # X is a kind of B1: its presence answers for B1 and B; the absence of A answers for everything below A.
    assert asked(Finding(toy_id("X"))) == {"A2", "A11"}
    assert asked(Finding(toy_id("C")), Finding(toy_id("A"), status="excluded")) == {"B", "B1"}
    assert asked(Finding(toy_id("C")), Finding(toy_id("B"), status="unknown")) == {"A2", "A11"}


def test_yes_and_no_are_what_the_engine_gives(engine: Engine, marfanoid: Case) -> None:
    for question in next_questions(engine, marfanoid, 4):
        for status, effect in (("present", question.yes), ("excluded", question.no)):
            answered = Finding(question.finding, status=status, asked=True)  # type: ignore[arg-type]
            case = Case(id="m", findings=(*marfanoid.findings, answered), sex="female")
            patient = engine.patient(case)
            posterior, unknown = engine.posterior(patient, engine.scores(patient))
            best = np.argsort(-posterior, kind="stable")[: len(effect.first)]
            ids = [engine.knowledge.diseases.ids[int(engine.profiles.candidates[one])] for one in best]
            assert [one.id for one in effect.first] == ids
            assert [one.after for one in effect.first] == pytest.approx(posterior[best].tolist(), abs=1e-12)
            assert effect.unknown == pytest.approx(unknown, abs=1e-12)


def test_a_no_counts_as_any_exclusion_and_an_unknown_as_nothing(engine: Engine, marfanoid: Case) -> None:
    finding = next_questions(engine, marfanoid, 1)[0].finding
    plain = Case(id="m", findings=(*marfanoid.findings, Finding(finding, status="excluded")), sex="female")
    before = differential(engine, marfanoid).posterior
    asked = differential(engine, with_answer(marfanoid, finding, "excluded")).posterior
    assert np.array_equal(asked, differential(engine, plain).posterior)
    assert np.array_equal(before, differential(engine, with_answer(marfanoid, finding, "unknown")).posterior)


def test_contributions_of_an_asked_finding_add_up(engine: Engine, marfanoid: Case) -> None:
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    question = next_questions(engine, marfanoid, 1)[0]
    case = with_answer(marfanoid, question.finding, "present", question.label)
    reasoning = PhenotypeReasoner().reason(case.blinded(), Context(knowledge=engine.knowledge, limit=10))
    for hypothesis in reasoning.differential:
        assert sum(step.weight for step in hypothesis.contributions) == pytest.approx(hypothesis.score, abs=1e-6)
    assert any("asked for" in step.claim for step in reasoning.differential[0].contributions)


def test_questions_are_grouped_named_and_survive_json(engine: Engine, marfanoid: Case) -> None:
    questions = next_questions(engine, marfanoid, 6)
    assert len({question.finding for question in questions}) == len(questions) == 6
    assert sum(map(len, by_kind(questions).values())) == 6
    for question in questions:
        assert question.gain > 0
        assert question.yes.probability + question.no.probability == pytest.approx(1.0)
        assert len(question.present) == 50
        assert question.method in METHODS
    reasoning = with_next_steps(engine, marfanoid, _reasoned(engine, marfanoid), 6)
    assert reasoning.questions == questions
    assert from_json(to_json(reasoning), Reasoning) == reasoning


def _reasoned(engine: Engine, case: Case) -> Reasoning:
    from workup.reasoner import Context
    from workup.reasoners.phenotype import PhenotypeReasoner

    return PhenotypeReasoner().reason(case.blinded(), Context(knowledge=engine.knowledge, limit=5))


def test_every_rule_names_a_term_and_common_findings_are_looked_for_sensibly(real: Knowledge) -> None:
    for pattern in rules().by_branch:
        assert real.ontology.index(pattern) is not None, pattern
    expected = {
        "Seizure": "history",
        "Global developmental delay": "history",
        "Microcephaly": "examination",
        "Hypertelorism": "examination",
        "Ataxia": "examination",
        "Arachnodactyly": "examination",
        "Hypoplasia of the corpus callosum": "imaging",
        "Ventricular septal defect": "imaging",
        "EEG with generalized epileptiform discharges": "electrophysiology",
        "Elevated circulating creatine kinase concentration": "laboratory",
        "Ragged-red muscle fibers": "histology",
        "Anemia": "laboratory",
    }
    found = {label: how(real.ontology, real.ontology.resolve(label).terms[0]).method for label in expected}
    assert found == expected


def test_two_diseases_together_are_found_and_one_alone_is_not_split(engine: Engine) -> None:
    marfan = ("Ectopia lentis", "Arachnodactyly", "Aortic root aneurysm", "Dural ectasia")
    huntington = ("Chorea", "Caudate atrophy", "Personality changes", "Dementia")
    both = two_diseases(engine, Case(id="b", findings=tuple(Finding(name) for name in (*marfan, *huntington))))
    assert both is not None
    by = {share.label: share.explained_by for share in both.shares}
    assert len({by["Ectopia lentis"], by["Arachnodactyly"]}) == 1
    assert by["Chorea"] in both.ids
    assert by["Chorea"] != by["Ectopia lentis"]
    assert two_diseases(engine, Case(id="a", findings=tuple(Finding(name) for name in marfan))) is None
    assert two_diseases(engine, Case(id="o", findings=(Finding("Chorea"),))) is None


def test_score_of_a_pair_by_hand(toy: Knowledge) -> None:
    engine = Engine(toy)
    patient = engine.patient(Case(id="p", findings=(Finding(toy_id("A2")), Finding(toy_id("B")))))
    best = pairs(engine, patient, 10)[0]
    everyone = np.arange(4)
    scale, single = engine.scale(patient), engine.scores(patient)
    present = engine.explain(patient, everyone).present
    rest = single - present.sum(axis=0)
    halves = np.exp(present[:, [best.first, best.second]] / scale).mean(axis=1)
    expected = scale * np.log(halves).sum() + rest[best.first] + rest[best.second]
    assert best.score == pytest.approx(expected)
    assert {best.first, best.second} == {1, 3}
    # Each explains one finding of its own, which is not enough to show it.
    assert min(best.own) < LEAST_OWN
    assert not clearly_better(best, float(single.max()) - 100)


@pytest.mark.filterwarnings("error")
def test_pairs_of_a_patient_with_five_hundred_findings(engine: Engine) -> None:
    """The product over all findings is nearer to 0 than numbers go, and its logarithm is not."""
    ontology = engine.knowledge.ontology
    usable = [term for term in range(len(ontology)) if ontology.is_finding(term)]
    findings = tuple(Finding(ontology.id(term)) for term in usable[:: len(usable) // 500])
    found = pairs(engine, engine.patient(Case(id="many", findings=findings)), 10)
    assert len(found) == 10
    assert all(math.isfinite(pair.score) for pair in found)


def test_a_slip_of_coding_is_pointed_out(engine: Engine) -> None:
    names = ("Renal salt wasting", "Metabolic alkalosis", "Hyperkalemia", "Hypercalciuria", "Polyhydramnios")
    found = misfits(engine, Case(id="s", findings=tuple(Finding(name) for name in names)))
    assert {step.kind for step in found} == {"misfit"}
    (step,) = [step for step in found if step.label == "Hyperkalemia"]
    assert "Hypokalemia" in step.claim
    assert step.evidence[0].values["after"] > step.evidence[0].values["before"]


def test_how_well_a_finding_fits_the_others_by_hand(toy: Knowledge) -> None:
    engine = Engine(toy)
    patient = engine.patient(Case(id="f", findings=(Finding(toy_id("A2")), Finding(toy_id("B")))))
    predicted, most, best = fits(engine, patient)
    weights = engine.explain(patient, np.arange(4)).present
    for i in range(2):
        without = np.exp(engine.scores(patient) - weights[i])
        mean = (without / without.sum() * np.exp(weights[i])).sum()
        assert predicted[i] == pytest.approx(np.log(mean))
        assert (most[i], best[i]) == (weights[i].max(), weights[i].argmax())
    # Of two findings neither is the stranger.
    assert foreign(engine, patient) is None


def test_a_finding_that_fits_nothing_is_doubted(engine: Engine, marfanoid: Case) -> None:
    own = [finding.id for finding in marfanoid.findings]
    assert not misfits(engine, marfanoid)
    planted = Case(
        id="x", findings=(*marfanoid.findings, Finding("Ectopia lentis"), Finding("Ragged-red muscle fibers"))
    )
    (step,) = misfits(engine, planted)
    assert step.label == "Ragged-red muscle fibers"
    assert "does not fit the other findings" in step.claim
    values = step.evidence[0].values
    assert values["ratio"] == pytest.approx(np.exp(step.weight))
    assert values["ratio"] < 0.5
    assert values["disease"].split(":")[0] in ("OMIM", "ORPHA", "DECIPHER")
    # The order of the findings changes nothing.
    other = Case(id="x", findings=tuple(reversed(planted.findings)))
    assert [one.finding for one in misfits(engine, other)] == [step.finding]
    assert step.finding not in own


def test_the_kind_that_separates_leaders_is_suggested(toy: Knowledge) -> None:
    # A is present: disease 1 has A11, 2 has A2, 3 has X.
    found = specifics(Engine(toy), Case(id="k", findings=(Finding(toy_id("A")),)))
    assert [step.label for step in found] == ["A"]
    assert found[0].evidence[0].values["term_label"] in ("A11", "A2", "X")
