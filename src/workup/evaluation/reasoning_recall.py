"""Is the diagnosis right, and how much of the clinicians' reasoning does the answer tell? Figures of MedCaseReasoning.

    accuracy           a judge says that the diagnosis is the reference's
    pass@N             any of N sampled answers is right
    reasoning recall   R_i = share of the statements of case i that the reasoning contains; mean of R_i over cases
    ... micro          the same over the statements of all cases together

All rest on a judge's verdicts, which are kept: a score is computed again without judging again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import comb

import msgspec
import numpy as np
from scipy.stats import rankdata

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Item, Sheet
from workup.evaluation.judges.scoring import JudgedMetric, JudgedScorer, Say, words_of
from workup.evaluation.labels import ratio
from workup.evaluation.score import Estimate, Scorer
from workup.evaluation.stats import RESAMPLES, CaseDraws, percentile_interval
from workup.evaluation.verdicts import Ratio, Verdict, always, count, says
from workup.knowledge.arrays import Array

CITATION = "MedCaseReasoning, arXiv 2505.11733"


class Diagnosis(JudgedScorer):
    """1 when the judge says that the answer is the reference's disease; a broader category is not."""

    name = "accuracy"
    citation = CITATION

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """One verdict, on the first diagnosis named."""
        reasoning = attempt.reasoning
        given = reasoning.answer.text if reasoning and reasoning.answer else ""
        if reasoning and not given and reasoning.differential:
            given = reasoning.differential[0].label or reasoning.differential[0].id
        right = case.reference.answer or "" if case.reference else ""
        # The case helps to decide whether a name that is more or less specific will do.
        context = {"case": case.text or "", "reference": right}
        return say(Sheet(task="diagnosis", case=case.id, context=context, items=(Item("1", given),)))

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The share of right ones, of one."""
        return {"accuracy": count(verdicts, says("2"), always)}


class Recall(JudgedScorer):
    """Share of the clinicians' statements that the reasoning contains."""

    name = "reasoning recall"
    citation = CITATION

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """A verdict on each statement, by the whole trace."""
        claims = [step.claim for step in attempt.reasoning.steps] if attempt.reasoning else []
        trace = "\n".join([*claims, words_of(attempt)])
        wanted = case.reference.steps if case.reference else ()
        items = tuple(Item(str(place), text) for place, text in enumerate(wanted, 1))
        return say(Sheet(task="hit", case=case.id, context={"answer": trace}, items=items)) if items else []

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The recall."""
        return {"reasoning recall": count(verdicts, says("hit"), always)}


class MicroRecall:
    """Recall over the statements of all cases together, so that long reasonings weigh more; interval over cases."""

    name = "reasoning recall, micro"

    def __init__(self, scorer: Recall) -> None:
        self.scorer = scorer

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The recall over attempts, ``attempts[i]`` being one at ``cases[i]``; n is the number of cases."""
        found = []
        for case, attempt in zip(cases, attempts, strict=True):
            silent = attempt.reasoning is None or not (words_of(attempt) or attempt.reasoning.steps)
            # Silence misses every statement.
            missed = Ratio(0.0, 0.0, float(len(case.reference.steps if case.reference else ())), 0, 0)
            scored = missed if silent else self.scorer.ratios(self.scorer.settled(case, attempt))["reasoning recall"]
            found.append((scored.earned, scored.possible, scored.unread))
        table = np.array(found, dtype=np.float64).reshape(-1, 3)
        if not table[:, 1].sum():
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        draws, random = CaseDraws([case.id for case in cases]), np.random.default_rng(seed)
        drawn = np.array([table[draws.one(random)].sum(axis=0) for _ in range(RESAMPLES)])
        unread = int(table[:, 2].sum())
        notes = (f"judge: {self.scorer.judge.name}", *([f"{unread} verdicts could not be read"] if unread else []))
        return Estimate(
            metric=self.name,
            value=float(table[:, 0].sum() / table[:, 1].sum()),
            n=len(table),
            interval=percentile_interval(drawn[:, 0] / np.maximum(drawn[:, 1], 1)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
            parts={"statements": float(table[:, 1].sum())},
            notes=notes,
        )


class PassAtN:
    """Share of the cases of which any sampled answer is right.

    Its parts are the same for fewer samples, without drawing any anew: with c of N right, k of them hold a right one
    with the probability 1 - C(N - c, k) / C(N, k) (Chen et al. 2021, arXiv 2107.03374).
    """

    name = "pass@N (N sampled answers)"
    fewer = (1, 5, 10)

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The share over cases; attempts at one case are its samples."""
        best: dict[str, list[float]] = defaultdict(list)
        for case, attempt in zip(cases, attempts, strict=True):
            best[case.id].append(self.scorer.score(case, attempt).total)
        if not best:
            return Estimate(metric=self.name, value=None, n=0, citation=CITATION)
        values = np.array([max(scores) for scores in best.values()])
        sizes = sorted({len(scores) for scores in best.values()})
        return Estimate(
            metric=self.name,
            value=float(values.mean()),
            n=len(values),
            interval=percentile_interval(CaseDraws(list(best)).means(values, seed=seed)),
            method=f"percentile bootstrap over cases, {RESAMPLES} resamples, seed {seed}",
            citation=CITATION,
            parts={
                "mean of the samples": ratio(sum(sum(one) for one in best.values()), sum(map(len, best.values()))),
                **{
                    f"pass@{k}": float(np.mean([pass_at(k, len(one), round(sum(one))) for one in best.values()]))
                    for k in self.fewer
                    if k <= sizes[0]
                },
            },
            notes=(f"N = {' or '.join(map(str, sizes))} samples a case; not N examples in the prompt",),
        )


def pass_at(k: int, samples: int, right: int) -> float:
    """Probability that k of some samples hold a right one.

    >>> pass_at(1, 4, 1), pass_at(2, 4, 1), pass_at(4, 4, 1), pass_at(2, 4, 0)
    (0.25, 0.5, 1.0, 0.0)
    """
    return 1.0 - comb(samples - right, k) / comb(samples, k)


class MacroRecall(JudgedMetric):
    """Mean over cases of the recall; a case without statements has none, and is left out."""

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The mean over attempts, ``attempts[i]`` being one at ``cases[i]``."""
        kept = [(case, attempt) for case, attempt in zip(cases, attempts, strict=True) if _steps(case)]
        found = super().estimate([case for case, _ in kept], [attempt for _, attempt in kept], seed=seed)
        left = len(cases) - len(kept)
        note = (f"{left} attempts at cases without statements are left out",) if left else ()
        return msgspec.structs.replace(found, notes=(*found.notes, *note))


class RecallByDiagnosis:
    """Does who recalls more of the reasoning have the diagnosis right more often? Rank correlation of the two.

    Parts: Pearson's correlation, and the mean recall of right and of wrong diagnoses, where there are any.
    """

    name = "recall with diagnosis (Spearman)"

    def __init__(self, diagnosis: Diagnosis, recall: Recall) -> None:
        self.diagnosis, self.recall = diagnosis, recall

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The correlation over attempts at cases with statements; none where all are right, or recall never varies."""
        pairs = [(case, attempt) for case, attempt in zip(cases, attempts, strict=True) if _steps(case)]
        right = np.array([self.diagnosis.score(*pair).total for pair in pairs])
        recall = np.array([self.recall.score(*pair).total for pair in pairs])
        groups = {"recall of right diagnoses": recall[right == 1], "recall of wrong diagnoses": recall[right == 0]}
        parts = {name: float(values.mean()) for name, values in groups.items() if len(values)}
        value = _correlation(rankdata(right), rankdata(recall)) if pairs else None
        if value is None:
            note = "no correlation: all diagnoses are alike, or all recalls"
            return Estimate(
                metric=self.name,
                value=None,
                n=len(pairs),
                citation=CITATION,
                parts=parts,
                notes=(note,) if pairs else (),
            )
        draws, random = CaseDraws([case.id for case, _ in pairs]), np.random.default_rng(seed)
        drawn = [
            one
            for places in (draws.one(random) for _ in range(RESAMPLES))
            if (one := _correlation(rankdata(right[places]), rankdata(recall[places]))) is not None
        ]
        return Estimate(
            metric=self.name,
            value=value,
            n=len(pairs),
            interval=percentile_interval(drawn),
            method=f"percentile bootstrap over cases, {len(drawn)} resamples with a correlation, seed {seed}",
            citation=CITATION,
            parts={"Pearson": _correlation(right, recall) or 0.0, **parts},
            notes=(f"judge: {self.recall.judge.name}",),
        )


def _correlation(one: Array, other: Array) -> float | None:
    """Pearson's correlation; None when one of the two does not vary."""
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _steps(case: Case) -> tuple[str, ...]:
    return case.reference.steps if case.reference else ()
