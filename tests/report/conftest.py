"""The hand-written reasonings, by name."""

from __future__ import annotations

import pytest
import report_building as building

from workup.case import Case
from workup.reasoning import Reasoning

KINDS = {
    "answer": building.a_reasoning,
    "eighty findings": building.a_long_reasoning,
    "abstention": building.an_abstention,
    "empty": building.an_empty_reasoning,
}


@pytest.fixture(params=sorted(KINDS))
def case_and_reasoning(request: pytest.FixtureRequest) -> tuple[Case, Reasoning]:
    """Each of the four in turn."""
    reasoning = KINDS[request.param]()
    return building.a_case(reasoning.findings), reasoning


@pytest.fixture
def case() -> Case:
    return building.a_case()


@pytest.fixture
def reasoning() -> Reasoning:
    return building.a_reasoning()
