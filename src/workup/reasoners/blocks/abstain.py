"""When to answer, and when to ask, retrieve or refuse instead.

A measure turns what was said, drawn or computed into a :class:`Confidence`; an :class:`Abstain` compares it with a
threshold. What came of many decisions is reported by :class:`workup.evaluation.abstention.RiskCoverage`, whatever the
measure.

    stated        "Are you confident? YES or NO"    share of YES over n replies       MediQ binary, Med-RwR
    numerical     "How likely are you right, 0-1?"  mean over n replies               MediQ numerical, numerical cut-off
    scale         "very confident" ... 5 to 1       mean over n replies               MediQ scale
    vote_share    n answers                         share of the elected one          self-consistency, MediQ implicit
    token_share   log-probabilities of next tokens  share of the one among those named  Self-BioRAG, Med-RwR
    accepted      arguments that survive            1 when there is one, else 0       ArgMed-Agents

>>> Abstain(threshold=4.0, otherwise="ask").decide(scale([5, 4, None])).action
'ask'
>>> Abstain(threshold=0.5, above=True, otherwise="ask").decide(stated([True, True, False])).action
'answer'
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Literal

import msgspec

from workup.reasoning import Link, Step

Action = Literal["answer", "ask", "retrieve", "refuse"]

# From most to least certain; 5 to 1 points.
LABELS = (
    "very confident",
    "somewhat confident",
    "neither confident nor unconfident",
    "somewhat unconfident",
    "very unconfident",
)


class Confidence(msgspec.Struct, frozen=True, kw_only=True):
    """How certain an answer is.

    Attributes:
        measure: How that was found.
        value: In the measure's own unit, which thresholds are in.
        share: The same on 0-1, so that measures can be compared and reported alike.
        n: Replies behind it.
        unread: How many of them said nothing that could be read; they speak against answering.
    """

    measure: str
    value: float
    share: float
    n: int = 1
    unread: int = 0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and 0.0 <= self.share <= 1.0):
            raise ValueError(f"confidence {self.value} (share {self.share}) is no confidence")


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What a confidence leads to.

    Attributes:
        action: What to do.
        confidence: Why.
        threshold: What it was compared with.
    """

    action: Action
    confidence: Confidence
    threshold: float

    @property
    def answers(self) -> bool:
        """Whether it is certain enough."""
        return self.action == "answer"

    def step(self, *, by: str, turn: int = 0, about: str = "") -> Step:
        """The decision as a step of the reasoning.

        Args:
            by: Who decides.
            turn: When.
            about: Id of the step that holds the answer it is about.
        """
        found = self.confidence
        unread = f", {found.unread} of {found.n} unread" if found.unread else ""
        return Step(
            kind="verdict",
            claim=f"{found.measure} confidence {found.value:.2f}{unread}, threshold {self.threshold:g}: {self.action}",
            by=by,
            turn=turn,
            links=(Link(about, "about"),) if about else (),
            unread=found.n > 0 and found.unread == found.n,
        )


class Abstain(msgspec.Struct, frozen=True, kw_only=True):
    """The rule: answer from the threshold up, else do something else.

    Attributes:
        threshold: In the unit of the measure.
        otherwise: What to do below it.
        above: Whether the threshold itself is not enough.
    """

    threshold: float
    otherwise: Action = "refuse"
    above: bool = False

    def decide(self, confidence: Confidence) -> Decision:
        """What to do.

        >>> Abstain(threshold=0.8, otherwise="retrieve").decide(numerical([0.8])).action
        'answer'
        """
        value = confidence.value
        enough = value > self.threshold if self.above else value >= self.threshold
        return Decision(action="answer" if enough else self.otherwise, confidence=confidence, threshold=self.threshold)


def stated(said: Sequence[bool | None]) -> Confidence:
    """Share of those that say yes; who cannot be read does not say yes."""
    share = sum(one is True for one in said) / len(said) if said else 0.0
    return Confidence(measure="stated", value=share, share=share, n=len(said), unread=sum(one is None for one in said))


def numerical(said: Sequence[float | None]) -> Confidence:
    """Mean of stated probabilities; one that cannot be read counts as 0.

    >>> numerical([0.9, None]).value
    0.45
    """
    value = sum(one or 0.0 for one in said) / len(said) if said else 0.0
    share = min(max(value, 0.0), 1.0)
    unread = sum(one is None for one in said)
    return Confidence(measure="numerical", value=value, share=share, n=len(said), unread=unread)


def scale(said: Sequence[int | None]) -> Confidence:
    """Mean of points, 5 for the most certain to 1; one that cannot be read counts 0.

    >>> scale([5, 4]).value, scale([5, 4]).share
    (4.5, 0.875)
    """
    value = sum(one or 0 for one in said) / len(said) if said else 0.0
    share = min(max((value - 1) / (len(LABELS) - 1), 0.0), 1.0)
    return Confidence(measure="scale", value=value, share=share, n=len(said), unread=sum(one is None for one in said))


def points(label: str) -> int:
    """Points of one of :data:`LABELS`: 5 to 1.

    >>> points("very confident"), points("somewhat unconfident")
    (5, 2)
    """
    return len(LABELS) - LABELS.index(label)


def vote_share(ballots: Sequence[Hashable | None]) -> Confidence:
    """Share of the ballots that go to the one most voted for; None votes for nothing and counts.

    >>> vote_share(["A", "A", "B", None]).share
    0.5
    """
    votes = Counter(one for one in ballots if one is not None)
    share = max(votes.values(), default=0) / len(ballots) if ballots else 0.0
    return Confidence(
        measure="vote", value=share, share=share, n=len(ballots), unread=sum(one is None for one in ballots)
    )


def token_share(logprobs: Mapping[str, float], token: str, among: Collection[str] = ()) -> Confidence:
    """Probability of a token: of all, or as a share of the probability of those named.

    Args:
        logprobs: Natural-log probability of each likely next token; one that is missing counts as impossible.
        token: The token, blanks around it aside.
        among: The tokens that it competes with, itself included; empty for all tokens there are.

    >>> round(token_share({"[Retrieval]": -1.0, "[No Retrieval]": -2.0}, "[Retrieval]", ["[Retrieval]",
    ...     "[No Retrieval]"]).value, 4)
    0.7311
    """
    known: dict[str, float] = {}
    for name, value in logprobs.items():
        known[name.strip()] = known.get(name.strip(), 0.0) + math.exp(value)
    own = known.get(token.strip(), 0.0)
    whole = sum(known.get(name.strip(), 0.0) for name in among) if among else 1.0
    share = min(own / whole, 1.0) if whole > 0 else 0.0
    return Confidence(measure="token", value=share, share=share, unread=int(token.strip() not in known))


def accepted(surviving: Collection[object], considered: int) -> Confidence:
    """Whether any argument for a decision survives; compare it with a threshold of 1."""
    share = float(bool(surviving))
    return Confidence(measure="argument", value=share, share=share, n=considered)
