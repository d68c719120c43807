"""The page of any reasoning: arguments, a dialogue, tool calls, votes, evidence, and hostile words in all of them."""

from __future__ import annotations

import re

import pytest
from report_page import Node, parse_page

from workup.case import Case, Question
from workup.errors import Issue
from workup.models.model import Generation, Message, Reply
from workup.reasoning import Answer, Evidence, Hypothesis, Link, Reasoning, Step, Usage
from workup.report.argument_graph import graph_of
from workup.report.html import render_html
from workup.report.trace import render_trace

CASE = Case(
    id="q1", text="Migraine and tremor.", question=Question("Which drug?", {"A": "Propranolol", "B": "Verapamil"})
)
HOSTILE = "</div><script>alert(1)</script>\u202e\x1b[31m"


def argument(name: str, *attacks: str, words: str = "because") -> Step:
    return Step(
        kind="argument", claim=words, id=name, by="generator", links=tuple(Link(to, "attacks") for to in attacks)
    )


# The published worked example: decisions A, B, C; beliefs D and E against A.
ARGUMENTS = (
    argument("A", "B", "C"),
    argument("B", "A", "C"),
    argument("C", "A", "B"),
    argument("D", "A"),
    argument("E", "A"),
    Step(
        kind="decision", claim="B survives", links=(Link("B", "supports"), Link("D", "supports"), Link("E", "supports"))
    ),
)


def page(*steps: Step, **fields: object) -> Node:
    answer = Answer(level="option", text="Verapamil", ids=("B",), probability=0.5)
    reasoning = Reasoning(reasoner="toy", answer=answer, steps=steps, **fields)  # type: ignore[arg-type]
    return parse_page(render_trace(CASE, reasoning, model="scripted"))


def by_class(root: Node, name: str) -> list[Node]:
    return [node for node in root.walk() if name in (node.attributes.get("class") or "").split()]


def test_graph_puts_decisions_above_what_attacks_them() -> None:
    graph = graph_of(ARGUMENTS, {"B", "D", "E"})
    assert graph is not None
    assert {box.id for box in graph.boxes if box.decision} == {"A", "B", "C"}
    rows = {box.id: box.y for box in graph.boxes}
    assert rows["A"] == rows["B"] == rows["C"] < rows["D"] == rows["E"]
    # Three mutual attacks between decisions, drawn once each with two heads, and two from the beliefs.
    assert sorted(arrow.both for arrow in graph.arrows) == [False, False, True, True, True]
    assert all(0 <= box.x <= graph.width - 190 and 0 <= box.y <= graph.height - 64 for box in graph.boxes)
    assert graph_of(ARGUMENTS[:1], set()) is None


def test_graph_with_a_chain_a_loop_and_a_stranger_keeps_every_argument() -> None:
    steps = (
        argument("1", "2"),
        argument("2", "1"),
        argument("3", "1"),
        argument("4", "3"),
        argument("5"),
        argument("6", "6"),
    )
    graph = graph_of(steps, ())
    assert graph is not None
    assert {box.id for box in graph.boxes} == {"1", "2", "3", "4", "5", "6"}


def test_arguments_are_a_picture_and_a_list() -> None:
    shown = page(*ARGUMENTS)
    assert len([node for node in shown.walk() if node.tag == "rect"]) == 5
    words = shown.text()
    assert "attacked by B , C , D , E" in words
    assert words.count("in the explanation") == 3


def test_dialogue_tools_votes_and_unread_replies() -> None:
    steps = (
        Step(kind="question", claim="Any fever?", by="doctor", turn=1, id="Q1"),
        Step(kind="reply", claim="Since Monday.", by="patient", turn=1, links=(Link("Q1", "answers"),)),
        Step(
            kind="tool",
            claim="dose(weight=70)",
            by="doctor",
            turn=2,
            evidence=(Evidence(kind="tool", source="dose", quote="5 mg", supported=True, id="E1"),),
        ),
        Step(kind="opinion", claim="It is A.", label="A", by="surgeon", turn=1),
        Step(kind="opinion", claim="hm", by="physician", turn=1, unread=True),
        Step(kind="opinion", claim="It is B.", label="B", by="surgeon", turn=2),
    )
    shown = page(*steps, usage=Usage(calls=6, seconds=1.0))
    assert len(by_class(shown, "step")) == 6
    (table,) = [node for node in shown.walk() if node.tag == "table"]
    cells = [node.text().strip() for node in table.walk() if node.tag == "td"]
    assert cells == ["A", "B", "unread", "–"]
    words = re.sub(r"\s+", " ", shown.text())
    assert "Turn 1" in words
    assert "answers Q1" in words
    assert "1 could not be read" in words
    assert "found there" in words
    assert by_class(shown, "chosen")[0].text().startswith("B")


