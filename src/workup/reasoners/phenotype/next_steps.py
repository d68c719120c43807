"""What to do next, put into a reasoning: questions, two diseases, and findings that do not fit.

Everything here is computed only when asked for; ranking many cases pays nothing for it.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from workup.case import Case
from workup.reasoner import Context
from workup.reasoners.phenotype.engine import Engine
from workup.reasoners.phenotype.misfits import misfits, specifics
from workup.reasoners.phenotype.pairs import two_diseases
from workup.reasoners.phenotype.questions import next_questions
from workup.reasoning import DiseasePair, NextQuestion, Reasoning

QUESTIONS = 6


def with_next_steps(engine: Engine, case: Case, reasoning: Reasoning, count: int = QUESTIONS) -> Reasoning:
    """The reasoning with what to do next.

    Args:
        engine: The engine that reasoned.
        case: The case; only its blinded part is looked at.
        reasoning: What was concluded; returned as it is when nothing was ranked.
        count: How many questions.
    """
    if not reasoning.differential:
        return reasoning
    return msgspec.structs.replace(
        reasoning,
        questions=next_questions(engine, case, count),
        two_diseases=two_diseases(engine, case),
        steps=(*reasoning.steps, *misfits(engine, case), *specifics(engine, case)),
    )


def ask(case: Case, *, count: int = QUESTIONS, weigh_cost: bool = True) -> tuple[NextQuestion, ...]:
    """The findings to look for next, best first, with the default engine and knowledge base.

    Args:
        case: The case; only its blinded part is looked at.
        count: How many questions.
        weigh_cost: Whether cheap questions come before costly ones of the same gain.

    >>> from workup import Case, Finding
    >>> case = Case(id="p", findings=(Finding("Arachnodactyly"), Finding("Ectopia lentis")))
    >>> question = ask(case, count=1)[0]
    >>> question.gain > 0 and question.yes.leader != question.no.leader
    True
    """
    return next_questions(_engine(), case, count, weigh_cost=weigh_cost)


def explain_by_two(case: Case) -> DiseasePair | None:
    """The two diseases that explain a case together, where that is clearly better than one; else None."""
    return two_diseases(_engine(), case)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    from workup.reasoners.phenotype.reasoner import PhenotypeReasoner

    return PhenotypeReasoner().engine(Context())
