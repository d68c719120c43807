"""Recorded vote: the answer that most of several recorded runs gave to the case, by majority or by weight.

Paper: three-model majority vote on Arabic questions (arXiv 2508.15797, system 65); another team there used weights.

    runs     gemini-flash: B   gemini-pro: C   o3: B
    answer   B, with 2 of 3 votes; three different answers go to the run that ``tie`` names (the first has 0)

Any runs on the same questions can vote, whatever reasoner or model made them; no model is asked again.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from workup.errors import UserError
from workup.evaluation.ballots import elected
from workup.evaluation.run_store import RunStore
from workup.reasoners.method import Method, Task
from workup.reasoners.options import Options
from workup.reasoners.voting import ballot
from workup.reasoning import Answer, Reasoning, Step


class RecordedVoteOptions(Options, frozen=True, kw_only=True):
    """Folders of the runs, their weights (all alike without any), and the place of the run that decides ties."""

    runs: tuple[str, ...]
    weights: tuple[Annotated[float, Meta(ge=0)], ...] = ()
    tie: Annotated[int, Meta(ge=0)] = 0


class RecordedVote(Method[RecordedVoteOptions]):
    """Looks the case up in each run, by its content, and counts; a run without an answer to it does not vote."""

    name = "recorded-vote"
    needs = ("runs",)
    options = RecordedVoteOptions

    def work(self, task: Task[RecordedVoteOptions]) -> Reasoning:
        """Count the recorded answers."""
        options = task.options
        if options.weights and len(options.weights) != len(options.runs):
            raise UserError(f"{self.name}: {len(options.weights)} weights for {len(options.runs)} runs")
        case = task.case.digest()
        answers = [self.once((folder,), partial(_answers, folder)).get(case) for folder in options.runs]
        for folder, answer in zip(options.runs, answers, strict=True):
            said = ", ".join(answer.ids) or answer.text if answer else ""
            task.note(Step(kind="opinion", claim=said or "no answer", label=said, by=Path(folder).name))
        votes = [ballot(answer) if answer else None for answer in answers]
        winner = elected(votes, weights=options.weights or None, tie=options.tie)
        if winner is None:
            return task.abstains("none of the runs answered this case")
        count = votes.count(winner)
        task.note(Step(kind="vote", claim=f"{count} of {len(votes)} runs: {', '.join(winner)}"))
        first = next(answer for answer, vote in zip(answers, votes, strict=True) if vote == winner and answer)
        return task.reasoning(msgspec.structs.replace(first, probability=count / len(votes)))


def _answers(folder: str) -> dict[str, Answer]:
    """Answers of a run by the digest of their case; of several epochs the first."""
    if not (Path(folder) / "run.json").is_file():
        raise UserError(f"{folder} is no run's folder")
    found: dict[str, Answer] = {}
    with RunStore(Path(folder)) as store:
        for attempt in store.attempts():
            if attempt.reasoning and attempt.reasoning.answer and attempt.key.epoch == 0:
                found.setdefault(attempt.key.case, attempt.reasoning.answer)
    return found
