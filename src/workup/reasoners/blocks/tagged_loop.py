"""An agent in a loop: generate to a tag or a tool call, act, observe, and so on until there is an answer.

    reply     Is it renally cleared? [TOOL_CALLS] [{"name": "label", "arguments": {"drug": "X"}}]
    act       label(drug="X")  ->  "... excreted unchanged ..."      kept as evidence E1
    observe   <result> {"content": "... excreted unchanged ...", "cite": "E1"} </result>
    reply     Halve the dose [E1]. [FinalAnswer] B

Only what the model has just written is read for calls and answers. What a tool, a document or a patient says is data:
it stands between marks, its own marks are taken apart, and it can start nothing. The loop ends with an answer, when the
rounds or calls are used up, or when the agent repeats itself; then one last question asks for an answer from what there
is (the forced finish). A spent budget ends the method, as everywhere (:mod:`workup.reasoners.blocks.budget`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Literal

import msgspec

from workup.errors import Issue
from workup.knowledge.tools.toolbox import call_key
from workup.models.model import Generation, Message, ToolCall, ToolSpec
from workup.reasoners.asking import marked, plain
from workup.reasoners.blocks.moves import CALLS, FINAL, Move, Read, neutral
from workup.reasoners.method import Task
from workup.reasoning import Evidence, Step

Why = Literal["answered", "rounds", "calls", "repeated thought", "repeated action", "too long"]
Guard = Literal[
    "end",  # the first repetition ends the loop
    "tell",  # the first is told to the agent, the second ends the loop
    "off",
]
Style = Literal[
    "chat",  # turns of a conversation
    "inline",  # one growing reply, results written into it
]
UNREAD = "Your reply could not be used: {problem}."
REPEATED = "You have done exactly this before. Do something else, or give your answer."
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one action.

    Attributes:
        text: What the agent is told; data.
        claim: The same in a line, for the reasoning's step; the text when empty.
        evidence: Where it can be looked up.
        answer: The final answer, when the action was to give it.
        refused: Whether the action was not allowed.
    """

    text: str
    claim: str = ""
    evidence: tuple[Evidence, ...] = ()
    answer: str | None = None
    refused: bool = False


Act = Callable[[ToolCall, Move], Observation]


class Turn(msgspec.Struct):
    """One round: what the agent said, and what it was told. May be shortened by ``before``.

    Attributes:
        move: What was read.
        text: The words that stay in the conversation.
        told: For each call its id and what was observed; one without a call when the reply could not be used.
    """

    move: Move
    text: str
    told: list[tuple[str, str]]


class Trace(msgspec.Struct, kw_only=True):
    """How a loop went.

    Attributes:
        why: Why it ended.
        answer: The final words; None when there are none.
        forced: Whether they were asked for at the end.
        rounds: Replies read, the forced one aside.
        calls: Every call that was carried out or refused, in order, and whether it was refused.
        turns: The rounds.
        text: The last reply.
    """

    why: Why = "rounds"
    answer: str | None = None
    forced: bool = False
    rounds: int = 0
    calls: list[tuple[ToolCall, bool]] = []
    turns: list[Turn] = []
    text: str = ""


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    """The last question of a loop that ended without an answer.

    Attributes:
        instruction: What the agent is told.
        prefix: Words that its reply continues, such as the mark of an answer.
    """

    instruction: str
    prefix: str = ""


