"""MediQ: a doctor who begins with the complaint alone asks a patient, one question a turn, until it is certain enough.

Paper: Li et al. 2024 (MediQ, NeurIPS; arXiv 2406.00922). Six experts, that differ in how they tell when to stop:

    implicit           one reply is a question or the answer; of n replies, an answer needs more answers than questions
    fixed              asks as long as it may
    binary             "confident? YES or NO"; a majority of n, a tie is NO
    numerical          a probability, then YES or NO; the YES or NO decides
    numerical-cutoff   a probability of at least 0.8, mean of n
    scale              one of five labels, 5 to 1 points, a mean of at least 4.0

Each turn begins with the answer as it would be now (a reply of its own), so that accuracy can be followed by turn.

    case      "A 40-year-old man has a painful toe."   question, options
    opinion   "Answer: B"       verdict  "DECISION: somewhat unconfident" -> ask
    question  "Have you had this before?"               reply  "He had two attacks last year."
    opinion   "Answer: A"       verdict  "DECISION: very confident"       -> answer A

The patient is :attr:`workup.reasoner.Context.environment`. What it says is data between marks, one line an exchange.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Annotated, ClassVar, Literal, TypeVar

import msgspec
from msgspec import Meta

from workup.case import Form
from workup.models.model import Message
from workup.reasoners import asking, voting
from workup.reasoners import mediq_reading as reading
from workup.reasoners.blocks.abstain import LABELS, Abstain, Decision, numerical, scale, stated
from workup.reasoners.blocks.budget import BudgetOptions
from workup.reasoners.blocks.environment import NO_PATIENT, Encounter, consult, encounter
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.method import Method, Task
from workup.reasoning import Answer, Reasoning

T = TypeVar("T")
DOCTOR = "doctor"

RATIONALE = 'First write one line that begins with "REASON: " and says why. '
ANSWER = """\
You are the doctor, and the dialogue is what the patient has told you so far. Assume that you know enough. \
End with one line: "Answer: " and then {wanted}."""
IMPLICIT = """\
You are the doctor, and the dialogue is what the patient has told you so far. Do one of two things: if you are \
confident, end with one line "Answer: " and then {wanted}; if something important is missing, write one short question \
to the patient instead, and nothing else."""
BINARY = """\
You are the doctor, and the dialogue is what the patient has told you so far. Are you confident enough to choose one \
of the options now, without asking the patient more? End with one line: "DECISION: YES" or "DECISION: NO"."""
NUMERICAL = """\
You are the doctor, and the dialogue is what the patient has told you so far. How likely is it that you would choose \
the right option now? End with one line: "PROBABILITY: " and then a number from 0 to 1."""
PROCEED = """\
Knowing that, do you choose now, without asking the patient more? \
End with one line: "DECISION: YES" or "DECISION: NO"."""
SCALE = f"""\
You are the doctor, and the dialogue is what the patient has told you so far. How confident are you that you would \
choose the right option now? End with one line: "DECISION: " and then one of: {", ".join(LABELS)}."""
QUESTION = """\
Something is missing. Ask the patient for the one thing that would help you most with the question and its options. \
Write one short question about one thing that was not asked before, and nothing else."""
ANYTHING_ELSE = "Is there anything about your complaint that you have not told me yet?"

Expert = Literal["implicit", "fixed", "binary", "numerical", "numerical-cutoff", "scale"]
TOLD: Mapping[str, str] = {"binary": BINARY, "numerical": NUMERICAL, "numerical-cutoff": NUMERICAL, "scale": SCALE}
# In the unit of each measure; the released command gives 0.8 to the scale as well, which then never abstains.
THRESHOLDS: Mapping[str, float] = {"numerical-cutoff": 0.8, "scale": 4.0}
_MAJORITY = Abstain(threshold=0.5, above=True, otherwise="ask")


class MediQOptions(BudgetOptions, frozen=True, kw_only=True):
    """Which expert, and how it is drawn.

    Attributes:
        expert: One of the six.
        rationale: Whether a line of reasons comes first.
        self_consistency: Replies drawn for each decision.
        max_questions: Most questions; None for as many as the patient allows (30).
        threshold: Of the numerical cut-off (0-1) or the scale (0-5); None for 0.8 and 4.0.
        independent: Whether the question is written without sight of the decision.
        policy: How strictly letters are read.
        temperature: How freely replies are drawn.
        top_p: From which share of the probability.
        reply_tokens: Longest reply.
        upstream_compatible: Read decisions and numbers, and set the threshold of the scale, as the released code does.
    """

    expert: Expert = "scale"
    rationale: bool = False
    self_consistency: Annotated[int, Meta(ge=1, le=100)] = 1
    max_questions: Annotated[int, Meta(ge=0)] | None = None
    threshold: Annotated[float, Meta(ge=0)] | None = None
    independent: bool = False
    policy: Literal["strict", "lenient"] = "strict"
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.6
    top_p: Annotated[float, Meta(gt=0, le=1)] = 0.9
    reply_tokens: Annotated[int, Meta(ge=1)] = 256
    upstream_compatible: bool = False


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the doctor stands at one turn; listed as ``positions`` in the reasoning's extensions.

    Attributes:
        answer: Key of the option it would choose; None when none could be read.
        confidence: On 0-1; None when nobody asked.
        value: The same in the unit of its measure.
    """

    answer: str | None = None
    confidence: float | None = None
    value: float | None = None


