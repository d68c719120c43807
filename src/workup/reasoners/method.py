"""What the methods of this folder have in common: checked options, refusals, the account of what was asked and read.

A method says what it is in a few lines: its options, its prompts, and ``work``, which turns a :class:`Task` into a
:class:`~workup.reasoning.Reasoning`. Unreadable replies give no answer, never an error; a model that fails raises
:class:`~workup.errors.ModelError`, as that attempt may be tried again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar, cast, get_args

import msgspec

from workup import __version__
from workup.case import Case, Form, Question
from workup.errors import Issue, UserError
from workup.evaluation import parse
from workup.models.limits import Budget, add_usage
from workup.models.model import Generation, Message, ToolSpec
from workup.reasoner import Context
from workup.reasoners import asking
from workup.reasoners.blocks.budget import BudgetOptions, Spent, spend
from workup.reasoners.blocks.evidence import EvidenceStore
from workup.reasoners.blocks.moves import sendable
from workup.reasoners.options import Options, options_of
from workup.reasoning import Answer, Level, Reasoning, Step, Usage
from workup.text.orders import orders

_T = TypeVar("_T")


OptionsT = TypeVar("OptionsT", bound=Options)


class Task(Generic[OptionsT]):
    """One case on its way through a method.

    Attributes:
        name: The method.
        case: The blinded case.
        question: What is asked about it.
        ctx: Model, sampling and seed.
        options: Options of the method, checked.
        usage: What the model took so far.
        issues: What a reader must know, by what it is about.
        steps: What was said and done so far.
        evidence: What was found so far.
        best: The best answer so far, for when the budget is spent.
        unread: How many replies of each role could not be read.
        extensions: What the method adds to the result, whichever way it ends.
    """

    def __init__(self, name: str, case: Case, question: Question, ctx: Context, options: OptionsT) -> None:
        self.name = name
        self.case = case
        self.question = question
        self.ctx = ctx
        self.options = options
        self.usage = Usage()
        self.issues: dict[str, Issue] = {}
        self.refused = False
        self.versions = {"workup": __version__}
        self.steps: list[Step] = []
        self.evidence = EvidenceStore()
        self.best: Answer | None = None
        self.unread: dict[str, int] = {}
        self._screened: set[str] = set()
        self.extensions: dict[str, Any] = {}
        self.budget = options.budget() if isinstance(options, BudgetOptions) else Budget()

    def messages(
        self,
        instruction: str,
        *,
        question: Question | None = None,
        before: Sequence[Message] = (),
        data: Sequence[str] = (),
    ) -> tuple[Message, ...]:
        """The case as messages, see :func:`workup.reasoners.asking.messages`; orders that stand in it are reported."""
        self.screen(asking.shown(self.case, question or self.question), "the case")
        for part in data:
            self.screen(part, "what was shown beside it")
        return asking.messages(self.case, question or self.question, instruction, before=before, data=data)

    def screen(self, text: str, where: str) -> None:
        """Report words that read like an order to a model, so that no answer follows one unseen."""
        if text in self._screened:
            return
        self._screened.add(text)
        if found := orders(text):
            words = " … ".join(f"“{words[:80]}”" for _, _, words in found[:3])
            self.issues[f"order:{where}"] = Issue(
                message=f"words in {where} read like an order to a model: {words}",
                remedy="look at them; the answer may follow them",
                code="order",
            )

    def ask(self, messages: Sequence[Message], *, n: int = 1, temperature: float | None = None) -> list[str]:
        """Words of ``n`` replies; see :meth:`generate`."""
        texts = [generation.text for generation in self.generate(messages, n=n, temperature=temperature)]
        # A model that gives fewer replies than it was asked for has said nothing in the others.
        return texts + [""] * (n - len(texts))

    def generate(
        self,
        messages: Sequence[Message],
        *,
        n: int = 1,
        temperature: float | None = None,
        max_tokens: int | None = None,
        prefix: str | None = None,
        logprobs: int = 0,
        tools: Sequence[ToolSpec] = (),
        stop: Sequence[str] = (),
    ) -> tuple[Generation, ...]:
        """Replies of the model, at most ``n``.

        Args:
            messages: What is asked.
            n: How many replies.
            temperature: How freely to draw; None for as the context says. Draws are seeded, and so can be repeated.
            max_tokens: Longest reply; None for as the context says.
            prefix: Words that the reply continues.
            logprobs: How many likeliest alternatives to give for each token.
            tools: What the model may ask for.
            stop: Further texts that end a reply.

        Raises:
            UserError: There is no model.
            ModelError: The model failed.
            Spent: The budget of the case is spent; the method ends (:meth:`Method.reason`).
        """
        model = self.ctx.model
        if model is None:
            raise UserError(f"{self.name} needs a language model; name one: --model NAME")
        sampling = self.ctx.sampling
        if temperature is not None:
            sampling = msgspec.structs.replace(sampling, temperature=temperature)
        if max_tokens is not None:
            sampling = msgspec.structs.replace(sampling, max_tokens=max_tokens)
        if stop:
            sampling = msgspec.structs.replace(sampling, stop=(*sampling.stop, *stop))
        if sampling.seed is None and sampling.temperature > 0:
            sampling = msgspec.structs.replace(sampling, seed=self.ctx.seed)
        spend(self.budget, n)
        reply = model.generate(
            tuple(messages), tools=tuple(tools), n=n, sampling=sampling, prefix=prefix, logprobs=logprobs
        )
        self.usage = add_usage(self.usage, reply.usage)
        self.budget.add(reply.usage)
        for issue in reply.issues:
            self.issues.setdefault(issue.code, issue)
        for generation in reply.generations:
            if max_tokens is None or generation.finish != "length":
                self._note(generation)
        return tuple(_encodable(generation) for generation in reply.generations[:n])

    def _note(self, generation: Generation) -> None:
        if generation.finish == "length":
            message = "a reply was cut at max_tokens"
            self.issues.setdefault("cut", Issue(message=message, remedy="allow more tokens", code="cut"))
        elif generation.finish == "refusal":
            self.refused = True
            self.issues.setdefault("refusal", Issue(message="the model refused to reply", code="refusal"))

    def note(self, *steps: Step) -> None:
        """Keep steps, in order."""
        self.steps.extend(steps)

    def read(self, text: str, question: Question | None = None) -> Answer | None:
        """The answer in a reply; None when there is none to be read."""
        asked = question or self.question
        if asked.form == "correction":
            # The reader knows corrections without the mark that the prompts ask for.
            text = text.rpartition("Answer:")[2]
        return parse.to_answer(parse.answer(text, asked), asked)

    def reasoning(self, answer: Answer | None, *, text: str = "", steps: Sequence[Step] = ()) -> Reasoning:
        """The result, with what it cost.

        Args:
            answer: The answer; None when none could be read.
            text: The words from which it was read.
            steps: What came before it, after the steps that were kept.
        """
        return Reasoning(
            reasoner=self.name,
            answer=answer,
            abstained="the model refused to reply" if answer is None and self.refused else "",
            steps=(*self.steps, *steps),
            issues=tuple(self.issues.values()),
            usage=self.usage,
            versions=self.versions,
            text=text,
            extensions=dict(self.extensions),
        )

    def abstains(self, why: str) -> Reasoning:
        """No answer, and why."""
        return msgspec.structs.replace(self.reasoning(None), abstained=why)


def _encodable(generation: Generation) -> Generation:
    """A reply that can be kept: half a character, as a reply cut within one may end with, becomes a question mark."""
    calls = tuple(
        msgspec.structs.replace(
            call, name=sendable(call.name), arguments=sendable(call.arguments), id=sendable(call.id)
        )
        for call in generation.tool_calls
    )
    return msgspec.structs.replace(generation, text=sendable(generation.text), tool_calls=calls)


def all_but(*forms: Form, why: str) -> dict[Form, str]:
    """What a method refuses that takes some forms of questions alone.

    >>> all_but("choice", "label", why="it chooses")["number"]
    'it chooses'
    """
    return {form: why for form in get_args(Form) if form not in forms}


class Method(Generic[OptionsT]):
    """A method: checks its options, refuses what it cannot take, and works on the rest. Used from several threads.

    Attributes:
        name: Name it is registered under.
        prompts: Every word that it may say to a model, for the digest that is kept with an attempt.
        options: Type of its options.
        refuses: Forms of questions that it cannot take, and why.
        needs: What has to be given, see :class:`workup.about.About`.
    """

    name: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ("model",)
    prompts: ClassVar[Mapping[str, object]] = {}
    options: ClassVar[type[Options]] = Options
    refuses: ClassVar[Mapping[Form, str]] = {}

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: dict[tuple[Any, ...], Any] = {}

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        """Reason about one blinded case.

        Raises:
            UserError: An option is wrong, or the method needs a model and has none.
            ModelError: The model failed.
        """
        options = cast(OptionsT, options_of(self.name, self.options, ctx.options))
        question = asking.question_of(case)
        task = Task(self.name, case, question, ctx, options)
        if why := self.refuses.get(question.form, "") or self.unfit(case, question):
            return task.abstains(why)
        try:
            return self.work(task)
        except Spent as spent:
            return self.cut_short(task, str(spent))

    def cut_short(self, task: Task[OptionsT], why: str) -> Reasoning:
        """End a case whose budget is spent, with the best answer so far."""
        remedy = "allow more, or take the answer as a first one"
        task.issues["budget"] = Issue(message=f"ended early: {why}", remedy=remedy, code="budget")
        reasoning = task.reasoning(task.best)
        if task.best is None and not reasoning.abstained:
            return msgspec.structs.replace(reasoning, abstained=f"ended before there was an answer: {why}")
        return reasoning

    def unfit(self, case: Case, question: Question) -> str:
        """Why a case cannot be worked on; empty when it can."""
        return asking.unfit(case, question)

    def work(self, task: Task[OptionsT]) -> Reasoning:
        """Work on a case that the method can take."""
        raise NotImplementedError

    def once(self, key: tuple[Any, ...], make: Callable[[], _T]) -> _T:
        """What ``make`` gives, made at the first call with ``key`` and kept."""
        with self._lock:
            if key not in self._made:
                self._made[key] = make()
            return cast(_T, self._made[key])


def level_of(question: Question) -> Level:
    """What kind of answer a question of this form gets."""
    levels: dict[Form, Level] = {
        "choice": "option",
        "choices": "option",
        "label": "label",
        "diagnosis": "list",
        "number": "number",
    }
    return levels.get(question.form, "text")


def chosen(question: Question, key: str, probability: float) -> Answer:
    """An answer that was chosen without reading words."""
    text = question.options.get(key, key)
    return Answer(level=level_of(question), text=text, ids=(key,), probability=min(max(probability, 0.0), 1.0))
