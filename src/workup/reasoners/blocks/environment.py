"""Whatever answers when a method acts: a patient who is asked, tools that are called, a judge of each move.

An :class:`Environment` holds the whole case, the truth included. A method never gets it: it gets an :class:`Encounter`,
which can say something and hear what comes back, and no more. What is said and heard becomes steps.

    doctor   "Do you have a fever?"        step q1, question, turn 1
    patient  "Her temperature is 39 °C."   step r1, reply, turn 1, answers q1, evidence: fact 5 of the record

>>> class Echo:
...     by, limit = "echo", 2
...     def reset(self): return Turn(text="Say something.")
...     def step(self, action): return Turn(text=action.upper(), reward=1.0)
...     def score(self, answer): return Score(total=0.0)
>>> met = Encounter(Echo())
>>> met.opening.text, met.step("hello").text, met.left
('Say something.', 'HELLO', 1)
>>> met.step("bye").done, met.reward
(True, 2.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from workup.errors import UserError
from workup.evaluation.score import Score
from workup.reasoning import Answer, Evidence, Link, Step

if TYPE_CHECKING:
    from workup.reasoners.method import Task


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What one action came to.

    Attributes:
        text: What is said back: data, whoever wrote it.
        reward: What the action is worth, for those who learn from it.
        done: Whether nothing more can be said or done.
        evidence: What the words rest on; nothing that they do not say.
        notes: What happened, in words that are counted: ``refused``, ``unread``, ``repeated``, ``format``.
    """

    text: str
    reward: float = 0.0
    done: bool = False
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not math.isfinite(self.reward):
            raise ValueError("a reward must be finite")


@runtime_checkable
class Environment(Protocol):
    """One episode over one whole case. Used by one attempt at a time.

    Attributes:
        by: Who answers, as a reader sees it: ``patient``, ``tools``.
        limit: Most actions of an episode.
    """

    by: str
    limit: int

    def reset(self) -> Turn:
        """Begin (again): what is known or said before the first action."""
        ...

    def step(self, action: str) -> Turn:
        """What one action comes to.

        Raises:
            ModelError: A model that plays a part failed.
        """
        ...

    def score(self, answer: Answer | None) -> Score:
        """What the episode and its answer are worth. Knows the truth, and so is never shown to a method."""
        ...


class Encounter:
    """The method's side of an environment: it can act and hear, and sees neither record nor truth.

    Attributes:
        opening: What is known before the first action.
        by: Who answers.
        limit: Most actions.
        taken: Actions so far.
        over: Whether nothing more can be done.
        reward: Sum of the rewards so far.
    """

    __slots__ = ("_act", "by", "limit", "opening", "over", "reward", "taken")

    def __init__(self, environment: Environment) -> None:
        """Begin an episode."""
        self.opening = _kept(environment.reset())
        self.by = environment.by
        self.limit = environment.limit
        self.taken = 0
        self.reward = 0.0
        self.over = self.opening.done or self.limit < 1
        # Only the one function is kept, so that neither the record nor the score is an attribute away.
        self._act: Callable[[str], Turn] = environment.step

    @property
    def left(self) -> int:
        """Actions that are left."""
        return 0 if self.over else self.limit - self.taken

    def step(self, action: str) -> Turn:
        """Act once; the last one that the limit allows is ``done``, whatever the environment says.

        Raises:
            ValueError: It is over.
            ModelError: A model that plays a part failed; the action does not count as taken.
        """
        if self.over:
            raise ValueError(f"the encounter is over after {self.taken} actions")
        turn = _kept(self._act(action))
        self.taken += 1
        self.reward += turn.reward
        self.over = turn.done or self.taken >= self.limit
        return msgspec.structs.replace(turn, done=self.over)


def _kept(turn: Turn) -> Turn:
    """A turn that can be kept: half a character (a lone surrogate), which a model may say, becomes a question mark."""
    return msgspec.structs.replace(turn, text=turn.text.encode("utf-8", "replace").decode())


# What a method lacks that asks a patient, or orders tests, where nobody answers.
NO_PATIENT = "asks a patient, and there is none; run it on a benchmark with one: mediq"
NO_RECORD = "asks for tests, and nobody answers; run it on a benchmark with a record, such as medr-bench-staged"


def encounter(task: Task[Any], lack: str) -> Encounter:
    """Whom a method of dialogue meets.

    Args:
        task: The task.
        lack: What to say where there is nobody: :data:`NO_PATIENT` or :data:`NO_RECORD`.

    Raises:
        UserError: There is nobody.
    """
    met = task.ctx.environment
    if met is None:
        raise UserError(f"{task.name} {lack}")
    return met


def consult(task: Task[Any], met: Encounter, question: str, *, by: str, evidence: tuple[Evidence, ...] = ()) -> Turn:
    """Ask, and keep question and reply as steps of the task.

    Args:
        task: Whose steps they become.
        met: Who is asked.
        question: What is asked.
        by: Who asks.
        evidence: What the question rests on.
    """
    number = met.taken + 1
    heard = met.step(question)
    task.note(
        Step(kind="question", claim=question, by=by, turn=number, id=f"q{number}", evidence=evidence),
        Step(
            kind="reply",
            claim=heard.text or "(said nothing)",
            by=met.by,
            turn=number,
            id=f"r{number}",
            links=(Link(f"q{number}", "answers"),),
            evidence=heard.evidence,
            unread="unread" in heard.notes,
        ),
    )
    return heard
