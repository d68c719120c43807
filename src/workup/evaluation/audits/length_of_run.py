"""The length audit of a recorded run (system 11): table, thresholds, and the risk-coverage curve by length.

Three lengths that are not the same are looked at apart: tokens that the model wrote, characters of the words that the
answer was read from, and steps. Traces that were cut at the token limit are long for that reason alone, so that every
figure is also given without them; and since hard questions have long traces, for each value of the facts that the
benchmark states (step of the examination, subject).

    run   unit     n   right  mean right/wrong   r     AUROC of length for error
          tokens  30   0.27   41.5 / 58.0        0.12  0.58 [0.36, 0.79]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from workup.case import Case
from workup.errors import UserError
from workup.evaluation.attempt import Attempt
from workup.evaluation.audits.length import LengthAudit, Threshold, at_threshold, best_threshold, length_audit
from workup.evaluation.calibration import risk_coverage
from workup.evaluation.run_figures import Curve
from workup.evaluation.run_store import RunStore
from workup.evaluation.scoring import benchmark_of, cases_of
from workup.knowledge.arrays import Array

UNITS = ("tokens", "characters", "steps")
QUANTILES = (0.25, 0.5, 0.75)
# A fact with more values, or a value with fewer traces, makes no stratum.
MOST_VALUES, LEAST = 12, 10


class UnitAudit(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of length.

    Attributes:
        audit: Length against error, of all traces.
        uncut: The same without traces that were cut at the token limit.
        at: Answering only traces up to the quartiles of the lengths.
        chosen: Cross-fitted: the longest length whose accuracy reaches the target on other folds.
        curve: Share answered and error among them, the shortest first.
        strata: The audit for each value of each fact, as ``fact: value``.
    """

    audit: LengthAudit
    uncut: LengthAudit | None
    at: tuple[Threshold, ...]
    chosen: Threshold
    curve: Curve
    strata: dict[str, LengthAudit]


class RunLengths(msgspec.Struct, frozen=True, kw_only=True):
    """The length audit of a run.

    Attributes:
        name: Reasoner and model.
        score: What counts as right: a full score of this scorer.
        target: Accuracy that the chosen threshold must reach.
        cut: Traces that were cut at the token limit.
        left_out: Attempts that failed and have no trace.
        units: What was found, by unit.
    """

    name: str
    score: str
    target: float
    cut: int
    left_out: int
    units: dict[str, UnitAudit]


def lengths_of_run(folder: Path, *, data: Sequence[Path] = (), target: float = 0.9, seed: int = 0) -> RunLengths:
    """Audit the lengths of a recorded run.

    Args:
        folder: The run.
        data: Where its files are now, when they have moved.
        target: Accuracy wanted among the answers that are not sent to a reviewer, 0-1.
        seed: Seed of intervals and folds.

    Raises:
        UserError: It is no run, or its benchmark has nothing that says right from wrong without a judge.
        DataError: Run or data cannot be read.
    """
    with RunStore(folder) as store:
        tried, manifest = list(store.attempts()), store.manifest
    scorers = benchmark_of(manifest).scorers()
    if not scorers:
        raise UserError("answers of this benchmark are judged; there is no right and wrong to compare lengths with")
    scorer = scorers[0]
    cases = cases_of(manifest, [one.key.case_id for one in tried], data=data)
    whole = [one for one in tried if one.reasoning is not None]
    if not whole:
        raise UserError(f"{folder} holds no finished attempt")
    wrong = np.array([scorer.score(cases[one.key.case_id], one).total < 1.0 for one in whole])
    cut = np.array([_is_cut(one) for one in whole])
    groups = _strata([cases[one.key.case_id] for one in whole])
    return RunLengths(
        name=" / ".join(part for part in (manifest["reasoner"], manifest["model"]) if part),
        score=scorer.name,
        target=target,
        cut=int(cut.sum()),
        left_out=len(tried) - len(whole),
        units={
            unit: _unit(np.array([_length(one, unit) for one in whole]), wrong, cut, groups, unit, target, seed)
            for unit in UNITS
        },
    )


def _unit(
    size: Array, wrong: Array, cut: Array, groups: dict[str, Array], unit: str, target: float, seed: int
) -> UnitAudit:
    found = length_audit(size, wrong, unit=unit, seed=seed)
    assert found is not None
    coverage, risk = risk_coverage(-size, ~wrong)
    return UnitAudit(
        audit=found,
        uncut=length_audit(size[~cut], wrong[~cut], unit=unit, seed=seed),
        at=tuple(at_threshold(size, wrong, float(np.quantile(size, share))) for share in QUANTILES),
        chosen=best_threshold(size, wrong, target=target, seed=seed),
        curve=tuple(zip(map(float, coverage), map(float, risk), strict=True)),
        strata={
            name: one
            for name, mask in groups.items()
            if (one := length_audit(size[mask], wrong[mask], unit=unit, seed=seed)) is not None
        },
    )


def _length(attempt: Attempt, unit: str) -> float:
    assert attempt.reasoning is not None
    if unit == "tokens":
        return float(attempt.usage.output_tokens)
    if unit == "steps":
        return float(len(attempt.reasoning.steps))
    return float(len(attempt.raw) + sum(len(step.claim) for step in attempt.reasoning.steps))


def _is_cut(attempt: Attempt) -> bool:
    return attempt.reasoning is not None and any(issue.code == "cut" for issue in attempt.reasoning.issues)


def _strata(cases: Sequence[Case]) -> dict[str, Array]:
    """Which traces belong to each value of each fact."""
    facts = sorted({fact for case in cases for fact in case.provenance})
    found = {}
    for fact in facts:
        values = np.array([str(case.provenance.get(fact, "")) for case in cases])
        named = sorted(set(values.tolist()))
        if not 2 <= len(named) <= MOST_VALUES:
            continue
        for value in named:
            mask = values == value
            if int(mask.sum()) >= LEAST:
                found[f"{fact}: {value}"] = mask
    return found
