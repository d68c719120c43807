"""Self-consistency: several chains of thought, drawn freely, and a vote.

Paper: Wang et al. 2023 (arXiv 2203.11171); 11 samples and a majority of the answers in Singhal et al. 2023 (system 49).

    replies  ... Answer: A   ... Answer: B   ... Answer: A
    answer   A, with confidence 2/3
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from workup.case import Form
from workup.reasoners import asking
from workup.reasoners.chain_of_thought import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoners.voting import elect, samples
from workup.reasoning import Reasoning


class SelfConsistencyOptions(Options, frozen=True, kw_only=True):
    """How many to draw, and how freely."""

    samples: Annotated[int, Meta(ge=1, le=100)] = 11
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7


class SelfConsistency(Method[SelfConsistencyOptions]):
    """Draws ``samples`` chains of thought; ties go to the answer seen first, the share of votes is the confidence."""

    name = "self-consistency"
    prompts = asking.prompts(instruction=INSTRUCTION)
    options = SelfConsistencyOptions
    refuses: ClassVar[Mapping[Form, str]] = {"text": "long answers in words cannot be voted on"}

    def work(self, task: Task[SelfConsistencyOptions]) -> Reasoning:
        """Draw, read and vote."""
        options = task.options
        replies = task.ask(task.messages(INSTRUCTION), n=options.samples, temperature=options.temperature)
        answers = [task.read(reply) for reply in replies]
        answer, text = elect(replies, answers)
        return task.reasoning(answer, text=text, steps=samples("sample", replies, answers))
