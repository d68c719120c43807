"""System 65: letters in Arabic replies, the vote of three, and the released questions where a copy is given.

The replies are ours (``shipped:arabic_replies.json``); the figures of the vote are simulated. The release may not be
passed on: seven CSV files under ``65-medarabiq`` are read when somebody has them.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from workup.benchmarks.medarabiq import MedArabiQ, MedArabiQOpen
from workup.case import Case
from workup.evaluation.ballots import elected, simulated
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


# Two rows each of six files and both kinds of the seventh, made up; the layout and its oddities are the release's.
_QUESTION = '"ما العضو الذي يفرز الأنسولين؟\nأ. البنكرياس\nب. الطحال"'
_OTHER = '"ما العضو الذي يضخ الدم؟\r\nأ. الكبد\r\nب. القلب"'
_BIAS = (
    "Question,Answer,Category,Bias Category,Question with Bias,Bias Education,One-shot Demonstration,"
    "Few-shot Demonstration"
)
FILES = {
    "multiple-choice": f"Question,Answer,Category,\n{_QUESTION},أ. البنكرياس,Anatomy,\n{_OTHER},ب. القلب,Anatomy,\n",
    "multiple-choice-withbias": f"{_BIAS}\n{_QUESTION},أ. البنكرياس,Anatomy,cultural,{_QUESTION},انتبه,x,y\n",
    "fill-in-the-blank-choices": f"Question,Answer,Category\n{_QUESTION},أ. البنكرياس,Anatomy\n"
    f"{_OTHER},ب. القلب,Anatomy\n",
    "fill-in-the-blank-nochoices": "Question - Arabic,Answer - Arabic,Question - English,Answer - English,Category\n"
    "يفرز ____ الأنسولين,البنكرياس,The ____ makes insulin,pancreas,Anatomy\n"
    "يضخ ____ الدم,القلب,The ____ pumps blood,heart,Anatomy\n",
    "patient-doctor-qa": "Question_description,Answer_details\nعندي صداع,اشرب الماء\nعندي حمى,راجع الطبيب\n",
    "llm": "Modified question description,Unmodified answer\nعندي صداع,اشرب الماء\nعندي حمى,راجع الطبيب\n",
    "gec": "GEC Question description,GEC Answer details\nعندي صداع,اشرب الماء\n",
}
# Votes, weights, who decides a tie, who is elected.
_VOTES: tuple[tuple[tuple[str | None, ...], tuple[float, ...] | None, int, str | None], ...] = (
    (("A", "A", "B"), None, 0, "A"),
    (("A", "B", "B"), None, 0, "B"),
    (("A", "B", "C"), None, 0, "A"),
    (("A", "B", "C"), None, 2, "C"),
    (("A", None, "B"), None, 1, "A"),
    ((None, None, "C"), None, 0, "C"),
    ((None, None, None), None, 0, None),
    (("A", "B", "B"), (0.8, 0.3, 0.3), 0, "A"),
    (("A", "B", "B"), (0.6, 0.3, 0.3), 2, "B"),
    (("A", "A", "A"), (0.0, 0.0, 0.0), 0, "A"),
)


@measurement("arabic.fixture")
def fixture(data: Path, tier: Tier) -> dict[str, Measurement]:
    """Rows of seven made-up files that are read, and right elections of a table of votes."""
    found = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, text in FILES.items():
            path = Path(folder) / f"{name}.csv"
            path.write_text("\ufeff" + text, encoding="utf-8", newline="")
            closed = [one for one in MedArabiQ().read([path]) if isinstance(one, Case)]
            mine = closed or [one for one in MedArabiQOpen().read([path]) if isinstance(one, Case)]
            found += sum(one.provenance.get("condition", "plain") == "plain" for one in mine)
    right = sum(elected(votes, weights=weights, tie=tie) == won for votes, weights, tie, won in _VOTES)
    return {
        "fixture": Measurement(
            value=found, n=12, note="seven made-up files with marks, line ends within cells, a blank column"
        ),
        "truth-table": Measurement(value=right, n=len(_VOTES)),
    }
