"""Figures of dialogues: how many questions, how often to no purpose, and what each turn and each threshold is worth.

They read the steps of kind ``question`` and ``reply`` of a reasoning, and from its extensions ``positions`` (the answer
and the confidence at each turn) and ``max_questions``.

    positions   C, 0.25 · B, 0.5 · B, 1.0    after 0, 1 and 2 questions
    by turn     right from turn 1 on, when B is right
    threshold   0.5 would have stopped after 1 question, 0.8 after 2
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.labels import wilson
from workup.evaluation.score import Estimate
from workup.evaluation.scorers import right_answers
from workup.evaluation.stats import LEVEL, RESAMPLES
from workup.knowledge.arrays import Array
from workup.reasoning import Step

# From this cosine up a question repeats an earlier one (default of the released evaluation of MediQ).
REPEATED = 0.85
THRESHOLDS = (0.25, 0.5, 0.625, 0.75, 0.8, 0.875, 0.9, 1.0)


class At(msgspec.Struct, frozen=True):
    """Where a doctor stood: key of the answer, and confidence on 0-1."""

    answer: str | None = None
    confidence: float | None = None
    value: float | None = None


def of_kind(attempt: Attempt, kind: str) -> tuple[Step, ...]:
    """The steps of one kind, in order."""
    return tuple(step for step in attempt.reasoning.steps if step.kind == kind) if attempt.reasoning else ()


def positions(attempt: Attempt) -> tuple[At, ...]:
    """Answer and confidence at each turn; empty when the method did not say."""
    found = attempt.reasoning.extensions.get("positions", ()) if attempt.reasoning else ()
    try:
        return msgspec.convert(found, tuple[At, ...])
    except msgspec.ValidationError:
        return ()


def timed_out(attempt: Attempt) -> bool:
    """Whether every question that was allowed was asked."""
    most = attempt.reasoning.extensions.get("max_questions") if attempt.reasoning else None
    return isinstance(most, int) and len(of_kind(attempt, "question")) >= most


class PerDialogue:
    """Mean of a figure over dialogues, with a bootstrap interval over them; attempts that failed are left out.

    Attributes:
        name: Name of the metric.
        citation: Where its definition comes from.
    """

    def __init__(self, name: str, figure: Callable[[Attempt], float], *, citation: str = "") -> None:
        self.name = name
        self.citation = citation
        self._figure = figure

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The mean over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        values = np.array([self._figure(attempt) for attempt in attempts if attempt.reasoning is not None])
        if not len(values):
            return Estimate(metric=self.name, value=None, n=0, citation=self.citation)
        return Estimate(
            metric=self.name,
            value=float(values.mean()),
            n=len(values),
            interval=_bootstrap(values, seed),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=self.citation,
        )


class ShareOfTurns:
    """Share of the turns of all dialogues with some property; the interval is over dialogues.

    Attributes:
        name: Name of the metric.
    """

    def __init__(self, name: str, count: Callable[[Attempt], tuple[int, int]], *, citation: str = "") -> None:
        """Take how many turns of a dialogue have it, and of how many."""
        self.name = name
        self.citation = citation
        self._count = count

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The share over attempts."""
        return share(self.name, [self._count(attempt) for attempt in attempts], seed, citation=self.citation)