class MediQ(Method[MediQOptions]):
    """Asks until it is certain enough, or may not ask any more."""

    name = "mediq"
    needs = ("model", "environment")
    prompts = asking.prompts(
        answer=ANSWER,
        implicit=IMPLICIT,
        binary=BINARY,
        numerical=NUMERICAL,
        proceed=PROCEED,
        scale=SCALE,
        question=QUESTION,
        rationale=RATIONALE,
        fallback=ANYTHING_ELSE,
    )
    options = MediQOptions
    refuses: ClassVar[Mapping[Form, str]] = {"retrieval": "a ranking of documents is not what a patient is asked about"}

    def work(self, task: Task[MediQOptions]) -> Reasoning:
        """Consider, ask, consider again."""
        met, options = encounter(task, NO_PATIENT), task.options
        drawn = msgspec.structs.replace(
            task.ctx.sampling,
            temperature=options.temperature,
            top_p=options.top_p,
            max_tokens=options.reply_tokens,
        )
        task.ctx = msgspec.structs.replace(task.ctx, sampling=drawn)
        doctor = _Doctor(task, met)
        most = met.limit if options.max_questions is None else options.max_questions
        task.extensions["max_questions"] = min(most, met.limit)
        while met.taken < most and not met.over:
            question = doctor.question()
            if question is None:
                return doctor.answered()
            doctor.hear(consult(task, met, question, by=DOCTOR).text, question)
        doctor.consider()
        return doctor.answered()


