"""Opinions, rounds and rulings, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workup.case import Case, Question
from workup.errors import UserError
from workup.models.scripted import Line, Scripted
from workup.reasoner import Context
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.final_turn import FinalTurnOptions, settled
from workup.reasoners.blocks.panel import Member, debate, judged, names, opinions, words
from workup.reasoners.blocks.refine import refine
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.blocks.rulings import agreed, argued, clashes, fuse, fused, majority, weigh
from workup.reasoners.method import Task
from workup.reasoning import Answer

OPTIONS = {"A": "Measles", "B": "Gout", "C": "Rubella"}
CASE = Case(id="1", text="Fever.", question=Question("Which?", OPTIONS))
ASKED = Question("Which?", OPTIONS)


class Asked(Scripted):
    """Remembers the last message of each call."""

    def __init__(self, *replies: str | Line) -> None:
        super().__init__(replies)
        self.heard: list[str] = []

    def generate(self, messages: Any, **given: Any) -> Any:
        self.heard.append(messages[-1].content)
        return super().generate(messages, **given)


def task(*replies: str | Line) -> tuple[Task[Any], Asked]:
    model = Asked(*replies)
    return Task("test", CASE, ASKED, Context(model=model), BudgetOptions()), model


def said(*keys: str, by: str = "") -> list[Heard[Answer | None]]:
    """One opinion a key; a dot could not be read."""
    return [
        Heard(by or f"m{place}", Answer(level="option", text=key, ids=(key,)) if key != "." else None, key, key != ".")
        for place, key in enumerate(keys)
    ]


def ids(answer: Answer | None) -> tuple[str, ...]:
    assert answer is not None
    return answer.ids


TRUTH = [
    ("AAB", None, "", "A", 2 / 3),
    ("ABB.", None, "", "B", 2 / 4),
    ("AB", None, "", "A", 1 / 2),
    ("AB", None, "m1", "B", 1 / 2),
    ("ABC", None, "m2", "C", 1 / 3),
    # Who decides in a tie has to be among the equals.
    ("AABBC", None, "m4", "A", 2 / 5),
    ("AB", (0.3, 0.7), "", "B", 0.7),
    ("ABB", (0.8, 0.3, 0.3), "", "A", 0.8 / 1.4),
    ("A.", (0.0, 1.0), "", "A", 0.0),
]


@pytest.mark.parametrize(("keys", "weights", "tie", "winner", "share"), TRUTH)
def test_votes(keys: str, weights: Any, tie: str, winner: str, share: float) -> None:
    ruling = majority(said(*keys), weights=weights, tie=tie)
    assert ids(ruling.answer) == (winner,)
    assert ruling.share == pytest.approx(share)
    assert ruling.step().kind == "vote"


def test_votes_of_nobody() -> None:
    assert majority(said(".", ".")).answer is None
    assert majority([]).answer is None
    assert majority(said("A"), weights=[0]).answer is None
    with pytest.raises(UserError, match="as many weights"):
        majority(said("A", "B"), weights=[1])
    with pytest.raises(UserError, match="below 0"):
        majority(said("A"), weights=[float("nan")])


def test_agreement() -> None:
    assert agreed(said("A", "A"))
    assert not agreed(said("A", "."))
    assert not agreed(said(".", "."))
    assert agreed([])


def test_ranks_are_fused() -> None:
    # 1/61 + 1/62 for a, 1/62 + 1/61 for b: equals, in the order seen. c has 2/63.
    assert fuse([["a", "b", "c"], ["b", "a", "c"]]) == ["a", "b", "c"]
    assert fuse([["a", "b"], ["b", "a"]], weights=[1, 2]) == ["b", "a"]
    lists = [("Marfan", "Gout"), ("gout", "Scurvy"), ("Gout",)]
    heard: list[Heard[Answer | None]] = [
        Heard(str(place), Answer(level="list", text="", ids=ids), "words", True) for place, ids in enumerate(lists)
    ]
    ruling = fused([*heard, Heard("x", None, "?", False)])
    assert ids(ruling.answer) == ("Gout", "Marfan", "Scurvy")
    assert ruling.share == pytest.approx(1 / 4)
    assert fused(said(".")).answer is None


@given(st.lists(st.lists(st.sampled_from("abcdef"), max_size=6), max_size=5))
def test_fusion_ranks_everything_once(rankings: list[list[str]]) -> None:
    order = fuse(rankings)
    assert sorted(order) == sorted({name for ranking in rankings for name in ranking})
    # First in every list is first of all.
    if rankings and all(ranking and ranking[0] == rankings[0][0] for ranking in rankings):
        assert order[0] == rankings[0][0]


def test_arguments_rule() -> None:
    objection = said("A", "B", ".")
    assert ids(argued(objection, [(2, 0)]).answer) == ("B",)
    assert argued(objection, [(2, 0), (2, 1)]).answer is None
    two = argued(said("A", "B"), [])
    assert ids(two.answer) == ("A",)
    assert two.share == 0.5


def test_indicators() -> None:
    weights = {"cdr": 0.3, "rim": 0.3, "ppa": 0.2}
    table = [
        ({"cdr": True, "rim": True, "ppa": True}, 1.0, True),
        ({"cdr": True, "rim": False, "ppa": False}, 0.375, False),
        ({"cdr": None, "rim": None, "ppa": None}, 0.5, True),
        ({"rim": False}, 0.0, False),
        ({}, 0.0, False),
    ]
    for found, score, positive in table:
        weighed = weigh(found, weights, 0.4)
        assert weighed.score == pytest.approx(score)
        assert weighed.positive is positive
        assert set(weighed.missing) == set(weights) - set(found)


def test_what_goes_together() -> None:
    goes = {"scissors": {"cutting", "cautery"}, "driver": {"suturing"}}
    assert clashes(["cutting", "scissors"], goes) == []
    assert clashes(["driver", "cutting", "suturing"], goes) == [("driver", "cutting")]
    assert clashes(["unknown", "cutting"], goes) == []
    assert clashes([], goes) == []


FIRST = [Member("one", "First time."), Member("two", "First time.")]
AGAIN = [Member("one", "Second time."), Member("two", "Second time.")]


def test_a_debate_shows_each_what_the_others_said() -> None:
    doing, model = task("I say A. Answer: A", "Answer: B", "Answer: B", "Answer: B")
    rounds = debate(doing, FIRST, rounds=5, again=AGAIN, until=agreed)
    assert [[ids(one.value) for one in said] for said in rounds] == [[("A",), ("B",)], [("B",), ("B",)]]
    assert "<opinion" not in model.heard[0]
    assert '<opinion number="1">\ntwo: Answer: B\n</opinion>' in model.heard[2]
    assert '<draft number="1">\nyou, before: I say A. Answer: A\n</draft>' in model.heard[2]
    assert "Second time." in model.heard[2]
    assert [step.id for step in doing.steps] == ["O1.1", "O1.2", "O2.1", "O2.2"]
    assert [link.to for step in doing.steps for link in step.links] == ["O1.1", "O1.2"]
    assert [step.label for step in doing.steps] == ["A", "B", "B", "B"]
    assert ids(doing.best) == ("B",)


def test_opinions_may_be_any_words() -> None:
    doing, _ = task("It is red.", "")
    heard = opinions(doing, [Role("looker", "Say.", words, "nothing seen"), Role("other", "Say.", words, "nothing")])
    assert [one.value for one in heard] == ["It is red.", "nothing"]
    assert doing.best is None
    assert doing.unread == {"other": 1}


def test_a_judge_who_cannot_be_read_leaves_the_majority() -> None:
    doing, model = task("Answer: C", "who knows")
    judge = Member("judge", "Decide.")
    assert ids(judged(doing, judge, said("A", "B", "B")).answer) == ("C",)
    ruling = judged(doing, judge, said("A", "B", "B"))
    assert ids(ruling.answer) == ("B",)
    assert ruling.claim.startswith("the judge could not be read")
    assert '<opinion number="3">\nm2: B\n</opinion>' in model.heard[1]


def test_what_one_alone_reads_comes_last() -> None:
    doing, model = task("Answer: A")
    Member("x", "Say.", ["<field>\nCardiology\n</field>"]).ask(doing, data=["<report>\nr\n</report>"])
    assert model.heard[0].index("<report>") < model.heard[0].index("<field>") < model.heard[0].index("<question>")


def test_refining_stops_when_nothing_is_objected_nothing_new_comes_or_at_the_limit() -> None:
    def objection(n: int, turn: int) -> str | None:
        return "more" if n < 3 else None

    def more(n: int, why: str, turn: int) -> int | None:
        return n + 1 if n != 11 else None

    assert refine(1, objection, more, most=5).drafts == (1, 2, 3)
    assert refine(1, objection, more, most=5).accepted
    cut = refine(0, objection, more, most=2)
    assert (cut.drafts, cut.accepted, cut.last) == ((0, 1, 2), False, 2)
    assert refine(1, objection, more, most=2).accepted
    assert not refine(1, objection, more, most=2, check_last=False).accepted
    stuck = refine(11, lambda n, turn: "no", more, most=5)
    assert (stuck.drafts, stuck.accepted) == ((11,), False)


@pytest.mark.parametrize(
    ("when", "text", "replies", "answer"),
    [
        ("never", "It is measles, surely. Or gout.", (), None),
        ("unread", "Answer: A", (), "A"),
        ("unread", "Hm.", ("Answer: B",), "B"),
        ("always", "Answer: A", ("Answer: B",), "B"),
        ("always", "Answer: A", ("Hm.",), "A"),
        ("always", "  ", (), None),
    ],
)
def test_the_last_turn(when: str, text: str, replies: tuple[str, ...], answer: str | None) -> None:
    doing, model = task(*replies)
    found = settled(doing, text, when)
    assert (found.ids if found else None) == ((answer,) if answer else None)
    assert len(model.heard) == len(replies)
    assert FinalTurnOptions().final_turn == "unread"


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ('["Cardiology", "Neurology"]', ["Cardiology", "Neurology"]),
        ("- Cardiology\n- Cardiology\n- Neurology: nerves", ["Cardiology", "Neurology"]),
        ("Pediatrics.", ["Pediatrics"]),
        ("", None),
        ("123 !!", None),
        ("x" * 5000, None),
    ],
)
def test_names(reply: str, found: list[str] | None) -> None:
    assert names(reply) == found


@given(st.text(max_size=200))
def test_names_are_short_and_harmless(reply: str) -> None:
    for name in names(reply) or ():
        assert len(name) <= 60
        assert not set(name) & set('{}<>\n"`\\')


# What system 76 will compose: two agents whose choices have to go together, rerun until they do, else a selector.
GOES = {"scissors": {"cutting", "cautery"}, "driver": {"suturing"}}
Pair = tuple[str, str]


@pytest.mark.parametrize(
    ("instruments", "actions", "drafts", "accepted"),
    [
        (["driver"], ["suturing"], 1, True),
        (["driver", "driver", "scissors"], ["cutting", "cautery", "cutting"], 3, True),
        (["driver"] * 4, ["cutting"] * 4, 4, False),
    ],
)
def test_pairs_are_refined_until_they_go_together(
    instruments: list[str], actions: list[str], drafts: int, accepted: bool
) -> None:
    def looked(turn: int) -> Pair:
        return instruments[turn], actions[turn]

    def check(pair: Pair, turn: int) -> list[Pair] | None:
        return clashes(pair, GOES) or None

    done = refine(looked(0), check, lambda pair, why, turn: looked(turn), most=3)
    assert (len(done.drafts), done.accepted) == (drafts, accepted)
    doing, _ = task("Answer: B")
    if not done.accepted:
        listed = {chr(ord("A") + place): " ".join(pair) for place, pair in enumerate(done.drafts)}
        assert ids(Member("selector", "Choose.").ask(doing, question=Question("Which?", listed)).value) == ("B",)