def share(name: str, counts: Sequence[tuple[int, int]], seed: int, *, method: str = "", citation: str = "") -> Estimate:
    """Hits over turns; the bootstrap draws dialogues, since turns of one are not independent."""
    table = np.array([pair for pair in counts if pair[1]], dtype=np.float64).reshape(-1, 2)
    if not len(table):
        return Estimate(metric=name, value=None, n=0, citation=citation)
    drawn = np.random.default_rng(seed).integers(len(table), size=(RESAMPLES, len(table)))
    sums = table[drawn].sum(axis=1)
    low, high = np.percentile(sums[:, 0] / sums[:, 1], [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    hits, of = table.sum(axis=0)
    return Estimate(
        metric=name,
        value=float(hits / of),
        n=len(table),
        interval=(float(low), float(high)),
        method=f"{method}percentile bootstrap over dialogues, {RESAMPLES} resamples, seed {seed}",
        citation=citation,
        parts={"hits": float(hits), "turns": float(of)},
    )


class RepeatedQuestions:
    """Share of questions that are like an earlier one of the same dialogue: a cosine of at least 0.85.

    Without an encoder, questions are compared as TF-IDF vectors over all questions of the run.
    """

    name = "repeated_questions"

    def __init__(self, encoder: Any = None, threshold: float = REPEATED) -> None:
        """Take an encoder with a ``name`` and ``encode(texts)`` that gives unit vectors, or None."""
        self._encoder = encoder
        self._threshold = threshold

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The share over attempts."""
        asked = [[step.claim for step in of_kind(attempt, "question")] for attempt in attempts]
        every = list(dict.fromkeys(text for texts in asked for text in texts))
        if not every:
            return Estimate(metric=self.name, value=None, n=0)
        vectors = self._vectors(every)
        place = {text: i for i, text in enumerate(every)}
        counts = []
        for texts in asked:
            rows = vectors[[place[text] for text in texts]]
            cosines = rows @ rows.T if self._encoder else (rows @ rows.T).toarray()
            # A question that is said again word for word repeats, though all its words be unknown.
            same = np.array([[one == other for other in texts] for one in texts], dtype=bool).reshape(cosines.shape)
            again = np.tril((cosines >= self._threshold) | same, k=-1).any(axis=1)
            counts.append((int(again.sum()), len(texts)))
        how = f"cosine of {self._encoder.name if self._encoder else 'TF-IDF'} >= {self._threshold:g}; "
        return share(self.name, counts, seed, method=how)

    def _vectors(self, texts: Sequence[str]) -> Any:
        if self._encoder is not None:
            return self._encoder.encode(texts)
        from workup.reasoners.lexical import TfIdf

        return TfIdf(texts).vectors


class AccuracyByTurn:
    """Accuracy of the answer at the end, and as parts after 0, 1, 2, ... questions.

    A dialogue that ended earlier counts with its last answer. An answer that could not be read is wrong.
    """

    name = "accuracy_by_turn"

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """Accuracy over the attempts that say what they would have answered at each turn."""
        rows = [
            [one.answer in right_answers(case) for one in found]
            for case, attempt in zip(cases, attempts, strict=True)
            if (found := positions(attempt))
        ]
        if not rows:
            return Estimate(metric=self.name, value=None, n=0)
        longest = max(map(len, rows))
        right = sum(row[-1] for row in rows)
        parts = {
            f"after {turn}": sum(row[min(turn, len(row) - 1)] for row in rows) / len(rows) for turn in range(longest)
        }
        parts |= {f"under way at {turn}": float(sum(len(row) > turn for row in rows)) for turn in range(longest)}
        return Estimate(
            metric=self.name,
            value=right / len(rows),
            n=len(rows),
            interval=wilson(right, len(rows)),
            method="Wilson",
            parts=parts,
        )


class ThresholdSweep:
    """What other thresholds would have come to: each dialogue stops at its first turn with enough confidence.

    For each threshold: accuracy, mean questions, and the share that reaches it. A dialogue that never does ends with
    its last answer, so that thresholds above the one it was run with are no more than that one: run the expert
    ``fixed`` with a confidence, or a high threshold, to see all of them. The value is the accuracy at the best.
    """

    name = "threshold_sweep"

    def __init__(self, thresholds: Sequence[float] = THRESHOLDS) -> None:
        self.thresholds = tuple(thresholds)

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The sweep over the attempts that say how certain they were."""
        rows = [
            (found, right_answers(case))
            for case, attempt in zip(cases, attempts, strict=True)
            if (found := positions(attempt)) and any(one.confidence is not None for one in found)
        ]
        if not rows:
            return Estimate(metric=self.name, value=None, n=0, notes=("no attempt says how certain it was",))
        parts: dict[str, float] = {}
        best = 0
        for threshold in self.thresholds:
            right = asked = reached = 0
            for found, truth in rows:
                enough = [i for i, one in enumerate(found) if (one.confidence or 0.0) >= threshold]
                stop = enough[0] if enough else len(found) - 1
                right += found[stop].answer in truth
                asked += stop
                reached += bool(enough)
            best = max(best, right)
            for name, value in (("accuracy", right), ("questions", asked), ("reached", reached)):
                parts[f"{name} at {threshold:g}"] = value / len(rows)
        return Estimate(
            metric=self.name,
            value=best / len(rows),
            n=len(rows),
            interval=wilson(best, len(rows)),
            method="Wilson; the best of several thresholds, chosen on these very cases",
            parts=parts,
        )


def _bootstrap(values: Array, seed: int) -> tuple[float, float]:
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


QUESTIONS = PerDialogue("questions", lambda attempt: len(of_kind(attempt, "question")))
TIMEOUTS = PerDialogue("timeouts", lambda attempt: float(timed_out(attempt)))
