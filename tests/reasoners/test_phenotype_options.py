"""The engine among the options of a question."""

from __future__ import annotations

import msgspec
import pytest

from workup.case import Case, Finding, Question
from workup.reasoner import Context
from workup.reasoners.phenotype_options import PhenotypeOptions

FINDINGS = (Finding("HP:0001166"), Finding("HP:0001083"), Finding("HP:0002616"))
QUESTION = Question("Which?", {"A": "Legius syndrome", "B": "marfan  SYNDROME", "C": "No such disease"})
CASE = Case(id="1", findings=FINDINGS, question=QUESTION)


@pytest.fixture(scope="module")
def reasoner() -> PhenotypeOptions:
    return PhenotypeOptions()


def test_the_most_probable_option(reasoner: PhenotypeOptions) -> None:
    found = reasoner.reason(CASE, Context())
    assert found.answer is not None
    assert found.answer.ids == ("B",)
    shares = found.answer.extensions["probabilities"]
    assert set(shares) == {"A", "B"}
    assert sum(shares.values()) == pytest.approx(1)
    assert found.answer.probability == shares["B"] > 0.9
    assert found.differential[0].id == "OMIM:154700"
    assert {step.finding for step in found.differential[0].contributions} >= {one.id for one in FINDINGS}
    assert [issue.code for issue in found.issues if issue.code == "unknown-option"] == ["unknown-option"]


def test_the_order_of_options_and_findings_does_not_matter(reasoner: PhenotypeOptions) -> None:
    question = Question("Which?", {"A": "Marfan syndrome", "B": "Legius syndrome"})
    first = reasoner.reason(msgspec.structs.replace(CASE, question=question), Context()).answer
    turned = msgspec.structs.replace(CASE, question=question, findings=FINDINGS[::-1])
    assert reasoner.reason(turned, Context()).answer == first


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"findings": ()}, "tells no finding"),
        ({"question": Question("Which?", {"A": "x", "B": "y"})}, "no option is a disease"),
        ({"question": None}, "only chooses among options"),
    ],
)
def test_without_anything_to_go_by_it_abstains(reasoner: PhenotypeOptions, change: dict[str, object], why: str) -> None:
    found = reasoner.reason(msgspec.structs.replace(CASE, **change), Context())  # type: ignore[arg-type]
    assert found.answer is None
    assert why in found.abstained
