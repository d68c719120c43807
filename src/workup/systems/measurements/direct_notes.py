"""System 43: annotated notes in the layout of DiReCT, a made-up one that ships and a public sample for who has it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from workup.benchmarks.direct_notes import DeductionScore, DirectNotes, as_reply, read_reply
from workup.case import Case
from workup.evaluation.attempt import Attempt, AttemptKey
from workup.evaluation.deductions import Deduction
from workup.reasoning import Answer, Reasoning
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

NOTE = "direct_note.json"
SAMPLE = "43-lapd-ldfr/sample4.json"


def _read(path: Path) -> tuple[Case, tuple[str, ...], tuple[Deduction, ...]]:
    (case,) = DirectNotes().read([path])
    if not isinstance(case, Case) or case.reference is None:
        raise ValueError(f"{path.name} cannot be read: {case}")
    found = read_reply(case.reference.answer or "")
    assert found is not None
    return case, *found


def _attempt(case: Case, reply: str) -> Attempt:
    key = AttemptKey(benchmark="direct-notes", version="1", case_id=case.id, case=case.digest(), reasoner="made up")
    return Attempt(key=key, reasoning=Reasoning(reasoner="made up", answer=Answer(level="text", text=reply)))


@measurement("direct_notes.made_up")
def made_up(data: Path, tier: Tier) -> dict[str, Measurement]:
    """What is read of the made-up note, and the scores of two replies to it."""
    case, chain, found = _read(SHIPPED / NOTE)
    missing = case.provenance["observations not in the words of the note"]
    oracle = DeductionScore().score(case, _attempt(case, as_reply(chain, found)))
    partly = [found[0], msgspec.structs.replace(found[1], observation="no fever")]
    reply = _attempt(case, as_reply(chain, partly))
    upstream = DeductionScore("precision", upstream_compatible=True).score(case, reply)
    return {
        "direct-read": Measurement(
            value=f"{' > '.join(chain)}; {len(found)} observations; {missing} not in the note", n=1, note="made up"
        ),
        "direct-oracle": Measurement(value=min(oracle.parts.values()), n=1, note="made up"),
        "direct-completeness": Measurement(value=DeductionScore().score(case, reply).total, n=1, note="made up"),
        "direct-upstream": Measurement(value=upstream.total, n=1, note="made up"),
    }


@measurement("direct_notes.release")
def release(data: Path, tier: Tier) -> dict[str, Measurement]:
    """What is read of a public sample."""
    _, chain, found = _read(data / SAMPLE)
    return {"direct-release": Measurement(value=f"{len(chain)} diagnoses, {len(found)} observations", n=1)}
