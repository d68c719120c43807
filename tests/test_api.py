"""The plain functions."""

from __future__ import annotations

import pytest

from workup import registry
from workup.api import diagnose, finish
from workup.case import Case, Finding
from workup.errors import UserError
from workup.reasoner import Context
from workup.reasoning import Reasoning

CASE = Case(id="p", findings=(Finding("Ectopia lentis"),), title="the title")


class Recorder:
    """Keeps what it is given."""

    name = "recorder"
    seen: tuple[Case, Context]

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        type(self).seen = case, ctx
        return Reasoning(reasoner=self.name)


def test_diagnose() -> None:
    result = diagnose(CASE, limit=3)
    assert len(result.differential) == 3
    assert result.reasoner == "phenotype"
    assert diagnose(CASE, limit=1, score="phrank").versions["score"] == "phrank"


def test_a_reasoner_sees_a_blinded_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda *_: Recorder)
    diagnose(CASE, reasoner="recorder", limit=7, seed=3, colour="red")
    case, ctx = Recorder.seen
    assert case == CASE.blinded()
    assert case.title is None
    assert (ctx.limit, ctx.seed, ctx.options) == (7, 3, {"colour": "red"})


def test_findings_that_a_reasoner_names_none_of_are_those_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda *_: Recorder)
    # Else the report says "0 findings present".
    assert diagnose(CASE, reasoner="recorder").findings == CASE.findings


def test_async_reasoners() -> None:
    async def later() -> Reasoning:
        return Reasoning(reasoner="later")

    assert finish(later()).reasoner == "later"


def test_what_is_no_reasoning() -> None:
    with pytest.raises(UserError, match="returned dict, not a Reasoning"):
        finish({})  # type: ignore[arg-type]


def test_wrong_calls() -> None:
    with pytest.raises(UserError, match="no reasoner named"):
        diagnose(CASE, reasoner="guess")
    with pytest.raises(UserError, match="no option"):
        diagnose(CASE, scores="phrank")