class _Doctor:
    """One doctor at one case."""

    def __init__(self, task: Task[MediQOptions], met: Encounter) -> None:
        options = task.options
        self._task, self._met = task, met
        self._log: list[str] = []
        self._positions: list[Position] = []
        self._text = ""
        self._answer: Answer | None = None
        self._draw = random.Random(f"doctor {task.ctx.seed}")
        released = options.upstream_compatible
        self._read_question: Callable[[str], str | None] = reading.released_question if released else reading.question
        self._decides = _role("decision", reading.released_decision if released else reading.decision)
        self._estimates = _role("probability", reading.released_probability if released else reading.probability)
        self._labels = _role("confidence", reading.label)
        self._answers = _role("answer", reading.answer_reader(task.question, options.policy))
        default = 0.8 if released else THRESHOLDS.get(options.expert, 0.5)
        threshold = default if options.threshold is None else options.threshold
        self._rule = Abstain(threshold=threshold, otherwise="ask")

    def hear(self, reply: str, question: str) -> None:
        """Keep what was asked and said, one line each, so that neither can pass for the other."""
        self._log.append(f"Doctor: {' '.join(question.split())}\nPatient: {' '.join(reply.split())}")

    def question(self) -> str | None:
        """What to ask next; None when the doctor is certain enough to answer."""
        decision, writer = self.consider()
        return None if decision is not None and decision.answers else writer()

    def answered(self) -> Reasoning:
        """The answer of the last turn."""
        return self._task.reasoning(self._answer, text=self._text)

    def consider(self) -> tuple[Decision | None, Callable[[], str]]:
        """The answer as it would be now, how certain it is, and how a question would be written."""
        if self._task.options.expert == "implicit":
            return self._implicitly()
        self._opinion(self._ask(self._answers, ANSWER))
        expert = self._task.options.expert
        if expert == "fixed":
            return None, self._write
        messages = self._messages(self._told(TOLD[expert]))
        replies = self._task.ask(messages, n=self._task.options.self_consistency)
        if expert == "binary":
            confidence = stated([self._decides.hear(self._task, reply).value for reply in replies])
            decision = _MAJORITY.decide(confidence)
        elif expert == "scale":
            confidence = scale([self._labels.hear(self._task, reply).value for reply in replies])
            decision = self._rule.decide(confidence)
        else:
            confidence = numerical([self._estimates.hear(self._task, reply).value for reply in replies])
            decision = self._rule.decide(confidence)
            if expert == "numerical":
                proceed = [self._go_on(messages, reply, PROCEED) for reply in replies]
                said = stated([self._decides.hear(self._task, reply).value for reply in proceed])
                # The words decide; the number is what is reported.
                decision = msgspec.structs.replace(_MAJORITY.decide(said), confidence=confidence)
        self._verdict(decision)
        if self._task.options.independent:
            return decision, self._write
        return decision, lambda: self._written(self._go_on(messages, replies[0], QUESTION))

    def _implicitly(self) -> tuple[Decision | None, Callable[[], str]]:
        replies = self._task.ask(self._messages(self._told(IMPLICIT)), n=self._task.options.self_consistency)
        answers: list[Heard[Answer | None]] = []
        questions: list[str] = []
        for reply in replies:
            # Whatever holds a question mark is a question.
            if "?" in reading.without_reason(reply):
                if question := self._read_question(reply):
                    questions.append(question)
            else:
                heard = self._answers.hear(self._task, reply)
                answers += [heard] if heard.read else []
        told = [True] * len(answers) + [False] * len(questions)
        confidence = msgspec.structs.replace(stated(told or [None]), measure="implicit")
        decision = _MAJORITY.decide(confidence)
        if decision.answers:
            place, _ = voting.vote([heard.value for heard in answers])
            self._opinion(answers[place])
        else:
            self._opinion(self._ask(self._answers, ANSWER))
        self._verdict(decision)
        asked = self._draw.choice(questions) if questions else ""
        return decision, lambda: asked or self._write()

    def _opinion(self, heard: Heard[Answer | None]) -> None:
        """Keep the answer as it would be now."""
        turn = self._met.taken + 1
        self._answer, self._text = heard.value, heard.text
        self._task.note(msgspec.structs.replace(heard, by=DOCTOR).step("opinion", turn=turn, id=f"o{turn}"))
        self._task.best = heard.value or self._task.best
        self._positions.append(Position(answer=_key(heard.value)))
        self._task.extensions["positions"] = msgspec.to_builtins(self._positions)

    def _verdict(self, decision: Decision) -> None:
        """Keep how certain that answer is."""
        turn, confidence = self._met.taken + 1, decision.confidence
        self._task.note(decision.step(by=DOCTOR, turn=turn, about=f"o{turn}"))
        if self._answer is not None:
            self._answer = msgspec.structs.replace(self._answer, probability=confidence.share)
            self._task.best = self._answer
        self._positions[-1] = Position(_key(self._answer), confidence.share, confidence.value)
        self._task.extensions["positions"] = msgspec.to_builtins(self._positions)

    def _told(self, instruction: str) -> str:
        return (RATIONALE if self._task.options.rationale else "") + instruction

    def _messages(self, instruction: str) -> tuple[Message, ...]:
        data = [asking.marked("dialogue", exchange, number) for number, exchange in enumerate(self._log, 1)]
        return self._task.messages(instruction, data=data)

    def _ask(self, role: Role[T | None], instruction: str) -> Heard[T | None]:
        return role.hear(self._task, self._task.ask(self._messages(self._told(instruction)))[0])

    def _go_on(self, messages: tuple[Message, ...], reply: str, instruction: str) -> str:
        before = (*messages, Message(role="assistant", content=reply), Message(role="user", content=instruction))
        return self._task.ask(before)[0]

    def _write(self) -> str:
        return self._written(self._task.ask(self._messages(QUESTION))[0])

    def _written(self, reply: str) -> str:
        return Role("doctor's question", QUESTION, self._read_question, ANYTHING_ELSE).hear(self._task, reply).value


def _role(name: str, read: Callable[[str], T | None]) -> Role[T | None]:
    return Role[T | None](f"doctor's {name}", "", read, None)


def _key(answer: Answer | None) -> str | None:
    return answer.ids[0] if answer is not None and answer.ids else None
