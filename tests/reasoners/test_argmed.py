"""ArgMed-Agents: the worked example of the paper end to end, the rules, the limits and what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from method_cases import Listening, reason

from workup.case import Case, Question, from_json, to_json
from workup.models import Scripted
from workup.reasoners.argmed_graph import Argument, attacks_of, may_attack
from workup.reasoners.argmed_schemes import SCHEMES
from workup.reasoners.blocks.argumentation import Framework
from workup.reasoning import Reasoning
from workup.report.argument_graph import graph_of
from workup.report.trace import render_trace

DRUGS = {"A": "Topiramate", "B": "Propranolol", "C": "Verapamil", "D": "Sumatriptan"}
CASE = Case(
    id="blinded",
    text="A woman with migraine and a tremor of her hands has had kidney stones and glaucoma.",
    question=Question("What should prevent her attacks?", DRUGS),
)


def argument(conclusion: str, decision: str = "", *premises: str) -> str:
    variables = {"F": "migraine", **({"D": decision} if decision else {})}
    return json.dumps({"premises": premises, "conclusion": conclusion, "variables": variables})


def answers(**said: str) -> str:
    return json.dumps({"answers": [{"cq": name, "answer": word, "reason": "known"} for name, word in said.items()]})


STANDS = answers(CQ1="yes", CQ2="yes", CQ3="no", CQ4="no", CQ5="no")
BELIEF_STANDS = answers(CQ1="yes", CQ2="no")

# A is topiramate; D and E of the paper are its side effect and its danger; B and C the two that survive.
MIGRAINE = (
    argument("topiramate should be considered", "A", "it prevents migraine"),
    answers(CQ1="yes", CQ2="yes", CQ3="yes", CQ4="yes", CQ5="yes"),
    argument("topiramate leads to kidney stones"),
    argument("topiramate endangers an eye with glaucoma"),
    argument("propranolol should be considered", "B", "it prevents migraine", "it calms tremor"),
    BELIEF_STANDS,
    BELIEF_STANDS,
    answers(CQ1="yes", CQ2="yes", CQ3="no", CQ4="no", CQ5="yes"),
    argument("verapamil should be considered", "Verapamil"),
    STANDS,
    '{"attacks": []}',
)


def graph(found: Reasoning) -> dict[str, Any]:
    record: dict[str, Any] = found.extensions["argumentation"]
    return record


def test_migraine_and_tremor() -> None:
    model = Listening(*MIGRAINE)
    found = reason("argmed", CASE, model)
    record = graph(found)
    assert [one["id"] for one in record["arguments"]] == ["A1", "A3", "A4", "A5", "A7"]
    assert [one["scheme"] for one in record["arguments"]] == ["ASDM", "ASSE", "ASDA", "ASDM", "ASDM"]
    assert {tuple(held) for held in record["extensions"]} == {("A3", "A4", "A5"), ("A3", "A4", "A7")}
    assert record["optional"] == ["b", "c"]
    assert record["rejected"] == {"a": ["A3", "A4"]}
    assert record["moves"] == 7
    assert found.answer is not None
    assert (found.answer.ids, found.answer.text, found.answer.probability) == (("B",), "Propranolol", 0.5)
    assert found.answer.extensions["why_not"] == {
        "A (Topiramate)": "defeated by A3: topiramate leads to kidney stones; "
        "A4: topiramate endangers an eye with glaucoma",
        "C (Verapamil)": "can be defended as well, and lost the tie",
        "D (Sumatriptan)": "nobody argued for it",
    }
    assert found.usage.calls == len(MIGRAINE)
    assert from_json(to_json(found), Reasoning) == found


def test_steps_hold_the_graph() -> None:
    found = reason("argmed", CASE, Scripted(MIGRAINE))
    assert [(step.kind, step.by) for step in found.steps[:3]] == [
        ("argument", "generator"),
        ("question", "verifier"),
        ("argument", "generator"),
    ]
    attacks = {(step.id, link.to) for step in found.steps for link in step.links if link.relation == "attacks"}
    assert attacks == {(one, other) for one, other in graph(found)["attacks"]}
    assert ("A5", "A1") in attacks
    assert ("A1", "A5") in attacks
    assert ("A3", "A1") in attacks
    assert ("A1", "A3") not in attacks
    assert [step.claim for step in found.steps if step.kind == "decision"][:2] == [
        "chosen: B (Propranolol), with A3, A4, A5",
        "can be held: C (Verapamil), with A3, A4, A7",
    ]
    assert "why not A (Topiramate)" in found.steps[-3].claim
    assert [link.to for step in found.steps for link in step.links if link.relation == "supports"] == ["A3", "A4", "A5"]
    assert [step.label for step in found.steps if step.id in ("A1", "A3", "A5")] == [
        "A (Topiramate)",
        None,
        "B (Propranolol)",
    ]
    second = found.steps[1]
    assert "CQ3" in second.claim
    assert "CQ1" not in second.claim


def test_the_page_shows_the_graph() -> None:
    found = reason("argmed", CASE, Scripted(MIGRAINE))
    drawn = graph_of(found.steps, ("A3", "A4", "A5"))
    assert drawn is not None
    assert {box.id for box in drawn.boxes if box.decision} == {"A1", "A5", "A7"}
    page = render_trace(CASE, found)
    assert "topiramate endangers an eye with glaucoma" in page
    assert "why not A (Topiramate)" in page


def test_what_the_roles_are_shown() -> None:
    model = Listening(*MIGRAINE)
    reason("argmed", CASE, model)
    opening, questioning, replying = (messages[-1].content for messages in model.asked[:3])
    assert "A. Topiramate" in opening
    assert "the letter of the one option that is right" in opening
    assert "<argument>\ntopiramate should be considered, because it prevents migraine\n</argument>" in questioning
    assert "CQ4: " in questioning
    assert "<feedback>" in replying
    assert "side effect S" in replying
    assert "A7: verapamil" in model.last
    for messages in model.asked:
        assert not [part for part in ("{wanted}", "{scheme}", "{variables}", "{questions}") if part in str(messages)]


def test_no_decision_survives() -> None:
    """The danger of the only decision is not answered, and nothing better is known."""
    found = reason(
        "argmed",
        CASE,
        Scripted(
            [
                argument("topiramate should be considered", "A"),
                answers(CQ4="yes"),
                argument("it is dangerous"),
                BELIEF_STANDS,
                '{"attacks": []}',
            ]
        ),
    )
    assert found.answer is None
    assert found.abstained.startswith("no decision survives")
    assert graph(found)["extensions"] == [["A3"]]
    assert any(step.claim.startswith("why not A (Topiramate): defeated by A3") for step in found.steps)


def test_a_belief_that_is_refuted_frees_the_decision() -> None:
    found = reason(
        "argmed",
        CASE,
        Scripted(
            [
                argument("topiramate should be considered", "A"),
                answers(CQ3="yes"),
                argument("it leads to stones"),
                answers(CQ1="yes", CQ2="yes"),
                argument("drinking prevents stones"),
                answers(CQ1="yes"),
                '{"attacks": [["A1", "A3"], ["A5", "A5"], ["A9", "A1"], "nonsense"]}',
            ]
        ),
    )
    assert found.answer is not None
    assert found.answer.ids == ("A",)
    assert graph(found)["attacks"] == [["A3", "A1"], ["A5", "A3"]]
    assert graph(found)["extensions"] == [["A1", "A5"]]


def test_the_reasoner_adds_attacks_among_beliefs() -> None:
    script = list(MIGRAINE)
    script[-1] = '{"attacks": [["A3", "A5"], ["A3", "A7"], ["A5", "A4"]]}'
    found = reason("argmed", CASE, Scripted(script))
    assert found.abstained.startswith("no decision survives")
    assert ["A5", "A4"] not in graph(found)["attacks"]


def test_a_decision_argued_for_twice_is_one() -> None:
    found = reason(
        "argmed",
        CASE,
        Scripted(
            [
                argument("propranolol should be considered", "B"),
                answers(CQ5="yes"),
                argument("propranolol calms her tremor too", "Propranolol"),
                STANDS,
            ]
        ),
    )
    assert graph(found)["attacks"] == []
    assert graph(found)["extensions"] == [["A1", "A3"]]
    assert found.answer is not None
    assert (found.answer.ids, found.answer.probability) == (("B",), 1.0)


def test_words_that_name_a_decision_are_an_argument_and_unread_objections_none() -> None:
    found = reason("argmed", CASE, Scripted(["I would give propranolol. Answer: B", "No idea."]))
    assert found.answer is not None
    assert found.answer.ids == ("B",)
    assert [issue.message for issue in found.issues] == [
        "1 reply of the verifier could not be read; a fallback stands in"
    ]
    assert found.steps[1].unread
    assert found.steps[1].claim == "A1 stands: the verifier's reply could not be read"


def test_nothing_that_can_be_read() -> None:
    found = reason("argmed", CASE, Scripted(["Hm."]))
    assert found.answer is None
    assert "no argument for a decision" in found.abstained
    assert found.usage.calls == 1


def test_limits() -> None:
    objecting = answers(CQ1="no", CQ2="no", CQ3="yes", CQ4="yes", CQ5="yes")

    class Quarrel(Listening):
        def generate(self, messages: Any, **given: Any) -> Any:
            asked = messages[-1].content
            number = len(self.asked) % 4
            reply = objecting if "Check the argument" in asked else argument(f"say {number}", "ABCD"[number])
            self.asked.append(tuple(messages))
            return Scripted([reply]).generate(messages, **given)

    found = reason("argmed", CASE, Quarrel())
    assert graph(found)["moves"] == 8
    assert sum(bool(one["decision"]) for one in graph(found)["arguments"]) <= 4
    few = reason("argmed", CASE, Quarrel(), moves=30, decisions=2)
    assert sum(bool(one["decision"]) for one in graph(few)["arguments"]) == 2


def test_a_spent_budget_gives_what_stands_so_far() -> None:
    found = reason("argmed", CASE, Scripted(MIGRAINE), max_calls=3)
    assert found.answer is None
    assert "ended before there was an answer" in found.abstained
    later = reason("argmed", CASE, Scripted(MIGRAINE), max_calls=5)
    assert later.answer is not None
    assert later.answer.ids == ("B",)
    assert any(link.relation == "attacks" for step in later.steps for link in step.links)


def test_diagnoses_are_decisions_too() -> None:
    case = Case(id="blinded", text="Fever and white spots inside the cheeks.")
    found = reason("argmed", case, Scripted([argument("it is measles", "Measles"), STANDS]))
    assert found.answer is not None
    assert found.answer.ids == ("Measles",)


WORDS = st.sampled_from(["", "a", "b"])


@given(
    st.lists(st.tuples(WORDS, st.integers(0, 5)), max_size=6), st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)))
)
@settings(max_examples=100)
def test_rules_hold_whatever_is_said(said: list[tuple[str, int]], further: list[tuple[int, int]]) -> None:
    arguments = [
        Argument(f"A{place}", "", SCHEMES["COUNTER"], decision, f"A{to}" if to < place else "")
        for place, (decision, to) in enumerate(said)
    ]
    named = {one.name: one for one in arguments}
    pairs = attacks_of(arguments, [(f"A{one}", f"A{other}") for one, other in further])
    assert all(may_attack(named[one], named[other]) for one, other in pairs)
    for one in arguments:
        for other in arguments:
            if one.decision and other.decision and one.decision != other.decision:
                assert (one.name, other.name) in pairs
    Framework(named, pairs)


@pytest.mark.parametrize("form", ["choices", "text"])
def test_refuses_what_cannot_be_argued(form: Any) -> None:
    case = Case(id="blinded", question=Question("Which?", DRUGS if form == "choices" else {}, form=form))
    assert reason("argmed", case, Scripted([])).abstained
