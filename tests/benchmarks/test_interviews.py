"""Interviews of a patient whose findings are known, in every order and by every rule."""

from __future__ import annotations

import pytest

from workup.benchmarks.next_steps import ORDERS, Asked, Record, Rule, Standing, eligible, interview
from workup.benchmarks.rare_disease import Entry, RareDisease
from workup.case import Case, Finding, Reference
from workup.knowledge import Knowledge
from workup.reasoners.phenotype.engine import Engine

PRESENT = (
    "Arachnodactyly",
    "Tall stature",
    "Scoliosis",
    "Myopia",
    "Ectopia lentis",
    "Aortic root aneurysm",
    "Pectus excavatum",
    "Dural ectasia",
)


@pytest.fixture(scope="module")
def bench() -> RareDisease:
    return RareDisease(Engine(Knowledge.load(), universe="omim"))


@pytest.fixture(scope="module")
def entry(bench: RareDisease) -> Entry:
    findings = (*(Finding(name) for name in PRESENT), Finding("Seizure", status="excluded"))
    reference = Reference(diagnoses=("OMIM:154700",))
    case = Case(id="m", findings=findings, reference=reference, publication="PMID:1")
    ((found,),) = bench.plan([case], ["full"]).groups
    return found


def test_half_is_hidden_and_answered_by_the_ontology(bench: RareDisease, entry: Entry) -> None:
    ontology = bench.knowledge.ontology
    record = Record(bench, entry, seed=1)
    known = {finding.label for finding in record.case.findings if finding.status == "present"}
    assert len(known) == 4
    (hidden, *_) = set(PRESENT) - known
    term = ontology.resolve(hidden).terms[0]
    assert record.answer(term, "open") == record.answer(term, "closed") == "present"
    assert record.answer(int(ontology.parents[term][0]), "open") == "present"
    # A kind of something excluded is excluded; of what is not mentioned nothing is known.
    assert record.answer(ontology.resolve("Focal-onset seizure").terms[0], "open") == "excluded"
    silent = ontology.resolve("Chorea").terms[0]
    assert [record.answer(silent, rule) for rule in ("open", "closed")] == ["unknown", "excluded"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("rule", ["open", "closed"])
def test_questions_and_answers_are_counted(bench: RareDisease, entry: Entry, order: str, rule: Rule) -> None:
    asked = interview(bench, entry, order, rule=rule, answers=2, most=6)  # type: ignore[arg-type]
    assert [one.asked for one in asked.course] == list(range(len(asked.course)))
    assert len(asked.course) <= 7
    for before, after in zip(asked.course, asked.course[1:], strict=False):
        assert after.answered - before.answered in (0, 1)
        assert after.yes - before.yes in (0, after.answered - before.answered)
        if rule == "open" and after.answered == before.answered:
            # A question without an answer changes nothing.
            assert (after.rank, after.log_probability) == (before.rank, before.log_probability)
    assert asked == interview(bench, entry, order, rule=rule, answers=2, most=6)  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ORDERS)
def test_matched_orders_ask_only_what_the_record_answers(bench: RareDisease, entry: Entry, order: str) -> None:
    asked = interview(bench, entry, order, answers=3, matched=True)  # type: ignore[arg-type]
    assert [one.answered for one in asked.course] == [0, 1, 2, 3]


def test_moments_of_an_interview() -> None:
    course = (Standing(9, -3.0), Standing(9, -3.0, 1, 0, 0), Standing(4, -2.0, 2, 1, 1), Standing(2, -1.0, 3, 2, 1))
    asked = Asked("p", course)
    assert asked.after_questions(2).rank == 4
    assert asked.after_questions(20).rank == 2
    assert asked.after_answers(1).asked == 2
    assert asked.after_answers(3).asked == 3


def test_no_publication_dominates(bench: RareDisease, entry: Entry) -> None:
    assert len(eligible(bench, [entry] * 5, seed=0)) == 3
