"""The answer of the nearest known case, by the words they share: what looking up similar cases gives.

Method: nearest neighbour (Cover and Hart 1967, IEEE Transactions on Information Theory 13:21) by the cosine of TF-IDF
vectors. Where the options mean something else in every question, each option is compared together with its question to
the known questions with their right answers.

    case      Fever, then a rash from the hairline down ...
    nearest   case 17 of the training file, similarity 0.41: Measles
    answer    A (Measles)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta

from workup.case import Form
from workup.reasoners.lexical import TfIdf
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.training import Training, TrainingOptions, read_training, right_answer, right_text, words_of
from workup.reasoning import Evidence, Reasoning, Step


class NearestCaseOptions(TrainingOptions, frozen=True, kw_only=True):
    """The training file, and what of it is no other case.

    Attributes:
        least_unlike: A training case with less than this share of words of its own is a copy of the case at hand, and
            left out; for files that hold the originals of changed cases, as in an audit.
    """

    least_unlike: Annotated[float, Meta(ge=0, le=1)] = 0.0


class NearestCase(Method[NearestCaseOptions]):
    """Answers as the most similar case of the training file, which the step names with its similarity."""

    name = "nearest-case"
    needs: ClassVar[tuple[str, ...]] = ("training",)
    options = NearestCaseOptions
    refuses: ClassVar[Mapping[Form, str]] = {
        "choices": "which options are right is no property of a similar question",
        "correction": "no two texts have the same wrong sentence",
    }

    def work(self, task: Task[NearestCaseOptions]) -> Reasoning:
        """Compare with every usable case."""
        options, question = task.options, task.question
        training: Training = self.once(options.source, lambda: read_training(options, self.name))
        task.versions["training"] = training.sha256
        places = training.usable(task.case, question, options.least_unlike)
        words = words_of(task.case, question)
        if question.form == "choice":
            index = self.once(
                ("answers", training.sha256, options.reader),
                lambda: TfIdf(
                    [f"{said} {right_text(case)}" for said, case in zip(training.words, training.cases, strict=True)]
                ),
            )
            asked = {key: f"{words} {text}" for key, text in question.options.items()}
        else:
            index = self.once(("cases", training.sha256, options.reader), lambda: TfIdf(training.words))
            asked = {"": words}
            if question.options:
                places = [place for place in places if right_answer(training.cases[place]) in question.options]
        if not places:
            return task.abstains(f"{training.name} holds no other case that could answer this question")
        likeness = {key: index.similarities(text)[places] for key, text in asked.items()}
        key = max(likeness, key=lambda key: likeness[key].max())
        nearest = int(likeness[key].argmax())
        similarity, case = float(likeness[key][nearest]), training.cases[places[nearest]]
        if similarity == 0.0:
            return task.abstains(f"no case of {training.name} has a word in common with this one")
        evidence = Evidence(
            kind="passage", source=f"{training.name}, case {case.id}", values={"similarity": round(similarity, 6)}
        )
        step = Step(kind="claim", claim=f"the nearest known case is {case.id}", evidence=(evidence,))
        # A cosine is no probability, so that none is stated.
        return task.reasoning(chosen(question, key or right_answer(case) or "", 0.0), steps=[step])
