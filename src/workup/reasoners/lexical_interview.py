"""A doctor without a model: asks the same things of everybody, and takes the option whose words come up most.

A floor for doctors who think, and a check that asking works. After each reply it scores each option by the share of its
words that were said; its confidence is the softmax of those shares.

    case      "A 40-year-old man has a painful toe."   options  A. Gouty arthritis of the toe   B. Measles
    question  "Since when have you had it, and how did it begin?"
    opinion   A, 0.79: one of its three words was said, and none of the other's
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from workup.reasoners.blocks.abstain import Abstain, Confidence
from workup.reasoners.blocks.environment import NO_PATIENT, consult, encounter
from workup.reasoners.method import Method, Task, chosen
from workup.reasoners.options import Options
from workup.reasoning import Reasoning, Step
from workup.text.likeness import terms

DOCTOR = "doctor"
# What is asked of everybody (history, then examination, then tests), each in the words that records use.
ASKED = (
    "When did it begin: how many days, weeks, months or years ago?",
    "Do you have pain?",
    "Do you have fever or chills?",
    "Do you have nausea or vomiting?",
    "Do you have a cough or shortness of breath?",
    "Do you have a rash, lesions or other changes of the skin?",
    "Do you have weakness, numbness, headache or visual changes?",
    "Have you lost weight, or are you tired?",
    "What is your past medical history?",
    "What medications do you take?",
    "What is your family history: mother, father, siblings?",
    "Do you smoke, or drink alcohol?",
    "What are your vital signs: temperature, blood pressure and pulse?",
    "What does physical examination show?",
    "What do laboratory studies show?",
    "What does imaging show: x-ray, CT, MRI, ultrasound?",
)
# Spreads shares of 0-1 so that the confidence can reach from chance to near 1.
_SPREAD = 4.0


class InterviewOptions(Options, frozen=True, kw_only=True):
    """When to stop.

    Attributes:
        threshold: Confidence from which it answers; 1 asks everything.
        max_questions: Most questions; None for as many as there are, or as the patient allows.
    """

    threshold: Annotated[float, Meta(ge=0, le=1)] = 1.0
    max_questions: Annotated[int, Meta(ge=0)] | None = None


class LexicalInterview(Method[InterviewOptions]):
    """Asks a fixed list, then names each option, and answers with the one most like what was said."""

    name = "lexical-interview"
    needs = ("environment",)
    options = InterviewOptions
    refuses: ClassVar = {"retrieval": "nothing is ranked here"}

    def work(self, task: Task[InterviewOptions]) -> Reasoning:
        """Ask in order until certain enough."""
        met = encounter(task, NO_PATIENT)
        options = task.question.options
        if not options:
            return task.abstains("there are no options to compare")
        rule = Abstain(threshold=task.options.threshold, otherwise="ask", above=task.options.threshold == 1.0)
        known = set(terms(f"{task.case.text or ''} {task.question.text}"))
        wanted = {key: frozenset(terms(text)) for key, text in options.items()}
        questions = [*ASKED, *(f"Have you had {text}?" for text in options.values())]
        most = met.limit if task.options.max_questions is None else min(task.options.max_questions, met.limit)
        questions = questions[:most]
        task.extensions["max_questions"] = most
        positions: list[dict[str, object]] = []
        while True:
            turn = met.taken + 1
            shares = probabilities(wanted, known)
            best = max(shares, key=lambda key: shares[key])
            answer, share = chosen(task.question, best, shares[best]), shares[best]
            decision = rule.decide(Confidence(measure="lexical", value=share, share=share, n=0))
            claim = f"{answer.ids[0]}. {answer.text}"
            task.note(Step(kind="opinion", claim=claim, by=DOCTOR, turn=turn, id=f"o{turn}"))
            task.note(decision.step(by=DOCTOR, turn=turn, about=f"o{turn}"))
            positions.append({"answer": answer.ids[0], "confidence": share, "value": share})
            task.best = answer
            if decision.answers or met.over or met.taken >= len(questions):
                break
            heard = consult(task, met, questions[met.taken], by=DOCTOR)
            if "refused" not in heard.notes:
                known.update(terms(heard.text))
        task.extensions["positions"] = positions
        return msgspec.structs.replace(task.reasoning(task.best), candidates=len(options))


def probabilities(wanted: Mapping[str, Collection[str]], known: Collection[str]) -> dict[str, float]:
    """Softmax of the share of each option's words that are known.

    >>> found = probabilities({"A": {"gout", "toe", "arthr"}, "B": {"measl"}}, {"toe", "pain"})
    >>> round(found["A"], 2)
    0.79
    """
    scores = {
        key: math.exp(_SPREAD * sum(word in known for word in words) / max(len(words), 1))
        for key, words in wanted.items()
    }
    whole = sum(scores.values())
    return {key: score / whole for key, score in scores.items()}
