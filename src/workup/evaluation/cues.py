"""What gives an answer away without knowledge: place of the key, longest option, words in common with the question.

Measured on the questions alone. A set without faults has each cue right about as often as chance.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
import numpy as np
from scipy import stats

from workup.case import Case
from workup.evaluation.labels import ratio, wilson
from workup.evaluation.stats import Interval
from workup.reasoners import asking
from workup.reasoners.lexical import tokens


class Cue(msgspec.Struct, frozen=True):
    """How often a cue alone finds the right option.

    Attributes:
        hits: Sum over the questions: 1 when the option it points to is right, 1/m when m options tie and one is.
        n: Questions in which it points to fewer than all options.
        share: ``hits / n``; None when it points nowhere.
        interval: 95 % Wilson interval of the rounded number of hits.
    """

    hits: float
    n: int
    share: float | None
    interval: Interval | None


class Cues(msgspec.Struct, frozen=True, kw_only=True):
    """The cues of a set of questions with one right option each.

    Attributes:
        n: Questions.
        chance: Mean of one over the number of options.
        longest: The longest option, in characters.
        overlap: The option with the most words in common with the question.
        keys: How often each letter is right.
        keys_p: p-value of the chi-square test that every letter is right equally often.
    """

    n: int
    chance: float
    longest: Cue
    overlap: Cue
    keys: dict[str, int]
    keys_p: float


def cues(cases: Sequence[Case]) -> Cues | None:
    """Measure the cues; None without a question that has options and a right one."""
    usable = [
        case
        for case in cases
        if case.question and case.reference and case.reference.answer in case.question.options
    ]  # fmt: skip
    if not usable:
        return None
    lengths, shared = [], []
    keys: dict[str, int] = {}
    chances = []
    for case in usable:
        question = asking.question_of(case)
        right = case.reference.answer or "" if case.reference else ""
        keys = {**dict.fromkeys(question.options, 0), **keys}
        keys[right] += 1
        chances.append(1 / len(question.options))
        stem = set(tokens(f"{asking.described(case)} {question.text}"))
        lengths.append(({key: float(len(text)) for key, text in question.options.items()}, right))
        shared.append(({key: float(len(stem & {*tokens(text)})) for key, text in question.options.items()}, right))
    p = float(stats.chisquare(list(keys.values())).pvalue) if len(keys) > 1 else 1.0
    return Cues(
        n=len(usable),
        chance=sum(chances) / len(chances),
        longest=_cue(lengths),
        overlap=_cue(shared),
        keys=dict(sorted(keys.items())),
        keys_p=p,
    )


def _cue(pointed: Sequence[tuple[dict[str, float], str]]) -> Cue:
    hits, n = 0.0, 0
    for values, right in pointed:
        best = [key for key, value in values.items() if value == max(values.values())]
        if len(best) < len(values):
            n += 1
            hits += (right in best) / len(best)
    return Cue(hits, n, ratio(hits, n) if n else None, wilson(round(hits), n) if n else None)


def commonest_option(cases: Sequence[Case]) -> Cue:
    """The option that stands in the most questions of the set: distractors used too rarely give the key away."""
    rows = [(dict(asking.question_of(case).options), _key(case)) for case in cases]
    counts = Counter(text for options, _ in rows for text in options.values())
    return _cue([({key: float(counts[text]) for key, text in options.items()}, right) for options, right in rows])


def crossed_off(cases: Sequence[Case], *, seed: int = 0) -> Cue:
    """An option that is no key in the other half of the set: who knows half of the keys crosses them off.

    Questions in another language, or asked again in other words, belong into another set: their keys are these keys.

    Args:
        cases: Questions with one right option each.
        seed: Draws the halves.
    """
    rows = [(dict(asking.question_of(case).options), _key(case)) for case in cases]
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    halves = (order[::2], order[1::2])
    pointed = []
    for known, asked in (halves, halves[::-1]):
        keys = {rows[place][0].get(rows[place][1], "") for place in known}
        for place in asked:
            options, right = rows[place]
            pointed.append(({key: float(text not in keys) for key, text in options.items()}, right))
    return _cue(pointed)


def _key(case: Case) -> str:
    return case.reference.answer or "" if case.reference else ""


def skill_above_chance(accuracy: float, chance: float) -> float:
    """Accuracy above chance as a share of what could be gained: 0 at chance, 1 when all is right.

    >>> round(skill_above_chance(0.67, 0.25), 2)
    0.56
    """
    return (accuracy - chance) / (1 - chance)
