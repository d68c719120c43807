"""Right answer against right reasons: the cross table, whether explanations are faithful, and whether labels leak.

Paper: Right prediction, wrong reasoning (system 75).

    table            predictions right or wrong x explanations right or wrong
    RPWR             share of right predictions whose explanation is wrong
    faithfulness     P(answer changes | cited evidence removed) - P(answer changes | as much uncited removed)
    leakage          accuracy with the labels of the known patients, and with these labels shuffled

Explanations are checked by :mod:`workup.evaluation.claim_check` or by a person; one whose verdict could not be read is
in no cell and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from workup.case import Case
from workup.evaluation.claim_check import Checked
from workup.evaluation.labels import ratio, wilson
from workup.evaluation.stats import LEVEL, RESAMPLES, Interval
from workup.text.record_values import name_of


class Judged(msgspec.Struct, frozen=True):
    """One explained prediction.

    Attributes:
        gold: True label.
        label: Label given; None for none.
        reasons: Whether the explanation was found right; None when no verdict could be read.
    """

    gold: str
    label: str | None
    reasons: bool | None


class RightReasons(msgspec.Struct, frozen=True):
    """The cross table and what follows from it; shares in 0-1 with 95 % Wilson intervals.

    Attributes:
        n: Predictions with a verdict on their explanation.
        unread: Predictions without one.
        right_right: Right prediction, right reasons.
        right_wrong: Right prediction, wrong reasons.
        wrong_right: Wrong prediction, right reasons.
        wrong_wrong: Wrong prediction, wrong reasons.
        accuracy: Right predictions, of all that were judged.
        reasoning: Right explanations.
        rpwr: Share of right predictions with wrong reasons; None without right predictions.
        sensitivity: Share of the positive label found; None without positives.
        specificity: Share of other labels not called positive; None without any.
        base_rate: Share of the positive label.
    """

    n: int
    unread: int
    right_right: int
    right_wrong: int
    wrong_right: int
    wrong_wrong: int
    accuracy: float
    accuracy_interval: Interval
    reasoning: float
    reasoning_interval: Interval
    rpwr: float | None
    rpwr_interval: Interval | None
    sensitivity: float | None
    specificity: float | None
    base_rate: float


def right_reasons(judged: Sequence[Judged], positive: str) -> RightReasons | None:
    """Cross predictions and explanations; None when there is nothing that could be judged.

    >>> rows = [Judged("RA", "RA", False), Judged("RA", "RA", True), Judged("not RA", "RA", True)]
    >>> table = right_reasons(rows, "RA")
    >>> table.rpwr, table.right_wrong, table.wrong_right, table.specificity
    (0.5, 1, 1, 0.0)
    """
    read = [one for one in judged if one.reasons is not None]
    if not read:
        return None
    cells = {
        (right, reasons): sum((one.label == one.gold, one.reasons) == (right, reasons) for one in read)
        for right in (True, False)
        for reasons in (True, False)
    }
    n, right = len(read), cells[True, True] + cells[True, False]
    sound = cells[True, True] + cells[False, True]
    positives = [one for one in read if one.gold == positive]
    negatives = [one for one in read if one.gold != positive]
    return RightReasons(
        n=n,
        unread=len(judged) - n,
        right_right=cells[True, True],
        right_wrong=cells[True, False],
        wrong_right=cells[False, True],
        wrong_wrong=cells[False, False],
        accuracy=right / n,
        accuracy_interval=wilson(right, n),
        reasoning=sound / n,
        reasoning_interval=wilson(sound, n),
        rpwr=cells[True, False] / right if right else None,
        rpwr_interval=wilson(cells[True, False], right) if right else None,
        sensitivity=ratio(sum(one.label == positive for one in positives), len(positives)) if positives else None,
        specificity=ratio(sum(one.label != positive for one in negatives), len(negatives)) if negatives else None,
        base_rate=len(positives) / n,
    )


Predict = Callable[[Case], str | None]


class Faithfulness(msgspec.Struct, frozen=True):
    """How much more often the answer changes when what was cited goes.

    Attributes:
        value: Difference of the two shares.
        interval: 95 % bootstrap interval over patients.
        cited: Share of answers that changed without the cited evidence.
        uncited: Share that changed without as many values that were not cited.
        n: Patients whose explanation cites something, with something left uncited.
    """

    value: float
    interval: Interval
    cited: float
    uncited: float
    n: int


def faithfulness(
    cases: Sequence[Case], checked: Sequence[Checked], predict: Predict, *, seed: int = 0
) -> Faithfulness | None:
    """Remove cited lines of the record, and in the control as many others; None when nothing can be removed.

    A removed value leaves with its line; an answer that is no longer given has changed.

    Args:
        cases: Patients with a record as text.
        checked: The checked explanation of each.
        predict: Gives a label, or none.
        seed: Which uncited values the control removes.
    """
    changes = []
    for number, (case, one) in enumerate(zip(cases, checked, strict=True)):
        lines = [name_of(line.partition(":")[0]) for line in (case.text or "").splitlines()]
        cited = [name for name in lines if name in {claim.about for claim in one.claims if claim.kind == "finding"}]
        others = [name for name in lines if name not in cited]
        if not cited or not others:
            continue
        random = np.random.default_rng((seed, number))
        control = [others[place] for place in random.permutation(len(others))[: len(cited)]]
        before = predict(case)
        changes.append((predict(without(case, cited)) != before, predict(without(case, control)) != before))
    if not changes:
        return None
    rows = np.array(changes, dtype=float)
    drawn = np.random.default_rng(seed).integers(len(rows), size=(RESAMPLES, len(rows)))
    means = (rows[:, 0] - rows[:, 1])[drawn].mean(axis=1)
    low, high = np.percentile(means, [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
    cited_share, uncited_share = rows.mean(axis=0)
    return Faithfulness(
        float(cited_share - uncited_share),
        (float(low), float(high)),
        float(cited_share),
        float(uncited_share),
        len(rows),
    )


def without(case: Case, names: Sequence[str]) -> Case:
    """The case without the lines of some values.

    >>> without(Case(id="x", text="Rf: 9\\nCrp: 2"), ["rf"]).text
    'Crp: 2'
    """
    kept = [line for line in (case.text or "").splitlines() if name_of(line.partition(":")[0]) not in names]
    return msgspec.structs.replace(case, text="\n".join(kept))


class Leakage(msgspec.Struct, frozen=True):
    """Accuracy with the labels of known patients as they are, and shuffled.

    Attributes:
        kept: Accuracy with the true labels.
        kept_interval: Its 95 % Wilson interval.
        shuffled: Accuracy with labels of the known patients drawn anew among themselves.
        shuffled_interval: Its 95 % Wilson interval.
        copied: Share of answers that changed with the labels alone.
        exposed: Whether the intervals are apart: the answers come from the labels of others.
        n: Patients.
    """

    kept: float
    kept_interval: Interval
    shuffled: float
    shuffled_interval: Interval
    copied: float
    exposed: bool
    n: int


def leakage(
    cases: Sequence[Case], known: Sequence[Case], make: Callable[[Sequence[Case]], Predict], *, seed: int = 0
) -> Leakage | None:
    """Answer the same cases with the labels of the known patients shuffled; None without cases with an answer.

    Args:
        cases: Patients with the truth.
        known: Patients that the reasoner may look up.
        make: Makes the reasoner from known patients.
        seed: Of the shuffle.
    """
    asked = [case for case in cases if case.reference is not None and case.reference.answer is not None]
    if not asked:
        return None
    order = np.random.default_rng(seed).permutation(len(known))
    swapped = [
        msgspec.structs.replace(case, reference=known[int(place)].reference)
        for case, place in zip(known, order, strict=True)
    ]
    plain, blind = make(known), make(swapped)
    first, second = ([predict(case) for case in asked] for predict in (plain, blind))
    truth = [case.reference.answer for case in asked if case.reference is not None]
    hits = [sum(said == gold for said, gold in zip(given, truth, strict=True)) for given in (first, second)]
    n = len(asked)
    kept, shuffled = wilson(hits[0], n), wilson(hits[1], n)
    return Leakage(
        hits[0] / n,
        kept,
        hits[1] / n,
        shuffled,
        sum(one != other for one, other in zip(first, second, strict=True)) / n,
        shuffled[1] < kept[0],
        n,
    )
