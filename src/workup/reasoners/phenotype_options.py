"""The phenotype engine as a reasoner for questions whose options are diseases: the most probable of them.

What the engine says of all diseases is restricted to those that the options name; the probabilities are shared out
among them. An option that names no disease of the knowledge base cannot be chosen and is told.

    options   A. Legius syndrome   B. Neurofibromatosis, type 1
    answer    B, with probability 0.93, and the contributions of the findings to it
"""

from __future__ import annotations

import msgspec
import numpy as np

from workup.case import Case
from workup.errors import Issue
from workup.knowledge import Knowledge
from workup.reasoner import Context
from workup.reasoners import asking
from workup.reasoners.method import chosen
from workup.reasoners.phenotype.reasoner import PhenotypeReasoner
from workup.reasoning import Reasoning
from workup.text.extract import read_for

_FORMS = ("choice", "label")


class PhenotypeOptions:
    """Answers with the option that the phenotype engine finds most probable; options as of ``phenotype``."""

    name = "phenotype-options"

    def __init__(self) -> None:
        self._inner = PhenotypeReasoner()
        self._names: dict[str, dict[str, int]] = {}

    def reason(self, case: Case, ctx: Context) -> Reasoning:
        """Reason about one blinded case.

        Raises:
            UserError: An option of the engine is unknown.
        """
        question = asking.question_of(case)
        if question.form not in _FORMS or not question.options:
            return Reasoning(reasoner=self.name, abstained="it only chooses among options that are diseases")
        engine = self._inner.engine(ctx)
        names = self._known(engine.knowledge)
        place = engine.profiles.position
        at = {
            key: int(place[names[_fold(text)]])
            for key, text in question.options.items()
            if _fold(text) in names and place[names[_fold(text)]] >= 0
        }
        issues = tuple(
            Issue(
                message=f"option {key} ({text}) names no disease of the knowledge base; it cannot be chosen",
                remedy="give the options the names that OMIM or Orphanet have for the diseases",
                code="unknown-option",
                field="question",
            )
            for key, text in question.options.items()
            if key not in at
        )
        patient = engine.patient(read_for(case, engine.knowledge, ctx).case.blinded())
        if not at or not (patient.query.present or patient.query.excluded):
            why = "no option is a disease of the knowledge base" if not at else "the case tells no finding"
            return Reasoning(reasoner=self.name, abstained=why, issues=issues)
        posterior, _ = engine.posterior(patient, engine.scores(patient))
        shares = np.array([posterior[i] for i in at.values()])
        total = float(shares.sum())
        shares = shares / total if total > 0 else np.full(len(shares), 1 / len(shares))
        keys = list(at)
        best = keys[int(np.argmax(shares))]
        found = self._inner.reason(case, ctx)
        diseases = engine.knowledge.diseases
        ids = {diseases.ids[int(engine.profiles.candidates[at[key]])]: key for key in at}
        ranked = sorted(
            (one for one in found.differential if one.id in ids), key=lambda one: (ids[one.id] != best, one.rank)
        )
        answer = chosen(question, best, float(shares.max()))
        extensions = {"probabilities": {key: float(share) for key, share in zip(keys, shares.tolist(), strict=True)}}
        return msgspec.structs.replace(
            found,
            reasoner=self.name,
            differential=tuple(ranked),
            answer=msgspec.structs.replace(answer, extensions=extensions),
            abstained="",
            issues=(*found.issues, *issues),
        )

    def _known(self, knowledge: Knowledge) -> dict[str, int]:
        """Index of each disease by its name."""
        key = str(knowledge.folder)
        if key not in self._names:
            self._names[key] = {_fold(name): i for i, name in reversed(list(enumerate(knowledge.diseases.names)))}
        return self._names[key]


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())
