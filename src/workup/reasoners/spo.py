"""Self-supervised prompt optimisation: a model improves its own prompt by comparing outputs, without right answers.

Paper: Xiang et al. 2025 (arXiv 2502.06855); a baseline of MedAgentsBench (arXiv 2503.07459; system 19).

    round 1  optimiser, shown the best prompt and its outputs: "Name the finding that decides, then ..."
             the new prompt answers the same questions; both sets of outputs are compared four times, in either order
             three comparisons of four go to the new one: it is the best prompt now
    cases    every case is answered with the prompt that was best after all rounds

The search reads questions of the training file, never their answers. It takes place once, and is charged to the case
that comes first; with the option ``prompt``, a file that holds a prompt found before (:func:`search`), there is none,
and a run is the same with any number of workers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Annotated

import msgspec
from msgspec import Meta

from workup.case import Case, Question
from workup.errors import DataError, UserError
from workup.io.safe import decode_text, open_source
from workup.models.limits import Budget, add_usage
from workup.reasoner import Context
from workup.reasoners import asking
from workup.reasoners.blocks.budget import Spent
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import Member
from workup.reasoners.blocks.role import Role
from workup.reasoners.method import Method, Task
from workup.reasoners.training import TrainingOptions, read_training
from workup.reasoning import Reasoning, Step, Usage

START = "Think step by step: what matters in the case, what it speaks for and against."
END = 'Then end with one line: "Answer: " and then {wanted}.'
IMPROVE = """\
The draft above is a prompt. It was put after each of the questions above, and led to the replies above. Write a \
better prompt, which makes the replies to any question of this kind sounder; name no particular question or answer in \
it. {tried} Reply with the prompt alone, in at most 100 words."""
TRIED = "Prompts that the feedback above holds were tried and were no better. "
COMPARE = """\
Above are questions, each with two replies: number 1 of the first set, number 2 of the second. Which set of replies is \
sounder on the whole? Reply with one line and nothing else: "Answer: " and then A for the first or B for the second."""
WHICH = Question("Which set of replies is sounder?", {"A": "the first set", "B": "the second set"})
# Of each output, as much as is shown; of a prompt, as much as is kept.
SHOWN = 800
LONGEST = 1200


class SpoOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """How the search goes.

    Attributes:
        training: File of training questions; needed unless there is a prompt.
        reader: Name of the registered benchmark that reads it.
        prompt: File that holds a prompt; there is no search then.
        rounds: Prompts that are tried.
        questions: Training questions that each answers.
        comparisons: How often two sets of outputs are compared.
        search_calls: Most calls of the search; the best prompt so far is taken then.
        search_seed: Seed of the choice of questions and of the order of what is compared.
        search_temperature: How freely new prompts are drawn.
    """

    training: str = ""
    reader: str = "medqa"
    prompt: str = ""
    rounds: Annotated[int, Meta(ge=0, le=50)] = 10
    questions: Annotated[int, Meta(ge=1, le=20)] = 3
    comparisons: Annotated[int, Meta(ge=1, le=20)] = 4
    search_calls: Annotated[int, Meta(ge=1)] = 200
    search_seed: int = 0
    search_temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a search came to.

    Attributes:
        prompt: The best prompt.
        steps: What was tried, and how it compared.
        usage: What it took.
        sha256: Digest of the training file; empty when the prompt was given.
    """

    prompt: str
    steps: tuple[Step, ...] = ()
    usage: Usage = Usage()
    sha256: str = ""


def _prompt(text: str) -> str | None:
    """A prompt in a reply, without fences and quotation marks."""
    lines = [line for line in text.strip().splitlines() if not line.strip().startswith("```")]
    words = "\n".join(lines).strip().strip('"').strip()
    # It is what a model has written: it can hold no mark of ours, and no placeholder.
    return asking.plain(words.replace("{", "(").replace("}", ")"))[:LONGEST] or None


OPTIMISER = Role[str | None]("optimiser", IMPROVE, _prompt, None)
JUDGE = Member("judge", COMPARE)


class Spo(Method[SpoOptions]):
    """Chain of thought with a prompt that was searched for."""

    name = "spo"
    prompts = asking.prompts(start=START, end=END, improve=IMPROVE, tried=TRIED, compare=COMPARE, format=FORMAT)
    options = SpoOptions

    def work(self, task: Task[SpoOptions]) -> Reasoning:
        """Find the prompt, once, and answer with it."""
        options = task.options
        # What one case may cost is no limit of the search.
        key = ("prompt", msgspec.json.encode(options), task.ctx.model.name if task.ctx.model else "")
        made: list[Found] = []

        def make() -> Found:
            made.append(given(options) if options.prompt else search(task.ctx, options))
            return made[0]

        found = self.once(key, make)
        if made:
            task.usage = add_usage(task.usage, found.usage)
            task.note(*found.steps)
        if found.sha256:
            task.versions["training"] = found.sha256
        task.note(Step(kind="thought", claim=f"prompt: {found.prompt}", by="optimiser"))
        heard = Member("writer", f"{found.prompt}\n{END}").ask(task)
        task.note(heard.step("draft"))
        task.best = heard.value
        return task.reasoning(settled(task, heard.text, options.final_turn, heard.value), text=heard.text)


