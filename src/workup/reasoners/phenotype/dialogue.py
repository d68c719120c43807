"""A dialogue: ask the best question, take the answer, rank again, until the differential is decided.

Nothing here reads a keyboard or prints; ``workup ask`` does that.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from workup.case import Case
from workup.errors import UserError
from workup.reasoners.phenotype.choosing import entropy
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.questions import Differential, differential, next_questions, with_answer
from workup.reasoning import NextQuestion, Standing

Reply = Literal["yes", "no", "unknown"]
_STATUS = {"yes": "present", "no": "excluded", "unknown": "unknown"}
# The leader is this probable: further questions would change little.
DECIDED = 0.9
# Questions that gain less, in bits, are not worth the patient's time.
_LEAST_GAIN = 0.005
_SHOWN = 5


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One question with its answer.

    Attributes:
        finding: HPO id of the finding asked for.
        label: Its label.
        kind: Whether it was asked, examined or tested.
        answer: What was answered.
        gain: Expected gain of the question when it was asked, in bits.
        entropy: Entropy of the differential after the answer, in bits.
        leaders: The first diseases after the answer.
    """

    finding: str
    label: str
    kind: str
    answer: Reply
    gain: float
    entropy: float
    leaders: tuple[Standing, ...]


class Dialogue:
    """The state of a dialogue.

    Attributes:
        engine: The engine.
        case: The case with the answers so far.
        turns: The answers so far.
    """

    def __init__(self, engine: Engine, case: Case, *, weigh_cost: bool = True) -> None:
        self.engine = engine
        self.case = case
        self.turns: list[Turn] = []
        self._before: list[Case] = []
        self._skipped: set[str] = set()
        self._weigh_cost = weigh_cost
        self._now: Differential | None = None
        self._question: NextQuestion | None = None

    @property
    def now(self) -> Differential:
        """The differential with the answers so far."""
        if self._now is None:
            self._now = differential(self.engine, self.case)
        return self._now

    @property
    def entropy(self) -> float:
        """Entropy of the differential, in bits."""
        return entropy(self.now.outcomes)

    def leaders(self, count: int = _SHOWN) -> tuple[Standing, ...]:
        """The first diseases, with the probability before the last answer."""
        before = differential(self.engine, self._before[-1]).posterior if self._before else self.now.posterior
        diseases, candidates = self.engine.knowledge.diseases, self.engine.profiles.candidates
        return tuple(
            Standing(
                id=diseases.ids[int(candidates[place])],
                label=diseases.names[int(candidates[place])],
                place_before=int((before > before[place]).sum()) + 1,
                before=float(before[place]),
                after=float(self.now.posterior[place]),
            )
            for place in self.now.leaders[:count].tolist()
        )

    def decided(self) -> bool:
        """Whether the leading disease is so probable that no more questions are asked."""
        return float(self.now.posterior[self.now.leaders[0]]) >= DECIDED

    def question(self) -> NextQuestion | None:
        """The best question that was not skipped; None when none is worth asking."""
        if self._question is None:
            found = next_questions(self.engine, self.case, 1, weigh_cost=self._weigh_cost, without=self._skipped)
            self._question = found[0] if found and found[0].gain >= _LEAST_GAIN else None
        return self._question

    def answer(self, reply: Reply) -> Turn:
        """Answer the question at hand.

        Raises:
            UserError: There is no question.
        """
        question = self.question()
        if question is None:
            raise UserError("there is no question to answer")
        self._before.append(self.case)
        self._change(with_answer(self.case, question.finding, _STATUS[reply], question.label))
        turn = Turn(
            finding=question.finding,
            label=question.label,
            kind=question.kind,
            answer=reply,
            gain=question.gain,
            entropy=self.entropy,
            leaders=self.leaders(),
        )
        self.turns.append(turn)
        return turn

    def skip(self) -> None:
        """Go on to another question; nothing is noted in the case."""
        question = self.question()
        if question is not None:
            self._skipped.add(question.finding)
            self._question = None

    def undo(self) -> bool:
        """Take back the last answer; False when there is none."""
        if not self._before:
            return False
        self._change(self._before.pop())
        self.turns.pop()
        return True

    def _change(self, case: Case) -> None:
        self.case = case
        self._now = None
        self._question = None
