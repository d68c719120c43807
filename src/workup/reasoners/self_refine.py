"""Self-refine: answer, look for faults in the answer, and answer again, until none is found.

Paper: Madaan et al. 2023 (arXiv 2303.17651); three rounds in MedAgentsBench (arXiv 2503.07459; system 19).

    draft 1   ... Answer: B
    feedback  The spots inside the cheeks are not explained. Verdict: REVISE
    draft 2   ... Answer: A
    feedback  Verdict: KEEP
"""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.blocks.final_turn import FORMAT, FinalTurnOptions, settled
from workup.reasoners.blocks.panel import LONGEST, Member
from workup.reasoners.blocks.refine import refine
from workup.reasoners.blocks.role import Heard, Role
from workup.reasoners.chain_of_thought import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoning import Answer, Link, Reasoning

FEEDBACK = """\
Look for faults in the draft above: facts that are wrong, findings that are passed over, steps that do not follow. \
Then end with one line: "Verdict: KEEP" if the draft can stay as it is, else "Verdict: REVISE"."""
REVISE = """\
Above are a draft and feedback on it. Write the answer anew, without the faults that the feedback is right about. Then \
end with one line: "Answer: " and then {wanted}."""

_VERDICT = re.compile(r"verdict\W{0,5}(keep|revise)\b", re.IGNORECASE)


def kept(text: str) -> bool | None:
    """Whether the last verdict of a reply is to keep the draft.

    >>> kept("Verdict: KEEP. No: **Verdict:** REVISE"), kept("Well.")
    (False, None)
    """
    found = _VERDICT.findall(text)
    return found[-1].lower() == "keep" if found else None


class SelfRefineOptions(FinalTurnOptions, frozen=True, kw_only=True):
    """Most revisions."""

    revisions: Annotated[int, Meta(ge=0, le=10)] = 3


# Feedback that comes to no verdict gives no ground to change anything.
CRITIC = Role[bool]("critic", FEEDBACK, kept, True)
WRITER = Member("writer", INSTRUCTION)
REVISER = Member("writer", REVISE)


class SelfRefine(Method[SelfRefineOptions]):
    """Answer, feedback, revision: the same model in turn."""

    name = "self-refine"
    prompts = asking.prompts(instruction=INSTRUCTION, feedback=FEEDBACK, revise=REVISE, format=FORMAT)
    options = SelfRefineOptions

    def work(self, task: Task[SelfRefineOptions]) -> Reasoning:
        """Draft, check, revise."""

        def drafted(heard: Heard[Answer | None], turn: int) -> Heard[Answer | None]:
            links = [Link(f"D{turn - 1}", "revises")] if turn > 1 else []
            task.note(heard.step("draft", turn=turn, id=f"D{turn}", links=links))
            task.best = heard.value or task.best
            return heard

        def check(draft: Heard[Answer | None], turn: int) -> Heard[bool] | None:
            heard = CRITIC.ask(task, data=[asking.marked("draft", draft.text[-LONGEST:])])
            task.note(heard.step("verdict", turn=turn, links=[Link(f"D{turn}", "about")]))
            return None if heard.value else heard

        def revise(draft: Heard[Answer | None], objection: Heard[bool], turn: int) -> Heard[Answer | None]:
            data = [asking.marked("draft", draft.text[-LONGEST:]), asking.marked("feedback", objection.text[-LONGEST:])]
            return drafted(REVISER.ask(task, data=data), turn + 1)

        # Feedback on the last revision would change nothing.
        done = refine(drafted(WRITER.ask(task), 1), check, revise, most=task.options.revisions, check_last=False)
        last = done.last
        answer = settled(task, last.text, task.options.final_turn, last.value) or task.best
        return task.reasoning(answer, text=last.text)
