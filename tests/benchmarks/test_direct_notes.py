"""DiReCT: the tree of a note becomes deductions, a reply is read, and both ends of the chain are compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sample_textsystems import direct_notes

from workup.benchmarks.direct_notes import DeductionScore, DirectNotes, as_reply, deductions, read_reply
from workup.case import Case
from workup.errors import Issue
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.deductions import Deduction
from workup.reasoning import Answer, Reasoning


def said(case: Case, text: str) -> Attempt:
    key = AttemptKey(benchmark="direct-notes", version="1", case_id=case.id, case=case.digest(), reasoner="r")
    return Attempt(key=key, reasoning=Reasoning(reasoner="r", answer=Answer(level="text", text=text), text=text))


def the_case(folder: Path) -> Case:
    (case,) = DirectNotes().read(direct_notes(folder))
    assert isinstance(case, Case)
    return case


def test_a_note_as_released(tmp_path: Path) -> None:
    case = the_case(tmp_path)
    assert case.text is not None
    assert case.text.startswith("Chief complaint (input1)\ntoe pain\n\nHistory of present illness (input2)\n")
    assert "Family history" not in case.text  # it says None
    assert case.reference is not None
    chain, found = read_reply(case.reference.answer or "") or ((), ())
    assert chain == ("Suspected gout", "Gout")
    assert found[1] == Deduction(
        "a hot great toe", "Sudden arthritis of the great toe is typical", "Suspected gout", "input2"
    )
    assert case.provenance == {"observations": 3, "observations not in the words of the note": 0}
    # The folder names the group of diseases.
    assert "Gout" not in (case.blinded().text or "")
    assert case.blinded().cohort is None


def test_scores_of_replies(tmp_path: Path) -> None:
    case = the_case(tmp_path)
    reply = {"chain": ["Suspected gout", "Pseudogout"],
             "hot great toe": ["Sudden arthritis of the great toe is typical", "input2", "Suspected gout"]}  # fmt: skip
    found = DeductionScore().score(case, said(case, f"Here it is: {json.dumps(reply)} Done."))
    # One pair of three wanted and one given, and it agrees: 1 / (3 + 1 - 1).
    assert found.total == pytest.approx(1 / 3)
    assert (found.parts["precision"], found.parts["faithfulness"]) == (1.0, 1.0)
    assert (found.parts["first diagnosis"], found.parts["diagnosis"]) == (1.0, 0.0)
    upstream = DeductionScore("precision", upstream_compatible=True).score(case, said(case, json.dumps(reply)))
    assert upstream.total == 0.5
    assert upstream.parts["first diagnosis"] == 0.0  # it compares with the second of the chain
    for nothing in ("gout", "[1]", "{", "{'a'}"):
        assert DeductionScore().score(case, said(case, nothing)).notes == ("unparsed",)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"Gout": {}}, "does not end with"),
        ({"fever$Input2": {}}, "belongs to no diagnosis"),
        ({"Gout$Intermedia_1": {"x$Cause_1": ["y"]}}, "something else than objects"),
        ({"Gout$Intermedia_1": {}}, "no diagnosis with an observation"),
    ],
)
def test_a_broken_tree_is_an_issue(tree: dict[str, object], message: str, tmp_path: Path) -> None:
    parts = {f"input{number}": "text" for number in range(1, 7)}
    (tmp_path / "note.json").write_text(json.dumps({**tree, **parts}))
    (tmp_path / "other.json").write_text(json.dumps({"input1": "only this"}))
    broken, short = DirectNotes().read([tmp_path])
    assert isinstance(broken, Issue)
    assert message in broken.message
    assert isinstance(short, Issue)
    assert short.field == "input2"


def test_nesting_without_end_is_refused() -> None:
    tree: dict[str, object] = {}
    for _ in range(60):
        tree = {"a$Intermedia_1": tree}
    with pytest.raises(ValueError, match="nested too deeply"):
        deductions(tree)


def test_a_reply_keeps_observations_that_are_there_twice() -> None:
    twice = [Deduction("fever", "one", "A", "input1"), Deduction("fever", "two", "B", "input2")]
    assert read_reply(as_reply(["A", "B"], twice)) == (("A", "B"), tuple(twice))