def test_every_link_on_the_page_leads_somewhere() -> None:
    shown = page(*ARGUMENTS, *(Step(kind="reply", claim="x", links=(Link("Q9", "answers"),)),))
    ids = [node.attributes["id"] for node in shown.walk() if node.attributes.get("id")]
    assert len(ids) == len(set(ids))
    for node in shown.walk():
        href = node.attributes.get("href") or ""
        if href.startswith("#"):
            assert href[1:] in ids


@pytest.mark.parametrize("long", [False, True])
def test_hostile_words_stay_words(long: bool) -> None:
    words = HOSTILE * (40 if long else 1)
    evidence = Evidence(kind="tool", source=words, quote=words, supported=False, values={words: words}, id=words)
    reasoning = Reasoning(
        reasoner=words,
        answer=Answer(level="text", text=words),
        steps=(Step(kind="argument", claim=words, label=words, by=words, id=words, evidence=(evidence,)), *ARGUMENTS),
        differential=(Hypothesis(id=words, label=words, rank=1, score=0, probability=0.1),),
        issues=(Issue(message=words, remedy=words),),
        versions={words: words},
        text=words,
    )
    case = Case(id=words, text=words, question=Question(words, {words: words}))
    calls = [([Message(role="user", content=words)], Reply(generations=(Generation(text=words),), model="m"))]
    written = render_trace(case, reasoning, model=words, calls=calls)
    assert "<script" not in written
    shown = parse_page(written)
    assert not [node for node in shown.walk() if node.tag == "script"]
    assert "\x1b" not in written
    assert all("://" not in (node.attributes.get("src") or "") for node in shown.walk())


def test_an_abstention_says_why() -> None:
    reasoning = Reasoning(reasoner="toy", abstained="no decision survives")
    assert "no decision survives" in parse_page(render_trace(CASE, reasoning)).text()


def test_a_ranked_list_is_not_said_to_be_probable_together() -> None:
    listed = tuple(
        Hypothesis(id=f"OMIM:10000{i}", label=f"Disease {i}", rank=i, score=-i, probability=0.4 / i) for i in (1, 2)
    )
    answer = Answer(level="list", text="Disease 1; Disease 2", ids=tuple(one.id for one in listed), probability=0.4)
    steps = tuple(Step(kind="verdict", claim=f"step {i}", by="checker") for i in range(8))
    reasoning = Reasoning(reasoner="toy", differential=listed, answer=answer, steps=steps)
    words = parse_page(render_html(Case(id="1"), reasoning)).text()
    assert "for the first of this list" in words
    assert "together" not in words.partition("Findings")[0]
    assert "8 steps; the last:" in words


def test_an_order_that_is_not_that_of_the_probabilities_is_explained() -> None:
    def hypothesis(rank: int, probability: float) -> Hypothesis:
        return Hypothesis(id=f"OMIM:{rank}", label=f"D{rank}", rank=float(rank), score=0.0, probability=probability)

    for shares, said in (((0.2, 0.1), False), ((0.02, 0.08), True)):
        ranked = tuple(hypothesis(rank, share) for rank, share in enumerate(shares, 1))
        reasoning = Reasoning(reasoner="toy", differential=ranked, candidates=9)
        for made in (render_trace(CASE, reasoning), render_html(CASE, reasoning)):
            assert ("need not fall with the rank" in made) is said


def test_values_that_are_lists_are_words() -> None:
    proof = Evidence(kind="annotation", source="bank", values={"diseases": ["OMIM:1", "OMIM:2"]})
    made = render_trace(CASE, Reasoning(reasoner="toy", steps=(Step(kind="tool", claim="found", evidence=(proof,)),)))
    assert "OMIM:1, OMIM:2" in made
    assert "[&#39;" not in made
    # No answer was given, and none is said to have been read.
    assert "Words from which the answer was read" not in made