class TaggedLoop:
    """Rounds of an agent. Holds no state of a case.

    Attributes:
        by: Who acts, as steps name it.
        read: Reads a reply.
        rounds: Most rounds.
        calls: Most calls; None for no limit.
        guard: What becomes of an agent that repeats itself.
        consecutive: Whether only a repetition of the round before counts.
        style: How the conversation is written.
        mark: Between which marks observations stand.
        marks: Marks that observations must not hold.
        stop: Texts that end a reply.
        closing: The last question, if any.
    """

    def __init__(
        self,
        by: str,
        read: Read,
        *,
        rounds: int = 20,
        calls: int | None = None,
        guard: Guard = "end",
        consecutive: bool = False,
        style: Style = "chat",
        mark: str = "result",
        marks: Sequence[str] = (CALLS, FINAL, "<tool_call>", "</tool_call>"),
        stop: Sequence[str] = (),
        closing: Closing | None = None,
        unread: str = UNREAD,
    ) -> None:
        """Set the rules of a loop.

        Args:
            by: Who acts.
            read: Reads a reply.
            rounds: Most rounds.
            calls: Most calls.
            guard: What becomes of an agent that repeats itself.
            consecutive: Whether only a repetition of the round before counts.
            style: How the conversation is written.
            mark: Name of the marks around observations.
            marks: Marks that observations must not hold.
            stop: Texts that end a reply.
            closing: The last question.
            unread: What is said of a reply that cannot be used; ``{problem}`` says why.
        """
        self.by = by
        self.read = read
        self.rounds = rounds
        self.calls = calls
        self.guard = guard
        self.consecutive = consecutive
        self.style = style
        self.mark = mark
        self.marks = tuple(marks)
        self.stop = tuple(stop)
        self.closing = closing
        self.unread = unread

    def run(
        self,
        task: Task[Any],
        frame: Callable[[], Sequence[Message]],
        act: Act,
        *,
        tools: Callable[[], Sequence[ToolSpec]] = tuple,
        before: Callable[[list[Turn]], bool] | None = None,
        first_turn: int = 1,
    ) -> Trace:
        """Run the loop on one case.

        Args:
            task: The case and the model.
            frame: The messages before the first round; asked for in each round, as the tools in them may change.
            act: Carries out a call. A call that may not be made is an observation too, marked as refused.
            tools: What is offered through the interface in this round.
            before: Called before each reply with the rounds so far, which it may shorten; True ends the loop.
            first_turn: Number of the first round in the reasoning's steps.

        Raises:
            Spent: The budget of the case is spent.
        """
        trace = Trace(calls=[], turns=[])
        repeats = _Repeats(self.consecutive)
        told = False
        while trace.rounds < self.rounds:
            if before is not None and before(trace.turns):
                trace.why = "too long"
                break
            turn = first_turn + trace.rounds
            generation = self._reply(task, frame(), trace.turns, tools())
            move = self._with_ids(self.read(generation), task, turn)
            trace.rounds += 1
            trace.text = generation.text
            self._note_thought(task, move, turn)
            if not move.calls and move.answer is not None:
                trace.why, trace.answer = "answered", move.answer
                return trace
            kept = generation.text if move.kept is None else move.kept
            again = repeats.seen(move) if self.guard != "off" else ""
            if again and (self.guard == "end" or told):
                trace.why = "repeated thought" if again == "thought" else "repeated action"
                break
            if again or move.problem:
                told = told or bool(again)
                words = REPEATED if again else self.unread.format(problem=move.problem)
                # A call through the interface needs its answer, or the next request is refused.
                ids = [call.id for call in move.calls] if move.native else [""]
                trace.turns.append(Turn(move, kept, [(name, words) for name in ids]))
                continue
            observed, answer = self._act(task, act, move, turn, trace)
            trace.turns.append(Turn(move, kept, observed))
            if answer is not None:
                trace.why, trace.answer = "answered", answer
                return trace
            if self.calls is not None and len(trace.calls) >= self.calls:
                trace.why = "calls"
                break
        if self.closing is not None:
            self._close(task, frame(), trace, first_turn)
        return trace

    def _act(
        self, task: Task[Any], act: Act, move: Move, turn: int, trace: Trace
    ) -> tuple[list[tuple[str, str]], str | None]:
        observed: list[tuple[str, str]] = []
        for number, call in enumerate(move.calls, 1):
            if self.calls is not None and len(trace.calls) >= self.calls:
                observed.append((call.id, "not carried out: no calls are left"))
                continue
            observation = act(call, move)
            task.screen(observation.text, "what a tool gave")
            trace.calls.append((call, observation.refused))
            observed.append((call.id, observation.text))
            claim = observation.claim or observation.text
            task.note(
                Step(
                    kind="tool",
                    claim=f"{call_key(call.name, call.arguments)}: {claim}",
                    by=call.name[:100],
                    turn=turn,
                    id=f"call-{turn}-{number}",
                    evidence=observation.evidence,
                )
            )
            if observation.refused:
                message = f"a call of {call.name[:100]} was refused: {claim}"
                task.issues.setdefault(f"refused:{call.name}", Issue(message=message, code="refused_call"))
            if observation.answer is not None:
                return observed, observation.answer
        return observed, None

    def _note_thought(self, task: Task[Any], move: Move, turn: int) -> None:
        said = move.thought or move.answer or ""
        if said or move.problem:
            claim = said or f"(nothing that can be used: {move.problem})"
            task.note(Step(kind="thought", claim=claim, by=self.by, turn=turn, unread=bool(move.problem)))
        if move.problem:
            task.unread[self.by] = count = task.unread.get(self.by, 0) + 1
            what = "reply" if count == 1 else "replies"
            message = f"{count} {what} of the {self.by} could not be read: no call and no answer"
            task.issues[f"unread:{self.by}"] = Issue(message=message, code="unread", severity="info")

    def _reply(
        self, task: Task[Any], frame: Sequence[Message], turns: Sequence[Turn], tools: Sequence[ToolSpec]
    ) -> Generation:
        messages, prefix = self.conversation(frame, turns)
        found = task.generate(messages, tools=tools, prefix=prefix or None, stop=self.stop)
        return found[0] if found else Generation(text="")

    def conversation(self, frame: Sequence[Message], turns: Sequence[Turn]) -> tuple[list[Message], str]:
        """The conversation so far: its messages, and the words that the next reply continues."""
        messages = list(frame)
        if self.style == "inline":
            return messages, "".join(
                turn.text + "".join(self._block(words) for _, words in turn.told) for turn in turns
            )
        for turn in turns:
            if turn.move.native:
                messages.append(Message(role="assistant", content=turn.text, tool_calls=turn.move.calls))
                messages += [
                    Message(role="tool", content=plain(neutral(words, self.marks)), tool_call_id=name)
                    for name, words in turn.told
                ]
                continue
            messages.append(Message(role="assistant", content=turn.text or "(nothing)"))
            messages.append(Message(role="user", content="\n\n".join(self._block(words) for _, words in turn.told)))
        return messages, ""

    def _block(self, words: str) -> str:
        words = neutral(words, self.marks)
        if self.style == "inline":
            inner = neutral(words, (f"<{self.mark}>", f"</{self.mark}>"))
            return f"\n<{self.mark}>{inner}</{self.mark}>\n"
        return marked(self.mark, words)

    def _close(self, task: Task[Any], frame: Sequence[Message], trace: Trace, first_turn: int) -> None:
        """Ask for an answer from what there is; a call in the reply is not carried out."""
        assert self.closing is not None
        messages, prefix = self.conversation(frame, trace.turns)
        messages.append(Message(role="user", content=self.closing.instruction))
        found = task.generate(messages, prefix=(prefix + self.closing.prefix) or None, stop=self.stop)
        text = found[0].text if found else ""
        move = self.read(Generation(text=self.closing.prefix + text))
        words = move.answer if move.answer is not None else text.partition(CALLS)[0].strip()
        trace.forced, trace.text = True, text
        trace.answer = words or None
        claim = f"asked to answer at once ({trace.why}): {words or '(said nothing)'}"
        turn = first_turn + trace.rounds
        task.note(Step(kind="decision", claim=claim, by=self.by, turn=turn, unread=not words))
        message = f"the {self.by} did not finish by itself ({trace.why}) and was asked to answer from what there was"
        task.issues[f"forced:{self.by}"] = Issue(message=message, code="forced_finish", severity="info")

    @staticmethod
    def _with_ids(move: Move, task: Task[Any], turn: int) -> Move:
        """Each call under an id; the same case and seed give the same ids."""
        if all(call.id for call in move.calls):
            return move
        calls = tuple(
            call if call.id else msgspec.structs.replace(call, id=call_id(f"{task.ctx.seed} {turn} {number}"))
            for number, call in enumerate(move.calls)
        )
        return msgspec.structs.replace(move, calls=calls)


class _Repeats:
    """What an agent has thought and done before."""

    def __init__(self, consecutive: bool) -> None:
        self._consecutive = consecutive
        self._before: set[str] = set()

    def seen(self, move: Move) -> str:
        """``thought`` or ``action`` when the move repeats one; it is remembered in any case."""
        thought = " ".join(move.thought.split()).casefold()
        # Finish, say, needs no arguments: an action is repeated only when there is one.
        action = "; ".join(call_key(call.name, call.arguments) for call in move.calls)
        now = {"thought": thought and f"thought {thought}", "action": action and f"action {action}"}
        found = next((kind for kind, key in now.items() if key and key in self._before), "")
        keys = {key for key in now.values() if key}
        self._before = keys if self._consecutive else self._before | keys
        return found


def call_id(seed: str) -> str:
    """Nine letters and digits, as the interface of some models wants them.

    >>> call_id("0 1 0")
    'LwspRi3Tn'
    """
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    letters = ""
    for _ in range(9):
        number, place = divmod(number, len(_ALPHABET))
        letters += _ALPHABET[place]
    return letters
