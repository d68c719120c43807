"""Medprompt, as a baseline: several chains of thought on shuffled options, then votes on shuffled candidates.

Papers: Nori et al. 2023 (arXiv 2311.16452), who shuffle the options; MedAgentsBench (arXiv 2503.07459; system 19),
which draws three candidates and takes three votes in shuffled order. At temperature 0 the shuffled options make the
candidates differ. The nearest worked examples, the third part of Medprompt, are ``few-shot`` with ``select=nearest``.

    candidate 1  options C A B: "Answer: B", which is A there     candidate 2  options B C A: "Answer: A", which is B
    vote 1       A. candidate 2  B. candidate 1: "Answer: B", for candidate 1, so for A
"""

from __future__ import annotations

from random import Random
from typing import Annotated

import msgspec
from msgspec import Meta

from workup.case import Question
from workup.reasoners import asking
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import Member, labelled
from workup.reasoners.blocks.role import Heard
from workup.reasoners.blocks.rulings import agreed, majority
from workup.reasoners.chain_of_thought import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoning import Answer, Reasoning, Step

VOTE = """\
The options above are candidate solutions to the question, in no order. Check the reasons of each. Reply with one line \
and nothing else: "Answer: " and then the letter of the best candidate."""
# Of each candidate, as much as a voter is shown.
SHOWN = 1500


class MedpromptOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """How many candidates and votes, how freely candidates are drawn, and whether they see the options shuffled."""

    candidates: Annotated[int, Meta(ge=1, le=20)] = 3
    votes: Annotated[int, Meta(ge=1, le=20)] = 3
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.0
    shuffle_options: bool = True


class Medprompt(Method[MedpromptOptions]):
    """Candidates, votes on them in shuffled order, every permutation undone before anything is counted."""

    name = "medprompt"
    prompts = asking.prompts(instruction=INSTRUCTION, vote=VOTE, format=FORMAT)
    options = MedpromptOptions

    def work(self, task: Task[MedpromptOptions]) -> Reasoning:
        """Draw candidates, vote."""
        options, question = task.options, task.question
        draw = Random(f"{task.ctx.seed} {question.text}")
        candidates = [self._candidate(task, number, draw) for number in range(1, options.candidates + 1)]
        task.best = majority(candidates).answer
        if agreed(candidates) or task.best is None:
            # Whatever is voted for, the answer is the same; nothing is voted on when nothing could be read.
            ruling = majority(candidates)
        else:
            able = [one for one in candidates if one.value is not None]
            ballots = [self._vote(task, able, number, draw) for number in range(1, options.votes + 1)]
            ruling = majority(ballots) if any(one.value for one in ballots) else majority(candidates)
        task.note(ruling.step())
        text = ruling.text or candidates[-1].text
        return task.reasoning(settled(task, text, options.final_turn, ruling.answer), text=text)

    def _candidate(self, task: Task[MedpromptOptions], number: int, draw: Random) -> Heard[Answer | None]:
        """A chain of thought on the options in an order of its own."""
        asked, back = task.question, dict[str, str]()
        if task.options.shuffle_options and number > 1:
            asked, back = shuffled(asked, draw)
        heard = Member("candidate", INSTRUCTION).ask(task, question=asked, temperature=task.options.temperature)
        if heard.value is not None:
            heard = msgspec.structs.replace(heard, value=undone(heard.value, back))
        said = f"{', '.join(heard.value.ids) or heard.value.text}: " if heard.value else ""
        order = f" (options {' '.join(back.values())})" if back else ""
        step = heard.step("opinion", f"{said}{heard.text.strip()}{order}", turn=1, id=f"C{number}")
        task.note(labelled(msgspec.structs.replace(step, by=f"candidate {number}"), heard))
        return heard

    def _vote(
        self, task: Task[MedpromptOptions], candidates: list[Heard[Answer | None]], number: int, draw: Random
    ) -> Heard[Answer | None]:
        """A vote on the candidates in a shuffled order, given back as a vote for what the candidate answers."""
        order = draw.sample(range(len(candidates)), len(candidates))
        letters = [chr(ord("A") + place) for place in range(len(order))]
        listed = {
            letter: _solution(candidates[place], task.question) for letter, place in zip(letters, order, strict=True)
        }
        asked = Question(task.question.text, listed, language=task.question.language)
        heard = Member("voter", VOTE).ask(task, question=asked)
        voted = order[letters.index(heard.value.ids[0])] if heard.value else None
        said = "for nothing that can be read" if voted is None else f"for candidate {voted + 1}"
        task.note(Step(kind="vote", claim=f"vote {number} {said}", turn=number, by="voter", unread=not heard.read))
        if voted is None:
            return heard
        return msgspec.structs.replace(heard, value=candidates[voted].value, text=candidates[voted].text)


def shuffled(question: Question, draw: Random) -> tuple[Question, dict[str, str]]:
    """The question with its options in another order under the same letters, and the old letter of each new one.

    Labels that are their own texts have no letters to shuffle.

    >>> shuffled(Question("Which?", {"A": "x", "B": "y", "C": "z"}), Random(1))[1]
    {'A': 'A', 'B': 'C', 'C': 'B'}
    """
    keys = list(question.options)
    if all(key == text for key, text in question.options.items()):
        return question, {}
    order = draw.sample(keys, len(keys))
    options = {new: question.options[old] for new, old in zip(keys, order, strict=True)}
    return msgspec.structs.replace(question, options=options), dict(zip(keys, order, strict=True))


def undone(answer: Answer, back: dict[str, str]) -> Answer:
    """An answer to a shuffled question as one to the question itself; the texts have stayed the same."""
    return msgspec.structs.replace(answer, ids=tuple(back.get(key, key) for key in answer.ids)) if back else answer


def _solution(candidate: Heard[Answer | None], question: Question) -> str:
    answer = candidate.value
    assert answer is not None
    # Letters in the words are those of another order: the last line goes, and the text of the option is said.
    words = " ".join(candidate.text.rpartition("Answer:")[0].split())[:SHOWN] or "no reasons given"
    return f"{answer.text}. Reasons: {words}"
