"""Does the answer change when it must, and only then? Every perturbation with its rates.

``must_flip``: among the pairs whose answer must change, the share in which it does. It is counted where a flip means
something: the original was answered right, the answer depends on the case at all (it differs from the answer to the
options alone, where those were asked), and, for a denied finding or a changed value, the reasoner uses that finding
(its answer changes when the finding is left out, where that was tried). ``must_flip_all`` counts every such pair. The
two differ for a reason: a reasoner that never reads the case does not ignore negation, it ignores the case, and the
audit of knowledge says so.

``must_hold``: among the pairs whose answer must stay, the share in which it does. An answer that cannot be read has not
stayed, nor has it flipped.

Source: dossier of system 43 (should-flip and should-not-flip edits reported apart; conditional on right originals).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from workup.evaluation.audits.figures import Figure, rate
from workup.evaluation.audits.material import Material, Pair
from workup.evaluation.audits.perturbations import PERTURBATIONS
from workup.evaluation.compare import PairedTest, paired_test

# Conditions to compare with, and what has an audit of its own.
_NOT_JUDGED = ("options-only", "words-shuffled")
_WITH_FINDING = ("negation", "number")


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One square of the heat map.

    Attributes:
        perturbation: Row.
        kind: ``must-flip`` or ``must-hold``.
        factor: ``all``, ``sex`` or ``age``.
        group: Column.
        wrong: Pairs that did not do what they must.
        n: Pairs.
    """

    perturbation: str
    kind: str
    factor: str
    group: str
    wrong: int
    n: int


class Flips(msgspec.Struct, frozen=True, kw_only=True):
    """The audit's result.

    Attributes:
        figures: Rates.
        cells: The heat map.
        tests: Accuracy on the variants against that on their originals, for edits that must change nothing.
        violations: Pairs that did not do what they must, by perturbation.
    """

    figures: tuple[Figure, ...]
    cells: tuple[Cell, ...]
    tests: tuple[PairedTest, ...]
    violations: tuple[Pair, ...]


def flips(material: Material, groups: Mapping[str, Mapping[str, str]], *, seed: int = 0) -> Flips:
    """Judge every pair.

    Args:
        material: The pairs.
        groups: Group of each original case by factor.
        seed: Seed of the intervals.
    """
    figures: list[Figure] = []
    cells: list[Cell] = []
    tests: list[PairedTest] = []
    violations: list[Pair] = []
    alone = {pair.original.case.id: pair.variant.answer for pair in material.of("options-only")}
    unmasked = {(pair.original.case.id, pair.origin.target) for pair in material.of("mask") if not pair.changed}
    for name in PERTURBATIONS:
        pairs = [pair for pair in material.of(name) if name not in _NOT_JUDGED]
        if not pairs:
            continue
        flip = [pair for pair in pairs if pair.origin.expectation == "must-flip"]
        hold = [pair for pair in pairs if pair.origin.expectation == "must-hold"]
        still_open = [pair for pair in pairs if pair.origin.expectation == "open"]
        used = [
            pair
            for pair in flip
            if pair.original.right
            and alone.get(pair.original.case.id) != pair.original.answer
            and not (name in _WITH_FINDING and (pair.original.case.id, pair.origin.target) in unmasked)
        ]
        if flip:
            note = f"{len(flip) - len(used)} of {len(flip)} pairs left out: original wrong, or nothing of it is used"
            figures.append(_rate(name, "must_flip", used, [pair.changed for pair in used], seed, note))
            figures.append(_rate(name, "must_flip_all", flip, [pair.changed for pair in flip], seed))
            known = [pair for pair in flip if pair.origin.expected]
            if known:
                figures.append(_rate(name, "right_after", known, [pair.variant.right for pair in known], seed))
        if hold:
            figures.append(_rate(name, "must_hold", hold, [pair.held for pair in hold], seed))
            tests += _test(name, hold, seed)
        if still_open:
            figures.append(
                _rate(name, "changed", still_open, [pair.changed for pair in still_open], seed, "nothing is expected")
            )
        unread = sum(pair.variant.why == "unparsed" for pair in pairs)
        if unread:
            figures.append(_rate(name, "unread", pairs, [pair.variant.why == "unparsed" for pair in pairs], seed))
        cells += _cells(name, "must-flip", used, groups)
        cells += _cells(name, "must-hold", hold, groups)
        violations += [pair for pair in used if not pair.changed] + [pair for pair in hold if not pair.held]
    return Flips(figures=tuple(figures), cells=tuple(cells), tests=tuple(tests), violations=tuple(violations))


def _rate(name: str, measure: str, pairs: list[Pair], hits: list[bool], seed: int, note: str = "") -> Figure:
    return rate(name, measure, hits, [pair.original.cluster for pair in pairs], note=note, seed=seed)


def _test(name: str, hold: list[Pair], seed: int) -> list[PairedTest]:
    """Variants against originals; the mean over the variants of a case."""
    after: dict[str, list[bool]] = {}
    for pair in hold:
        after.setdefault(pair.original.case.id, []).append(pair.variant.right)
    before = {pair.original.case.id: float(pair.original.right) for pair in hold}
    clusters = {pair.original.case.id: pair.original.cluster for pair in hold}
    found = paired_test(
        PERTURBATIONS[name].name,
        "original",
        {case: sum(rights) / len(rights) for case, rights in after.items()},
        before,
        clusters,
        seed=seed,
    )
    return [found] if found is not None else []


def _cells(name: str, kind: str, pairs: list[Pair], groups: Mapping[str, Mapping[str, str]]) -> list[Cell]:
    if not pairs:
        return []

    def wrong(members: list[Pair]) -> int:
        return sum(not (pair.changed if kind == "must-flip" else pair.held) for pair in members)

    cells = [Cell(perturbation=name, kind=kind, factor="all", group="all", wrong=wrong(pairs), n=len(pairs))]
    for factor, of in groups.items():
        for group in sorted(set(of.values())):
            members = [pair for pair in pairs if of.get(pair.original.case.id) == group]
            cells.append(
                Cell(perturbation=name, kind=kind, factor=factor, group=group, wrong=wrong(members), n=len(members))
            )
    return cells
