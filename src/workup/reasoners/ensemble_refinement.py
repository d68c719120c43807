"""Ensemble refinement: several chains of thought, then an answer by the model that has read all of them.

Paper: Singhal et al. 2025 (Med-PaLM 2; arXiv 2305.09617): 11 samples at temperature 0.7, then 33 refined answers and a
vote among them. One refined answer is the default here.

    replies  ... Answer: A   ... Answer: B   ... Answer: B
    refined  <opinion number="1"> ... </opinion> ...  ->  ... Answer: A
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from workup.reasoners import asking
from workup.reasoners.chain_of_thought import INSTRUCTION
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoners.voting import elect, samples
from workup.reasoning import Reasoning

REFINE = """\
The opinions above are earlier attempts at this question; some of them may be wrong. Weigh them against the case, and \
end with one line: "Answer: " and then {wanted}."""


class EnsembleRefinementOptions(Options, frozen=True, kw_only=True):
    """How many opinions, drawn how freely, and how many refined answers."""

    samples: Annotated[int, Meta(ge=1, le=100)] = 11
    temperature: Annotated[float, Meta(ge=0, le=2)] = 0.7
    refinements: Annotated[int, Meta(ge=1, le=100)] = 1


class EnsembleRefinement(Method[EnsembleRefinementOptions]):
    """Draws ``samples`` opinions and answers after reading them; several refined answers are put to the vote."""

    name = "ensemble-refinement"
    prompts = asking.prompts(instruction=INSTRUCTION, refine=REFINE)
    options = EnsembleRefinementOptions

    def work(self, task: Task[EnsembleRefinementOptions]) -> Reasoning:
        """Draw opinions, show them all, answer."""
        options = task.options
        opinions = task.ask(task.messages(INSTRUCTION), n=options.samples, temperature=options.temperature)
        steps = samples("opinion", opinions, [task.read(opinion) for opinion in opinions])
        data = [asking.marked("opinion", opinion, number) for number, opinion in enumerate(opinions, 1)]
        many = options.refinements > 1
        refined = task.ask(
            task.messages(REFINE, data=data),
            n=options.refinements,
            # One answer is the likeliest; several would all be the same unless drawn.
            temperature=options.temperature if many else None,
        )
        answers = [task.read(reply) for reply in refined]
        if not many:
            return task.reasoning(answers[0], text=refined[0], steps=steps)
        answer, text = elect(refined, answers)
        return task.reasoning(answer, text=text, steps=[*steps, *samples("refined answer", refined, answers)])
