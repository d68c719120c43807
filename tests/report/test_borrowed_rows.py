"""A row of another disease's annotations is said to be borrowed; one of an entry for the same disease is not."""

from __future__ import annotations

import pytest

from workup.reasoning import Evidence, Hypothesis, Reasoning, Step
from workup.report.view import diseases


def shown(disease: str) -> tuple[str, str]:
    """What the page says of a finding explained by a row of ``disease``: the line, and the source's own entry."""
    row = Evidence(
        kind="annotation",
        source="phenotype.hpoa 2025-01-16, line 7",
        values={"disease": disease, "term": "HP:0001250", "term_label": "Seizure", "relation": "exact"},
    )
    step = Step(kind="finding", claim="Seizure", finding="HP:0001250", label="Seizure", weight=2.0, evidence=(row,))
    leader = Hypothesis(
        id="OMIM:1", label="First", rank=1.0, score=2.0, probability=0.5, contributions=(step,), aliases=("ORPHA:1",)
    )
    (view,) = diseases(Reasoning(reasoner="phenotype", differential=(leader,)), 1, 1)
    found = view.groups[0].rows[0]
    return found.match, found.sources[0].borrowed_from.text


@pytest.mark.parametrize("disease", ["OMIM:1", "ORPHA:1"])
def test_a_row_of_the_disease_itself(disease: str) -> None:
    assert shown(disease) == ("the same term", "")


def test_a_row_of_a_neighbour() -> None:
    assert shown("OMIM:2") == ("the same term · borrowed from OMIM:2", "OMIM:2")
