"""Scorers and metrics that rest on a judge's verdicts; a benchmark says what is on the sheet and how it is counted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.judge import Judge, RepeatedJudge, Sheet, repeat_figures, settle
from workup.evaluation.score import Estimate, Score
from workup.evaluation.scorers import why_none
from workup.evaluation.verdicts import Ratio, Verdict, mean_ratio

Say = Callable[[Sheet], list[Verdict]]


def words_of(attempt: Attempt) -> str:
    """The words of an attempt: what a model wrote, else its answer in words."""
    if attempt.raw:
        return attempt.raw
    return attempt.reasoning.answer.text if attempt.reasoning and attempt.reasoning.answer else ""


class JudgedScorer:
    """A score that is a ratio over a judge's verdicts. A sheet is judged once, however often its score is asked for.

    Attributes:
        name: Name of the headline ratio.
        citation: Where its definition comes from.
        clip: Whether the mean over cases is clipped to 0-1.
        judge: Who judges.
    """

    name: str
    citation: str = ""
    clip: bool = False

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self._judged: dict[str, list[list[Verdict]]] = {}

    def verdicts(self, say: Say, case: Case, attempt: Attempt) -> list[Verdict]:
        """All verdicts on an attempt; ``say`` judges a sheet."""
        raise NotImplementedError

    def ratios(self, verdicts: Sequence[Verdict]) -> dict[str, Ratio]:
        """The scores by name, the headline first."""
        raise NotImplementedError

    def opinions(self, sheet: Sheet) -> list[list[Verdict]]:
        """The verdicts on a sheet, by repetition."""
        key = sheet.digest()
        if key not in self._judged:
            judge = self.judge
            self._judged[key] = judge.opinions(sheet) if isinstance(judge, RepeatedJudge) else [judge.judge(sheet)]
        return self._judged[key]

    def settled(self, case: Case, attempt: Attempt) -> list[Verdict]:
        """The verdicts on an attempt, the most frequent ones where they were repeated."""
        return self.verdicts(lambda sheet: settle(self.opinions(sheet)), case, attempt)

    def repeated(self, case: Case, attempt: Attempt, repeat: int) -> list[Verdict]:
        """The verdicts of one repetition."""
        return self.verdicts(lambda sheet: self.opinions(sheet)[repeat], case, attempt)

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; one without an answer gets 0 and is not judged."""
        reason = _silent(attempt)
        if reason:
            return Score(total=0.0, notes=(reason,))
        ratios = self.ratios(self.settled(case, attempt))
        head = next(iter(ratios.values()))
        notes = [f"judge: {self.judge.name}"]
        notes += [f"{head.unread} verdicts could not be read"] if head.unread else []
        notes += ["judge failed"] if head.unread and not head.items else []
        return Score(total=head.value, parts={name: one.value for name, one in ratios.items()}, notes=tuple(notes))


class JudgedMetric:
    """Mean of a judged score over a run; judge, unread verdicts and repetitions stand in its notes.

    Attributes:
        name: Name of the ratio.
        scorer: What judges each attempt.
    """

    def __init__(self, scorer: JudgedScorer, part: str = "") -> None:
        self.name = part or scorer.name
        self.scorer = scorer

    def estimate(self, cases: Sequence[Case], attempts: Sequence[Attempt], *, seed: int = 0) -> Estimate:
        """The mean over attempts, ``attempts[i]`` being one at ``cases[i]``.

        An attempt without an answer counts 0; a case of which no verdict could be read is left out and counted.
        """
        pairs = list(zip(cases, attempts, strict=True))
        answered = [pair for pair in pairs if not _silent(pair[1])]
        silent = len(pairs) - len(answered)
        judged = [self.scorer.settled(*pair) for pair in answered]
        ratios = [self.scorer.ratios(verdicts)[self.name] for verdicts in judged]
        kept = [(pair[0].id, one) for pair, one in zip(answered, ratios, strict=True) if one.items or not one.unread]
        read = [one for _, one in kept]
        estimate = mean_ratio(
            self.name,
            [*read, *[Ratio(0.0, 0.0, 0.0, 0, 0)] * silent],
            names=[*(name for name, _ in kept), *(case.id for case, attempt in pairs if _silent(attempt))],
            clip=self.scorer.clip,
            judge=self.scorer.judge.name,
            citation=self.scorer.citation,
            seed=seed,
        )
        notes = list(estimate.notes)
        if lost := len(ratios) - len(read):
            verdicts = sum(one.unread for one in ratios if not one.items)
            notes.append(f"{lost} cases are left out: none of their {verdicts} verdicts could be read")
        if silent:
            notes.append(f"{silent} attempts gave no answer and count 0")
        if (repeats := self._repeats(answered)) > 1:
            notes.append(str(self._spread(answered, repeats)))
        return msgspec.structs.replace(estimate, notes=tuple(notes))

    def _repeats(self, pairs: Sequence[tuple[Case, Attempt]]) -> int:
        return getattr(self.scorer.judge, "repeats", 1) if pairs else 1

    def _spread(self, pairs: Sequence[tuple[Case, Attempt]], repeats: int) -> object:
        opinions = [[self.scorer.repeated(*pair, repeat) for repeat in range(repeats)] for pair in pairs]
        means = []
        for repeat in range(repeats):
            ratios = [self.scorer.ratios(case[repeat])[self.name] for case in opinions]
            read = [one.value for one in ratios if one.items or not one.unread]
            means.append(sum(read) / len(read) if read else 0.0)
        # A later sheet may depend on the verdicts of an earlier one: only what every repetition judged is compared.
        shared = [[_by_item(verdicts) for verdicts in case] for case in opinions]
        kept = [
            [[one[key] for key in sorted(set.intersection(*map(set, case)))] for one in case] for case in shared if case
        ]
        return repeat_figures(kept, means)


def _by_item(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Verdict]:
    return {(verdict.kind, verdict.item): verdict for verdict in verdicts}


def _silent(attempt: Attempt) -> str:
    """Why there is nothing to judge; empty when there is something."""
    return "" if words_of(attempt) or not why_none(attempt) else why_none(attempt)
