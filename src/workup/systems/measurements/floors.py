"""What a conventional method without training reaches on the items on which a language model is measured."""

from __future__ import annotations

from collections.abc import Sequence

from workup.case import Case
from workup.evaluation.labels import wilson
from workup.evaluation.scorers import right_answers
from workup.reasoner import Context
from workup.reasoners.first_option import FirstOption
from workup.systems.measurements import Measurement


def first_option(cases: Sequence[Case], factor: float = 1.0) -> Measurement:
    """How often the first option is right, with Wilson's interval.

    Args:
        cases: Questions with options.
        factor: 100 for per cent.
    """
    answers = [FirstOption().reason(case.blinded(), Context()).answer for case in cases]
    hits = sum(
        answer is not None and answer.ids[0] in right_answers(case) for case, answer in zip(cases, answers, strict=True)
    )
    n = len(cases)
    if not n:
        return Measurement(value=None, n=0)
    low, high = wilson(hits, n)
    return Measurement(value=factor * hits / n, n=n, interval=(factor * low, factor * high), note="the first option")
