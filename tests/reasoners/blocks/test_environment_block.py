"""One environment block for a patient, for moves that are rewarded, and for tools."""

from __future__ import annotations

import pytest

from workup.case import Case, Question
from workup.evaluation.score import Score
from workup.reasoner import Context
from workup.reasoners.blocks.environment import Encounter, Environment, Turn, consult
from workup.reasoners.method import Task
from workup.reasoners.options import Options
from workup.reasoning import Answer, Evidence, Link

CASE = Case(id="1", text="Fever.", question=Question("Which?", {"A": "Measles", "B": "Gout"}))


class Clinic:
    """Rewards as in a question-asking game: a good question +1, none -2, a diagnosis ends it with 5."""

    by, limit = "patient", 4

    def __init__(self) -> None:
        self.total = 0.0

    def reset(self) -> Turn:
        self.total = 0.0
        return Turn(text="I have a fever.")

    def step(self, action: str) -> Turn:
        if action.startswith("Diagnosis"):
            turn = Turn(text="", reward=5.0, done=True)
        elif action.count("?") != 1:
            turn = Turn(text="I do not understand.", reward=-2.0, notes=("format",))
        else:
            turn = Turn(text="Yes.", reward=1.0)
        self.total += turn.reward
        return turn

    def score(self, answer: Answer | None) -> Score:
        return Score(total=self.total)


class Tools:
    """Calls a tool by name and gives its result with its source."""

    by, limit = "tools", 2

    def reset(self) -> Turn:
        return Turn(text="search(words)")

    def step(self, action: str) -> Turn:
        found = Evidence(kind="tool", source=f"search: {action}", quote="Koplik spots mean measles.")
        return Turn(text=found.quote, evidence=(found,))

    def score(self, answer: Answer | None) -> Score:
        return Score(total=float(answer is not None and answer.ids == ("A",)))


def task() -> Task[Options]:
    assert CASE.question is not None
    return Task("toy", CASE, CASE.question, Context(), Options())


def test_rewards_add_up_and_a_final_move_ends_it() -> None:
    clinic = Clinic()
    met = Encounter(clinic)
    assert [met.step(move).reward for move in ("Fever?", "Tell me", "Diagnosis: measles")] == [1.0, -2.0, 5.0]
    assert (met.reward, met.taken, met.left, met.over) == (4.0, 3, 0, True)
    assert clinic.score(None).total == met.reward
    with pytest.raises(ValueError, match="over after 3 actions"):
        met.step("More?")


def test_the_limit_holds_whatever_the_environment_says() -> None:
    met = Encounter(Tools())
    assert [met.step("measles").done for _ in range(2)] == [False, True]
    with pytest.raises(ValueError, match="over"):
        met.step("gout")


def test_consulting_writes_question_and_reply_as_linked_steps() -> None:
    here = task()
    met = Encounter(Tools())
    consult(here, met, "measles", by="agent")
    consult(here, met, "gout", by="agent")
    assert [(step.kind, step.by, step.turn, step.id) for step in here.steps] == [
        ("question", "agent", 1, "q1"),
        ("reply", "tools", 1, "r1"),
        ("question", "agent", 2, "q2"),
        ("reply", "tools", 2, "r2"),
    ]
    assert here.steps[3].links == (Link("q2", "answers"),)
    assert here.steps[1].evidence[0].source == "search: measles"


def test_an_encounter_offers_no_way_to_the_truth() -> None:
    clinic = Clinic()
    assert isinstance(clinic, Environment)
    met = Encounter(clinic)
    public = {name for name in dir(met) if not name.startswith("_")}
    assert public == {"by", "left", "limit", "opening", "over", "reward", "step", "taken"}
    assert not hasattr(met, "__dict__")


def test_an_environment_that_allows_nothing_is_over_at_once() -> None:
    class Closed(Tools):
        limit = 0

    assert Encounter(Closed()).left == 0


def test_rewards_are_finite() -> None:
    with pytest.raises(ValueError, match="finite"):
        Turn(text="", reward=float("nan"))
