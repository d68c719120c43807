"""Right answers for right reasons: the answer crossed with the check of the claims it rests on.

A reasoning is wrong when a claim about the patient is false or not in the record, or when the record tells the
finding that decides (known for simulated and annotated cases) and no claim names it. ``wrong_reason`` is the share of
right answers with wrong reasoning. The check is a proxy that sorts cases for expert review; it knows the record and
no medicine.

Source: "Right prediction, wrong reasoning" (system 75): 2 x 2 table, share of right predictions with wrong reasoning.
"""

from __future__ import annotations

import msgspec

from workup.evaluation.audits.claims import Claim, claims
from workup.evaluation.audits.figures import Figure, rate
from workup.evaluation.audits.material import Material, Record


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One reasoning.

    Attributes:
        case: Id of the case.
        right: Whether the answer is right.
        sound: Whether the reasoning is.
        why: What is wrong with it; empty for nothing.
        claims: Its claims.
    """

    case: str
    right: bool
    sound: bool
    why: str
    claims: tuple[Claim, ...]


class Reasons(msgspec.Struct, frozen=True, kw_only=True):
    """The audit's result.

    Attributes:
        figures: Its rows.
        table: Reasonings by answer and reasons: ``right answer, right reasons`` and so on.
        judged: Each reasoning with claims.
        silent: Answers without a claim that could be checked.
    """

    figures: tuple[Figure, ...]
    table: dict[str, int]
    judged: tuple[Judged, ...]
    silent: int


def reasons(material: Material, *, free: bool = False, seed: int = 0) -> Reasons:
    """Check the claims of every answered original case.

    Args:
        material: The attempts.
        free: Read free words too; needs the knowledge base.
        seed: Seed of the intervals.
    """
    answered = [record for record in material.records if record.answer is not None]
    judged: list[Judged] = []
    kept: list[Record] = []
    for record in answered:
        one = judge(record, free=free)
        if one is not None:
            judged.append(one)
            kept.append(record)
    table = {
        f"{'right' if right else 'wrong'} answer, {'right' if sound else 'wrong'} reasons": sum(
            one.right == right and one.sound == sound for one in judged
        )
        for right in (True, False)
        for sound in (True, False)
    }
    right = [(one, record) for one, record in zip(judged, kept, strict=True) if one.right]
    checked = [
        (claim, record)
        for one, record in zip(judged, kept, strict=True)
        for claim in one.claims
        if claim.verdict != "open"
    ]
    figures = (
        rate(
            "reasons",
            "wrong_reason",
            [not one.sound for one, _ in right],
            [record.cluster for _, record in right],
            note="of right answers with claims that can be checked",
            seed=seed,
        ),
        rate(
            "reasons",
            "claims_true",
            [claim.verdict == "true" for claim, _ in checked],
            [record.cluster for _, record in checked],
            seed=seed,
        ),
        rate(
            "reasons",
            "without_claims",
            [record.case.id not in {one.case for one in judged} for record in answered],
            [record.cluster for record in answered],
            note="answers that nothing was said for that could be checked",
            seed=seed,
        ),
    )
    return Reasons(figures=figures, table=table, judged=tuple(judged), silent=len(answered) - len(judged))


def judge(record: Record, *, free: bool = False) -> Judged | None:
    """Judge one reasoning; None when it makes no claim that can be checked."""
    assert record.attempt.reasoning is not None
    found = claims(record.case, record.attempt.reasoning, free=free)
    if not any(claim.verdict != "open" for claim in found):
        return None
    why = next((f"{claim.words}: {claim.why}" for claim in found if claim.verdict in ("false", "absent")), "")
    if not why:
        truth = record.case.reference.extensions if record.case.reference else {}
        deciding = truth.get("deciding")
        told = any(one.id == deciding and one.status == "present" for one in record.case.findings)
        if told and not any(claim.finding == deciding for claim in found):
            why = "the finding that decides is in the record and is not named"
    return Judged(case=record.case.id, right=record.right, sound=not why, why=why, claims=found)
