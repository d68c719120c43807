"""Does the answer flip where the embedding does? The same edited notes, asked as a question (system 43).

A note and its changed copy are asked for the diagnosis; the answer flips when the two differ. Beside each answer flip
stands the latent one, pair by pair and as a rank correlation of the rates over groups of edits::

    group          n    latent   answer
    masking 1     12     0.08     0.17
    negation 3    12     0.50     0.25

Pairs in which a note or its copy got no answer are left out and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy.stats import spearmanr

from workup.api import finish
from workup.case import Case, Question
from workup.evaluation.labels import wilson
from workup.evaluation.latent_notes import Note, Pair
from workup.evaluation.stats import Interval, grouped_means
from workup.knowledge.arrays import Array
from workup.reasoner import Context, Reasoner

Answers = Callable[[Sequence[str]], Sequence[str | None]]

ASKED = "Which diagnosis does this patient most probably have?"


class Group(msgspec.Struct, frozen=True):
    """One kind of edit at one strength.

    Attributes:
        n: Pairs.
        latent: Share of latent flips, 0-1.
        answer: Share of answer flips, 0-1.
    """

    n: int
    latent: float
    answer: float


class AnswerFlips(msgspec.Struct, frozen=True):
    """Answer flips beside latent ones.

    Attributes:
        n: Pairs with two answers.
        unanswered: Pairs left out.
        rate: Share of answers that flip, 0-1.
        interval: Its 95 % bootstrap interval over notes; where none or all flip, Wilson's with notes for n.
        latent: Share of latent flips of the same pairs.
        right: Share of notes whose answer is their diagnosis, of those that were answered.
        answers: How many different answers the notes got: a model that always says the same never flips.
        table: Pairs by ``both``, ``latent only``, ``answer only``, ``neither``.
        groups: By axis and strength.
        spearman: Rank correlation of the two rates over the groups; None when one of them is the same in all.
    """

    n: int
    unanswered: int
    rate: float
    interval: Interval
    latent: float
    right: float
    answers: int
    table: dict[str, int]
    groups: dict[str, Group]
    spearman: float | None


def answer_flips(
    notes: Sequence[Note],
    pairs: Sequence[Pair],
    latent: Sequence[bool] | Array,
    answer: Answers,
    *,
    seed: int = 0,
) -> AnswerFlips:
    """Ask for every note that a pair is of, and for every copy, and compare.

    Args:
        notes: The notes.
        pairs: Their changed copies.
        latent: Whether each pair's embedding flips.
        answer: Texts -> answers; None for no answer.
        seed: Seed of the interval.

    Raises:
        ValueError: No pair has two answers.
    """
    asked = sorted({pair.note for pair in pairs})
    texts: list[str] = []
    # A note and its copies one after the other: they begin alike, which a model's cache makes use of.
    for place in asked:
        texts += [notes[place].text, *(pair.text for pair in pairs if pair.note == place)]
    said = dict(zip(texts, answer(texts), strict=True))
    kept = [
        (pair, bool(crossed), said[notes[pair.note].text] != said[pair.text])
        for pair, crossed in zip(pairs, latent, strict=True)
        if said[notes[pair.note].text] is not None and said[pair.text] is not None
    ]
    if not kept:
        raise ValueError("no note and copy were both answered")
    flips = np.array([flipped for *_, flipped in kept], dtype=np.float64)
    means = grouped_means(flips[:, None], [str(pair.note) for pair, *_ in kept], seed=seed)
    interval = (float(means.micro_interval[0, 0]), float(means.micro_interval[1, 0]))
    if flips.min() == flips.max():
        # Resampling equal pairs shows no spread; the notes are what was drawn.
        interval = wilson(means.publications if flips[0] else 0, means.publications)
    names = {
        (True, True): "both",
        (True, False): "latent only",
        (False, True): "answer only",
        (False, False): "neither",
    }
    table = dict.fromkeys(names.values(), 0)
    rows: dict[str, list[tuple[bool, bool]]] = {}
    for pair, crossed, flipped in kept:
        table[names[crossed, flipped]] += 1
        rows.setdefault(f"{pair.axis} {pair.strength}", []).append((crossed, flipped))
    groups = {
        name: Group(len(own), float(np.mean([one for one, _ in own])), float(np.mean([other for _, other in own])))
        for name, own in rows.items()
    }
    answered = [(notes[place].diagnosis, said[notes[place].text]) for place in asked if said[notes[place].text]]
    return AnswerFlips(
        n=len(kept),
        unanswered=len(pairs) - len(kept),
        rate=float(means.micro[0]),
        interval=interval,
        latent=float(np.mean([crossed for _, crossed, _ in kept])),
        right=float(np.mean([truth == given for truth, given in answered])),
        answers=len({given for _, given in answered}),
        table=table,
        groups=groups,
        spearman=_correlation([one.latent for one in groups.values()], [one.answer for one in groups.values()]),
    )


def _correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    return float(spearmanr(one, other).statistic)


def asked_of(reasoner: Reasoner, ctx: Context, diagnoses: Sequence[str]) -> Answers:
    """Answers of a reasoner that is given a note and the diagnoses to choose from.

    Args:
        reasoner: Any that answers a question with a fixed set of labels.
        ctx: Its model and options.
        diagnoses: The labels.
    """
    question = Question(ASKED, {name: name for name in diagnoses}, "label")

    def answer(texts: Sequence[str]) -> list[str | None]:
        found = [finish(reasoner.reason(Case(id="blinded", text=text, question=question), ctx)) for text in texts]
        return [one.answer.ids[0] if one.answer and one.answer.ids else None for one in found]

    return answer
