"""Scorers and metrics of answers that are a key, a label or a list of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.labels import LabelFigures, figures_of, label_figures
from workup.evaluation.score import Estimate, Score, Scorer
from workup.evaluation.stats import LEVEL, RESAMPLES, CaseDraws, percentile_interval


def chosen(attempt: Attempt) -> tuple[str, ...]:
    """What the attempt answers: keys of options, labels or diagnoses, best first; empty when it gives no answer."""
    answer = attempt.reasoning.answer if attempt.reasoning else None
    return answer.ids if answer else ()


def why_none(attempt: Attempt) -> str:
    """Why an attempt has no answer: ``failed``, ``abstained`` or ``unparsed``; empty when it has one."""
    if attempt.reasoning is None:
        return "failed"
    # "None of the options" is an answer, though it names none.
    if attempt.reasoning.answer is not None:
        return ""
    return "abstained" if attempt.reasoning.abstained else "unparsed"


def right_answers(case: Case) -> frozenset[str]:
    """Every answer that counts as right."""
    reference = case.reference
    if reference is None:
        return frozenset()
    return frozenset((*([reference.answer] if reference.answer is not None else ()), *reference.accepted))


class RightAnswer:
    """1 when the first answer is a right one, else 0; no answer is wrong, and says why in its notes."""

    name = "accuracy"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt."""
        given, reason = chosen(attempt), why_none(attempt)
        right = bool(given) and given[0] in right_answers(case)
        return Score(total=float(right), notes=(reason,) if reason else ())


class LabelMetric:
    """A figure of labels over a run, with a bootstrap interval over cases.

    Attributes:
        name: Name of the metric.
        citation: Where its definition comes from.
    """

    def __init__(
        self, name: str, figure: Callable[[LabelFigures], float], *, classes: Sequence[str] = (), citation: str = ""
    ) -> None:
        self.name = name
        self.citation = citation
        self._figure = figure
        self._classes = tuple(classes) or None

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The figure over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        gold = [case.reference.answer or "" if case.reference else "" for case in cases]
        given = [(chosen(attempt) or (None,))[0] for attempt in attempts]
        # A further right answer counts as the right one.
        given = [
            truth if label is not None and label in right_answers(case) else label
            for case, truth, label in zip(cases, gold, given, strict=True)
        ]
        figures = label_figures(gold, given, classes=self._classes)
        if figures is None:
            return Estimate(metric=self.name, value=None, n=0, citation=self.citation)
        values = [self._figure(sample) for sample in self._samples(cases, gold, given, seed)]
        low, high = np.percentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        reasons = [why_none(attempt) for attempt in attempts]
        counts = {reason: reasons.count(reason) for reason in sorted({*reasons} - {""})}
        return Estimate(
            metric=self.name,
            value=self._figure(figures),
            n=figures.n,
            interval=(float(low), float(high)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=self.citation,
            parts={f"f1 {name}": one.f1 for name, one in figures.classes.items()},
            notes=tuple(f"{count} {reason}, counted as wrong" for reason, count in counts.items()),
        )

    def _samples(
        self, cases: Sequence[Case], gold: Sequence[str], given: Sequence[str | None], seed: int
    ) -> Iterator[LabelFigures]:
        """Figures of resampled cases, each drawn with all its attempts.

        Cases with the same labels are the same to the figures, so that only how many of each kind are drawn is drawn.
        """
        labels: dict[str, list[tuple[str, str]]] = {}
        for case, truth, label in zip(cases, gold, given, strict=True):
            labels.setdefault(case.id, []).append((truth, label or ""))
        kinds = Counter(tuple(sorted(pairs)) for pairs in labels.values())
        share = np.array(list(kinds.values())) / len(labels)
        for drawn in np.random.default_rng(seed).multinomial(len(labels), share, size=RESAMPLES).tolist():
            confusion: dict[str, dict[str, int]] = {}
            for pairs, count in zip(kinds, drawn, strict=True):
                for truth, label in pairs if count else ():
                    row = confusion.setdefault(truth, {})
                    row[label] = row.get(label, 0) + count
            yield figures_of(confusion, classes=self._classes)


ACCURACY = LabelMetric("accuracy", lambda figures: figures.accuracy)
MACRO_F1 = LabelMetric("macro_f1", lambda figures: figures.macro_f1)


class MeanScore:
    """Mean of a scorer over a run, with a bootstrap interval over cases.

    Attributes:
        name: Name of the metric, by default the scorer's.
        scorer: What scores each attempt.
        by: A fact of the cases' provenance; the mean of each of its values becomes a part.
        citation: Where the definition comes from.
    """

    def __init__(self, scorer: Scorer, *, name: str = "", by: str = "", citation: str = "") -> None:
        self.name = name or scorer.name
        self.scorer = scorer
        self.by = by
        self.citation = citation

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The mean over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        scores = [self.scorer.score(case, attempt) for case, attempt in zip(cases, attempts, strict=True)]
        if not scores:
            return Estimate(metric=self.name, value=None, n=0, citation=self.citation)
        values = np.array([score.total for score in scores])
        means = CaseDraws([case.id for case in cases]).means(values, seed=seed)
        groups = [str(case.provenance.get(self.by, "")) for case in cases] if self.by else []
        notes = [note for score in scores for note in score.notes]
        return Estimate(
            metric=self.name,
            value=float(values.mean()),
            n=len(values),
            interval=percentile_interval(means),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=self.citation,
            parts={
                f"{self.by} {group}": float(values[[one == group for one in groups]].mean())
                for group in sorted(set(groups))
            },
            notes=tuple(f"{notes.count(note)} {note}" for note in sorted(set(notes))),
        )
