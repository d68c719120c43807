"""Multi-persona: fixed characters answer, read each other and answer again; a judge who has read them decides.

Paper: Wang et al. 2024 (Solo performance prompting, arXiv 2307.05300), as MedAgentsBench (arXiv 2503.07459; system 19)
runs it: fixed roles, two rounds, a final judge. Who the characters are is ours.

    round 1  physician "Answer: A" · pharmacist "Answer: B" · researcher "Answer: B"
    round 2  each has read the other two
    judge    has read the second round: "Answer: B"
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import Member, debate, judged
from workup.reasoners.method import Method, Task
from workup.reasoning import Reasoning

PERSONAS = {
    "physician": "You are a senior physician who has seen many patients like this one.",
    "pharmacist": "You are a clinical pharmacist who thinks of mechanisms, doses, interactions and side effects.",
    "researcher": "You are a medical researcher who trusts trials and guidelines more than habit.",
}
FIRST = """\
{persona} Reason about the question from that point of view. Then end with one line: "Answer: " and then {wanted}."""
AGAIN = """\
{persona} Above are the opinions of your colleagues and your own draft. Say where they are right and where they are \
wrong, and change your mind if they convince you. Then end with one line: "Answer: " and then {wanted}."""
JUDGE = """\
Above are the opinions of several colleagues. Weigh their reasons, not their number. Then end with one line: "Answer: \
" and then {wanted}."""


class MultiPersonaOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """How many rounds, the first included."""

    rounds: Annotated[int, Meta(ge=1, le=10)] = 2


class MultiPersona(Method[MultiPersonaOptions]):
    """Three fixed characters, ``rounds`` of opinions, a judge."""

    name = "multi-persona"
    prompts = asking.prompts(personas=str(PERSONAS), first=FIRST, again=AGAIN, judge=JUDGE, format=FORMAT)
    options = MultiPersonaOptions

    def work(self, task: Task[MultiPersonaOptions]) -> Reasoning:
        """Debate and judge."""
        first = [Member(name, FIRST.replace("{persona}", persona)) for name, persona in PERSONAS.items()]
        again = [Member(name, AGAIN.replace("{persona}", persona)) for name, persona in PERSONAS.items()]
        rounds = debate(task, first, rounds=task.options.rounds, again=again)
        ruling = judged(task, Member("judge", JUDGE), rounds[-1])
        task.note(ruling.step(len(rounds)))
        task.best = ruling.answer or task.best
        return task.reasoning(settled(task, ruling.text, task.options.final_turn, ruling.answer), text=ruling.text)
