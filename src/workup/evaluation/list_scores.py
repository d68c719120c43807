"""Scores of ranked lists, which are rewards too: hit, first place, reciprocal rank, discounted gain, padding.

``k`` is the place of the first right entry of a list of ``m`` entries, with near-duplicates merged first:

====================  ==========================================
hit                   1 if there is a ``k``
first                 1 if ``k`` is 1
reciprocal            ``1 / k``
discounted            ``1 / log2(k + 1)``; with several right answers nDCG
length-penalised      ``1 / k - penalty * max(0, m - free)``
====================  ==========================================

A list without a right entry gets 0 (less the penalty). How entries are compared is a part of what a score means, and
of its name. Hit alone rewards long lists; reciprocal rank with a penalty teaches lists of one entry: watch the length.

Source: "Single answer is not enough" (system 42); the formulas are ours in its spirit, the code is not public.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Literal, get_args

from workup.case import Case
from workup.evaluation.attempt import Attempt
from workup.evaluation.judges.names import plain
from workup.evaluation.score import Score
from workup.evaluation.scorers import right_answers, why_none

Kind = Literal["hit", "first", "reciprocal", "discounted", "length-penalised"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Matches = Callable[[str, str], bool]

_LINE = re.compile(r"^[ \t>*_]{0,8}\(?(\d{1,3})[.):、]", re.MULTILINE)


def same_words(entry: str, right: str) -> bool:
    """Whether two names are the same but for spelling, case, punctuation and order of "X, Y".

    >>> same_words("Lyme  Disease", "lyme disease."), same_words("Lyme arthritis", "Lyme disease")
    (True, False)
    """
    return plain(entry) == plain(right)


def merged(entries: Sequence[str], matches: Matches = same_words) -> list[str]:
    """Entries with near-duplicates left out: an alias must not fill a second place.

    >>> merged(["Gout", "gout.", "Measles"])
    ['Gout', 'Measles']
    """
    kept: list[str] = []
    for entry in entries:
        if not any(matches(entry, earlier) for earlier in kept):
            kept.append(entry)
    return kept


def places(entries: Sequence[str], right: Sequence[str], matches: Matches = same_words) -> list[int]:
    """Places, from 1, of the entries that are right; each right answer is found once at most."""
    found, left = [], list(right)
    for place, entry in enumerate(entries, 1):
        hit = next((answer for answer in left if matches(entry, answer)), None)
        if hit is not None:
            found.append(place)
            left.remove(hit)
    return found


def list_value(
    entries: Sequence[str],
    right: Sequence[str],
    kind: Kind,
    *,
    matches: Matches = same_words,
    penalty: float = 0.05,
    free: int = 5,
) -> float:
    """Value of a list.

    Args:
        entries: The list, best first.
        right: Right answers; any of them counts.
        kind: Which of the formulas above.
        matches: Whether an entry is a right answer.
        penalty: What each entry beyond ``free`` costs (``length-penalised`` only).
        free: How long a list may be for nothing.

    >>> round(list_value(["Gout", "Measles"], ["Measles"], "discounted"), 4)
    0.6309
    """
    kept = merged(entries, matches)
    found = places(kept, right, matches)
    first = found[0] if found else math.inf
    if kind == "hit":
        return float(bool(found))
    if kind == "first":
        return float(first == 1)
    if kind == "discounted":
        best = sum(1 / math.log2(place + 1) for place in range(1, len(right) + 1)) if len(right) > 1 else 1.0
        return sum(1 / math.log2(place + 1) for place in found) / best
    value = 1 / first if found else 0.0
    # The list as it was written: duplicates are padding too.
    return value - penalty * max(0, len(entries) - free) if kind == "length-penalised" else value


def well_formed(text: str, entries: Sequence[str], matches: Matches = same_words) -> bool:
    """Whether a reply is a list as asked for: numbered in order from 1, no entry twice.

    >>> well_formed("1. Gout\\n2. Measles", ["Gout", "Measles"]), well_formed("2. Gout", ["Gout"])
    (True, False)
    """
    numbers = [int(number) for number in _LINE.findall(text)]
    unique = len(merged(entries, matches)) == len(entries) if matches is same_words else True
    return bool(entries) and numbers == list(range(1, len(numbers) + 1)) and len(numbers) == len(entries) and unique


class ListScore:
    """Format and correctness of a ranked list, weighted: ``format_weight * format + (1 - format_weight) * value``.

    Attributes:
        name: Kind of value and the rule that compares entries.
    """

    def __init__(
        self,
        kind: Kind = "reciprocal",
        *,
        format_weight: float = 0.0,
        matches: Matches = same_words,
        penalty: float = 0.05,
        free: int = 5,
    ) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {', '.join(KINDS)}")
        if not 0 <= format_weight <= 1:
            raise ValueError("the weight of the format is 0-1")
        self.kind = kind
        self.format_weight = format_weight
        self.matches = matches
        self.penalty = penalty
        self.free = free
        self.name = f"list {kind} ({getattr(matches, '__name__', 'matches').replace('_', ' ')})"

    def score(self, case: Case, attempt: Attempt) -> Score:
        """Score one attempt; no list is worth 0 and says why."""
        reason = why_none(attempt)
        answer = attempt.reasoning.answer if attempt.reasoning else None
        entries = list(answer.ids) if answer is not None else []
        right = sorted(right_answers(case)) or list(case.reference.labels if case.reference else ())
        if answer is not None and case.question and case.question.options:
            # Keys of options are compared as they are.
            value = list_value(entries, right, self.kind, matches=str.__eq__, penalty=self.penalty, free=self.free)
        else:
            value = list_value(entries, right, self.kind, matches=self.matches, penalty=self.penalty, free=self.free)
        valid = float(well_formed(attempt.raw, entries, self.matches))
        found = places(merged(entries), right, self.matches)
        parts = {
            "value": value,
            "format": valid,
            "length": float(len(entries)),
            "duplicates": float(len(entries) - len(merged(entries))),
            # With several right answers: whether any of them stands there, and what share of them does.
            "any": float(bool(found)),
            "share of right": len(found) / len(right) if right else 0.0,
            **({"rank": float(found[0])} if found else {}),
        }
        total = self.format_weight * valid + (1 - self.format_weight) * value
        return Score(total=total, parts=parts, notes=(reason,) if reason else ())
