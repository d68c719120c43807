"""System 65: letters in Arabic replies, the vote of three, and the released questions where a copy is given.

The replies are ours (``shipped:arabic_replies.json``); the figures of the vote are simulated. The release may not be
passed on: seven CSV files under ``65-medarabiq`` are read when somebody has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.medarabiq import MedArabiQ, MedArabiQOpen
from workup.case import Case
from workup.evaluation.ballots import simulated
from workup.evaluation.parse import choice
from workup.evaluation.token_matching import matched
from workup.systems.measurements import Measurement, measurement
from workup.systems.records import SHIPPED, Tier

# The single models of the task scored 73 to 76 %, their vote 77 % (dossier 65).
VOTERS = (0.73, 0.745, 0.76)
QUESTIONS = 20_000


@measurement("arabic.replies")
def replies(data: Path, tier: Tier) -> dict[str, Measurement]:
    """How many of the replies are read as the letter that they mean."""
    keyed = msgspec.json.decode((SHIPPED / "arabic_replies.json").read_bytes(), type=dict[str, Any])
    right = [choice(row["reply"], keyed["options"]).value == row["letter"] for row in keyed["replies"]]
    return {"letters": Measurement(value=sum(right) / len(right), n=len(right))}


@measurement("arabic.vote")
def vote(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Gain of the vote of three over one of them, by the correlation of their errors. Simulated."""
    note = f"simulated, seed 0, voters at {', '.join(f'{one:.1%}' for one in VOTERS)}"
    found = {rho: simulated(VOTERS, rho, n=QUESTIONS) for rho in (0.0, 0.25, 0.5, 0.75)}
    gains = [100 * one.gain for one in found.values()]
    return {
        "vote-shrinks": Measurement(value=bool(np.all(np.diff(gains) < 0)), n=QUESTIONS, note=note),
        "vote-independent": Measurement(value=100 * found[0.0].vote, n=QUESTIONS, note=note),
        "vote-correlated": Measurement(value=100 * found[0.75].vote, n=QUESTIONS, note=note),
    }


@measurement("arabic.matching")
def matching(data: Path, tier: Tier) -> dict[str, Measurement]:
    """F1 of greedy token matching on three tokens with a toy embedding, worked out by hand."""
    vectors = {"a": (1.0, 0.0), "b": (0.0, 1.0), "c": (0.6, 0.8)}

    def embed(text: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([vectors[word] for word in text.split()])

    # Against "a b": c is nearest to b (0.8), a to a (1): precision 0.9; a finds a (1), b finds c (0.8): recall 0.9.
    return {
        "identity": Measurement(value=matched("a b c", "a b c", embed).f1, n=1),
        "by-hand": Measurement(value=matched("a b", "a c", embed).f1, n=1),
        "symmetric": Measurement(value=matched("a b", "c", embed).f1 == matched("c", "a b", embed).f1, n=1),
    }


@measurement("arabic.release")
def release(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Questions read from the seven released files, of both kinds."""
    paths = sorted((data / "65-medarabiq").glob("*.csv"))
    found = 0
    for path in paths:
        kind = MedArabiQ() if any(isinstance(case, Case) for case in MedArabiQ().read([path])) else MedArabiQOpen()
        found += sum(
            isinstance(case, Case) and case.provenance.get("condition", "plain") == "plain"
            for case in kind.read([path])
        )
    return {"read": Measurement(value=found or None, n=found)}
