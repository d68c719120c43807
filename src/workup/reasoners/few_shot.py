"""Few-shot prompting: the same question after k worked examples, the same ones each time or the nearest ones.

Papers: Brown et al. 2020 (arXiv 2005.14165); nearest examples: Liu et al. 2022 (arXiv 2101.06804), and Medprompt (Nori
et al. 2023, arXiv 2311.16452), which compares embeddings where this compares words.

    user       <question> ... </question> <options> ... </options> Reply ...
    assistant  Answer: C
    user       <question> the case at hand </question> ...
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from workup.case import Case
from workup.models.model import Message
from workup.reasoners import asking
from workup.reasoners.direct import INSTRUCTION
from workup.reasoners.lexical import TfIdf
from workup.reasoners.method import Method, Task
from workup.reasoners.training import Training, TrainingOptions, read_training, right_answer, words_of
from workup.reasoning import Evidence, Reasoning, Step


class FewShotOptions(TrainingOptions, frozen=True, kw_only=True):
    """How many examples, and which: ``fixed`` takes the first of the file, ``nearest`` the most similar ones."""

    k: Annotated[int, Meta(ge=1, le=64)] = 5
    select: Literal["fixed", "nearest"] = "fixed"


class FewShot(Method[FewShotOptions]):
    """Shows ``k`` cases of the training file with their answers, the nearest one last; never the case itself."""

    name = "few-shot"
    needs = ("model", "training")
    prompts = asking.prompts(instruction=INSTRUCTION)
    options = FewShotOptions

    def work(self, task: Task[FewShotOptions]) -> Reasoning:
        """Choose examples, show them as earlier turns, ask."""
        options = task.options
        training = self.once(("training", *options.source), lambda: read_training(options, self.name))
        task.versions["training"] = training.sha256
        places = training.usable(task.case, task.question)
        if not places:
            return task.abstains(f"{training.name} holds no other case that asks for a {task.question.form}")
        if options.select == "nearest":
            index = self.once(("index", training.sha256, options.reader), lambda: TfIdf(training.words))
            likeness = index.similarities(words_of(task.case, task.question))
            places = sorted(places, key=lambda place: (-likeness[place], place))[: options.k][::-1]
        else:
            likeness = np.zeros(len(training.cases))
            places = places[: options.k]
        turns = [turn for place in places for turn in example(training.cases[place])]
        (reply,) = task.ask(task.messages(INSTRUCTION, before=turns))
        steps = [_step(training, place, float(likeness[place]), options.select) for place in places]
        return task.reasoning(task.read(reply), text=reply, steps=steps)


def example(case: Case) -> tuple[Message, Message]:
    """A case with a known answer as a question and its reply."""
    blinded = case.blinded()
    asked = asking.messages(blinded, asking.question_of(blinded), INSTRUCTION)[-1]
    answer = right_answer(case) or ""
    correction = case.reference.extensions.get("correction") if case.reference else None
    if correction:
        answer = f"{answer}: {correction}"
    return asked, Message(role="assistant", content=f"Answer: {asking.plain(answer)}")


def _step(training: Training, place: int, likeness: float, select: str) -> Step:
    case = training.cases[place]
    evidence = Evidence(
        kind="passage",
        source=f"{training.name}, case {case.id}",
        values={"similarity": round(likeness, 6)} if select == "nearest" else {},
    )
    return Step(kind="claim", claim=f"shown as an example: case {case.id}", evidence=(evidence,))