def given(options: SpoOptions) -> Found:
    """The prompt that a file holds.

    Raises:
        UserError: It cannot be read, or is empty.
    """
    try:
        with open_source(Path(options.prompt)) as source:
            words = _prompt(decode_text(source.read(), options.prompt))
    except (DataError, OSError) as error:
        raise UserError(f"spo cannot use the prompt: {error}") from error
    if words is None:
        raise UserError(f"spo cannot use the prompt: {options.prompt} is empty")
    return Found(prompt=words)


def search(ctx: Context, options: SpoOptions) -> Found:
    """Search for a prompt.

    Raises:
        UserError: There is no model, or the training file cannot be used.
        ModelError: The model failed.
    """
    if not options.training:
        raise UserError("spo needs the option training, a file of questions, or the option prompt")
    training = read_training(TrainingOptions(training=options.training, reader=options.reader), "spo")
    draw = Random(options.search_seed)
    places = draw.sample(range(len(training.cases)), min(options.questions, len(training.cases)))
    cases = [training.cases[place].blinded() for place in places]
    task = Task("spo", cases[0], asking.question_of(cases[0]), _seeded(ctx, options), options)
    task.budget = Budget(calls=options.search_calls)
    best, tried = START, list[str]()
    try:
        outputs = _outputs(task, cases, best)
        for turn in range(1, options.rounds + 1):
            new = _improved(task, cases, best, outputs, tried)
            if new is None or new in (best, *tried):
                task.note(Step(kind="vote", claim=f"round {turn}: no new prompt", turn=turn))
                continue
            after = _outputs(task, cases, new)
            wins, losses = _compared(task, cases, after, outputs, draw)
            verdict = "is taken" if wins > losses else "is left"
            task.note(Step(kind="vote", claim=f"round {turn}: {wins} to {losses}, {verdict}: {new}", turn=turn))
            if wins > losses:
                best, outputs, tried = new, after, []
            else:
                tried.append(new)
    except Spent as spent:
        task.note(Step(kind="vote", claim=f"the search ended early: {spent}"))
    return Found(prompt=best, steps=tuple(task.steps), usage=task.usage, sha256=training.sha256)


def _seeded(ctx: Context, options: SpoOptions) -> Context:
    """The seed of a case would make the search another one for each case."""
    return msgspec.structs.replace(ctx, seed=options.search_seed)


def _outputs(task: Task[SpoOptions], cases: Sequence[Case], prompt: str) -> list[str]:
    told = f"{prompt}\n{END}"
    return [task.ask(asking.messages(case, asking.question_of(case), told))[0] for case in cases]


def _shown(cases: Sequence[Case], *sets: Sequence[str]) -> list[str]:
    parts = []
    for place, case in enumerate(cases):
        parts.append(asking.shown(case, asking.question_of(case)))
        for number, outputs in enumerate(sets, 1):
            parts.append(asking.marked("answer", outputs[place][-SHOWN:], number))
    return parts


def _improved(
    task: Task[SpoOptions], cases: Sequence[Case], best: str, outputs: Sequence[str], tried: Sequence[str]
) -> str | None:
    """A new prompt. The questions are data here; what is asked is no question about any of them."""
    data = [asking.marked("draft", best), *_shown(cases, outputs)]
    data += [asking.marked("feedback", prompt) for prompt in tried[-3:]]
    told = IMPROVE.replace("{tried}", TRIED if tried else "")
    messages = asking.messages(Case(id="search"), Question("Which prompt is better?", form="text"), told, data=data)
    (text,) = task.ask(messages, temperature=task.options.search_temperature)
    return OPTIMISER.hear(task, text).value


def _compared(
    task: Task[SpoOptions], cases: Sequence[Case], new: Sequence[str], old: Sequence[str], draw: Random
) -> tuple[int, int]:
    """How often the new outputs are found sounder, and how often the old ones; each is first half of the time."""
    wins = losses = 0
    swapped = draw.random() < 0.5
    for _ in range(task.options.comparisons):
        swapped = not swapped
        data = _shown(cases, *((old, new) if swapped else (new, old)))
        messages = asking.messages(Case(id="search"), WHICH, COMPARE, data=data)
        heard = JUDGE.hear(task, task.ask(messages)[0], lambda text: task.read(text, WHICH))
        if heard.value is not None:
            won = heard.value.ids == (("B",) if swapped else ("A",))
            wins, losses = wins + won, losses + (not won)
    return wins, losses
