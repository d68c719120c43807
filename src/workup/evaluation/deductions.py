"""Is a diagnosis deduced from the note as clinicians deduced it? Observations, rationales and the chain of diagnoses.

A deduction is an observation of the note, the reason why it speaks for a diagnosis, and that diagnosis::

    "proBNP 3843"   natriuretic peptide is raised in heart failure   ->   Strongly suspected heart failure

Two lists are compared by pairing their observations, each at most once::

    completeness   pairs / (wanted + given - pairs)
    precision      pairs / given                      recall   pairs / wanted
    faithfulness   pairs whose rationale and diagnosis agree as well / pairs
    faithful       the same pairs / (wanted + given - pairs)

Source: DiReCT (Wang et al. 2024, arXiv 2408.01933), which pairs by a language model's verdict. Here words are compared
unless another rule is given, and the rule is part of a score's name. ``upstream_compatible`` keeps two habits of the
released code: one is added to the denominators of precision and recall, and pairs are taken greedily in order.

>>> one = Deduction("proBNP 3843", "raised in heart failure", "Heart failure")
>>> compare([one], [one, Deduction("cough", "a symptom", "Heart failure")])["completeness"]
0.5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from workup.evaluation.judges.names import plain
from workup.evaluation.labels import ratio
from workup.evaluation.overlap import rouge

Alike = Callable[[str, str], float]

# Two observations are one when at least half of their words are shared.
ALIKE = 0.5


class Deduction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step from the note to a diagnosis.

    Attributes:
        observation: What the note says.
        rationale: Why it speaks for the diagnosis.
        diagnosis: The diagnosis, often a preliminary one.
        source: Part of the note, ``input1`` to ``input6``; empty when it is not told.
    """

    observation: str
    rationale: str
    diagnosis: str
    source: str = ""


def shared_words(one: str, other: str) -> float:
    """F1 of shared words, 0-1; texts that differ only in case and punctuation are fully alike.

    >>> shared_words("proBNP of 3843", "ProBNP 3843")
    0.8
    """
    return 1.0 if plain(one) == plain(other) else rouge(one, other)["rouge1"].f1


def pairs(
    wanted: Sequence[str], given: Sequence[str], alike: Alike = shared_words, *, upstream_compatible: bool = False
) -> list[tuple[int, int]]:
    """Places of observations that are the same, each used once: as many as can be, those most alike first.

    >>> pairs(["fever", "cough"], ["a cough", "fever"])
    [(0, 1), (1, 0)]
    """
    table = np.array([[alike(one, other) for other in given] for one in wanted]).reshape(len(wanted), len(given))
    if upstream_compatible:
        left, found = set(range(len(given))), []
        for place in range(len(wanted)):
            hit = next((other for other in sorted(left) if table[place, other] >= ALIKE), None)
            if hit is not None:
                left.remove(hit)
                found.append((place, hit))
        return found
    from scipy.optimize import linear_sum_assignment

    # A pair is worth more than any likeness, so that no two good pairs are given up for a better one.
    worth = np.where(table >= ALIKE, 1.0 + table / (1.0 + table.size), 0.0)
    rows, columns = linear_sum_assignment(-worth)
    return [(int(row), int(column)) for row, column in zip(rows, columns, strict=True) if worth[row, column] > 0]


def compare(
    wanted: Sequence[Deduction],
    given: Sequence[Deduction],
    alike: Alike = shared_words,
    *,
    upstream_compatible: bool = False,
) -> dict[str, float]:
    """Every figure above, 0-1; 0 where there is nothing to divide by."""
    found = pairs(
        [one.observation for one in wanted],
        [one.observation for one in given],
        alike,
        upstream_compatible=upstream_compatible,
    )
    agree = sum(
        plain(wanted[one].diagnosis) == plain(given[other].diagnosis)
        and alike(wanted[one].rationale, given[other].rationale) >= ALIKE
        for one, other in found
    )
    added = 1 if upstream_compatible else 0
    union = len(wanted) + len(given) - len(found)
    return {
        "completeness": ratio(len(found), union),
        "precision": ratio(len(found), len(given) + added),
        "recall": ratio(len(found), len(wanted) + added),
        "faithfulness": ratio(agree, len(found)),
        "faithful": ratio(agree, union),
    }
