"""How a finding is looked for: asked, examined or tested, and what that costs the patient.

The rules stand in ``looking.tsv`` beside this file, each with its reason. Costs are classes, not prices: they rank a
question before a blood sample and a blood sample before a biopsy.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Literal, get_args

import msgspec

from workup.knowledge.hpo import Ontology
from workup.reasoning import QuestionKind

Method = Literal["history", "examination", "laboratory", "imaging", "histology", "electrophysiology"]
METHODS: tuple[Method, ...] = get_args(Method)


class Looking(msgspec.Struct, frozen=True):
    """How one finding is looked for.

    Attributes:
        method: By what.
        cost: Cost class, 1 (a question) to 8 (tissue).
        reason: Why, in words.
    """

    method: Method
    cost: float
    reason: str

    @property
    def kind(self) -> QuestionKind:
        """Whether it is asked, examined or tested."""
        return "ask" if self.method == "history" else "examine" if self.method == "examination" else "test"


class Rules(msgspec.Struct, frozen=True):
    """The rules of ``looking.tsv``."""

    by_label: tuple[tuple[re.Pattern[str], Looking], ...]
    by_branch: dict[str, Looking]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Read the rules."""
    text = (files("workup.reasoners.phenotype") / "looking.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    by_label: list[tuple[re.Pattern[str], Looking]] = []
    by_branch: dict[str, Looking] = {}
    for kind, pattern, _, method, cost, reason in lines[1:]:
        found = Looking(msgspec.convert(method, Method), float(cost), reason)
        if kind == "label":
            by_label.append((re.compile(pattern, re.IGNORECASE), found))
        else:
            by_branch[pattern] = found
    return Rules(tuple(by_label), by_branch)


_ELSEWHERE = Looking("examination", 1.5, "no rule speaks of it")


@lru_cache(maxsize=20_000)
def how(ontology: Ontology, term: int) -> Looking:
    """How a finding is looked for: by its label if a rule knows it, else by its nearest branch."""
    known = rules()
    label = ontology.label(term)
    for pattern, found in known.by_label:
        if pattern.search(label):
            return found
    level = {term}
    while level:
        named = sorted(identifier for one in level if (identifier := ontology.id(one)) in known.by_branch)
        if named:
            return known.by_branch[named[-1]]
        level = {parent for one in level for parent in ontology.parents[one].tolist()}
    return _ELSEWHERE
