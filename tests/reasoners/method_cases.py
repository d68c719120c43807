"""Invented cases of every form, a training file and a corpus, for tests of the methods."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from workup import registry
from workup.case import Case, Finding, Form, Question
from workup.models import Scripted
from workup.models.model import Model, Sampling
from workup.models.scripted import Line
from workup.reasoner import Context, Reasoner
from workup.reasoning import Reasoning

OPTIONS = {"A": "Measles", "B": "Gout", "C": "Rubella", "D": "Scurvy"}
LABELS = {"yes": "yes", "no": "no", "maybe": "maybe"}
VIGNETTE = "A girl has a fever, a cough and white spots inside her cheeks."

CHOICE = Case(id="blinded", text=VIGNETTE, question=Question("What does she have?", OPTIONS))
CASES: dict[Form, Case] = {
    "choice": CHOICE,
    "choices": Case(id="blinded", question=Question("Which give a rash?", OPTIONS, form="choices")),
    "label": Case(id="blinded", text=VIGNETTE, question=Question("Is it measles?", LABELS, form="label")),
    "diagnosis": Case(id="blinded", findings=(Finding("HP:0001945", label="Fever"),), sex="female", age="P3Y"),
    "number": Case(id="blinded", question=Question("How many days does it last?", form="number")),
    "text": Case(id="blinded", text=VIGNETTE, question=Question("What would you do?", form="text")),
    "correction": Case(
        id="blinded",
        text="1. She has measles.\n2. Give her antibiotics at once.",
        question=Question("Which sentence is wrong?", form="correction"),
    ),
    "retrieval": Case(id="blinded", question=Question("What is measles?", form="retrieval")),
    "rationale": Case(
        id="blinded", text=VIGNETTE, question=Question("Is it measles, and why?", LABELS, form="rationale")
    ),
}

WITH_MODEL = (
    "chain-of-thought",
    "direct",
    "elimination",
    "ensemble-refinement",
    "few-shot",
    "letter-likelihood",
    "ranked-list",
    "retrieval-augmented",
    "self-consistency",
)
# Several agents, or one in several roles.
PANELS = ("argmed", "md-agents", "med-agents", "medprompt", "multi-persona", "self-refine", "spo")
WITHOUT_MODEL = ("first-option", "majority", "nearest-case", "random", "tfidf-logistic")

QUESTIONS = (
    ("Which joint swells first in gout?", "B", {"A": "The jaw", "B": "The big toe", "C": "The hip"}),
    (
        "A child has white spots inside the cheeks and a fever. What is it?",
        "C",
        {"A": "Gout", "B": "Scurvy", "C": "Measles"},
    ),
    ("What is missing in scurvy?", "A", {"A": "Vitamin C", "B": "Iron", "C": "Iodine"}),
    ("Who should not be given the rubella vaccine?", "B", {"A": "Girls", "B": "Pregnant women", "C": "Boys"}),
)


def training_file(folder: Path) -> str:
    """Four questions in the layout of MedQA."""
    rows = [
        {"id": f"t{number}", "question": question, "options": options, "answer_idx": answer}
        for number, (question, answer, options) in enumerate(QUESTIONS, 1)
    ]
    path = folder / "training.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return str(path)


CORPUS = (
    {"id": "m", "title": "Measles", "text": "White spots inside the cheeks come before the rash of measles."},
    {"id": "g", "title": "Gout", "text": "Gout begins in the big toe."},
    {"id": "s", "text": "Scurvy is want of vitamin C."},
)


def corpus_file(folder: Path) -> str:
    """Three documents."""
    path = folder / "corpus.jsonl"
    path.write_text("\n".join(map(json.dumps, CORPUS)) + "\n", encoding="utf-8")
    return str(path)


# Fewer experts and rounds than by default, so that a real model is done soon.
FEWER: dict[str, dict[str, Any]] = {
    "argmed": {"moves": 4},
    "md-agents": {"experts": 2, "rounds": 2, "members": 1},
    "med-agents": {"question_experts": 1, "option_experts": 1, "revisions": 1},
    "medprompt": {"candidates": 2, "votes": 1},
    "multi-persona": {"rounds": 1},
    "self-refine": {"revisions": 1},
}


def options_for(name: str, folder: Path) -> dict[str, Any]:
    """What a method needs, and few samples."""
    needs: dict[str, Any] = {}
    if name in ("few-shot", "nearest-case", "tfidf-logistic"):
        needs["training"] = training_file(folder)
    if name == "few-shot":
        needs["k"] = 2
    if name == "retrieval-augmented":
        needs["corpus"] = corpus_file(folder)
        needs["k"] = 1
    if name in ("self-consistency", "ensemble-refinement"):
        needs["samples"] = 2
    if name == "spo":
        needs |= {"training": training_file(folder), "rounds": 1, "questions": 1, "comparisons": 1}
    needs |= FEWER.get(name, {})
    return needs


@lru_cache
def method(name: str) -> type[Reasoner]:
    """The class of a registered method."""
    found: type[Reasoner] = registry.load("reasoners", name)
    return found


def reason(
    name: str, case: Case, model: Model | None = None, *, seed: int = 0, max_tokens: int = 48, **options: Any
) -> Reasoning:
    """What a registered method makes of a case."""
    ctx = Context(model=model, options=options, seed=seed, sampling=Sampling(max_tokens=max_tokens))
    found = method(name)().reason(case, ctx)
    assert isinstance(found, Reasoning)
    return found


class Listening(Scripted):
    """A scripted model that remembers what it was asked."""

    def __init__(self, *replies: str | Line) -> None:
        super().__init__(replies)
        self.asked: list[tuple[Any, ...]] = []
        self.sampled: list[tuple[int, Sampling]] = []

    def generate(self, messages: Any, **given: Any) -> Any:
        self.asked.append(tuple(messages))
        self.sampled.append((given.get("n", 1), given["sampling"]))
        return super().generate(messages, **given)

    @property
    def last(self) -> str:
        """Last message of the last question."""
        content: str = self.asked[-1][-1].content
        return content
